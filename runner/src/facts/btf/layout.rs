//! Where things stand in memory: sizes, and members found by name and by path.
//!
//! In: a [`TypeId`] and names. Out: sizes in bytes and [`Member`]s whose offsets count from the
//! record that was asked. Every walk has an end, whatever the types refer to.

use super::{Btf, Kind, Member, TypeId};
use crate::diag::nearest;

/// References seen through before a chain counts as a circle.
const CHAIN: usize = 64;
/// Members looked at for one name before a record counts as malformed. The kernel's largest have
/// some hundred.
const MEMBERS: usize = 100_000;

/// Why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The record has no such member.
    #[error("`{record}` has no member `{member}`")]
    NoMember {
        /// In C syntax.
        record: String,
        /// What was asked for.
        member: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// Members were asked of something that is no `struct` or `union`.
    #[error("`{ty}` is no struct or union, so it has no member `{member}`")]
    NoRecord {
        /// In C syntax.
        ty: String,
        /// What was asked for.
        member: String,
    },
    /// An element was asked of something that is no array.
    #[error("`{ty}` is no array, so it has no element `[{index}]`")]
    NoArray {
        /// In C syntax.
        ty: String,
        /// What was asked for.
        index: u64,
    },
    /// The array is shorter.
    #[error("`{ty}` has no element `[{index}]`")]
    Outside {
        /// In C syntax.
        ty: String,
        /// What was asked for.
        index: u64,
    },
    /// Not of the form `a.b[1].c`.
    #[error("`{0}` is no path of members")]
    Malformed(String),
}

impl PathError {
    /// The nearest name that there is, for "did you mean".
    pub fn nearest(&self) -> Option<&str> {
        match self {
            PathError::NoMember { nearest, .. } => nearest.as_deref(),
            _ => None,
        }
    }
}

impl Btf {
    /// What is behind typedefs, qualifiers and type tags. A circle of them gives `void`.
    pub fn strip(&self, id: TypeId) -> TypeId {
        let mut id = id;
        for _ in 0..CHAIN {
            match self.kind(id) {
                Some(
                    Kind::Typedef { to, .. }
                    | Kind::Const { to }
                    | Kind::Volatile { to }
                    | Kind::Restrict { to }
                    | Kind::TypeTag { to, .. },
                ) => id = to,
                _ => return id,
            }
        }
        TypeId::VOID
    }

    /// The type behind typedefs, qualifiers and type tags, decoded.
    pub fn underlying(&self, id: TypeId) -> Option<Kind<'_>> {
        self.kind(self.strip(id))
    }

    /// Bytes that a value of type `id` takes; `None` for what has no size (`void`, functions,
    /// records that are only declared).
    pub fn size_of(&self, id: TypeId) -> Option<u64> {
        let (mut id, mut count) = (id, 1u64);
        for _ in 0..CHAIN {
            let size = match self.underlying(id)? {
                Kind::Array { of, len } => {
                    count = count.checked_mul(len.into())?;
                    id = of;
                    continue;
                }
                Kind::Ptr { .. } => 8,
                Kind::Int { size, .. }
                | Kind::Struct { size, .. }
                | Kind::Union { size, .. }
                | Kind::Enum { size, .. }
                | Kind::Enum64 { size, .. }
                | Kind::DataSec { size, .. }
                | Kind::Float { size, .. } => size,
                _ => return None,
            };
            return count.checked_mul(size.into());
        }
        None
    }

    /// The member `name` of the record `id`, also where it stands in an anonymous member.
    pub fn member(&self, id: TypeId, name: &str) -> Option<Member<'_>> {
        if name.is_empty() {
            return None;
        }
        let mut found = None;
        self.each_member(id, &mut |member| {
            if member.name == name {
                found = Some(member);
            }
            found.is_none()
        });
        found
    }

    /// The members of the record `id` that have names, those in anonymous members included, in the
    /// order of declaration.
    pub fn named_members(&self, id: TypeId) -> Vec<Member<'_>> {
        let mut all = Vec::new();
        self.each_member(id, &mut |member| {
            all.push(member);
            true
        });
        all
    }

    /// The member at the end of `path` (`a.b[1].c`) from the record `id`. Pointers are not
    /// followed. For an array element the member's name is the array's.
    pub fn path(&self, id: TypeId, path: &str) -> Result<Member<'_>, PathError> {
        let malformed = || PathError::Malformed(path.to_owned());
        let mut at = Member { name: "", ty: id, bit_offset: 0, bitfield_bits: 0 };
        for step in path.split('.') {
            let (name, indexes) = step.split_at(step.find('[').unwrap_or(step.len()));
            if name.is_empty() {
                return Err(malformed());
            }
            let member = self.member(at.ty, name).ok_or_else(|| self.no_member(at.ty, name))?;
            let bit_offset = at.bit_offset.checked_add(member.bit_offset).ok_or_else(malformed)?;
            at = Member { bit_offset, ..member };
            let mut rest = indexes;
            while !rest.is_empty() {
                let (index, tail) = rest
                    .strip_prefix('[')
                    .and_then(|rest| rest.split_once(']'))
                    .ok_or_else(malformed)?;
                at = self.element(at, index.parse().map_err(|_| malformed())?)?;
                rest = tail;
            }
        }
        Ok(at)
    }

    /// Element `index` of the array that `at` is.
    fn element<'a>(&'a self, at: Member<'a>, index: u64) -> Result<Member<'a>, PathError> {
        let ty = self.type_name(at.ty);
        let Some(Kind::Array { of, len }) = self.underlying(at.ty) else {
            return Err(PathError::NoArray { ty, index });
        };
        // An array of length 0 at the end of a record has as many elements as were allocated.
        if len != 0 && index >= len.into() {
            return Err(PathError::Outside { ty, index });
        }
        let offset = self
            .size_of(of)
            .and_then(|size| size.checked_mul(index)?.checked_mul(8)?.checked_add(at.bit_offset));
        match offset {
            Some(bit_offset) => Ok(Member { ty: of, bit_offset, bitfield_bits: 0, ..at }),
            None => Err(PathError::Outside { ty, index }),
        }
    }

    /// Why `id` has no member `name`.
    fn no_member(&self, id: TypeId, name: &str) -> PathError {
        let member = name.to_owned();
        if !matches!(self.underlying(id), Some(Kind::Struct { .. } | Kind::Union { .. })) {
            return PathError::NoRecord { ty: self.type_name(id), member };
        }
        let members = self.named_members(id);
        let nearest = nearest(name, members.iter().map(|member| member.name)).map(str::to_owned);
        PathError::NoMember { record: self.type_name(id), member, nearest }
    }

    /// Calls `visit` with each named member until it says `false`; offsets count from `id`.
    fn each_member<'a>(&'a self, id: TypeId, visit: &mut dyn FnMut(Member<'a>) -> bool) {
        let mut budget = MEMBERS;
        self.visit_members(id, 0, CHAIN, &mut budget, visit);
    }

    fn visit_members<'a>(
        &'a self,
        id: TypeId,
        base: u64,
        depth: usize,
        budget: &mut usize,
        visit: &mut dyn FnMut(Member<'a>) -> bool,
    ) -> bool {
        for member in self.members(id) {
            if depth == 0 || *budget == 0 {
                return false;
            }
            *budget -= 1;
            let bit_offset = base.saturating_add(member.bit_offset);
            let go_on = if member.name.is_empty() {
                self.visit_members(member.ty, bit_offset, depth - 1, budget, visit)
            } else {
                visit(Member { bit_offset, ..member })
            };
            if !go_on {
                return false;
            }
        }
        true
    }
}
