//! Which processes belong to the command that is being traced: it and all its descendants.
//!
//! User space puts the command's process into the map before it runs; two programs keep the map
//! true from then on.

use crate::builtin::pid;
use crate::context::RawTracepoint;
use crate::helper;
use crate::read::kernel;

symbols! {
    /// The process of a thread.
    task_tgid = "core:byte_off:task_struct:tgid";
    /// The thread itself.
    task_pid = "core:byte_off:task_struct:pid";
    /// What all threads of a process share.
    task_signal = "core:byte_off:task_struct:signal";
    /// How many threads of a process have not ended.
    signal_live = "core:byte_off:signal_struct:live.counter";
}

unsafe extern "C" {
    /// The program's map of processes.
    #[link_name = "FAMILY"]
    static FAMILY: u8;
}

/// Whether the process that runs belongs to the command.
#[inline(always)]
pub fn in_family() -> bool {
    contains(pid() as u32)
}

/// For `raw_tp/sched_process_fork`: a new process of a member is a member.
#[inline(always)]
pub fn family_fork(ctx: RawTracepoint) -> Option<()> {
    let (parent, child) = (ctx.arg(0), ctx.arg(1));
    if !contains(kernel(parent + task_tgid()).ok()?) {
        return None;
    }
    let process: u32 = kernel(child + task_tgid()).ok()?;
    let thread: u32 = kernel(child + task_pid()).ok()?;
    if process == thread {
        let member = 1u8;
        // SAFETY: key and value are of the map's sizes.
        unsafe {
            helper::map_update_elem(&raw const FAMILY, (&raw const process).cast(), &member, 0)
        };
    }
    Some(())
}

/// For `raw_tp/sched_process_exit`: with its last thread, a process leaves.
#[inline(always)]
pub fn family_exit(ctx: RawTracepoint) -> Option<()> {
    let task = ctx.arg(0);
    let signal: u64 = kernel(task + task_signal()).ok()?;
    let live: i32 = kernel(signal + signal_live()).ok()?;
    if live == 0 {
        let process: u32 = kernel(task + task_tgid()).ok()?;
        // SAFETY: the key is of the map's size.
        unsafe { helper::map_delete_elem(&raw const FAMILY, (&raw const process).cast()) };
    }
    Some(())
}

#[inline(always)]
fn contains(process: u32) -> bool {
    // SAFETY: the key is of the map's size.
    unsafe { !helper::map_lookup_elem(&raw const FAMILY, (&raw const process).cast()).is_null() }
}
