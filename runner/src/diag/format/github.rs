//! Workflow commands of GitHub Actions: `::error file=…,line=…::message`.
//!
//! The escapes are those of the runner's `toolkit/packages/core/src/command.ts`; GitHub documents
//! the commands, not the escapes.

use std::io::{self, Write};

use super::super::text::printable;
use super::Finding;

/// One line. GitHub shows columns only if the finding is on one line.
pub fn write(finding: &Finding<'_>, out: &mut dyn Write) -> io::Result<()> {
    let fault = finding.fault;
    write!(out, "::{} file={}", fault.severity.as_str(), printable(&property(finding.path)))?;
    if let Some(place) = finding.place {
        write!(out, ",line={}", place.line)?;
        if place.end_line == place.line {
            write!(out, ",col={},endColumn={}", place.column, place.end_column)?;
        } else {
            write!(out, ",endLine={}", place.end_line)?;
        }
    }
    let lines: Vec<String> = finding.text().lines().map(printable).collect();
    let text = data(&lines.join("\n"));
    writeln!(out, ",title=runner ({})::{text}", fault.code.as_str())
}

/// A command's text.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
