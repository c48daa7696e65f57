//! Symbols that nothing defines: a program that refers to one would read zero in its place.
//!
//! In: the bytes of an object. Out: the names. The loaders that are known to us pass such
//! references over in silence, and the program then loads and gives wrong values.

use goblin::elf::{Elf, section_header::SHF_EXECINSTR};

/// The undefined symbols that executable sections refer to, sorted, each once.
///
/// What does not parse gives none: the parser proper reports that.
pub(super) fn symbols(object: &[u8]) -> Vec<String> {
    let Ok(elf) = Elf::parse(object) else { return Vec::new() };
    let executable = |section: usize| {
        let header = elf.section_headers.get(section);
        header.is_some_and(|header| header.sh_flags & u64::from(SHF_EXECINSTR) != 0)
    };
    let mut names = Vec::new();
    for (section, relocations) in &elf.shdr_relocs {
        let target = elf.section_headers.get(*section).map(|header| header.sh_info as usize);
        if !target.is_some_and(executable) {
            continue;
        }
        for relocation in relocations {
            let symbol = elf.syms.get(relocation.r_sym);
            if let Some(symbol) = symbol.filter(|symbol| symbol.st_shndx == 0) {
                let name = elf.strtab.get_at(symbol.st_name);
                names.push(name.unwrap_or("(unnamed)").to_owned());
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_has_no_symbols() {
        assert!(symbols(b"").is_empty());
        assert!(symbols(b"\x7fELF rubbish").is_empty());
    }
}
