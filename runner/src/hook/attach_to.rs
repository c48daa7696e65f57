//! Where a loaded program goes: one concrete place in the running kernel.
//!
//! `plan` makes these from a hook, the chosen alternative and the kernel's facts; `attach` has one
//! row for each variant. A place here is exact: no globs, no alternatives, no defaults.

use std::fmt;
use std::path::PathBuf;

use super::Sampling;

/// One place in the kernel that a program can be attached to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AttachTo {
    /// An instruction of a kernel function.
    Kprobe {
        /// The function.
        function: String,
        /// Bytes from its start; 0 for the entry.
        offset: u64,
    },
    /// The return of a kernel function.
    Kretprobe {
        /// The function.
        function: String,
    },
    /// The entries or returns of many kernel functions, in one link.
    KprobeMulti {
        /// Names and addresses.
        functions: Vec<(String, u64)>,
        /// At their returns.
        at_return: bool,
    },
    /// The entry of a kernel function, by way of a trampoline.
    Fentry {
        /// The function.
        function: String,
        /// Its number in the kernel's BTF.
        id: u32,
    },
    /// The return of a kernel function, by way of a trampoline.
    Fexit {
        /// The function.
        function: String,
        /// Its number in the kernel's BTF.
        id: u32,
    },
    /// A static tracepoint, with its formatted record as context.
    Tracepoint {
        /// Such as `syscalls`.
        category: String,
        /// Such as `sys_enter_write`.
        name: String,
        /// The number in its `id` file.
        id: u64,
    },
    /// A static tracepoint, with its raw arguments as context.
    RawTracepoint {
        /// Such as `sched_switch`.
        name: String,
    },
    /// An instruction of a program or library.
    Uprobe(UserAt),
    /// The return of a function in a program or library.
    Uretprobe(UserAt),
    /// Many places of one program or library, in one link.
    UprobeMulti {
        /// The places; at least one, all of one file.
        at: Vec<UserAt>,
        /// At the returns of the functions that start there.
        at_return: bool,
    },
    /// The perf events of a clock or a counter, on every processor where that is meant.
    PerfEvent(Sampling),
}

/// One place in a program or library.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserAt {
    /// The file.
    pub binary: PathBuf,
    /// Bytes from its start.
    pub offset: u64,
    /// What is there, for messages.
    pub name: String,
    /// Where in the file the counter is that must not be 0 for the probe to be reached.
    pub semaphore: Option<u64>,
}

impl AttachTo {
    /// The two halves of a link to many places, and how many the first has; `None` for one place.
    pub fn halves(&self) -> Option<(Self, Self, usize)> {
        let halve = |len: usize| (len > 1).then_some(len / 2);
        match self {
            Self::KprobeMulti { functions, at_return } => {
                let (a, b) = functions.split_at(halve(functions.len())?);
                let part = |functions: &[(String, u64)]| Self::KprobeMulti {
                    functions: functions.to_vec(),
                    at_return: *at_return,
                };
                Some((part(a), part(b), a.len()))
            }
            Self::UprobeMulti { at, at_return } => {
                let (a, b) = at.split_at(halve(at.len())?);
                let part =
                    |at: &[UserAt]| Self::UprobeMulti { at: at.to_vec(), at_return: *at_return };
                Some((part(a), part(b), a.len()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for AttachTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kprobe { function, offset: 0 } => write!(f, "kprobe:{function}"),
            Self::Kprobe { function, offset } => write!(f, "kprobe:{function}+{offset:#x}"),
            Self::Kretprobe { function } => write!(f, "kretprobe:{function}"),
            Self::KprobeMulti { functions, at_return } => {
                let kind = if *at_return { "kretprobe" } else { "kprobe" };
                match functions.as_slice() {
                    [] => write!(f, "{kind}:"),
                    [(only, _)] => write!(f, "{kind}:{only}"),
                    [(first, _), rest @ ..] => {
                        write!(f, "{kind}:{first} and {} more", rest.len())
                    }
                }
            }
            Self::Fentry { function, .. } => write!(f, "fentry:{function}"),
            Self::Fexit { function, .. } => write!(f, "fexit:{function}"),
            Self::Tracepoint { category, name, .. } => write!(f, "tracepoint:{category}:{name}"),
            Self::RawTracepoint { name } => write!(f, "raw_tracepoint:{name}"),
            Self::Uprobe(at) => write!(f, "uprobe:{}:{}", at.binary.display(), at.name),
            Self::Uretprobe(at) => write!(f, "uretprobe:{}:{}", at.binary.display(), at.name),
            Self::UprobeMulti { at, at_return } => {
                let kind = if *at_return { "uretprobe" } else { "uprobe" };
                let Some(first) = at.first() else { return write!(f, "{kind}:") };
                write!(f, "{kind}:{}:{}", first.binary.display(), first.name)?;
                if at.len() > 1 { write!(f, " and {} more", at.len() - 1) } else { Ok(()) }
            }
            Self::PerfEvent(sampling) => sampling.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_in_a_config() {
        let function = || "do_unlinkat".to_owned();
        let cases = [
            (AttachTo::Kprobe { function: function(), offset: 0 }, "kprobe:do_unlinkat"),
            (AttachTo::Kprobe { function: function(), offset: 16 }, "kprobe:do_unlinkat+0x10"),
            (AttachTo::Kretprobe { function: function() }, "kretprobe:do_unlinkat"),
        ];
        for (place, text) in cases {
            assert_eq!(place.to_string(), text);
        }
    }
}
