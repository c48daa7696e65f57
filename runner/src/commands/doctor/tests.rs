//! Machines that lack one thing each: what is said of it, and what mends it.

use std::path::PathBuf;
use std::time::Duration;

use super::checks::{Finding, Status, check};
use super::machine::{Compiler, Kept, Machine, Settings, Tracefs, Tried};
use super::report::{Report, human, json};
use crate::bpf::Situation;
use crate::facts::Feature;

/// Every capability that there is.
const ALL: u64 = (1 << 41) - 1;

/// One that lacks nothing.
fn sound() -> Machine {
    Machine {
        release: "6.12.5-test".into(),
        processor: "x86_64",
        types: Ok(100),
        tracefs: Tracefs::Readable("/sys/kernel/tracing".into()),
        situation: Situation {
            capabilities: ALL,
            initial_namespace: true,
            lockdown: None,
            memlock: None,
        },
        settings: Settings {
            perf_event_paranoid: Some(2),
            kptr_restrict: Some(1),
            unprivileged_bpf_disabled: Some(2),
            bpf_jit_enable: Some(1),
        },
        features: Some(Feature::all().map(|feature| Tried { feature, lacks: None }).collect()),
        compiler: Ok(Compiler {
            path: "/usr/bin/rustc".into(),
            release: "1.85.0".into(),
            took: Duration::from_millis(400),
        }),
        names_compiler: false,
        program: Some(None),
        cache: Ok(Kept {
            folder: "/root/.cache/runner".into(),
            entries: 3,
            bytes: 1 << 20,
            temporary: None,
        }),
    }
}

/// The finding on `subject`.
#[track_caller]
fn finding(machine: &Machine, subject: &str) -> Finding {
    let all = check(machine);
    let found = all.iter().find(|finding| finding.check == subject);
    found.unwrap_or_else(|| panic!("{subject}: {all:?}")).clone()
}

#[test]
fn a_sound_machine_has_no_findings() {
    let machine = sound();
    let found = check(&machine);
    assert!(found.iter().all(|finding| finding.status == Status::Ok), "{found:?}");
    assert!(found.iter().all(|finding| finding.command.is_none()), "{found:?}");
    let report = Report::new(machine.release, found, Vec::new());
    assert!(report.ok);
    assert!(human(&report).ends_with("\nThis machine runs probes.\n"));
}

/// Each with the one thing that is wrong, the subject, how it stands, and part of what mends it.
#[test]
fn each_problem_is_told_with_what_mends_it() {
    use Status::{Fault, Limit};
    type Break = fn(&mut Machine);
    let cases: &[(Break, &str, Status, &str)] = &[
        (|m| m.release = "5.4.0-9-generic".into(), "kernel", Fault, "linux-image"),
        (|m| m.processor = "aarch64", "kernel", Fault, "x86_64"),
        (|m| m.situation.capabilities = 0, "privileges", Fault, "sudo runner doctor"),
        (|m| m.situation.capabilities = 1 << 39, "privileges", Fault, "sudo runner doctor"),
        (|m| m.situation.capabilities = ALL & !(1 << 34), "privileges", Limit, "sudo"),
        (|m| m.situation.initial_namespace = false, "privileges", Fault, "--userns=host"),
        (|m| m.situation.lockdown = Some("confidentiality".into()), "lockdown", Fault, "grub"),
        (|m| m.types = Err("this kernel has none".into()), "BTF", Fault, "--btf"),
        (|m| m.tracefs = Tracefs::RootOnly("/t".into()), "tracefs", Fault, "sudo runner"),
        (|m| m.tracefs = Tracefs::Absent, "tracefs", Fault, "linux-image"),
        (
            |m| {
                m.tracefs = Tracefs::NotMounted;
                m.situation.capabilities = (1 << 39) | (1 << 38) | (1 << 34);
            },
            "tracefs",
            Fault,
            "sudo mount -t tracefs",
        ),
        (
            |m| {
                m.release = "5.10.0-35-amd64".into();
                m.situation.memlock = Some(65536);
                m.situation.capabilities = (1 << 39) | (1 << 38);
            },
            "locked memory",
            Fault,
            "ulimit -l unlimited",
        ),
        (|m| m.settings.kptr_restrict = Some(2), "kptr_restrict", Limit, "kptr_restrict=1"),
        (|m| m.settings.bpf_jit_enable = Some(0), "bpf_jit_enable", Limit, "bpf_jit_enable=1"),
        (|m| m.compiler = Err("failed to find `rustc`".into()), "rustc", Fault, "sh.rustup.rs"),
        (
            |m| m.compiler = Err("it is rustc 1.70\nbring it up with `rustup update`".into()),
            "rustc",
            Fault,
            "rustup update stable",
        ),
        (
            |m| {
                m.compiler = Err("failed to find `rustc`".into());
                m.names_compiler = true;
            },
            "rustc",
            Fault,
            "unset RUNNER_RUSTC",
        ),
        (|m| m.program = Some(Some("no".into())), "program", Fault, "dmesg"),
        (|m| m.cache = Err("failed to write".into()), "cache", Fault, "RUNNER_CACHE="),
    ];
    for (index, (wrong, subject, status, command)) in cases.iter().enumerate() {
        let mut machine = sound();
        wrong(&mut machine);
        let found = finding(&machine, subject);
        assert_eq!(found.status, *status, "{index}: {found:?}");
        let mends = found.command.as_deref().unwrap_or_default();
        assert!(mends.contains(command), "{index}: {found:?}");
        let report = Report::new(machine.release.clone(), check(&machine), Vec::new());
        assert_eq!(report.ok, *status != Fault, "{index}");
        let text = human(&report);
        assert!(text.contains(&format!("run: {mends}\n")), "{index}: {text}");
        let object: serde_json::Value = serde_json::from_str(&json(&report).unwrap()).unwrap();
        assert_eq!(object["ok"], report.ok, "{index}");
    }
}

#[test]
fn what_can_be_done_without_is_no_fault() {
    for feature in Feature::all() {
        let mut machine = sound();
        machine.features = Some(vec![Tried { feature, lacks: Some("the kernel has none".into()) }]);
        let found = finding(&machine, &feature.to_string());
        assert_eq!(found.status, Status::Limit);
        assert!(found.said.contains("the kernel has none; "), "{}", found.said);
    }
    let mut machine = sound();
    machine.cache = Ok(Kept {
        folder: PathBuf::from("/tmp/x"),
        entries: 0,
        bytes: 0,
        temporary: Some("`/root/.cache` is read-only".into()),
    });
    assert_eq!(finding(&machine, "cache").status, Status::Limit);
    machine.tracefs = Tracefs::NotMounted;
    assert_eq!(finding(&machine, "tracefs").status, Status::Ok);
    machine.situation.lockdown = Some("integrity".into());
    assert_eq!(finding(&machine, "lockdown").status, Status::Ok);
    machine.release = "5.10.0".into();
    machine.situation.memlock = Some(65536);
    assert_eq!(finding(&machine, "locked memory").status, Status::Ok);
}

#[test]
fn who_has_no_privileges_is_told_what_could_not_be_tried() {
    let mut machine = sound();
    machine.situation.capabilities = 0;
    machine.features = None;
    machine.program = None;
    let subjects = ["features", "program"];
    for found in subjects.map(|subject| finding(&machine, subject)) {
        assert_eq!(found.status, Status::Unknown);
        assert_eq!(found.command.as_deref(), Some("sudo runner doctor"));
    }
    assert_eq!(finding(&machine, "rustc").status, Status::Ok);
    machine.compiler = Err("failed to find `rustc`".into());
    assert_eq!(finding(&machine, "program").command, None);
}
