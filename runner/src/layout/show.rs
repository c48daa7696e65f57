//! How a slot's value is shown to people. What lies in the record is [`super::SlotKind`]'s.

use serde::{Deserialize, Serialize};

use crate::config::{DevCode, Epoch};

/// How a slot's value is shown to people, where its bare form is not what they want to read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Show {
    /// As it is.
    #[default]
    Plain,
    /// In decimal.
    Dec,
    /// In hexadecimal.
    Hex,
    /// In octal.
    Oct,
    /// By its name, if it has one.
    Names(Names),
    /// By the names of the bits that are set.
    Flags(Flags),
    /// Nanoseconds, as `1.234ms`.
    Duration,
    /// An amount of memory, as `1.5KiB`.
    Bytes,
    /// A point in time.
    Time(Epoch),
    /// The mode of a file, as `-rw-r--r--`, or `0644` without a type.
    Mode,
    /// A device, as `8:1`.
    Dev(DevCode),
    /// An IP address: a number or bytes in the network's order.
    Ip,
    /// A `struct sockaddr`, as the IP address in it.
    SocketAddress,
    /// A hardware address, as `00:00:5e:00:53:01`.
    Mac,
    /// An address of code, as the symbol there.
    Symbol,
    /// The number of a cgroup, as its path.
    Cgroup,
    /// As that says, and what it says is the value itself: nobody asked for the number.
    Only(Box<Show>),
}

impl Show {
    /// Whether it makes a text that stands beside the value.
    pub fn is_beside(&self) -> bool {
        !matches!(self, Self::Plain | Self::Only(_))
    }
}

/// Flags that have names, and numbers within the same value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags(Vec<Flag>);

/// One of [`Flags`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// The bits that it is about.
    pub mask: u64,
    /// What they hold.
    pub value: u64,
    /// Its name.
    pub name: String,
}

impl Flags {
    /// Of two that share bits, the one with more bits is looked at first; else their order counts.
    pub fn new(flags: impl IntoIterator<Item = Flag>) -> Self {
        let mut list: Vec<_> = flags.into_iter().collect();
        list.sort_by_key(|flag| std::cmp::Reverse(flag.mask.count_ones()));
        Self(list)
    }

    /// The names of what is set in `word`, and the bits that have none.
    pub fn of(&self, word: u64) -> (Vec<&str>, u64) {
        let mut rest = word;
        let mut names = Vec::new();
        for flag in &self.0 {
            let set = match flag.value {
                0 => word & flag.mask == 0,
                value => rest & flag.mask == value,
            };
            if set {
                names.push(flag.name.as_str());
                rest &= !flag.mask;
            }
        }
        (names, rest)
    }
}

/// Numbers that have names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names(Vec<(u64, String)>);

impl Names {
    /// Names of words as slots hold them: signed ones extended. Of a word with several names, the
    /// first counts.
    pub fn new(names: impl IntoIterator<Item = (u64, String)>) -> Self {
        let mut list: Vec<_> = names.into_iter().collect();
        list.sort_by_key(|(word, _)| *word);
        list.dedup_by_key(|(word, _)| *word);
        Self(list)
    }

    /// The name of `word`.
    pub fn get(&self, word: u64) -> Option<&str> {
        let index = self.0.binary_search_by_key(&word, |(word, _)| *word).ok()?;
        Some(&self.0[index].1)
    }

    /// Characters of the longest name.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, name)| name.chars().count()).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_names_counts() {
        let names = [(7, "B"), (u64::MAX, "LAST"), (3, "A"), (7, "ALIAS")];
        let names = Names::new(names.map(|(word, name)| (word, name.to_owned())));
        assert_eq!(names.get(7), Some("B"));
        assert_eq!((names.get(3), names.get(u64::MAX)), (Some("A"), Some("LAST")));
        assert_eq!((names.get(4), names.width()), (None, 4));
    }

    #[test]
    fn flags_with_more_bits_come_before_their_parts() {
        let flag = |mask, value, name: &str| Flag { mask, value, name: name.into() };
        let flags = Flags::new([
            flag(4, 4, "DATA"),
            flag(0x14, 0x14, "ALL"),
            flag(3, 0, "READ"),
            flag(3, 1, "WRITE"),
            flag(u64::MAX, 0, "NONE"),
        ]);
        assert_eq!(flags.of(0x14), (vec!["ALL", "READ"], 0));
        assert_eq!(flags.of(0x15), (vec!["ALL", "WRITE"], 0));
        assert_eq!(flags.of(4), (vec!["READ", "DATA"], 0));
        assert_eq!(flags.of(0x43), (vec![], 0x43));
        assert_eq!(flags.of(0), (vec!["NONE", "READ"], 0));
    }
}
