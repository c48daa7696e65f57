//! The functions of a recorded kernel: names, how many functions each means, sizes.
//!
//! In and out: the part `FUNC` of a snapshot. Addresses are left out: they differ from boot to boot,
//! and are nobody's business.
//!
//! ```text
//! u32       number of names
//! names     sorted, each with a newline behind it
//! flags     one byte for each name: how many functions have it (127: or more); bit 7: the kernel
//!           lists it among those that can be traced
//! sizes     one LEB128 number for each name; 0: not known
//! ```

use std::collections::HashSet;

use super::container::u32_at;
use crate::facts::symbols::Entry;

/// The bits of a flag byte that count.
const COUNT: u8 = 0x7f;
/// The bit of a flag byte that says that the function can be traced.
const TRACED: u8 = 0x80;

/// The table of functions.
#[derive(Debug)]
pub struct Functions {
    /// All names, each with a newline behind it.
    names: String,
    /// Where each name starts in `names`, and where the last ends.
    starts: Vec<u32>,
    flags: Vec<u8>,
    sizes: Vec<u64>,
}

/// The part that holds `entries`, which are sorted; `traced` is what the kernel lists, if it does.
pub fn encode(entries: &[Entry<'_>], traced: Option<&HashSet<String>>) -> Vec<u8> {
    let mut bytes = (entries.len() as u32).to_le_bytes().to_vec();
    for entry in entries {
        bytes.extend(entry.name.as_bytes());
        bytes.push(b'\n');
    }
    for entry in entries {
        let traced = traced.is_some_and(|traced| traced.contains(entry.name));
        let count = u8::try_from(entry.count).unwrap_or(COUNT).min(COUNT);
        bytes.push(count | if traced { TRACED } else { 0 });
    }
    for entry in entries {
        let mut rest = entry.size.unwrap_or_default();
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    bytes
}

/// Whether the size of any function in the part is known.
pub fn has_sizes(part: &[u8]) -> bool {
    Functions::decode(part).is_some_and(|table| table.sizes.iter().any(|size| *size > 0))
}

/// One LEB128 number and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

impl Functions {
    /// Takes the part apart; `None` if its tables do not fit together.
    pub fn decode(part: &[u8]) -> Option<Self> {
        let count = u32_at(part, 0)? as usize;
        let rest = part.get(4..)?;
        // Each name takes at least its newline.
        let mut starts = Vec::with_capacity(count.min(rest.len()) + 1);
        starts.push(0);
        let ends = memchr::memchr_iter(b'\n', rest).take(count);
        starts.extend(ends.map_while(|end| u32::try_from(end + 1).ok()));
        if starts.len() != count + 1 {
            return None;
        }
        let (names, rest) = rest.split_at_checked(*starts.last()? as usize)?;
        let (flags, mut rest) = rest.split_at_checked(count)?;
        let mut sizes = Vec::with_capacity(count);
        for _ in 0..count {
            let (size, tail) = number(rest)?;
            sizes.push(size);
            rest = tail;
        }
        let names = String::from_utf8(names.to_vec()).ok().filter(|_| rest.is_empty())?;
        Some(Self { names, starts, flags: flags.to_vec(), sizes })
    }

    fn count(&self) -> usize {
        self.flags.len()
    }

    fn name(&self, index: usize) -> &str {
        let at = |index: usize| self.starts.get(index).map_or(0, |start| *start as usize);
        self.names.get(at(index)..at(index + 1).saturating_sub(1)).unwrap_or_default()
    }

    fn find(&self, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle).cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// Every name, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.count()).map(|index| self.name(index))
    }

    /// Whether there is a function of that name.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Bytes of the only function of that name, if they are known.
    pub fn size(&self, name: &str) -> Option<u64> {
        self.sizes.get(self.find(name)?).copied().filter(|size| *size > 0)
    }

    /// How many functions have that name; 127 stands for more, too.
    pub fn places(&self, name: &str) -> usize {
        usize::from(self.flag(name) & COUNT)
    }

    /// Whether the kernel lists that name as traceable.
    pub fn is_traced(&self, name: &str) -> bool {
        self.flag(name) & TRACED != 0
    }

    fn flag(&self, name: &str) -> u8 {
        self.find(name).and_then(|index| self.flags.get(index)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let entry = |name, count, size| Entry { name, count, size };
        let entries = [
            entry("", 1, Some(1)),
            entry("many", 500, None),
            entry("one", 1, Some(300)),
            entry("two", 2, None),
            entry("vast", 1, Some(1 << 40)),
        ];
        encode(&entries, Some(&HashSet::from(["one".to_owned(), "many".to_owned()])))
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let table = Functions::decode(&sample()).unwrap();
        assert_eq!(table.names().collect::<Vec<_>>(), ["", "many", "one", "two", "vast"]);
        for (name, size) in
            [("one", Some(300)), ("two", None), ("vast", Some(1 << 40)), ("none", None)]
        {
            assert_eq!((table.has(name), table.size(name)), (name != "none", size), "{name}");
        }
        let places = ["one", "two", "many", "none"].map(|name| table.places(name));
        assert_eq!(places, [1, 2, 127, 0]);
        let traced: Vec<_> = table.names().filter(|name| table.is_traced(name)).collect();
        assert_eq!(traced, ["many", "one"]);
        assert_eq!(Functions::decode(&encode(&[], None)).unwrap().count(), 0);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let part = sample();
        for end in 0..part.len() {
            assert!(Functions::decode(&part[..end]).is_none(), "{end}");
        }
        assert!(Functions::decode(&[&part[..], b"x"].concat()).is_none());
        assert!(Functions::decode(&[0xff; 64]).is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_safe(part in proptest::collection::vec(proptest::num::u8::ANY, 0..60)) {
            if let Some(table) = Functions::decode(&part) {
                table.names().for_each(|name| { table.size(name); table.places(name); });
            }
        }
    }
}
