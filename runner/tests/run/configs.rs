//! Configs that cannot run: exit code, place, reason and cure. Nothing is attached.

use serde_json::json;

use crate::harness::{Config, Running, finish, pull, runner};

/// Fails unless `config` is refused with that code and those words.
#[track_caller]
fn refused(config: &Config, code: i32, parts: &[&str]) {
    let ended = finish(&mut runner(config.and(&[])));
    ended.assert(code, parts);
    assert!(!ended.stderr.contains("runner: attached"), "{}", ended.stderr);
    assert!(ended.stdout.is_empty());
}

#[test]
fn unknown_hooks() {
    for (hook, code, parts) in [
        ("tracepoint:sched:sched_swich", 2, ["unknown-hook", "`tracepoint:sched:sched_switch`?"]),
        ("tracepoint:sched:sched_x*", 2, ["unknown-hook", "matches none"]),
        ("syscall:unlnk", 2, ["unknown-hook", "`syscall:unlink`?"]),
        ("kprob:do_unlinkat", 2, ["unknown-hook-kind", "`kprobe`"]),
        ("kprobe:do_unlinkat", 4, ["hook-unavailable", "CONFIG_KPROBES"]),
        ("syscall", 2, ["bad-hook", "kind:target"]),
    ] {
        let config = Config::probe(hook, "fields: [pid]");
        refused(&config, code, &["probe.yaml:4:1", parts[0], parts[1]]);
    }
}

#[test]
fn unknown_names_in_expressions() {
    for (fields, place, parts) in [
        (
            "[pathnam]",
            "5:14",
            ["unknown-name", "its arguments are: ", "did you mean `pathname` (char *)?"],
        ),
        ("[{x: args.pid}]", "5:23", ["unknown-name", "pathname", "`syscall:unlink` has no `pid`"]),
        ("[{x: task->tgidd}]", "5:24", ["unknown-member", "task_struct", "`tgid`"]),
        ("[{x: ((struct sok *)task)->x}]", "5:20", ["unknown-type", "struct sok", "struct sock"]),
        ("[{x: pid->x}]", "5:18", ["not-a-pointer", "unsigned int", "cast"]),
        ("[{x: strlen(pathname)}]", "5:18", ["unknown-function", "strlen", "str"]),
        ("[{x: pathname * 2}]", "5:18", ["type-mismatch", "char *", "(u64)p"]),
        ("[{x: 'retval / 0'}]", "5:28", ["division-by-zero", "division by zero", ""]),
    ] {
        let config = Config::probe("syscall:unlink", &format!("fields: {fields}"));
        refused(&config, 2, &[&format!("probe.yaml:{place}"), parts[0], parts[1], parts[2]]);
    }
}

#[test]
fn files_that_are_no_configs() {
    let utf8 = Config::bytes(b"version: 1\nname: \xff\n");
    refused(&utf8, 2, &["not-utf8", "probe.yaml:2:7", "0xff", "save the file as UTF-8"]);
    refused(&Config::bytes(&[b'a'; 100 << 20]), 2, &["too-large", "1024 KiB", "probe.yaml"]);
    let mut bomb = "version: 1\na0: &a0 [x, x]\n".to_owned();
    for level in 1..30 {
        let below = level - 1;
        bomb.push_str(&format!("a{level}: &a{level} [*a{below}, *a{below}]\n"));
    }
    refused(&Config::new(&bomb), 2, &["alias-bomb", "probe.yaml"]);
    refused(&Config::new(""), 2, &["probe.yaml"]);
    refused(&Config::bytes(&[0; 100]), 2, &["probe.yaml"]);
}

#[test]
fn files_that_cannot_be_read() {
    let folder = Config::new("");
    for (path, why) in [
        (folder.folder().to_str().unwrap(), "Is a directory"),
        ("/no/such/file.yaml", "No such file"),
    ] {
        let ended = finish(&mut runner(["-c", path]));
        ended.assert(2, &[&format!("failed to read `{path}`"), why]);
    }
}

#[test]
fn one_fault_among_good_probes_stops_all() {
    let config = Config::new(
        "version: 1\nprobes:\n  - {name: good, hook: syscall:close, fields: [fd]}\n  \
         - {name: bad, hook: syscall:close, fields: [nofd, nopid]}\n",
    );
    refused(&config, 2, &["`nofd`", "`nopid`", "probe.yaml:4", "2 errors"]);
}

#[test]
fn an_event_larger_than_the_config_wants() {
    let config = Config::new(
        "version: 1\nlimits: {event: 256}\nprobes:\n  - {hook: syscall:unlink, fields: [pathname]}\n",
    );
    refused(&config, 2, &["event-too-large", "probe.yaml:4", "`limits:` allows 256", "`max:`"]);
}

#[test]
fn an_event_larger_than_the_kernel_takes() {
    let many: String = (0..20).map(|n| format!("\n  - f{n}: str(oldname, 4096)")).collect();
    let config = Config::probe("syscall:rename", &format!("fields:{many}"));
    refused(&config, 2, &["event-too-large", "probe.yaml:3", "82296 bytes", "32768", "`max:`"]);
}

#[test]
fn the_same_config_twice_shows_each_event_twice() {
    let config = Config::probe("syscall:close", "where: comm == \"twice\"\nfields: [fd]");
    let run = Running::start(["-c", config.path(), "-c", config.path(), "-o", "json"]);
    pull(config.folder(), &["twice", "close", "-1"]);
    let ended = run.interrupt();
    assert_eq!(ended.with("fd", u32::MAX).len(), 2);
    ended.assert(0, &["runner: 2 events"]);
}

#[test]
fn code_in_names_and_strings_stays_text() {
    for name in ["x\\\"; fn main() {}", "{{{name}}}", "r#fn", "*/", "a\\nb"] {
        let config = Config::new(&format!(
            "version: 1\nname: \"{name}\"\nprobes:\n  - {{hook: \"syscall:close\", fields: [pid]}}\n"
        ));
        refused(&config, 2, &["bad-name", "probe.yaml:2:7"]);
    }
    let config = Config::new(
        "version: 1\n\
         description: \"*/ {{{bad}}} {{> probe}}\\n#![feature(x)]\\u2028fn main() {} \\\\\"\n\
         probes:\n  - name: fn\n    hook: \"syscall:unlink\"\n    \
         where: 'comm == \"smuggler\" && str(pathname) != \"\\\"); loop {} {{{x}}} //\"'\n    \
         fields: [{self: pid}, {loop: tid}, {nulls: uid}, {record: gid}, {ctx: retval}, {fn: pathname}]\n    \
         print: \"{{{{x}}}} {fn} {{\"\n",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let name = crate::harness::hex(b"\"); loop {} {{{x}}}");
    let pulled = pull(config.folder(), &["smuggler", "unlink", &name]);
    let mut events = run.interrupt().objects();
    assert_eq!(events.len(), 1, "{events:?}");
    events[0].as_object_mut().unwrap().remove("ts");
    let pid = pulled.pid;
    let expected = json!({
        "probe": "fn", "self": pid, "loop": pid, "nulls": 0, "record": 0, "ctx": -2,
        "fn": "\"); loop {} {{{x}}}"
    });
    assert_eq!(events[0], expected);
}

#[test]
fn wrong_usage() {
    for (arguments, part) in [
        (vec![], "Usage"),
        (vec!["-c", "a", "-o", "xml"], "xml"),
        (vec!["-c", "a", "--for", "soon"], "soon"),
        (vec!["-c", "a", "--count", "0"], "0"),
        (vec!["-c", "a", "-p", "1", "--", "true"], "--pid"),
        (vec!["nothing"], "nothing"),
    ] {
        finish(&mut runner(arguments)).assert(2, &[part]);
    }
}
