//! What `runner list` looks for: `kprobe:*unlink*`, `*unlink*`, `usdt:libc:*`.
//!
//! In: one text. Out: the hook kinds that it means, and what their targets have to fit.

use crate::diag::{Code, Diagnostic, Span, one_of};
use crate::hook::{Form, KINDS, Row, is_glob, matches};

/// What is looked for.
#[derive(Debug)]
pub struct Pattern {
    /// The hook kinds, in the order of the documentation; at least one.
    pub kinds: Vec<&'static Row>,
    /// What the target has to fit.
    pub target: String,
}

impl Pattern {
    /// Parses `text`: `KIND:GLOB` (the kind may be a glob, too), a glob alone, which stands for all
    /// kinds of hook in the kernel, or a kind alone, which stands for all of that kind. Spans point
    /// into `text`.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        if let Some(row) = KINDS.iter().find(|row| row.name == text) {
            return Self::new(vec![row], "*", 0..text.len());
        }
        let Some((kind, target)) = text.split_once(':') else {
            let in_kernel = KINDS.iter().filter(|row| names_kernel(row.form)).collect();
            return Self::new(in_kernel, text, 0..text.len());
        };
        let kinds: Vec<_> = KINDS.iter().filter(|row| matches(kind, row.name)).collect();
        if kinds.is_empty() {
            let all: Vec<_> = KINDS.iter().map(|row| row.name).collect();
            let message = match is_glob(kind) {
                true => format!("no hook kind fits `{kind}`"),
                false => format!("there is no hook kind `{kind}`"),
            };
            let span = Span::new(0, kind.len());
            return Err(Diagnostic::error(Code::UnknownHookKind, span, message).help(one_of(
                kind,
                "the kinds are",
                &all,
            )));
        }
        Self::new(kinds, target, kind.len() + 1..text.len())
    }

    fn new(
        kinds: Vec<&'static Row>,
        target: &str,
        place: std::ops::Range<usize>,
    ) -> Result<Self, Diagnostic> {
        let span = Span::new(place.start, place.end);
        if target.is_empty() {
            return Err(Diagnostic::error(Code::BadHook, span, "the pattern is empty")
                .help("`*` stands for any run of characters, `?` for any one"));
        }
        // Programs and libraries are not searched for: one has to be named.
        if let Some(row) = kinds.iter().find(|row| in_program(row.form))
            && (target.starts_with(':') || is_glob(target.split(':').next().unwrap_or_default()))
        {
            let message = "the program or library has to be named";
            return Err(Diagnostic::error(Code::BadHook, span, message)
                .help(format!("for example `{}`", example(row))));
        }
        Ok(Self { kinds, target: target.to_owned() })
    }
}

/// Whether hooks of that form are in programs and libraries.
pub fn in_program(form: Form) -> bool {
    matches!(form, Form::Symbol | Form::SymbolOffset | Form::StaticProbe)
}

/// Whether hooks of that form are names in the kernel.
fn names_kernel(form: Form) -> bool {
    !in_program(form) && form != Form::Pace
}

fn example(row: &Row) -> String {
    match row.form {
        Form::StaticProbe => "usdt:libc:*:*".into(),
        _ => format!("{}:libc:*alloc*", row.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Vec<&'static str>, String) {
        let pattern = Pattern::parse(text).expect(text);
        (pattern.kinds.iter().map(|row| row.name).collect(), pattern.target)
    }

    #[test]
    fn kinds_are_named_or_globs_or_those_of_the_kernel() {
        assert_eq!(parsed("kprobe:*unlink*"), (vec!["kprobe"], "*unlink*".into()));
        assert_eq!(parsed("k*probe:x").0, ["kprobe", "kretprobe"]);
        assert_eq!(parsed("u*probe:libc:mal*"), (vec!["uprobe", "uretprobe"], "libc:mal*".into()));
        assert_eq!(parsed("profile"), (vec!["profile"], "*".into()));
        let (kinds, target) = parsed("*unlink*");
        assert_eq!(target, "*unlink*");
        assert_eq!(
            kinds,
            [
                "kprobe",
                "kretprobe",
                "fentry",
                "fexit",
                "func",
                "tracepoint",
                "raw_tracepoint",
                "syscall",
                "software",
                "hardware"
            ]
        );
    }

    #[test]
    fn faults_say_what_there_is() {
        for (text, code, said) in [
            ("kprob:x", Code::UnknownHookKind, "did you mean `kprobe`?"),
            ("zz*:x", Code::UnknownHookKind, "the kinds are"),
            ("kprobe:", Code::BadHook, "any run"),
            ("", Code::BadHook, "any run"),
            ("uprobe", Code::BadHook, "uprobe:libc:*alloc*"),
            ("uprobe:lib*:malloc", Code::BadHook, "uprobe:libc:*alloc*"),
            ("usdt:*", Code::BadHook, "usdt:libc:*:*"),
        ] {
            let fault = Pattern::parse(text).expect_err(text);
            assert_eq!(fault.code, code, "{text}");
            assert!(fault.help.as_ref().unwrap().contains(said), "{text}: {:?}", fault.help);
        }
    }
}
