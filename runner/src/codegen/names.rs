//! Names of the config to names of Rust: valid, apart from each other, and never a keyword or
//! something that the support library already names.

use std::collections::HashSet;

/// Rust's keywords, and what the generated text itself uses.
const TAKEN: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "union", "unsafe",
    "unsized", "use", "virtual", "where", "while", "yield", "_", "attempt", "call", "comm", "cpu",
    "ctx", "gid", "head", "in_family", "is_self", "is_wanted", "kernel", "kernel_str_is", "latency",
    "literal", "now", "nulls", "opaque", "pid", "record", "require", "saved", "tail", "task", "tid",
    "uid", "user", "user_str_is",
];

/// Names that were given out in one scope.
#[derive(Debug, Clone, Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// `wanted`, or as near to it as is free.
    pub fn unique(&mut self, wanted: &str) -> String {
        let mut name = match wanted {
            "" => "value".to_owned(),
            _ if wanted.starts_with(|c: char| c.is_ascii_digit()) => format!("_{wanted}"),
            _ => wanted.to_owned(),
        };
        if TAKEN.contains(&name.as_str()) {
            name.push('_');
        }
        let stem = name.clone();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{stem}_{number}");
            number += 1;
        }
        name
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
        assert_eq!(names.unique("type"), "type_");
        assert_eq!(names.unique("pid"), "pid_");
        assert_eq!(names.unique("pid"), "pid__2");
        assert_eq!(names.unique("filename"), "filename");
        assert_eq!(names.unique(""), "value");
        assert_eq!(names.unique("0"), "_0");
    }

    #[test]
    fn camel_case() {
        assert_eq!(camel("slow_read"), "SlowRead");
        assert_eq!(camel("__x64_sys"), "X64Sys");
        assert_eq!(camel("_"), "");
    }
}
