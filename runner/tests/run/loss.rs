//! Events that found no room: counted, told where it happened, and summed up.

use std::io::Read;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Config, Ended, Running, pull, runner};

/// Calls that are made: far more than pipe, ring buffer and output hold.
const MADE: u64 = 30_000;

/// Floods a `runner` whose reader sleeps until the flood is over.
fn flooded(comm: &str, arguments: &[&str]) -> (String, Ended) {
    let config = Config::probe(
        "tracepoint:syscalls:sys_enter_close",
        &format!("where: comm == \"{comm}\"\nfields: [pid, tid, uid, gid, cpu, comm, fd]"),
    );
    let arguments: Vec<_> = arguments.iter().chain(&["--buffer", "64KiB"]).copied().collect();
    let (run, reader) = Running::unread(&mut runner(config.and(&arguments)));
    let mut reader = reader.unwrap();
    let run = run.attached();
    pull(config.folder(), &[comm, "flood", &MADE.to_string()]);
    let slow = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    });
    // Time to show what was kept: Ctrl-C leaves a reader that works as long as it needs.
    std::thread::sleep(Duration::from_millis(100));
    let ended = run.stop(libc::SIGINT);
    (slow.join().unwrap(), ended)
}

#[test]
fn what_is_lost_and_what_is_shown_is_what_was_made() {
    let (text, ended) = flooded("floodjson", &["-o", "json"]);
    ended.assert(0, &[]);
    let (mut shown, mut lost) = (0, 0);
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["probe"], "probe");
        match object["lost"].as_u64() {
            Some(count) => lost += count,
            None => shown += 1,
        }
    }
    assert!(lost > 0 && shown > 0, "{lost} {shown}");
    assert_eq!(lost + shown, MADE);
    ended.assert(
        0,
        &[
            &format!("runner: {shown} events in "),
            &format!(" s, {lost} lost"),
            &format!("probe: {lost} events lost"),
        ],
    );
}

#[test]
fn a_table_tells_of_loss_on_standard_error() {
    let (text, ended) = flooded("floodtable", &[]);
    let shown = text.lines().count() as u64 - 1;
    let told: u64 = ended
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("runner: ")?.strip_suffix(" events of probe lost"))
        .map(|count| count.parse::<u64>().unwrap())
        .sum();
    assert!(told > 0, "{}", ended.stderr);
    assert_eq!(told + shown, MADE);
}

#[test]
fn loss_is_a_failure_if_asked_for() {
    let (_, ended) = flooded("floodstrict", &["-o", "json", "--strict-loss"]);
    ended.assert(5, &[" lost"]);
}

#[test]
fn no_loss_is_no_failure() {
    let config = Config::probe("syscall:close", "where: comm == \"calm\"\nfields: [fd]");
    let run = Running::start(config.and(&["-o", "json", "--strict-loss"]));
    pull(config.folder(), &["calm", "flood", "1000"]);
    let ended = run.interrupt();
    assert_eq!(ended.objects().len(), 1000);
    ended.assert(0, &["none lost"]);
}
