//! Where gcc puts the members of a structure on 64-bit x86 (System V psABI 3.1.2, and gcc's
//! `place_field` for what is packed or aligned).
//!
//! In: members one after another. Out: their offsets, and the size and alignment of the whole.

use super::{CType, Member, Types};

/// The largest structure that is laid out, bytes; it keeps every sum far from overflow.
pub const SIZE_MAX: u64 = 1 << 31;

/// What attributes say of a type or member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `packed`
    pub packed: bool,
    /// `aligned(n)`; 0 for none.
    pub aligned: u64,
}

/// A structure or union that is being laid out.
#[derive(Debug)]
pub struct Layout {
    is_union: bool,
    packed: bool,
    /// Bits that are taken.
    bits: u64,
    /// Bits of the largest member of a union.
    largest: u64,
    align: u64,
}

/// The size and alignment of `ty`, bytes; `None` for what has no size.
pub fn size_of(types: &Types, ty: &CType) -> Option<(u64, u64)> {
    Some(match ty {
        CType::Int(int) => (u64::from(int.bits / 8), u64::from(int.bits / 8)),
        CType::Opaque(_, size) => (*size, *size),
        CType::Pointer(_) => (8, 8),
        CType::Aligned(ty, align) => (size_of(types, ty)?.0, *align),
        CType::Array(of, len) => {
            let (size, align) = size_of(types, of)?;
            (size.checked_mul(*len).filter(|size| *size <= SIZE_MAX)?, align)
        }
        CType::Record(index) => {
            let record = types.record(*index).filter(|record| record.complete)?;
            (record.size, record.align)
        }
        CType::Void | CType::Function => return None,
    })
}

impl Attributes {
    /// These and `others`.
    pub fn with(self, others: Self) -> Self {
        let aligned = self.aligned.max(others.aligned);
        Self { packed: self.packed || others.packed, aligned }
    }
}

impl Layout {
    /// Nothing laid out yet.
    pub fn new(is_union: bool, packed: bool) -> Self {
        Self { is_union, packed, bits: 0, largest: 0, align: 1 }
    }

    /// Places a member of `size` bytes; `None` if that is too large.
    pub fn member(&mut self, size: u64, align: u64, own: Attributes) -> Option<u64> {
        let natural = if self.packed || own.packed { 1 } else { align };
        let align = natural.max(own.aligned);
        self.align = self.align.max(align);
        if self.is_union {
            self.largest = self.largest.max(size * 8);
            return Some(0);
        }
        let offset = self.bits.div_ceil(8).next_multiple_of(align);
        let end = offset.checked_add(size).filter(|end| *end <= SIZE_MAX)?;
        self.bits = end * 8;
        Some(offset)
    }

    /// Places a bitfield of `width` bits in a type of `size` bytes: bits before it.
    pub fn bitfield(&mut self, width: u32, size: u64, named: bool, own: Attributes) -> u64 {
        let unit = size * 8;
        let width = u64::from(width);
        let packed = self.packed || own.packed;
        if named {
            self.align = self.align.max(if packed { 1 } else { size });
        }
        self.align = self.align.max(own.aligned);
        if self.is_union {
            self.largest = self.largest.max(width);
            return 0;
        }
        self.bits = self.bits.next_multiple_of((own.aligned * 8).max(1));
        if width == 0 {
            self.bits = self.bits.next_multiple_of(unit);
            return self.bits;
        }
        if !packed && self.bits % unit + width > unit {
            self.bits = self.bits.next_multiple_of(unit);
        }
        let start = self.bits;
        self.bits += width;
        start
    }

    /// Size and alignment of the whole.
    pub fn finish(self, aligned: u64) -> (u64, u64) {
        let align = self.align.max(aligned);
        let bits = if self.is_union { self.largest } else { self.bits };
        (bits.div_ceil(8).next_multiple_of(align), align)
    }
}

impl Member {
    /// A member that is no bitfield.
    pub fn whole(name: String, ty: CType, offset: u64) -> Self {
        Self { name, ty, offset, bits: None }
    }
}
