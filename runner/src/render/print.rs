//! A probe's own `print:` line.

use super::decode::{decoded, own_width};
use super::text::{escaped, width};
use super::{Clock, View};
use crate::config::{Align, Base, Piece, PrintFormat};
use crate::layout::Slot;
use crate::read::{Record, Value};

/// One event as its probe's `print:` wants it.
pub fn event(
    format: &PrintFormat,
    view: &View,
    record: &Record,
    clock: &mut Clock,
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
            "ts" => clock.rfc3339(record.time, &mut cell),
            name => {
                let slots = view.layout.slots.iter().zip(record.values());
                if let Some((slot, value)) = slots.into_iter().find(|(slot, _)| slot.name == name) {
                    show(value, slot, base, clock, &mut cell);
                }
            }
        }
        pad(&cell, align, least, out);
    }
    out.push(b'\n');
}

/// Appends a value for people; with `base`, a number as such.
pub fn show(value: Value, slot: &Slot, base: Option<Base>, clock: &mut Clock, out: &mut Vec<u8>) {
    if base.is_none() && decoded(slot, value, clock, out) {
        return;
    }
    let mut buffer = itoa::Buffer::new();
    match (value, base) {
        (Value::Unsigned(number), Some(Base::Hexadecimal)) => {
            return out.extend(format!("{number:#x}").into_bytes());
        }
        (Value::Signed(number), Some(Base::Hexadecimal)) => {
            let number = own_width(number as u64, slot.kind);
            return out.extend(format!("{number:#x}").into_bytes());
        }
        (Value::Address(address), Some(Base::Decimal)) => {
            return out.extend_from_slice(buffer.format(address).as_bytes());
        }
        _ => {}
    }
    match value {
        Value::Null => out.push(b'-'),
        Value::Unsigned(number) => out.extend_from_slice(buffer.format(number).as_bytes()),
        Value::Signed(number) => out.extend_from_slice(buffer.format(number).as_bytes()),
        Value::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        Value::Address(address) => out.extend(format!("{address:#x}").into_bytes()),
        Value::Time(time) => clock.time_of_day(time, out),
        Value::Text { bytes, truncated } => {
            escaped(bytes, out);
            if truncated {
                out.extend_from_slice("\u{2026}".as_bytes());
            }
        }
    }
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
