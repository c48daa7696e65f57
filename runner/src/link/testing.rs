//! Builds BPF objects for tests as rustc writes them. Not part of the program.

use crate::facts::btf::testing::Builder as Types;

/// An object in the making: one program that loads addresses, and what they refer to.
pub(crate) struct Builder {
    code: Vec<u8>,
    relocations: Vec<[u64; 2]>,
    symbols: Vec<(String, u16)>,
    data: Vec<[u64; 2]>,
    btf: Vec<u8>,
}

const PROGRAM: u16 = 1;
const DATA: u16 = 3;

struct Header {
    name: &'static str,
    kind: u32,
    flags: u64,
    content: Vec<u8>,
    link: u32,
    info: u32,
    entry: u64,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let symbols = vec![("program".to_owned(), PROGRAM)];
        Self { code: vec![], relocations: vec![], symbols, data: vec![], btf: Types::new().bytes() }
    }

    /// `r1 = &symbol + addend`
    pub(crate) fn load(self, symbol: &str, addend: i32) -> Self {
        // The source register is set, so that it is seen to be cleared.
        self.instruction([0x18, 0x51], addend, Some((symbol, 1))).instruction([0, 0], 0, None)
    }

    /// `call symbol`
    pub(crate) fn call(self, symbol: &str) -> Self {
        self.instruction([0x85, 0x10], -1, Some((symbol, 10)))
    }

    /// A relocation of type `kind` at `offset` of the program.
    pub(crate) fn relocation(mut self, symbol: &str, offset: u64, kind: u64) -> Self {
        let symbol = self.symbol(symbol, 0);
        self.relocations.push([offset, symbol << 32 | kind]);
        self
    }

    /// A static that holds the address of `symbol`.
    pub(crate) fn data(mut self, symbol: &str) -> Self {
        let symbol = self.symbol(symbol, 0);
        self.data.push([0, symbol << 32 | 2]);
        self
    }

    /// `r1 = &static`, which a loader resolves and not the linker.
    pub(crate) fn load_static(mut self) -> Self {
        self.symbol("static", DATA);
        self.load("static", 0)
    }

    pub(crate) fn btf(mut self, blob: Vec<u8>) -> Self {
        self.btf = blob;
        self
    }

    fn instruction(mut self, op: [u8; 2], imm: i32, symbol: Option<(&str, u64)>) -> Self {
        if let Some((name, kind)) = symbol {
            let offset = self.code.len() as u64;
            self = self.relocation(name, offset, kind);
        }
        self.code.extend(op);
        self.code.extend([0, 0]);
        self.code.extend(imm.to_le_bytes());
        self
    }

    /// The number of the symbol `name`, made in `section` unless it is there.
    fn symbol(&mut self, name: &str, section: u16) -> u64 {
        let at = self.symbols.iter().position(|(known, _)| known == name);
        at.unwrap_or_else(|| {
            self.symbols.push((name.to_owned(), section));
            self.symbols.len() - 1
        }) as u64
            + 1
    }

    /// The file.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let this = self.instruction([0xb7, 0], 0, None).instruction([0x95, 0], 0, None);
        let mut strings = vec![0];
        let mut symbols = vec![0; 24];
        for (name, section) in &this.symbols {
            symbols.extend((strings.len() as u32).to_le_bytes());
            // Global; a function or an object.
            symbols.extend([if *section == PROGRAM { 0x12 } else { 0x11 }, 0]);
            symbols.extend(section.to_le_bytes());
            symbols.extend(0u64.to_le_bytes());
            let size = if *section == PROGRAM { this.code.len() as u64 } else { 8 };
            symbols.extend(size.to_le_bytes());
            strings.extend(name.bytes().chain([0]));
        }
        let words = |entries: &[[u64; 2]]| {
            entries.iter().flatten().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>()
        };
        let section = |name, kind, flags, content| Header {
            name,
            kind,
            flags,
            content,
            link: 0,
            info: 0,
            entry: 0,
        };
        let relocations = |name, content, info| Header {
            link: 5,
            info,
            entry: 16,
            ..section(name, 9, 0, content)
        };
        write(vec![
            section("", 0, 0, vec![]),
            section("kprobe/x", 1, 6, this.code),
            relocations(".relkprobe/x", words(&this.relocations), 1),
            section(".data", 1, 3, vec![0; 8]),
            relocations(".rel.data", words(&this.data), 3),
            Header { link: 6, info: 1, entry: 24, ..section(".symtab", 2, 0, symbols) },
            section(".strtab", 3, 0, strings),
            section("license", 1, 3, b"GPL\0".to_vec()),
            section(".BTF", 1, 0, this.btf),
        ])
    }
}

/// An ELF file of `sections`, with their names in one more.
fn write(mut sections: Vec<Header>) -> Vec<u8> {
    sections.push(Header {
        name: ".shstrtab",
        kind: 3,
        flags: 0,
        content: vec![],
        link: 0,
        info: 0,
        entry: 0,
    });
    let mut names = Vec::new();
    let offsets: Vec<u32> = sections
        .iter()
        .map(|section| {
            let at = names.len() as u32;
            names.extend(section.name.bytes().chain([0]));
            at
        })
        .collect();
    let count = sections.len();
    sections[count - 1].content = names;
    let mut body = Vec::new();
    let mut headers = Vec::new();
    for (section, name) in sections.iter().zip(offsets) {
        body.resize(body.len().next_multiple_of(8), 0);
        headers.extend(name.to_le_bytes());
        headers.extend(section.kind.to_le_bytes());
        for word in [section.flags, 0, 64 + body.len() as u64, section.content.len() as u64] {
            headers.extend(word.to_le_bytes());
        }
        headers.extend(section.link.to_le_bytes());
        headers.extend(section.info.to_le_bytes());
        headers.extend([8, section.entry].into_iter().flat_map(u64::to_le_bytes));
        body.extend_from_slice(&section.content);
    }
    body.resize(body.len().next_multiple_of(8), 0);
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend([1, 0, 247, 0, 1, 0, 0, 0]);
    for word in [0, 0, 64 + body.len() as u64] {
        file.extend(u64::to_le_bytes(word));
    }
    file.extend([0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 64, 0]);
    file.extend((count as u16).to_le_bytes());
    file.extend((count as u16 - 1).to_le_bytes());
    file.extend(body);
    file.extend(headers);
    file
}
