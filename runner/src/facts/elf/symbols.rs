//! The functions of a binary, from `.symtab` and `.dynsym`.
//!
//! In: a name as the source or the linker has it. Out: the one function it means, or why none.

use std::collections::{BTreeMap, HashSet};

use goblin::elf::section_header::{SHT_DYNSYM, SHT_SYMTAB};
use goblin::elf::sym::{STT_FUNC, STT_GNU_IFUNC, Sym, Symtab};

use super::{Binary, CTX, ElfError, Section, slice, string};
use crate::diag::nearest;
use crate::hook::{is_glob, matches};

/// A function in a binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name as the linker has it, without a version.
    pub name: String,
    /// Where it is loaded, relative to the binary.
    pub address: u64,
    /// Bytes; 0 if not known.
    pub size: u64,
    /// Where it is in the file.
    pub offset: u64,
}

/// A name that a hook can give a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// As the linker has it; with its version where that tells it from others.
    pub name: String,
    /// As Rust or C++ source has it, where it is of those.
    pub source: Option<String>,
    /// How many functions have that name; none of several is meant.
    pub count: usize,
}

/// What is at one address.
#[derive(Default)]
struct Place {
    /// The full name.
    full: String,
    /// Whether it can be probed.
    usable: bool,
}

/// A symbol of a function, its name still in the file.
struct Symbol<'a> {
    /// With a version where `.symtab` has one: `memcpy@@GLIBC_2.14`.
    name: &'a str,
    version: Option<String>,
    sym: Sym,
}

impl Symbol<'_> {
    /// The name without its version.
    fn bare(&self) -> &str {
        self.name.split('@').next().unwrap_or(self.name)
    }

    /// The name with its version, if it has one.
    fn full(&self) -> String {
        match &self.version {
            Some(version) if !self.name.contains('@') => format!("{}{version}", self.name),
            _ => self.name.to_owned(),
        }
    }

    fn is(&self, name: &str) -> bool {
        if name.contains('@') { self.full() == name } else { self.bare() == name }
    }
}

impl Binary {
    /// The function that `name` means: as the linker has it, with or without a version, or as Rust
    /// or C++ source has it.
    pub fn function(&self, name: &str) -> Result<Function, ElfError> {
        let symbols = self.symbols();
        if symbols.is_empty() {
            return Err(ElfError::Stripped { path: self.path.clone() });
        }
        let mut found: Vec<&Symbol> = symbols.iter().filter(|symbol| symbol.is(name)).collect();
        if found.is_empty() {
            found = symbols.iter().filter(|symbol| demangles_to(symbol.bare(), name)).collect();
        }
        let mut places: BTreeMap<u64, &Symbol> = BTreeMap::new();
        for symbol in found {
            places.entry(symbol.sym.st_value).or_insert(symbol);
        }
        let mut all = places.values();
        match (all.next(), all.next()) {
            (None, _) => Err(self.missing(name, &symbols)),
            (Some(symbol), None) => self.resolved(symbol),
            (Some(_), Some(_)) => {
                let shown =
                    |symbol: &&Symbol| format!("`{}` at {:#x}", symbol.full(), symbol.sym.st_value);
                let list = places.values().take(20).map(shown).collect();
                Err(ElfError::SeveralFunctions {
                    path: self.path.clone(),
                    name: name.to_owned(),
                    list,
                })
            }
        }
    }

    /// Every function whose name fits the glob, at most once for each address, by address.
    pub fn functions(&self, glob: &str) -> Result<Vec<Function>, ElfError> {
        let symbols = self.symbols();
        if symbols.is_empty() {
            return Err(ElfError::Stripped { path: self.path.clone() });
        }
        let fits = |symbol: &&Symbol| match is_glob(glob) {
            true => matches(glob, symbol.bare()),
            false => symbol.is(glob),
        };
        let mut places = BTreeMap::new();
        for symbol in symbols.iter().filter(fits) {
            if let Ok(function) = self.resolved(symbol) {
                places.entry(function.address).or_insert(function);
            }
        }
        Ok(places.into_values().collect())
    }

    /// Every name of a function that fits the glob, sorted: the linker's, or that of the source where
    /// the glob looks like one (`::`).
    pub fn names(&self, glob: &str) -> Result<Vec<Name>, ElfError> {
        let symbols = self.symbols();
        if symbols.is_empty() {
            return Err(ElfError::Stripped { path: self.path.clone() });
        }
        let of_source = glob.contains("::");
        let fits = |symbol: &Symbol| match of_source {
            true => demangled(symbol.bare()).is_some_and(|name| matches(glob, &name)),
            false => matches(glob, symbol.bare()) || matches(glob, &symbol.full()),
        };
        let chosen: HashSet<&str> =
            symbols.iter().filter(|symbol| fits(symbol)).map(Symbol::bare).collect();
        // By name: each address, with the full name that it goes by.
        let mut found: BTreeMap<&str, BTreeMap<u64, Place>> = BTreeMap::new();
        for symbol in symbols.iter().filter(|symbol| chosen.contains(symbol.bare())) {
            let places = found.entry(symbol.bare()).or_default();
            let place = places.entry(symbol.sym.st_value).or_default();
            place.usable |=
                self.resolved(symbol).is_ok_and(|function| self.can_step(function.offset));
            // `.symtab` may come first, and may lack the version.
            if !place.full.contains('@') {
                place.full = symbol.full();
            }
        }
        let mut all: Vec<Name> =
            found.into_iter().flat_map(|(bare, places)| names(bare, &places)).collect();
        if glob.contains('@') {
            // Names that are given without a version stand alone: the one asked for is theirs.
            all.retain(|name| !name.name.contains('@') || matches(glob, &name.name));
        }
        Ok(all)
    }

    /// Whether the kernel can step over the instruction at `offset`: not with these prefixes
    /// (`is_prefix_bad` of its `arch/x86/kernel/uprobes.c`).
    fn can_step(&self, offset: u64) -> bool {
        /// ES, CS, SS, DS and LOCK.
        const BAD: [u8; 5] = [0x26, 0x2e, 0x36, 0x3e, 0xf0];
        /// FS, GS, the sizes of operand and address, REPNE and REP.
        const GOOD: [u8; 6] = [0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3];
        let code = self.code(offset, 15).iter();
        let mut prefixes = code.take_while(|byte| BAD.contains(byte) || GOOD.contains(byte));
        !prefixes.any(|byte| BAD.contains(byte))
    }

    /// How many functions have names.
    pub fn function_count(&self) -> usize {
        self.symbols().len()
    }

    /// The file's place of `offset` bytes into `function`.
    pub fn within(&self, function: &Function, offset: u64) -> Result<u64, ElfError> {
        if offset == 0 {
            return Ok(function.offset);
        }
        let name = function.name.clone();
        if function.size > 0 && offset >= function.size {
            return Err(ElfError::OutsideFunction { name, size: function.size, offset });
        }
        let place = function.offset.checked_add(offset).filter(|place| self.is_code(*place));
        let Some(place) = place else {
            return Err(ElfError::NotCode { path: self.path.clone(), name });
        };
        let mut decoder = iced_x86::Decoder::with_ip(
            64,
            self.code(function.offset, offset + 15),
            0,
            iced_x86::DecoderOptions::NONE,
        );
        while decoder.ip() < offset && decoder.can_decode() {
            let before = decoder.ip();
            let instruction = decoder.decode();
            if instruction.is_invalid() || decoder.ip() > offset {
                return Err(ElfError::InsideInstruction { name, offset, before });
            }
        }
        Ok(place)
    }

    /// The address of any symbol, data included.
    pub(super) fn address_of(&self, name: &str) -> Option<u64> {
        let mut found = None;
        self.each(|symbol_name, sym, _| {
            if symbol_name == name && sym.st_shndx != 0 {
                found.get_or_insert(sym.st_value);
            }
        });
        found
    }

    fn resolved(&self, symbol: &Symbol) -> Result<Function, ElfError> {
        let (path, name) = (self.path.clone(), symbol.bare().to_owned());
        if symbol.sym.st_type() == STT_GNU_IFUNC {
            return Err(ElfError::Indirect { path, name });
        }
        let address = symbol.sym.st_value;
        match self.file_offset(address) {
            Some(offset) => Ok(Function { name, address, size: symbol.sym.st_size, offset }),
            None => Err(ElfError::NotCode { path, name }),
        }
    }

    fn missing(&self, name: &str, symbols: &[Symbol]) -> ElfError {
        let near = nearest(name, symbols.iter().map(Symbol::bare)).map(str::to_owned);
        let partly = !self.sections.iter().any(|section| section.header.sh_type == SHT_SYMTAB);
        ElfError::NoFunction { path: self.path.clone(), name: name.to_owned(), near, partly }
    }

    /// The functions that are defined here. Imported ones (PLT) have no section.
    fn symbols(&self) -> Vec<Symbol<'_>> {
        let mut all = Vec::new();
        self.each(|name, sym, version| {
            let is_function = matches!(sym.st_type(), STT_FUNC | STT_GNU_IFUNC);
            if is_function && sym.st_shndx != 0 && sym.st_value != 0 && !name.is_empty() {
                all.push(Symbol { name, version: version(), sym });
            }
        });
        all
    }

    fn each<'a>(&'a self, mut visit: impl FnMut(&'a str, Sym, &dyn Fn() -> Option<String>)) {
        for table in &self.sections {
            let kind = table.header.sh_type;
            if !matches!(kind, SHT_SYMTAB | SHT_DYNSYM) {
                continue;
            }
            let Some(symbols) = self.table(table) else { continue };
            let names = self.sections.get(table.header.sh_link as usize);
            let Some(names) = names.and_then(|names| self.bytes_of(names)) else { continue };
            let versions = (kind == SHT_DYNSYM).then(|| self.versions()).flatten();
            for (index, sym) in symbols.iter().enumerate() {
                let Some(name) = string(names, sym.st_name) else { continue };
                let Ok(name) = std::str::from_utf8(name) else { continue };
                visit(name, sym, &|| versions.as_ref()?.of(index));
            }
        }
    }

    fn table(&self, section: &Section) -> Option<Symtab<'_>> {
        let header = &section.header;
        // Checked first: goblin believes the count.
        slice(&self.map, header.sh_offset, header.sh_size)?;
        let count = usize::try_from(header.sh_size / 24).ok()?;
        Symtab::parse(&self.map, usize::try_from(header.sh_offset).ok()?, count, CTX).ok()
    }

    /// The versions of `.dynsym`, if it has any.
    fn versions(&self) -> Option<Versions<'_>> {
        let table = self.bytes_of(self.section(".gnu.version")?)?;
        let section = self.section(".gnu.version_d")?;
        let definitions = self.bytes_of(section)?;
        let names = self.bytes_of(self.sections.get(section.header.sh_link as usize)?)?;
        let word = |at: usize| {
            Some(u32::from_le_bytes(definitions.get(at..at.checked_add(4)?)?.try_into().ok()?))
        };
        let mut list = BTreeMap::new();
        let mut at = 0usize;
        // struct Elf64_Verdef; the bound is on files that go round in circles.
        for _ in 0..65_536 {
            let (Some(index), Some(first), Some(next)) =
                (word(at + 4), word(at + 12), word(at + 16))
            else {
                break;
            };
            let name = at.checked_add(first as usize).and_then(word);
            if let Some(name) = name.and_then(|name| string(names, name as usize)) {
                let name = String::from_utf8_lossy(name).into_owned();
                list.insert((index & 0x7fff) as u16, name);
            }
            match at.checked_add(next as usize) {
                Some(after) if next > 0 => at = after,
                _ => break,
            }
        }
        Some(Versions { table, list })
    }
}

/// Which version each symbol of `.dynsym` has.
struct Versions<'a> {
    /// `.gnu.version`: one word for each symbol.
    table: &'a [u8],
    /// By number.
    list: BTreeMap<u16, String>,
}

impl Versions<'_> {
    /// As `objdump` writes it: `@@VERSION` for the default, `@VERSION` for others.
    fn of(&self, index: usize) -> Option<String> {
        let at = index.checked_mul(2)?;
        let word = u16::from_le_bytes(self.table.get(at..at + 2)?.try_into().ok()?);
        let name = self.list.get(&(word & 0x7fff)).filter(|_| word & 0x7fff > 1)?;
        let signs = if word & 0x8000 == 0 { "@@" } else { "@" };
        Some(format!("{signs}{name}"))
    }
}

/// The names that hooks can give the functions called `bare`.
fn names(bare: &str, places: &BTreeMap<u64, Place>) -> Vec<Name> {
    let source = demangled(bare);
    let name = |name: &str, count| Name { name: name.to_owned(), source: source.clone(), count };
    let usable = places.values().filter(|place| place.usable);
    if places.len() == 1 {
        return usable.map(|_| name(bare, 1)).collect();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for place in usable {
        *counts.entry(&place.full).or_default() += 1;
    }
    let all = counts.into_iter().map(|(full, count)| match full.contains('@') {
        true => name(full, count),
        // Without a version it means all of them.
        false => name(full, places.len()),
    });
    all.collect()
}

/// The name in Rust or C++ source of the linker's `symbol`.
fn demangled(symbol: &str) -> Option<String> {
    const LONGEST: usize = 4096;
    if symbol.len() > LONGEST || !(symbol.starts_with("_R") || symbol.starts_with("_Z")) {
        return None;
    }
    if let Ok(demangled) = rustc_demangle::try_demangle(symbol) {
        return Some(format!("{demangled:#}"));
    }
    cpp_demangle::BorrowedSymbol::new(symbol.as_bytes()).ok()?.demangle().ok()
}

/// Whether the linker's `symbol` is the `name` of Rust or C++ source.
fn demangles_to(symbol: &str, name: &str) -> bool {
    const LONGEST: usize = 4096;
    if symbol.len() > LONGEST || !(symbol.starts_with("_R") || symbol.starts_with("_Z")) {
        return false;
    }
    if let Ok(demangled) = rustc_demangle::try_demangle(symbol)
        && (format!("{demangled:#}") == name || demangled.to_string() == name)
    {
        return true;
    }
    let Ok(parsed) = cpp_demangle::BorrowedSymbol::new(symbol.as_bytes()) else { return false };
    let bare = cpp_demangle::DemangleOptions::new().no_params();
    parsed.demangle().is_ok_and(|full| full == name)
        || parsed.demangle_with_options(&bare).is_ok_and(|bare| bare == name)
}
