//! A value as every format shows it: itself, and the text that its decoder makes of it.
//!
//! In: a slot and its [`Value`]. Out: [`Shown`], with what the record holds as numbers looked up.
//! The bytes are any: each format escapes them in its own way.

use std::borrow::Cow;

use super::Machine;
use super::decode::decoded;
use crate::layout::{Show, Slot};
use crate::read::{Owner, Value};

/// A value, and the text that people read in its place.
pub struct Shown<'a> {
    /// The value.
    pub value: Bare<'a>,
    /// What a decoder made of it; only where it made something.
    pub text: Option<Vec<u8>>,
}

/// A value of a type that the formats tell apart.
pub enum Bare<'a> {
    /// None.
    Null,
    /// An unsigned integer.
    Unsigned(u64),
    /// A signed integer.
    Signed(i64),
    /// A truth.
    Bool(bool),
    /// An address.
    Address(u64),
    /// A point in time, CLOCK_MONOTONIC nanoseconds.
    Time(u64),
    /// Any bytes.
    Text {
        /// The bytes.
        bytes: Cow<'a, [u8]>,
        /// Whether there was more.
        truncated: bool,
    },
    /// Texts.
    List(Vec<String>),
    /// Strings, as words for a shell.
    Words {
        /// Each with a NUL behind it, but the last one where it was cut.
        bytes: &'a [u8],
        /// Whether there is more.
        truncated: bool,
    },
}

/// What is shown of `value` in `slot`.
pub fn shown<'a>(slot: &Slot, value: Value<'a>, machine: &mut Machine) -> Shown<'a> {
    let mut text = Vec::new();
    let mut decode = |show: &Show| {
        let changed = decoded(show, slot.kind, value, machine, &mut text);
        changed.then(|| std::mem::take(&mut text))
    };
    match &slot.show {
        Show::Plain => Shown { value: bare(value, machine), text: None },
        Show::Only(show) => {
            let whole = |text| Bare::Text { bytes: Cow::Owned(text), truncated: false };
            Shown { value: decode(show).map_or(Bare::Null, whole), text: None }
        }
        show => {
            let text = decode(show);
            Shown { value: bare(value, machine), text }
        }
    }
}

fn bare<'a>(value: Value<'a>, machine: &mut Machine) -> Bare<'a> {
    match value {
        Value::Null => Bare::Null,
        Value::Unsigned(number) => Bare::Unsigned(number),
        Value::Signed(number) => Bare::Signed(number),
        Value::Bool(truth) => Bare::Bool(truth),
        Value::Address(address) | Value::UserAddress { address, .. } => Bare::Address(address),
        Value::Time(time) => Bare::Time(time),
        Value::Text { bytes, truncated } => Bare::Text { bytes: Cow::Borrowed(bytes), truncated },
        Value::Bytes { bytes, truncated } => Bare::Text { bytes: Cow::Borrowed(bytes), truncated },
        Value::Strings { bytes, truncated } => Bare::Words { bytes, truncated },
        Value::Path { names, truncated } => {
            Bare::Text { bytes: Cow::Owned(path(names, truncated)), truncated }
        }
        Value::Stack { of, addresses } => Bare::List(frames(of, addresses, machine)),
    }
}

/// The symbols of a stack's addresses.
fn frames(of: Owner, addresses: &[u8], machine: &mut Machine) -> Vec<String> {
    let (addresses, _) = addresses.as_chunks();
    addresses.iter().map(|bytes| machine.symbol(of, u64::from_le_bytes(*bytes))).collect()
}

/// The path of `names`, which stand from the last to the first; without the slash in front where
/// the first are missing.
fn path(names: &[u8], truncated: bool) -> Vec<u8> {
    let names = names.strip_suffix(b"\0").unwrap_or(names);
    let mut path = Vec::with_capacity(names.len() + 1);
    for (index, name) in names.rsplit(|byte| *byte == 0).enumerate() {
        if index > 0 || !truncated {
            path.push(b'/');
        }
        path.extend_from_slice(name);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_put_together_from_their_end() {
        assert_eq!(path(b"rm\0bin\0usr\0", false), b"/usr/bin/rm");
        assert_eq!(path(b"rm\0bin\0", true), b"bin/rm");
        assert_eq!(path(b"", false), b"/");
    }
}
