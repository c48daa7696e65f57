//! A probe's own `print:` line.

use super::decode::own_width;
use super::list::words;
use super::shown::{Bare, shown};
use super::text::{escaped, width};
use super::{Machine, View};
use crate::config::{Align, Base, Piece, PrintFormat};
use crate::layout::Slot;
use crate::read::{Record, Value};

/// One event as its probe's `print:` wants it.
pub fn event(
    format: &PrintFormat,
    view: &View,
    record: &Record,
    machine: &mut Machine,
    out: &mut Vec<u8>,
) {
    let mut cell = Vec::new();
    for piece in &format.pieces {
        let (name, align, least, base) = match piece {
            Piece::Literal(literal) => {
                out.extend_from_slice(literal.as_bytes());
                continue;
            }
            Piece::Field { name, align, width, base } => (&name.value, *align, *width, *base),
        };
        cell.clear();
        match name.as_str() {
            "probe" => cell.extend_from_slice(view.name.as_bytes()),
            "ts" => machine.clock.rfc3339(record.time, &mut cell),
            name => {
                if let Some((slot, value)) = record.fields().find(|(slot, _)| slot.name == name) {
                    show(slot, value, base, machine, &mut cell);
                }
            }
        }
        pad(&cell, align, least, out);
    }
    out.push(b'\n');
}

/// Appends a value for people; with `base`, a number as such.
pub fn show(
    slot: &Slot,
    value: Value,
    base: Option<Base>,
    machine: &mut Machine,
    out: &mut Vec<u8>,
) {
    if let Some(base) = base
        && number(slot, value, base, out)
    {
        return;
    }
    let shown = shown(slot, value, machine);
    if let Some(text) = shown.text {
        return escaped(&text, out);
    }
    let mut buffer = itoa::Buffer::new();
    match shown.value {
        Bare::Null => out.push(b'-'),
        Bare::Unsigned(number) => out.extend_from_slice(buffer.format(number).as_bytes()),
        Bare::Signed(number) => out.extend_from_slice(buffer.format(number).as_bytes()),
        Bare::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        Bare::Address(address) => out.extend(format!("{address:#x}").into_bytes()),
        Bare::Time(time) => machine.clock.time_of_day(time, out),
        Bare::Text { bytes, truncated } => {
            escaped(&bytes, out);
            if truncated {
                out.extend_from_slice("\u{2026}".as_bytes());
            }
        }
        Bare::Words { bytes, truncated } => words(bytes, truncated, out),
        Bare::List(texts) => escaped(texts.join(";").as_bytes(), out),
    }
}

/// Appends a number whatever its decoder would make of it; `false` if it is none.
fn number(slot: &Slot, value: Value, base: Base, out: &mut Vec<u8>) -> bool {
    let word = match value {
        Value::Unsigned(word) | Value::Address(word) => word,
        Value::UserAddress { address, .. } => address,
        Value::Signed(number) if base == Base::Decimal => {
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            return true;
        }
        Value::Signed(number) => own_width(number as u64, slot.kind),
        _ => return false,
    };
    match base {
        Base::Decimal => out.extend_from_slice(itoa::Buffer::new().format(word).as_bytes()),
        Base::Hexadecimal => out.extend(format!("{word:#x}").into_bytes()),
    }
    true
}

/// Appends `cell`, padded to `least` characters.
pub fn pad(cell: &[u8], align: Align, least: usize, out: &mut Vec<u8>) {
    let blanks = least.saturating_sub(width(cell));
    if align == Align::Right {
        out.resize(out.len() + blanks, b' ');
    }
    out.extend_from_slice(cell);
    if align == Align::Left {
        out.resize(out.len() + blanks, b' ');
    }
}
