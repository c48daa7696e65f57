//! What can be asked at any hook: who runs, where and when.

use core::mem::MaybeUninit;

use crate::helper;
use crate::literal::Literal;

symbols! {
    /// The process that reads the events, as the kernel numbers it.
    run_self = "run:self";
    /// The only process whose events are wanted, as the kernel numbers it.
    run_pid = "run:pid";
    /// Which of its places the program is at.
    run_place = "run:place";
}

/// Nanoseconds since boot, without suspend.
#[inline(always)]
pub fn now() -> u64 {
    // SAFETY: no pointers.
    unsafe { helper::ktime_get_ns() }
}

/// The process in the upper half, the thread in the lower.
#[inline(always)]
pub fn pid_tgid() -> u64 {
    helper::get_current_pid_tgid()
}

/// The process, which the kernel calls tgid.
#[inline(always)]
pub fn pid() -> u64 {
    pid_tgid() >> 32
}

/// The thread, which the kernel calls pid.
#[inline(always)]
pub fn tid() -> u64 {
    pid_tgid() & 0xffff_ffff
}

/// The user.
#[inline(always)]
pub fn uid() -> u64 {
    helper::get_current_uid_gid() & 0xffff_ffff
}

/// The group.
#[inline(always)]
pub fn gid() -> u64 {
    helper::get_current_uid_gid() >> 32
}

/// The processor.
#[inline(always)]
pub fn cpu() -> u64 {
    helper::get_smp_processor_id()
}

/// The address of the current `struct task_struct`.
#[inline(always)]
pub fn task() -> u64 {
    helper::get_current_task()
}

/// The task's cgroup of version 2.
#[inline(always)]
pub fn cgroup() -> u64 {
    helper::get_current_cgroup_id()
}

/// Whether the process that reads the events is the one that runs.
#[inline(always)]
pub fn is_self() -> bool {
    pid() == run_self()
}

/// Whether the process that runs is the one that was asked for.
#[inline(always)]
pub fn is_wanted() -> bool {
    pid() == run_pid()
}

/// Which of its places the program is at: a number whose name the reader knows.
#[inline(always)]
pub fn place() -> u64 {
    run_place()
}

/// A thread's name: at most 15 bytes, padded with zeros.
#[repr(C)]
#[derive(Clone, Copy, PartialEq)]
pub struct Comm([u64; 2]);

impl Comm {
    /// From its words.
    #[inline(always)]
    pub(crate) fn of(words: [u64; 2]) -> Self {
        Self(words)
    }

    /// Whether it is `text`.
    #[inline(always)]
    pub fn is<const W: usize>(self, text: Literal<W>) -> bool {
        text.is(&self.0)
    }

    /// Where its bytes are, in the kernel's memory.
    #[inline(always)]
    pub fn address(&self) -> u64 {
        (&raw const self.0) as u64
    }

    /// Whether it begins with `text`.
    #[inline(always)]
    pub fn starts_with<const W: usize>(self, text: Literal<W>) -> bool {
        text.starts(&self.0)
    }
}

/// The thread's name.
#[inline(always)]
pub fn comm() -> Comm {
    let mut name = MaybeUninit::<Comm>::uninit();
    // SAFETY: there is room for 16 bytes, and the helper writes all, even if it fails.
    unsafe {
        helper::get_current_comm(name.as_mut_ptr().cast(), size_of::<Comm>() as u32);
        name.assume_init()
    }
}
