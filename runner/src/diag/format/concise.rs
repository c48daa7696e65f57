//! `file:line:column: error[code]: message`, as editors and `grep` take it; the message alone.

use std::io::{self, Write};

use super::super::text::printable;
use super::Finding;

/// One line. A fault of the file as a whole has no line and column.
pub fn write(finding: &Finding<'_>, out: &mut dyn Write) -> io::Result<()> {
    let fault = finding.fault;
    write!(out, "{}:", printable(finding.path))?;
    if let Some(place) = finding.place {
        write!(out, "{}:{}:", place.line, place.column)?;
    }
    let (severity, code) = (fault.severity.as_str(), fault.code.as_str());
    writeln!(out, " {severity}[{code}]: {}", printable(&fault.message))
}
