//! `/proc/kallsyms`: what functions there are in the kernel's image and its modules.
//!
//! In: the file's bytes. Out: names. Reads no file. Code that is made while the kernel runs (BPF
//! programs, ftrace's trampolines) and the padding before functions (`__pfx_…`) are left out: nothing
//! can be attached to them.

use std::collections::{HashMap, HashSet};

use memchr::{memchr_iter, memmem};

/// Whether `kallsyms` has a function called exactly `name`.
pub fn has(kallsyms: &[u8], name: &str) -> bool {
    let needle = format!(" {name}");
    memmem::find_iter(kallsyms, needle.as_bytes()).any(|at| {
        let start = memchr::memrchr(b'\n', &kallsyms[..at]).map_or(0, |newline| newline + 1);
        let end = memchr::memchr(b'\n', &kallsyms[at..]).map_or(kallsyms.len(), |len| at + len);
        function(&kallsyms[start..end]) == Some(name)
    })
}

/// All functions, sorted, without duplicates.
pub fn functions(kallsyms: &[u8]) -> Vec<&str> {
    let mut start = 0;
    let mut names: Vec<&str> = memchr_iter(b'\n', kallsyms)
        .chain([kallsyms.len()])
        .filter_map(|end| {
            let line = &kallsyms[start..end];
            start = (end + 1).min(kallsyms.len());
            function(line)
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Bytes from the start of the function `name` to the next symbol; `None` if addresses are hidden or
/// there are several functions of that name.
pub fn size(kallsyms: &[u8], name: &str) -> Option<u64> {
    let own = match addresses(kallsyms, &[name]).remove(name)?[..] {
        [only] if only > 0 => only,
        _ => return None,
    };
    let all = kallsyms.split(|byte| *byte == b'\n').filter_map(address);
    all.filter(|address| *address > own).min().map(|next| next - own)
}

/// A name of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The name.
    pub name: &'a str,
    /// How many functions have it.
    pub count: usize,
    /// As [`size`] gives it.
    pub size: Option<u64>,
}

/// All functions by name, sorted.
pub fn entries(kallsyms: &[u8]) -> Vec<Entry<'_>> {
    let lines = || kallsyms.split(|byte| *byte == b'\n');
    let mut starts: Vec<u64> = lines().filter_map(address).collect();
    starts.sort_unstable();
    let mut found: Vec<(&str, u64)> =
        lines().filter_map(|line| Some((function(line)?, address(line)?))).collect();
    found.sort_unstable();
    let size = |own: u64| {
        let next = starts.get(starts.partition_point(|start| *start <= own));
        next.filter(|_| own > 0).map(|next| next - own)
    };
    let same_name = found.chunk_by(|a, b| a.0 == b.0);
    same_name
        .map(|same| match same {
            [(name, own)] => Entry { name, count: 1, size: size(*own) },
            _ => {
                Entry { name: same.first().map_or("", |one| one.0), count: same.len(), size: None }
            }
        })
        .collect()
}

/// Where each of the functions `names` is.
pub fn addresses(kallsyms: &[u8], names: &[&str]) -> HashMap<String, Vec<u64>> {
    let wanted: HashSet<&str> = names.iter().copied().collect();
    let mut all: HashMap<String, Vec<u64>> = HashMap::new();
    for line in kallsyms.split(|byte| *byte == b'\n') {
        if let Some(name) = function(line).filter(|name| wanted.contains(name))
            && let Some(address) = address(line)
        {
            all.entry(name.to_owned()).or_default().push(address);
        }
    }
    all
}

/// The address that a line begins with.
fn address(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b' ').next()?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The function's name in one line: `ffffffff81000000 T name`, with `[module]` behind a tab.
fn function(line: &[u8]) -> Option<&str> {
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let (_address, kind, name) = (words.next()?, words.next()?, words.next()?);
    let made =
        words.next().is_some_and(|module| module == "[bpf]" || module.starts_with("[__builtin__"));
    let padding = name.starts_with("__pfx_");
    (matches!(kind, "t" | "T" | "w" | "W") && !made && !padding).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &[u8] = b"\
ffffffff81000000 T vfs_read
ffffffff80ffffff T __pfx_vfs_read
ffffffff81000010 t vfs_read.cold
ffffffff81000020 D vfs_data
ffffffff81000030 W weak
ffffffffc0000000 t in_module\t[ext4]
ffffffffc0000100 t bpf_prog_1234\t[bpf]
ffffffffc0000200 t tramp\t[__builtin__ftrace]
ffffffff81000040 t vfs_read";

    #[test]
    fn functions_are_told_from_data_and_from_what_is_made_later() {
        assert_eq!(functions(SAMPLE), ["in_module", "vfs_read", "vfs_read.cold", "weak"]);
        assert_eq!(functions(b""), [""; 0]);
    }

    #[test]
    fn entries_say_the_same_as_the_single_questions() {
        let entries = entries(SAMPLE);
        let names: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        assert_eq!(names, functions(SAMPLE));
        let addresses = addresses(SAMPLE, &names);
        for entry in entries {
            assert_eq!(entry.count, addresses[entry.name].len(), "{entry:?}");
            assert_eq!(entry.size, size(SAMPLE, entry.name), "{entry:?}");
        }
        let hidden = super::entries(b"0000000000000000 T a\n0000000000000000 T b\n");
        assert_eq!(hidden, ["a", "b"].map(|name| Entry { name, count: 1, size: None }));
    }

    #[test]
    fn one_function_is_found_by_its_whole_name() {
        for there in ["vfs_read", "vfs_read.cold", "weak", "in_module"] {
            assert!(has(SAMPLE, there), "{there}");
        }
        for absent in
            ["vfs_", "read", "__pfx_vfs_read", "vfs_data", "bpf_prog_1234", "", "T", "[ext4]"]
        {
            assert!(!has(SAMPLE, absent), "{absent}");
        }
        assert!(has(b"0 T twice.more\n0 T twice\n", "twice"));
    }
}
