//! Kernel functions where a tracepoint or system call gives the same: those keep their names and
//! arguments from release to release, functions do not.

use super::{Rule, Subject};
use crate::config::Variant;
use crate::diag::{Code, Diagnostic, Span};
use crate::hook::{Hook, HookKind, Target};

pub const RULE: Rule = Rule { code: Code::UnstableHook, planned: false, run };

/// What serves in place of functions.
struct Stable {
    functions: &'static [&'static str],
    hook: &'static str,
}

const fn stable(hook: &'static str, functions: &'static [&'static str]) -> Stable {
    Stable { functions, hook }
}

/// The tracepoints stand in, or right behind, these functions.
const TABLE: &[Stable] = &[
    // System calls.
    stable("syscall:unlink*", &["do_unlinkat", "filename_unlinkat"]),
    stable("syscall:rmdir", &["do_rmdir", "filename_rmdir"]),
    stable("syscall:mkdir*", &["do_mkdirat", "filename_mkdirat"]),
    stable("syscall:rename*", &["do_renameat2", "filename_renameat2"]),
    stable("syscall:link*", &["do_linkat", "filename_linkat"]),
    stable("syscall:symlink*", &["do_symlinkat", "filename_symlinkat"]),
    stable("syscall:mknod*", &["do_mknodat", "filename_mknodat"]),
    stable("syscall:open*", &["do_sys_open", "do_sys_openat2"]),
    stable("syscall:read", &["ksys_read"]),
    stable("syscall:write", &["ksys_write"]),
    stable("syscall:connect", &["__sys_connect"]),
    stable("syscall:bind", &["__sys_bind"]),
    stable("syscall:listen", &["__sys_listen"]),
    stable("syscall:accept*", &["__sys_accept4"]),
    stable("syscall:socket", &["__sys_socket"]),
    stable("syscall:sendto", &["__sys_sendto"]),
    stable("syscall:recvfrom", &["__sys_recvfrom"]),
    stable("syscall:futex", &["do_futex"]),
    // Processes.
    stable("tracepoint:sched:sched_process_fork", &["kernel_clone", "_do_fork", "copy_process"]),
    stable("tracepoint:sched:sched_process_exit", &["do_exit"]),
    stable(
        "tracepoint:sched:sched_process_exec",
        &["bprm_execve", "exec_binprm", "do_execveat_common"],
    ),
    stable(
        "tracepoint:sched:sched_switch",
        &["schedule", "__schedule", "finish_task_switch", "finish_task_switch.isra.0"],
    ),
    stable("tracepoint:sched:sched_wakeup", &["try_to_wake_up", "ttwu_do_wakeup"]),
    stable("tracepoint:sched:sched_wakeup_new", &["wake_up_new_task"]),
    stable("tracepoint:task:task_rename", &["__set_task_comm"]),
    stable(
        "tracepoint:signal:signal_generate",
        &["send_signal", "send_signal_locked", "__send_signal", "__send_signal_locked"],
    ),
    stable("tracepoint:signal:signal_deliver", &["get_signal"]),
    stable("tracepoint:oom:mark_victim", &["oom_kill_process"]),
    // The network.
    stable("tracepoint:sock:inet_sock_set_state", &["tcp_set_state"]),
    stable("tracepoint:tcp:tcp_retransmit_skb", &["tcp_retransmit_skb", "__tcp_retransmit_skb"]),
    stable("tracepoint:tcp:tcp_send_reset", &["tcp_v4_send_reset", "tcp_v6_send_reset"]),
    stable("tracepoint:tcp:tcp_receive_reset", &["tcp_reset"]),
    stable("tracepoint:skb:kfree_skb", &["kfree_skb", "kfree_skb_reason", "sk_skb_reason_drop"]),
    stable("tracepoint:net:net_dev_queue", &["dev_queue_xmit", "__dev_queue_xmit"]),
    stable("tracepoint:net:netif_receive_skb", &["__netif_receive_skb_core"]),
    stable("tracepoint:net:netif_rx", &["netif_rx", "netif_rx_internal"]),
    // Blocks and memory.
    stable("tracepoint:block:block_bio_queue", &["submit_bio", "submit_bio_noacct"]),
    stable("tracepoint:block:block_bio_complete", &["bio_endio"]),
    stable("tracepoint:block:block_rq_issue", &["blk_mq_start_request"]),
    stable("tracepoint:block:block_rq_complete", &["blk_update_request"]),
    stable("tracepoint:kmem:kfree", &["kfree"]),
    stable("tracepoint:kmem:kmem_cache_free", &["kmem_cache_free"]),
    stable("tracepoint:kmem:mm_page_alloc", &["__alloc_pages", "__alloc_pages_noprof"]),
    stable("tracepoint:exceptions:page_fault_user", &["do_user_addr_fault"]),
    // Interrupts and work.
    stable("tracepoint:irq:softirq_entry", &["__do_softirq", "handle_softirqs"]),
    stable(
        "tracepoint:irq:irq_handler_entry",
        &["handle_irq_event_percpu", "__handle_irq_event_percpu"],
    ),
    stable("tracepoint:workqueue:workqueue_execute_start", &["process_one_work"]),
];

/// What the compiler names the bodies of system calls after.
const BODIES: &[&str] = &["__x64_sys_", "__ia32_sys_", "__se_sys_", "__do_sys_", "ksys_"];

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for probe in &subject.config.probes {
        for (index, variant) in probe.variants.iter().enumerate() {
            for (at, hook) in variant.hooks.iter().enumerate() {
                // Where something stable is to follow, the loss of the function is provided for.
                let later = &variant.hooks[at + 1..];
                let safe = later.iter().any(|hook| is_stable(&hook.value))
                    || probe.variants[index + 1..].iter().any(has_stable);
                if let (false, Some((name, stable))) = (safe, instead(&hook.value)) {
                    found.push(fault(name, &stable, hook.span));
                }
            }
        }
    }
}

fn fault(name: &str, stable: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` may be renamed or inlined in any release of the kernel");
    Diagnostic::warning(Code::UnstableHook, span, message)
        .help(format!("use `{stable}`, or add it as the last alternative"))
}

/// Whether the kernel keeps the hook from release to release.
fn is_stable(hook: &Hook) -> bool {
    matches!(hook.kind, HookKind::Tracepoint | HookKind::Syscall | HookKind::RawTracepoint)
}

fn has_stable(variant: &Variant) -> bool {
    variant.hooks.iter().any(|hook| is_stable(&hook.value))
}

/// The function of a hook, and what serves in its place.
fn instead(hook: &Hook) -> Option<(&str, String)> {
    let Target::Function { name, offset: 0 } = &hook.target else { return None };
    let listed = TABLE.iter().find(|stable| stable.functions.contains(&name.as_str()));
    if let Some(stable) = listed {
        return Some((name, stable.hook.to_owned()));
    }
    let call = BODIES.iter().find_map(|front| name.strip_prefix(front))?;
    Some((name, format!("syscall:{call}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;

    #[test]
    fn every_replacement_is_a_hook() {
        for Stable { functions, hook } in TABLE {
            let parsed = crate::hook::parse(hook, &|_| Span::default()).unwrap();
            assert!(is_stable(&parsed), "{hook}");
            for name in *functions {
                crate::hook::parse(&format!("kprobe:{name}"), &|_| Span::default()).unwrap();
                let count = TABLE.iter().filter(|other| other.functions.contains(name)).count();
                assert_eq!(count, 1, "{name}");
            }
        }
    }
}
