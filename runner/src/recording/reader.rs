//! Bytes to entries.

use std::io::{self, Read};

use serde::de::DeserializeOwned;

use super::{Entry, Head, MAGIC, MAX_ENTRY, RecordingError, VERSION};

/// Reads a recording from its head on.
pub struct Reader<R> {
    input: R,
    head: Head,
    /// The entry at hand, from its kind on.
    body: Vec<u8>,
    /// Where it begins.
    at: u64,
    /// Where the next one begins.
    next: u64,
}

impl<R: Read> Reader<R> {
    /// Reads up to the first entry.
    pub fn new(mut input: R) -> Result<Self, RecordingError> {
        let mut start = [0; 12];
        let len = fill(&mut input, &mut start)?;
        let magic = &start[..len.min(MAGIC.len())];
        if !MAGIC.starts_with(magic) || magic.is_empty() {
            return Err(RecordingError::Foreign);
        }
        if len < start.len() {
            return Err(RecordingError::CutOff);
        }
        let version = u32::from_le_bytes([start[8], start[9], start[10], start[11]]);
        if version != VERSION {
            return Err(RecordingError::Version(version));
        }
        let mut body = Vec::new();
        let at = start.len() as u64;
        let next = match read_body(&mut input, &mut body, at)? {
            Some(next) if body.first() == Some(&1) => next,
            Some(_) => return Err(damaged(at, "it does not begin with its head")),
            None => return Err(RecordingError::CutOff),
        };
        let head: Head = json(&body[1..], at)?;
        head.check().map_err(|what| damaged(at, what))?;
        Ok(Self { input, head, body, at, next })
    }

    /// What was recorded.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The fault of an entry that cannot be what was recorded.
    pub fn damaged(&self, what: impl Into<String>) -> RecordingError {
        damaged(self.at, what)
    }

    /// The next entry; `None` at the end of the file.
    pub fn entry(&mut self) -> Result<Option<Entry<'_>>, RecordingError> {
        self.at = self.next;
        match read_body(&mut self.input, &mut self.body, self.at)? {
            Some(next) => self.next = next,
            None => return Ok(None),
        }
        let Some((kind, rest)) = self.body.split_first() else {
            return Err(self.damaged("an entry is empty"));
        };
        entry(*kind, rest, &self.head, self.at).map(Some)
    }
}

fn entry<'a>(kind: u8, rest: &'a [u8], head: &Head, at: u64) -> Result<Entry<'a>, RecordingError> {
    let short = || damaged(at, "an entry is too short");
    match kind {
        2 => {
            let (base, bytes) = rest.split_first_chunk().ok_or_else(short)?;
            let base = u32::from_le_bytes(*base) as usize;
            Ok(Entry::Event { base, bytes })
        }
        3 => {
            let (nanos, _) = rest.split_first_chunk().ok_or_else(short)?;
            Ok(Entry::Distance(i64::from_le_bytes(*nanos)))
        }
        4 => {
            let (probe, rest) = rest.split_first_chunk().ok_or_else(short)?;
            let (count, _) = rest.split_first_chunk().ok_or_else(short)?;
            let probe = u32::from_le_bytes(*probe) as usize;
            if probe >= head.probes.len() {
                return Err(damaged(at, "there is no such probe"));
            }
            Ok(Entry::Lost { probe, count: u64::from_le_bytes(*count) })
        }
        5 => Ok(Entry::Case(json(rest, at)?)),
        6 => Ok(Entry::End(json(rest, at)?)),
        7 => Ok(Entry::Name(json(rest, at)?)),
        kind => Err(damaged(at, format!("there is no entry of kind {kind}"))),
    }
}

/// Reads the entry at byte `at` into `body`, and gives the place of the next; `None` at the end of
/// the file.
fn read_body(
    input: &mut impl Read,
    body: &mut Vec<u8>,
    at: u64,
) -> Result<Option<u64>, RecordingError> {
    let mut start = [0; 8];
    match fill(input, &mut start)? {
        0 => return Ok(None),
        8 => {}
        _ => return Err(RecordingError::CutOff),
    }
    let [a, b, c, d, sum @ ..] = start;
    let len = u32::from_le_bytes([a, b, c, d]);
    if len > MAX_ENTRY {
        return Err(damaged(at, format!("an entry of {len} bytes")));
    }
    body.clear();
    // Grows with what is there, whatever the length says.
    let read = input.take(u64::from(len)).read_to_end(body).map_err(RecordingError::Read)?;
    if read < len as usize {
        return Err(RecordingError::CutOff);
    }
    if crc32fast::hash(body) != u32::from_le_bytes(sum) {
        return Err(damaged(at, "the checksum does not fit"));
    }
    Ok(Some(at + 8 + u64::from(len)))
}

/// Fills `buffer` as far as the input reaches, and gives how far that is.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize, RecordingError> {
    let mut len = 0;
    while len < buffer.len() {
        match input.read(&mut buffer[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(RecordingError::Read(fault)),
        }
    }
    Ok(len)
}

fn json<T: DeserializeOwned>(bytes: &[u8], at: u64) -> Result<T, RecordingError> {
    serde_json::from_slice(bytes).map_err(|fault| damaged(at, fault.to_string()))
}

fn damaged(at: u64, what: impl Into<String>) -> RecordingError {
    RecordingError::Damaged { at, what: what.into() }
}
