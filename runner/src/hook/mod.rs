//! The table of hook kinds: how each is written and what it needs of a kernel.

mod attach_to;
mod glob;
mod parse;

use std::fmt;

pub use attach_to::AttachTo;
pub use glob::{is_glob, matches};
pub use parse::parse;

/// The most places that one hook is attached to unasked.
pub const ATTACH_MAX: usize = 1000;

/// Which kind of place in the kernel or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookKind {
    /// A kernel function's entry, or an instruction in it.
    Kprobe,
    /// A kernel function's return.
    Kretprobe,
    /// A kernel function's entry, by way of a trampoline.
    Fentry,
    /// A kernel function's return, by way of a trampoline.
    Fexit,
    /// One event a call of a kernel function.
    Func,
    /// A static tracepoint.
    Tracepoint,
    /// A static tracepoint with the kernel's own arguments.
    RawTracepoint,
    /// One event a system call.
    Syscall,
}

/// How one [`HookKind`] is written.
pub struct Row {
    /// The kind.
    pub kind: HookKind,
    /// The part before the first colon.
    pub name: &'static str,
    /// The form of what follows.
    pub form: Form,
    /// One whole hook, for messages.
    pub example: &'static str,
    /// What it observes, one line.
    pub meaning: &'static str,
}

/// The forms of a hook's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `FUNC`.
    Function,
    /// `FUNC` or `FUNC+OFFSET`.
    FunctionOffset,
    /// `CATEGORY:NAME`, globs allowed.
    Tracepoint,
    /// `NAME`, globs allowed.
    RawTracepoint,
    /// `NAME`.
    Syscall,
}

/// Every hook kind, in the order of the documentation.
pub const KINDS: &[Row] = &[
    Row {
        kind: HookKind::Kprobe,
        name: "kprobe",
        form: Form::FunctionOffset,
        example: "kprobe:do_unlinkat",
        meaning: "a kernel function's entry, or the instruction at an offset in it",
    },
    Row {
        kind: HookKind::Kretprobe,
        name: "kretprobe",
        form: Form::Function,
        example: "kretprobe:do_unlinkat",
        meaning: "a kernel function's return",
    },
    Row {
        kind: HookKind::Fentry,
        name: "fentry",
        form: Form::Function,
        example: "fentry:do_unlinkat",
        meaning: "a kernel function's entry, by way of a trampoline: cheaper than a kprobe",
    },
    Row {
        kind: HookKind::Fexit,
        name: "fexit",
        form: Form::Function,
        example: "fexit:do_unlinkat",
        meaning: "a kernel function's return, by way of a trampoline: arguments and retval",
    },
    Row {
        kind: HookKind::Func,
        name: "func",
        form: Form::Function,
        example: "func:do_unlinkat",
        meaning: "one event a call of a kernel function: entry arguments, retval and latency",
    },
    Row {
        kind: HookKind::Tracepoint,
        name: "tracepoint",
        form: Form::Tracepoint,
        example: "tracepoint:sched:sched_process_exec",
        meaning: "a static tracepoint",
    },
    Row {
        kind: HookKind::RawTracepoint,
        name: "raw_tracepoint",
        form: Form::RawTracepoint,
        example: "raw_tracepoint:sched_switch",
        meaning: "a static tracepoint with the arguments that the kernel passes to it",
    },
    Row {
        kind: HookKind::Syscall,
        name: "syscall",
        form: Form::Syscall,
        example: "syscall:unlinkat",
        meaning: "one event a system call: arguments, retval and latency",
    },
];

impl HookKind {
    /// This kind's row of [`KINDS`].
    pub fn row(self) -> &'static Row {
        // A kind without a row would be a slip in this file; a test looks for it.
        KINDS.iter().find(|row| row.kind == self).unwrap_or(&KINDS[0])
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.row().name;
        match &self.target {
            Target::Function { name, offset: 0 } => write!(f, "{kind}:{name}"),
            Target::Function { name, offset } => write!(f, "{kind}:{name}+{offset:#x}"),
            Target::Tracepoint { category, name } => write!(f, "{kind}:{category}:{name}"),
            Target::RawTracepoint(name) | Target::Syscall(name) => write!(f, "{kind}:{name}"),
        }
    }
}

/// One parsed `kind:target`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The part before the first colon.
    pub kind: HookKind,
    /// The rest.
    pub target: Target,
}

/// What a [`Hook`] points at. Names may hold `*` and `?` where the kind allows globs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A kernel function.
    Function {
        /// Its name.
        name: String,
        /// Bytes from its start; 0 for the entry.
        offset: u64,
    },
    /// A tracepoint.
    Tracepoint {
        /// The part before the colon, such as `sched`.
        category: String,
        /// The part after it, such as `sched_process_exec`.
        name: String,
    },
    /// A tracepoint by its name alone, such as `sched_switch`.
    RawTracepoint(String),
    /// A system call, without `sys_enter_`.
    Syscall(String),
}
