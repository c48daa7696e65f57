//! The tables against the C headers, as gcc understands them.
//!
//! Headers contradict each other when they are read together, so each set is read alone and says what
//! it knows; what it knows must be right, and together they must know nearly all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;

/// The C library's, and the kernel's own.
const X86_64: &[&[&str]] = &[
    &[
        "fcntl.h",
        "sys/mman.h",
        "sys/socket.h",
        "netinet/in.h",
        "netinet/tcp.h",
        "netinet/udp.h",
        "sched.h",
        "signal.h",
        "sys/epoll.h",
        "sys/inotify.h",
        "sys/mount.h",
        "sys/file.h",
        "sys/random.h",
        "sys/resource.h",
        "sys/stat.h",
        "sys/uio.h",
        "poll.h",
        "unistd.h",
        "time.h",
        "errno.h",
        "stdio.h",
        "sys/syscall.h",
    ],
    &["linux/fcntl.h", "linux/mman.h", "linux/memfd.h", "linux/errno.h", "asm/unistd.h"],
    &["linux/sched.h", "linux/ptrace.h", "linux/futex.h", "linux/time.h", "linux/openat2.h"],
    &["linux/sched.h", "asm/ptrace-abi.h", "asm/signal.h", "linux/falloc.h", "linux/mount.h"],
    &["linux/in.h", "linux/fs.h", "linux/random.h", "linux/socket.h"],
];

/// What arm64 takes from the headers that all architectures share.
const AARCH64: &[&[&str]] = &[
    &["asm-generic/errno.h", "asm-generic/poll.h", "asm-generic/resource.h", "linux/openat2.h"],
    &["asm-generic/mman-common.h", "asm-generic/mman.h", "asm-generic/unistd.h"],
    &["linux/sched.h", "asm-generic/signal-defs.h", "linux/falloc.h", "linux/in.h"],
];

/// What `arch/arm64/include/uapi/asm/unistd.h` says before it takes `asm-generic/unistd.h`.
const AARCH64_WANTS: &str = "#define __BITS_PER_LONG 64\n#define __ARCH_WANT_RENAMEAT\n\
     #define __ARCH_WANT_NEW_STAT\n#define __ARCH_WANT_SET_GET_RLIMIT\n\
     #define __ARCH_WANT_TIME32_SYSCALLS\n#define __ARCH_WANT_SYS_CLONE3\n\
     #define __ARCH_WANT_MEMFD_SECRET\n";

/// Every name of the tables with its value.
fn names(arch: Arch) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    all.extend(constants(arch).map(|(name, value)| (name, value as u64)));
    all.extend(syscalls(arch).map(|(number, name)| (format!("__NR_{name}"), number as u64)));
    // These two are no constants to C.
    all.retain(|name, _| !name.starts_with("SIGRT"));
    all
}

/// What the headers say of those of `names` that they know.
fn said(wants: &str, headers: &[&str], names: impl Iterator<Item = String>) -> Vec<(String, u64)> {
    let mut text = format!("#define _GNU_SOURCE\n{wants}");
    for header in headers.iter().chain(&["stdio.h"]) {
        text.push_str(&format!("#include <{header}>\n"));
    }
    text.push_str("int main(void) {\n");
    for name in names {
        text.push_str(&format!(
            "#ifdef {name}\nprintf(\"%s %llu\\n\", \"{name}\", (unsigned long long)({name}));\n#endif\n"
        ));
    }
    text.push_str("}\n");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let mut gcc = Command::new("gcc")
        .args(["-w", "-x", "c", "-", "-o"])
        .arg(&program)
        .stdin(Stdio::piped())
        .spawn()
        .expect("gcc is needed");
    gcc.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(gcc.wait().unwrap().success(), "{headers:?}");
    let output = Command::new(program).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let pair = |line: &str| {
        let (name, value) = line.split_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    text.lines().map(pair).collect()
}

/// Holds the tables against `units`, and gives the names that none of these knows.
fn unknown(arch: Arch, wants: &str, units: &[&[&str]]) -> BTreeSet<String> {
    let names = names(arch);
    let mut unknown: BTreeSet<String> = names.keys().cloned().collect();
    for headers in units {
        let said = said(wants, headers, names.keys().cloned());
        assert!(!said.is_empty(), "{headers:?}");
        for (name, value) in said {
            // An `int` that uses its highest bit.
            let own = names[&name];
            if name == "O_LARGEFILE" && value == 0 {
                // The C library sets it itself, and has its users believe that it is nothing.
                continue;
            }
            assert!(value == own || value as u32 as u64 == own, "{name} is {value}, not {own}");
            unknown.remove(&name);
        }
    }
    unknown
}

#[test]
fn x86_64_is_as_the_headers_say() {
    let unknown = unknown(Arch::X86_64, "", X86_64);
    // Newer than the headers, or never in them.
    assert!(unknown.len() * 10 < names(Arch::X86_64).len(), "{unknown:?}");
}

#[test]
fn aarch64_is_as_the_headers_say() {
    let unknown = unknown(Arch::Aarch64, AARCH64_WANTS, AARCH64);
    let calls = unknown.iter().filter(|name| name.starts_with("__NR_")).count();
    assert!(calls * 8 < syscalls(Arch::Aarch64).count(), "{unknown:?}");
    assert!(names(Arch::Aarch64).len() - unknown.len() > 500, "{unknown:?}");
}
