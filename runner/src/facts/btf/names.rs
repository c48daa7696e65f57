//! How types are written: C syntax for messages, and the spellings of C's integer types.
//!
//! In: a [`TypeId`] or what a user wrote. Out: text. Nothing here looks a name up.

use super::{Btf, Kind, TypeId};

/// Parts of one declaration before the rest is left out.
const PARTS: usize = 32;

/// C's integer types: the usual spelling first, then the one that gcc and pahole write.
const INTEGERS: [(&str, &str); 12] = [
    ("unsigned char", "unsigned char"),
    ("signed char", "signed char"),
    ("short", "short int"),
    ("unsigned short", "short unsigned int"),
    ("int", "int"),
    ("unsigned int", "unsigned int"),
    ("long", "long int"),
    ("unsigned long", "long unsigned int"),
    ("long long", "long long int"),
    ("unsigned long long", "long long unsigned int"),
    ("__int128", "__int128"),
    ("unsigned __int128", "__int128 unsigned"),
];

impl Btf {
    /// The type in C syntax, for messages: `struct sock *`, `char[16]`, `int (*)(…)`.
    pub fn type_name(&self, id: TypeId) -> String {
        let mut id = id;
        // What stands before the base type, and the declarator after it.
        let (mut prefix, mut inner) = (String::new(), String::new());
        for _ in 0..PARTS {
            let Some(kind) = self.kind(id) else { return "(unknown type)".to_owned() };
            match kind {
                Kind::Ptr { to } => {
                    inner.insert(0, '*');
                    if matches!(self.kind(to), Some(Kind::Array { .. } | Kind::Proto { .. })) {
                        inner = format!("({inner})");
                    }
                    id = to;
                }
                Kind::Array { of, len } => {
                    inner.push_str(&format!("[{len}]"));
                    id = of;
                }
                Kind::Proto { ret, .. } => {
                    inner.push_str("(…)");
                    id = ret;
                }
                Kind::Const { to } => {
                    self.qualify("const", to, &mut prefix, &mut inner);
                    id = to;
                }
                Kind::Volatile { to } => {
                    self.qualify("volatile", to, &mut prefix, &mut inner);
                    id = to;
                }
                Kind::Restrict { to } | Kind::TypeTag { to, .. } => id = to,
                base => return join(&prefix, &base_name(base), &inner),
            }
        }
        join(&prefix, "…", &inner)
    }

    /// Puts a qualifier where C has it: behind the star of a pointer, else in front of all.
    fn qualify(&self, word: &str, to: TypeId, prefix: &mut String, inner: &mut String) {
        if matches!(self.kind(to), Some(Kind::Ptr { .. })) {
            let space = if inner.is_empty() { "" } else { " " };
            *inner = format!("{word}{space}{inner}");
        } else {
            prefix.push_str(word);
            prefix.push(' ');
        }
    }
}

/// A base type and its declarator.
fn join(prefix: &str, base: &str, inner: &str) -> String {
    let space = if inner.is_empty() || inner.starts_with('[') { "" } else { " " };
    format!("{prefix}{base}{space}{inner}")
}

/// The name of a type that is no pointer, array, function type or qualifier.
fn base_name(kind: Kind<'_>) -> String {
    let tagged = |keyword: &str, name: &str| {
        let name = if name.is_empty() { "{…}" } else { name };
        format!("{keyword} {name}")
    };
    match kind {
        Kind::Struct { name, .. } | Kind::Fwd { name, is_union: false } => tagged("struct", name),
        Kind::Union { name, .. } | Kind::Fwd { name, is_union: true } => tagged("union", name),
        Kind::Enum { name, .. } | Kind::Enum64 { name, .. } => tagged("enum", name),
        Kind::Int { name, .. } => usual(name).to_owned(),
        Kind::Void => "void".to_owned(),
        kind => own_name(kind).unwrap_or_default().to_owned(),
    }
}

/// The name that stands in the type itself; `None` for kinds that have none.
pub(super) fn own_name(kind: Kind<'_>) -> Option<&str> {
    match kind {
        Kind::Int { name, .. }
        | Kind::Struct { name, .. }
        | Kind::Union { name, .. }
        | Kind::Enum { name, .. }
        | Kind::Enum64 { name, .. }
        | Kind::Fwd { name, .. }
        | Kind::Typedef { name, .. }
        | Kind::TypeTag { name, .. }
        | Kind::DeclTag { name, .. }
        | Kind::Func { name, .. }
        | Kind::Var { name, .. }
        | Kind::DataSec { name, .. }
        | Kind::Float { name, .. } => Some(name),
        _ => None,
    }
}

/// How people write the integer type that a compiler calls `name`.
pub fn usual(name: &str) -> &str {
    canonical(name).unwrap_or(name)
}

/// The names under which BTF may hold the integer type `name`; none if it is not one of C's.
pub(super) fn spellings(name: &str) -> impl Iterator<Item = &'static str> {
    let usual = canonical(name);
    INTEGERS
        .iter()
        .filter(move |(spelling, _)| Some(*spelling) == usual)
        .flat_map(|(usual, gcc)| [*gcc, *usual])
}

/// The first spelling in [`INTEGERS`] of the type that `name` spells with words in any order.
fn canonical(name: &str) -> Option<&'static str> {
    let (mut long, mut short, mut char, mut int, mut wide) = (0, 0, 0, 0, 0);
    let (mut signed, mut unsigned) = (0, 0);
    for word in name.split_ascii_whitespace() {
        *match word {
            "long" => &mut long,
            "short" => &mut short,
            "char" => &mut char,
            "int" => &mut int,
            "__int128" => &mut wide,
            "signed" => &mut signed,
            "unsigned" => &mut unsigned,
            _ => return None,
        } += 1;
    }
    let usual = match (signed, unsigned, char, short, int, long, wide) {
        (0, 1, 1, 0, 0, 0, 0) => "unsigned char",
        (1, 0, 1, 0, 0, 0, 0) => "signed char",
        (0 | 1, 0, 0, 1, 0 | 1, 0, 0) => "short",
        (0, 1, 0, 1, 0 | 1, 0, 0) => "unsigned short",
        (0 | 1, 0, 0, 0, 1, 0, 0) | (1, 0, 0, 0, 0, 0, 0) => "int",
        (0, 1, 0, 0, 0 | 1, 0, 0) => "unsigned int",
        (0 | 1, 0, 0, 0, 0 | 1, 1, 0) => "long",
        (0, 1, 0, 0, 0 | 1, 1, 0) => "unsigned long",
        (0 | 1, 0, 0, 0, 0 | 1, 2, 0) => "long long",
        (0, 1, 0, 0, 0 | 1, 2, 0) => "unsigned long long",
        (0 | 1, 0, 0, 0, 0, 0, 1) => "__int128",
        (0, 1, 0, 0, 0, 0, 1) => "unsigned __int128",
        _ => return None,
    };
    Some(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_types_are_known_in_every_spelling() {
        for (asked, usual, gcc) in [
            ("unsigned long", "unsigned long", "long unsigned int"),
            ("unsigned long int", "unsigned long", "long unsigned int"),
            ("long unsigned int", "unsigned long", "long unsigned int"),
            ("long long", "long long", "long long int"),
            ("signed", "int", "int"),
            ("unsigned", "unsigned int", "unsigned int"),
            ("short  int", "short", "short int"),
            ("int short unsigned", "unsigned short", "short unsigned int"),
            ("unsigned __int128", "unsigned __int128", "__int128 unsigned"),
        ] {
            assert_eq!(canonical(asked), Some(usual), "{asked}");
            assert_eq!(spellings(asked).next(), Some(gcc), "{asked}");
        }
        for wrong in ["", "u32", "long char", "long long long", "unsigned signed", "char"] {
            assert_eq!(canonical(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_usual_spelling_leads_to_itself() {
        for (usual, gcc) in INTEGERS {
            assert_eq!(canonical(usual), Some(usual));
            assert_eq!(canonical(gcc), Some(usual));
        }
    }
}
