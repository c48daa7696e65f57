//! `runner fmt`: configs laid out in the one canonical way, comments kept.
//!
//! A file that cannot be read as YAML is reported and left as it is; the others are laid out all the
//! same. A file is replaced whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::time::Duration;

use similar::TextDiff;

use super::{Failure, Outcome, files, front};
use crate::cli::FmtArgs;
use crate::config::{self, FormatError};
use crate::diag;

/// How long the smallest difference is looked for; what is found by then is right, but longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lays out all files, or shows what that would change.
pub fn fmt(args: &FmtArgs) -> Result<Outcome, Failure> {
    let mut out = io::stdout().lock();
    let (mut outcome, mut worst) = (Outcome::Ok, 0);
    for path in files::configs(&args.files)? {
        match one(&path.to_string_lossy(), args.check, &mut out) {
            Ok(false) => {}
            Ok(true) if args.check => outcome = Outcome::Findings,
            Ok(true) => {}
            Err(Failure::ClosedOutput) => return Err(Failure::ClosedOutput),
            Err(failure) => {
                eprint!("{failure}");
                worst = worst.max(failure.code());
            }
        }
    }
    if worst > 0 { Err(Failure::Shown(worst)) } else { Ok(outcome) }
}

/// Lays out the file at `path`, or with `check` shows the difference; whether there is one.
fn one(path: &str, check: bool, out: &mut dyn Write) -> Result<bool, Failure> {
    let source = front::read(path)?;
    let text = config::format(&source).map_err(|fault| match fault {
        FormatError::Faulty(faults) => front::failure(&faults),
        fault => Failure::usage(fault),
    })?;
    let differs = text != source.text;
    if check {
        if differs {
            out.write_all(difference(path, &source.text, &text).as_bytes())
                .map_err(Failure::output)?;
        }
    } else if path == "-" {
        out.write_all(text.as_bytes()).map_err(Failure::output)?;
    } else if differs {
        replace(path, &text)
            .map_err(|fault| Failure::usage(format!("failed to write `{path}`: {fault}")))?;
        eprintln!("laid out {}", diag::printable(path));
    }
    Ok(differs)
}

/// From `before` to `after`, as `diff -u` has it. Comments may hold anything, so what could drive a
/// terminal is escaped; a tab cannot.
fn difference(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    let (from, to) = (format!("{path} (as it is)"), format!("{path} (laid out)"));
    let text = diff.unified_diff().header(&from, &to).to_string();
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (content, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let parts: Vec<_> = content.split('\t').map(diag::printable).collect();
        shown += &parts.join("\t");
        shown += end;
    }
    shown
}

/// Puts `text` in the place of the file: whole, or not at all. A link stays one, and the file keeps
/// its owner and mode.
fn replace(path: &str, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let about = fs::metadata(&path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let folder = path.parent().ok_or_else(|| io::Error::other("it stands in no folder"))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    let new = file.as_file();
    if (about.uid(), about.gid()) != (new.metadata()?.uid(), new.metadata()?.gid()) {
        fchown(new, Some(about.uid()), Some(about.gid()))?;
    }
    new.set_permissions(about.permissions())?;
    file.persist(path)?;
    Ok(())
}
