//! Values that only the process itself knows.

use std::process::Command;

use crate::harness::{Config, Running, finish, hex, pull, runner, trigger};

#[test]
fn a_thread_has_a_number_of_its_own() {
    let config = Config::probe(
        "tracepoint:syscalls:sys_enter_close",
        "where: comm == \"athread\"\nfields: [pid, tid, {leader: task->tgid}]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let pulled = pull(config.folder(), &["athread", "thread"]);
    let tid: u32 = pulled.stdout.trim().parse().unwrap();
    assert_ne!(tid, pulled.pid);
    let events = run.interrupt().objects();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["pid"], pulled.pid);
    assert_eq!(events[0]["leader"], pulled.pid);
    assert_eq!(events[0]["tid"], tid);
}

#[test]
fn a_pinned_process_is_seen_on_its_processor() {
    let config = Config::probe("syscall:close", "where: comm == \"pinned\"\nfields: [cpu, fd]");
    let run = Running::start(config.and(&["-o", "json"]));
    let last = std::thread::available_parallelism().unwrap().get() - 1;
    let to = last.to_string();
    pull(
        config.folder(),
        &["pinned", "pin", &to, ",", "close", "-1", ",", "pin", "0", ",", "close", "-2"],
    );
    let events = run.interrupt().objects();
    let seen: Vec<_> = events.iter().map(|event| event["cpu"].as_u64().unwrap()).collect();
    assert_eq!(seen, [last as u64, 0]);
}

/// `CLOCK_MONOTONIC`, nanoseconds.
fn monotonic() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is ours and of the type that the call fills.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) }, 0);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[test]
fn times_lie_between_before_and_after() {
    let config = Config::probe(
        "syscall:close",
        "where: comm == \"times\"\nfields: [nsecs, time, latency, fd]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let (wall, before) = (std::time::SystemTime::now(), monotonic());
    pull(config.folder(), &["times", "flood", "100"]);
    let (wall_after, after) = (std::time::SystemTime::now(), monotonic());
    let events = run.interrupt().objects();
    assert_eq!(events.len(), 100);
    let mut last = before;
    for event in &events {
        let nsecs = event["nsecs"].as_u64().unwrap();
        assert!(last < nsecs && nsecs < after, "{last} {nsecs} {after}");
        last = nsecs;
        let latency = event["latency"].as_u64().unwrap();
        assert!(latency > 0 && latency < after - before, "{latency}");
        assert_eq!(event["time"], event["ts"]);
        let time = humantime::parse_rfc3339(event["time"].as_str().unwrap()).unwrap();
        // The clocks may be moved against each other meanwhile.
        let slack = std::time::Duration::from_millis(50);
        assert!(wall - slack <= time && time <= wall_after + slack, "{event}");
    }
}

#[test]
fn char_arrays_are_text_in_conditions_and_fields() {
    let config = Config::probe(
        "tracepoint:sched:sched_switch",
        "where: prev_comm == \"switching\"\nfields: [prev_comm, prev_pid, next_pid, prev_state]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let pulled = pull(config.folder(), &["switching", "sleep", "1000", ",", "sleep", "1000"]);
    let events = run.interrupt().objects();
    // Two sleeps and the end; more where it had to wait for a processor.
    assert!(events.len() >= 3, "{events:?}");
    for event in &events {
        assert_eq!(event["prev_comm"], "switching");
        assert_eq!(event["prev_pid"], pulled.pid);
        assert_ne!(event["next_pid"], pulled.pid);
    }
}

#[test]
fn a_tracepoint_of_the_kernel_itself_has_its_strings() {
    let config = Config::probe(
        "tracepoint:sched:sched_process_exec",
        "where: filename == \"/proc/self/exe\" || comm == \"trigger\"\n\
         fields: [pid, filename, {old: old_pid}, {pid_field: args.pid}]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    let mut child = Command::new(trigger()).args(["execs", "close", "-1"]).spawn().unwrap();
    assert!(child.wait().unwrap().success());
    let seen = run.interrupt().with("pid", child.id());
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["filename"], trigger().to_str().unwrap());
    assert_eq!(seen[0]["pid_field"], child.id());
    assert_eq!(seen[0]["old"], child.id());
}

#[test]
fn the_largest_event_arrives_whole() {
    let paths: String = (0..7).map(|n| format!("\n  - p{n}: pathname")).collect();
    let ask = |last: u32| {
        Config::new(&format!(
            "version: 1\nlimits: {{string: 4096}}\nprobes:\n- hook: syscall:unlink\n  \
             where: comm == \"largest\"\n  fields:{paths}\n  - last: str(pathname, {last})\n"
        ))
    };
    let larger = ask(3935);
    let refused = finish(&mut runner(larger.and(&[])));
    refused.assert(2, &["event-too-large", "probe.yaml:4", "32776 bytes", "at most 32768"]);
    let config = ask(3934);
    let run = Running::start(["-c", config.path(), "-o", "json"]);
    let path = "x/".repeat(2000);
    pull(config.folder(), &["largest", "unlink", &hex(path.as_bytes())]);
    let ended = run.interrupt();
    ended.assert(0, &["none lost"]);
    let [event] = ended.objects().try_into().expect("one event");
    for name in ["p0", "p1", "p2", "p3", "p4", "p5", "p6"] {
        assert_eq!(event[name], path);
    }
    assert_eq!(event["last"], path[..3934]);
    assert_eq!(event["last_truncated"], true);
}
