//! The tracepoint formats of a recorded kernel, as that kernel writes them.
//!
//! In and out: the part `TRCP` of a snapshot. For each tracepoint, sorted: `category:name`, a newline,
//! the lines of its `format` file up to the print format, and a NUL. Text, because kernels differ in
//! the fields that every record begins with, and one parser must know that.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::facts::{TracepointFormat, tracepoint};
use crate::hook::matches;

/// The table of formats.
#[derive(Debug)]
pub struct Formats {
    text: String,
    entries: Vec<Entry>,
}

/// One tracepoint; ranges are of the table's text.
#[derive(Debug)]
struct Entry {
    full: Range<usize>,
    format: Range<usize>,
    parsed: OnceLock<Result<Arc<TracepointFormat>, String>>,
}

/// Adds one tracepoint to a part; they must come sorted.
pub fn encode(part: &mut Vec<u8>, full: &str, format: &str) {
    let end = format.find("print fmt:").unwrap_or(format.len());
    part.extend(full.as_bytes());
    part.push(b'\n');
    part.extend(format.as_bytes().get(..end).unwrap_or_default());
    part.push(0);
}

impl Formats {
    /// Takes the part apart; `None` if it is no such table.
    pub fn decode(part: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(part).ok()?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let end = at + text.get(at..)?.find('\0')?;
            let line = at + text.get(at..end)?.find('\n')?;
            let entry = Entry { full: at..line, format: line + 1..end, parsed: OnceLock::new() };
            entries.push(entry);
            at = end + 1;
        }
        Some(Self { text, entries })
    }

    fn full(&self, entry: &Entry) -> &str {
        self.text.get(entry.full.clone()).unwrap_or_default()
    }

    /// The format of one tracepoint, `None` if there is none of that name; or the line that cannot be
    /// understood.
    pub fn get(&self, category: &str, name: &str) -> Option<Result<Arc<TracepointFormat>, String>> {
        let wanted = format!("{category}:{name}");
        let found = self.entries.binary_search_by(|entry| self.full(entry).cmp(&wanted)).ok()?;
        let entry = self.entries.get(found)?;
        let parse = || {
            let format = self.text.get(entry.format.clone()).unwrap_or_default();
            tracepoint::parse(category, format).map(Arc::new)
        };
        Some(entry.parsed.get_or_init(parse).clone())
    }

    /// The `category:name` of every tracepoint whose category fits the glob, sorted.
    pub fn names(&self, category: &str) -> Vec<String> {
        let fits =
            |full: &&str| full.split_once(':').is_some_and(|(folder, _)| matches(category, folder));
        self.entries.iter().map(|entry| self.full(entry)).filter(fits).map(Into::into).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What RHEL 8 and 9 write (kernel-rt and those with lazy preemption): one more common field, which
    /// moves all others.
    const SHIFTED: &str = "\
name: sys_enter_write
ID: 711
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;
\tfield:unsigned char common_preempt_lazy_count;\toffset:8;\tsize:1;\tsigned:0;

\tfield:int __syscall_nr;\toffset:12;\tsize:4;\tsigned:1;
\tfield:unsigned int fd;\toffset:16;\tsize:8;\tsigned:0;

print fmt: \"fd: 0x%08lx\", ((unsigned long)(REC->fd))
";

    #[test]
    fn formats_are_kept_as_they_are() {
        let mut part = Vec::new();
        encode(&mut part, "a:broken", "name: broken\n\tfield:what\n");
        encode(&mut part, "syscalls:sys_enter_write", SHIFTED);
        let table = Formats::decode(part).unwrap();
        assert!(!table.text.contains("print fmt"));
        let format = table.get("syscalls", "sys_enter_write").unwrap().unwrap();
        assert_eq!(Ok(&*format), tracepoint::parse("syscalls", SHIFTED).as_ref());
        let field = |name: &str| format.fields.iter().find(|f| f.name == name).unwrap().offset;
        assert_eq!((format.id, field("common_preempt_lazy_count"), field("fd")), (711, 8, 16));
        assert_eq!(field("__syscall_nr"), 12);
        assert_eq!(table.get("a", "broken").unwrap(), Err("field:what".to_owned()));
        assert_eq!(table.get("a", "none"), None);
        assert_eq!(table.names("*"), ["a:broken", "syscalls:sys_enter_write"]);
        assert_eq!(table.names("s*"), ["syscalls:sys_enter_write"]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for part in [&b"a:b"[..], b"a:b\0", b"a:b\nname: b", b"a:\xff\n\0"] {
            assert!(Formats::decode(part.to_vec()).is_none(), "{part:?}");
        }
        assert!(Formats::decode(Vec::new()).unwrap().names("*").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "([a-z:\n\0\tä;]|field|name: |offset:)*") {
            if let Some(table) = Formats::decode(text.into_bytes()) {
                for full in table.names("*") {
                    let (category, name) = full.split_once(':').unwrap();
                    let _ = table.get(category, name);
                }
            }
        }
    }
}
