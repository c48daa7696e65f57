//! `profile`, `interval`, `software` and `hardware`: values that follow from what a process does,
//! and bounds where they follow from time.
//!
//! A process takes its name only when it is where it should be, so that nothing before that counts.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use serde_json::Value;

use crate::harness::{Config, Ended, Running, finish, pull, runner, trigger, until};

/// The last processor, which is not the one that `interval` uses if there are several.
fn last_cpu() -> u64 {
    let online = fs::read_to_string("/sys/devices/system/cpu/online").unwrap();
    online.trim().rsplit([',', '-']).next().unwrap().parse().unwrap()
}

/// Runs the trigger: pinned to `cpu`, then under `name`, then the actions.
fn pinned(folder: &Path, cpu: u64, name: &str, actions: &[&str]) -> u32 {
    let cpu = cpu.to_string();
    let mut arguments = vec!["unpinned", "pin", &cpu, ",", "name", name, ","];
    arguments.extend(actions);
    pull(folder, &arguments).pid
}

/// A process that is asleep until it is killed.
struct Sleeper(Child);

impl Sleeper {
    fn new() -> Self {
        let child = Command::new(trigger()).args(["asleep", "sleep", "600000000"]).spawn().unwrap();
        let stat = format!("/proc/{}/stat", child.id());
        until("sleeps", || fs::read_to_string(&stat).unwrap().contains("(asleep) S"));
        Self(child)
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn named(ended: &Ended, comm: &str) -> Vec<Value> {
    ended.with("comm", comm)
}

#[test]
fn profile_sees_who_runs_where_and_not_who_sleeps() {
    for (pace, most) in [("hz:99", 99), ("ms:10", 100)] {
        let config = Config::probe(&format!("profile:{pace}"), "fields: [pid, comm, cpu]");
        let sleeper = Sleeper::new();
        let run = Running::start(config.and(&["-o", "json"]));
        let cpu = last_cpu();
        let pid = pinned(config.folder(), cpu, "burner", &["spin", "1000"]);
        let ended = run.interrupt();
        let seen = named(&ended, "burner");
        // Who shares the processor is hit by more or by less than its part.
        assert!((most / 5..most * 2).contains(&seen.len()), "{pace}: {} samples", seen.len());
        assert!(seen.iter().all(|event| event["pid"] == pid && event["cpu"] == cpu), "{seen:?}");
        assert_eq!(ended.with("pid", sleeper.pid()), [] as [Value; 0], "it slept all the time");
        let idle = ended.with("pid", 0);
        let swapper = |event: &Value| event["comm"].as_str().unwrap().starts_with("swapper/");
        assert!(idle.iter().all(swapper), "{idle:?}");
    }
}

#[test]
fn profile_of_one_process_and_of_a_command() {
    let config = Config::probe("profile:hz:199", "fields: [pid, comm]");
    let busy = Command::new(trigger()).args(["busy", "spin", "20000"]).spawn().unwrap();
    let mut busy = Sleeper(busy);
    let run = Running::start(config.and(&["-o", "json", "-p", &busy.pid().to_string()]));
    pull(config.folder(), &["stranger", "spin", "300"]);
    let ended = run.interrupt();
    let seen = ended.objects();
    assert!(!seen.is_empty() && seen.iter().all(|event| event["pid"] == busy.pid()), "{seen:?}");
    let script = format!("'{0}' grandchild spin 300; true", trigger().display());
    let ended = finish(&mut runner(config.and(&["-o", "json", "--", "sh", "-c", &script])));
    ended.assert(0, &[]);
    assert!(named(&ended, "grandchild").len() > 5, "{}", ended.text());
    assert_eq!(named(&ended, "busy"), [] as [Value; 0]);
    assert!(busy.0.try_wait().unwrap().is_none(), "it ended too early to be left out");
}

#[test]
fn interval_fires_on_one_processor_whatever_runs() {
    // Neither `-p` nor what runs on that processor, were it `runner`, takes a beat away.
    let sleeper = Sleeper::new();
    let config = Config::probe("interval:ms:100", "fields: [cpu, nsecs]");
    let pid = sleeper.pid().to_string();
    let run = Running::start(config.and(&["-o", "json", "-p", &pid]));
    pull(config.folder(), &["sleeps", "sleep", "1000000"]);
    let seen = run.interrupt().objects();
    assert!((2..=20).contains(&seen.len()), "{seen:?}");
    assert!(seen.iter().all(|event| event["cpu"] == seen[0]["cpu"]), "{seen:?}");
    let times: Vec<u64> = seen.iter().map(|event| event["nsecs"].as_u64().unwrap()).collect();
    let span = times.last().unwrap() - times[0];
    // Beats may be lost, not added.
    assert!(span + 50_000_000 >= (times.len() as u64 - 1) * 100_000_000, "{times:?}");
}

#[test]
fn page_faults_are_those_of_fresh_pages() {
    for event in ["page-faults", "minor-faults"] {
        let config = Config::probe(
            &format!("software:{event}:1"),
            "where: comm == \"toucher\"\nfields: [pid, comm]",
        );
        let run = Running::start(config.and(&["-o", "json"]));
        let pid = pinned(config.folder(), 0, "toucher", &["touch", "1000"]);
        let seen = run.interrupt().with("pid", pid);
        // A few more for the stack, libc's data and page tables.
        assert!((1000..1050).contains(&seen.len()), "{event}: {}", seen.len());
    }
}

#[test]
fn every_hundredth_page_fault() {
    let config = Config::probe(
        "software:page-faults:100",
        "where: comm == \"toucher\"\nfields: [pid, comm]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let pid = pinned(config.folder(), 0, "toucher", &["touch", "10000"]);
    let seen = run.interrupt().with("pid", pid);
    // The processor counts everybody's faults; the hundredth may be another's.
    assert!((50..=120).contains(&seen.len()), "{}", seen.len());
}

#[test]
fn context_switches_are_those_of_who_sleeps() {
    let config = Config::probe("software:cs:1", "where: comm == \"napper\"\nfields: [pid, comm]");
    let run = Running::start(config.and(&["-o", "json"]));
    let pid = pinned(config.folder(), 0, "napper", &["naps", "100"]);
    let seen = run.interrupt().with("pid", pid);
    // Once a nap, at its end, and when others want the processor.
    assert!((100..200).contains(&seen.len()), "{}", seen.len());
}

#[test]
fn clocks_count_nanoseconds_on_every_processor() {
    for clock in ["cpu-clock", "task-clock"] {
        let config =
            Config::probe(&format!("software:{clock}:10000000"), "fields: [pid, comm, cpu]");
        let run = Running::start(config.and(&["-o", "json"]));
        let cpu = last_cpu();
        let pid = pinned(config.folder(), cpu, "clocked", &["spin", "1000"]);
        let seen = named(&run.interrupt(), "clocked");
        assert!((20..200).contains(&seen.len()), "{clock}: {} samples", seen.len());
        assert!(seen.iter().all(|event| event["pid"] == pid && event["cpu"] == cpu), "{seen:?}");
    }
}

#[test]
fn hardware_counters_or_why_there_are_none() {
    let config = Config::probe("hardware:cycles:1000000", "fields: [pid, comm]");
    let here = ["cpu", "cpu_core"].map(|name| format!("/sys/bus/event_source/devices/{name}"));
    if here.iter().any(|folder| Path::new(folder).exists()) {
        let run = Running::start(config.and(&["-o", "json"]));
        pull(config.folder(), &["cycler", "spin", "500"]);
        assert!(!named(&run.interrupt(), "cycler").is_empty());
    } else {
        let ended = finish(&mut runner(config.and(&["-o", "json"])));
        ended.assert(4, &["error[hook-unavailable]", "no `cpu-cycles` counter", "virtual machine"]);
        assert_eq!(ended.text(), "");
    }
}

#[test]
fn a_rate_above_the_kernels_limit_is_passed_over() {
    // The kernel may lower the limit meanwhile, but does not raise it.
    let limit = fs::read_to_string("/proc/sys/kernel/perf_event_max_sample_rate").unwrap();
    let above = limit.trim().parse::<u64>().unwrap() + 1;
    let hook = format!("profile:hz:{above}");
    let config = Config::probe(&hook, "fields: [pid]");
    let ended = finish(&mut runner(config.and(&[])));
    ended.assert(4, &[&format!("{above} times a second is more than this kernel allows")]);
    let text = format!(
        "version: 1\nprobes:\n  - name: probe\n    hook: [\"{hook}\", \"profile:hz:9\"]\n    \
         fields: [pid]\n"
    );
    let config = Config::new(&text);
    let ended = Running::start(config.and(&[])).interrupt();
    ended.assert(0, &[&format!("probe: profile:hz:9; not {hook}: {above} times a second")]);
}
