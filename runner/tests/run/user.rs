//! Hooks in programs and libraries: uprobe, uretprobe, ufunc and usdt, each seen with exact values.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Config, Running, finish, gallery, runner, until};
use crate::programs::{built, run};

/// A `runner` on `config`, attached, for which commands are those of `folder`, too.
fn with_commands(config: &str, folder: &Path) -> Running {
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    Running::of(runner(["-c", config, "-o", "json"]).env("PATH", path)).attached()
}

const VARIANTS: &[(&str, &[&str])] = &[
    ("pie", &["-pie", "-fPIE"]),
    ("fixed", &["-no-pie"]),
    ("static", &["-static"]),
    ("apart", &["-pie", "-Wl,-z,separate-code"]),
    ("together", &["-no-pie", "-Wl,-z,noseparate-code"]),
    ("moved", &["-no-pie", "-Wl,--section-start=.text=0x5550000"]),
    // As `prelink` leaves it: what may be loaded anywhere, with addresses that do not begin at 0.
    ("prelinked", &["-pie", "-fPIE", "-Wl,-Ttext-segment=0x41000000"]),
    ("exporting", &["-pie", "-rdynamic", "-s"]),
];

/// The program `source` as the variant `name`.
fn variant(folder: &Path, source: &str, name: &str, options: &[&str]) -> PathBuf {
    let program = built(folder, source, name, options);
    if name == "prelinked" {
        // The linker calls it EXEC because of its addresses.
        let mut bytes = fs::read(&program).unwrap();
        bytes[16..18].copy_from_slice(&3u16.to_le_bytes());
        fs::write(&program, bytes).unwrap();
    }
    program
}

#[test]
fn functions_of_every_kind_of_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in VARIANTS {
        let program = variant(folder.path(), "report_struct", name, options);
        let config = Config::new(&format!(
            "version: 1\ntypes: 'struct exp_s {{ int num; char name[35]; }};'\nprobes:\n\
             \x20 - name: enter\n    hook: \"uprobe:{at}:report\"\n    args: {{t: \"struct exp_s *\", n: int}}\n\
             \x20   fields: [pid, {{v: t->num}}, {{s: t->name}}]\n\
             \x20 - name: exit\n    hook: \"uretprobe:{at}:report\"\n    fields: [pid, {{v: (int)retval}}]\n\
             \x20 - name: call\n    hook: \"ufunc:{at}:rep?rt\"\n    args: {{t: \"struct exp_s *\", n: int}}\n\
             \x20   where: n < 0 && (int)retval == 7\n\
             \x20   fields: [pid, n, {{v: (int)retval}}, {{after: \"(int)retval - n\"}}, latency]\n",
            at = program.display()
        ));
        let run_it = Running::start(config.and(&["-o", "json"]));
        let pid = run(&program, &["8", "x", "2"]);
        let ended = run_it.interrupt();
        let of = |probe: &str| {
            let all = ended.with("pid", pid).into_iter();
            all.filter(|object| object["probe"] == probe).collect::<Vec<_>>()
        };
        let values = |probe: &str| of(probe).iter().map(|o| o["v"].clone()).collect::<Vec<_>>();
        assert_eq!(values("enter"), [8, 8], "{name}");
        assert_eq!(of("enter")[0]["s"], "x", "{name}");
        assert_eq!(values("exit"), [8, 7], "{name}");
        let [call] = of("call").try_into().unwrap();
        assert_eq!((&call["n"], &call["v"], &call["after"]), (&json!(-1), &json!(7), &json!(8)));
        assert!((1..1_000_000_000).contains(&call["latency"].as_u64().unwrap()), "{name}");
    }
}

#[test]
fn a_stripped_file_by_its_offset() {
    let folder = tempfile::tempdir().unwrap();
    let whole = built(folder.path(), "report_struct", "whole", &["-no-pie"]);
    let stripped = built(folder.path(), "report_struct", "stripped", &["-no-pie", "-s"]);
    let config = |hook: &str| {
        let text = format!(
            "version: 1\nprobes: [{{hook: \"{hook}\", fields: [pid, {{n: (int)arg1}}]}}]\n"
        );
        Config::new(&text)
    };
    let named = config(&format!("uprobe:{}:report", stripped.display()));
    finish(&mut runner(named.and(&[]))).assert(2, &["[unknown-hook]", "is stripped", "0x1234"]);
    let shown = Command::new("readelf").arg("-sW").arg(&whole).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let line = shown.lines().find(|line| line.ends_with(" report")).unwrap();
    let address = u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap();
    let config = config(&format!("uprobe:{}:{:#x}", stripped.display(), address - 0x40_0000));
    let run_it = Running::start(config.and(&["-o", "json"]));
    let pid = run(&stripped, &["1", "x", "2"]);
    let seen = run_it.interrupt().with("pid", pid);
    assert_eq!(seen.iter().map(|o| o["n"].clone()).collect::<Vec<_>>(), [0, -1]);
}

#[test]
fn one_process_alone() {
    let folder = tempfile::tempdir().unwrap();
    let program = built(folder.path(), "report_struct", "report_struct", &["-no-pie"]);
    let hook = format!("uprobe:{}:report", program.display());
    let text = format!("version: 1\nprobes: [{{hook: \"{hook}\", fields: [pid]}}]\n");
    let config = Config::new(&text);
    // A process that becomes the program once it is told to.
    let mut waiting = Command::new("sh")
        .args(["-c", "read line; exec \"$0\" 1 x 3"])
        .arg(&program)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = waiting.id().to_string();
    let run_it = Running::start(config.and(&["-o", "json", "-p", &pid]));
    run(&program, &["1", "x", "5"]);
    drop(waiting.stdin.take());
    assert!(waiting.wait().unwrap().success());
    let objects = run_it.interrupt().objects();
    assert_eq!(objects.iter().filter(|o| o["pid"] == waiting.id()).count(), 3, "{objects:?}");
    assert_eq!(objects.len(), 3, "{objects:?}");
    // A process that is not there.
    let gone = finish(&mut runner(config.and(&["-p", &pid])));
    gone.assert(2, &["there is no such process"]);
}

#[test]
fn a_program_is_told_that_its_probe_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let program = built(folder.path(), "static_probes", "static_probes", &[]);
    // Nobody watches yet.
    let alone = Command::new(&program).output().unwrap();
    assert_eq!(alone.stdout, b"");
    let run_it = with_commands(&gallery("usdt.yaml"), folder.path());
    let pid = run(&program, &[]);
    let counted = run_it.interrupt().with("pid", pid);
    assert!(counted.iter().any(|event| event["watchers"] == 1), "{counted:?}");
    // The kernel takes its time to close the events of a process that ended.
    until("counted down again", || Command::new(&program).output().unwrap().stdout.is_empty());
}

/// What each of the probes with 0 to 12 arguments passes.
const PASSED: &[i128] = &[
    -8,
    200,
    -1600,
    60_000,
    -320_000,
    4_000_000_000,
    -6_400_000_000_000,
    18_000_000_000_000_000_000,
    -9,
    10,
    -1_000_001,
    200,
];

#[test]
fn static_probes_of_every_form() {
    let names = [
        "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let folder = tempfile::tempdir().unwrap();
    // A stripped file does not name the memory that some arguments are in.
    for (name, options) in VARIANTS.iter().filter(|(_, options)| !options.contains(&"-s")) {
        let program = variant(folder.path(), "static_probes", name, options);
        let mut text = "version: 1\nprobes:\n".to_owned();
        let mut probe = |name: &str, fields: &[usize]| {
            let fields: String = fields.iter().map(|n| format!(", {{a{n}: arg{n}}}")).collect();
            text.push_str(&format!(
                "  - {{name: {name}, hook: \"usdt:{}:runner:{name}\", fields: [pid{fields}]}}\n",
                program.display()
            ));
        };
        for (count, name) in names.iter().enumerate() {
            probe(name, &(0..count).collect::<Vec<_>>());
        }
        probe("twice", &[0]);
        probe("indexed", &[0, 1, 2]);
        probe("floating", &[1]);
        let config = Config::new(&text);
        let run_it = Running::start(config.and(&["-o", "json"]));
        let pid = run(&program, &[]);
        let mut seen: BTreeMap<String, Vec<Vec<i128>>> = BTreeMap::new();
        for event in run_it.interrupt().with("pid", pid) {
            let event = event.as_object().unwrap();
            let number = |value: &Value| -> i128 {
                value.as_i64().map(i128::from).or(value.as_u64().map(i128::from)).unwrap()
            };
            let values = (0..).map_while(|n| event.get(&format!("a{n}"))).map(number);
            let values = values.collect();
            seen.entry(event["probe"].as_str().unwrap().to_owned()).or_default().push(values);
        }
        for (count, probe) in names.iter().enumerate() {
            assert_eq!(seen[*probe], [PASSED[..count].to_vec()], "{name}: {probe}");
        }
        assert_eq!(seen["twice"], [vec![3], vec![71]], "{name}");
        assert_eq!(seen["indexed"], [vec![33, -2, 11]], "{name}");
        assert_eq!(seen["floating"].len(), 1, "{name}");
    }
}

#[test]
fn what_is_not_there_is_said_and_nothing_stays() {
    let folder = tempfile::tempdir().unwrap();
    let program = built(folder.path(), "static_probes", "program", &["-no-pie"]);
    let at = program.display().to_string();
    let mut other = fs::read(&program).unwrap();
    other[18] = 183;
    fs::write(folder.path().join("arm"), &other).unwrap();
    let arm = folder.path().join("arm").display().to_string();
    for (hook, fields, code, parts) in [
        ("uprobe:/no/such:main".to_owned(), "pid", "unknown-hook", "failed to open `/no/such`"),
        ("uprobe:/etc/passwd:main".into(), "pid", "unknown-hook", "is not an ELF file"),
        ("uprobe:libnothere:main".into(), "pid", "unknown-hook", "no library or command"),
        (format!("uprobe:{arm}:main"), "pid", "unknown-hook", "another machine (64-bit ARM)"),
        (format!("uprobe:{at}:mian"), "pid", "unknown-hook", "did you mean `main`?"),
        (format!("uprobe:{at}:puts"), "pid", "unknown-hook", "has no function `puts`"),
        (format!("uprobe:{at}:main+100000"), "pid", "unknown-hook", "so nothing of it is at"),
        (format!("uprobe:{at}:0x7ffffff0"), "pid", "unknown-hook", "not within the file's code"),
        (format!("uprobe:{at}:zz*"), "pid", "unknown-hook", "matches none of the"),
        ("uprobe:libc:*".into(), "pid", "hook-unavailable", "is the limit"),
        ("uprobe:libc:pthread_cond_wait".into(), "pid", "unknown-hook", "@@GLIBC_2.3.2"),
        (format!("usdt:{at}:runner:thre"), "pid", "unknown-hook", "did you mean `runner:three`?"),
        (format!("usdt:{at}:runner:floating"), "{x: arg0}", "unsupported", "`8f@%xmm0`"),
        (format!("usdt:{at}:runner:one"), "{x: arg1}", "unknown-name", "arguments are: arg0"),
        (format!("uretprobe:{at}:main"), "{x: arg0}", "unknown-name", "use a `ufunc:` hook"),
        (format!("uprobe:{at}:main"), "{x: retval}", "not-available", "has not returned yet"),
    ] {
        let text = format!("version: 1\nprobes: [{{hook: \"{hook}\", fields: [{fields}]}}]\n");
        let config = Config::new(&text);
        let ended = finish(&mut runner(config.and(&[])));
        let exit = if code == "hook-unavailable" { 4 } else { 2 };
        ended.assert(exit, &[&format!("error[{code}]"), parts, ":2:"]);
    }
}

#[test]
fn a_glob_leaves_out_what_cannot_be_probed() {
    let folder = tempfile::tempdir().unwrap();
    let program = built(folder.path(), "allocate", "allocate", &[]);
    let text = "version: 1\nprobes: [{hook: \"uprobe:libc:*alloc*\", fields: [pid, {a: arg0}]}, \
                {hook: \"uprobe:libc:pthread_spin_*\", fields: [pid]}]\n";
    let config = Config::new(text);
    let run_it = Running::start(config.and(&["-o", "json"]));
    let pid = run(&program, &["765432"]);
    let ended = run_it.interrupt();
    // `lock decl (%rdi)` cannot be stepped over.
    ended.assert(0, &["1 left out: the kernel does not let them be probed"]);
    assert!(ended.with("pid", pid).iter().any(|object| object["a"] == 765_432));
}

#[test]
fn arguments_beyond_the_registers() {
    let folder = tempfile::tempdir().unwrap();
    let program = built(folder.path(), "many_arguments", "many_arguments", &["-fcf-protection"]);
    let config = |place: &str| {
        let at = program.display();
        Config::new(&format!(
            "version: 1\nprobes:\n  - name: enter\n    hook: \"uprobe:{at}:many{place}\"\n    args: &all\n      \
             {{a: int, b: char *, c: long, d: double, e: int, f: int, g: int, h: short, i: char *,\n       \
             j: unsigned char, k: long}}\n    fields: &fields [a, b, c, e, f, g, h, i, j, k]\n  \
             - name: call\n    hook: \"ufunc:{at}:many\"\n    args: *all\n    \
             where: h == -8 && i == \"ninth\" && (long)retval > 0\n    fields: *fields\n"
        ))
    };
    let watching = Running::start(config("").and(&["-o", "json"]));
    run(&program, &[]);
    let events = watching.interrupt().objects();
    assert_eq!(events.len(), 2, "{events:?}");
    for event in events {
        let values = json!({"a": 1, "b": "second", "c": -3, "e": 5, "f": 6, "g": 7, "h": -8,
            "i": "ninth", "j": 200, "k": 0x1234_5678_9abc_def0u64});
        for (name, value) in values.as_object().unwrap() {
            assert_eq!(&event[name], value, "{name} of {event}");
        }
    }
    // Behind `endbr64`.
    let within = config("+4");
    finish(&mut runner(within.and(&[]))).assert(2, &["`h`", "this is not the function's entry"]);
}
