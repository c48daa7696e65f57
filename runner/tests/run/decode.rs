//! Values that are shown by name or in another form, in every format.

use std::os::unix::fs::MetadataExt;

use serde_json::{Value, json};

use crate::harness::{Config, Running, pull};

/// An event without what no test knows beforehand.
fn known(mut event: Value) -> Value {
    let object = event.as_object_mut().unwrap();
    object.remove("ts");
    object.remove("probe");
    event
}

/// What the config shows of the trigger's calls, in JSON.
fn seen(config: &Config, arguments: &[&str]) -> Vec<Value> {
    let run = Running::start(config.and(&["-o", "json"]));
    pull(config.folder(), arguments);
    run.interrupt().objects().into_iter().map(known).collect()
}

#[test]
fn enums_of_the_kernel_are_shown_by_name() {
    let config = Config::probe(
        "tracepoint:timer:hrtimer_start",
        "where: comm == \"enums\"\n\
         fields: [mode, {number: (int)mode}, {hint: task->mm->exe_file->f_inode->i_write_hint}]",
    );
    // HRTIMER_MODE_REL is 1.
    let expected = json!({
        "mode": 1, "mode_text": "HRTIMER_MODE_REL", "number": 1,
        "hint": 0, "hint_text": "WRITE_LIFE_NOT_SET"
    });
    assert!(seen(&config, &["enums", "sleep", "1000"]).contains(&expected));
}

/// A config whose `fd` has an enum of its own.
fn descriptors() -> Config {
    Config::new(
        "version: 1\ntypes: 'enum which { NONE = -1, SEVEN = 7, SAME = 7 };'\nprobes:\n  \
         - name: probe\n    hook: syscall:write\n    where: comm == \"enums\"\n    \
         fields: [{fd: (enum which)fd}, {hex: {expr: fd, as: hex}}]\n    \
         print: '{fd:>5} {fd:x} {fd:d} {hex}'\n  \
         - hook: syscall:write\n    where: comm == \"enums\"\n    fields: [{fd: (enum which)fd}]\n",
    )
}

const WRITES: [&str; 12] =
    ["enums", "write", "7", "1", ",", "write", "-1", "1", ",", "write", "200", "1"];

#[test]
fn enums_of_the_config_are_shown_by_name() {
    let config = descriptors();
    let mut events = seen(&config, &WRITES);
    events.retain(|event| event.get("hex").is_some());
    let expected = [
        json!({"fd": 7, "fd_text": "SEVEN", "hex": 7, "hex_text": "0x7"}),
        json!({"fd": -1, "fd_text": "NONE", "hex": u32::MAX, "hex_text": "0xffffffff"}),
        // A value without a name has no text.
        json!({"fd": 200, "hex": 200, "hex_text": "0xc8"}),
    ];
    assert_eq!(events, expected);
}

#[test]
fn tables_and_csv_show_the_names() {
    let config = descriptors();
    let run = Running::start(config.and(&[]));
    pull(config.folder(), &WRITES);
    let text = run.interrupt().text();
    let lines: Vec<&str> = text.lines().collect();
    for line in ["SEVEN 0x7 7 0x7", " NONE 0xffffffff -1 0xffffffff", "  200 0xc8 200 0xc8"] {
        assert!(lines.contains(&line), "no `{line}` in\n{text}");
    }
    assert_eq!(lines.iter().filter(|line| ["SEVEN", "NONE", "200"].contains(line)).count(), 3);
    let run = Running::start(config.and(&["-o", "csv"]));
    pull(config.folder(), &WRITES);
    let text = run.interrupt().text();
    for end in [",\"SEVEN\",\"0x7\"", ",\"NONE\",\"0xffffffff\"", ",200,\"0xc8\""] {
        assert!(text.lines().any(|line| line.ends_with(end)), "no `{end}` in\n{text}");
    }
}

/// What the trigger's calls look like to `fields` at `hook`.
fn decoded(hook: &str, fields: &[&str], arguments: &str) -> Vec<Value> {
    let list: String = fields.iter().map(|field| format!("  - {field}\n")).collect();
    let rest = format!("where: comm == \"decoders\"\nfields:\n{list}");
    let arguments: Vec<&str> =
        std::iter::once("decoders").chain(arguments.split_whitespace()).collect();
    seen(&Config::probe(hook, &rest), &arguments)
}

#[test]
fn errors_signals_and_system_calls_have_names() {
    let fields = ["sig: {expr: sig, as: signal}", "ret: {expr: retval, as: errno}"];
    let seen = decoded("syscall:kill", &fields, "call 62 2000000000 9 , call 62 0 0");
    let expected = [
        json!({"sig": 9, "sig_text": "SIGKILL", "ret": -3, "ret_text": "ESRCH"}),
        // Neither is 0 a signal, nor is it an error.
        json!({"sig": 0, "ret": 0}),
    ];
    assert_eq!(seen, expected);
    let fields = ["id: {expr: id, as: syscall}"];
    let seen = decoded("raw_tracepoint:sys_enter", &fields, "write 7 1");
    assert!(seen.contains(&json!({"id": 1, "id_text": "write"})), "{seen:?}");
}

#[test]
fn a_file_descriptor_is_no_error() {
    let fields =
        ["ret: {expr: retval, as: errno}", "as_error: {expr: retval, as: errno(positive)}"];
    let close = |fd: i64| format!("call 33 1 {fd}");
    // dup2(2) gives the descriptor that was asked for.
    let seen = decoded("syscall:dup2", &fields, &format!("{} , {}", close(13), close(-1)));
    let expected = [
        json!({"ret": 13, "as_error": 13, "as_error_text": "EACCES"}),
        json!({"ret": -9, "ret_text": "EBADF", "as_error": -9}),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn flags_have_their_names() {
    let fields = [
        "flags: {expr: flags, as: flags(O_)}",
        "mode: {expr: mode, as: mode}",
        "ret: {expr: retval, as: errno}",
    ];
    // A flag that does not exist: 0x20000000; 0x40 is O_CREAT.
    let seen = decoded(
        "syscall:openat",
        &fields,
        "call 257 -100 @2f6e6f2f7768657265 0x20000041 0640 , call 257 -100 @2f6e6f2f78 0 0",
    );
    let expected = [
        json!({
            "flags": 0x2000_0041, "flags_text": "O_WRONLY|O_CREAT|0x20000000",
            "mode": 0o640, "mode_text": "0640", "ret": -2, "ret_text": "ENOENT"
        }),
        json!({
            "flags": 0, "flags_text": "O_RDONLY", "mode": 0, "mode_text": "0000",
            "ret": -2, "ret_text": "ENOENT"
        }),
    ];
    assert_eq!(seen, expected);
    let fields = ["prot: {expr: prot, as: flags(PROT_)}", "flags: {expr: flags, as: flags(MAP_)}"];
    let seen = decoded("syscall:mmap", &fields, "call 9 0 4096 5 0x22 -1 0 , call 9 0 4096 0 1 -1");
    let expected = [
        json!({
            "prot": 5, "prot_text": "PROT_READ|PROT_EXEC",
            "flags": 0x22, "flags_text": "MAP_PRIVATE|MAP_ANONYMOUS"
        }),
        json!({"prot": 0, "prot_text": "PROT_NONE", "flags": 1, "flags_text": "MAP_SHARED"}),
    ];
    for event in expected {
        assert!(seen.contains(&event), "no {event} in {seen:?}");
    }
    let fields = ["family: {expr: family, as: flags(AF_)}", "type: {expr: type, as: flags(SOCK_)}"];
    let seen = decoded("syscall:socket", &fields, "call 41 10 0x80802 0 , call 41 77 3");
    let expected = [
        json!({
            "family": 10, "family_text": "AF_INET6",
            "type": 0x80802, "type_text": "SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC"
        }),
        json!({"family": 77, "type": 3, "type_text": "SOCK_RAW"}),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn amounts_and_times_are_readable() {
    let fields = [
        "amount: {expr: offset, as: bytes}",
        "time: {expr: offset, as: duration}",
        "date: {expr: offset, as: time(unix)}",
        "day: {expr: offset, as: time(unix_seconds)}",
        "now: {expr: nsecs, as: time}",
        "ts_again: time",
    ];
    let mut seen = decoded("syscall:lseek", &fields, "call 8 -1 1700000000 0");
    let now = seen[0].as_object_mut().unwrap().remove("now_text").unwrap();
    let again = seen[0].as_object_mut().unwrap().remove("ts_again").unwrap();
    seen[0].as_object_mut().unwrap().remove("now").unwrap();
    assert_eq!(now, again);
    let number = 1_700_000_000;
    let expected = json!({
        "amount": number, "amount_text": "1.5GiB",
        "time": number, "time_text": "1.700s",
        "date": number, "date_text": "1970-01-01T00:00:01.700000000Z",
        "day": number, "day_text": "2023-11-14T22:13:20Z"
    });
    assert_eq!(seen, [expected]);
}

#[test]
fn modes_and_devices_are_those_of_the_file() {
    let fields = [
        "mode: {expr: task->mm->exe_file->f_inode->i_mode, as: mode}",
        "device: {expr: task->mm->exe_file->f_inode->i_sb->s_dev, as: dev}",
        "ino: task->mm->exe_file->f_inode->i_ino",
        "made: {expr: dev, as: dev(user)}",
    ];
    // A device that cannot be made: the folder is missing. makedev(259, 70000).
    let made = libc::makedev(259, 70_000);
    let call = format!("call 133 @2f6e6f2f7768657265 0x6000 {made}");
    let seen = decoded("syscall:mknod", &fields, &call);
    let program = std::fs::metadata(crate::harness::trigger()).unwrap();
    let (device, mode) = (program.dev(), program.mode());
    let (major, minor) = (libc::major(device), libc::minor(device));
    assert_eq!(mode, 0o100755);
    let expected = json!({
        "mode": mode, "mode_text": "-rwxr-xr-x", "ino": program.ino(),
        "device": major << 20 | minor, "device_text": format!("{major}:{minor}"),
        "made": made, "made_text": "259:70000"
    });
    assert_eq!(seen, [expected]);
}

/// `struct sockaddr_in` and `struct sockaddr_in6` with port 4660, and a `struct sockaddr_un`.
const V4: &str = "@02001234c00002010000000000000000";
const V6: &str = "@0a0012340000000020010db800000000000000000000000100000000";
const UNIX: &str = "@01002f78000000000000000000000000";

#[test]
fn addresses_of_both_versions_are_read_from_memory() {
    let fields = [
        "any: ip(uservaddr)",
        "port: bswap(((struct sockaddr_in *)uservaddr)->sin_port)",
        "four: ip(((struct sockaddr_in *)uservaddr)->sin_addr)",
        "six: {expr: ((struct sockaddr_in6 *)uservaddr)->sin6_addr, as: ip}",
        "number: \"ip(*(u32 *)((u8 *)uservaddr + 4))\"",
        "beside: {expr: \"*(u32 *)((u8 *)uservaddr + 4)\", as: ip}",
        "by_family: \"ip((u8 *)uservaddr + 8, uservaddr->sa_family)\"",
        "mac: \"mac((u8 *)uservaddr + 2)\"",
        "wide: bswap(*(u64 *)uservaddr)",
    ];
    let calls = [V4, V6, UNIX].map(|address| format!("call 42 -1 {address:0<57} 28")).join(" , ");
    let seen = decoded("syscall:connect", &fields, &calls);
    let expected = [
        json!({
            "any": "192.0.2.1", "port": 4660, "four": "192.0.2.1", "six": "::",
            "number": "192.0.2.1", "beside": 0x0102_00c0, "beside_text": "192.0.2.1",
            "by_family": "0.0.0.0", "mac": "12:34:c0:00:02:01", "wide": 0x0200_1234_c000_0201u64
        }),
        json!({
            "any": "2001:db8::1", "port": 4660, "four": "0.0.0.0", "six": "2001:db8::1",
            "number": "0.0.0.0", "beside": 0, "beside_text": "0.0.0.0",
            "by_family": "2001:db8::1", "mac": "12:34:00:00:00:00", "wide": 0x0a00_1234_0000_0000u64
        }),
        // A path is no address.
        json!({
            "any": null, "port": 0x2f78, "four": "0.0.0.0", "six": "::",
            "number": "0.0.0.0", "beside": 0, "beside_text": "0.0.0.0",
            "by_family": null, "mac": "2f:78:00:00:00:00", "wide": 0x0100_2f78_0000_0000u64
        }),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn addresses_of_tracepoints_are_arrays_of_bytes() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // 2 is TCP_SYN_SENT: the connection is being made.
    let config = Config::probe(
        "tracepoint:sock:inet_sock_set_state",
        &format!(
            "where: dport == {port} && newstate == 2\nfields:\n  - to: ip(daddr)\n  \
             - six: {{expr: daddr_v6, as: ip}}\n  - either: \"ip(daddr_v6, (u16)10)\"\n  \
             - family: {{expr: family, as: flags(AF_)}}\n  \
             - protocol: {{expr: protocol, as: flags(IPPROTO_)}}\n  - dport\n"
        ),
    );
    let run = Running::start(config.and(&["-o", "json"]));
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let seen: Vec<_> = run.interrupt().objects().into_iter().map(known).collect();
    let expected = json!({
        "to": "127.0.0.1", "six": "::ffff:127.0.0.1", "either": "::ffff:127.0.0.1",
        "family": 2, "family_text": "AF_INET", "protocol": 6, "protocol_text": "IPPROTO_TCP",
        "dport": port
    });
    assert_eq!(seen, [expected]);
}

#[test]
fn the_gallery_shows_who_connects_and_who_opens() {
    for (config, arguments, expected) in [
        (
            "connect.yaml",
            format!("call 42 -1 {V6} 28"),
            json!({
                "comm": "decoders", "family": 10, "family_text": "AF_INET6", "address": "2001:db8::1",
                "port": 4660, "ret": -9, "ret_text": "EBADF"
            }),
        ),
        (
            "open.yaml",
            // openat2(AT_FDCWD, "/no/x", {O_PATH|O_CLOEXEC, 0, 0}, 24)
            "call 437 -100 @2f6e6f2f78 @000028000000000000000000000000000000000000000000 24".into(),
            json!({
                "comm": "decoders", "path": "/no/x", "flags": 0x28_0000,
                "flags_text": "O_RDONLY|O_CLOEXEC|O_PATH", "mode": 0, "mode_text": "0000",
                "ret": -2, "ret_text": "ENOENT"
            }),
        ),
    ] {
        let run = Running::start(["-c", &crate::harness::gallery(config), "-o", "json"]);
        let arguments: Vec<&str> =
            std::iter::once("decoders").chain(arguments.split_whitespace()).collect();
        let folder = Config::new("");
        let pulled = pull(folder.folder(), &arguments);
        let mut seen: Vec<_> =
            run.interrupt().with("pid", pulled.pid).into_iter().map(known).collect();
        for event in &mut seen {
            let event = event.as_object_mut().unwrap();
            for key in ["pid", "latency", "latency_text"] {
                event.remove(key);
            }
        }
        assert!(seen.contains(&expected), "no {expected} in {seen:?}");
    }
}
