//! The table of builtins: names that every hook has.

use super::ty::Type;
use super::typed::Native;

/// One builtin.
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// What it stands for.
    pub meaning: Meaning,
    /// One line of documentation.
    pub doc: &'static str,
}

/// What a [`Builtin`] stands for.
pub enum Meaning {
    /// Something that the generated program asks the kernel for.
    Native(Native),
    /// An expression over other builtins and the kernel's types.
    Expr(&'static str),
    /// What the function or system call returned.
    Retval,
    /// Nanoseconds between entry and return.
    Latency,
}

/// Every builtin, in the order of the documentation.
pub const BUILTINS: &[Builtin] = &[
    native("pid", Native::Pid, "the process: the kernel's tgid"),
    native("tid", Native::Tid, "the thread: the kernel's pid"),
    native("uid", Native::Uid, "the real user"),
    native("gid", Native::Gid, "the real group"),
    native("comm", Native::Comm, "the thread's name, at most 15 bytes"),
    native("cpu", Native::Cpu, "the processor"),
    native("func", Native::Func, "the function or tracepoint that the event is of"),
    native("nsecs", Native::Nsecs, "the event's time: CLOCK_MONOTONIC, nanoseconds"),
    native("time", Native::Time, "the event's wall-clock time, UTC"),
    native("task", Native::Task, "the current `struct task_struct`"),
    expr("ppid", "task->real_parent->tgid", "the parent process"),
    expr("pcomm", "task->real_parent->comm", "the name of the parent's main thread"),
    native("exe", Native::Exe, "the path of the executable, in the process's mount namespace"),
    native("cgroup", Native::Cgroup, "the number of the cgroup (version 2)"),
    native("cgroup_path", Native::CgroupPath, "the path of the cgroup (version 2)"),
    native("nspid", Native::NsPid, "the process as its own pid namespace numbers it"),
    native("nstid", Native::NsTid, "the thread as its own pid namespace numbers it"),
    native("pid_ns", Native::PidNs, "the inode number of the pid namespace"),
    expr("mnt_ns", "task->nsproxy->mnt_ns->ns.inum", "the inode number of the mount namespace"),
    expr("net_ns", "task->nsproxy->net_ns->ns.inum", "the inode number of the network namespace"),
    expr("uts_ns", "task->nsproxy->uts_ns->ns.inum", "the inode number of the UTS namespace"),
    expr("ipc_ns", "task->nsproxy->ipc_ns->ns.inum", "the inode number of the IPC namespace"),
    expr("user_ns", "task->cred->user_ns->ns.inum", "the inode number of the user namespace"),
    expr(
        "cgroup_ns",
        "task->nsproxy->cgroup_ns->ns.inum",
        "the inode number of the cgroup namespace",
    ),
    native("kstack", Native::KernelStack, "the callers in the kernel, the innermost first"),
    native("ustack", Native::UserStack, "the callers in the program, the innermost first"),
    Builtin {
        name: "retval",
        meaning: Meaning::Retval,
        doc: "what the function or system call returned, in its declared type",
    },
    Builtin {
        name: "latency",
        meaning: Meaning::Latency,
        doc: "nanoseconds from entry to return; of hooks that make one event a call",
    },
];

const fn native(name: &'static str, native: Native, doc: &'static str) -> Builtin {
    Builtin { name, meaning: Meaning::Native(native), doc }
}

const fn expr(name: &'static str, text: &'static str, doc: &'static str) -> Builtin {
    Builtin { name, meaning: Meaning::Expr(text), doc }
}

/// The builtin of that name.
pub fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}

/// The type of a native value; `task`'s needs the kernel's types.
pub fn native_type(native: Native, task: impl FnOnce() -> Type) -> Type {
    match native {
        Native::Pid
        | Native::Tid
        | Native::Uid
        | Native::Gid
        | Native::Cpu
        | Native::NsPid
        | Native::NsTid
        | Native::PidNs => Type::U32,
        Native::Comm | Native::Func => Type::Text,
        Native::Nsecs | Native::Cgroup => Type::U64,
        Native::Time => Type::Shown("time"),
        Native::CgroupPath => Type::Shown("cgroup path"),
        Native::Exe => Type::Shown("path"),
        Native::KernelStack | Native::UserStack => Type::Shown("stack"),
        Native::Task => task(),
    }
}
