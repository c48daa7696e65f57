//! The table of hook kinds: how each is written and what it needs of a kernel.

mod attach_to;

pub use attach_to::AttachTo;

/// Which kind of place in the kernel or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookKind {
    /// A kernel function's entry, or an instruction in it.
    Kprobe,
    /// A kernel function's return.
    Kretprobe,
    /// One event a call of a kernel function.
    Func,
    /// A static tracepoint.
    Tracepoint,
    /// One event a system call.
    Syscall,
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
    /// A system call, without `sys_enter_`.
    Syscall(String),
}
