//! Hooks that fire hundreds of thousands of times a second on a busy machine, without a `where:`.

use super::{Rule, Subject};
use crate::diag::{Code, Diagnostic, Span};
use crate::hook::{Hook, Target, UserPlace, is_glob, matches};

pub const RULE: Rule = Rule { code: Code::HotHook, planned: false, run };

/// What fires so often, and when.
struct Hot {
    names: &'static [&'static str],
    when: &'static str,
}

const FUNCTIONS: &[Hot] = &[
    Hot {
        names: &["kfree", "kvfree", "kmem_cache_free", "__kmalloc", "kmem_cache_alloc"],
        when: "whenever the kernel takes or returns memory",
    },
    Hot {
        names: &["__kmalloc_noprof", "kmem_cache_alloc_noprof", "kvfree_call_rcu", "kfree_skb"],
        when: "whenever the kernel takes or returns memory",
    },
    Hot {
        names: &[
            "__alloc_pages",
            "__alloc_pages_noprof",
            "get_page_from_freelist",
            "free_unref_page",
        ],
        when: "for every page of memory taken or returned",
    },
    Hot {
        names: &[
            "schedule",
            "__schedule",
            "finish_task_switch",
            "pick_next_task_fair",
            "update_curr",
        ],
        when: "whenever a processor changes threads",
    },
    Hot {
        names: &["try_to_wake_up", "ttwu_do_activate", "enqueue_task_fair", "dequeue_task_fair"],
        when: "whenever a thread wakes up or goes to sleep",
    },
    Hot {
        names: &[
            "_raw_spin_lock",
            "_raw_spin_unlock",
            "_raw_spin_lock_irqsave",
            "mutex_lock",
            "mutex_unlock",
            "down_read",
            "up_read",
            "rcu_read_unlock_strict",
        ],
        when: "for nearly every step of the kernel: it is a lock",
    },
    Hot {
        names: &["ktime_get", "ktime_get_ts64", "hrtimer_interrupt", "hrtimer_start_range_ns"],
        when: "whenever the kernel reads the clock or sets a timer",
    },
    Hot {
        names: &["exc_page_fault", "do_user_addr_fault", "handle_mm_fault"],
        when: "at every page fault",
    },
    Hot {
        names: &["_copy_to_user", "_copy_from_user", "fput", "fget", "dput", "do_syscall_64"],
        when: "in nearly every system call",
    },
    Hot {
        names: &["vfs_read", "vfs_write", "rw_verify_area", "ksys_read", "ksys_write"],
        when: "at every read or write",
    },
    Hot {
        names: &["ip_rcv", "tcp_v4_rcv", "__dev_queue_xmit", "__netif_receive_skb_core"],
        when: "for every network packet",
    },
];

/// By category.
const TRACEPOINTS: &[(&str, Hot)] = &[
    (
        "sched",
        Hot {
            names: &["sched_switch", "sched_stat_runtime", "sched_wakeup", "sched_waking"],
            when: "whenever a processor changes threads or wakes one",
        },
    ),
    ("raw_syscalls", Hot { names: &["sys_enter", "sys_exit"], when: "at every system call" }),
    (
        "kmem",
        Hot {
            names: &[
                "kmalloc",
                "kfree",
                "kmem_cache_alloc",
                "kmem_cache_free",
                "mm_page_alloc",
                "mm_page_free",
                "rss_stat",
            ],
            when: "whenever the kernel takes or returns memory",
        },
    ),
    (
        "irq",
        Hot {
            names: &["irq_handler_entry", "softirq_entry", "softirq_exit", "softirq_raise"],
            when: "at every interrupt",
        },
    ),
    (
        "timer",
        Hot {
            names: &["timer_start", "hrtimer_start", "hrtimer_cancel", "hrtimer_expire_entry"],
            when: "whenever the kernel sets a timer or one fires",
        },
    ),
    (
        "exceptions",
        Hot { names: &["page_fault_user", "page_fault_kernel"], when: "at every page fault" },
    ),
    (
        "lock",
        Hot {
            names: &["contention_begin", "contention_end", "lock_acquire", "lock_release"],
            when: "for nearly every step of the kernel: it is of locks",
        },
    ),
    ("skb", Hot { names: &["consume_skb", "kfree_skb"], when: "for every network packet" }),
    (
        "net",
        Hot {
            names: &[
                "netif_receive_skb",
                "net_dev_queue",
                "net_dev_xmit",
                "napi_gro_receive_entry",
            ],
            when: "for every network packet",
        },
    ),
    ("power", Hot { names: &["cpu_idle"], when: "whenever a processor has nothing to do" }),
    ("rcu", Hot { names: &["rcu_utilization"], when: "at every tick of every processor" }),
];

const SYSCALLS: &[Hot] = &[
    Hot { names: &["read", "write", "futex"], when: "in nearly every program, all the time" },
    Hot {
        names: &["recvfrom", "sendto", "recvmsg", "sendmsg", "epoll_wait", "poll"],
        when: "in every server, for each message",
    },
];

/// In the C library.
const LIBC: &[Hot] = &[
    Hot {
        names: &["malloc", "free", "calloc", "realloc"],
        when: "whenever a program takes or returns memory",
    },
    Hot {
        names: &["memcpy", "memset", "memcmp", "strlen", "strcmp", "strncmp"],
        when: "at nearly every step of a program",
    },
    Hot {
        names: &["pthread_mutex_lock", "pthread_mutex_unlock"],
        when: "for nearly every step of a program with threads: it is a lock",
    },
];

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (_, variant) in subject.variants().filter(|(_, variant)| variant.conditions.is_empty()) {
        for hook in &variant.hooks {
            if let Some((name, when)) = hot(&hook.value) {
                found.push(fault(&hook.value, name, when, hook.span));
            }
        }
    }
}

fn fault(hook: &Hook, name: &str, when: &str, span: Span) -> Diagnostic {
    let glob = is_glob(&hook.to_string());
    let what = if glob { format!("it includes `{name}`, which") } else { "it".to_owned() };
    let message = format!("`{hook}` has no filter, and {what} fires {when}");
    Diagnostic::warning(Code::HotHook, span, message)
        .help("add a condition, such as `where: comm == \"nginx\"`; it is tested in the kernel")
}

/// The hot name that `hook` means or includes, and when it fires: "at every read or write".
pub fn hot(hook: &Hook) -> Option<(&'static str, &'static str)> {
    match &hook.target {
        // An offset within a function may be on a path that is rare.
        Target::Function { name, offset: 0 } => named(FUNCTIONS, name),
        Target::Tracepoint { category, name } if matches(category, "syscalls") => {
            let call =
                ["sys_enter_", "sys_exit_"].iter().find_map(|front| name.strip_prefix(front));
            named(SYSCALLS, call.or(is_glob(name).then_some(name))?)
        }
        Target::Tracepoint { category, name } => {
            let groups = TRACEPOINTS.iter().filter(|(group, _)| matches(category, group));
            groups.into_iter().find_map(|(_, hot)| one(hot, name))
        }
        Target::RawTracepoint(name) => TRACEPOINTS.iter().find_map(|(_, hot)| one(hot, name)),
        Target::Syscall(name) => named(SYSCALLS, name),
        Target::User { binary, place: UserPlace::Symbol { name, offset: 0 } }
            if is_libc(binary) =>
        {
            named(LIBC, name)
        }
        _ => None,
    }
}

fn named(list: &'static [Hot], pattern: &str) -> Option<(&'static str, &'static str)> {
    list.iter().find_map(|hot| one(hot, pattern))
}

fn one(hot: &'static Hot, pattern: &str) -> Option<(&'static str, &'static str)> {
    let name = hot.names.iter().find(|name| matches(pattern, name))?;
    Some((name, hot.when))
}

/// Whether `binary` is the C library: its bare name, or its file.
fn is_libc(binary: &str) -> bool {
    let file = binary.rsplit('/').next().unwrap_or(binary);
    file == "libc" || file.starts_with("libc.so") || file.starts_with("libc-")
}
