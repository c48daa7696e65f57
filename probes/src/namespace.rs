//! The current task as its own pid namespace sees it.
//!
//! A `struct pid` has one number in each namespace from the first one down to its own.

use crate::builtin::task;
use crate::read::{Read, kernel};

symbols! {
    /// Offset of `signal` in `task_struct`.
    task_signal = "core:byte_off:task_struct:signal";
    /// Offset of `thread_pid` in `task_struct`.
    task_thread_pid = "core:byte_off:task_struct:thread_pid";
    /// Offset of `pids` in `signal_struct`.
    signal_pids = "core:byte_off:signal_struct:pids";
    /// The place of a process's number in `pids`.
    pidtype_tgid = "core:enum_value:pid_type:PIDTYPE_TGID";
    /// Offset of `level` in `pid`.
    pid_level = "core:byte_off:pid:level";
    /// Offset of `numbers` in `pid`.
    pid_numbers = "core:byte_off:pid:numbers";
    /// Bytes of a `upid`.
    upid_size = "core:type_size:upid";
    /// Offset of `nr` in `upid`.
    upid_nr = "core:byte_off:upid:nr";
    /// Offset of `ns` in `upid`.
    upid_ns = "core:byte_off:upid:ns";
    /// Offset of `ns.inum` in `pid_namespace`.
    pid_namespace_inum = "core:byte_off:pid_namespace:ns.inum";
}

/// The thread in its own pid namespace.
#[inline(always)]
pub fn nstid() -> Read<u64> {
    number(own(thread()?)?)
}

/// The process in its own pid namespace.
#[inline(always)]
pub fn nspid() -> Read<u64> {
    let signal: u64 = kernel(task() + task_signal())?;
    let pid: u64 = kernel(signal + signal_pids() + pidtype_tgid() * 8)?;
    number(own(pid)?)
}

/// The inode number of the task's pid namespace.
#[inline(always)]
pub fn pid_ns() -> Read<u64> {
    let namespace: u64 = kernel(own(thread()?)? + upid_ns())?;
    let inum: u32 = kernel(namespace + pid_namespace_inum())?;
    Ok(inum as u64)
}

/// The address of the current thread's `struct pid`.
#[inline(always)]
fn thread() -> Read<u64> {
    kernel(task() + task_thread_pid())
}

/// The address of the `struct upid` of `pid` in its own namespace.
#[inline(always)]
fn own(pid: u64) -> Read<u64> {
    let level: u32 = kernel(pid + pid_level())?;
    Ok(pid + pid_numbers() + level as u64 * upid_size())
}

#[inline(always)]
fn number(upid: u64) -> Read<u64> {
    let nr: u32 = kernel(upid + upid_nr())?;
    Ok(nr as u64)
}
