//! The configs of the gallery, each seen at work in every format.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Config, Ended, Running, gallery, hex, pull};

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

#[test]
fn write_shows_descriptors_and_what_was_written() {
    let run = Running::start(["-c", &gallery("write.yaml"), "-o", "json"]);
    let config = Config::new("");
    // The descriptor -1 is none: that write fails and is left out.
    let arguments =
        ["writes", "write", "7", "12345", ",", "write", "-1", "5", ",", "write", "200", "1"];
    let pulled = pull(config.folder(), &arguments);
    let ended = run.interrupt();
    let mut seen: Vec<_> = ended.with("pid", pulled.pid).iter().map(fields).collect();
    for event in &mut seen {
        let latency = event.as_object_mut().unwrap().remove("latency").unwrap();
        assert!(latency.as_u64().is_some_and(|nanos| nanos > 0), "{latency}");
    }
    let expected = |fd: u32, bytes: u32| {
        let pid = pulled.pid;
        json!({"probe": "write", "pid": pid, "comm": "writes", "fd": fd, "bytes": bytes})
    };
    assert_eq!(seen, [expected(7, 12345), expected(200, 1)]);
}

#[test]
fn exec_shows_programs() {
    let run = Running::start(["-c", &gallery("exec.yaml"), "-o", "json"]);
    let mut child = Command::new("/bin/true").spawn().unwrap();
    assert!(child.wait().unwrap().success());
    let ended = run.interrupt();
    let seen: Vec<_> = ended.with("pid", child.id()).iter().map(fields).collect();
    let expected = json!({
        "probe": "exec", "pid": child.id(), "uid": 0, "comm": "true", "filename": "/bin/true"
    });
    assert_eq!(seen, [expected]);
}

#[test]
fn raw_syscalls_shows_numbers() {
    let run = Running::start(["-c", &gallery("raw-syscalls.yaml"), "-o", "json"]);
    let config = Config::new("");
    let pulled = pull(config.folder(), &["numbers", "write", "7", "12345"]);
    let ended = run.interrupt();
    let of = ended.with("pid", pulled.pid);
    // 1 is write(2) on x86-64.
    let writes: Vec<_> = of.iter().map(fields).filter(|event| event["id"] == 1).collect();
    let pid = pulled.pid;
    let expected =
        json!({"probe": "enter", "pid": pid, "comm": "numbers", "id": 1, "id_text": "write"});
    assert!(writes.contains(&expected), "{writes:?}");
    assert!(of.iter().any(|event| event["id"] == 231 || event["id"] == 60), "no exit seen");
}
