//! Types by name.
//!
//! In: names as C writes them. Out: [`TypeId`]s, or a [`Lookup`] that says why there is none. A name
//! with several different definitions is refused, never guessed at. The first questions scan the
//! string section and the types' heads, half a millisecond for a whole kernel; whoever asks more than
//! a few gets an index.

use std::collections::HashMap;

use super::{Btf, Kind, TypeId, names};
use crate::diag::nearest;

/// Why a name gives no type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lookup {
    /// There is none of that name.
    #[error("the kernel has no type `{name}`")]
    NotFound {
        /// What was asked for.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// There are several, and they differ.
    #[error("the kernel has {} different definitions of `{name}`", ids.len())]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// One type for each definition.
        ids: Vec<TypeId>,
    },
}

/// The name spaces of C that a type can be found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Struct,
    Union,
    Enum,
    /// Typedefs and the language's own types.
    Plain,
}

/// What a candidate is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    /// Says only that there is such a type.
    Declared,
    Defined,
}

impl Lookup {
    /// The nearest name that there is, for "did you mean".
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Lookup::NotFound { nearest, .. } => nearest.as_deref(),
            Lookup::Ambiguous { .. } => None,
        }
    }
}

impl Space {
    /// The space and the bare name of `struct sock`, `u32` and so on.
    fn split(name: &str) -> (Self, &str) {
        let name = name.trim();
        let (word, rest) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
        match (word, rest.trim()) {
            (_, "") => (Space::Plain, name),
            ("struct", tag) => (Space::Struct, tag),
            ("union", tag) => (Space::Union, tag),
            ("enum", tag) => (Space::Enum, tag),
            _ => (Space::Plain, name),
        }
    }

    /// Whether `kind` is in this space, and how good it is.
    fn grade(self, kind: Kind<'_>) -> Option<Grade> {
        match (self, kind) {
            (Space::Struct, Kind::Struct { .. })
            | (Space::Union, Kind::Union { .. })
            | (Space::Enum, Kind::Enum { .. } | Kind::Enum64 { .. })
            | (Space::Plain, Kind::Int { .. } | Kind::Float { .. } | Kind::Typedef { .. }) => {
                Some(Grade::Defined)
            }
            (Space::Struct, Kind::Fwd { is_union: false, .. })
            | (Space::Union, Kind::Fwd { is_union: true, .. }) => Some(Grade::Declared),
            _ => None,
        }
    }
}

impl Btf {
    /// The type that C calls `name`: `struct sock`, `union x`, `enum y`, a typedef, an integer type
    /// in any of its spellings, `void`. Pointers and arrays have no name and are not found.
    pub fn find(&self, name: &str) -> Result<TypeId, Lookup> {
        self.try_find(name)?.ok_or_else(|| Lookup::NotFound {
            name: name.to_owned(),
            nearest: self.nearest_type(name),
        })
    }

    /// As [`Self::find`], but `None` for a name that does not exist, which is cheaper than looking
    /// for the nearest one.
    pub fn try_find(&self, name: &str) -> Result<Option<TypeId>, Lookup> {
        let (space, tag) = Space::split(name);
        if space != Space::Plain {
            return self.in_space(space, tag, name);
        }
        if tag == "void" {
            return Ok(Some(TypeId::VOID));
        }
        for spelling in names::spellings(tag) {
            if let Some(id) = self.in_space(space, spelling, name)? {
                return Ok(Some(id));
            }
        }
        self.in_space(space, tag, name)
    }

    /// The record that a relocation calls `name`: a `struct`, else a `union`, else an `enum`, else
    /// what [`Self::find`] finds. A keyword before the name is understood too.
    pub fn find_tag(&self, name: &str) -> Result<TypeId, Lookup> {
        self.try_find_tag(name)?.ok_or_else(|| {
            let keywords = ["", "struct ", "union ", "enum "];
            let nearest =
                keywords.iter().find_map(|keyword| self.nearest_type(&format!("{keyword}{name}")));
            Lookup::NotFound { name: name.to_owned(), nearest }
        })
    }

    /// As [`Self::find_tag`], but `None` for a name that does not exist.
    pub fn try_find_tag(&self, name: &str) -> Result<Option<TypeId>, Lookup> {
        if Space::split(name).0 == Space::Plain {
            for space in [Space::Struct, Space::Union, Space::Enum] {
                if let Some(id) = self.in_space(space, name, name)? {
                    return Ok(Some(id));
                }
            }
        }
        self.try_find(name)
    }

    /// The type ([`Kind::Proto`]) of the function `name`; `None` if there is no such function.
    /// Static functions of one name and different types are ambiguous.
    pub fn function(&self, name: &str) -> Result<Option<TypeId>, Lookup> {
        let mut found: Vec<TypeId> = Vec::new();
        for id in self.named(name) {
            if let Some(Kind::Func { proto, .. }) = self.kind(id)
                && !found.iter().any(|other| self.same(*other, proto))
            {
                found.push(proto);
            }
        }
        one(found, name)
    }

    /// The numbers of the function `name` and of its type; `None` if there is no such function.
    pub fn function_ids(&self, name: &str) -> Result<Option<(TypeId, TypeId)>, Lookup> {
        let Some(proto) = self.function(name)? else { return Ok(None) };
        let is_function = |id: &TypeId| matches!(self.kind(*id), Some(Kind::Func { .. }));
        Ok(self.named(name).into_iter().find(is_function).map(|id| (id, proto)))
    }

    /// As [`Self::function_ids`], of all functions at once; `None` for names that are ambiguous.
    pub fn function_table(&self) -> HashMap<&str, Option<(TypeId, TypeId)>> {
        let mut table: HashMap<&str, Option<(TypeId, TypeId)>> = HashMap::new();
        for id in self.ids() {
            let Some(Kind::Func { name, proto }) = self.kind(id) else { continue };
            let entry = table.entry(name).or_insert(Some((id, proto)));
            if entry.is_some_and(|(_, other)| !self.same(other, proto)) {
                *entry = None;
            }
        }
        table
    }

    /// Whether there is a function of that name, whatever its type.
    pub fn has_function(&self, name: &str) -> bool {
        self.named(name).iter().any(|id| matches!(self.kind(*id), Some(Kind::Func { .. })))
    }

    /// The names of all functions, in no order and possibly repeated.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.ids().filter_map(|id| match self.kind(id) {
            Some(Kind::Func { name, .. }) => Some(name),
            _ => None,
        })
    }

    /// The enum that has the constant `name`, and its value; `None` if no enum has it. Enums that
    /// give one name different values are ambiguous.
    pub fn enum_constant(&self, name: &str) -> Result<Option<(TypeId, i128)>, Lookup> {
        let mut found: Vec<(TypeId, i128)> = Vec::new();
        for id in self.enums_with(name) {
            let constant = self.enumerators(id).find(|constant| constant.name == name);
            if let Some(constant) = constant
                && !found.iter().any(|(_, value)| *value == constant.value)
            {
                found.push((id, constant.value));
            }
        }
        match found[..] {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            _ => Err(Lookup::Ambiguous {
                name: name.to_owned(),
                ids: found.into_iter().map(|(id, _)| id).collect(),
            }),
        }
    }

    /// The function whose name is nearest to `name`.
    pub fn nearest_function(&self, name: &str) -> Option<String> {
        nearest(name, near_length(name, self.functions())).map(str::to_owned)
    }

    /// The type whose name is nearest to `name`, with its keyword; for a bare name also a record of
    /// exactly that tag.
    pub fn nearest_type(&self, name: &str) -> Option<String> {
        let (space, tag) = Space::split(name);
        if space == Space::Plain {
            for (space, keyword) in
                [(Space::Struct, "struct"), (Space::Union, "union"), (Space::Enum, "enum")]
            {
                if !matches!(self.in_space(space, tag, name), Ok(None)) {
                    return Some(format!("{keyword} {tag}"));
                }
            }
        }
        let kinds = self.ids().filter_map(|id| self.kind(id));
        let names = kinds.filter(|kind| space.grade(*kind).is_some()).filter_map(names::own_name);
        let found = nearest(tag, near_length(tag, names))?;
        Some(match space {
            Space::Struct => format!("struct {found}"),
            Space::Union => format!("union {found}"),
            Space::Enum => format!("enum {found}"),
            Space::Plain => found.to_owned(),
        })
    }

    /// The one type called `tag` in `space`; `asked` is what the user wrote.
    fn in_space(&self, space: Space, tag: &str, asked: &str) -> Result<Option<TypeId>, Lookup> {
        let mut found: Vec<TypeId> = Vec::new();
        let mut best = Grade::Declared;
        for id in self.named(tag) {
            let Some(grade) = self.kind(id).and_then(|kind| space.grade(kind)) else { continue };
            // `enum x;` is an enum without constants.
            let bare = space == Space::Enum && self.enumerators(id).next().is_none();
            let grade = if bare { Grade::Declared } else { grade };
            if grade > best {
                best = grade;
                found.clear();
            }
            if grade == best && !found.iter().any(|other| self.same(*other, id)) {
                found.push(id);
            }
        }
        one(found, asked)
    }

    /// The enums that have a constant `name`, and perhaps others.
    fn enums_with(&self, name: &str) -> Vec<TypeId> {
        let all =
            || self.ids().flat_map(|id| self.enumerator_names(id).map(move |offset| (id, offset)));
        if let Some(candidates) = self.constants.candidates(self, name, all) {
            return candidates.collect();
        }
        let offsets = self.name_offsets(name);
        if offsets.is_empty() {
            return Vec::new();
        }
        let has = |id: &TypeId| self.enumerator_names(*id).any(|offset| offsets.contains(&offset));
        self.ids().filter(has).collect()
    }

    /// Every type called exactly `name`, of whatever kind.
    fn named(&self, name: &str) -> Vec<TypeId> {
        if name.is_empty() {
            return Vec::new();
        }
        if let Some(candidates) = self.names.candidates(self, name, || self.heads()) {
            return candidates.filter(|id| self.name_of(*id) == name).collect();
        }
        match self.name_offsets(name)[..] {
            [] => Vec::new(),
            [only] => {
                self.heads().filter(|(_, offset)| *offset == only).map(|(id, _)| id).collect()
            }
            ref several => self
                .heads()
                .filter(|(_, offset)| several.contains(offset))
                .map(|(id, _)| id)
                .collect(),
        }
    }

    /// Where the string section holds exactly `name`. Writers store each string once; a blob that
    /// repeats one is still understood.
    fn name_offsets(&self, name: &str) -> Vec<u32> {
        if name.is_empty() || name.contains('\0') {
            return Vec::new();
        }
        let strings = self.string_bytes();
        let needle = format!("\0{name}\0");
        let finder = memchr::memmem::Finder::new(&needle);
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = strings.get(from..).and_then(|rest| finder.find(rest)) {
            // The closing NUL may open the next occurrence.
            found.extend(u32::try_from(from + at + 1));
            from += at + needle.len() - 1;
        }
        found
    }
}

/// Candidates so long or short that they cannot be near are not worth measuring.
fn near_length<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = &'a str> {
    let length = name.len();
    let limit = length.max(3) / 3;
    candidates.filter(move |candidate| candidate.len().abs_diff(length) <= limit)
}

/// None, the one, or a refusal.
fn one(found: Vec<TypeId>, name: &str) -> Result<Option<TypeId>, Lookup> {
    match found[..] {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        _ => Err(Lookup::Ambiguous { name: name.to_owned(), ids: found }),
    }
}
