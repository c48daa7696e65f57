//! The bytes of one event to values, by the probe's [`Layout`].
//!
//! Nothing is trusted: bytes that do not fit the layout are [`Malformed`], never a panic.

mod summary;

use crate::expr::Missing;
use crate::layout::{HEAD, Layout, Slot, SlotKind, TRUNCATED};

pub use summary::{Missed, Summary};

/// One event, still as bytes.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Index of its probe.
    pub probe: usize,
    /// CLOCK_MONOTONIC nanoseconds.
    pub time: u64,
    layout: &'a Layout,
    bytes: &'a [u8],
}

/// The value of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// It could not be read, or the kernel lacks it.
    Null,
    /// An unsigned integer of any width.
    Unsigned(u64),
    /// A signed integer of any width.
    Signed(i64),
    /// A truth.
    Bool(bool),
    /// An address.
    Address(u64),
    /// A string, as the kernel gave it.
    Text {
        /// Its bytes; any, but no NUL.
        bytes: &'a [u8],
        /// Whether it was longer.
        truncated: bool,
    },
    /// The event's time, CLOCK_MONOTONIC nanoseconds, to be shown as wall-clock time.
    Time(u64),
    /// A list of strings.
    Strings {
        /// Each with a NUL behind it, but the last one where it was cut.
        bytes: &'a [u8],
        /// Whether there is more.
        truncated: bool,
    },
    /// Any bytes.
    Bytes {
        /// The bytes.
        bytes: &'a [u8],
        /// Whether there were more.
        truncated: bool,
    },
    /// The path of a file.
    Path {
        /// Its names, the last one first, each with a NUL behind it.
        names: &'a [u8],
        /// Whether there are more above.
        truncated: bool,
    },
    /// Who called, the innermost first.
    Stack {
        /// Whose stack.
        of: Owner,
        /// Addresses, 8 bytes each.
        addresses: &'a [u8],
    },
    /// An address in a process.
    UserAddress {
        /// The process.
        process: u32,
        /// The address.
        address: u64,
    },
}

/// Whose code an address is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The kernel's.
    Kernel,
    /// A process's.
    Process(u32),
}

/// Bytes that are no event of any probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("failed to parse a record of {0} bytes")]
pub struct Malformed(pub usize);

impl<'a> Record<'a> {
    /// The event in `bytes`. Its head says which of `layouts` it has, counted from `base`: every
    /// config numbers its own probes.
    pub fn parse<L>(layouts: &'a [L], base: usize, bytes: &'a [u8]) -> Result<Self, Malformed>
    where
        L: AsRef<Layout>,
    {
        let malformed = Malformed(bytes.len());
        let time = word(bytes, 0).ok_or(malformed)?;
        let probe = base.saturating_add(word(bytes, 8).ok_or(malformed)? as u32 as usize);
        let layout = layouts.get(probe).ok_or(malformed)?.as_ref();
        if bytes.len() < layout.fixed {
            return Err(malformed);
        }
        Ok(Self { probe, time, layout, bytes })
    }

    /// The values in the order of the layout's slots.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        self.fields().map(|(_, value)| value)
    }

    /// The values with their slots.
    pub fn fields(&self) -> impl Iterator<Item = (&'a Slot, Value<'a>)> + use<'a> {
        let record = *self;
        record.layout.slots.iter().map(move |slot| (slot, record.value(slot)))
    }

    fn value(&self, slot: &Slot) -> Value<'a> {
        if self.failed_step(slot) != 0 {
            return Value::Null;
        }
        let raw = word(self.bytes, slot.offset).unwrap_or_default();
        match slot.kind {
            SlotKind::Null => Value::Null,
            SlotKind::Unsigned(_) => Value::Unsigned(raw),
            SlotKind::Signed(_) => Value::Signed(raw as i64),
            SlotKind::Bool => Value::Bool(raw != 0),
            SlotKind::Address => Value::Address(raw),
            SlotKind::Place => match self.layout.places.get(raw as usize) {
                Some(name) => Value::Text { bytes: name.as_bytes(), truncated: false },
                None => Value::Null,
            },
            SlotKind::Nsecs => Value::Unsigned(self.time),
            SlotKind::Time => Value::Time(self.time),
            SlotKind::Comm => {
                let bytes = self.bytes.get(slot.offset..).unwrap_or_default();
                let bytes = &bytes[..bytes.len().min(16)];
                let len = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
                Value::Text { bytes: &bytes[..len], truncated: false }
            }
            SlotKind::UserAddress => {
                let process = word(self.bytes, slot.offset.saturating_add(8)).unwrap_or_default();
                Value::UserAddress { process: process as u32, address: raw }
            }
            SlotKind::Strings(_) => match self.tail(raw) {
                Some((bytes, truncated)) => Value::Strings { bytes, truncated },
                None => Value::Null,
            },
            SlotKind::Text(_) => match self.tail(raw) {
                Some((bytes, truncated)) => Value::Text { bytes, truncated },
                None => Value::Null,
            },
            SlotKind::Bytes(_) => match self.tail(raw) {
                Some((bytes, truncated)) => Value::Bytes { bytes, truncated },
                None => Value::Null,
            },
            SlotKind::Path(_) => match self.tail(raw) {
                Some((names, truncated)) => Value::Path { names, truncated },
                None => Value::Null,
            },
            SlotKind::Stack(_) => match self.tail(raw).and_then(|(bytes, _)| stack(bytes)) {
                Some((of, addresses)) => Value::Stack { of, addresses },
                None => Value::Null,
            },
        }
    }

    /// Why the slot with that index has no value, if it has none.
    pub fn missing(&self, index: usize) -> Option<Missing> {
        let slot = self.layout.slots.get(index)?;
        let step = self.failed_step(slot);
        let address = word(self.bytes, slot.offset).unwrap_or_default();
        (step != 0).then_some(Missing { step, address })
    }

    /// Which step towards the slot's value failed; 0 if none did.
    fn failed_step(&self, slot: &Slot) -> u8 {
        let index = slot.null_index.map(|index| HEAD + index as usize);
        index.and_then(|index| self.bytes.get(index)).copied().unwrap_or_default()
    }

    /// What `slot` points at in the tail, and whether there was more of it.
    fn tail(&self, slot: u64) -> Option<(&'a [u8], bool)> {
        let len = (slot as u32 & !TRUNCATED) as usize;
        let start = self.layout.fixed.saturating_add((slot >> 32) as usize);
        Some((self.bytes.get(start..start.saturating_add(len))?, slot as u32 & TRUNCATED != 0))
    }
}

/// A stack's owner and its addresses.
fn stack(bytes: &[u8]) -> Option<(Owner, &[u8])> {
    let of = match word(bytes, 0)? {
        0 => Owner::Kernel,
        pid => Owner::Process(pid as u32),
    };
    Some((of, &bytes[8..]))
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

impl AsRef<Layout> for Layout {
    fn as_ref(&self) -> &Layout {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Show;
    use proptest::prelude::*;

    fn layout() -> Layout {
        let fields = [
            ("pid", SlotKind::Unsigned(32), false),
            ("comm", SlotKind::Comm, false),
            ("path", SlotKind::Text(255), true),
            ("ret", SlotKind::Signed(32), true),
            ("name", SlotKind::Text(16), true),
        ];
        Layout::new(fields.map(|(name, kind, nullable)| (name, kind, Show::Plain, nullable)))
    }

    /// A record with those words, then `tail`.
    fn bytes(words: &[u64], tail: &[u8]) -> Vec<u8> {
        let mut out: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        out.extend(tail);
        out
    }

    #[test]
    fn strings_lie_where_their_slots_say() {
        let comm = u64::from_le_bytes(*b"cat\0junk");
        let cut = u64::from(TRUNCATED);
        let words = [7, 0, 0, 42, comm, 0, 3 | 8 << 32, (-2i64) as u64, 5 | cut];
        let record = bytes(&words, b"hello\0\0\0abc");
        let layouts = [layout()];
        let record = Record::parse(&layouts, 0, &record).unwrap();
        assert_eq!(record.time, 7);
        let text = |bytes, truncated| Value::Text { bytes, truncated };
        let expected = [
            Value::Unsigned(42),
            text(b"cat", false),
            text(b"abc", false),
            Value::Signed(-2),
            text(b"hello", true),
        ];
        assert_eq!(record.values().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_null_hides_the_slot_alone() {
        let record = bytes(&[7, 0, 2, 42, 0, 0, 99, 9, 1], b"x");
        let layouts = [layout()];
        let record = Record::parse(&layouts, 0, &record).unwrap();
        let values: Vec<_> = record.values().collect();
        assert_eq!(record.missing(2), Some(Missing { step: 2, address: 99 }));
        assert_eq!(record.missing(3), None);
        assert_eq!(values[2], Value::Null);
        assert_eq!(values[3], Value::Signed(9));
        assert_eq!(values[4], Value::Text { bytes: b"x", truncated: false });
    }

    proptest! {
        #[test]
        fn any_bytes_give_values_or_malformed(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let layouts = [layout()];
            if let Ok(record) = Record::parse(&layouts, 0, &bytes) {
                prop_assert_eq!(record.values().count(), 5);
            }
        }
    }
}
