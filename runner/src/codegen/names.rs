//! Names of the config to names of Rust: valid, apart from each other, and never a keyword or
//! something that the support library already names.

use std::collections::HashSet;

/// Rust's keywords, and the parts that every record may have.
const RESERVED: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "Self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "_",
    "head", "nulls", "saved", "tail",
];

/// What a function's text names besides: a variable of that name would hide it.
const FUNCTIONS: &[&str] = &[
    "call",
    "comm",
    "cpu",
    "ctx",
    "div_s64",
    "div_u64",
    "element",
    "gid",
    "glob",
    "in_family",
    "is_self",
    "is_wanted",
    "kernel",
    "kernel_bits",
    "kernel_signed_bits",
    "kernel_signed_wide_bits",
    "kernel_str_is",
    "kernel_str_starts_with",
    "kernel_wide_bits",
    "latency",
    "literal",
    "now",
    "opaque",
    "own_str_is",
    "own_str_starts_with",
    "pid",
    "postponed",
    "quotient",
    "record",
    "rem_s64",
    "rem_u64",
    "require",
    "require_or_postpone",
    "rest",
    "task",
    "tid",
    "uid",
    "user",
    "user_bits",
    "user_signed_bits",
    "user_signed_wide_bits",
    "user_str_is",
    "user_str_starts_with",
    "user_wide_bits",
];

/// Names that were given out in one scope.
#[derive(Debug, Clone, Default)]
pub struct Names {
    given: HashSet<String>,
    variables: bool,
}

impl Names {
    /// A scope of variables; the default is one of items or fields.
    pub fn of_variables() -> Self {
        Self { given: HashSet::new(), variables: true }
    }

    /// `wanted`, or as near to it as is free.
    pub fn unique(&mut self, wanted: &str) -> String {
        let mut name = match wanted {
            "" => "value".to_owned(),
            _ if wanted.starts_with(|c: char| c.is_ascii_digit()) => format!("_{wanted}"),
            _ => wanted.to_owned(),
        };
        if self.variables {
            name = of_variable(&name);
        }
        let hides = self.variables && FUNCTIONS.contains(&name.as_str());
        if hides || RESERVED.contains(&name.as_str()) {
            name.push('_');
        }
        let stem = name.clone();
        let mut number = 2;
        while !self.given.insert(name.clone()) {
            name = format!("{stem}_{number}");
            number += 1;
        }
        name
    }
}

/// `name` so that a variable may have it: constants, maps and types begin with a capital or have no
/// letters at all, and would be taken for a pattern; the kernel's offsets have `__` in their names.
fn of_variable(name: &str) -> String {
    let first = name.chars().find(char::is_ascii_alphabetic);
    let name = match first {
        None => format!("value{name}"),
        Some(first) if first.is_ascii_uppercase() => name.to_ascii_lowercase(),
        Some(_) => name.to_owned(),
    };
    match name.contains("__") {
        true => name.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_"),
        false => name,
    }
}

/// `slow_read` as a type's name: `SlowRead`.
pub fn camel(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(chars).collect::<String>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_and_library_names_are_stepped_around() {
        let mut names = Names::default();
        assert_eq!(names.unique("pid"), "pid");
        let mut names = Names::of_variables();
        assert_eq!(names.unique("type"), "type_");
        assert_eq!(names.unique("pid"), "pid_");
        assert_eq!(names.unique("pid"), "pid__2");
        assert_eq!(names.unique("filename"), "filename");
        assert_eq!(names.unique(""), "value");
        assert_eq!(names.unique("_0"), "value_0");
        assert_eq!(names.unique("EVENTS"), "events");
        assert_eq!(names.unique("_Some"), "_some");
        assert_eq!(names.unique("filename__name"), "filename_name");
        assert_eq!(names.unique("__"), "value_2");
        assert_eq!(names.unique("Self"), "self_");
        let mut names = Names::default();
        assert_eq!(names.unique("Self"), "Self_");
        assert_eq!(names.unique("0"), "_0");
        assert_eq!(names.unique(""), "value");
    }

    #[test]
    fn camel_case() {
        assert_eq!(camel("slow_read"), "SlowRead");
        assert_eq!(camel("__x64_sys"), "X64Sys");
        assert_eq!(camel("_"), "");
    }
}
