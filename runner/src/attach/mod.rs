//! The table of attachments: for each kind of place, which program it takes and how it attaches.
//!
//! In: a loaded [`Program`] and an [`AttachTo`]. Out: a [`Link`], which detaches when dropped, or
//! an error that says what to do. Nothing is left in tracefs or pinned: all hangs on descriptors,
//! so a killed process leaves nothing behind.

mod kprobe;
mod perf_event;
mod raw_tracepoint;
mod tracepoint;
mod trampoline;
mod uprobe;

use std::os::fd::{AsFd, BorrowedFd};
use std::thread;

use crate::bpf::{Attachment, KernelError, Program, ProgramKind};
use crate::hook::AttachTo;

/// One row of the table.
struct Row<'a> {
    /// The only kind of program that the kernel takes there.
    takes: ProgramKind,
    /// Attaches the program and gives what holds it there.
    attach: Box<Attach<'a>>,
}

/// Takes a program to one place.
type Attach<'a> = dyn Fn(BorrowedFd<'_>) -> Result<Vec<Attachment>, Reason> + 'a;

impl<'a> Row<'a> {
    fn new(
        takes: ProgramKind,
        attach: impl Fn(BorrowedFd<'_>) -> Result<Attachment, Reason> + 'a,
    ) -> Self {
        Self { takes, attach: Box::new(move |program| Ok(vec![attach(program)?])) }
    }

    /// A place where several attachments together hold the program.
    fn many(
        takes: ProgramKind,
        attach: impl Fn(BorrowedFd<'_>) -> Result<Vec<Attachment>, Reason> + 'a,
    ) -> Self {
        Self { takes, attach: Box::new(attach) }
    }
}

/// The table.
fn row<'a>(to: &'a AttachTo, cookies: &'a [u64], process: Option<u32>) -> Row<'a> {
    match to {
        AttachTo::Kprobe { function, offset } => {
            Row::new(ProgramKind::Kprobe, |program| kprobe::entry(program, function, *offset))
        }
        AttachTo::Kretprobe { function } => {
            Row::new(ProgramKind::Kprobe, |program| kprobe::exit(program, function))
        }
        AttachTo::KprobeMulti { functions, at_return } => {
            Row::new(ProgramKind::Kprobe, |program| {
                trampoline::attach_multi(program, functions, cookies, *at_return)
            })
        }
        AttachTo::Fentry { function, .. } | AttachTo::Fexit { function, .. } => {
            Row::new(ProgramKind::Trampoline, |program| trampoline::attach(program, function))
        }
        AttachTo::Tracepoint { id, .. } => {
            Row::new(ProgramKind::Tracepoint, |program| tracepoint::attach(program, *id))
        }
        AttachTo::RawTracepoint { name } => {
            Row::new(ProgramKind::RawTracepoint, |program| raw_tracepoint::attach(program, name))
        }
        AttachTo::Uprobe(at) => Row::new(ProgramKind::Kprobe, move |program| {
            uprobe::attach(program, at, false, process)
        }),
        AttachTo::UprobeMulti { at, at_return } => Row::new(ProgramKind::Kprobe, move |program| {
            uprobe::attach_multi(program, at, cookies, *at_return, process)
        }),
        AttachTo::Uretprobe(at) => {
            Row::new(ProgramKind::Kprobe, move |program| uprobe::attach(program, at, true, process))
        }
        AttachTo::PerfEvent(sampling) => {
            Row::many(ProgramKind::PerfEvent, |program| perf_event::attach(program, *sampling))
        }
    }
}

/// A program at its place; dropping this detaches it.
#[derive(Debug)]
#[must_use = "dropping a link detaches the program"]
pub struct Link {
    attachments: Vec<Attachment>,
    to: AttachTo,
}

impl Link {
    /// Where the program is.
    pub fn place(&self) -> &AttachTo {
        &self.to
    }
}

/// Why a program could not be attached.
#[derive(Debug, thiserror::Error)]
#[error("failed to attach program `{program}` to `{to}`")]
pub struct AttachError {
    /// Its function.
    pub program: String,
    /// The place.
    pub to: AttachTo,
    /// Why.
    #[source]
    pub reason: Reason,
}

/// Why a place takes no program, or not this one.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// A program of another kind.
    #[error("that place takes a program of kind {takes:?}, and this one is {given:?}")]
    WrongProgram {
        /// What the place takes.
        takes: ProgramKind,
        /// What the program is.
        given: ProgramKind,
    },
    /// No kprobes at all.
    #[error(
        "this kernel has no kprobes (it is built without CONFIG_KPROBES, or sysfs is not mounted); \
         use a tracepoint instead: `runner list 'tracepoint:*'`"
    )]
    NoKprobes,
    /// No function of that name.
    #[error(
        "this kernel has no such function, or it was inlined everywhere; \
         see which there are: `runner list 'kprobe:*{function}*'`"
    )]
    NoFunction {
        /// The name.
        function: String,
    },
    /// Several functions of that name.
    #[error(
        "this kernel has several functions of that name and cannot tell which is meant; probe one \
         of its callers, or see them: `grep -w {function} /proc/kallsyms`"
    )]
    Ambiguous {
        /// The name.
        function: String,
    },
    /// The kernel guards it.
    #[error(
        "the kernel does not let this function be probed (notrace, or on its blacklist); probe one \
         of its callers, or see the list: `cat /sys/kernel/debug/kprobes/blacklist`"
    )]
    NotProbeable,
    /// An offset that cannot be.
    #[error(
        "no instruction that can be probed begins {offset:#x} bytes into the function; use its \
         entry: `kprobe:{function}`"
    )]
    NoInstruction {
        /// The name.
        function: String,
        /// Bytes from the start of the function.
        offset: u64,
    },
    /// No tracepoint of that number or name.
    #[error(
        "this kernel has no such tracepoint; see which there are: `runner list 'tracepoint:*'`"
    )]
    NoTracepoint,
    /// The program reads more of the record than there is.
    #[error(
        "the program reads beyond the end of the tracepoint's record: it was built for another \
         kernel; build it again on this one"
    )]
    BeyondRecord,
    /// Nothing counts that here.
    #[error(
        "this machine has no such counter that can be sampled; virtual machines often have no \
         hardware counters at all: see `perf list`, or use the clock: `profile:hz:99`"
    )]
    NoCounter,
    /// More often than the kernel allows.
    #[error(
        "that is more often than the kernel allows at present; give a lower rate, or raise \
         /proc/sys/kernel/perf_event_max_sample_rate"
    )]
    TooOften,
    /// The kernel runs at most 64 programs there.
    #[error(
        "as many programs are attached there as the kernel allows (64); see whose they are: \
         `bpftool perf show`"
    )]
    Full,
    /// No uprobes at all.
    #[error(
        "this kernel has no uprobes (it is built without CONFIG_UPROBE_EVENTS, or sysfs is not mounted)"
    )]
    NoUprobes,
    /// The binary went away.
    #[error("`{path}` is not there any more")]
    NoFile {
        /// Its path.
        path: String,
    },
    /// The process of `-p` went away.
    #[error("there is no process {process}")]
    NoProcess {
        /// Its number.
        process: u32,
    },
    /// Not the start of an instruction that can be probed.
    #[error(
        "the kernel cannot probe what is {offset:#x} bytes into `{path}`: no instruction, or one that it cannot step over"
    )]
    NoUserInstruction {
        /// The file.
        path: String,
        /// Bytes from its start.
        offset: u64,
    },
    /// A semaphore too far into the file.
    #[error(
        "the static probe's semaphore is more than 4 GiB into the file, where the kernel cannot reach it"
    )]
    Semaphore,
    /// Anything else.
    #[error(transparent)]
    Kernel(#[from] KernelError),
}

/// Attaches `program` to `to`; where the kernel can, only in one `process`. `cookies` are the numbers
/// by which it knows the functions of a link to many.
pub fn attach(
    program: &Program,
    to: &AttachTo,
    cookies: &[u64],
    process: Option<u32>,
) -> Result<Link, AttachError> {
    let Row { takes, attach } = row(to, cookies, process);
    let given = program.kind();
    let result = if takes == given {
        attach(program.as_fd())
    } else {
        Err(Reason::WrongProgram { takes, given })
    };
    match result {
        Ok(attachments) => Ok(Link { attachments, to: to.clone() }),
        Err(reason) => {
            Err(AttachError { program: program.name().to_owned(), to: to.clone(), reason })
        }
    }
}

/// Detaches all `links` at once, and returns when no program runs at them any more.
///
/// To take a program off a perf event, newer kernels wait for an RCU grace period of some 30 ms
/// (`perf_event_detach_bpf_prog`). Who waits at the same time shares it: on 6.18, 300 tracepoints
/// took 9.8 s one after another and 80 ms so. The stable 6.1 and 6.12 wait while they hold a lock,
/// about 45 ms for each, and nothing helps.
pub fn detach(links: Vec<Link>) {
    const THREADS: usize = 256;
    const STACK: usize = 64 << 10;
    let all: Vec<Attachment> = links.into_iter().flat_map(|link| link.attachments).collect();
    let share = all.len().div_ceil(THREADS).max(1);
    let mut all = all.into_iter();
    thread::scope(|scope| {
        loop {
            let some: Vec<Attachment> = all.by_ref().take(share).collect();
            if some.is_empty() {
                break;
            }
            // A thread that does not start drops what it was given, which detaches as well.
            let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || drop(some));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hook::{COUNTERS, Sampling};

    #[test]
    fn each_place_takes_its_kind_of_program() {
        let text = String::new;
        let at = || crate::hook::UserAt {
            binary: "/x".into(),
            offset: 0,
            name: text(),
            semaphore: None,
        };
        let rows = [
            (AttachTo::Kprobe { function: text(), offset: 0 }, ProgramKind::Kprobe),
            (AttachTo::Kretprobe { function: text() }, ProgramKind::Kprobe),
            (
                AttachTo::Tracepoint { category: text(), name: text(), id: 0 },
                ProgramKind::Tracepoint,
            ),
            (AttachTo::Fentry { function: text(), id: 0 }, ProgramKind::Trampoline),
            (AttachTo::KprobeMulti { functions: Vec::new(), at_return: true }, ProgramKind::Kprobe),
            (AttachTo::RawTracepoint { name: text() }, ProgramKind::RawTracepoint),
            (AttachTo::Uprobe(at()), ProgramKind::Kprobe),
            (AttachTo::Uretprobe(at()), ProgramKind::Kprobe),
            (
                AttachTo::PerfEvent(Sampling::Count { event: &COUNTERS[0], every: 1 }),
                ProgramKind::PerfEvent,
            ),
        ];
        for (to, takes) in rows {
            assert_eq!(row(&to, &[], None).takes, takes, "{to}");
        }
    }
}
