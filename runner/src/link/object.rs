//! The compiled object: which symbols it leaves undefined, and where they are used.
//!
//! In: an ELF file for BPF. Out: the same bytes with numbers in place of symbols. Every access is
//! checked against the file's length, so any bytes give an error at worst.

use std::collections::HashMap;
use std::ops::Range;

use goblin::container::Endian;
use goblin::elf::header::{EM_BPF, ET_REL};
use goblin::elf::section_header::{
    SHF_EXECINSTR, SHN_ABS, SHN_UNDEF, SHT_REL, SHT_RELA, SHT_SYMTAB,
};
use goblin::elf::{Elf, SectionHeader};

/// The relocation of a 64-bit immediate.
const R_BPF_64_64: u32 = 1;
/// The instruction that has one: `BPF_LD | BPF_IMM | BPF_DW`, over two slots.
const LDIMM64: u8 = 0x18;
/// Bytes of one instruction slot.
const SLOT: usize = 8;
/// Bytes of one entry of a relocation section.
const ENTRY: usize = 16;
/// Where a section header keeps its section's size, in ELF64.
const SH_SIZE: usize = 32;

/// Bytes of one entry of the symbol table, and what stands where in it.
const SYMBOL: usize = 24;
const ST_SHNDX: usize = 6;
const ST_VALUE: usize = 8;

/// Why bytes are not an object that can be linked.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// Not ELF, or damaged.
    #[error("failed to parse it as ELF")]
    Elf(#[from] goblin::error::Error),
    /// Another kind of ELF file.
    #[error("it is not a relocatable 64-bit little-endian ELF file for BPF")]
    NotBpf,
    /// ELF whose parts contradict each other.
    #[error("it is damaged: {0}")]
    Malformed(&'static str),
    /// An undefined symbol used otherwise than by loading its address.
    #[error(
        "`{symbol}` is used in `{section}` at byte {offset}, where only its address may be loaded"
    )]
    WrongUse {
        /// The symbol.
        symbol: String,
        /// The section that uses it.
        section: String,
        /// Where.
        offset: u64,
    },
}

/// An object and what was found in it.
#[derive(Debug)]
pub(super) struct Object {
    bytes: Vec<u8>,
    sections: Vec<Section>,
    /// Number and name of each undefined symbol.
    undefined: Vec<(u32, String)>,
    /// Where the section headers stand, and how far apart.
    headers: (usize, usize),
    /// Where the symbol table stands.
    symbols: usize,
}

/// What is needed of a section header.
#[derive(Debug)]
struct Section {
    name: String,
    kind: u32,
    executable: bool,
    /// The section that a relocation section is about.
    info: usize,
    range: Range<usize>,
}

impl Object {
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Self, ObjectError> {
        let elf = Elf::parse(&bytes)?;
        let little = matches!(elf.header.endianness(), Ok(Endian::Little));
        let header = &elf.header;
        if !elf.is_64 || !little || header.e_machine != EM_BPF || header.e_type != ET_REL {
            return Err(ObjectError::NotBpf);
        }
        let mut tables = elf.section_headers.iter().filter(|s| s.sh_type == SHT_SYMTAB);
        let (table, None) = (tables.next(), tables.next()) else {
            return Err(ObjectError::Malformed("it has several symbol tables"));
        };
        let symbols = table.and_then(|table| table.file_range()).unwrap_or_default().start;
        let headers = (header.e_shoff as usize, header.e_shentsize.into());
        let sections: Vec<Section> =
            elf.section_headers.iter().map(|section| Section::new(&elf, section)).collect();
        let undefined = elf
            .syms
            .iter()
            .enumerate()
            .skip(1)
            .filter(|(_, symbol)| symbol.st_shndx == SHN_UNDEF as usize)
            .map(|(index, symbol)| {
                let name = elf.strtab.get_at(symbol.st_name).unwrap_or_default();
                (index as u32, name.to_owned())
            })
            .collect();
        Ok(Self { sections, undefined, headers, symbols, bytes })
    }

    /// Number and name of each symbol that is used here and defined elsewhere.
    pub(super) fn undefined(&self) -> &[(u32, String)] {
        &self.undefined
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Where the section called `name` stands.
    pub(super) fn section(&self, name: &str) -> Option<Range<usize>> {
        let section = self.sections.iter().find(|section| section.name == name)?;
        (!section.range.is_empty()).then(|| section.range.clone())
    }

    /// Replaces the bytes at `at`.
    pub(super) fn write(&mut self, at: usize, value: &[u8]) -> Result<(), ObjectError> {
        let end = at.checked_add(value.len());
        match end.and_then(|end| self.bytes.get_mut(at..end)) {
            Some(place) => place.copy_from_slice(value),
            None => return Err(ObjectError::Malformed("a section reaches beyond the file")),
        }
        Ok(())
    }

    /// Writes each symbol's value where its address is loaded, drops those relocations, and defines
    /// the symbols as those numbers: libbpf refuses an object that has undefined ones.
    pub(super) fn patch(&mut self, values: &[(u32, u64)]) -> Result<(), ObjectError> {
        let values: HashMap<u32, u64> = values.iter().copied().collect();
        for index in 0..self.sections.len() {
            let (kind, target) = (self.sections[index].kind, self.sections[index].info);
            if !matches!(kind, SHT_REL | SHT_RELA) {
                continue;
            }
            let Some(target) = self.sections.get(target) else {
                return Err(ObjectError::Malformed("a relocation is of no section"));
            };
            // Debuggers read these, loaders do not.
            if target.name.starts_with(".debug") || target.name.starts_with(".BTF") {
                continue;
            }
            if kind == SHT_RELA {
                return Err(ObjectError::Malformed("it has relocations with addends"));
            }
            self.patch_section(index, &values)?;
        }
        for (symbol, value) in values {
            let at = self.symbols.saturating_add(symbol as usize * SYMBOL);
            self.write(at.saturating_add(ST_SHNDX), &(SHN_ABS as u16).to_le_bytes())?;
            self.write(at.saturating_add(ST_VALUE), &value.to_le_bytes())?;
        }
        Ok(())
    }

    /// Handles the relocation section `index`.
    fn patch_section(
        &mut self,
        index: usize,
        values: &HashMap<u32, u64>,
    ) -> Result<(), ObjectError> {
        let range = self.sections[index].range.clone();
        let Some(entries) = self.bytes.get(range.clone()).map(<[u8]>::to_vec) else {
            return Err(ObjectError::Malformed("a section reaches beyond the file"));
        };
        if entries.len() % ENTRY != 0 {
            return Err(ObjectError::Malformed("a relocation is cut off"));
        }
        let mut kept = Vec::with_capacity(entries.len());
        for entry in entries.chunks_exact(ENTRY) {
            let (offset, info) = (u64_at(entry, 0), u64_at(entry, 8));
            let (symbol, kind) = ((info >> 32) as u32, info as u32);
            match values.get(&symbol) {
                Some(value) => self.patch_one(index, offset, kind, symbol, *value)?,
                None => kept.extend_from_slice(entry),
            }
        }
        if kept.len() == entries.len() {
            return Ok(());
        }
        let size = kept.len() as u64;
        kept.resize(entries.len(), 0);
        self.write(range.start, &kept)?;
        self.sections[index].range.end = range.start + size as usize;
        let (table, width) = self.headers;
        let at =
            index.checked_mul(width).and_then(|at| at.checked_add(table)?.checked_add(SH_SIZE));
        self.write(at.unwrap_or(usize::MAX), &size.to_le_bytes())
    }

    /// Writes `value` into the instruction at `offset` of the section that relocation section
    /// `index` is about.
    fn patch_one(
        &mut self,
        index: usize,
        offset: u64,
        kind: u32,
        symbol: u32,
        value: u64,
    ) -> Result<(), ObjectError> {
        let target = &self.sections[self.sections[index].info];
        let at = match usize::try_from(offset) {
            Ok(offset) if offset < target.range.len() => target.range.start + offset,
            _ => return Err(ObjectError::Malformed("a relocation is outside of its section")),
        };
        let slots = self.bytes.get(at..target.range.end).unwrap_or_default();
        let loads = slots.len() >= 2 * SLOT && slots[0] == LDIMM64 && slots[SLOT] == 0;
        let aligned = offset.is_multiple_of(SLOT as u64);
        if !target.executable || kind != R_BPF_64_64 || !aligned || !loads {
            let name = self.undefined.iter().find(|(number, _)| *number == symbol);
            return Err(ObjectError::WrongUse {
                symbol: name.map(|(_, name)| name.clone()).unwrap_or_default(),
                section: target.name.clone(),
                offset,
            });
        }
        let (register, low) = (slots[1] & 0x0f, [slots[4], slots[5], slots[6], slots[7]]);
        // LLVM folds `address + n` into the immediate; it is a signed 32-bit number.
        let addend = i32::from_le_bytes(low);
        let value = value.wrapping_add_signed(addend.into());
        // The source register says what kind of thing the number is: 0 for a number.
        self.write(at + 1, &[register])?;
        self.write(at + 4, &(value as u32).to_le_bytes())?;
        self.write(at + SLOT + 4, &((value >> 32) as u32).to_le_bytes())
    }
}

impl Section {
    fn new(elf: &Elf<'_>, header: &SectionHeader) -> Self {
        Self {
            name: elf.shdr_strtab.get_at(header.sh_name).unwrap_or_default().to_owned(),
            kind: header.sh_type,
            executable: header.sh_flags & u64::from(SHF_EXECINSTR) != 0,
            info: header.sh_info as usize,
            range: header.file_range().unwrap_or_default(),
        }
    }
}

/// The number at byte `at`, which must be there.
fn u64_at(entry: &[u8], at: usize) -> u64 {
    entry.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes).unwrap_or(0)
}
