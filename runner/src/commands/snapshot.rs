//! `runner snapshot`: this kernel's types, tracepoints, functions and features in one file.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Failure, Outcome};
use crate::cli::SnapshotArgs;
use crate::facts::Live;
use crate::facts::recorded::{self, Recording};

/// Writes the file, and says what it holds and what it lacks.
pub fn snapshot(args: &SnapshotArgs) -> Result<Outcome, Failure> {
    let to_stdout = args.output == Path::new("-");
    if to_stdout && io::stdout().is_terminal() {
        let text =
            "failed to write a snapshot to the terminal: it is not text; give a file: -o FILE";
        return Err(Failure::usage(text));
    }
    let live = Live::new(None);
    let recording = recorded::record(&live).map_err(Failure::kernel)?;
    if to_stdout {
        io::stdout().write_all(&recording.bytes).map_err(Failure::output)?;
    } else {
        write(&args.output, &recording.bytes).map_err(|fault| {
            let path = args.output.display();
            Failure::usage(format!("failed to write `{path}`: {fault}"))
        })?;
    }
    describe(&recording);
    Ok(Outcome::Ok)
}

/// Writes the whole file or nothing; devices and pipes are written to as they are.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

fn describe(recording: &Recording) {
    eprintln!(
        "runner: Linux {}: {} types, {} tracepoints, {} functions; {:.1} MiB",
        recording.release,
        recording.types,
        recording.tracepoints,
        recording.functions,
        recording.bytes.len() as f64 / f64::from(1 << 20)
    );
    for what in &recording.lacking {
        eprintln!("warning: the snapshot lacks {what}");
    }
}
