//! How a run ends: by count, time, signal, or a reader that is gone or asleep.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::{Config, PATIENCE, Running, finish, pull, runner, send, wait};

fn closes(comm: &str) -> Config {
    Config::probe("syscall:close", &format!("where: comm == \"{comm}\"\nfields: [pid, fd]"))
}

#[test]
fn after_a_count() {
    let config = closes("counted");
    let run = Running::start(config.and(&["-o", "json", "--count", "3"]));
    pull(config.folder(), &["counted", "flood", "10"]);
    let ended = run.wait();
    assert_eq!(ended.objects().len(), 3);
    ended.assert(0, &["runner: 3 events in "]);
}

#[test]
fn after_a_time() {
    let config = closes("timed");
    let start = Instant::now();
    let ended = finish(&mut runner(config.and(&["--for", "300ms"])));
    assert!(start.elapsed() >= Duration::from_millis(300));
    ended.assert(0, &["runner: 0 events in ", "none lost"]);
}

#[test]
fn on_signals_with_everything_flushed() {
    for (signal, comm) in
        [(libc::SIGINT, "bysigint"), (libc::SIGTERM, "bysigterm"), (libc::SIGHUP, "bysighup")]
    {
        let config = closes(comm);
        let run = Running::start(config.and(&["-o", "json"]));
        pull(config.folder(), &[comm, "flood", "5000"]);
        let ended = run.stop(signal);
        ended.assert(0, &["runner: 5000 events in ", "none lost"]);
        assert_eq!(ended.objects().len(), 5000, "{comm}");
    }
}

#[test]
fn a_signal_before_it_is_attached_ends_it_as_well() {
    let config = closes("early");
    let run = Running::of(&mut runner(config.and(&["-o", "json"])));
    // Before the signals are taken over they end it at once; after that, in order.
    send(run.pid(), libc::SIGTERM);
    let ended = run.wait();
    let code = ended.status.code();
    assert!(code.is_none_or(|code| code == 0), "{}: {}", ended.status, ended.stderr);
}

#[test]
fn when_the_reader_has_seen_enough() {
    let config = closes("headed");
    let (run, reader) = Running::unread(&mut runner(config.and(&["-o", "json"])));
    let run = run.attached();
    pull(config.folder(), &["headed", "flood", "10"]);
    let mut line = String::new();
    let mut reader = BufReader::new(reader.unwrap());
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("\"fd\":4294967295"), "{line}");
    drop(reader);
    // It learns that nobody reads when it next has something to say.
    pull(config.folder(), &["headed", "flood", "10"]);
    let ended = run.wait();
    assert_eq!(ended.code(), 0, "{}", ended.stderr);
    assert!(!ended.stderr.contains("error"), "{}", ended.stderr);
}

#[test]
fn on_ctrl_c_although_nobody_reads() {
    let config = closes("unread");
    let (run, reader) = Running::unread(&mut runner(config.and(&["-o", "json"])));
    let run = run.attached();
    // Far more than a pipe holds.
    pull(config.folder(), &["unread", "flood", "20000"]);
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    send(run.pid(), libc::SIGINT);
    let ended = run.wait();
    assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
    assert_eq!(ended.code(), 0, "{}", ended.stderr);
    drop(reader);
}

#[test]
fn a_full_disk_is_an_error() {
    let config = closes("fulldisk");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = runner(config.and(&["-o", "json"]));
    let run = Running::of(command.stdout(full)).attached();
    pull(config.folder(), &["fulldisk", "close", "-1"]);
    let ended = run.wait();
    ended.assert(4, &["failed to write to standard output", "No space left on device"]);
}

#[test]
fn help_and_version_end_with_0() {
    for (argument, part) in [("--help", "Exit codes:"), ("--version", "runner ")] {
        let ended = finish(&mut runner([argument]));
        assert_eq!(ended.code(), 0);
        assert!(ended.text().contains(part));
    }
    let mut child = runner(["--help"]).stdout(Stdio::null()).spawn().unwrap();
    assert!(wait(&mut child).success());
}
