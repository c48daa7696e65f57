//! The gallery passes its own tests; `unlink.yaml`, the README's example, in every format.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Config, Ended, Running, gallery, hex, pull, runner};
use crate::programs;

/// What every kernel with BTF can run, and what needs kprobes.
const NEED_KPROBES: [&str; 2] = ["sock-alloc.yaml", "unlink-kprobe.yaml"];

#[test]
fn the_gallery_passes_its_own_tests() {
    let path =
        format!("{}:{}", programs::of_the_gallery().display(), std::env::var("PATH").unwrap());
    let mut command =
        runner(["test", "--require-tests", "--skip-unavailable", "--format", "tap", &gallery("")]);
    let output = command.env("PATH", path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}{stderr}");
    let kprobes = Path::new("/sys/bus/event_source/devices/kprobe").exists();
    for file in fs::read_dir(gallery("")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let tests: Vec<_> =
            text.lines().filter(|line| line.contains(&format!("/{name}: "))).collect();
        assert!(!tests.is_empty(), "{name} was not tested:\n{text}");
        let skipped = tests.iter().filter(|line| line.contains("# SKIP")).count();
        let expected = if NEED_KPROBES.contains(&name) && !kprobes { tests.len() } else { 0 };
        assert_eq!(skipped, expected, "{name}:\n{text}");
    }
}

/// The fields that are known beforehand.
fn fields(object: &Value) -> Value {
    let mut object = object.clone();
    let time = object.as_object_mut().unwrap().remove("ts").unwrap();
    let time = humantime::parse_rfc3339(time.as_str().unwrap()).unwrap();
    assert!(time.elapsed().unwrap().as_secs() < 3600);
    object
}

/// What the config shows of `rm gone` and of a failing unlink(2), and the processes.
fn unlinked(format: &str) -> (Ended, u32, u32) {
    let config = Config::new("");
    let run = Running::start(["-c", &gallery("unlink.yaml"), "-o", format]);
    std::fs::write(config.folder().join("gone"), "").unwrap();
    let mut rm = Command::new("rm").arg("gone").current_dir(config.folder()).spawn().unwrap();
    assert!(rm.wait().unwrap().success());
    let failing = pull(config.folder(), &["failing", "unlink", &hex(b"not there")]);
    (run.interrupt(), rm.id(), failing.pid)
}

#[test]
fn unlink_as_json() {
    let (ended, rm, failing) = unlinked("json");
    let seen: Vec<_> = ended.with("pid", rm).iter().map(fields).collect();
    let gone = json!({"probe": "unlink", "filename": "gone", "ret": 0, "pid": rm, "comm": "rm"});
    assert_eq!(seen, [gone]);
    let seen: Vec<_> = ended.with("pid", failing).iter().map(fields).collect();
    let expected = json!({
        "probe": "unlink", "filename": "not there", "ret": -2, "pid": failing, "comm": "failing"
    });
    assert_eq!(seen, [expected]);
}

#[test]
fn unlink_as_a_table() {
    let (ended, rm, failing) = unlinked("table");
    let text = ended.text();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(text.lines().next().unwrap()), ["PID", "COMM", "FILENAME", "RET"]);
    let rows: Vec<_> = text.lines().skip(1).map(words).collect();
    let of = |pid: u32| {
        let pid = pid.to_string();
        rows.iter().filter(|row| row.contains(&pid)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of(rm), [[&rm.to_string(), "rm", "gone", "0"]]);
    assert_eq!(of(failing), [[&failing.to_string(), "failing", "not", "there", "-2"]]);
}

#[test]
fn unlink_as_csv() {
    let (ended, rm, failing) = unlinked("csv");
    let text = ended.text();
    assert!(text.starts_with("ts,probe,pid,comm,filename,ret\r\n"), "{text}");
    for end in [
        format!("Z,unlink,{rm},\"rm\",\"gone\",0\r"),
        format!("Z,unlink,{failing},\"failing\",\"not there\",-2\r"),
    ] {
        assert_eq!(text.split('\n').filter(|line| line.ends_with(&end)).count(), 1, "{text}");
    }
    let of_rm = text.lines().filter(|line| line.contains(&format!(",{rm},"))).count();
    assert_eq!(of_rm, 1, "{text}");
}

#[test]
fn unlink_with_a_format_of_its_own() {
    let config = Config::probe(
        "syscall:unlink*",
        "where: comm == \"ownformat\"\nfields: [pid, {name: pathname}, {ret: retval}]\n\
         print: \"UNLINK {pid} {name:>12}|{name:<12}| {ret:>5} {ret:x}\"",
    );
    let run = Running::start(config.and(&[]));
    let pulled = pull(config.folder(), &["ownformat", "unlink", &hex(b"not there")]);
    let text = run.interrupt().text();
    let line =
        format!("UNLINK {}    not there|not there   |    -2 0xfffffffffffffffe\n", pulled.pid);
    assert_eq!(text, line);
}
