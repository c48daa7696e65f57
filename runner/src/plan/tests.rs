//! Planning on the kernel of [`crate::facts::testing`], and the configs of `tests/fail_kernel`.

use std::fs;
use std::path::Path;

use super::fixture::{plan_file, plan_of};
use super::*;
use crate::diag::fixture::{cases, mismatch};
use crate::diag::{Style, render};
use crate::expr::Node;
use crate::facts::testing::Kernel;
use crate::layout::{Show, SlotKind};

fn planned(text: &str, kernel: &Kernel) -> Plan {
    match plan_of(text, kernel, Tasks::All) {
        Ok(plan) => plan,
        Err(faults) => panic!("{}", render(&faults, Style::Plain)),
    }
}

/// The only probe of a config with these lines.
fn probe(lines: &str, kernel: &Kernel) -> Probe {
    let text = format!("version: 1\nprobes:\n  - {}\n", lines.trim().replace('\n', "\n    "));
    planned(&text, kernel).probes.remove(0)
}

fn fault(lines: &str, kernel: &Kernel) -> Diagnostic {
    let text = format!("version: 1\nprobes:\n  - {}\n", lines.trim().replace('\n', "\n    "));
    let mut faults = plan_of(&text, kernel, Tasks::All).unwrap_err();
    assert_eq!(faults.list.len(), 1, "{}", render(&faults, Style::Plain));
    faults.list.remove(0)
}

/// Each program: its name, where it goes, how many conditions it has, the slots it fills (those
/// tried again with `?`) and how many arguments it saves.
fn shown(probe: &Probe) -> Vec<String> {
    let slot = |value: &Value| {
        let name = &probe.layout.slots[value.slot].name;
        format!("{name}{}", if value.retry { "?" } else { "" })
    };
    probe
        .programs
        .iter()
        .map(|program| {
            let places: Vec<_> = program.attach.iter().map(ToString::to_string).collect();
            let slots: Vec<_> = program.values.iter().map(slot).collect();
            format!(
                "{} at {}: {} where, [{}], {} saved",
                program.name,
                places.join(" "),
                program.conditions.len(),
                slots.join(" "),
                program.saves.len()
            )
        })
        .collect()
}

#[test]
fn the_first_hook_that_is_there_is_taken() {
    let lines = "hook: [kprobe:do_unlinkat, kprobe:filename_unlinkat]\nfields: [{f: name->name}]";
    let here = probe(lines, &Kernel::new());
    assert_eq!((here.hook.as_str(), here.passed_over.len()), ("kprobe:do_unlinkat", 0));
    let renamed = probe(lines, &Kernel::new().without_function("do_unlinkat"));
    assert_eq!(renamed.hook, "kprobe:filename_unlinkat");
    assert_eq!(
        renamed.passed_over,
        ["kprobe:do_unlinkat: the kernel has no function `do_unlinkat`"]
    );
    assert_eq!(here.layout.slots, renamed.layout.slots);
}

#[test]
fn the_first_variant_that_is_there_is_taken() {
    let lines = "name: unlink\nany:\n  - {hook: 'func:do_unlinkat', fields: [{f: name->name}]}\n  \
                 - {hook: 'syscall:unlink*', where: fd_is_there, fields: [{f: pathname}]}\n\
                 fields: [pid, {ret: retval}]";
    let lines = lines.replace("where: fd_is_there, ", "");
    let with = probe(&lines, &Kernel::new());
    assert_eq!(
        shown(&with),
        [
            "unlink_return at kretprobe:do_unlinkat: 0 where, [ret], 0 saved",
            "unlink_entry at kprobe:do_unlinkat: 0 where, [pid f], 0 saved",
        ]
    );
    let without = probe(&lines, &Kernel::new().without_kprobes());
    assert_eq!(
        without.passed_over,
        ["func:do_unlinkat: this kernel has no kprobes (CONFIG_KPROBES is off)"]
    );
    // The exits look alike; the entries hold their path at different offsets.
    assert_eq!(
        shown(&without),
        [
            "unlink_return at tracepoint:syscalls:sys_exit_unlink \
             tracepoint:syscalls:sys_exit_unlinkat: 0 where, [ret f?], 0 saved",
            "unlink_entry at tracepoint:syscalls:sys_enter_unlink: 0 where, [pid f], 1 saved",
            "unlink_2_entry at tracepoint:syscalls:sys_enter_unlinkat: 0 where, [pid f], 1 saved",
        ]
    );
    assert_eq!(without.saved, ["pathname"]);
    assert_eq!(with.layout.slots, without.layout.slots);
}

#[test]
fn a_call_is_split_into_what_is_known_when() {
    let lines = "name: f\nhook: func:do_unlinkat\n\
                 where: dfd > 1 && (retval < 0 || dfd == 3) && latency > 1ms && name->name != \"x\"\n\
                 fields: [pid, nsecs, latency, {name: name->name}, {sum: retval + dfd}, {fd: dfd}]";
    let probe = probe(lines, &Kernel::new());
    assert_eq!(
        shown(&probe),
        [
            "f_return at kretprobe:do_unlinkat: 2 where, [latency sum], 0 saved",
            "f_entry at kprobe:do_unlinkat: 2 where, [pid name fd], 1 saved",
        ]
    );
    assert_eq!(probe.saved, ["dfd"]);
    let [exit, entry] = &probe.programs[..] else { panic!() };
    let is_arg = |typed: &Typed| matches!(typed.node, Node::Arg(_));
    let is_saved = |typed: &Typed| matches!(typed.node, Node::Saved { index: 0, .. });
    let conditions = exit.conditions.iter().map(|condition| &condition.typed);
    for typed in conditions.chain(exit.values.iter().map(|value| &value.typed)) {
        assert!(!typed.any(is_arg), "a register was read at the return: {typed:?}");
    }
    assert!(exit.conditions[0].typed.any(is_saved) && exit.values[1].typed.any(is_saved));
    assert!(entry.saves.iter().all(|(_, typed)| is_arg(typed)));
    // The record's own time serves `nsecs`.
    let nsecs = &probe.layout.slots[1];
    assert_eq!((nsecs.kind, nsecs.offset), (SlotKind::Nsecs, 0));
}

#[test]
fn user_memory_is_read_again_at_return() {
    let lines = "name: w\nhook: syscall:write\nwhere: fd == 1 && retval > 0\n\
                 fields: [fd, count, {text: 'str(buf, 32)'}, {done: retval}]";
    let probe = probe(lines, &Kernel::new());
    assert_eq!(
        shown(&probe),
        [
            "w_return at tracepoint:syscalls:sys_exit_write: 1 where, [text? done], 0 saved",
            "w_entry at tracepoint:syscalls:sys_enter_write: 1 where, [fd count text], 1 saved",
        ]
    );
    assert_eq!(probe.saved, ["buf"]);
    assert_eq!(probe.layout.slots[2].kind, SlotKind::Text(32));
    // The kernel says `size:8` of every argument; its C type has 32 bits.
    assert_eq!(probe.layout.slots[0].kind, SlotKind::Unsigned(32));
    let exit = &probe.programs[0];
    assert!(
        exit.conditions[0]
            .typed
            .any(|typed| matches!(&typed.node, Node::Arg(arg) if arg.name == "retval"))
    );
}

#[test]
fn equal_programs_of_a_glob_are_one() {
    let lines = "name: wake\nhook: tracepoint:sched:sched_wak*\nfields: [prio, {who: args.comm}]";
    assert_eq!(
        shown(&probe(lines, &Kernel::new())),
        ["wake_event at tracepoint:sched:sched_wakeup tracepoint:sched:sched_waking: 0 where, \
          [prio who], 0 saved"]
    );
    let lines = "name: p\nhook: tracepoint:*:sched_*\nfields: [pid]";
    let all = probe(lines, &Kernel::new());
    assert_eq!((all.programs.len(), all.programs[0].attach.len()), (1, 4));
    let lines = "name: p\nhook: tracepoint:sched:sched_*s*w*\nwhere: args.pid > 1\nfields: [pid]";
    let fault = fault(lines, &Kernel::new());
    // `sched_switch` has no `pid`: told with the place that lacks it.
    assert_eq!(fault.code, Code::UnknownName);
    assert_eq!(fault.notes.last().unwrap(), "the hook here is `tracepoint:sched:sched_switch`");
}

#[test]
fn arguments_follow_the_calling_convention() {
    let value = |probe: Probe, slot: usize| match &probe.programs[0].values[slot].typed.node {
        Node::Arg(arg) => arg.place,
        other => panic!("{other:?}"),
    };
    let kernel = Kernel::new();
    let register = crate::expr::ArgPlace::Register;
    let six = probe("hook: kprobe:eight\nfields: [a, f]", &kernel);
    assert_eq!((value(six.clone(), 0), value(six, 1)), (register(0), register(5)));
    // Two words by value take two registers; what is larger stands on the stack.
    let pair = probe("hook: kprobe:takes_pair\nfields: [last]", &kernel);
    assert_eq!(value(pair, 0), register(3));
    let big = probe("hook: kprobe:takes_big\nfields: [last]", &kernel);
    assert_eq!(value(big, 0), register(1));
    let stack = |word| crate::expr::ArgPlace::Stack { word, space: crate::expr::Space::Kernel };
    let eight = probe("hook: kprobe:eight\nfields: [g, h]", &kernel);
    assert_eq!((value(eight.clone(), 0), value(eight, 1)), (stack(0), stack(1)));
    let parts = "hook: kprobe:takes_pair\nfields: [{a: pair.a}, {b: pair.b}, {d: pair.inner.d}]";
    let parts = probe(parts, &kernel);
    let part = |register, offset| crate::expr::ArgPlace::Part { register, offset };
    for (slot, place) in [part(1, 0), part(2, 0), part(2, 6)].into_iter().enumerate() {
        assert_eq!(value(parts.clone(), slot), place);
    }
    let fault = fault("hook: kprobe:takes_big\nfields: [big]", &kernel);
    assert!(fault.code == Code::Unsupported && fault.label.is_some(), "{fault:?}");
}

#[test]
fn kinds_of_slots_follow_types() {
    let kernel = Kernel::new();
    let kinds = |lines: &str| -> Vec<SlotKind> {
        probe(lines, &kernel).layout.slots.iter().map(|slot| slot.kind).collect()
    };
    use SlotKind::{Address, Bool, Comm, Signed, Text, Time, Unsigned};
    assert_eq!(
        kinds("hook: kprobe:narrow\nfields: [u, s, 'yes', c, w, n, comm, time, {x: u == 1}]"),
        [Unsigned(32), Signed(16), Bool, Signed(8), Unsigned(16), Unsigned(64), Comm, Time, Bool]
    );
    assert_eq!(
        kinds(
            "hook: kprobe:wake_up_new_task\nfields: [p, {c: p->comm}, {m: {expr: p->comm, max: 4}}, \
             {b: p->on_cpu}, {t: (bool)p}]"
        ),
        [Address, Text(16), Text(4), Bool, Bool]
    );
    assert_eq!(
        kinds(
            "hook: kprobe:do_unlinkat\nfields: [{a: name->name}, {b: {expr: name->name, max: 9}}, \
               {c: 'str(name->name, 7)'}, {d: name->iname}]"
        ),
        [Text(255), Text(9), Text(7), Text(255)]
    );
    assert_eq!(
        kinds("hook: tracepoint:sched:sched_switch\nfields: [prev_comm, prev_pid, prev_state]"),
        [Text(16), Signed(32), Signed(64)]
    );
    assert_eq!(
        kinds("hook: tracepoint:odd:odd_fields\nfields: [sk, small, short_one, 'yes', type]"),
        [Address, Unsigned(8), Signed(16), Bool, Unsigned(8)]
    );
}

#[test]
fn enums_are_shown_by_name_unless_another_way_is_asked_for() {
    let lines = "hook: kprobe:holds\nfields: [{a: holder->level}, {b: holder->wide}, \
                 {c: holder->letter}, {d: (int)holder->level}, \
                 {e: {expr: holder->level, as: dec}}, {f: (enum level)pid}, \
                 {g: holder->level == 1}]";
    let probe = probe(lines, &Kernel::new());
    let name = |slot: usize, word: u64| match &probe.layout.slots[slot].show {
        Show::Names(names) => names.get(word).map(str::to_owned),
        _ => None,
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(name(0, u64::MAX), some("LEVEL_NONE"));
    assert_eq!((name(0, 1), name(0, 2)), (some("LEVEL_HIGH"), None));
    assert_eq!((name(1, 1 << 63), name(1, 0)), (some("WIDE_TOP"), None));
    assert_eq!(name(5, 0), some("LEVEL_LOW"));
    let shows: Vec<&Show> = probe.layout.slots.iter().map(|slot| &slot.show).collect();
    for (slot, show) in [(2, Show::Plain), (3, Show::Plain), (4, Show::Dec), (6, Show::Plain)] {
        assert_eq!(*shows[slot], show, "{slot}");
    }
    assert_eq!(probe.layout.slots[0].kind, SlotKind::Signed(32));
    assert_eq!(probe.layout.slots[1].kind, SlotKind::Unsigned(64));
}

#[test]
fn flags_are_those_of_the_prefix() {
    let show = |decoder: &str| {
        let field = format!("{{f: {{expr: dfd, as: {decoder}}}}}");
        let probe = probe(&format!("hook: kprobe:do_unlinkat\nfields: [{field}]"), &Kernel::new());
        probe.layout.slots[0].show.clone()
    };
    let flags = |decoder: &str, word| match show(decoder) {
        Show::Flags(flags) => {
            let (names, rest) = flags.of(word);
            (names.join("|"), rest)
        }
        other => panic!("{other:?}"),
    };
    let text = |text: &str, rest| (text.to_owned(), rest);
    assert_eq!(flags("flags(O_)", 0o101), text("O_WRONLY|O_CREAT", 0));
    assert_eq!(flags("flags(O_)", 0x41_0002), text("O_RDWR|O_TMPFILE", 0));
    assert_eq!(flags("flags(O_)", 0x40_0003), text("", 0x40_0003));
    assert_eq!(flags("flags(PROT_)", 0), text("PROT_NONE", 0));
    assert_eq!(flags("flags(PROT_)", 5), text("PROT_READ|PROT_EXEC", 0));
    assert_eq!(flags("flags(MAP_)", 0x22), text("MAP_PRIVATE|MAP_ANONYMOUS", 0));
    assert_eq!(flags("flags(CLONE_)", 0x4111), text("SIGCHLD|CLONE_VM|CLONE_VFORK", 0));
    assert_eq!(flags("flags(SOCK_)", 0x80802), text("SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC", 0));
    assert_eq!(flags("flags(S_I)", 0o100600), text("S_IFREG|S_IRUSR|S_IWUSR", 0));
    // An enum of the kernel; `X` does not begin so.
    assert_eq!(flags("flags(ACC_)", 3), text("ACC_ALL", 0));
    assert_eq!(flags("flags(ACC_)", 0x41), text("ACC_READ", 0x40));
    assert_eq!(flags("flags(ACC_)", 0), text("ACC_NONE", 0));
    let Show::Names(names) = show("flags(AF_)") else { panic!() };
    assert_eq!((names.get(10), names.get(99)), (Some("AF_INET6"), None));
}

#[test]
fn errors_have_the_width_of_their_type() {
    let lines = "hook: kprobe:narrow\nfields: [{a: {expr: s, as: errno}}, {b: {expr: u, as: errno}}, \
                 {c: {expr: n, as: errno}}, {d: {expr: s, as: errno(positive)}}]";
    let probe = probe(lines, &Kernel::new());
    let name = |slot: usize, word: u64| match &probe.layout.slots[slot].show {
        Show::Names(names) => names.get(word).map(str::to_owned),
        _ => None,
    };
    let missing = Some("ENOENT".to_owned());
    for (slot, word) in [(0, -2i64 as u64), (1, 0xffff_fffe), (2, -2i64 as u64), (3, 2)] {
        assert_eq!(name(slot, word), missing, "{slot}");
    }
    // A file descriptor is no error.
    assert_eq!((name(0, 2), name(3, -2i64 as u64)), (None, None));
}

#[test]
fn a_kernel_without_types_still_has_functions_and_tracepoints() {
    let kernel = Kernel::new().without_types();
    probe("hook: kprobe:do_unlinkat\nfields: [pid, comm]", &kernel);
    probe("hook: tracepoint:sched:sched_switch\nfields: [prev_comm, prev_pid]", &kernel);
    probe("hook: syscall:unlink\nfields: [pathname, retval, latency]", &kernel);
    let fault = fault("hook: kprobe:do_unlinkat\nfields: [{f: name->name}]", &kernel);
    assert_eq!(fault.code, Code::NoTypes);
    assert!(fault.notes.iter().any(|note| note.contains("--btf FILE")), "{fault:?}");
}

#[test]
fn the_number_of_a_system_call_is_no_argument() {
    let fault = fault("hook: syscall:unlink\nfields: [zzzzzzzzzzzz]", &Kernel::new());
    assert_eq!(fault.notes, ["its arguments are: pathname (char *)"]);
    probe("hook: tracepoint:syscalls:sys_enter_unlink\nfields: [__syscall_nr]", &Kernel::new());
}

/// The faults of one case; `# without kprobes` and `# without types` choose the kernel.
fn case(path: &Path) -> Faults {
    let text = fs::read_to_string(path).unwrap();
    let mut kernel = Kernel::new();
    if text.contains("# without kprobes\n") {
        kernel = kernel.without_kprobes();
    }
    if text.contains("# without types\n") {
        kernel = kernel.without_types();
    }
    let name = path.file_name().unwrap().to_str().unwrap();
    match plan_file(name, &text, &kernel, Tasks::All) {
        Ok(_) => panic!("{name} was accepted"),
        Err(faults) => faults,
    }
}

#[test]
fn faults_of_a_kernel_are_reported_where_they_are_marked() {
    let wrong: Vec<_> =
        cases("fail_kernel").iter().filter_map(|path| mismatch(path, &case(path))).collect();
    assert!(wrong.is_empty(), "{}\nBLESS=1 accepts the texts", wrong.join("\n"));
}
