//! One JSON object a line for each fault: nothing at all if there is none.
//!
//! Also [`to_line`], which SARIF shares: JSON in which no character can drive a terminal.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::super::text::is_hidden;
use super::{Finding, Place};

/// What a line holds; every key is always there. Lines and columns count from 1, columns in
/// characters; bytes count from 0; an end is one past the last.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    start_byte: Option<usize>,
    end_byte: Option<usize>,
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    label: Option<&'a str>,
    related: Vec<Related<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
}

/// Another place.
#[derive(Serialize)]
struct Related<'a> {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
}

/// One line.
pub fn write<'a>(finding: &Finding<'a>, out: &mut dyn Write) -> io::Result<()> {
    let (fault, place) = (finding.fault, finding.place);
    let related = |(place, message): &(Place, &'a str)| {
        let Place { line, column, end_line, end_column } = *place;
        Related { line, column, end_line, end_column, message }
    };
    to_line(
        &Line {
            file: finding.path,
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            end_line: place.map(|place| place.end_line),
            end_column: place.map(|place| place.end_column),
            start_byte: fault.span.map(|span| span.start),
            end_byte: fault.span.map(|span| span.end.max(span.start)),
            severity: fault.severity.as_str(),
            code: fault.code.as_str(),
            message: &fault.message,
            label: fault.label.as_deref(),
            related: finding.related.iter().map(related).collect(),
            notes: &fault.notes,
            help: fault.help.as_deref(),
        },
        out,
    )
}

/// `value` as JSON on one line.
pub fn to_line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Harmless);
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// As compact as can be, with everything that could drive a terminal as `\uNNNN`.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W>(&mut self, out: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        let mut rest = fragment;
        // JSON escapes what is below U+0020 itself; all of these are below U+10000.
        while let Some(at) = rest.find(|c: char| c.is_control() || is_hidden(c)) {
            let (plain, from) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let Some(c) = from.chars().next() else { break };
            write!(out, "\\u{:04x}", u32::from(c))?;
            rest = &from[c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}
