//! A [`Report`] to text for people or for tools.
//!
//! In: the faults of every input. Out: bytes in one of the formats that `docs/diagnostics.md`
//! describes. Tools depend on these: what is there keeps its name and meaning.

mod concise;
mod github;
mod json;
mod sarif;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::human::{self, Style};
use super::{Diagnostic, Faults, Report, Source, Span};

/// How a report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DiagFormat {
    /// Each with its line, a caret, notes and help.
    Human,
    /// One line each: `file:line:column: error[code]: message`.
    Concise,
    /// One JSON object a line.
    Json,
    /// One SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// Workflow commands that GitHub Actions shows as annotations.
    Github,
}

/// Writes all faults of `report` in `format`. `style` is of [`DiagFormat::Human`] alone.
pub fn write(
    report: &Report,
    format: DiagFormat,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        DiagFormat::Human => human(report, style, out),
        DiagFormat::Concise => each(report, out, concise::write),
        DiagFormat::Json => each(report, out, json::write),
        DiagFormat::Sarif => sarif::write(report, out),
        DiagFormat::Github => each(report, out, github::write),
    }
}

fn human(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let faulty = report.sources.iter().filter(|faults| !faults.list.is_empty());
    for (index, faults) in faulty.enumerate() {
        if index > 0 {
            out.write_all(b"\n")?;
        }
        out.write_all(human::render(faults, style).as_bytes())?;
    }
    Ok(())
}

/// Writes one finding.
type WriteOne = fn(&Finding<'_>, &mut dyn Write) -> io::Result<()>;

fn each(report: &Report, out: &mut dyn Write, one: WriteOne) -> io::Result<()> {
    for faults in &report.sources {
        for fault in faults.sorted() {
            one(&Finding::of(faults, fault), out)?;
        }
    }
    Ok(())
}

/// A fault with everything that tools want to know of its place.
struct Finding<'a> {
    path: &'a str,
    fault: &'a Diagnostic,
    /// `None`: the file as a whole.
    place: Option<Place>,
    /// Other places, with what stands there.
    related: Vec<(Place, &'a str)>,
}

/// Lines and columns from 1, columns in characters; the end is one past the last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Place {
    fn of(span: Span, source: &Source) -> Self {
        let (line, column) = source.position(span.start);
        let (end_line, end_column) = source.position(span.end.max(span.start));
        Self { line, column, end_line, end_column }
    }
}

impl<'a> Finding<'a> {
    fn of(faults: &'a Faults, fault: &'a Diagnostic) -> Self {
        let source = &faults.source;
        let place = fault.span.map(|span| Place::of(span, source));
        let related = fault.related.iter();
        let related =
            related.map(|other| (Place::of(other.span, source), other.message.as_str())).collect();
        Self { path: &source.path, fault, place, related }
    }

    /// The message and what stands below it, one line each.
    fn text(&self) -> String {
        let mut text = self.fault.message.clone();
        if let Some(label) = &self.fault.label {
            text.push_str(&format!(" ({label})"));
        }
        for (place, message) in &self.related {
            text.push_str(&format!("\nline {}: {message}", place.line));
        }
        for note in &self.fault.notes {
            text.push_str(&format!("\nnote: {note}"));
        }
        if let Some(help) = &self.fault.help {
            text.push_str(&format!("\nhelp: {help}"));
        }
        text
    }
}
