//! Whose events are shown: one process's, those of a command and its descendants, never its own.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::harness::{Config, Running, finish, pull, runner, trigger};

#[test]
fn one_process_alone() {
    let config = Config::probe("syscall:close", "fields: [pid, fd]");
    // It waits until its standard input ends, then closes a descriptor.
    let mut shell = Command::new("sh");
    let script = format!("read line; exec '{}' oneprocess close -7", trigger().display());
    let mut child = shell.args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
    let pid = child.id().to_string();
    let run = Running::start(config.and(&["-o", "json", "-p", &pid]));
    pull(config.folder(), &["another", "close", "-8"]);
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    assert!(child.wait().unwrap().success());
    // Its end is the run's.
    let ended = run.wait();
    assert_eq!(ended.code(), 0, "{}", ended.stderr);
    let events = ended.objects();
    assert!(events.iter().all(|event| event["pid"] == child.id()), "{events:?}");
    let last = events.last().expect("events of the process");
    assert_eq!(last["fd"], 4294967289u32);
    assert_eq!(events.iter().filter(|event| event["fd"] == 4294967289u32).count(), 1);
}

#[test]
fn a_process_that_is_not_there_is_an_error() {
    let config = Config::probe("syscall:close", "fields: [pid, fd]");
    let mut child = Command::new("true").spawn().unwrap();
    let pid = child.id().to_string();
    assert!(child.wait().unwrap().success());
    let ended = finish(&mut runner(config.and(&["-p", &pid])));
    let message = format!("failed to watch process {pid}: there is no such process");
    ended.assert(2, &[&message]);
    assert!(!ended.stderr.contains("runner: attached"), "{}", ended.stderr);
}

#[test]
fn a_thread_is_no_process() {
    let config = Config::probe("syscall:close", "fields: [pid, fd]");
    // SAFETY: the call has no memory in it.
    let tid = unsafe { libc::syscall(libc::SYS_gettid) }.to_string();
    assert_ne!(tid, std::process::id().to_string(), "tests run in threads of their own");
    let ended = finish(&mut runner(config.and(&["-p", &tid])));
    ended.assert(2, &[&format!("failed to watch process {tid}: it is a thread")]);
}

#[test]
fn a_command_and_its_descendants() {
    let config = Config::probe("syscall:close", "where: fd > 0x7fffffff\nfields: [pid, ppid, fd]");
    let command = format!("'{0}' grandchild close -5; '{0}' forks fork; true", trigger().display());
    let arguments = ["-o", "json", "--", "sh", "-c", &command];
    let run = Running::of(&mut runner(config.and(&arguments))).attached();
    let other = pull(config.folder(), &["stranger", "close", "-6"]);
    let ended = run.wait();
    ended.assert(0, &["runner: 2 events in"]);
    let events = ended.objects();
    let seen: Vec<_> = events.iter().map(|event| event["fd"].as_u64().unwrap() as i32).collect();
    assert_eq!(seen, [-5, -1], "{events:?}");
    assert!(events.iter().all(|event| event["pid"] != other.pid));
}

#[test]
fn the_first_call_of_a_command_is_seen() {
    let config =
        Config::probe("tracepoint:sched:sched_process_exec", "fields: [pid, comm, filename]");
    let run = runner(config.and(&["-o", "json", "--", "/bin/true"])).output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("\"comm\":\"true\",\"filename\":\"/bin/true\""), "{text}");
}

#[test]
fn a_commands_failure_is_told() {
    let config = Config::probe("syscall:close", "fields: [fd]");
    let ended = finish(&mut runner(config.and(&["-o", "json", "--", "sh", "-c", "exit 7"])));
    ended.assert(0, &["the command ended with exit status: 7"]);
    let ended = finish(&mut runner(config.and(&["-o", "json", "--", "sh", "-c", "kill -9 $$"])));
    ended.assert(0, &["the command ended with signal: 9"]);
}

#[test]
fn a_command_that_is_not_there_is_named() {
    let config = Config::probe("syscall:close", "fields: [fd]");
    let ended = finish(&mut runner(config.and(&["--", "/no/such/command"])));
    ended.assert(2, &["failed to start `/no/such/command`", "No such file"]);
    assert!(!ended.stderr.contains("runner: attached"), "{}", ended.stderr);
}

#[test]
fn the_command_begins_with_no_signal_blocked() {
    let config = Config::probe("syscall:close", "where: fd == 99999\nfields: [fd]");
    // SIGTERM to itself: blocked signals, if they were handed down, would let it live.
    let command = "kill -TERM $$; exit 3";
    let ended = finish(&mut runner(config.and(&["--", "sh", "-c", command])));
    ended.assert(0, &["the command ended with signal: 15"]);
}

#[test]
fn it_does_not_trace_itself() {
    // Each of its own writes would make another.
    let config = Config::probe("syscall:write", "fields: [pid, fd, count]");
    let run = Running::start(config.and(&["-o", "json"]));
    let own = run.pid();
    let pulled = pull(config.folder(), &["writer", "write", "9", "17"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let ended = run.interrupt();
    assert_eq!(ended.with("pid", pulled.pid).len(), 1);
    assert_eq!(ended.with("pid", own).len(), 0);
}

#[test]
fn in_a_pid_namespace_it_does_not_trace_itself_either() {
    let config = Config::probe("syscall:write", "fields: [pid, comm, fd, count]");
    // Other tests run `runner` at the same time; this one has a name of its own.
    let own = config.folder().join("nsrunner");
    std::fs::copy(env!("CARGO_BIN_EXE_runner"), &own).unwrap();
    let inside = |options: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--mount-proc"]).arg(&own);
        command.args(config.and(options)).stdout(Stdio::piped()).stderr(Stdio::piped());
        finish(&mut command)
    };
    let seen = inside(&["-o", "json", "--for", "1s"]);
    seen.assert(0, &["runner: attached"]);
    assert_eq!(seen.with("comm", "nsrunner").len(), 0);
    // Numbers would mean other processes there.
    for option in [&["-p", "1"][..], &["--", "true"]] {
        inside(option).assert(2, &["a pid namespace of its own", "--pid=host"]);
    }
}

#[test]
fn a_command_that_never_began_does_not_stay() {
    let config = Config::probe("syscall:close", "fields: [fd]");
    let mut command = runner(config.and(&["--", "sleep", "1000"]));
    // The process that waits for its turn holds the pipes: `finish` ends only when it is gone.
    let cache = config.folder().join("cache");
    let ended = finish(command.env("RUNNER_CACHE", cache).env("RUNNER_RUSTC", "/no/such/rustc"));
    ended.assert(3, &["/no/such/rustc"]);
}
