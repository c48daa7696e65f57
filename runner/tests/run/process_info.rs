//! What is known of the process: its executable, its parents, its namespaces, its stacks.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use crate::harness::{Config, Running, gallery, pull, trigger};

/// The number in `net:[4026531833]`.
fn inode(link: &str) -> u64 {
    link.split(['[', ']']).nth(1).and_then(|number| number.parse().ok()).unwrap()
}

#[test]
fn namespaces_and_executable() {
    let run = Running::start(["-c", &gallery("process-info.yaml"), "-o", "json"]);
    // A process in seven new namespaces, of which it is the first, that tells their numbers and
    // becomes another program.
    let kinds = ["pid", "mnt", "net", "uts", "ipc", "user", "cgroup"];
    let script = format!(
        "for kind in {}; do readlink /proc/self/ns/$kind; done; exec '{}' named-by-test close -9",
        kinds.join(" "),
        trigger().display()
    );
    let mut unshare = Command::new("unshare");
    unshare.args(["-p", "-f", "-m", "-n", "-u", "-i", "-U", "-r", "-C", "sh", "-c", &script]);
    let child = unshare.stdout(Stdio::piped()).spawn().unwrap();
    let parent = child.id();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let links = String::from_utf8(output.stdout).unwrap();
    let events = run.interrupt().with("ppid", parent);
    let [.., event] = &events[..] else { panic!("no event of the child of {parent}") };
    assert_eq!(event["exe"], trigger().display().to_string());
    assert_eq!(event["exe_inode"], fs::metadata(trigger()).unwrap().ino());
    assert_eq!(event["pcomm"], "unshare");
    assert_eq!(event["nspid"], 1);
    let own = fs::read_link("/proc/self/ns/pid").unwrap();
    for (kind, link) in kinds.iter().zip(links.lines()) {
        assert_eq!(event[format!("{kind}_ns")], inode(link), "{kind}");
    }
    assert_ne!(event["pid_ns"], inode(&own.to_string_lossy()), "a namespace of its own");
    assert_eq!(event["pid_ns_of_children"], event["pid_ns"]);
}

#[test]
fn a_path_that_is_too_long_is_cut_in_front() {
    let config = Config::probe(
        "tracepoint:sched:sched_process_exec",
        "where: comm == \"deep\"\nfields: [{exe: {expr: exe, max: 1}}, {whole: exe}]",
    );
    let folder = config.folder().join("a-folder-of-some-depth");
    fs::create_dir(&folder).unwrap();
    fs::copy(trigger(), folder.join("deep")).unwrap();
    let run = Running::start(config.and(&["-o", "json"]));
    assert!(
        Command::new(folder.join("deep")).args(["x", "close", "-9"]).status().unwrap().success()
    );
    let events = run.interrupt().objects();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event["exe"], "deep");
    assert_eq!(event["exe_truncated"], true);
    assert_eq!(event["whole"], folder.join("deep").display().to_string());
    assert_eq!(event.get("whole_truncated"), None);
}

#[test]
fn stacks_and_symbols() {
    let config = Config::probe(
        "raw_tracepoint:sys_exit",
        "where: ret == -9 && comm == \"caller\"\n\
         fields: [kstack, ustack, {few: {expr: ustack, max: 8}}, {kernel: \"ksym(regs->ip)\"}, \
         {user: \"usym(regs->ip)\"}]",
    );
    let run = Running::start(config.and(&["-o", "json"]));
    pull(config.folder(), &["caller", "close", "-9", ",", "sleep", "3000000"]);
    let events = run.interrupt().objects();
    let [event] = &events[..] else { panic!("{events:?}") };
    let has = |field: &str, name: &str| {
        let frames = event[field].as_array().unwrap_or_else(|| panic!("{field}: {event}"));
        assert!(
            frames.iter().any(|frame| frame.as_str().unwrap().starts_with(name)),
            "no {name} in {field}: {event}"
        );
    };
    has("kstack", "do_syscall_64+");
    has("ustack", "syscall+");
    // The caller of a function without a frame of its own is not on the chain of frames.
    has("ustack", "__libc_start_call_main+");
    assert_eq!(event["few"].as_array().unwrap().len(), 1);
    assert!(event["user"].as_str().unwrap().starts_with("syscall+"), "{event}");
    // An address of the program is none of the kernel's.
    assert!(event["kernel"].as_str().unwrap().starts_with("0x"), "{event}");
}

#[test]
fn the_cgroup_by_number_and_path() {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mount =
        mounts.lines().find(|line| line.contains(" - cgroup2 ")).expect("cgroup2 is mounted");
    let root = mount.split(' ').nth(4).unwrap();
    let folder = format!("{root}/runner-test-{}", std::process::id());
    fs::create_dir(&folder).unwrap();
    let config = Config::probe("syscall:close", "where: fd == -11\nfields: [cgroup, cgroup_path]");
    let run = Running::start(config.and(&["-o", "json"]));
    let script =
        format!("echo $$ >'{folder}/cgroup.procs' && exec '{}' x close -11", trigger().display());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    let id = fs::metadata(&folder).unwrap().ino();
    let events = run.interrupt().objects();
    fs::remove_dir(&folder).unwrap();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event["cgroup"], id);
    assert_eq!(event["cgroup_path"], format!("/runner-test-{}", std::process::id()));
}
