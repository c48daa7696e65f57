//! The table of hook kinds: how each is written and what it needs of a kernel.

mod attach_to;
mod glob;
mod parse;
mod sampling;
mod user;

use std::fmt;

pub use attach_to::{AttachTo, UserAt};
pub use glob::{fits, is_glob, matches};
pub use parse::parse;
pub use sampling::{COUNTERS, Counter, Pace, Sampling, units};

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
    /// An instruction of a program or library.
    Uprobe,
    /// A function's return in a program or library.
    Uretprobe,
    /// One event a call of a function in a program or library.
    Ufunc,
    /// A static probe of a program or library.
    Usdt,
    /// By the clock, on every processor.
    Profile,
    /// By the clock, on one processor.
    Interval,
    /// By what the kernel counts.
    Software,
    /// By what the processor counts.
    Hardware,
}

/// How one [`HookKind`] is written.
#[derive(Debug)]
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
    /// `BINARY:SYMBOL`, globs allowed, or `BINARY:0xOFFSET`.
    Symbol,
    /// The same and `BINARY:SYMBOL+OFFSET`.
    SymbolOffset,
    /// `BINARY:PROVIDER:NAME`.
    StaticProbe,
    /// `UNIT:COUNT`.
    Pace,
    /// `EVENT` or `EVENT:COUNT`.
    Counter,
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
    Row {
        kind: HookKind::Uprobe,
        name: "uprobe",
        form: Form::SymbolOffset,
        example: "uprobe:libc:malloc",
        meaning: "a function's entry in a program or library, or the instruction at an offset",
    },
    Row {
        kind: HookKind::Uretprobe,
        name: "uretprobe",
        form: Form::Symbol,
        example: "uretprobe:/bin/bash:readline",
        meaning: "a function's return in a program or library",
    },
    Row {
        kind: HookKind::Ufunc,
        name: "ufunc",
        form: Form::Symbol,
        example: "ufunc:libc:malloc",
        meaning: "one event a call of a function in a program or library",
    },
    Row {
        kind: HookKind::Usdt,
        name: "usdt",
        form: Form::StaticProbe,
        example: "usdt:libc:libc:setjmp",
        meaning: "a static probe that a program or library was built with",
    },
    Row {
        kind: HookKind::Profile,
        name: "profile",
        form: Form::Pace,
        example: "profile:hz:99",
        meaning: "what runs on every processor, so many times a second; pid 0 is an idle one",
    },
    Row {
        kind: HookKind::Interval,
        name: "interval",
        form: Form::Pace,
        example: "interval:s:1",
        meaning: "the clock: one event each time, whatever runs; not restricted by `-p`",
    },
    Row {
        kind: HookKind::Software,
        name: "software",
        form: Form::Counter,
        example: "software:page-faults:100",
        meaning: "each time a processor has counted so many of an event of the kernel's",
    },
    Row {
        kind: HookKind::Hardware,
        name: "hardware",
        form: Form::Counter,
        example: "hardware:cpu-cycles:1000000",
        meaning: "each time a processor has counted so many of an event of its own",
    },
];

impl HookKind {
    /// This kind's row of [`KINDS`].
    pub fn row(self) -> &'static Row {
        // A kind without a row would be a slip in this file; a test looks for it.
        KINDS.iter().find(|row| row.kind == self).unwrap_or(&KINDS[0])
    }
}

impl Hook {
    /// Whether programs run when nothing of the function has: its arguments are where its caller put
    /// them.
    pub fn is_entry(&self) -> bool {
        match &self.target {
            Target::Function { offset, .. } => *offset == 0,
            Target::User { place: UserPlace::Symbol { offset: 0, .. }, .. } => true,
            Target::User { .. } => self.kind == HookKind::Ufunc,
            _ => false,
        }
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
            Target::User { binary, place } => write!(f, "{kind}:{binary}:{place}"),
            Target::StaticProbe { binary, provider, name } => {
                write!(f, "{kind}:{binary}:{provider}:{name}")
            }
            Target::Sampling(sampling) => sampling.fmt(f),
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
    /// A place in a program or library.
    User {
        /// A path, or a bare name to look up.
        binary: String,
        /// Where in it.
        place: UserPlace,
    },
    /// A static probe of a program or library.
    StaticProbe {
        /// A path, or a bare name to look up.
        binary: String,
        /// Who made the probe.
        provider: String,
        /// Its name.
        name: String,
    },
    /// By the clock or a count.
    Sampling(Sampling),
}

/// A place in a binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserPlace {
    /// A function, or an instruction in it.
    Symbol {
        /// As the linker or the source has it.
        name: String,
        /// Bytes from its start.
        offset: u64,
    },
    /// So many bytes into the file.
    File(u64),
}

impl fmt::Display for UserPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Symbol { name, offset: 0 } => f.write_str(name),
            Self::Symbol { name, offset } => write!(f, "{name}+{offset:#x}"),
            Self::File(offset) => write!(f, "{offset:#x}"),
        }
    }
}
