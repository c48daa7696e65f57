//! What people want of pointers to structures that everybody meets.
//!
//! A read is written only if this kernel has its members, so the table may name what some kernels
//! lack.

use crate::hook::{Hook, Target};

/// One read: what is added to the argument's name (nothing: its own name), and the expression, in
/// which `$` is the argument.
pub type Read = (&'static str, &'static str);

/// The reads for a pointer to the structure `tag`, in the order in which they are shown.
pub fn reads(tag: &str) -> &'static [Read] {
    KNOWN.iter().find(|(known, _)| *known == tag).map_or(&[], |(_, reads)| reads)
}

/// How the argument `name` of a system call is shown best, in the words of `as:`; `retval` is its
/// result.
pub fn decoder(hook: &Hook, name: &str) -> Option<&'static str> {
    let call = match &hook.target {
        Target::Syscall(call) => call.as_str(),
        Target::Tracepoint { category, name } if category == "syscalls" => {
            ["sys_enter_", "sys_exit_"].iter().find_map(|front| name.strip_prefix(front))?
        }
        _ => return None,
    };
    let fits = |(calls, own, _): &&Decoder| {
        *own == name && (calls.is_empty() || calls.split(' ').any(|one| one == call))
    };
    DECODERS.iter().find(fits).map(|(.., shown)| *shown)
}

/// System calls (none: all), the argument, and its `as:`.
type Decoder = (&'static str, &'static str, &'static str);

const DECODERS: &[Decoder] = &[
    ("", "retval", "errno"),
    ("", "ret", "errno"),
    ("", "sig", "signal"),
    ("", "prot", "flags(PROT_)"),
    ("open openat open_by_handle_at", "flags", "flags(O_)"),
    ("open openat creat mkdir mkdirat chmod fchmod fchmodat mknod mknodat", "mode", "mode"),
    ("mmap", "flags", "flags(MAP_)"),
    ("mremap", "flags", "flags(MREMAP_)"),
    ("madvise", "behavior", "flags(MADV_)"),
    ("clone", "clone_flags", "flags(CLONE_)"),
    ("unshare", "unshare_flags", "flags(CLONE_)"),
    ("socket socketpair", "family", "flags(AF_)"),
    ("socket socketpair", "type", "flags(SOCK_)"),
    ("accept4", "flags", "flags(SOCK_)"),
    ("shutdown", "how", "flags(SHUT_)"),
    ("sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg", "flags", "flags(MSG_)"),
    ("mount", "flags", "flags(MS_)"),
    ("umount", "flags", "flags(MNT_)"),
    ("lseek", "whence", "flags(SEEK_)"),
    ("fcntl", "cmd", "flags(F_)"),
    ("flock", "cmd", "flags(LOCK_)"),
    ("epoll_ctl", "op", "flags(EPOLL_CTL_)"),
    ("clock_gettime clock_settime clock_getres clock_nanosleep", "which_clock", "flags(CLOCK_)"),
    ("getrandom", "flags", "flags(GRND_)"),
    ("memfd_create", "flags", "flags(MFD_)"),
    ("renameat2", "flags", "flags(RENAME_)"),
    ("ptrace", "request", "flags(PTRACE_)"),
    ("prlimit64 getrlimit setrlimit", "resource", "flags(RLIMIT_)"),
];

/// By the structure's tag.
pub const KNOWN: &[(&str, &[Read])] = &[
    // Files.
    ("filename", &[("", "$->name")]),
    ("path", &[("", "str($->dentry->d_name.name)")]),
    ("dentry", &[("", "str($->d_name.name)"), ("ino", "$->d_inode->i_ino")]),
    (
        "file",
        &[
            ("", "str($->f_path.dentry->d_name.name)"),
            ("ino", "$->f_inode->i_ino"),
            ("flags", "$->f_flags"),
        ],
    ),
    (
        "inode",
        &[
            ("ino", "$->i_ino"),
            ("uid", "$->i_uid.val"),
            ("mode", "$->i_mode"),
            ("size", "$->i_size"),
        ],
    ),
    ("super_block", &[("", "$->s_id")]),
    ("file_system_type", &[("", "$->name")]),
    ("qstr", &[("", "str($->name)")]),
    ("nameidata", &[("", "$->name->name")]),
    ("linux_binprm", &[("", "$->filename")]),
    ("kiocb", &[("", "str($->ki_filp->f_path.dentry->d_name.name)"), ("pos", "$->ki_pos")]),
    ("iov_iter", &[("count", "$->count")]),
    ("kernfs_node", &[("", "$->name")]),
    // Processes.
    ("task_struct", &[("pid", "$->tgid"), ("tid", "$->pid"), ("comm", "$->comm")]),
    (
        "cred",
        &[
            ("uid", "$->uid.val"),
            ("gid", "$->gid.val"),
            ("euid", "$->euid.val"),
            ("egid", "$->egid.val"),
        ],
    ),
    ("rq", &[("cpu", "$->cpu"), ("running", "$->nr_running")]),
    ("pt_regs", &[("ip", "$->ip"), ("sp", "$->sp")]),
    ("kernel_siginfo", &[("signal", "$->si_signo"), ("code", "$->si_code")]),
    ("cgroup", &[("", "$->kn->name"), ("id", "$->kn->id")]),
    // Memory.
    ("mm_struct", &[("pages", "$->total_vm")]),
    ("vm_area_struct", &[("start", "$->vm_start"), ("end", "$->vm_end")]),
    ("vm_fault", &[("address", "$->address"), ("flags", "$->flags")]),
    // Network.
    (
        "sock",
        &[
            ("family", "$->__sk_common.skc_family"),
            ("state", "$->__sk_common.skc_state"),
            ("address", "$->__sk_common.skc_rcv_saddr"),
            ("port", "$->__sk_common.skc_num"),
            ("peer", "$->__sk_common.skc_daddr"),
            ("peer_port", "($->__sk_common.skc_dport & 0xff) << 8 | $->__sk_common.skc_dport >> 8"),
        ],
    ),
    (
        "socket",
        &[("type", "$->type"), ("state", "$->state"), ("family", "$->sk->__sk_common.skc_family")],
    ),
    ("sk_buff", &[("len", "$->len"), ("dev", "$->dev->name")]),
    ("net_device", &[("", "$->name"), ("ifindex", "$->ifindex")]),
    ("msghdr", &[("size", "$->msg_iter.count")]),
    ("sockaddr", &[("family", "$->sa_family")]),
    ("sockaddr_storage", &[("family", "$->ss_family")]),
    // Disks.
    (
        "bio",
        &[("sector", "$->bi_iter.bi_sector"), ("size", "$->bi_iter.bi_size"), ("op", "$->bi_opf")],
    ),
    ("request", &[("sector", "$->__sector"), ("size", "$->__data_len"), ("op", "$->cmd_flags")]),
    ("gendisk", &[("", "$->disk_name")]),
    ("block_device", &[("dev", "$->bd_dev")]),
    // The kernel's own.
    ("module", &[("", "$->name")]),
    ("kobject", &[("", "$->name")]),
    ("device", &[("", "$->kobj.name")]),
    ("device_driver", &[("", "$->name")]),
    ("workqueue_struct", &[("", "$->name")]),
    ("work_struct", &[("function", "$->func")]),
    ("timer_list", &[("function", "$->function"), ("expires", "$->expires")]),
    ("hrtimer", &[("function", "$->function")]),
    ("irqaction", &[("", "$->name"), ("irq", "$->irq")]),
    ("bpf_prog", &[("", "$->aux->name"), ("type", "$->type")]),
    ("bpf_map", &[("", "$->name"), ("id", "$->id")]),
    ("tty_struct", &[("", "$->name")]),
    // What programs pass.
    ("timespec64", &[("sec", "$->tv_sec"), ("nsec", "$->tv_nsec")]),
    ("__kernel_timespec", &[("sec", "$->tv_sec"), ("nsec", "$->tv_nsec")]),
    ("iovec", &[("len", "$->iov_len")]),
    ("pollfd", &[("fd", "$->fd"), ("events", "$->events")]),
    ("perf_event_attr", &[("type", "$->type"), ("config", "$->config")]),
];
