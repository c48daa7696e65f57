//! `run --save` and `replay`: the same bytes again, without the kernel.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::harness::{Config, Running, finish, gallery, hex, pull, runner, until};

/// A config whose events depend on names that are gone when they are replayed.
fn stacks(comm: &str) -> Config {
    Config::new(&format!(
        "version: 1\nprobes:\n  - name: closed\n    hook: raw_tracepoint:sys_exit\n    \
         where: ret == -9 && comm == \"{comm}\"\n    \
         fields: [pid, kstack, ustack, {{user: \"usym(regs->ip)\"}}, cgroup_path, time, func]\n  \
         - name: printed\n    hook: syscall:unlink\n    where: comm == \"{comm}\"\n    \
         fields: [{{name: pathname}}]\n    print: \"{{ts}} {{name:>12}}|\"\n",
    ))
}

#[test]
fn a_recording_shows_what_was_shown() {
    for format in ["table", "json", "csv"] {
        let config = stacks("recorded");
        let file = config.folder().join("saved").display().to_string();
        let unlink = gallery("unlink.yaml");
        let arguments = config.and(&["-c", &unlink, "-o", format, "--save", &file]);
        let run = Running::start(arguments);
        let name = hex(b"\x1b[31m\xff");
        // Over a second, so that the clocks are compared again.
        let actions = [
            "recorded", "close", "-9", ",", "unlink", &name, ",", "sleep", "1200000", ",", "close",
            "-9",
        ];
        pull(config.folder(), &actions);
        let shown = run.interrupt();
        assert!(shown.text().lines().count() >= 3, "{}", shown.text());
        let again = finish(&mut runner(["replay", &file, "-o", format]));
        again.assert(0, &[]);
        assert_eq!(again.text(), shown.text(), "{format}");
        let last =
            |text: &str| text.lines().rfind(|l| l.starts_with("runner: ")).map(str::to_owned);
        assert_eq!(last(&again.stderr), last(&shown.stderr));
    }
}

#[test]
fn a_recording_shows_in_another_format_what_was_not_shown() {
    let config = stacks("reformat");
    let file = config.folder().join("saved").display().to_string();
    let run = Running::start(config.and(&["-o", "csv", "--save", &file]));
    pull(config.folder(), &["reformat", "close", "-9", ",", "sleep", "3000000"]);
    run.interrupt();
    let events = finish(&mut runner(["replay", &file, "-o", "json"])).objects();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert!(event["user"].as_str().unwrap().starts_with("syscall+"), "{event}");
    let frames = event["kstack"].as_array().unwrap();
    assert!(frames.iter().any(|frame| frame.as_str().unwrap().starts_with("do_syscall_64")));
}

#[test]
fn a_recording_that_was_killed_is_good_as_far_as_it_goes() {
    let config = Config::probe("syscall:close", "where: comm == \"killed\"\nfields: [fd]");
    let file = config.folder().join("saved");
    let path = file.display().to_string();
    let run = Running::start(config.and(&["-o", "json", "--save", &path]));
    pull(config.folder(), &["killed", "close", "-5", ",", "close", "-6"]);
    let replayed = || finish(&mut runner(["replay", &path, "-o", "json"]));
    until("written", || replayed().text().lines().count() == 2);
    let shown = run.kill();
    let again = replayed();
    again.assert(2, &["the recording is cut off: its end is missing"]);
    assert_eq!(again.text(), shown.text());
    assert_eq!(again.objects().len(), 2);
    // Within the last entry.
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let again = replayed();
    again.assert(2, &["the recording is cut off: its end is missing"]);
    assert_eq!(again.objects().len(), 1);
}

#[test]
fn loss_stands_where_it_was() {
    let config = Config::probe("syscall:close", "where: comm == \"losing\"\nfields: [fd]");
    let file = config.folder().join("saved").display().to_string();
    let arguments = config.and(&["-o", "json", "--buffer", "4KiB", "--save", &file]);
    let run = Running::start(arguments);
    crate::harness::send(run.pid(), libc::SIGSTOP);
    let mut actions = vec!["losing"];
    (0..300).for_each(|_| actions.extend(["close", "-5", ","]));
    actions.pop();
    pull(config.folder(), &actions);
    crate::harness::send(run.pid(), libc::SIGCONT);
    let shown = run.interrupt();
    assert!(shown.text().contains("{\"lost\":"), "{}", shown.text());
    let again = finish(&mut runner(["replay", &file, "-o", "json"]));
    assert_eq!(again.text(), shown.text());
    again.assert(0, &["events lost: the buffer was full"]);
}

#[test]
fn what_is_no_recording_is_refused() {
    let config = Config::probe("syscall:close", "fields: [fd]");
    let ended = finish(&mut runner(["replay", config.path()]));
    ended.assert(2, &["probe.yaml`: this is no recording of `runner run --save`"]);
    let ended = finish(&mut runner(["replay", "/no/such/file"]));
    ended.assert(2, &["failed to replay `/no/such/file`: No such file"]);
    let full = config.and(&["--save", "/no/such/folder/file"]);
    finish(&mut runner(full)).assert(2, &["failed to create `/no/such/folder/file`"]);
    let full = config.and(&["--save", "/dev/full", "--for", "1s"]);
    finish(&mut runner(full)).assert(4, &["failed to write the recording to `/dev/full`"]);
}

#[test]
fn a_recording_may_come_from_a_pipe() {
    let config = Config::probe("syscall:close", "where: comm == \"piped\"\nfields: [fd]");
    let file = config.folder().join("saved");
    let path = file.display().to_string();
    let run = Running::start(config.and(&["--save", &path]));
    pull(config.folder(), &["piped", "close", "-5"]);
    let shown = run.interrupt();
    let mut command = runner(["replay", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(&file).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), shown.text());
}
