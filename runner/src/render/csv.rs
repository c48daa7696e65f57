//! Comma-separated values (RFC 4180): `ts` and `probe`, then one column for each name of a field.

use super::list::words;
use super::shown::{Bare, shown};
use super::text::escaped;
use super::{Machine, View};
use crate::layout::Slot;
use crate::read::{Record, Value};

/// The columns of a run.
pub struct Csv {
    names: Vec<String>,
    probes: Vec<Row>,
}

struct Row {
    name: String,
    /// For each column, which field stands in it.
    fields: Vec<Option<usize>>,
}

impl Csv {
    pub fn new(views: &[View]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for slot in views.iter().flat_map(|view| &view.layout.slots) {
            if !names.contains(&slot.name) {
                names.push(slot.name.clone());
            }
        }
        let row = |view: &View| Row {
            name: view.name.clone(),
            fields: names
                .iter()
                .map(|name| view.layout.slots.iter().position(|slot| slot.name == *name))
                .collect(),
        };
        let probes = views.iter().map(row).collect();
        Self { names, probes }
    }

    pub fn header(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"ts,probe");
        for name in &self.names {
            out.push(b',');
            out.extend_from_slice(name.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }

    pub fn event(&self, record: &Record, machine: &mut Machine, out: &mut Vec<u8>) {
        let row = &self.probes[record.probe];
        let fields: Vec<_> = record.fields().collect();
        machine.clock.rfc3339(record.time, out);
        out.push(b',');
        out.extend_from_slice(row.name.as_bytes());
        for field in &row.fields {
            out.push(b',');
            if let Some(index) = field {
                let (slot, value) = fields[*index];
                show(slot, value, machine, out);
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn show(slot: &Slot, value: Value, machine: &mut Machine, out: &mut Vec<u8>) {
    let shown = shown(slot, value, machine);
    if let Some(text) = shown.text {
        return quoted(&text, false, out);
    }
    match shown.value {
        Bare::Null => {}
        Bare::Unsigned(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Bare::Signed(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Bare::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        Bare::Address(address) => out.extend(format!("{address:#x}").into_bytes()),
        Bare::Time(time) => machine.clock.rfc3339(time, out),
        Bare::Text { bytes, truncated } => quoted(&bytes, truncated, out),
        Bare::Words { bytes, truncated } => {
            let mut text = Vec::new();
            words(bytes, truncated, &mut text);
            quote(&text, out);
        }
        Bare::List(texts) => quoted(texts.join(";").as_bytes(), false, out),
    }
}

/// Always quoted, so that an empty string differs from a value that is missing.
fn quoted(text: &[u8], truncated: bool, out: &mut Vec<u8>) {
    let mut shown = Vec::new();
    escaped(text, &mut shown);
    if truncated {
        shown.extend_from_slice("\u{2026}".as_bytes());
    }
    quote(&shown, out);
}

/// As [`quoted`], of what is escaped already.
fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}
