//! A machine that lacks something: each message says what, why and what to do, and the exit code
//! says of which kind it is. Nothing is attached.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::harness::{Config, Ended, Running, finish, gallery, pull, runner};

const CLOSE: &str = "where: pid == 0\nfields: [fd]";
const TASK: &str = "fields: [fd, {parent: task->real_parent->tgid}]";

/// Fails unless it ended before it was attached, with those words.
#[track_caller]
fn refused(ended: &Ended, code: i32, parts: &[&str]) {
    ended.assert(code, parts);
    assert!(!ended.stderr.contains("runner: attached"), "{}", ended.stderr);
}

/// `runner` behind another command, such as `setpriv … --`.
fn behind(words: &[&str], arguments: &[&str]) -> Command {
    let own = runner(arguments);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(own.get_program()).args(arguments);
    for (name, value) in own.get_envs() {
        command.env(name, value.unwrap());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `runner` in a mount namespace of its own, after `script` has changed what is mounted.
fn with_mounts(script: &str, arguments: &[&str]) -> Command {
    let script = format!("{script}\nexec \"$@\"");
    behind(&["unshare", "-m", "sh", "-ec", &script, "sh"], arguments)
}

#[test]
fn without_root() {
    let config = Config::probe("syscall:close", CLOSE);
    // Where it was built may be out of nobody's reach.
    let binary = config.folder().join("runner");
    fs::copy(env!("CARGO_BIN_EXE_runner"), &binary).unwrap();
    fs::set_permissions(config.folder(), fs::Permissions::from_mode(0o755)).unwrap();
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    let mut command = Command::new("setpriv");
    command.args(user).arg(&binary).args(config.and(&["--for", "1ms"]));
    command.env("HOME", "/nonexistent").env_remove("RUNNER_CACHE");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    refused(&finish(&mut command), 4, &["/sys/kernel/tracing", "root", "sudo runner"]);
}

#[test]
fn as_root_without_capabilities() {
    let config = Config::probe("syscall:close", CLOSE);
    let words = ["setpriv", "--bounding-set=-sys_admin,-bpf,-perfmon", "--"];
    let ended = finish(&mut behind(&words, &config.and(&["--for", "1ms"])));
    refused(&ended, 4, &["failed to create map", "CAP_BPF and CAP_PERFMON", "sudo runner"]);
}

#[test]
fn types_from_a_file_that_is_missing_or_broken() {
    let config = Config::probe("syscall:close", TASK);
    let plain = Config::probe("syscall:close", CLOSE);
    for config in [&config, &plain] {
        let ended = finish(&mut runner(config.and(&["--btf", "/no/such.btf"])));
        refused(&ended, 2, &["failed to read `/no/such.btf`", "No such file"]);
    }
    let whole = fs::read("/sys/kernel/btf/vmlinux").unwrap();
    let file = config.folder().join("broken.btf");
    for (bytes, why) in [
        (&b"what is this, after all?"[..], "neither BTF nor an ELF file"),
        (&[], "shorter than its header"),
        (&whole[..whole.len() / 2], "shorter than it says"),
    ] {
        fs::write(&file, bytes).unwrap();
        let ended = finish(&mut runner(config.and(&["--btf", file.to_str().unwrap()])));
        refused(&ended, 4, &["[no-types]", "probe.yaml:5", "needs the kernel's types", why]);
    }
}

#[test]
fn a_kernel_without_types() {
    let hide = "mount -t tmpfs none /sys/kernel/btf";
    let config = Config::probe("syscall:close", TASK);
    let ended = finish(&mut with_mounts(hide, &config.and(&[])));
    refused(&ended, 4, &["[no-types]", "CONFIG_DEBUG_INFO_BTF", "--btf FILE"]);

    // What needs no types runs all the same.
    let config = Config::probe("syscall:close", "where: comm == \"typeless\"\nfields: [comm, fd]");
    let run = Running::of(&mut with_mounts(hide, &config.and(&["-o", "json"]))).attached();
    pull(config.folder(), &["typeless", "close", "-1"]);
    assert_eq!(run.interrupt().objects().len(), 1);
}

#[test]
fn without_tracefs() {
    let config = Config::probe("syscall:close", CLOSE);
    let arguments = config.and(&["--for", "1ms"]);
    let gone = "umount -l /sys/kernel/tracing; ! test -e /sys/kernel/tracing/events";
    finish(&mut with_mounts(gone, &arguments)).assert(0, &["runner: attached"]);

    let nowhere = format!("{gone}\nmount -t tmpfs -o ro none /sys/kernel");
    let ended = finish(&mut with_mounts(&nowhere, &arguments));
    refused(&ended, 4, &["tracefs", "mount -t tracefs tracefs /sys/kernel/tracing"]);
}

/// Runs a config with an empty cache and the compiler `rustc`.
fn compiled_by(rustc: &str, config: &Config) -> Ended {
    let mut command = runner(config.and(&["--for", "1ms"]));
    command.env("RUNNER_CACHE", config.folder().join("cache"));
    finish(command.env("RUNNER_RUSTC", rustc))
}

fn script(config: &Config, text: &str) -> String {
    let path = config.folder().join("rustc");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn without_any_rustc() {
    let config = Config::probe("syscall:close", CLOSE);
    let hide = "mount -t tmpfs none /root\n\
                for file in /usr/bin/rustc /usr/local/bin/rustc; do\n  \
                if [ -e $file ]; then mount --bind /dev/null $file; fi\ndone";
    // What is hidden may hold the binary itself.
    let binary = config.folder().join("runner");
    fs::copy(env!("CARGO_BIN_EXE_runner"), &binary).unwrap();
    let script = format!("{hide}\nPATH=/nonexistent HOME=/nonexistent exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-ec", &script, "sh"]).arg(&binary).args(config.and(&[]));
    command.env("RUNNER_CACHE", config.folder().join("cache"));
    for name in ["RUNNER_RUSTC", "CARGO_HOME", "RUSTUP_HOME", "SUDO_USER"] {
        command.env_remove(name);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let parts = ["failed to find `rustc`", "/nonexistent/rustc", "rustup.rs", "RUNNER_RUSTC"];
    refused(&finish(&mut command), 3, &parts);
}

#[test]
fn a_rustc_that_is_too_old() {
    let config = Config::probe("syscall:close", CLOSE);
    let rustc = script(
        &config,
        "#!/bin/sh\ncase \"$*\" in\n*sysroot*) echo /nonexistent;;\n*-vV*)\necho 'rustc 1.80.0'\n\
         echo 'host: x86_64-unknown-linux-gnu'\necho 'release: 1.80.0'\n\
         echo 'LLVM version: 18.1.7';;\n*) exit 1;;\nesac\n",
    );
    let parts = [rustc.as_str(), "rustc 1.80.0", "1.85 is the oldest", "rustup update stable"];
    refused(&compiled_by(&rustc, &config), 3, &parts);
}

#[test]
fn a_rustc_that_is_broken() {
    let config = Config::probe("syscall:close", CLOSE);
    let rustc = script(&config, "#!/bin/sh\necho 'it rained' >&2\necho 'and poured' >&2\nexit 1\n");
    let parts = [rustc.as_str(), "exit status: 1", "it rained\nand poured\n"];
    refused(&compiled_by(&rustc, &config), 3, &parts);
    refused(&compiled_by("/no/such/rustc", &config), 3, &["`/no/such/rustc`", "RUNNER_RUSTC"]);
    let rustc = script(&config, "no program at all");
    refused(&compiled_by(&rustc, &config), 3, &[rustc.as_str()]);
}

#[test]
fn a_full_disk_for_the_cache() {
    let config = Config::probe("syscall:close", CLOSE);
    let tiny = config.folder().join("tiny");
    fs::create_dir(&tiny).unwrap();
    let tiny = tiny.to_str().unwrap();
    let mount = format!("mount -t tmpfs -o size=64k none '{tiny}'");
    let mut command = with_mounts(&mount, &config.and(&[]));
    let ended = finish(command.env("RUNNER_CACHE", format!("{tiny}/cache")));
    refused(&ended, 3, &["failed to write `", tiny, "No space left on device", "RUNNER_CACHE"]);
}

#[test]
fn a_cache_that_cannot_be_used_is_told_and_done_without() {
    let config = Config::probe("syscall:close", CLOSE);
    let foreign = config.folder().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::set_permissions(&foreign, fs::Permissions::from_mode(0o777)).unwrap();
    for (folder, why) in
        [(foreign.to_str().unwrap(), "may write to it"), ("/proc/no/cache", "No such file")]
    {
        let mut command = runner(config.and(&["--for", "1ms"]));
        let ended = finish(command.env("RUNNER_CACHE", folder));
        ended.assert(0, &["warning: the compiled program cannot be kept", folder, why]);
        ended.assert(0, &["runner: attached"]);
    }
}

#[test]
fn output_to_a_full_disk_from_the_first_line() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = runner(["-c", &gallery("unlink.yaml"), "--for", "10s"]);
    let ended = finish(command.stdout(full));
    ended.assert(4, &["failed to write to standard output", "No space left on device"]);
}
