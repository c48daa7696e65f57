//! `runner init`: a config to begin with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::{Failure, Outcome, front, print};
use crate::author::draft;
use crate::cli::InitArgs;
use crate::config::name::of_file;

/// Writes a config for the hooks.
pub fn init(args: &InitArgs) -> Result<Outcome, Failure> {
    let facts = front::kernel(&args.kernel)?;
    let name = args.output.as_deref().map(|path| of_file(&path.to_string_lossy()));
    let drafted = draft::draft(name.as_deref(), &args.hooks, args.any, &*facts);
    let draft = drafted.map_err(Failure::kernel)?.map_err(|faults| front::failure(&faults))?;
    for why in &draft.unavailable {
        eprintln!("warning: this kernel cannot run it: {why}");
    }
    match &args.output {
        None => print(&draft.text)?,
        Some(path) => {
            write(path, &draft.text, args.force)?;
            eprintln!("runner: wrote {0}; run it: runner -c {0}", path.display());
        }
    }
    Ok(Outcome::Ok)
}

/// Writes a file whole or not at all; one that is there is replaced only if `force`.
fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let failed = |source: std::io::Error| {
        Failure::usage(format!("failed to write `{}`: {source}", path.display()))
    };
    if force {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        return file.persist(path).map(drop).map_err(|fault| failed(fault.error));
    }
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|fault| match fault.kind() {
        ErrorKind::AlreadyExists => Failure::usage(format!(
            "failed to write `{}`: it is there already; `--force` replaces it",
            path.display()
        )),
        _ => failed(fault),
    })?;
    file.write_all(text.as_bytes()).map_err(|fault| {
        // Half a config is worse than none.
        let _ = std::fs::remove_file(path);
        failed(fault)
    })
}
