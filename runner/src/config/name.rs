//! Names of configs, probes and fields: what is allowed, and names made up where none is given.

use std::collections::{HashMap, HashSet};

use crate::diag::{Code, Diagnostic, Span, clip};

/// The longest name, in bytes.
pub const MAX_NAME: usize = 64;
/// Names that every event has; no field may take them.
pub const RESERVED: [&str; 2] = ["ts", "probe"];

/// Whether `text` is `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_identifier(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What is wrong with `name` as the name of `what`, if anything.
pub fn check(name: &str, what: &str, span: Span) -> Result<(), Diagnostic> {
    if name.is_empty() {
        return Err(Diagnostic::error(Code::BadName, span, format!("the name of {what} is empty")));
    }
    if !is_identifier(name) {
        let suggestion = sanitised(name);
        let fault = Diagnostic::error(
            Code::BadName,
            span,
            format!("`{}` is no name for {what}", clip(name)),
        )
        .note("names are letters, digits and `_`, and do not start with a digit");
        return Err(match suggestion.as_str() {
            "" => fault,
            better => fault.help(format!("write `{better}`")),
        });
    }
    if name.len() > MAX_NAME {
        let message = format!("the name of {what} is longer than {MAX_NAME} bytes");
        return Err(Diagnostic::error(Code::BadName, span, message));
    }
    Ok(())
}

/// As [`check`], for fields.
pub fn check_field(name: &str, span: Span) -> Result<(), Diagnostic> {
    if RESERVED.contains(&name) {
        return Err(Diagnostic::error(Code::BadName, span, format!("`{name}` is a reserved name"))
            .note("every event has `ts`, its time, and `probe`, the name of its probe")
            .help(format!("write `{name}_`, or another name")));
    }
    check(name, "a field", span)
}

/// `text` with everything that names may not hold turned into `_`; empty if nothing is left.
pub fn sanitised(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name.truncate(MAX_NAME);
    name
}

/// The default name of a config: the stem of its file, `stdin` for `-`.
pub fn of_file(path: &str) -> String {
    let stem = std::path::Path::new(path).file_stem().and_then(|stem| stem.to_str());
    match stem.map(sanitised).as_deref() {
        _ if path == "-" => "stdin".to_string(),
        Some("") | None => "config".to_string(),
        Some(name) => name.to_string(),
    }
}

/// The default name of a probe, from the text of its first hook: `kprobe:do_unlinkat+4` gives
/// `do_unlinkat`, `profile:hz:99` gives `profile_hz_99`.
pub fn of_hook(hook: &str) -> String {
    let target = hook.rsplit(':').next().unwrap_or_default();
    let target = target.split('+').next().unwrap_or_default();
    let target = target.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let text = if target.starts_with(|c: char| c.is_ascii_digit()) { hook } else { target };
    match sanitised(text).as_str() {
        "" => "probe".to_string(),
        name => name.to_string(),
    }
}

/// Made-up names that differ from each other and from those given.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
    /// The number to try next for a name that was taken.
    next: HashMap<String, u64>,
}

impl Names {
    /// None but those `given` are taken.
    pub fn new(given: impl IntoIterator<Item = String>) -> Self {
        Self { taken: given.into_iter().collect(), next: HashMap::new() }
    }

    /// `name`, or `name_2`, `name_3` and so on, whichever is not taken yet; then that is taken.
    pub fn unique(&mut self, name: &str) -> String {
        let mut found = name.to_string();
        let stem = name.get(..MAX_NAME - 8).unwrap_or(name);
        let next = self.next.entry(name.to_string()).or_insert(2);
        while !self.taken.insert(found.clone()) {
            found = format!("{stem}_{next}");
            *next += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        assert!(is_identifier("_a9") && is_identifier("X"));
        assert!(!is_identifier("") && !is_identifier("9a") && !is_identifier("a-b"));
        assert!(!is_identifier("ä"));
    }

    #[test]
    fn default_names() {
        assert_eq!(of_hook("kprobe:do_unlinkat+4"), "do_unlinkat");
        assert_eq!(of_hook("tracepoint:syscalls:sys_enter_write"), "sys_enter_write");
        assert_eq!(of_hook("kprobe:vfs_*"), "vfs_");
        assert_eq!(of_hook("profile:hz:99"), "profile_hz_99");
        assert_eq!(of_hook("::"), "probe");
        assert_eq!(of_file("configs/my-probe.v2.yaml"), "my_probe_v2");
        assert_eq!(of_file("-"), "stdin");
        assert_eq!(of_file("/"), "config");
    }

    #[test]
    fn unique_names_stay_within_the_limit() {
        let long = "x".repeat(MAX_NAME);
        let mut names = Names::new(["a".to_string(), "a_2".to_string(), long.clone()]);
        assert_eq!(names.unique("a"), "a_3");
        assert_eq!(names.unique("a"), "a_4");
        assert_eq!(names.unique("b"), "b");
        assert!(check(&names.unique(&long), "a probe", Span::new(0, 0)).is_ok());
    }
}
