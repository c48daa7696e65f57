//! Which hooks are chosen: globs, alternatives, several configs at once.

use serde_json::json;

use crate::harness::{Config, Running, finish, gallery, hex, pull, runner};

#[test]
fn a_glob_of_tracepoints_attaches_to_each() {
    let config = Config::probe(
        "tracepoint:syscalls:sys_enter_unlink*",
        "where: comm == \"globtrace\"\nfields: [comm, {name: pathname}]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let at = |name: &[u8]| hex(name);
    pull(config.folder(), &["globtrace", "unlink", &at(b"one"), ",", "unlinkat", &at(b"two")]);
    let ended = run.interrupt();
    let names: Vec<_> = ended.objects().iter().map(|event| event["name"].clone()).collect();
    assert_eq!(names, ["one", "two"]);
}

#[test]
fn a_glob_of_calls_attaches_to_each() {
    let config = Config::probe(
        "syscall:unlink*",
        "where: comm == \"globcall\"\nfields: [{name: pathname}, {ret: retval}]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let arguments = ["globcall", "unlink", &hex(b"one"), ",", "unlinkat", &hex(b"two")];
    pull(config.folder(), &arguments);
    let ended = run.interrupt();
    let seen: Vec<_> =
        ended.objects().iter().map(|e| (e["name"].clone(), e["ret"].clone())).collect();
    assert_eq!(seen, [(json!("one"), json!(-2)), (json!("two"), json!(-2))]);
    ended.assert(0, &["probe: syscall:unlink* (4 places)"]);
}

#[test]
fn a_glob_over_unlike_calls_is_refused_with_the_reason() {
    let config = Config::probe("syscall:*", "fields: [pathname]");
    let ended = finish(&mut runner(config.and(&[])));
    ended.assert(2, &["pathname", "probe.yaml:5"]);
}

#[test]
fn two_configs_run_at_once() {
    let one = Config::new(
        "version: 1\nprobes:\n  - name: one\n    hook: syscall:close\n    \
         where: comm == \"twoconfigs\"\n    fields: [fd]\n",
    );
    let two = Config::new(
        "version: 1\nprobes:\n  - name: two\n    hook: syscall:unlink\n    \
         where: comm == \"twoconfigs\"\n    fields: [{fd: 7 + 0}, {name: pathname}]\n  \
         - name: three\n    hook: syscall:lseek\n    where: comm == \"twoconfigs\"\n    fields: [offset]\n",
    );
    let run = Running::start(["-c", one.path(), "-c", two.path(), "-o", "json"]);
    let name = hex(b"x");
    let arguments =
        ["twoconfigs", "close", "-1", ",", "unlink", &name, ",", "lseek", "-1", "3", "0"];
    pull(one.folder(), &arguments);
    let ended = run.interrupt();
    let only = |probe: &str| {
        let mut events = ended.with("probe", probe);
        assert_eq!(events.len(), 1, "{probe}: {}", ended.text());
        let mut event = events.remove(0);
        event.as_object_mut().unwrap().remove("ts");
        event
    };
    assert_eq!(only("one"), json!({"probe": "one", "fd": 4294967295u32}));
    assert_eq!(only("two"), json!({"probe": "two", "fd": 7, "name": "x"}));
    assert_eq!(only("three"), json!({"probe": "three", "offset": 3}));
    assert_eq!(ended.objects().len(), 3);
    ended.assert(0, &["one: syscall:close", "two: syscall:unlink", "three: syscall:lseek"]);
}

#[test]
fn the_choice_among_alternatives_is_told() {
    let run = Running::start(["-c", &gallery("unlink.yaml"), "-o", "json"]);
    let ended = run.interrupt();
    ended.assert(0, &["unlink: syscall:unlink* (4 places); not func:do_unlinkat: ", "kprobes"]);
}

#[test]
fn the_first_hook_that_exists_is_taken() {
    let config = Config::new(
        "version: 1\nprobes:\n  - name: probe\n    \
         hook: [\"syscall:no_such_call\", \"tracepoint:no:such\", \"syscall:close\", \"syscall:dup\"]\n    \
         where: comm == \"firsthook\"\n    fields: [pid]\n",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let pulled = pull(config.folder(), &["firsthook", "close", "-1"]);
    let ended = run.interrupt();
    assert_eq!(ended.with("pid", pulled.pid).len(), 1);
    ended.assert(
        0,
        &["probe: syscall:close; not syscall:no_such_call: ", "not tracepoint:no:such: "],
    );
}

#[test]
fn stages_and_their_times_are_shown() {
    let config = Config::probe("syscall:close", "where: pid == 0\nfields: [fd]");
    let ended = finish(&mut runner(config.and(&["-v", "--for", "10ms"])));
    ended.assert(0, &["config ", "plan ", "generate ", "compile", "link ", "load ", "attach "]);
    ended.assert(0, &["runner: attached after ", "runner: 0 events in ", "resident memory"]);
}

#[test]
fn raw_tracepoints_have_typed_arguments() {
    let config = Config::probe(
        "raw_tracepoint:sched_process_exe?",
        "where: p->comm == \"true\"\nfields: [pid, {file: bprm->filename}, {old: old_pid}]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let mut child = std::process::Command::new("/bin/true").spawn().unwrap();
    assert!(child.wait().unwrap().success());
    let ended = run.interrupt();
    let seen = ended.with("pid", child.id());
    assert_eq!(seen.len(), 1);
    assert_eq!((&seen[0]["file"], &seen[0]["old"]), (&json!("/bin/true"), &json!(child.id())));
}

#[test]
fn a_raw_tracepoint_that_is_not_there_is_refused() {
    let config = Config::probe("raw_tracepoint:sched_swich", "fields: [pid]");
    let ended = finish(&mut runner(config.and(&[])));
    ended.assert(2, &["no tracepoint `sched_swich`", "raw_tracepoint:sched_switch"]);
    let config = Config::probe("raw_tracepoint:sched_*", "fields: [pid]");
    let ended = finish(&mut runner(config.and(&["--max-attach", "3"])));
    ended.assert(4, &["matches", "3 is the limit", "--max-attach"]);
}
