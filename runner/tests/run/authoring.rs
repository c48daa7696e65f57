//! `list`, `fields` and `init` on this machine; what `init` writes is loaded and attached, for 200
//! hooks of each kind that this kernel has.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{finish, runner};

/// Hooks of each kind.
const HOOKS: usize = 200;
/// Hooks of one config: one start of the compiler serves them all.
const BATCH: usize = 100;

/// The hooks that fit `pattern`.
fn list(pattern: &str) -> Vec<String> {
    let ended = finish(&mut runner(["list", pattern]));
    ended.assert(0, &[]);
    let hook = |line: &str| line.split('\t').next().unwrap().to_owned();
    ended.text().lines().map(hook).collect()
}

/// At most [`HOOKS`] of `all`, the same ones each time.
fn drawn(mut all: Vec<String>) -> Vec<String> {
    // xorshift64: the order matters to nobody, only that it is the same.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..all.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        all.swap(last, (state % (last as u64 + 1)) as usize);
    }
    all.truncate(HOOKS);
    all
}

/// The facts of this kernel in a file: `validate` knows tracepoints by it.
fn snapshot() -> &'static str {
    static FILE: OnceLock<(TempDir, String)> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("this.snap").display().to_string();
        finish(&mut runner(["snapshot", "-o", &path])).assert(0, &[]);
        (folder, path)
    };
    &FILE.get_or_init(make).1
}

/// Drafts configs for `hooks`, validates them, and runs them until `true` has ended.
#[track_caller]
fn draft_and_run(hooks: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    for (index, batch) in hooks.chunks(BATCH).enumerate() {
        let path = folder.path().join(format!("batch{index}.yaml")).display().to_string();
        let arguments = ["init", "-o", &path].into_iter().chain(batch.iter().map(String::as_str));
        finish(&mut runner(arguments)).assert(0, &["runner: wrote"]);
        let text = fs::read_to_string(&path).unwrap();
        let checked = finish(&mut runner([
            "validate",
            "--kernel",
            snapshot(),
            "--deny=all",
            "--format=concise",
            &path,
        ]));
        checked.assert(0, &[]);
        assert_eq!(checked.text(), "", "{text}");
        let ended = finish(&mut runner(["-c", &path, "-o", "json", "--", "true"]));
        assert_eq!(ended.code(), 0, "{}\n{text}", ended.stderr);
        assert!(ended.stderr.contains("runner: attached"), "{}\n{text}", ended.stderr);
        assert_eq!(text.matches("\n  - name: ").count(), batch.len(), "{text}");
    }
}

#[test]
fn drafts_of_tracepoints_run() {
    let hooks = drawn(list("tracepoint"));
    assert_eq!(hooks.len(), HOOKS);
    draft_and_run(&hooks);
}

#[test]
fn drafts_of_raw_tracepoints_run() {
    let hooks = drawn(list("raw_tracepoint"));
    assert_eq!(hooks.len(), HOOKS);
    draft_and_run(&hooks);
}

#[test]
fn drafts_of_system_calls_run() {
    let hooks = drawn(list("syscall"));
    assert_eq!(hooks.len(), HOOKS);
    draft_and_run(&hooks);
}

/// A library that no other process runs: hooks in the real one would slow the whole machine down.
fn library(folder: &Path) -> String {
    let found = finish(&mut runner(["fields", "uprobe:libc:malloc"]));
    found.assert(0, &[]);
    let own = Command::new("ldd").arg("/bin/bash").output().unwrap();
    let own = String::from_utf8(own.stdout).unwrap();
    let libc = own.split_whitespace().find(|word| word.contains("/libc.so")).unwrap();
    let copy = folder.join("libc.so.6");
    fs::copy(libc, &copy).unwrap();
    copy.display().to_string()
}

#[test]
fn drafts_of_functions_of_programs_run() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    for kind in ["uprobe", "uretprobe", "ufunc"] {
        let hooks = drawn(list(&format!("{kind}:{library}")));
        assert_eq!(hooks.len(), HOOKS);
        draft_and_run(&hooks);
    }
}

#[test]
fn drafts_of_static_probes_run() {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/static_probes.c");
    let program = folder.path().join("static_probes");
    let gcc = Command::new("gcc").args(["-O1", "-o"]).arg(&program).arg(source).status().unwrap();
    assert!(gcc.success());
    // Debian's libstdc++ has some, too.
    let mut hooks = list(&format!("usdt:{}", program.display()));
    hooks.extend(list("usdt:libstdc++"));
    assert!(hooks.len() > 15, "{hooks:?}");
    draft_and_run(&drawn(hooks));
}

#[test]
fn drafts_of_clocks_and_counters_run() {
    let mut hooks: HashSet<String> = HashSet::new();
    for pattern in ["profile", "interval", "software"] {
        hooks.extend(list(pattern));
    }
    for n in 1..=HOOKS as u64 {
        hooks.extend([format!("profile:hz:{n}"), format!("interval:ms:{}", n * 7)]);
        hooks.insert(format!("software:page-faults:{}", n * n));
    }
    let mut hooks: Vec<String> = hooks.into_iter().collect();
    hooks.sort();
    draft_and_run(&drawn(hooks));
}

#[test]
fn hooks_are_listed_one_a_line() {
    let ended = finish(&mut runner(["list", "*sys_enter_unlink*"]));
    ended.assert(0, &["without kprobe, kretprobe, func: ", "CONFIG_KPROBES"]);
    assert_eq!(
        ended.text(),
        "tracepoint:syscalls:sys_enter_unlink\ntracepoint:syscalls:sys_enter_unlinkat\n"
    );
    let ended = finish(&mut runner(["list", "-o", "json", "software:faults"]));
    let [object] = ended.objects().try_into().unwrap();
    assert_eq!(object["hook"], "software:page-faults:100");
    let none = finish(&mut runner(["list", "syscall:unlnkat"]));
    none.assert(1, &["no hook fits `syscall:unlnkat`", "near: syscall:unlinkat\n"]);
    assert_eq!(none.text(), "");
    finish(&mut runner(["list", "kprobe:*unlink*"])).assert(4, &["CONFIG_KPROBES"]);
    finish(&mut runner(["list", "uprobe:/no/such:x"])).assert(2, &["failed to open `/no/such`"]);
    finish(&mut runner(["list", "sycall:x"])).assert(2, &["did you mean `syscall`?"]);
}

#[test]
fn the_commands_of_the_readme_work() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let section = readme.split("### A new config\n").nth(1).unwrap();
    let commands = section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(commands.lines().count(), 6, "{commands}");
    let folder = tempfile::tempdir().unwrap();
    let own = Path::new(env!("CARGO_BIN_EXE_runner")).parent().unwrap().display();
    let path = format!("{own}:{}", std::env::var("PATH").unwrap());
    for command in commands.lines() {
        let mut shell = Command::new("sh");
        shell.args(["-ec", command]).current_dir(folder.path()).env("PATH", &path);
        shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        finish(&mut shell).assert(0, &[]);
    }
    assert!(fs::read_to_string(folder.path().join("unlinkat.yaml")).unwrap().contains("pathname"));
}

#[test]
fn another_kernel_is_asked_by_its_snapshot() {
    let asked = |arguments: &[&str]| {
        let here = finish(&mut runner(arguments));
        let there = finish(&mut runner([arguments, &["--kernel", snapshot()]].concat()));
        there.assert(0, &[]);
        assert_eq!(there.text(), here.text());
        there.text()
    };
    assert!(asked(&["list", "*unlink*"]).contains("syscall:unlinkat\n"));
    assert!(asked(&["fields", "syscall:unlinkat"]).contains(" pathname\n"));
    assert!(asked(&["init", "tracepoint:sched:sched_process_exec"]).contains("- filename"));
    let none = finish(&mut runner(["list", "x", "--kernel", "/no/such.snap"]));
    none.assert(2, &["/no/such.snap"]);
}

#[test]
fn who_is_not_root_is_told_what_is_for_root_only() {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    // The binary is below a folder that others may not enter.
    let folder = tempfile::Builder::new().permissions(open()).tempdir().unwrap();
    let copy = folder.path().join("runner");
    fs::copy(env!("CARGO_BIN_EXE_runner"), &copy).unwrap();
    command.arg(&copy).args(["list", "*sched_process_exec*"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let ended = finish(&mut command);
    ended.assert(0, &["without tracepoint, syscall: failed to read", "for root only"]);
    assert_eq!(ended.text(), "raw_tracepoint:sched_process_exec\n");
}

/// Everybody may enter and read.
fn open() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o755)
}

#[test]
fn fields_are_those_of_this_kernel() {
    let ended = finish(&mut runner(["fields", "-o", "json", "raw_tracepoint:sched_process_exec"]));
    ended.assert(0, &[]);
    let [object] = ended.objects().try_into().unwrap();
    let arguments = object["arguments"].as_array().unwrap();
    let types: Vec<_> = arguments.iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["struct task_struct *", "pid_t", "struct linux_binprm *"]);
    let members = arguments[2]["members"].as_array().unwrap();
    let filename = members.iter().find(|one| one["expr"] == "bprm->filename").unwrap();
    // bpftool is the oracle.
    let dumped = Command::new("sh")
        .args(["-c", "bpftool btf dump file /sys/kernel/btf/vmlinux | grep -A60 \"STRUCT 'linux_binprm'\" | grep \"'filename'\""])
        .output()
        .unwrap();
    let dumped = String::from_utf8(dumped.stdout).unwrap();
    let bits: u64 = dumped.split("bits_offset=").nth(1).unwrap().trim().parse().unwrap();
    assert_eq!(filename["offset"], Value::from(bits / 8));
    let text = finish(&mut runner(["fields", "syscall:openat", "--deep", "task->mm"])).text();
    assert!(text.contains("\nconst char *  filename\n"), "{text}");
    assert!(text.contains(" task->mm->exe_file "), "{text}");
    let wrong = finish(&mut runner(["fields", "syscall:openat", "--deep", "task->m"]));
    wrong.assert(2, &["unknown-member", "--deep:1:7", "did you mean `mm`"]);
}

#[test]
fn a_file_is_never_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my-writes.yaml").display().to_string();
    finish(&mut runner(["init", "syscall:write", "-o", &path])).assert(0, &["runner: wrote"]);
    let first = fs::read_to_string(&path).unwrap();
    assert!(first.contains("\nname: my_writes\n"), "{first}");
    let again = finish(&mut runner(["init", "syscall:read", "-o", &path]));
    again.assert(2, &["it is there already; `--force` replaces it"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), first);
    finish(&mut runner(["init", "syscall:read", "-o", &path, "--force"])).assert(0, &[]);
    assert!(fs::read_to_string(&path).unwrap().contains("hook: syscall:read\n"));
    // To standard output it is the same.
    let shown = finish(&mut runner(["init", "syscall:read"])).text();
    assert!(shown.contains("hook: syscall:read\n"), "{shown}");
    finish(&mut runner(["init", "syscall:reed"])).assert(2, &["did you mean `syscall:read`?"]);
    // Another kernel may have what this one only describes.
    let other = finish(&mut runner(["init", "kprobe:do_unlinkat"]));
    other.assert(0, &["warning: this kernel cannot run it", "CONFIG_KPROBES"]);
    assert!(other.text().contains("      - name: {expr: name->name, max: 4096} # struct"));
}
