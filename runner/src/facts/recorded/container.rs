//! The snapshot file as such: a head, a checksum, and compressed parts that are unpacked one by one.
//!
//! ```text
//! 8 bytes   magic
//! u32       version of the format
//! u64       bytes of the whole file
//! 32 bytes  SHA-256 of everything that follows
//! u32       number of parts, then for each: tag (4 bytes), u32 packed bytes, u32 plain bytes
//! ...       the packed parts in that order, each a Brotli stream
//! ```
//!
//! Numbers are little-endian. Any bytes are safe: nothing is unpacked beyond what is declared, and
//! nothing is declared beyond [`PLAIN_MAX`].

use std::io::{self, Read};
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::SnapshotError;

/// Tells a snapshot from other files, and shows damage by transfers that mean text.
const MAGIC: &[u8; 8] = b"\x89runner\n";
/// What is written, and the only version that is read.
pub const VERSION: u32 = 1;
/// Bytes before the checksummed rest.
const HEAD: usize = 8 + 4 + 8 + 32;
/// Bytes of a part's entry.
const ENTRY: usize = 12;
/// The largest file that is read; a distribution's kernel makes 2 MB.
pub const FILE_MAX: u64 = 64 << 20;
/// The most that one part may hold; the types of a distribution's kernel have 5 to 8 MB.
const PLAIN_MAX: u32 = 64 << 20;
/// A Brotli stream that begins so asks for a window of up to 1 GiB; none is written here.
const LARGE_WINDOW: u8 = 0x11;

/// What a part holds.
pub type Tag = [u8; 4];

/// A snapshot whose checksum is right.
#[derive(Debug)]
pub struct Container {
    bytes: Vec<u8>,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    tag: Tag,
    packed: Range<usize>,
    plain: u32,
}

impl Container {
    /// Takes apart the whole content of a file.
    pub fn new(bytes: Vec<u8>) -> Result<Self, SnapshotError> {
        if !bytes.starts_with(MAGIC) {
            return Err(SnapshotError::NotASnapshot);
        }
        let version = u32_at(&bytes, 8).ok_or(SnapshotError::CutOff)?;
        if version != VERSION {
            return Err(SnapshotError::Version { version });
        }
        let length =
            bytes.get(12..20).and_then(|word| Some(u64::from_le_bytes(word.try_into().ok()?)));
        let length = length.ok_or(SnapshotError::CutOff)?;
        match length.cmp(&(bytes.len() as u64)) {
            std::cmp::Ordering::Greater => return Err(SnapshotError::CutOff),
            std::cmp::Ordering::Less => return Err(SnapshotError::Damaged("more follows its end")),
            std::cmp::Ordering::Equal => {}
        }
        let (Some(sum), Some(rest)) = (bytes.get(20..HEAD), bytes.get(HEAD..)) else {
            return Err(SnapshotError::CutOff);
        };
        if Sha256::digest(rest).as_slice() != sum {
            return Err(SnapshotError::Damaged("its checksum is wrong"));
        }
        let parts = parts(&bytes).ok_or(SnapshotError::Damaged("its parts do not fit together"))?;
        Ok(Self { bytes, parts })
    }

    /// Unpacks the part `tag`; `None` if there is none.
    pub fn part(&self, tag: Tag) -> Result<Option<Vec<u8>>, SnapshotError> {
        let Some(part) = self.parts.iter().find(|part| part.tag == tag) else { return Ok(None) };
        let packed = self.bytes.get(part.packed.clone()).unwrap_or_default();
        unpack(packed, part.plain).map(Some).ok_or(SnapshotError::Damaged("a part does not unpack"))
    }
}

/// The parts that the table lists; `None` if they are not exactly what follows it.
fn parts(bytes: &[u8]) -> Option<Vec<Part>> {
    let count = u32_at(bytes, HEAD)? as usize;
    let table = HEAD + 4;
    let mut at = count.checked_mul(ENTRY)?.checked_add(table)?;
    let mut parts = Vec::new();
    for entry in bytes.get(table..at)?.chunks_exact(ENTRY) {
        let plain = u32_at(entry, 8).filter(|plain| *plain <= PLAIN_MAX)?;
        let end = at.checked_add(u32_at(entry, 4)? as usize).filter(|end| *end <= bytes.len())?;
        parts.push(Part { tag: entry[..4].try_into().ok()?, packed: at..end, plain });
        at = end;
    }
    (at == bytes.len()).then_some(parts)
}

/// A snapshot of these parts.
pub fn write(parts: &[(Tag, &[u8])]) -> io::Result<Vec<u8>> {
    let mut table = (parts.len() as u32).to_le_bytes().to_vec();
    let mut bodies = Vec::new();
    for (tag, plain) in parts {
        let packed = pack(plain)?;
        let size = u32::try_from(plain.len()).ok().filter(|size| *size <= PLAIN_MAX);
        let size = size.ok_or_else(|| io::Error::other("the kernel's types are beyond 64 MiB"))?;
        table.extend(tag);
        table.extend((packed.len() as u32).to_le_bytes());
        table.extend(size.to_le_bytes());
        bodies.extend(packed);
    }
    table.extend(bodies);
    let mut file = MAGIC.to_vec();
    file.extend(VERSION.to_le_bytes());
    file.extend(((HEAD + table.len()) as u64).to_le_bytes());
    file.extend(Sha256::digest(&table));
    file.extend(table);
    Ok(file)
}

/// Quality 6 of 11: 9 takes twice the time for 1 % less.
fn pack(plain: &[u8]) -> io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 6,
        lgwin: 22,
        size_hint: plain.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut packed, &parameters)?;
    Ok(packed)
}

/// The `plain` bytes that `packed` holds; `None` if it holds more, fewer, or nonsense.
fn unpack(packed: &[u8], plain: u32) -> Option<Vec<u8>> {
    const BUFFER: usize = 64 << 10;
    if packed.first() == Some(&LARGE_WINDOW) {
        return None;
    }
    let mut bytes = Vec::new();
    let stream = brotli::Decompressor::new(packed, BUFFER);
    stream.take(u64::from(plain) + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() == plain as usize).then_some(bytes)
}

/// The number at byte `at`, if it is there.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let long = b"several times the same text; ".repeat(1000);
        write(&[(*b"ONE ", b"text"), (*b"TWO ", &long), (*b"NONE", b"")]).unwrap()
    }

    /// `file` with the right length and checksum, whatever it holds.
    fn sealed(mut file: Vec<u8>) -> Vec<u8> {
        let length = file.len() as u64;
        file[12..20].copy_from_slice(&length.to_le_bytes());
        let sum = Sha256::digest(&file[HEAD..]);
        file[20..HEAD].copy_from_slice(&sum);
        file
    }

    #[test]
    fn what_was_written_is_read() {
        let file = sample();
        assert!(file.len() < 400, "{}", file.len());
        let container = Container::new(file).unwrap();
        assert_eq!(container.part(*b"ONE ").unwrap().unwrap(), b"text");
        assert_eq!(container.part(*b"TWO ").unwrap().unwrap().len(), 29_000);
        assert_eq!(container.part(*b"NONE").unwrap().unwrap(), b"");
        assert_eq!(container.part(*b"ELSE").unwrap(), None);
    }

    #[test]
    fn what_is_no_snapshot_is_told_apart() {
        let file = sample();
        let refused = |bytes: &[u8]| Container::new(bytes.to_vec()).unwrap_err();
        assert!(matches!(refused(b""), SnapshotError::NotASnapshot));
        assert!(matches!(refused(b"\x7fELF and so on"), SnapshotError::NotASnapshot));
        for end in 8..file.len() {
            assert!(matches!(refused(&file[..end]), SnapshotError::CutOff), "{end}");
        }
        let mut newer = file.clone();
        newer[8] = 9;
        assert!(matches!(refused(&newer), SnapshotError::Version { version: 9 }));
        for at in 20..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x40;
            assert!(matches!(refused(&damaged), SnapshotError::Damaged(_)), "{at}");
        }
        let longer = [&file[..], b"x"].concat();
        assert!(matches!(refused(&longer), SnapshotError::Damaged(_)));
    }

    #[test]
    fn a_bomb_is_refused() {
        // 256 MiB of nothing in some hundred bytes, which claim to be fewer, as many, or too many.
        let mut packed = Vec::new();
        let mut nothing = io::repeat(0).take(256 << 20);
        let parameters = brotli::enc::BrotliEncoderParams { quality: 1, ..Default::default() };
        brotli::BrotliCompress(&mut nothing, &mut packed, &parameters).unwrap();
        for (claim, is_read) in
            [(5u32, true), (PLAIN_MAX, true), (256 << 20, false), (u32::MAX, false)]
        {
            let mut file = write(&[(*b"BOMB", b"")]).unwrap();
            file.truncate(HEAD + 4 + ENTRY);
            file[HEAD + 8..HEAD + 12].copy_from_slice(&(packed.len() as u32).to_le_bytes());
            file[HEAD + 12..HEAD + 16].copy_from_slice(&claim.to_le_bytes());
            file.extend(&packed);
            match Container::new(sealed(file)) {
                Ok(container) => assert!(is_read && container.part(*b"BOMB").is_err(), "{claim}"),
                Err(fault) => assert!(!is_read && matches!(fault, SnapshotError::Damaged(_))),
            }
        }
        assert_eq!(unpack(&[LARGE_WINDOW, 0x1e, 0, 0, 0, 0], 1), None);
    }

    proptest::proptest! {
        #[test]
        fn any_table_is_safe(rest in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            let mut file = write(&[]).unwrap();
            file.truncate(HEAD);
            file.extend(rest);
            if let Ok(container) = Container::new(sealed(file)) {
                for part in &container.parts {
                    let _ = container.part(part.tag);
                }
            }
        }

        #[test]
        fn any_stream_is_safe(stream in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = unpack(&stream, 1000);
        }
    }
}
