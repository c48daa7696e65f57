//! One type, decoded where it stands.
//!
//! In: a [`TypeId`]. Out: a [`Kind`], and iterators over members, enumerators and parameters.
//! Nothing here follows a reference to another type.

use super::{Btf, TYPE_HEAD, TypeId, u32_at};

/// What one type is. Names are empty where the type has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// Type 0.
    Void,
    /// An integer, `char` and `_Bool` included.
    Int {
        /// Its name as the compiler wrote it: `long unsigned int`.
        name: &'a str,
        /// Bytes.
        size: u32,
        /// Significant bits; less than `size * 8` only in bitfields of old compilers.
        bits: u32,
        /// Whether it has a sign.
        signed: bool,
        /// Whether it is `_Bool`.
        is_bool: bool,
        /// Whether it is plain `char`, which holds text. `unsigned char` does not.
        is_char: bool,
    },
    /// A pointer.
    Ptr {
        /// What it points at.
        to: TypeId,
    },
    /// An array of fixed length.
    Array {
        /// Its elements' type.
        of: TypeId,
        /// How many.
        len: u32,
    },
    /// `struct`.
    Struct {
        /// Its tag.
        name: &'a str,
        /// Bytes.
        size: u32,
    },
    /// `union`.
    Union {
        /// Its tag.
        name: &'a str,
        /// Bytes.
        size: u32,
    },
    /// `enum` with values of up to 32 bits.
    Enum {
        /// Its tag.
        name: &'a str,
        /// Bytes.
        size: u32,
        /// Whether a value can be negative.
        signed: bool,
    },
    /// `enum` with values of up to 64 bits.
    Enum64 {
        /// Its tag.
        name: &'a str,
        /// Bytes.
        size: u32,
        /// Whether a value can be negative.
        signed: bool,
    },
    /// A `struct` or `union` that is declared and not defined.
    Fwd {
        /// Its tag.
        name: &'a str,
        /// `union` rather than `struct`.
        is_union: bool,
    },
    /// `typedef`.
    Typedef {
        /// The new name.
        name: &'a str,
        /// What it stands for.
        to: TypeId,
    },
    /// `const`.
    Const {
        /// What is constant.
        to: TypeId,
    },
    /// `volatile`.
    Volatile {
        /// What is volatile.
        to: TypeId,
    },
    /// `restrict`.
    Restrict {
        /// What is restricted.
        to: TypeId,
    },
    /// `__attribute__((btf_type_tag("user")))` and the like.
    TypeTag {
        /// The tag.
        name: &'a str,
        /// What is tagged.
        to: TypeId,
    },
    /// `__attribute__((btf_decl_tag(…)))`.
    DeclTag {
        /// The tag.
        name: &'a str,
        /// The declaration that is tagged.
        to: TypeId,
    },
    /// A function.
    Func {
        /// Its name.
        name: &'a str,
        /// Its [`Kind::Proto`].
        proto: TypeId,
    },
    /// A function's type; [`Btf::params`] gives the parameters.
    Proto {
        /// What it returns.
        ret: TypeId,
        /// How many parameters, the `…` of a variadic one included.
        params: u32,
    },
    /// A global variable.
    Var {
        /// Its name.
        name: &'a str,
        /// Its type.
        ty: TypeId,
    },
    /// A section of variables.
    DataSec {
        /// Its name.
        name: &'a str,
        /// Bytes.
        size: u32,
    },
    /// A floating-point number.
    Float {
        /// Its name.
        name: &'a str,
        /// Bytes.
        size: u32,
    },
}

/// One member of a `struct` or `union`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name; empty for an anonymous one.
    pub name: &'a str,
    /// Its declared type.
    pub ty: TypeId,
    /// Bits from the start of the record it was asked of.
    pub bit_offset: u64,
    /// Width of a bitfield; 0 for any other member.
    pub bitfield_bits: u32,
}

/// One constant of an `enum`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enumerator<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value.
    pub value: i128,
}

/// One parameter of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param<'a> {
    /// Its name; may be empty.
    pub name: &'a str,
    /// Its type; `void` for the `…` of a variadic function.
    pub ty: TypeId,
}

const INT: u32 = 1;
const PTR: u32 = 2;
const ARRAY: u32 = 3;
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const ENUM: u32 = 6;
const FWD: u32 = 7;
const TYPEDEF: u32 = 8;
const VOLATILE: u32 = 9;
const CONST: u32 = 10;
const RESTRICT: u32 = 11;
const FUNC: u32 = 12;
const FUNC_PROTO: u32 = 13;
const VAR: u32 = 14;
const DATASEC: u32 = 15;
const FLOAT: u32 = 16;
const DECL_TAG: u32 = 17;
const TYPE_TAG: u32 = 18;
const ENUM64: u32 = 19;

/// The kind's number within a type's info word.
const fn number(info: u32) -> u32 {
    (info >> 24) & 0x1f
}

/// The count of members, values or parameters within a type's info word.
const fn vlen(info: u32) -> u32 {
    info & 0xffff
}

/// The `kind_flag` within a type's info word.
const fn flag(info: u32) -> bool {
    info >> 31 != 0
}

/// Whether a type with this info word is written only by who marks the enums that have a sign.
pub(super) fn marks_sign(info: u32) -> bool {
    number(info) == ENUM64 || (number(info) == ENUM && flag(info))
}

/// Bytes of a type with this info word, head included; `None` for an unknown kind.
pub(super) fn len(info: u32) -> Option<usize> {
    let tail = match number(info) {
        PTR | FWD | TYPEDEF | VOLATILE | CONST | RESTRICT | FUNC | FLOAT | TYPE_TAG => 0,
        INT | VAR | DECL_TAG => 4,
        ARRAY => 12,
        FUNC_PROTO | ENUM => vlen(info) as usize * 8,
        STRUCT | UNION | DATASEC | ENUM64 => vlen(info) as usize * 12,
        _ => return None,
    };
    Some(TYPE_HEAD + tail)
}

/// Whether the kernel refuses a type with this info word if it has a name.
fn is_nameless(info: u32) -> bool {
    matches!(number(info), PTR | ARRAY | VOLATILE | CONST | RESTRICT | FUNC_PROTO)
}

impl Btf {
    /// The type `id`; `None` if there is none of that number.
    pub fn kind(&self, id: TypeId) -> Option<Kind<'_>> {
        if id == TypeId::VOID {
            return Some(Kind::Void);
        }
        let raw = self.raw(id)?;
        let info = u32_at(raw, 4)?;
        let size = u32_at(raw, 8)?;
        let to = TypeId(size);
        let name = self.string(u32_at(raw, 0)?);
        Some(match number(info) {
            INT => int(name, size, u32_at(raw, TYPE_HEAD)?),
            PTR => Kind::Ptr { to },
            ARRAY => Kind::Array {
                of: TypeId(u32_at(raw, TYPE_HEAD)?),
                len: u32_at(raw, TYPE_HEAD + 8)?,
            },
            STRUCT => Kind::Struct { name, size },
            UNION => Kind::Union { name, size },
            ENUM => Kind::Enum {
                name,
                size,
                signed: self.has_sign(info, raw.get(TYPE_HEAD..).unwrap_or_default()),
            },
            ENUM64 => Kind::Enum64 { name, size, signed: flag(info) },
            FWD => Kind::Fwd { name, is_union: flag(info) },
            TYPEDEF => Kind::Typedef { name, to },
            VOLATILE => Kind::Volatile { to },
            CONST => Kind::Const { to },
            RESTRICT => Kind::Restrict { to },
            TYPE_TAG => Kind::TypeTag { name, to },
            DECL_TAG => Kind::DeclTag { name, to },
            FUNC => Kind::Func { name, proto: to },
            FUNC_PROTO => Kind::Proto { ret: to, params: vlen(info) },
            VAR => Kind::Var { name, ty: to },
            DATASEC => Kind::DataSec { name, size },
            FLOAT => Kind::Float { name, size },
            _ => return None,
        })
    }

    /// The members of the record `id` as they are declared; anonymous ones have an empty name.
    /// Typedefs and qualifiers are seen through; anything but a record has no members.
    pub fn members(&self, id: TypeId) -> impl Iterator<Item = Member<'_>> {
        let (info, tail) = self.tail(id, &[STRUCT, UNION]);
        tail.chunks_exact(12).take(vlen(info) as usize).map(move |entry| {
            let offset = u32_at(entry, 8).unwrap_or_default();
            let ty = TypeId(u32_at(entry, 4).unwrap_or_default());
            let (bit_offset, bitfield_bits) =
                if flag(info) { (offset & 0xff_ffff, offset >> 24) } else { (offset, 0) };
            let member = Member {
                name: self.string(u32_at(entry, 0).unwrap_or_default()),
                ty,
                bit_offset: bit_offset.into(),
                bitfield_bits,
            };
            if flag(info) { member } else { self.old_bitfield(member) }
        })
    }

    /// The constants of the enum `id`; anything else has none.
    pub fn enumerators(&self, id: TypeId) -> impl Iterator<Item = Enumerator<'_>> {
        let (info, tail) = self.tail(id, &[ENUM, ENUM64]);
        let width = if number(info) == ENUM64 { 12 } else { 8 };
        let signed = self.has_sign(info, tail);
        tail.chunks_exact(width).take(vlen(info) as usize).map(move |entry| {
            let low = u32_at(entry, 4).unwrap_or_default();
            let value = match (u32_at(entry, 8), signed) {
                (None, false) => low.into(),
                (None, true) => low.cast_signed().into(),
                (Some(high), false) => (u64::from(high) << 32 | u64::from(low)).into(),
                (Some(high), true) => (u64::from(high) << 32 | u64::from(low)).cast_signed().into(),
            };
            Enumerator { name: self.string(u32_at(entry, 0).unwrap_or_default()), value }
        })
    }

    /// Whether an enum with these constants has a sign. Where nobody marked it, as before pahole
    /// 1.24, the constants tell: one a little below zero.
    fn has_sign(&self, info: u32, constants: &[u8]) -> bool {
        /// Further down, flags are likelier than numbers.
        const LEAST: i32 = -4096;
        let below_zero = |entry: &[u8]| {
            let value = u32_at(entry, 4).unwrap_or_default().cast_signed();
            (LEAST..0).contains(&value)
        };
        let mut entries = constants.chunks_exact(8).take(vlen(info) as usize);
        flag(info) || (number(info) == ENUM && !self.enum_signs && entries.any(below_zero))
    }

    /// The parameters of the function or function type `id`, the `…` of a variadic one included.
    pub fn params(&self, id: TypeId) -> impl Iterator<Item = Param<'_>> {
        let proto = match self.kind(id) {
            Some(Kind::Func { proto, .. }) => proto,
            _ => id,
        };
        let (info, tail) = self.tail(proto, &[FUNC_PROTO]);
        tail.chunks_exact(8).take(vlen(info) as usize).map(|entry| Param {
            name: self.string(u32_at(entry, 0).unwrap_or_default()),
            ty: TypeId(u32_at(entry, 4).unwrap_or_default()),
        })
    }

    /// The info word of `id` and what follows its head, if its kind is among `kinds`.
    fn tail(&self, id: TypeId, kinds: &[u32]) -> (u32, &[u8]) {
        let raw = self.raw(self.strip(id)).unwrap_or_default();
        match u32_at(raw, 4) {
            Some(info) if kinds.contains(&number(info)) => {
                (info, raw.get(TYPE_HEAD..).unwrap_or_default())
            }
            _ => (0, &[]),
        }
    }

    /// Compilers before LLVM 8 and pahole 1.12 put a bitfield's width and shift into its own
    /// integer type rather than into the member.
    fn old_bitfield<'a>(&'a self, member: Member<'a>) -> Member<'a> {
        let raw = self.raw(self.strip(member.ty)).unwrap_or_default();
        let word = |at| u32_at(raw, at).unwrap_or_default();
        if number(word(4)) != INT {
            return member;
        }
        let encoding = word(TYPE_HEAD);
        let (bits, shift) = (encoding & 0xff, (encoding >> 16) & 0xff);
        if u64::from(bits) == u64::from(word(8)) * 8 {
            return member;
        }
        Member { bit_offset: member.bit_offset + u64::from(shift), bitfield_bits: bits, ..member }
    }

    /// Where, in bytes from the start of what was parsed, a type has a name that the kernel refuses
    /// it for. Four zero bytes there mend it.
    pub fn refused_names(&self) -> impl Iterator<Item = usize> + '_ {
        let types = self.type_bytes();
        self.offsets.iter().map(|offset| *offset as usize).filter_map(move |at| {
            let named = u32_at(types, at)? != 0;
            (named && is_nameless(u32_at(types, at + 4)?)).then_some(self.types.start + at)
        })
    }

    /// Every type and the string offset of its name.
    pub(super) fn heads(&self) -> impl Iterator<Item = (TypeId, u32)> + '_ {
        let types = self.type_bytes();
        self.offsets.iter().zip(1u32..).map(move |(offset, id)| {
            (TypeId(id), u32_at(types, *offset as usize).unwrap_or_default())
        })
    }

    /// The name of a type; empty if it has none.
    pub(super) fn name_of(&self, id: TypeId) -> &str {
        let head = self.raw(id).unwrap_or_default();
        self.string(u32_at(head, 0).unwrap_or_default())
    }

    /// String offsets of the constants' names of `id`, if it is an enum; cheaper than
    /// [`Self::enumerators`].
    pub(super) fn enumerator_names(&self, id: TypeId) -> impl Iterator<Item = u32> + '_ {
        let raw = self.raw(id).unwrap_or_default();
        let info = u32_at(raw, 4).unwrap_or_default();
        let (width, count) = match number(info) {
            ENUM => (8, vlen(info)),
            ENUM64 => (12, vlen(info)),
            _ => (8, 0),
        };
        let tail = raw.get(TYPE_HEAD..).unwrap_or_default();
        tail.chunks_exact(width)
            .take(count as usize)
            .map(|entry| u32_at(entry, 0).unwrap_or_default())
    }
}

/// An integer from the word that follows its head.
fn int(name: &str, size: u32, encoding: u32) -> Kind<'_> {
    let flags = (encoding >> 24) & 0xf;
    Kind::Int {
        name,
        size,
        bits: encoding & 0xff,
        signed: flags & 1 != 0,
        is_bool: flags & 4 != 0,
        // gcc and clang mark plain `char` only by its name.
        is_char: flags & 2 != 0 || name == "char",
    }
}
