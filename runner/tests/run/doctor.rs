//! `doctor` on this machine, as root, as nobody, and without a compiler.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::{Config, finish, gallery, runner};

/// What is said of a subject.
#[track_caller]
fn check<'a>(report: &'a Value, subject: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["check"] == subject).unwrap_or_else(|| panic!("{report}"))
}

#[test]
fn this_machine_has_what_is_needed() {
    let ended = finish(&mut runner(["doctor", "--format", "json"]));
    ended.assert(0, &[]);
    let [report] = ended.objects().try_into().unwrap();
    assert_eq!(report["ok"], true, "{report}");
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert_eq!(report["kernel"], release.trim());
    for subject in ["kernel", "privileges", "BTF", "tracefs", "uprobe", "rustc", "program"] {
        assert_eq!(check(&report, subject)["status"], "ok", "{report}");
    }
    // This kernel has none.
    assert_eq!(check(&report, "kprobe")["status"], "limit", "{report}");
    let text = finish(&mut runner(["doctor"])).text();
    assert!(text.ends_with("\nThis machine runs probes.\n"), "{text}");
}

#[test]
fn configs_are_told_apart_by_whether_they_run() {
    let only = Config::probe("kprobe:do_unlinkat", "fields: [pid]");
    let (unlink, write) = (gallery("unlink.yaml"), gallery("write.yaml"));
    let ended = finish(&mut runner(["doctor", "--format=json", &unlink, &write, only.path()]));
    ended.assert(1, &[]);
    let [report] = ended.objects().try_into().unwrap();
    let [unlink, write, only] = [0, 1, 2].map(|index| &report["configs"][index]);
    assert_eq!(unlink["status"], "ok", "{unlink}");
    assert_eq!(unlink["probes"][0]["hook"], "syscall:unlink*");
    assert_eq!(unlink["probes"][0]["not"][0]["hook"], "func:do_unlinkat");
    assert_eq!(write["probes"][0]["hook"], "syscall:write");
    assert_eq!(only["status"], "fault", "{only}");
    assert!(only["probes"][0]["not"][0]["why"].as_str().unwrap().contains("CONFIG_KPROBES"));
    assert!(only["command"].as_str().unwrap().starts_with("runner list '*unlinkat*'"));
    // The command that it names works.
    let listed = finish(&mut runner(["list", "*unlinkat*"]));
    assert!(listed.text().contains("syscall:unlinkat\n"), "{}", listed.text());
    finish(&mut runner(["doctor", "/no/such.yaml"])).assert(2, &["/no/such.yaml"]);
}

#[test]
fn who_is_not_root_learns_what_can_be_seen() {
    // The binary is below a folder that others may not enter.
    let open = fs::Permissions::from_mode(0o755);
    let folder = tempfile::Builder::new().permissions(open).tempdir().unwrap();
    let copy = folder.path().join("runner");
    fs::copy(env!("CARGO_BIN_EXE_runner"), &copy).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    command.args(["doctor", "--format", "json"]).env("HOME", "/nonexistent");
    command.env_remove("RUNNER_CACHE").env_remove("XDG_CACHE_HOME");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let ended = finish(&mut command);
    ended.assert(1, &[]);
    let [report] = ended.objects().try_into().unwrap();
    assert_eq!(check(&report, "BTF")["status"], "ok", "{report}");
    for subject in ["privileges", "tracefs"] {
        let found = check(&report, subject);
        assert_eq!(found["status"], "fault", "{found}");
        assert_eq!(found["command"], "sudo runner doctor", "{found}");
    }
    assert_eq!(check(&report, "features")["status"], "unknown", "{report}");
    assert_eq!(check(&report, "cache")["status"], "limit", "{report}");
}

#[test]
fn a_compiler_that_is_missing_or_broken_is_a_fault() {
    for rustc in ["/no/such/rustc", "/bin/false"] {
        let ended = finish(runner(["doctor"]).env("RUNNER_RUSTC", rustc));
        ended.assert(1, &[]);
        let text = ended.text();
        assert!(text.contains("FAULT    rustc "), "{text}");
        assert!(text.contains(rustc) && text.contains("run: unset RUNNER_RUSTC\n"), "{text}");
    }
}
