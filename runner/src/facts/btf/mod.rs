//! BTF, the kernel's own types: one blob and one offset for each type.
//!
//! In: the bytes of `/sys/kernel/btf/vmlinux` or of a file. Out: types by number and by name.
//! Nothing is copied: strings and members are read where they stand, and dropping a [`Btf`] gives
//! its memory back. Any bytes are safe: an access outside the blob reads as nothing.

mod index;
mod kind;
mod layout;
mod lookup;
mod names;
mod same;
#[cfg(any(test, fuzzing))]
#[allow(clippy::unwrap_used)] // it is of tests
pub(crate) mod testing;

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::Path;

use goblin::elf::Elf;
use memmap2::{Mmap, MmapOptions};

use index::Index;
pub use kind::{Enumerator, Kind, Member, Param};
pub use layout::PathError;
pub use lookup::Lookup;

/// Where a kernel keeps its own types.
pub const VMLINUX: &str = "/sys/kernel/btf/vmlinux";

/// The first two bytes, as a number of this machine's byte order.
const MAGIC: u16 = 0xeb9f;
/// Bytes of the header that every version has.
const HEADER: usize = 24;
/// Bytes that every type starts with: name, info, size or type.
const TYPE_HEAD: usize = 12;

/// A type's number in a [`Btf`]; 0 is `void`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

impl TypeId {
    /// `void`.
    pub const VOID: TypeId = TypeId(0);
}

/// The types of one kernel.
#[derive(Debug)]
pub struct Btf {
    data: Data,
    /// The type section within `data`.
    types: Range<usize>,
    /// The string section within `data`.
    strings: Range<usize>,
    /// Where each type starts within the type section; type 1 is at index 0.
    offsets: Vec<u32>,
    /// Whether whoever wrote it marks the enums that have a sign: pahole since 1.24.
    enum_signs: bool,
    /// Of the types' names.
    names: Index,
    /// Of the names of enums' constants.
    constants: Index,
}

/// Who owns the bytes.
enum Data {
    Owned(Vec<u8>),
    Mapped(Mmap),
}

/// Why bytes are not BTF that can be used.
#[derive(Debug, thiserror::Error)]
pub enum BtfError {
    /// The file could not be read.
    #[error("failed to read `{path}`")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// An ELF file that has no types in it.
    #[error("failed to find a .BTF section in the ELF file: build it with BTF, or give a raw one")]
    NoSection,
    /// Made on a machine of the other byte order.
    #[error("failed to use the BTF: it has the other byte order than this machine")]
    ByteOrder,
    /// Not BTF, or damaged.
    #[error("failed to parse the BTF: {0}")]
    Malformed(&'static str),
}

impl Btf {
    /// The types in the file at `path`: raw BTF, or an ELF file with a `.BTF` section.
    ///
    /// Files below `/sys/kernel/btf` are mapped where the kernel allows it (since 6.16); others are
    /// read, because a file that shrinks while it is mapped would kill the process.
    pub fn open(path: &Path) -> Result<Self, BtfError> {
        let read = |source| BtfError::Read { path: path.display().to_string(), source };
        if path.starts_with("/sys/kernel/btf") {
            let file = File::open(path).map_err(read)?;
            // SAFETY: the kernel's own types are read-only pages that live as long as the kernel.
            // The mapping is private because the kernel refuses shared ones.
            if let Ok(map) = unsafe { MmapOptions::new().map_copy_read_only(&file) } {
                return Self::new(Data::Mapped(map));
            }
        }
        Self::from_bytes(fs::read(path).map_err(read)?)
    }

    /// The types in `bytes`: raw BTF, or an ELF file with a `.BTF` section.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, BtfError> {
        if !bytes.starts_with(b"\x7fELF") {
            return Self::new(Data::Owned(bytes));
        }
        // A whole kernel may have 1 GB; only its types are kept.
        let types = section(&bytes)?;
        Self::new(Data::Owned(bytes.get(types).unwrap_or_default().to_vec()))
    }

    /// Finds the sections and indexes the types.
    fn new(data: Data) -> Result<Self, BtfError> {
        let bytes = data.bytes();
        let (types, strings) = header(bytes)?;
        let (offsets, enum_signs) = index(bytes.get(types.clone()).unwrap_or_default())?;
        Ok(Self {
            data,
            types,
            strings,
            offsets,
            enum_signs,
            names: Index::default(),
            constants: Index::default(),
        })
    }

    /// How many types there are, `void` included: the numbers are `0..count()`.
    pub fn count(&self) -> u32 {
        // The index refuses blobs with more types than a u32 can number.
        self.offsets.len() as u32 + 1
    }

    /// Every number, `void` excluded.
    pub fn ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (1..self.count()).map(TypeId)
    }

    /// The whole blob: header, types and strings.
    pub fn bytes(&self) -> &[u8] {
        self.data.bytes()
    }

    /// The type section.
    fn type_bytes(&self) -> &[u8] {
        self.data.bytes().get(self.types.clone()).unwrap_or_default()
    }

    /// The string section.
    fn string_bytes(&self) -> &[u8] {
        self.data.bytes().get(self.strings.clone()).unwrap_or_default()
    }

    /// The string at `offset`; empty where there is none or it is not UTF-8.
    fn string(&self, offset: u32) -> &str {
        let tail = self.string_bytes().get(offset as usize..).unwrap_or_default();
        let end = memchr::memchr(0, tail).unwrap_or(0);
        tail.get(..end).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }

    /// The bytes of a type from its head on, to the end of the section.
    fn raw(&self, id: TypeId) -> Option<&[u8]> {
        let offset = *self.offsets.get((id.0 as usize).checked_sub(1)?)?;
        self.type_bytes().get(offset as usize..)
    }
}

impl Data {
    fn bytes(&self) -> &[u8] {
        match self {
            Data::Owned(bytes) => bytes,
            Data::Mapped(map) => map,
        }
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = if matches!(self, Data::Mapped(_)) { "mapped" } else { "owned" };
        write!(f, "{} bytes, {how}", self.bytes().len())
    }
}

/// The number at byte `at`, if it is there.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(word.try_into().ok()?))
}

/// Where the `.BTF` section of an ELF file stands.
fn section(bytes: &[u8]) -> Result<Range<usize>, BtfError> {
    let elf = Elf::parse(bytes).map_err(|_| BtfError::Malformed("a damaged ELF file"))?;
    elf.section_headers
        .iter()
        .find(|section| elf.shdr_strtab.get_at(section.sh_name) == Some(".BTF"))
        .and_then(|section| section.file_range())
        .filter(|range| range.end <= bytes.len())
        .ok_or(BtfError::NoSection)
}

/// The type and string sections that the header names.
fn header(bytes: &[u8]) -> Result<(Range<usize>, Range<usize>), BtfError> {
    let short = BtfError::Malformed("it is shorter than it says");
    let head = bytes.get(..HEADER).ok_or(BtfError::Malformed("it is shorter than its header"))?;
    let magic = u16::from_ne_bytes([head[0], head[1]]);
    if magic == MAGIC.swap_bytes() {
        return Err(BtfError::ByteOrder);
    }
    if magic != MAGIC {
        return Err(BtfError::Malformed("it is neither BTF nor an ELF file"));
    }
    if head[2] != 1 {
        return Err(BtfError::Malformed("only version 1 is known"));
    }
    let word = |at| u32_at(head, at).unwrap_or_default() as usize;
    let part = |offset: usize, len: usize| {
        let start = word(4).checked_add(offset)?;
        let end = start.checked_add(len)?;
        (end <= bytes.len()).then_some(start..end)
    };
    match (part(word(8), word(12)), part(word(16), word(20))) {
        (Some(types), Some(strings)) => Ok((types, strings)),
        _ => Err(short),
    }
}

/// Where each type starts, and whether any says that enums have signs. Every type is wholly within
/// `types`.
fn index(types: &[u8]) -> Result<(Vec<u32>, bool), BtfError> {
    // The kernel's types have 29 bytes on average; a little more room than that needs saves
    // growing, and what is left over goes back.
    let mut offsets = Vec::with_capacity(types.len() / 27);
    let mut enum_signs = false;
    let mut at = 0;
    while at < types.len() {
        let info = u32_at(types, at + 4).unwrap_or_default();
        let end = kind::len(info).and_then(|len| at.checked_add(len));
        let Some(end) = end.filter(|end| *end <= types.len()) else {
            return Err(BtfError::Malformed("a type is of an unknown kind or cut off"));
        };
        enum_signs |= kind::marks_sign(info);
        let offset = u32::try_from(at).map_err(|_| BtfError::Malformed("it is over 4 GiB"))?;
        offsets.push(offset);
        at = end;
    }
    offsets.shrink_to_fit();
    Ok((offsets, enum_signs))
}

#[cfg(test)]
mod tests;
