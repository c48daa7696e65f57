//! Numbers to the text that people read, by the slot's [`Show`].

use super::text::escaped;
use crate::layout::{Show, Slot, SlotKind};
use crate::read::Value;

/// Appends the text that the slot's [`Show`] makes of `value`. `false`, and nothing is appended,
/// where it leaves the value as it is.
pub fn decoded(slot: &Slot, value: Value, out: &mut Vec<u8>) -> bool {
    let Some(word) = word(value) else { return false };
    match &slot.show {
        Show::Plain => return false,
        Show::Dec => match value {
            Value::Address(address) => push(out, address),
            _ => return false,
        },
        Show::Names(names) => match names.get(word) {
            // Names come from files that hold any bytes.
            Some(name) => escaped(name.as_bytes(), out),
            None => return false,
        },
        Show::Hex => push(out, format_args!("{:#x}", own_width(word, slot.kind))),
        Show::Oct => octal(own_width(word, slot.kind), out),
    }
    true
}

/// The value as a word, signed ones extended; `None` of what is no number.
fn word(value: Value) -> Option<u64> {
    match value {
        Value::Unsigned(word) | Value::Address(word) => Some(word),
        Value::Signed(number) => Some(number as u64),
        _ => None,
    }
}

/// As C writes it: 0644.
fn octal(number: u64, out: &mut Vec<u8>) {
    match number {
        0 => out.push(b'0'),
        _ => push(out, format_args!("0{number:o}")),
    }
}

/// -1 of an `int` is 0xffffffff: as wide as its type.
pub fn own_width(word: u64, kind: SlotKind) -> u64 {
    match kind {
        SlotKind::Signed(bits @ 1..=64) => word & (u64::MAX >> (64 - bits)),
        _ => word,
    }
}

fn push(out: &mut Vec<u8>, text: impl std::fmt::Display) {
    out.extend_from_slice(text.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `show` makes of `value` in a slot of `kind`; `None` if nothing.
    fn text(show: Show, kind: SlotKind, value: Value) -> Option<String> {
        let slot = Slot { name: "x".into(), kind, show, offset: 0, null_bit: None };
        let mut out = Vec::new();
        let changed = decoded(&slot, value, &mut out);
        assert_eq!(changed, !out.is_empty());
        changed.then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn numbers_in_another_base_are_as_wide_as_their_type() {
        let int = |number| (SlotKind::Signed(32), Value::Signed(number));
        for (show, (kind, value), shown) in [
            (Show::Hex, int(-1), Some("0xffffffff")),
            (Show::Hex, (SlotKind::Unsigned(64), Value::Unsigned(255)), Some("0xff")),
            (Show::Oct, int(0o644), Some("0644")),
            (Show::Dec, int(-1), None),
            (Show::Dec, (SlotKind::Address, Value::Address(16)), Some("16")),
            (Show::Hex, (SlotKind::Signed(8), Value::Signed(-2)), Some("0xfe")),
            (Show::Hex, int(0), Some("0x0")),
            (Show::Hex, (SlotKind::Address, Value::Null), None),
        ] {
            assert_eq!(text(show.clone(), kind, value).as_deref(), shown, "{show:?} {value:?}");
        }
    }
}
