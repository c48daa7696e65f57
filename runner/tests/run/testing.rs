//! `runner test`: what passes, what fails and how that is told, and what is left behind.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use crate::harness::{Config, Ended, Running, finish, runner, send, until};

/// A config that watches unlink(2), with these tests.
fn unlinks(tests: &str) -> Config {
    let tests: String = tests.lines().map(|line| format!("  {line}\n")).collect();
    Config::new(&format!(
        "version: 1\nprobes:\n  - name: unlink\n    hook: syscall:unlink*\n    \
         fields: [pid, comm, {{name: pathname}}, {{ret: retval}}]\ntests:\n{tests}"
    ))
}

fn test(config: &Config, options: &[&str]) -> Ended {
    finish(&mut runner([&["test"], options, &[config.path()]].concat()))
}

#[test]
fn what_is_expected_passes_and_what_is_not_is_shown() {
    let config = unlinks(
        "- name: good\n  run: [sh, -c, \"unlink $TMP/a; true\"]\n  exact: true\n  \
           expect: [{probe: unlink, comm: unlink, name: $TMP/a, ret: -2}]\n\
         - name: bad\n  run: \"echo working; unlink /never-there; true\"\n  \
           expect: [{probe: unlink, comm: rm, name: /never-there, ret: [0, -1]}]\n  \
           expect_none: [{probe: unlink, name: '/never*'}]\n",
    );
    let ended = test(&config, &[]);
    ended.assert(1, &[]);
    let text = ended.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], config.path());
    assert!(lines[1].starts_with("  ok     good ("), "{text}");
    assert!(lines[2].starts_with("  FAILED bad ("), "{text}");
    assert!(lines[3].ends_with("probe.yaml:13:14: expected, but not seen:"), "{text}");
    let rest: Vec<_> = lines[4..].iter().map(|line| line.trim_start()).collect();
    let expected = [
        "probe: unlink",
        "comm: rm",
        "name: /never-there",
        "ret: [0, -1]",
        "the only event of `unlink`:",
    ];
    assert_eq!(rest[..5], expected);
    let difference =
        ["- comm: rm", "+ comm: unlink", "name: /never-there", "- ret: [0, -1]", "+ ret: -2"];
    assert_eq!(rest[6..11], difference);
    assert!(rest[11].ends_with("probe.yaml:14:19: seen, though there should be none:"), "{text}");
    assert_eq!(rest[13..15], ["the command said:", "working"], "{text}");
    assert!(lines[lines.len() - 1].starts_with("2 tests: 1 passed, 1 failed in "), "{text}");
}

#[test]
fn a_test_that_sees_nothing_fails() {
    let config = unlinks("- {name: idle, run: ['true'], expect: [{probe: unlink}]}");
    let ended = test(&config, &[]);
    ended.assert(1, &[]);
    assert!(ended.text().contains("no event was seen"), "{}", ended.text());
}

/// A process that does nothing but what is watched.
struct Busy(Child);

impl Busy {
    fn new() -> Self {
        Self(
            Command::new("sh")
                .args(["-c", "while :; do unlink /never-there; done"])
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap(),
        )
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn others_do_not_disturb_and_neither_does_the_test_before() {
    let _busy = Busy::new();
    let config = unlinks(
        "- name: first\n  run: \"(while :; do unlink $TMP/a; done) 2>/dev/null & unlink $TMP/b || true\"\n  \
           expect: [{probe: unlink, name: $TMP/b}]\n\
         - name: second\n  run: \"unlink $TMP/c || true\"\n  exact: true\n  \
           expect: [{probe: unlink, pid: {min: 1}, name: $TMP/c}]\n",
    );
    let ended = test(&config, &[]);
    assert_eq!(ended.code(), 0, "{}", ended.text());
}

/// The processes whose arguments hold `word`.
fn with_argument(word: &str) -> usize {
    let mut count = 0;
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let arguments = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        count += usize::from(arguments.split(|byte| *byte == 0).any(|a| a == word.as_bytes()));
    }
    count
}

#[test]
fn a_command_that_takes_too_long_is_killed_with_its_children() {
    let config = unlinks(
        "- name: slow\n  run: \"sleep 654321 & sleep 654321\"\n  timeout: 200ms\n  \
           expect: [{probe: unlink}]",
    );
    let ended = test(&config, &[]);
    ended.assert(1, &[]);
    let text = ended.text();
    assert!(
        text.contains("the command took longer than 200ms (`timeout:`), and was killed"),
        "{text}"
    );
    until("killed", || with_argument("654321") == 0);
}

#[test]
fn a_command_that_fails_or_is_not_there_fails_the_test() {
    let config = unlinks(
        "- {name: fails, run: 'unlink $TMP/a; exit 3', expect: [{probe: unlink}]}\n\
         - {name: absent, run: [/no/such/command], expect: [{probe: unlink}]}\n\
         - {name: good, run: 'unlink $TMP/a || true', expect: [{probe: unlink}]}",
    );
    let ended = test(&config, &["--format", "tap"]);
    ended.assert(1, &[]);
    let text = ended.text();
    assert!(text.contains("the command ended with exit status: 3"), "{text}");
    assert!(text.contains("failed to start `/no/such/command`: No such file"), "{text}");
    let results: Vec<_> = text.lines().filter(|line| line.contains("ok ")).collect();
    assert_eq!(results.len(), 3);
    assert!(results[2].starts_with("ok 3 - "), "{text}");
    assert!(text.starts_with("TAP version 14\n") && text.ends_with("1..3\n"), "{text}");
}

#[test]
fn commands_start_beside_their_config_with_nothing_of_the_caller() {
    let config = unlinks(
        "- name: surroundings\n  run: >\n    [ -e probe.yaml ] && [ -d $TMP ] && ! read line &&\n    \
           [ \"$$(ls -A $TMP)\" = '' ] && ! tty && echo x >$TMP/y && unlink $TMP/y\n  \
           expect: [{probe: unlink, name: $TMP/y, ret: 0}]",
    );
    // From another folder.
    let mut command = runner(["test", config.path()]);
    let ended = finish(command.current_dir("/"));
    assert_eq!(ended.code(), 0, "{}", ended.text());
}

fn own_folders(marker: &Path) -> Vec<String> {
    let text = fs::read_to_string(marker).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn ctrl_c_ends_everything() {
    let config = unlinks(
        "- {name: first, run: 'echo $TMP >>folders; exec sleep 765432', expect: [{probe: unlink}]}\n\
         - {name: second, run: 'echo $TMP >>folders', expect: [{probe: unlink}]}",
    );
    let marker = config.folder().join("folders");
    let run = Running::of(&mut runner(["test", config.path()]));
    until("started", || own_folders(&marker).len() == 1 && with_argument("765432") == 1);
    send(run.pid(), libc::SIGINT);
    let ended = run.wait();
    ended.assert(1, &["interrupted; the other tests were not run"]);
    until("killed", || with_argument("765432") == 0);
    let folders = own_folders(&marker);
    assert!(folders.len() == 1 && !Path::new(&folders[0]).exists(), "{folders:?}");
}

#[test]
fn folders_are_removed() {
    let config = unlinks(
        "- {name: one, run: 'echo $TMP >>folders; touch $TMP/a; unlink $TMP/b || true', expect: [{probe: unlink}]}\n\
         - {name: two, run: 'echo $TMP >>folders; false', expect: [{probe: unlink}]}",
    );
    test(&config, &[]).assert(1, &[]);
    let folders = own_folders(&config.folder().join("folders"));
    assert_eq!(folders.len(), 2);
    assert!(folders[0] != folders[1], "a fresh one each");
    assert!(folders.iter().all(|folder| !Path::new(folder).exists()), "{folders:?}");
}

const GOOD: &str = "- {name: good, run: 'unlink $TMP/a || true', expect: [{probe: unlink}]}";

#[test]
fn exit_codes_tell_what_went_wrong() {
    let good = unlinks(GOOD);
    let without = Config::probe("syscall:close", "fields: [fd]");
    test(&good, &[]).assert(0, &[]);
    test(&without, &[]).assert(2, &["no config has tests"]);
    test(&good, &["--filter", "nothing like it"]).assert(2, &["no test has `nothing like it`"]);
    test(&good, &["--filter", ": good"]).assert(0, &[]);
    test(&good, &[without.path()]).assert(0, &[]);
    test(&good, &["--require-tests", without.path()]).assert(1, &[]);
    let faulty = unlinks("- {name: n, run: x, expect: [{probe: nlink}]}");
    let ended = test(&faulty, &[good.path()]);
    ended.assert(2, &[]);
    let text = ended.text();
    assert!(text.contains("ok     good") && text.contains("error[unknown-probe]"), "{text}");
    let mut command = runner(["test", good.path()]);
    let empty = without.folder().join("cache");
    let ended = finish(command.env("RUNNER_CACHE", empty).env("RUNNER_RUSTC", "/no/such/rustc"));
    ended.assert(3, &[]);
    finish(&mut runner(["test", "/no/such/folder"])).assert(2, &[]);
    finish(&mut runner(["test"])).assert(2, &["FILE|DIR"]);
}

#[test]
fn what_this_kernel_does_not_have_is_skipped_only_if_asked_for() {
    let text = "version: 1\nprobes: [{name: p, hook: 'hardware:cycles:1000000', fields: [pid]}]\n\
                tests: [{name: counted, run: ['true'], expect: [{probe: p}]}]\n";
    if ["cpu", "cpu_core"]
        .iter()
        .any(|n| Path::new(&format!("/sys/bus/event_source/devices/{n}")).exists())
    {
        // Here it can be attached, and the test runs.
        return assert!(test(&Config::new(text), &[]).code() < 2);
    }
    let config = Config::new(text);
    test(&config, &[]).assert(4, &[]);
    let ended = test(&config, &["--skip-unavailable"]);
    ended.assert(1, &["all tests were skipped"]);
    assert!(ended.text().contains("  skip   counted: "), "{}", ended.text());
    let good = unlinks(GOOD);
    test(&config, &["--skip-unavailable", good.path()]).assert(0, &[]);
}

#[test]
fn recorded_events_are_judged_again_without_a_kernel() {
    let config = unlinks(GOOD);
    let missing = test(&config, &["--offline"]);
    missing.assert(1, &[]);
    assert!(missing.text().contains("runner test --record"), "{}", missing.text());
    test(&config, &["--record"]).assert(0, &[]);
    // Nobody in particular, and no compiler.
    fs::set_permissions(config.folder(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    command.arg(env!("CARGO_BIN_EXE_runner")).args(["test", "--offline", config.path()]);
    command.env("RUNNER_RUSTC", "/no/such/rustc");
    let output = command.output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{shown}");
    let change = |from: &str, to: &str| {
        let text = fs::read_to_string(config.path()).unwrap();
        fs::write(config.path(), text.replace(from, to)).unwrap();
        test(&config, &["--offline"])
    };
    // Another expectation is held against the same events; another command has none.
    let ended = change("{probe: unlink}", "{probe: unlink, ret: 0}");
    ended.assert(1, &[]);
    assert!(ended.text().contains("+ ret: -2"), "{}", ended.text());
    change("{probe: unlink, ret: 0}", "{probe: unlink, ret: -2, name: $TMP/a}").assert(0, &[]);
    let ended = change("$TMP/a ||", "$TMP/b ||");
    assert!(ended.text().contains("has no events of this test"), "{}", ended.text());
    let ended = change("{ret: retval}", "{result: retval}");
    ended.assert(2, &[]);
    let ended = change("ret: -2", "result: -2");
    assert!(
        ended.text().contains("was recorded before the config was changed"),
        "{}",
        ended.text()
    );
    // A run that fails leaves the recording as it was.
    let file = config.folder().join("recorded/probe.events");
    let before = fs::read(&file).unwrap();
    change("result: -2", "result: -3");
    test(&config, &["--record"]).assert(1, &["not recorded"]);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn nothing_stays_attached_between_configs() {
    let one = unlinks(GOOD);
    let two = unlinks(GOOD);
    let ended = finish(&mut runner(["test", one.path(), two.path(), one.path()]));
    ended.assert(0, &[]);
    // A file named twice is tested once.
    assert!(ended.text().contains("2 tests: 2 passed"), "{}", ended.text());
}
