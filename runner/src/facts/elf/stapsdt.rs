//! The static probes of a binary (USDT): the notes of `.note.stapsdt`.
//!
//! In: provider and name. Out: every place of that probe, with its arguments and its semaphore.

use std::collections::BTreeMap;

use super::operand::{self, Argument};
use super::{Binary, ElfError, string};

/// One place of a static probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The provider.
    pub provider: String,
    /// The probe.
    pub name: String,
    /// Where its instruction is in the file.
    pub offset: u64,
    /// Where the counter is in the file that says whether anyone watches; the program may skip the
    /// probe while it is 0.
    pub semaphore: Option<u64>,
    /// In order; the text of those whose form is not known.
    pub arguments: Vec<Result<Argument, String>>,
}

/// A note as it stands in the file.
struct Note<'a> {
    pc: u64,
    base: u64,
    semaphore: u64,
    provider: &'a str,
    name: &'a str,
    arguments: &'a str,
}

impl Binary {
    /// Every place of the probe `provider:name`; at least one.
    pub fn static_probe(&self, provider: &str, name: &str) -> Result<Vec<Site>, ElfError> {
        let notes = self.notes();
        let wanted = notes.iter().filter(|note| note.provider == provider && note.name == name);
        let mut sites = Vec::new();
        for note in wanted {
            sites.extend(self.site(note));
        }
        if sites.is_empty() {
            let mut list: Vec<String> =
                notes.iter().map(|note| format!("{}:{}", note.provider, note.name)).collect();
            list.sort();
            list.dedup();
            let name = format!("{provider}:{name}");
            return Err(ElfError::NoProbe { path: self.path.clone(), name, list });
        }
        Ok(sites)
    }

    /// The name `provider:name` of every static probe, sorted, with the number of its places and of
    /// its arguments (the most that one has).
    pub fn static_probes(&self) -> BTreeMap<String, (usize, usize)> {
        let mut all = BTreeMap::new();
        for note in self.notes() {
            let arguments = note.arguments.split_ascii_whitespace().count();
            let name = format!("{}:{}", note.provider, note.name);
            let (places, most) = all.entry(name).or_insert((0, 0));
            *places += 1;
            *most = arguments.max(*most);
        }
        all
    }

    fn site(&self, note: &Note) -> Option<Site> {
        // Prelink moves the section that the note names, and cannot mend the note.
        let base = self.section(".stapsdt.base").map(|section| section.header.sh_addr);
        let moved = match base {
            Some(base) if note.base != 0 => base.wrapping_sub(note.base),
            _ => 0,
        };
        let pc = note.pc.wrapping_add(moved);
        let semaphore = match note.semaphore {
            0 => None,
            address => Some(self.place(address.wrapping_add(moved), false)?),
        };
        let distance = |symbol: &str| Some(self.address_of(symbol)?.wrapping_sub(pc) as i64);
        Some(Site {
            provider: note.provider.to_owned(),
            name: note.name.to_owned(),
            offset: self.file_offset(pc)?,
            semaphore,
            arguments: operand::parse(note.arguments, &distance),
        })
    }

    fn notes(&self) -> Vec<Note<'_>> {
        let section = self.section(".note.stapsdt");
        let mut bytes = section.and_then(|section| self.bytes_of(section)).unwrap_or_default();
        let mut notes = Vec::new();
        while let Some((note, rest)) = split(bytes) {
            notes.extend(note);
            bytes = rest;
        }
        notes
    }
}

/// The first note, and what follows it.
fn split(bytes: &[u8]) -> Option<(Option<Note<'_>>, &[u8])> {
    const STAPSDT: u32 = 3;
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (name_size, size, kind) = (word(0)? as usize, word(4)? as usize, word(8)?);
    let start = 12usize.checked_add(name_size.checked_next_multiple_of(4)?)?;
    let end = start.checked_add(size)?;
    let (name, body) = (bytes.get(12..12usize.checked_add(name_size)?)?, bytes.get(start..end)?);
    let rest = bytes.get(end.checked_next_multiple_of(4)?..).unwrap_or_default();
    let ours = kind == STAPSDT && name == b"stapsdt\0";
    Some((if ours { note(body) } else { None }, rest))
}

fn note(body: &[u8]) -> Option<Note<'_>> {
    let long = |at: usize| Some(u64::from_le_bytes(body.get(at..at + 8)?.try_into().ok()?));
    let text = |at: usize| std::str::from_utf8(string(body, at)?).ok();
    let provider = text(24)?;
    let name = text(24 + provider.len() + 1)?;
    let arguments = text(24 + provider.len() + name.len() + 2)?;
    Some(Note { pc: long(0)?, base: long(8)?, semaphore: long(16)?, provider, name, arguments })
}
