//! The only definition of an event record: code generation writes it and the reader parses it.
//!
//! ```text
//! u64 time      CLOCK_MONOTONIC nanoseconds
//! u32 probe     index of the probe
//! u32 flags     0
//! u8  nulls[n]  0 where the slot with that index has a value, else which step towards it failed
//! slots         8 bytes each, little-endian, integers extended to 64 bits; comm 16 bytes;
//!               in place of a missing value, the address that could not be read;
//!               a string {u32 length | TRUNCATED, u32 start of its bytes in the tail};
//!               bytes, a path and a stack alike; an address in a program {u64 address, u64 process}
//! tail          the strings in the order they were read, each starting at a multiple of 8;
//!               of a path its names, the last one first, each with its NUL;
//!               of a list each string with its NUL, but the last one where it was cut;
//!               of a stack the process (0: the kernel's), then the addresses, u64 each
//! ```
//!
//! Everything is a multiple of 8 bytes, so there is no padding that could leak or differ.

mod show;

use serde::{Deserialize, Serialize};

use crate::expr::{Arg, ArgPlace, Form, Int, Native, Node, Space, Style, Type, Typed};

pub use show::{Flag, Flags, Names, Show};

/// Bytes before the null words.
pub const HEAD: usize = 16;
/// The longest string or buffer where nothing says otherwise: not `max:`, `str(p, max)`, nor
/// `limits:`; bytes.
pub const TEXT_MAX: u32 = 255;
/// The longest path where `max:` does not say otherwise, bytes.
pub const PATH_MAX: u32 = 512;
/// The longest list of strings where `max:` does not say otherwise, bytes.
pub const STRINGS_MAX: u32 = 1024;
/// Bytes of addresses of a stack where `max:` does not say otherwise: 64 callers.
pub const STACK_MAX: u32 = 512;
/// Set in a string slot's length when the string was longer than it could hold.
pub const TRUNCATED: u32 = 1 << 31;

/// The record of one probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Words of nulls after the head.
    pub null_words: usize,
    /// In the order of the fields.
    pub slots: Vec<Slot>,
    /// Bytes before the tail.
    pub fixed: usize,
    /// Bytes that the tail can need; 0 if there are no strings.
    pub tail: usize,
    /// What the numbers in slots of kind [`SlotKind::Place`] stand for.
    pub places: Vec<String>,
}

/// Where one field stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The field's name.
    pub name: String,
    /// How its bytes are meant.
    pub kind: SlotKind,
    /// How its value is shown to people.
    pub show: Show,
    /// Bytes from the start of the record.
    pub offset: usize,
    /// Its index among those whose values may be missing.
    pub null_index: Option<u32>,
}

/// How a slot's bytes are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlotKind {
    /// An unsigned integer of that many bits.
    Unsigned(u8),
    /// A signed integer of that many bits.
    Signed(u8),
    /// `false` or `true`.
    Bool,
    /// An address.
    Address,
    /// 16 bytes, ended by a NUL if shorter.
    Comm,
    /// A string of at most that many bytes, in the tail.
    Text(u32),
    /// At most that many bytes, in the tail.
    Bytes(u32),
    /// A list of strings, about that many bytes of them, in the tail.
    Strings(u32),
    /// The path of a file, about that many bytes of it, in the tail.
    Path(u32),
    /// A stack of callers, that many bytes of addresses, in the tail.
    Stack(u32),
    /// An address in a process, and the process.
    UserAddress,
    /// A number of [`Layout::places`].
    Place,
    /// Nothing: the kernel lacks it.
    Null,
    /// The record's own time as a number.
    Nsecs,
    /// The record's own time as wall-clock time.
    Time,
}

/// How much of a value is wanted, bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// The field's `max:`.
    pub max: Option<u32>,
    /// The config's limit of strings and buffers that do not say it themselves.
    pub string: Option<u32>,
}

impl SlotKind {
    /// The kind that shows as much of `typed` as is wanted.
    pub fn of(typed: &Typed, wanted: Wanted) -> Self {
        let max = wanted.max;
        let string = max.or(wanted.string).unwrap_or(TEXT_MAX);
        match (&typed.node, &typed.ty) {
            (Node::Null, _) => Self::Null,
            (Node::Native(Native::Comm), _) => Self::Comm,
            (Node::Native(Native::Func), _) => Self::Place,
            (Node::Native(Native::Nsecs), _) => Self::Nsecs,
            (Node::Native(Native::Time), _) => Self::Time,
            (Node::Native(Native::CgroupPath), _) => Self::Unsigned(64),
            (Node::Native(Native::Exe), _) => Self::Path(max.unwrap_or(PATH_MAX)),
            (Node::Native(Native::KernelStack | Native::UserStack), _) => {
                Self::Stack(max.map_or(STACK_MAX, |max| (max / 8).max(1) * 8))
            }
            (Node::Symbol(Space::User, _), _) => Self::UserAddress,
            (Node::Ipv4(_), _) => Self::Unsigned(32),
            (Node::ReadBytes(bytes), _) if bytes.form == Form::Plain => {
                Self::Bytes(max.or(bytes.max).unwrap_or(string))
            }
            (Node::ReadBytes(bytes), _) => Self::Bytes(bytes.max.unwrap_or(string)),
            (Node::ReadStrings { .. }, _) => Self::Strings(max.unwrap_or(STRINGS_MAX)),
            (Node::ReadText { max: own, .. }, _) => Self::Text(max.or(*own).unwrap_or(string)),
            (Node::Arg(Arg { place: ArgPlace::Inline { len, .. }, .. }), _) => {
                Self::Text(max.map_or(*len, |max| max.min(*len)))
            }
            (Node::Choose(_, yes, no), Type::Text) => {
                Self::Text(text_max(yes, wanted).max(text_max(no, wanted)))
            }
            (Node::Text(bytes), _) => Self::Text(bytes.len() as u32),
            (_, Type::Array(_, len)) => Self::Text(max.map_or(*len, |max| max.min(*len))),
            (_, Type::Text) => Self::Text(string),
            _ if typed.is_truth() => Self::Bool,
            (_, Type::Int(Int { style: Style::Bool, .. })) => Self::Bool,
            (_, Type::Int(int)) if int.signed => Self::Signed(int.bits),
            (_, Type::Int(int)) => Self::Unsigned(int.bits),
            _ => Self::Address,
        }
    }

    /// Bytes that it takes before the tail.
    pub fn size(self) -> usize {
        match self {
            Self::Comm | Self::UserAddress => 16,
            Self::Nsecs | Self::Time | Self::Null => 0,
            _ => 8,
        }
    }

    /// Bytes that it can take in the tail.
    fn room(self) -> usize {
        match self {
            Self::Text(max) | Self::Bytes(max) => text_room(max),
            // Room is asked for as a whole for each of them.
            Self::Strings(max) => 2 * text_room(max),
            // The last name may go beyond the limit; and room for it is asked for as a whole.
            Self::Path(max) => text_room(max) + 2 * text_room(NAME_MAX),
            Self::Stack(size) => text_room(8 + size),
            _ => 0,
        }
    }
}

impl Slot {
    /// What it shows, in words: "a signed number".
    pub fn in_words(&self) -> &'static str {
        match (&self.show, self.kind) {
            (Show::Only(show), _) if **show == Show::Symbol => "a symbol",
            (Show::Only(_), _) => "text",
            (_, SlotKind::Unsigned(_) | SlotKind::Nsecs) => "an unsigned number",
            (_, SlotKind::Signed(_)) => "a signed number",
            (_, SlotKind::Bool) => "a truth value",
            (_, SlotKind::Address | SlotKind::UserAddress) => "an address",
            (_, SlotKind::Comm | SlotKind::Text(_) | SlotKind::Place | SlotKind::Path(_)) => "text",
            (_, SlotKind::Bytes(_)) => "bytes",
            (_, SlotKind::Strings(_)) => "a list of strings",
            (_, SlotKind::Time) => "a time",
            (_, SlotKind::Stack(_)) => "a stack",
            (_, SlotKind::Null) => "nothing",
        }
    }

    /// Whether two slots show values of one sort, so that probes can share a column.
    pub fn alike(&self, other: &Self) -> bool {
        let nothing = self.kind == SlotKind::Null || other.kind == SlotKind::Null;
        nothing || self.in_words() == other.in_words()
    }
}

/// The longest that the string `typed` can be.
fn text_max(typed: &Typed, wanted: Wanted) -> u32 {
    match SlotKind::of(typed, wanted) {
        SlotKind::Text(max) => max,
        _ => TEXT_MAX,
    }
}

impl Layout {
    /// The layout of a record with those fields: name, kind, how it is shown, and whether the value
    /// may be missing.
    pub fn new<'a>(fields: impl IntoIterator<Item = (&'a str, SlotKind, Show, bool)>) -> Self {
        let mut nulls = 0;
        let mut slots: Vec<Slot> = Vec::new();
        for (name, kind, show, nullable) in fields {
            let null_index = nullable.then_some(nulls);
            nulls += u32::from(nullable);
            slots.push(Slot { name: name.to_owned(), kind, show, offset: 0, null_index });
        }
        let null_words = nulls.div_ceil(8) as usize;
        let mut offset = HEAD + null_words * 8;
        let mut tail = 0;
        for slot in &mut slots {
            // A slot without bytes of its own shows nothing, or the time, which opens the record.
            slot.offset = if slot.kind.size() == 0 { 0 } else { offset };
            offset += slot.kind.size();
            tail += slot.kind.room();
        }
        Self { null_words, slots, fixed: offset, tail, places: Vec::new() }
    }

    /// Bytes that a program needs to put a record together: of a tail also how much of it is used.
    pub fn room(&self) -> usize {
        let used = if self.tail > 0 { 8 } else { 0 };
        self.fixed + self.tail + used
    }

    /// With the names of the places that it can come from.
    pub fn with_places(self, places: Vec<String>) -> Self {
        Self { places, ..self }
    }
}

/// The longest name of a file, bytes.
const NAME_MAX: u32 = 255;

/// Bytes that a string of at most `max` bytes can take in the tail: it, its NUL, and one byte more
/// that tells a string that just fits from one that does not.
pub fn text_room(max: u32) -> usize {
    (max as usize + 2).next_multiple_of(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds() -> impl Strategy<Value = SlotKind> {
        prop_oneof![
            Just(SlotKind::Unsigned(32)),
            Just(SlotKind::Signed(64)),
            Just(SlotKind::Comm),
            Just(SlotKind::Time),
            (1u32..4096).prop_map(SlotKind::Text),
        ]
    }

    proptest! {
        #[test]
        fn slots_are_aligned_apart_and_inside(
            fields in prop::collection::vec((kinds(), any::<bool>()), 0..200)
        ) {
            let layout =
                Layout::new(fields.iter().map(|(kind, null)| ("x", *kind, Show::Plain, *null)));
            let mut end = HEAD + layout.null_words * 8;
            let mut nulls = 0;
            for slot in layout.slots.iter().filter(|slot| slot.kind.size() > 0) {
                prop_assert_eq!(slot.offset, end);
                prop_assert_eq!(slot.offset % 8, 0);
                end += slot.kind.size();
            }
            for index in layout.slots.iter().filter_map(|slot| slot.null_index) {
                prop_assert_eq!(index, nulls);
                nulls += 1;
            }
            prop_assert!(nulls as usize <= layout.null_words * 8);
            prop_assert_eq!(layout.fixed, end);
        }
    }
}
