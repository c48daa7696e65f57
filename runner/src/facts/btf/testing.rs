//! Builds BTF for tests: types in order, strings shared. Not part of the program.

use super::TypeId;

/// A BTF blob in the making.
pub(crate) struct Builder {
    types: Vec<u8>,
    strings: Vec<u8>,
    count: u32,
}

/// A member to be: name, type, bits from the start, width if it is a bitfield.
pub(crate) type MemberSpec<'a> = (&'a str, TypeId, u32, u32);

impl Builder {
    pub(crate) fn new() -> Self {
        Self { types: Vec::new(), strings: vec![0], count: 0 }
    }

    /// The offset of `text`, added unless it is there.
    pub(crate) fn string(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let needle = format!("\0{text}\0");
        if let Some(at) = memchr::memmem::find(&self.strings, needle.as_bytes()) {
            return at as u32 + 1;
        }
        let at = self.strings.len() as u32;
        self.strings.extend_from_slice(&needle.as_bytes()[1..]);
        at
    }

    /// Any type: its name, kind, count, flag, size or type, and the words after its head.
    pub(crate) fn raw(
        &mut self,
        name: &str,
        kind: u32,
        vlen: u32,
        flag: bool,
        size: u32,
        tail: &[u32],
    ) -> TypeId {
        let name = self.string(name);
        let info = u32::from(flag) << 31 | kind << 24 | vlen;
        for word in [name, info, size].iter().chain(tail) {
            self.types.extend_from_slice(&word.to_ne_bytes());
        }
        self.count += 1;
        TypeId(self.count)
    }

    pub(crate) fn int(&mut self, name: &str, size: u32, signed: bool) -> TypeId {
        self.raw(name, 1, 0, false, size, &[u32::from(signed) << 24 | (size * 8)])
    }

    pub(crate) fn ptr(&mut self, to: TypeId) -> TypeId {
        self.raw("", 2, 0, false, to.0, &[])
    }

    pub(crate) fn array(&mut self, of: TypeId, len: u32) -> TypeId {
        self.raw("", 3, 0, false, 0, &[of.0, of.0, len])
    }

    pub(crate) fn structure(&mut self, name: &str, size: u32, members: &[MemberSpec]) -> TypeId {
        self.record(4, name, size, members)
    }

    pub(crate) fn union(&mut self, name: &str, size: u32, members: &[MemberSpec]) -> TypeId {
        self.record(5, name, size, members)
    }

    fn record(&mut self, kind: u32, name: &str, size: u32, members: &[MemberSpec]) -> TypeId {
        let flag = members.iter().any(|member| member.3 != 0);
        let mut tail = Vec::new();
        for (name, ty, offset, bits) in members {
            tail.extend([self.string(name), ty.0, bits << 24 | offset]);
        }
        self.raw(name, kind, members.len() as u32, flag, size, &tail)
    }

    pub(crate) fn enumeration(&mut self, name: &str, values: &[(&str, i32)]) -> TypeId {
        let signed = values.iter().any(|(_, value)| *value < 0);
        let mut tail = Vec::new();
        for (name, value) in values {
            tail.extend([self.string(name), value.cast_unsigned()]);
        }
        self.raw(name, 6, values.len() as u32, signed, 4, &tail)
    }

    pub(crate) fn enumeration64(&mut self, name: &str, values: &[(&str, u64)]) -> TypeId {
        let mut tail = Vec::new();
        for (name, value) in values {
            tail.extend([self.string(name), *value as u32, (value >> 32) as u32]);
        }
        self.raw(name, 19, values.len() as u32, false, 8, &tail)
    }

    pub(crate) fn forward(&mut self, name: &str, is_union: bool) -> TypeId {
        self.raw(name, 7, 0, is_union, 0, &[])
    }

    pub(crate) fn typedef(&mut self, name: &str, to: TypeId) -> TypeId {
        self.raw(name, 8, 0, false, to.0, &[])
    }

    pub(crate) fn constant(&mut self, to: TypeId) -> TypeId {
        self.raw("", 10, 0, false, to.0, &[])
    }

    pub(crate) fn proto(&mut self, ret: TypeId, params: &[(&str, TypeId)]) -> TypeId {
        let mut tail = Vec::new();
        for (name, ty) in params {
            tail.extend([self.string(name), ty.0]);
        }
        self.raw("", 13, params.len() as u32, false, ret.0, &tail)
    }

    pub(crate) fn function(&mut self, name: &str, proto: TypeId) -> TypeId {
        self.raw(name, 12, 1, false, proto.0, &[])
    }

    /// The blob.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = vec![0x9f, 0xeb, 1, 0];
        if cfg!(target_endian = "big") {
            out.swap(0, 1);
        }
        let types = self.types.len() as u32;
        for word in [24, 0, types, types, self.strings.len() as u32] {
            out.extend_from_slice(&u32::to_ne_bytes(word));
        }
        out.extend_from_slice(&self.types);
        out.extend_from_slice(&self.strings);
        out
    }

    /// The blob, read back.
    pub(crate) fn btf(&self) -> super::Btf {
        super::Btf::from_bytes(self.bytes()).unwrap()
    }
}
