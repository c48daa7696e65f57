//! C declarations of a config (`types:`) to types with their layout, as gcc lays them out on
//! 64-bit x86.
//!
//! In: the text. Out: [`Types`], or the guilty part and why. Knows no kernel and no YAML: what is
//! declared here is found at the same place on every machine.

mod constant;
mod layout;
mod lex;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::expr::{Int, Record, RecordId, Space, Type};

pub use parse::parse;

/// What is wrong with a declaration, and which bytes of the text it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The guilty bytes.
    pub range: Range<usize>,
    /// Why.
    pub message: String,
    /// Whether it is a structure that would hold itself.
    pub recursive: bool,
}

impl Fault {
    /// A fault of the bytes `range`.
    pub(crate) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), recursive: false }
    }
}

/// The types that a config declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Types {
    records: Vec<Struct>,
    /// The constants of each enum, in their order.
    enums: Vec<Vec<(String, i128)>>,
    /// By `struct name`, `union name`, `enum name` or the bare name of a typedef.
    names: BTreeMap<String, CType>,
    /// The constants of all enums, with the type of each one's enum.
    constants: BTreeMap<String, (i128, Int)>,
}

/// A structure or union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struct {
    /// `struct name`, or what stands for it if it has no tag.
    pub name: String,
    /// All members start where it does.
    is_union: bool,
    /// Bytes, padding included.
    pub size: u64,
    /// Its address is a multiple of it.
    pub align: u64,
    /// In order.
    pub members: Vec<Member>,
    /// Its members are known.
    complete: bool,
}

impl Struct {
    /// Bytes, if its members are known.
    pub fn size(&self) -> Option<u64> {
        self.complete.then_some(self.size)
    }
}

/// A member of a [`Struct`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Empty for an anonymous structure or union, whose members count as the outer one's.
    pub name: String,
    /// Its type.
    pub ty: CType,
    /// Bytes from the start.
    pub offset: u64,
    /// Of a bitfield: bits from `offset`, less than 8, and how many; up to nine bytes of a packed structure.
    pub bits: Option<(u32, u32)>,
}

/// A type of C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CType {
    /// `void`
    Void,
    /// An integer, enum or bool.
    Int(Int),
    /// Something of that size and name that expressions cannot compute with.
    Opaque(&'static str, u64),
    /// A pointer.
    Pointer(Box<CType>),
    /// A type with an alignment of its own, as a typedef can have.
    Aligned(Box<CType>, u64),
    /// Elements in a row; 0 for a flexible array.
    Array(Box<CType>, u64),
    /// A structure or union, by its index.
    Record(usize),
    /// A function.
    Function,
}

/// A member that was looked up by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The member.
    pub member: &'a Member,
    /// Bytes from the start of the structure that was asked, through anonymous ones.
    pub offset: u64,
}

impl Types {
    /// The type of that name as C writes it: `struct exp_s`, or a typedef.
    pub fn find(&self, name: &str) -> Option<&CType> {
        self.names.get(name)
    }

    /// The names of all types, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.names.keys().map(String::as_str).collect()
    }

    /// The value of the enum constant `name`, and the type of its enum.
    pub fn constant(&self, name: &str) -> Option<(i128, Int)> {
        self.constants.get(name).copied()
    }

    /// The structure or union of that index.
    pub fn record(&self, index: usize) -> Option<&Struct> {
        self.records.get(index)
    }

    /// The constants of every enum.
    pub fn enums(&self) -> &[Vec<(String, i128)>] {
        &self.enums
    }

    /// The constants of the enum of that index, in their order.
    pub fn constants(&self, index: usize) -> &[(String, i128)] {
        self.enums.get(index).map(Vec::as_slice).unwrap_or_default()
    }

    /// The member `name` of a structure, those of anonymous members included.
    pub fn member(&self, index: usize, name: &str) -> Option<Found<'_>> {
        self.search(index, name, 0, 32)
    }

    fn search(&self, index: usize, name: &str, start: u64, depth: u32) -> Option<Found<'_>> {
        let record = self.records.get(index).filter(|_| depth > 0)?;
        record.members.iter().find_map(|member| {
            let offset = start + member.offset;
            match (&member.ty, member.name.as_str()) {
                (CType::Record(inner), "") => self.search(*inner, name, offset, depth - 1),
                (_, own) if own == name => Some(Found { member, offset }),
                _ => None,
            }
        })
    }

    /// The names of a structure's members, those of anonymous members included.
    pub fn member_names(&self, index: usize) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect(index, &mut names, 32);
        names
    }

    fn collect<'a>(&'a self, index: usize, names: &mut Vec<&'a str>, depth: u32) {
        let Some(record) = self.records.get(index).filter(|_| depth > 0) else { return };
        for member in &record.members {
            match (&member.ty, member.name.as_str()) {
                (CType::Record(inner), "") => self.collect(*inner, names, depth - 1),
                (_, name) => names.push(name),
            }
        }
    }

    /// `ty` as expressions have it; its pointers point into `space`.
    pub fn ty(&self, ty: &CType, space: Space) -> Type {
        match ty {
            CType::Void => Type::Void,
            CType::Int(int) => Type::Int(*int),
            CType::Opaque(name, _) => Type::Opaque((*name).to_owned()),
            CType::Aligned(ty, _) => self.ty(ty, space),
            CType::Pointer(to) => Type::Pointer(Box::new(self.ty(to, space)), space),
            CType::Array(of, len) => {
                Type::Array(Box::new(self.ty(of, space)), u32::try_from(*len).unwrap_or(u32::MAX))
            }
            CType::Record(index) => {
                let name = self.records.get(*index).map_or("", |record| record.name.as_str());
                Type::Record(Record { id: RecordId::Own(*index), name: name.to_owned() })
            }
            CType::Function => Type::Opaque("function".to_owned()),
        }
    }
}
