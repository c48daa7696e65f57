//! Whether two types are laid out alike, so that it does not matter which one is used.
//!
//! In: two [`TypeId`]s. Out: yes or no; in doubt, no. What pointers point at is compared by name
//! only: whoever follows one looks that name up, and meets its ambiguity there.

use super::{Btf, Kind, TypeId};

/// Comparisons of two members or types before the answer is no.
const BUDGET: usize = 20_000;
/// Types within types before the answer is no.
const DEPTH: usize = 32;

impl Btf {
    /// Whether `a` and `b` have the same names, sizes and offsets all the way down.
    pub(super) fn same(&self, a: TypeId, b: TypeId) -> bool {
        let mut budget = BUDGET;
        self.alike(a, b, DEPTH, &mut budget)
    }

    fn alike(&self, a: TypeId, b: TypeId, depth: usize, budget: &mut usize) -> bool {
        let (a, b) = (self.strip(a), self.strip(b));
        if a == b {
            return true;
        }
        if depth == 0 || *budget == 0 {
            return false;
        }
        *budget -= 1;
        let (Some(left), Some(right)) = (self.kind(a), self.kind(b)) else { return false };
        match (left, right) {
            (Kind::Ptr { to: a }, Kind::Ptr { to: b }) => self.point_alike(a, b, depth, budget),
            (Kind::Array { of: a, len: m }, Kind::Array { of: b, len: n }) => {
                m == n && self.alike(a, b, depth - 1, budget)
            }
            (Kind::Struct { .. }, Kind::Struct { .. })
            | (Kind::Union { .. }, Kind::Union { .. }) => {
                left == right && self.members_alike(a, b, depth, budget)
            }
            (Kind::Enum { .. }, Kind::Enum { .. }) | (Kind::Enum64 { .. }, Kind::Enum64 { .. }) => {
                left == right && self.enumerators(a).eq(self.enumerators(b))
            }
            (Kind::Func { proto: a, .. }, Kind::Func { proto: b, .. }) => {
                self.alike(a, b, depth - 1, budget)
            }
            (Kind::Proto { ret: x, params: m }, Kind::Proto { ret: y, params: n }) => {
                m == n
                    && self.alike(x, y, depth - 1, budget)
                    && self
                        .params(a)
                        .zip(self.params(b))
                        .all(|(a, b)| a.name == b.name && self.alike(a.ty, b.ty, depth - 1, budget))
            }
            _ => left == right,
        }
    }

    fn members_alike(&self, a: TypeId, b: TypeId, depth: usize, budget: &mut usize) -> bool {
        let (mut left, mut right) = (self.members(a), self.members(b));
        loop {
            let (a, b) = match (left.next(), right.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) => (a, b),
                _ => return false,
            };
            let placed = (a.name, a.bit_offset, a.bitfield_bits);
            if placed != (b.name, b.bit_offset, b.bitfield_bits)
                || !self.alike(a.ty, b.ty, depth - 1, budget)
            {
                return false;
            }
        }
    }

    /// Pointees with a tag are alike if the tag is; a declaration counts as what it declares.
    fn point_alike(&self, a: TypeId, b: TypeId, depth: usize, budget: &mut usize) -> bool {
        match (self.tag(a), self.tag(b)) {
            (Some(left), Some(right)) => left == right,
            (None, None) => self.alike(a, b, depth - 1, budget),
            _ => false,
        }
    }

    /// The keyword and tag of a record or enum that has one.
    fn tag(&self, id: TypeId) -> Option<(&'static str, &str)> {
        let (keyword, tag) = match self.underlying(id)? {
            Kind::Struct { name, .. } | Kind::Fwd { name, is_union: false } => ("struct", name),
            Kind::Union { name, .. } | Kind::Fwd { name, is_union: true } => ("union", name),
            Kind::Enum { name, .. } | Kind::Enum64 { name, .. } => ("enum", name),
            _ => return None,
        };
        (!tag.is_empty()).then_some((keyword, tag))
    }
}
