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

    /// Type, flags, content, link, info, size of an entry.
    type Section<'a> = (u32, u64, &'a [u8], u32, u32, u64);

    /// An object with a section that has `flags`, and a relocation there against a symbol of
    /// `section`.
    fn object(flags: u64, section: u16) -> Vec<u8> {
        const HEADER: usize = 64;
        let strings = b"\0core:byte_off:filename:name\0";
        let mut symbols = vec![0; 24];
        symbols.extend(1u32.to_le_bytes());
        symbols.extend([0x10, 0]);
        symbols.extend(section.to_le_bytes());
        symbols.extend([0; 16]);
        let relocation = [0u64, 1 << 32 | 1].map(u64::to_le_bytes).concat();
        let sections: [Section; 5] = [
            (0, 0, &[], 0, 0, 0),
            (1, flags, &[0; 16], 0, 0, 0),
            (2, 0, &symbols, 3, 1, 24),
            (3, 0, strings, 0, 0, 0),
            (9, 0, &relocation, 2, 1, 16),
        ];
        let (mut content, mut headers) = (Vec::new(), Vec::new());
        for (kind, flags, bytes, link, info, entry) in sections {
            let offset = (HEADER + content.len()) as u64;
            headers.extend([0, kind].map(u32::to_le_bytes).concat());
            headers.extend([flags, 0, offset, bytes.len() as u64].map(u64::to_le_bytes).concat());
            headers.extend([link, info].map(u32::to_le_bytes).concat());
            headers.extend([8, entry].map(u64::to_le_bytes).concat());
            content.extend(bytes);
        }
        let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
        elf.resize(16, 0);
        elf.extend([1u16, 247].map(u16::to_le_bytes).concat());
        elf.extend(1u32.to_le_bytes());
        elf.extend([0, 0, (HEADER + content.len()) as u64].map(u64::to_le_bytes).concat());
        elf.extend(0u32.to_le_bytes());
        elf.extend([64u16, 0, 0, 64, 5, 3].map(u16::to_le_bytes).concat());
        [elf, content, headers].concat()
    }

    #[test]
    fn code_that_refers_to_nothing_is_found() {
        let executable = u64::from(SHF_EXECINSTR);
        assert_eq!(symbols(&object(executable, 0)), ["core:byte_off:filename:name"]);
        assert!(symbols(&object(executable, 1)).is_empty(), "this one is defined");
        assert!(symbols(&object(0, 0)).is_empty(), "debug information may refer to anything");
    }

    #[test]
    fn rubbish_has_no_symbols() {
        assert!(symbols(b"").is_empty());
        assert!(symbols(b"\x7fELF rubbish").is_empty());
    }
}
