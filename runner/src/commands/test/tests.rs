//! Events made by hand against tests of a config, and what is said where they differ.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::judge::{Judge, Origin};
use crate::config::{self, Config, PrintFormat, Variables};
use crate::diag::{Faults, Source, Style, render};
use crate::expr::Steps;
use crate::layout::{Layout, Show, SlotKind};
use crate::recording::Recalled;
use crate::render::View;

const PROBES: &str = "\
version: 1
probes:
  - {name: unlink, hook: 'syscall:unlink', fields: [pid, comm, {ret: retval}]}
  - {name: write, hook: 'syscall:write', fields: [fd], print: 'FD {fd}'}
tests:
";

fn config(test: &str) -> Config {
    let text = format!("{PROBES}  - {{name: t, run: x, {test}}}\n");
    let source = Arc::new(Source { path: "dir/a.yaml".into(), text });
    let mut faults = Faults::new(source.clone());
    let config = config::parse(source, &mut faults);
    config.unwrap_or_else(|| panic!("{}", render(&faults, Style::Plain)))
}

fn views() -> Vec<View> {
    let unlink = Layout::new([
        ("pid", SlotKind::Unsigned(32), Show::Plain, false),
        ("comm", SlotKind::Comm, Show::Plain, false),
        ("ret", SlotKind::Signed(64), Show::Plain, true),
    ]);
    let write = Layout::new([("fd", SlotKind::Signed(32), Show::Plain, false)]);
    let print = PrintFormat::try_from("FD {fd}".to_string()).unwrap();
    vec![
        View { name: "unlink".into(), layout: unlink, print: None, steps: Steps::default() },
        View { name: "write".into(), layout: write, print: Some(print), steps: Steps::default() },
    ]
}

fn origin() -> Origin {
    Origin { distance: 0, names: Rc::new(RefCell::new(Recalled::default())) }
}

/// An event of `unlink`.
fn unlink(pid: u64, comm: &str, ret: Option<i64>) -> Vec<u8> {
    let mut name = [0; 16];
    name[..comm.len()].copy_from_slice(comm.as_bytes());
    let word = |at: usize| u64::from_le_bytes(name[at..at + 8].try_into().unwrap());
    let null = u64::from(ret.is_none());
    bytes(&[1, 0, null, pid, word(0), word(8), ret.unwrap_or_default() as u64])
}

/// An event of `write`.
fn write(fd: i64) -> Vec<u8> {
    bytes(&[2, 1, fd as u64])
}

fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What is wrong with these events.
fn wrong(test: &str, events: &[Vec<u8>]) -> Vec<String> {
    let config = config(test);
    let variables = Variables { folder: "/tmp/t".into(), process: 7 };
    let mut judge = Judge::new(&config, &config.tests[0], &views(), &origin(), &variables);
    events.iter().for_each(|event| judge.event(event));
    judge.verdict()
}

#[track_caller]
fn passes(test: &str, events: &[Vec<u8>]) {
    assert_eq!(wrong(test, events), [] as [String; 0]);
}

#[test]
fn expected_events_are_found_in_any_order_among_others() {
    let test = "expect: [{probe: write, fd: 1}, {probe: unlink, pid: $PID, comm: 'r?', ret: 0}]";
    passes(test, &[unlink(7, "rm", Some(0)), write(2), write(1)]);
    passes("expect: [{probe: unlink, ret: null}]", &[unlink(7, "rm", None)]);
    passes("expect: [{probe: write, print: 'FD ?', fd: 1}]", &[write(12), write(1)]);
    let none = "expect: [{probe: write}], expect_none: [{probe: write, fd: {min: 3}}]";
    passes(none, &[write(2)]);
}

#[test]
fn a_test_that_sees_nothing_fails() {
    let expected = "\
dir/a.yaml:6:32: expected, but not seen:
    probe: write
    fd: {min: 1}
no event was seen";
    assert_eq!(wrong("expect: [{probe: write, fd: {min: 1}}]", &[]), [expected]);
    let other = wrong("expect: [{probe: write, fd: any}]", &[unlink(1, "rm", None)]);
    assert!(other[0].ends_with("    fd: any\nno event of `write`, but 1 of `unlink`"), "{other:?}");
}

#[test]
fn the_nearest_events_stand_first_field_by_field() {
    let events = [
        unlink(8, "cat", Some(1)),
        unlink(7, "r m", Some(-2)),
        unlink(9, "dog", Some(2)),
        unlink(7, "rm", None),
        unlink(6, "cow", Some(3)),
    ];
    let test = "expect: [{probe: unlink, pid: $PID, comm: rm, ret: [0, 1]}]";
    let expected = "\
dir/a.yaml:6:32: expected, but not seen:
    probe: unlink
    pid: 7
    comm: rm
    ret: [0, 1]
of 5 events of `unlink` the nearest:
  {\"ts\":\"1970-01-01T00:00:00.000000001Z\",\"probe\":\"unlink\",\"pid\":7,\"comm\":\"rm\",\"ret\":null}
    pid: 7
    comm: rm
  - ret: [0, 1]
  + ret: null
  {\"ts\":\"1970-01-01T00:00:00.000000001Z\",\"probe\":\"unlink\",\"pid\":8,\"comm\":\"cat\",\"ret\":1}
  - pid: 7
  + pid: 8
  - comm: rm
  + comm: cat
    ret: 1
  {\"ts\":\"1970-01-01T00:00:00.000000001Z\",\"probe\":\"unlink\",\"pid\":7,\"comm\":\"r m\",\"ret\":-2}
    pid: 7
  - comm: rm
  + comm: \"r m\"
  - ret: [0, 1]
  + ret: -2";
    assert_eq!(wrong(test, &events), [expected]);
}

#[test]
fn every_entry_wants_an_event_of_its_own() {
    // The first fits both, the second only the first entry.
    let test = "expect: [{probe: write}, {probe: write, fd: 1}]";
    passes(test, &[write(1), write(2)]);
    passes(test, &[write(2), write(1)]);
    passes("expect: [{probe: write}, {probe: write}]", &[write(1), write(1)]);
    let wrong = wrong("expect: [{probe: write, fd: 1}, {probe: write, fd: 1}]", &[write(1)]);
    let end = "    fd: 1\n    fits, but stands for another entry of `expect`";
    assert!(wrong.len() == 1 && wrong[0].ends_with(end), "{wrong:?}");
    // A chain: each of the first three can only be satisfied if those before it give way.
    let chain = "expect: [{probe: write, fd: [1, 2]}, {probe: write, fd: [1, 3]}, \
                 {probe: write, fd: 1}, {probe: write, fd: [2, 4]}]";
    passes(chain, &[write(1), write(2), write(3), write(4)]);
}

#[test]
fn what_must_not_be_is_shown() {
    let events = [write(1), write(5)];
    let test = "expect: [{probe: write}], expect_none: [{probe: write, fd: 5}, {probe: unlink}]";
    let expected = "\
dir/a.yaml:6:63: seen, though there should be none:
  {\"ts\":\"1970-01-01T00:00:00.000000002Z\",\"probe\":\"write\",\"fd\":5}";
    assert_eq!(wrong(test, &events), [expected]);
}

#[test]
fn exact_allows_no_other_event() {
    let test = "exact: true, expect: [{probe: write, fd: 1}]";
    passes(test, &[write(1)]);
    let expected = "\
2 events were seen where `exact` allows 1:
  {\"ts\":\"1970-01-01T00:00:00.000000002Z\",\"probe\":\"write\",\"fd\":2}";
    assert_eq!(wrong(test, &[write(1), write(2)]), [expected]);
    assert_eq!(wrong(test, &[write(2), write(1)]), [expected]);
    assert_eq!(wrong("exact: true, expect: [{probe: write}]", &[write(2), write(2)]), [expected]);
}

#[test]
fn of_a_flood_little_is_kept() {
    let test = "exact: true, expect: [{probe: write, fd: 1}, {probe: write, fd: 99999}]";
    let config = config(test);
    let variables = Variables { folder: "/tmp/t".into(), process: 7 };
    let mut judge = Judge::new(&config, &config.tests[0], &views(), &origin(), &variables);
    (0..10_000).for_each(|fd| judge.event(&write(fd % 100)));
    judge.event(&write(99_999));
    assert!(judge.kept() < 20, "{}", judge.kept());
    let wrong = judge.verdict();
    assert!(wrong[0].starts_with("10001 events were seen where `exact` allows 2:"), "{wrong:?}");
}

#[test]
fn records_that_are_none_are_counted() {
    let wrong = wrong("expect: [{probe: write}]", &[write(1), vec![0; 3], bytes(&[1, 9])]);
    assert_eq!(wrong, ["2 records could not be parsed; please report this"]);
}
