//! What an undefined symbol stands for.
//!
//! In: a symbol's name, the kernel's types, the values known at start. Out: one number. The kinds of
//! question follow CO-RE's, so that the same symbols can become relocation records.

use std::collections::HashMap;

use crate::facts::btf::{Btf, Kind, Lookup, Member, PathError, TypeId};

/// Why a symbol has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Nothing defines it: not the program, not the kernel's types, not `runner`.
    #[error("nothing defines this symbol")]
    Undefined,
    /// Not `core:<kind>:<type>:<path>`.
    #[error("{0}")]
    Malformed(&'static str),
    /// It needs the kernel's types, and there are none.
    #[error("it needs the kernel's types, and there are none; give them with: --btf FILE")]
    NoBtf,
    /// The type is not there, or not one.
    #[error(transparent)]
    Type(#[from] Lookup),
    /// The path leads nowhere.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The enum has no such constant.
    #[error("`{ty}` has no constant `{name}`")]
    NoConstant {
        /// The enum in C syntax.
        ty: String,
        /// What was asked for.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// The type is only declared, or is a function.
    #[error("`{0}` has no size")]
    NoSize(String),
    /// A shift or sign was asked of something that is no number of up to 8 bytes.
    #[error("`{0}` is no number of up to 8 bytes")]
    NoNumber(String),
    /// A bitfield that no load of up to 8 bytes covers.
    #[error("`{0}` is a bitfield that no aligned load of up to 8 bytes covers")]
    Straddles(String),
}

impl ResolveError {
    /// The nearest name that there is, for "did you mean".
    pub fn nearest(&self) -> Option<&str> {
        match self {
            ResolveError::Type(source) => source.nearest(),
            ResolveError::Path(source) => source.nearest(),
            ResolveError::NoConstant { nearest, .. } => nearest.as_deref(),
            _ => None,
        }
    }
}

/// Answers for one object; each type is looked up once.
pub(super) struct Resolver<'a> {
    btf: Option<&'a Btf>,
    constants: &'a [(&'a str, u64)],
    types: HashMap<String, Option<TypeId>>,
}

/// How a member is loaded: `size` bytes at `offset`, then shifted up by `left` and down by `right`.
struct Load {
    offset: u64,
    size: u64,
    left: u64,
    right: u64,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(btf: Option<&'a Btf>, constants: &'a [(&'a str, u64)]) -> Self {
        Self { btf, constants, types: HashMap::new() }
    }

    /// What `symbol` stands for.
    pub(super) fn value(&mut self, symbol: &str) -> Result<u64, ResolveError> {
        if let Some((_, value)) = self.constants.iter().find(|(name, _)| *name == symbol) {
            return Ok(*value);
        }
        let question = symbol.strip_prefix("core:").ok_or(ResolveError::Undefined)?;
        let mut parts = question.split(':');
        let (Some(kind), Some(ty), path, None) =
            (parts.next(), parts.next(), parts.next().unwrap_or_default(), parts.next())
        else {
            return Err(ResolveError::Malformed("it is not core:<kind>:<type>:<path>"));
        };
        let btf = self.btf.ok_or(ResolveError::NoBtf)?;
        self.answer(btf, kind, ty, path)
    }

    fn answer(&mut self, btf: &Btf, kind: &str, ty: &str, path: &str) -> Result<u64, ResolveError> {
        match kind {
            "byte_off" => Ok(self.load(btf, ty, path)?.offset),
            "byte_size" => Ok(self.load(btf, ty, path)?.size),
            "lshift" | "rshift" => {
                let load = self.load(btf, ty, path)?;
                if load.size > 8 {
                    return Err(ResolveError::NoNumber(described(ty, path)));
                }
                Ok(if kind == "lshift" { load.left } else { load.right })
            }
            "signed" => {
                let member = btf.path(self.ty(btf, ty)?, path)?;
                signed(btf, member.ty).ok_or_else(|| ResolveError::NoNumber(described(ty, path)))
            }
            "field_exists" => Ok(match self.if_any(btf, ty)? {
                None => 0,
                Some(id) => match btf.path(id, path) {
                    Ok(_) => 1,
                    Err(malformed @ PathError::Malformed(_)) => return Err(malformed.into()),
                    Err(_) => 0,
                },
            }),
            "type_exists" => Ok(self.if_any(btf, ty)?.is_some().into()),
            "type_size" => {
                let id = self.ty(btf, ty)?;
                btf.size_of(id).ok_or_else(|| ResolveError::NoSize(btf.type_name(id)))
            }
            "enum_value" => self.constant(btf, ty, path),
            "enum_exists" => match self.constant(btf, ty, path) {
                Ok(_) => Ok(1),
                Err(ResolveError::NoConstant { .. })
                | Err(ResolveError::Type(Lookup::NotFound { .. })) => Ok(0),
                Err(error) => Err(error),
            },
            _ => Err(ResolveError::Malformed("its kind of question is not known")),
        }
    }

    /// The type called `name`.
    fn ty(&mut self, btf: &Btf, name: &str) -> Result<TypeId, ResolveError> {
        match self.if_any(btf, name)? {
            Some(id) => Ok(id),
            None => Ok(btf.find_tag(name)?),
        }
    }

    /// The type called `name`, if there is one. Several are still refused.
    fn if_any(&mut self, btf: &Btf, name: &str) -> Result<Option<TypeId>, ResolveError> {
        if let Some(known) = self.types.get(name) {
            return Ok(*known);
        }
        let found = btf.try_find_tag(name)?;
        self.types.insert(name.to_owned(), found);
        Ok(found)
    }

    /// How the member at `path` is loaded.
    fn load(&mut self, btf: &Btf, ty: &str, path: &str) -> Result<Load, ResolveError> {
        let member = btf.path(self.ty(btf, ty)?, path)?;
        let size =
            btf.size_of(member.ty).ok_or_else(|| ResolveError::NoSize(btf.type_name(member.ty)))?;
        if member.bitfield_bits == 0 {
            let unused = 64u64.saturating_sub(size.saturating_mul(8));
            return Ok(Load { offset: member.bit_offset / 8, size, left: unused, right: unused });
        }
        bitfield(member, size).ok_or_else(|| ResolveError::Straddles(described(ty, path)))
    }

    /// The value of the constant `name` of the enum `ty`; of any enum if `ty` is `_`.
    fn constant(&mut self, btf: &Btf, ty: &str, name: &str) -> Result<u64, ResolveError> {
        let missing = |ty: String, nearest: Option<&str>| ResolveError::NoConstant {
            ty,
            name: name.to_owned(),
            nearest: nearest.map(str::to_owned),
        };
        // A negative value fills the upper half with its sign, as C's conversion does.
        if ty == "_" {
            return match btf.enum_constant(name)? {
                Some((_, value)) => Ok(value as u64),
                None => Err(missing("enum".to_owned(), None)),
            };
        }
        let id = self.enumeration(btf, ty)?;
        match btf.enumerators(id).find(|constant| constant.name == name) {
            Some(constant) => Ok(constant.value as u64),
            None => {
                let names = btf.enumerators(id).map(|constant| constant.name);
                Err(missing(btf.type_name(id), crate::diag::nearest(name, names)))
            }
        }
    }

    /// The enum called `name`; a record of that tag does not hide it.
    fn enumeration(&mut self, btf: &Btf, name: &str) -> Result<TypeId, ResolveError> {
        if name.contains(' ') {
            return self.ty(btf, name);
        }
        match self.if_any(btf, &format!("enum {name}"))? {
            Some(id) => Ok(id),
            None => self.ty(btf, name),
        }
    }
}

/// The smallest aligned load that covers a bitfield whose declared type has `size` bytes, and the
/// shifts that leave only its bits. Little-endian, as every target of the compiler is.
fn bitfield(member: Member<'_>, size: u64) -> Option<Load> {
    let (start, bits) = (member.bit_offset, u64::from(member.bitfield_bits));
    let mut size = size;
    while (1..=8).contains(&size) {
        let offset = start / 8 / size * size;
        let end = start + bits - offset * 8;
        if end <= size * 8 {
            return Some(Load { offset, size, left: 64 - end, right: 64u64.checked_sub(bits)? });
        }
        size *= 2;
    }
    None
}

/// 1 for a type that has a sign, 0 for one that has none; `None` for what is no number.
fn signed(btf: &Btf, id: TypeId) -> Option<u64> {
    match btf.underlying(id)? {
        Kind::Int { signed, .. } | Kind::Enum { signed, .. } | Kind::Enum64 { signed, .. } => {
            Some(signed.into())
        }
        Kind::Ptr { .. } => Some(0),
        _ => None,
    }
}

/// A member for messages.
fn described(ty: &str, path: &str) -> String {
    format!("{ty}.{path}")
}
