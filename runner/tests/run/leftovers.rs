//! What stays in the kernel after the end: nothing, however it ended. `bpftool` is the witness.

use std::process::Command;

use serde_json::Value;

use crate::harness::{Config, Running, finish, pull, runner, until};

/// Programs of the probe `name`; the kernel keeps 15 bytes of their names.
fn programs(name: &str) -> usize {
    let output = Command::new("bpftool").args(["-j", "prog", "show"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let own = |program: &Value| program["name"].as_str().is_some_and(|own| own.starts_with(name));
    list.iter().filter(|program| own(program)).count()
}

fn config(probe: &str) -> Config {
    Config::new(&format!(
        "version: 1\nprobes:\n  - name: {probe}\n    hook: syscall:close\n    \
         where: comm == \"{probe}\"\n    fields: [pid, fd]\n"
    ))
}

#[test]
fn nothing_after_ctrl_c() {
    let config = config("leftctrlc");
    let run = Running::start(config.and(&["-o", "json"]));
    assert_eq!(programs("leftctrlc"), 2, "entry and return");
    run.interrupt();
    until("programs are gone", || programs("leftctrlc") == 0);
}

#[test]
fn nothing_after_sigkill() {
    let config = config("leftkilled");
    let run = Running::start(config.and(&["-o", "json"]));
    assert_eq!(programs("leftkilled"), 2);
    pull(config.folder(), &["leftkilled", "flood", "1000"]);
    run.kill();
    until("programs are gone", || programs("leftkilled") == 0);
}

#[test]
fn nothing_after_sigkill_while_a_command_runs() {
    let config = config("leftfamily");
    let run = Running::start(config.and(&["--", "sleep", "1"]));
    // Entry, return, and the two that follow the family.
    assert_eq!(programs("leftfamily"), 2);
    run.kill();
    until("programs are gone", || programs("leftfamily") == 0);
}

#[test]
fn nothing_after_a_refusal() {
    let bad = Config::new(
        "version: 1\nprobes:\n  - {name: leftgood, hook: syscall:close, fields: [fd]}\n  \
         - {name: leftbad, hook: syscall:close, fields: [no_such]}\n",
    );
    let ended = finish(&mut runner(bad.and(&[])));
    ended.assert(2, &["no_such"]);
    assert_eq!(programs("leftgood"), 0);
    assert_eq!(programs("leftbad"), 0);
}

#[test]
fn twenty_runs_at_once_see_the_same_and_leave_nothing() {
    let config = config("lefttwenty");
    let runs: Vec<_> =
        (0..20).map(|_| Running::of(&mut runner(config.and(&["-o", "json"])))).collect();
    let runs: Vec<_> = runs.into_iter().map(Running::attached).collect();
    assert_eq!(programs("lefttwenty"), 40);
    pull(config.folder(), &["lefttwenty", "flood", "100"]);
    for run in runs {
        assert_eq!(run.interrupt().objects().len(), 100);
    }
    until("programs are gone", || programs("lefttwenty") == 0);
}
