//! `kind:target` to a [`Hook`]. Knows how hooks are written, not which ones a kernel has.

use std::ops::Range;

use super::{Form, Hook, HookKind, KINDS, Row, Sampling, Target, sampling, user};
use crate::diag::{Code, Diagnostic, Span, one_of};

/// The longest name of a function or tracepoint that the kernel takes (`KSYM_NAME_LEN`).
const NAME_MAX: usize = 511;

/// Parses one hook. `at` maps a byte range of `text` to its place in the file.
pub fn parse(text: &str, at: &dyn Fn(Range<usize>) -> Span) -> Result<Hook, Diagnostic> {
    let Some((kind, target)) = text.split_once(':') else {
        return Err(without_kind(text, at(0..text.len())));
    };
    let Some(row) = KINDS.iter().find(|row| row.name == kind) else {
        let kinds: Vec<_> = KINDS.iter().map(|row| row.name).collect();
        return Err(Diagnostic::error(
            Code::UnknownHookKind,
            at(0..kind.len()),
            format!("there is no hook kind `{kind}`"),
        )
        .help(one_of(kind, "the kinds are", &kinds)));
    };
    let start = kind.len() + 1;
    let parser = Parser { row, text, start, at };
    let target = match row.form {
        Form::Function => {
            Target::Function { name: parser.name(start..text.len(), target, "*?")?, offset: 0 }
        }
        Form::FunctionOffset => parser.function_offset(target)?,
        Form::Tracepoint => parser.tracepoint(target)?,
        Form::RawTracepoint => {
            Target::RawTracepoint(parser.name(start..text.len(), target, "*?")?)
        }
        Form::Syscall => Target::Syscall(parser.name(start..text.len(), target, "*?")?),
        Form::Symbol | Form::SymbolOffset | Form::StaticProbe => {
            user::parse(row, text, start).map_err(|(range, why)| parser.fault(range, why))?
        }
        Form::Pace | Form::Counter => Target::Sampling(parser.sampling(target)?),
    };
    Ok(Hook { kind: row.kind, target })
}

fn without_kind(text: &str, span: Span) -> Diagnostic {
    let kinds = KINDS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
    Diagnostic::error(Code::BadHook, span, format!("`{text}` is not a hook"))
        .label("expected `kind:target`")
        .help(format!("for example `kprobe:{text}`; the kinds are: {kinds}"))
}

struct Parser<'a> {
    row: &'static Row,
    text: &'a str,
    start: usize,
    at: &'a dyn Fn(Range<usize>) -> Span,
}

impl Parser<'_> {
    fn fault(&self, range: Range<usize>, message: String) -> Diagnostic {
        Diagnostic::error(Code::BadHook, (self.at)(range), message)
            .help(format!("{} hooks are written like `{}`", self.row.name, self.row.example))
    }

    /// A kernel name; `globs` are the further characters allowed.
    fn name(&self, range: Range<usize>, name: &str, globs: &str) -> Result<String, Diagnostic> {
        if name.is_empty() {
            return Err(self.fault(range, format!("`{}` names nothing", self.text)));
        }
        if name.len() > NAME_MAX {
            let message = format!("a name of {} bytes is longer than the kernel's", name.len());
            return Err(self.fault(range, message));
        }
        // Compilers make names such as `foo.isra.0` and `foo$bar`.
        let fits = |c: char| c.is_ascii_alphanumeric() || "_.$".contains(c) || globs.contains(c);
        match name.char_indices().find(|(_, c)| !fits(*c)) {
            None => Ok(name.to_owned()),
            Some((index, c)) => {
                let from = range.start + index;
                let message = format!("`{}` cannot stand in a name", c.escape_default());
                Err(self.fault(from..from + c.len_utf8(), message))
            }
        }
    }

    fn sampling(&self, target: &str) -> Result<Sampling, Diagnostic> {
        let fault = |code, range, message| Diagnostic { code, ..self.fault(range, message) };
        match self.row.kind {
            HookKind::Profile => sampling::pace(target, self.start, &fault).map(Sampling::Profile),
            HookKind::Interval => {
                sampling::pace(target, self.start, &fault).map(Sampling::Interval)
            }
            kind => sampling::count(kind, target, self.start, &fault),
        }
    }

    fn function_offset(&self, target: &str) -> Result<Target, Diagnostic> {
        let Some((name, offset)) = target.split_once('+') else {
            let name = self.name(self.start..self.text.len(), target, "*?")?;
            return Ok(Target::Function { name, offset: 0 });
        };
        let range = self.start..self.start + name.len();
        // A glob with an offset would land inside unlike instructions.
        let name = self.name(range.clone(), name, "")?;
        let from = range.end + 1;
        let parsed = match offset.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => offset.parse(),
        };
        match parsed {
            Ok(offset) if offset <= u64::from(u32::MAX) => Ok(Target::Function { name, offset }),
            _ => Err(self.fault(
                from..self.text.len(),
                format!("`{offset}` is not an offset in bytes, such as 4 or 0x1c"),
            )),
        }
    }

    fn tracepoint(&self, target: &str) -> Result<Target, Diagnostic> {
        let Some((category, name)) = target.split_once(':') else {
            return Err(self.fault(
                self.start..self.text.len(),
                format!("`{target}` lacks the category or the name"),
            ));
        };
        let middle = self.start + category.len();
        // Categories may hold `-`: `ftrace`, `iwlwifi_msg`, but also `xhci-hcd`.
        let category = self.name(self.start..middle, category, "*?-")?;
        let name = self.name(middle + 1..self.text.len(), name, "*?-")?;
        Ok(Target::Tracepoint { category, name })
    }
}

#[cfg(test)]
mod tests {
    use super::super::HookKind;
    use super::*;

    fn parsed(text: &str) -> Result<Hook, Diagnostic> {
        parse(text, &|range| Span::new(range.start, range.end))
    }

    #[test]
    fn every_kind_has_a_row_whose_example_parses_and_prints_back() {
        for row in KINDS {
            let hook = parsed(row.example).expect(row.example);
            assert_eq!(hook.kind, row.kind);
            assert_eq!(hook.kind.row().name, row.name);
            assert_eq!(hook.to_string(), row.example);
        }
    }

    #[test]
    fn offsets_are_decimal_or_hexadecimal() {
        for text in ["kprobe:vfs_read+16", "kprobe:vfs_read+0x10"] {
            let hook = parsed(text).unwrap();
            assert_eq!(hook.kind, HookKind::Kprobe);
            let target = Target::Function { name: "vfs_read".into(), offset: 16 };
            assert_eq!(hook.target, target);
        }
    }

    #[test]
    fn faults_point_at_the_guilty_part() {
        for (text, code, span) in [
            ("do_unlinkat", Code::BadHook, 0..11),
            ("kprob:do_unlinkat", Code::UnknownHookKind, 0..5),
            ("kprobe:", Code::BadHook, 7..7),
            ("kprobe:a b", Code::BadHook, 8..9),
            ("kprobe:a+", Code::BadHook, 9..9),
            ("kprobe:a+-1", Code::BadHook, 9..11),
            ("kprobe:vfs_*+4", Code::BadHook, 11..12),
            ("kretprobe:a+4", Code::BadHook, 11..12),
            ("tracepoint:sched", Code::BadHook, 11..16),
            ("tracepoint::x", Code::BadHook, 11..11),
            ("syscall:a/b", Code::BadHook, 9..10),
            ("uprobe:libc", Code::BadHook, 7..11),
            ("uprobe::malloc", Code::BadHook, 7..7),
            ("uprobe:libc:", Code::BadHook, 12..12),
            ("uprobe:libc:0xg", Code::BadHook, 12..15),
            ("uprobe:libc:a*+4", Code::BadHook, 12..16),
            ("uprobe:li\nbc:a", Code::BadHook, 9..10),
            ("uretprobe:libc:a+4", Code::BadHook, 15..18),
            ("usdt:libc:setjmp", Code::BadHook, 10..16),
            ("usdt:libc:libc:a b", Code::BadHook, 15..18),
        ] {
            let fault = parsed(text).expect_err(text);
            assert_eq!(fault.code, code, "{text}");
            assert_eq!(fault.span, Some(Span::new(span.start, span.end)), "{text}");
            assert!(fault.help.is_some(), "{text}");
        }
    }
}
