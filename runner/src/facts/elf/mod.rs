//! Programs and libraries: their functions, their static probes, and where in the file these are.
//!
//! In: a path, or the bare name of a library. Out: a [`Binary`] and what can be probed in it. The
//! file is mapped, not read, and nothing in it is trusted: every offset and count is checked.

mod error;
mod find;
mod operand;
mod stapsdt;
mod symbols;
#[cfg(any(test, fuzzing))]
#[allow(clippy::unwrap_used)] // it is of tests
pub mod testing;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};

use goblin::container::{Container, Ctx, Endian};
use goblin::elf::header::{EI_CLASS, EI_DATA, ELFCLASS64, ELFDATA2LSB, EM_X86_64, SELFMAG};
use goblin::elf::program_header::{PF_X, PT_LOAD, ProgramHeader};
use goblin::elf::section_header::{SHT_NOBITS, SectionHeader};
use goblin::elf::{Elf, Header};
use memmap2::Mmap;

pub use error::ElfError;
pub use operand::{Argument, Operand, Register};
pub use stapsdt::Site;
pub use symbols::{Function, Name};

/// The layout of every file that is read here.
const CTX: Ctx = Ctx { container: Container::Big, le: Endian::Little };
/// The largest number of headers that a file may have; the format allows more by a detour only.
const HEADERS_MAX: usize = 0xff00;

/// An ELF file for this machine.
#[derive(Debug)]
pub struct Binary {
    path: PathBuf,
    map: Mmap,
    segments: Vec<ProgramHeader>,
    sections: Vec<Section>,
}

/// A section and its name.
#[derive(Debug)]
struct Section {
    name: String,
    header: SectionHeader,
}

impl Binary {
    /// Opens what a hook names: a path, a library as the dynamic loader would find it, or a command.
    pub fn find(name: &str) -> Result<Self, ElfError> {
        find::Search::default().find(name)
    }

    /// Opens the file at `path`.
    pub fn open(path: &Path) -> Result<Self, ElfError> {
        let failed = |source| ElfError::Open { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() || about.len() < 64 {
            return Err(ElfError::NotElf { path: path.to_owned() });
        }
        // SAFETY: the mapping is private to this process. A file that is cut off while it is mapped
        // ends the process with a signal; it never gives a wrong reference.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        Self::parse(path.to_owned(), map)
    }

    fn parse(path: PathBuf, map: Mmap) -> Result<Self, ElfError> {
        let bytes: &[u8] = &map;
        if bytes.get(..SELFMAG) != Some(b"\x7fELF") {
            return Err(ElfError::NotElf { path });
        }
        let ours = bytes.get(EI_CLASS) == Some(&ELFCLASS64)
            && bytes.get(EI_DATA) == Some(&ELFDATA2LSB)
            && bytes.get(18..20) == Some(&EM_X86_64.to_le_bytes());
        if !ours {
            let machine = machine(bytes);
            return Err(ElfError::OtherMachine { path, machine });
        }
        let damaged = || ElfError::Damaged { path: path.clone() };
        let header = Elf::parse_header(bytes).map_err(|_| damaged())?;
        let segments = segments(bytes, &header).ok_or_else(damaged)?;
        let sections = sections(bytes, &header).ok_or_else(damaged)?;
        Ok(Self { path, map, segments, sections })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where in the file the instruction at `address` is; `None` if no code is there.
    pub fn file_offset(&self, address: u64) -> Option<u64> {
        self.place(address, true)
    }

    /// Where in the file the byte at `address` is, be it code or data.
    fn place(&self, address: u64, code: bool) -> Option<u64> {
        let fits = |segment: &&ProgramHeader| {
            let end = segment.p_vaddr.checked_add(segment.p_filesz);
            segment.p_vaddr <= address
                && end.is_some_and(|end| address < end)
                && (!code || segment.p_flags & PF_X != 0)
        };
        let segment = self.segments.iter().find(fits)?;
        let offset = (address - segment.p_vaddr).checked_add(segment.p_offset)?;
        (offset < self.map.len() as u64).then_some(offset)
    }

    /// Whether the file's byte at `offset` is loaded as code.
    pub fn is_code(&self, offset: u64) -> bool {
        self.segments.iter().any(|segment| {
            let end = segment.p_offset.checked_add(segment.p_filesz);
            segment.p_flags & PF_X != 0
                && segment.p_offset <= offset
                && end.is_some_and(|end| offset < end)
                && offset < self.map.len() as u64
        })
    }

    /// The section of that name.
    fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// What a section holds in the file.
    fn bytes_of(&self, section: &Section) -> Option<&[u8]> {
        if section.header.sh_type == SHT_NOBITS {
            return None;
        }
        slice(&self.map, section.header.sh_offset, section.header.sh_size)
    }

    /// The code of `size` bytes at the file's `offset`, or as much of it as there is.
    fn code(&self, offset: u64, size: u64) -> &[u8] {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.map.len());
        let end = offset.checked_add(size).and_then(|end| usize::try_from(end).ok());
        let end = end.unwrap_or(usize::MAX).min(self.map.len());
        self.map.get(start..end).unwrap_or_default()
    }
}

/// `size` bytes from `offset` on.
fn slice(bytes: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(size).ok()?)?;
    bytes.get(start..end)
}

/// The string that starts at `offset`, without its NUL.
fn string(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let rest = bytes.get(offset..)?;
    rest.get(..memchr::memchr(0, rest)?)
}

fn segments(bytes: &[u8], header: &Header) -> Option<Vec<ProgramHeader>> {
    let count = usize::from(header.e_phnum);
    let offset = usize::try_from(header.e_phoff).ok()?;
    let end = count.checked_mul(ProgramHeader::size(CTX))?.checked_add(offset)?;
    if count > 0 && (header.e_phentsize != 56 || end > bytes.len()) {
        return None;
    }
    let mut all = ProgramHeader::parse(bytes, offset, count, CTX).ok()?;
    all.retain(|segment| segment.p_type == PT_LOAD);
    Some(all)
}

fn sections(bytes: &[u8], header: &Header) -> Option<Vec<Section>> {
    let count = usize::from(header.e_shnum);
    let offset = usize::try_from(header.e_shoff).ok()?;
    if count == 0 || offset == 0 {
        // `sstrip` takes even these away.
        return Some(Vec::new());
    }
    let end = count.checked_mul(SectionHeader::size(CTX))?.checked_add(offset)?;
    if count > HEADERS_MAX || header.e_shentsize != 64 || end > bytes.len() {
        return None;
    }
    let all = SectionHeader::parse_from(bytes, offset, count, CTX).ok()?;
    let names = all.get(usize::from(header.e_shstrndx));
    let names = names.and_then(|names| slice(bytes, names.sh_offset, names.sh_size));
    let name = |header: &SectionHeader| {
        let name = names.and_then(|names| string(names, header.sh_name))?;
        Some(String::from_utf8_lossy(name).into_owned())
    };
    let named = |header: SectionHeader| Section { name: name(&header).unwrap_or_default(), header };
    Some(all.into_iter().map(named).collect())
}

/// What machine a file is for, in words.
fn machine(bytes: &[u8]) -> String {
    let read = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let little = read(EI_DATA) == ELFDATA2LSB;
    let pair = [read(18), read(19)];
    let number = if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) };
    match number {
        3 => "32-bit x86".to_owned(),
        8 => "MIPS".to_owned(),
        21 => "64-bit PowerPC".to_owned(),
        22 => "s390".to_owned(),
        40 => "32-bit ARM".to_owned(),
        62 if read(EI_CLASS) != ELFCLASS64 => "x32".to_owned(),
        183 => "64-bit ARM".to_owned(),
        243 => "RISC-V".to_owned(),
        247 => "BPF".to_owned(),
        number => format!("machine {number}"),
    }
}
