//! `kind:target` to a [`Hook`]; a placeholder without checks of the target.

use std::ops::Range;

use super::{Hook, HookKind, Target};
use crate::diag::{Code, Diagnostic, Span};

/// Parses `text`; `at` turns a byte range of it into its place in the file.
pub fn parse(text: &str, at: &dyn Fn(Range<usize>) -> Span) -> Result<Hook, Diagnostic> {
    let bad = || Diagnostic::error(Code::BadHook, at(0..text.len()), "a hook is `kind:target`");
    let (kind, target) = text.split_once(':').ok_or_else(bad)?;
    let function = || Target::Function { name: target.to_string(), offset: 0 };
    let (kind, target) = match kind {
        "kprobe" => (HookKind::Kprobe, function()),
        "kretprobe" => (HookKind::Kretprobe, function()),
        "func" => (HookKind::Func, function()),
        "syscall" => (HookKind::Syscall, Target::Syscall(target.to_string())),
        "tracepoint" => {
            let (category, name) = target.split_once(':').ok_or_else(bad)?;
            let (category, name) = (category.to_string(), name.to_string());
            (HookKind::Tracepoint, Target::Tracepoint { category, name })
        }
        _ => {
            let span = at(0..kind.len());
            return Err(Diagnostic::error(Code::UnknownHookKind, span, "unknown hook kind"));
        }
    };
    Ok(Hook { kind, target })
}
