//! A probe's own `print:` line.

use super::machine::Text;
use super::text::{escaped, width};
use super::{Machine, View};
use crate::config::{Align, Piece, PrintFormat};
use crate::layout::SlotKind;
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
        let (name, align, least, hex) = match piece {
            Piece::Literal(literal) => {
                out.extend_from_slice(literal.as_bytes());
                continue;
            }
            Piece::Field { name, align, width, hex } => (&name.value, *align, *width, *hex),
        };
        cell.clear();
        match name.as_str() {
            "probe" => cell.extend_from_slice(view.name.as_bytes()),
            "ts" => machine.clock.rfc3339(record.time, &mut cell),
            name => {
                let slots = view.layout.slots.iter().zip(record.values());
                if let Some((slot, value)) = slots.into_iter().find(|(slot, _)| slot.name == name) {
                    show(value, slot.kind, hex, machine, &mut cell);
                }
            }
        }
        pad(&cell, align, least, out);
    }
    out.push(b'\n');
}

/// Appends a value for people.
pub fn show(value: Value, kind: SlotKind, hex: bool, machine: &mut Machine, out: &mut Vec<u8>) {
    let mut buffer = itoa::Buffer::new();
    match value {
        Value::Null => out.push(b'-'),
        Value::Unsigned(number) if hex => out.extend(format!("{number:#x}").into_bytes()),
        Value::Signed(number) if hex => {
            // -1 of an `int` is 0xffffffff: as wide as its type.
            let bits = if let SlotKind::Signed(bits) = kind { u32::from(bits) } else { 64 };
            let cut = number as u64 & (u64::MAX >> 64u32.saturating_sub(bits).min(63));
            out.extend(format!("{cut:#x}").into_bytes());
        }
        Value::Unsigned(number) => out.extend_from_slice(buffer.format(number).as_bytes()),
        Value::Signed(number) => out.extend_from_slice(buffer.format(number).as_bytes()),
        Value::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        Value::Address(address) => out.extend(format!("{address:#x}").into_bytes()),
        Value::Time(time) => machine.clock.time_of_day(time, out),
        Value::Text { bytes, truncated } => {
            escaped(bytes, out);
            if truncated {
                out.extend_from_slice("\u{2026}".as_bytes());
            }
        }
        Value::Stack { of, addresses } => {
            escaped(machine.frames(of, addresses).join(";").as_bytes(), out);
        }
        value => match machine.text(value).flatten() {
            Some(Text { bytes, truncated }) => {
                show(Value::Text { bytes: &bytes, truncated }, kind, hex, machine, out);
            }
            None => out.push(b'-'),
        },
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
