//! The types that expressions have: C's, with the address space of every pointer.

use serde::{Deserialize, Serialize};

use crate::facts::btf::{Btf, Kind, TypeId};

/// The type of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// No value.
    Void,
    /// An integer, enum or bool.
    Int(Int),
    /// A pointer.
    Pointer(Box<Type>, Space),
    /// A structure or union.
    Record(Record),
    /// Elements in a row; 0 for a flexible array.
    Array(Box<Type>, u32),
    /// A string's bytes.
    Text,
    /// What a `__percpu` pointer points at, under its C name: one for each processor, none of them
    /// at the pointer's own address.
    PerCpu(String),
    /// What the output alone makes a value of, under its name: a time, a stack.
    Shown(&'static str),
    /// What no operator takes (a function, a float), under its C name.
    Opaque(String),
}

/// An integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Int {
    /// 8, 16, 32 or 64.
    pub bits: u8,
    /// Two's complement.
    pub signed: bool,
    /// What its values mean.
    pub style: Style,
}

/// What the values of an [`Int`] mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Numbers.
    Number,
    /// C's `char`; a pointer to it is a string.
    Char,
    /// `true` or `false`.
    Bool,
    /// A bitfield of that many bits.
    Bits(u8),
    /// Constants with names.
    Enum(EnumId),
    /// Constants with names in a bitfield of that many bits.
    EnumBits(EnumId, u8),
}

impl Style {
    /// The enum whose constants the values are.
    pub fn enumeration(self) -> Option<EnumId> {
        match self {
            Self::Enum(id) | Self::EnumBits(id, _) => Some(id),
            Self::Number | Self::Char | Self::Bool | Self::Bits(_) => None,
        }
    }

    /// The same in a bitfield of `width` bits.
    fn bitfield(self, width: u8) -> Self {
        match self {
            Self::Bool => Self::Bool,
            _ => self.enumeration().map_or(Self::Bits(width), |id| Self::EnumBits(id, width)),
        }
    }

    /// The width of the bitfield that has it.
    fn width(self) -> Option<u8> {
        match self {
            Self::Bits(width) | Self::EnumBits(_, width) => Some(width),
            Self::Number | Self::Char | Self::Bool | Self::Enum(_) => None,
        }
    }
}

/// Where an enum's constants are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnumId {
    /// In the kernel's BTF, under that number.
    Kernel(TypeId),
    /// In the config, with that index.
    Own(usize),
}

/// A structure or union of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which.
    pub id: RecordId,
    /// Its tag, or the typedef it came by; empty where it has neither.
    pub name: String,
}

/// Where a [`Record`] is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordId {
    /// In the kernel's BTF, under that number: the running kernel says where its members are.
    Kernel(TypeId),
    /// In the config, with that index: its members are where gcc puts them.
    Own(usize),
}

impl RecordId {
    /// The number in the kernel's BTF.
    pub fn kernel(self) -> Option<TypeId> {
        match self {
            Self::Kernel(id) => Some(id),
            Self::Own(_) => None,
        }
    }
}

/// Whose memory a pointer points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Space {
    /// The kernel's.
    Kernel,
    /// The current process's.
    User,
}

/// How BTF's names of functions end.
const FUNCTION: &str = "(\u{2026})";
/// Bound on pointers to pointers, so that cyclic BTF ends.
const DEPTH_MAX: u32 = 16;

impl Int {
    /// A number of `bits` bits.
    pub const fn number(bits: u8, signed: bool) -> Self {
        Self { bits, signed, style: Style::Number }
    }

    /// Its name in C on x86-64.
    pub fn c_name(self) -> &'static str {
        match (self.style, self.bits, self.signed) {
            (Style::Bool, ..) => "bool",
            (Style::Char, ..) => "char",
            (_, 8, true) => "signed char",
            (_, 8, false) => "unsigned char",
            (_, 16, true) => "short",
            (_, 16, false) => "unsigned short",
            (_, 32, true) => "int",
            (_, 32, false) => "unsigned int",
            (_, _, true) => "long",
            (_, _, false) => "unsigned long",
        }
    }

    /// The type of a member of this type that is a bitfield of `width` bits.
    pub fn bitfield(self, width: u8) -> Self {
        Self { style: self.style.bitfield(width), ..self }
    }

    /// C's integer promotion: what is narrower than `int` becomes `int`.
    pub fn promoted(self) -> Self {
        // So does a bitfield of any type whose values an `int` holds.
        match self.style.width().unwrap_or(self.bits) {
            ..32 => Self::number(32, true),
            32 => Self::number(32, self.signed),
            _ => Self::number(self.bits, self.signed),
        }
    }

    /// C's usual arithmetic conversion of two operands.
    pub fn common(self, other: Self) -> Self {
        let (a, b) = (self.promoted(), other.promoted());
        match a.bits.cmp(&b.bits) {
            std::cmp::Ordering::Greater => a,
            std::cmp::Ordering::Less => b,
            std::cmp::Ordering::Equal => Self::number(a.bits, a.signed && b.signed),
        }
    }
}

impl Type {
    /// C's `int`, the type of comparisons.
    pub const INT: Self = Self::Int(Int::number(32, true));
    /// `u32`.
    pub const U32: Self = Self::Int(Int::number(32, false));
    /// `u64`.
    pub const U64: Self = Self::Int(Int::number(64, false));

    /// The type `id` of `btf`; its pointers point into `space`.
    pub fn from_btf(btf: &Btf, id: TypeId, space: Space) -> Self {
        from_btf(btf, id, space, DEPTH_MAX)
    }

    /// The same type with all its pointers pointing into `space`.
    pub fn in_space(self, space: Space) -> Self {
        match self {
            Self::Pointer(to, _) => Self::Pointer(Box::new(to.in_space(space)), space),
            Self::Array(of, len) => Self::Array(Box::new(of.in_space(space)), len),
            other => other,
        }
    }

    /// Whether it is C's `char` (not `u8`, which is a number).
    pub fn is_char(&self) -> bool {
        matches!(self, Self::Int(Int { style: Style::Char, .. }))
    }

    /// Its name in C, for messages.
    pub fn c_name(&self, btf: Option<&Btf>) -> String {
        // What stands after the base type.
        let mut inner = String::new();
        let mut ty = self;
        loop {
            ty = match ty {
                Self::Pointer(to, _) => {
                    inner.insert(0, '*');
                    if matches!(**to, Self::Array(..)) {
                        inner = format!("({inner})");
                    }
                    to
                }
                Self::Array(of, len) => {
                    inner.push_str(&format!("[{len}]"));
                    of
                }
                Self::Opaque(name) if name.ends_with(FUNCTION) && !inner.is_empty() => {
                    let returned = name.trim_end_matches(FUNCTION).trim_end();
                    return format!("{returned} ({inner}){FUNCTION}");
                }
                base => {
                    let space = if inner.is_empty() || inner.starts_with('[') { "" } else { " " };
                    return format!("{}{space}{inner}", base.base_name(btf));
                }
            };
        }
    }

    fn base_name(&self, btf: Option<&Btf>) -> String {
        match self {
            Self::Int(int) => match (btf, int.style.enumeration()) {
                (Some(btf), Some(EnumId::Kernel(id))) => btf.type_name(id),
                _ => int.c_name().to_owned(),
            },
            Self::Record(record) => match (btf, record.id) {
                (_, RecordId::Own(_)) => record.name.clone(),
                // What has no tag goes by its typedef.
                (Some(btf), RecordId::Kernel(id))
                    if !record.name.is_empty() && btf.kind(id).is_some_and(is_tagless) =>
                {
                    record.name.clone()
                }
                (Some(btf), RecordId::Kernel(id)) => btf.type_name(id),
                (None, _) => format!("struct {}", record.name),
            },
            Self::Text => "string".into(),
            Self::PerCpu(name) => format!("__percpu {name}"),
            Self::Shown(name) => (*name).into(),
            Self::Opaque(name) => name.clone(),
            _ => "void".into(),
        }
    }

    /// The integer types of C and the kernel that need no BTF.
    pub fn named_integer(name: &str) -> Option<Self> {
        let (bits, signed) = match name {
            "bool" | "_Bool" => {
                return Some(Self::Int(Int { bits: 8, signed: false, style: Style::Bool }));
            }
            "char" => return Some(Self::Int(Int { bits: 8, signed: true, style: Style::Char })),
            "signed char" | "s8" | "__s8" | "int8_t" => (8, true),
            "unsigned char" | "u8" | "__u8" | "uint8_t" => (8, false),
            "short" | "short int" | "s16" | "__s16" | "int16_t" => (16, true),
            "unsigned short" | "u16" | "__u16" | "uint16_t" | "umode_t" => (16, false),
            "int" | "signed int" | "signed" | "s32" | "__s32" | "int32_t" | "pid_t" => (32, true),
            "unsigned int" | "unsigned" | "u32" | "__u32" | "uint32_t" | "uid_t" | "gid_t" => {
                (32, false)
            }
            "long" | "long int" | "long long" | "long long int" | "s64" | "__s64" | "int64_t"
            | "ssize_t" | "loff_t" => (64, true),
            "unsigned long" | "unsigned long long" | "unsigned long int" | "u64" | "__u64"
            | "uint64_t" | "size_t" | "uintptr_t" => (64, false),
            _ => return None,
        };
        Some(Self::Int(Int::number(bits, signed)))
    }
}

fn is_tagless(kind: Kind) -> bool {
    matches!(kind, Kind::Struct { name: "", .. } | Kind::Union { name: "", .. })
}

fn from_btf(btf: &Btf, id: TypeId, space: Space, depth: u32) -> Type {
    let mut id = id;
    let mut typedef = "";
    // Follows names and qualifiers; the bound serves BTF that is not to be trusted.
    for _ in 0..64 {
        let Some(kind) = btf.kind(id) else { break };
        return match kind {
            Kind::Typedef { name, to } => {
                typedef = name;
                id = to;
                continue;
            }
            Kind::Const { to } | Kind::Volatile { to } | Kind::Restrict { to } => {
                id = to;
                continue;
            }
            Kind::TypeTag { to, .. } => {
                id = to;
                continue;
            }
            Kind::Void => Type::Void,
            Kind::Int { name, size, signed, is_bool, .. } => {
                let style = match name {
                    _ if is_bool => Style::Bool,
                    "char" => Style::Char,
                    _ => Style::Number,
                };
                integer(style, size, signed, || btf.type_name(id))
            }
            Kind::Enum { size, signed, .. } | Kind::Enum64 { size, signed, .. } => {
                let style = Style::Enum(EnumId::Kernel(id));
                integer(style, size, signed, || btf.type_name(id))
            }
            Kind::Ptr { to } if depth > 0 => {
                let space = if tagged(btf, to, "user") { Space::User } else { space };
                let pointee = match tagged(btf, to, "percpu") {
                    true => Type::PerCpu(btf.type_name(to)),
                    false => from_btf(btf, to, space, depth - 1),
                };
                Type::Pointer(Box::new(pointee), space)
            }
            Kind::Struct { name, .. } | Kind::Union { name, .. } | Kind::Fwd { name, .. } => {
                let name = if name.is_empty() { typedef } else { name }.to_owned();
                Type::Record(Record { id: RecordId::Kernel(id), name })
            }
            Kind::Array { of, len, .. } if depth > 0 => {
                Type::Array(Box::new(from_btf(btf, of, space, depth - 1)), len)
            }
            _ => Type::Opaque(btf.type_name(id)),
        };
    }
    Type::Opaque(btf.type_name(id))
}

/// Whether a pointer to `to` is marked so. Kernels built by clang, and newer gcc, mark `__user` and
/// `__percpu` ones.
fn tagged(btf: &Btf, to: TypeId, tag: &str) -> bool {
    let mut id = to;
    // The bound serves BTF that is not to be trusted.
    for _ in 0..64 {
        match btf.kind(id) {
            Some(Kind::TypeTag { name, .. }) if name == tag => return true,
            Some(Kind::TypeTag { to, .. }) => id = to,
            _ => return false,
        }
    }
    false
}

fn integer(style: Style, size: u32, signed: bool, shown: impl Fn() -> String) -> Type {
    match size {
        1 | 2 | 4 | 8 => Type::Int(Int { bits: size as u8 * 8, signed, style }),
        _ => Type::Opaque(shown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_are_those_of_c() {
        let int = |bits, signed| Int::number(bits, signed);
        for (a, b, common) in [
            (int(8, false), int(16, true), int(32, true)),
            (int(32, true), int(32, false), int(32, false)),
            (int(32, false), int(64, true), int(64, true)),
            (int(64, false), int(64, true), int(64, false)),
            (int(64, true), int(8, true), int(64, true)),
        ] {
            assert_eq!(a.common(b), common);
            assert_eq!(b.common(a), common);
        }
    }
}
