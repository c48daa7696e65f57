//! Walks `tests/build`: the program of each config on the test kernel is what its golden file says,
//! is left alone by rustfmt, and compiles.
//!
//! A comment `# family` or `# process` in a config asks for the program of `-- COMMAND` or `-p`;
//! `# without kprobes` asks for a kernel that has none, `# with fentry`
//! for one that has it. `BLESS=1` rewrites the golden files.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::generate;
use crate::compile::{Cache, Search, compile};
use crate::diag::{Style, render};
use crate::facts::Facts;
use crate::facts::testing::Kernel;
use crate::link::link;
use crate::plan::Tasks;
use crate::plan::fixture::{plan_file, plan_of};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/build")
}

/// The configs, sorted; there must be some.
fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() > 5, "{files:?}");
    files
}

fn program(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let tasks = match &text {
        text if text.contains("# family\n") => Tasks::Family,
        text if text.contains("# process\n") => Tasks::Process,
        _ => Tasks::All,
    };
    let mut kernel = Kernel::new();
    if text.contains("# without kprobes\n") {
        kernel = kernel.without_kprobes();
    }
    if text.contains("# with fentry\n") {
        kernel = kernel.with_fentry();
    }
    let name = path.file_name().unwrap().to_str().unwrap();
    match plan_file(name, &text, &kernel, tasks) {
        Ok(plan) => generate(&plan).unwrap(),
        Err(faults) => panic!("{name}:\n{}", render(&faults, Style::Plain)),
    }
}

#[test]
fn programs_are_those_of_the_golden_files() {
    let bless = std::env::var_os("BLESS").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for path in cases() {
        let text = program(&path);
        assert_eq!(text, program(&path), "the same config gave another text");
        let golden = path.with_extension("rs");
        if bless {
            fs::write(&golden, &text).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != text {
            wrong.push(format!("{} is not:\n{text}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nBLESS=1 accepts these", wrong.join("\n"));
}

/// What rustfmt would change in `text`; empty if nothing.
pub(super) fn rustfmt(text: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut child = Command::new("rustfmt")
        .args(["--check", "--color", "never", "--edition", "2024", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rustfmt is a part of the toolchain");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    // Its exit code is 0 even where it would change what it got from a pipe.
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn programs_are_as_rustfmt_leaves_them() {
    assert!(!rustfmt("fn  f( ) {}\n").is_empty(), "rustfmt checks nothing");
    let wrong: Vec<String> = cases()
        .iter()
        .map(|path| (path, rustfmt(&program(path))))
        .filter(|(_, difference)| !difference.is_empty())
        .map(|(path, difference)| format!("{}:\n{difference}", path.display()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub(super) fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(&folder.path().join("cache")).unwrap();
    (folder, cache)
}

#[test]
fn programs_compile_and_link() {
    let (_folder, cache) = cache();
    let kernel = Kernel::new();
    let run = [("run:self", 1), ("run:place", 0), ("run:pid", 2)];
    let mut wrong = Vec::new();
    for path in cases() {
        match compile(&program(&path), &Search::from_environment(), &cache) {
            Err(error) => wrong.push(format!("{}: {error}", path.display())),
            Ok(compiled) => {
                let linked = link(compiled.object, kernel.btf().ok(), &run);
                if let Err(error) = linked {
                    wrong.push(format!("{}: {error}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The old helpers that read memory (4 `bpf_probe_read`, 45 `bpf_probe_read_str`) take an address of
/// the process for one of the kernel where both are valid. No program calls them.
#[test]
fn no_helper_is_called_that_confuses_address_spaces() {
    let (_folder, cache) = cache();
    let mut called = BTreeSet::new();
    for path in cases() {
        let compiled = compile(&program(&path), &Search::from_environment(), &cache).unwrap();
        let elf = goblin::elf::Elf::parse(&compiled.object).unwrap();
        let code = elf.section_headers.iter().filter(|section| {
            section.is_executable() && elf.shdr_strtab.get_at(section.sh_name) != Some(".text")
        });
        for section in code {
            // BPF_JMP | BPF_CALL, with no source register: a helper by its number.
            let bytes = &compiled.object[section.file_range().unwrap()];
            let calls = bytes.chunks(8).filter(|insn| insn[0] == 0x85 && insn[1] >> 4 == 0);
            called.extend(calls.map(|insn| i32::from_le_bytes(insn[4..].try_into().unwrap())));
        }
    }
    assert!([112, 113, 114, 115].iter().all(|helper| called.contains(helper)), "{called:?}");
    assert!(!called.contains(&4) && !called.contains(&45), "{called:?}");
}

/// The 64-bit numbers that the linked object's programs load.
fn immediates(object: &[u8]) -> Vec<u64> {
    let elf = goblin::elf::Elf::parse(object).unwrap();
    let mut all = Vec::new();
    for section in &elf.section_headers {
        if !elf.shdr_strtab.get_at(section.sh_name).is_some_and(|name| name.starts_with("kprobe/"))
        {
            continue;
        }
        let code = &object[section.file_range().unwrap()];
        for pair in code.chunks(8).collect::<Vec<_>>().windows(2).filter(|pair| pair[0][0] == 0x18)
        {
            let half =
                |bytes: &[u8]| u64::from(u32::from_le_bytes(bytes[4..8].try_into().unwrap()));
            all.push(half(pair[0]) | half(pair[1]) << 32);
        }
    }
    all
}

#[test]
fn one_object_serves_kernels_with_other_offsets() {
    let text = "version: 1\nprobes:\n  - hook: kprobe:do_unlinkat\n    fields: [{filename: name->name}]\n  \
                - hook: kprobe:sock_alloc_file\n    fields: [{family: sock->sk->__sk_common.skc_family}]\n";
    let (_folder, cache) = cache();
    let object = |kernel: &Kernel| {
        let plan = plan_of(text, kernel, Tasks::All).unwrap();
        let compiled =
            compile(&generate(&plan).unwrap(), &Search::from_environment(), &cache).unwrap();
        (compiled.object, compiled.cached)
    };
    let (here, there) = (Kernel::new(), Kernel::moved());
    let (object_here, _) = object(&here);
    let (object_there, cached) = object(&there);
    assert!(cached && object_here == object_there, "the text depends on this kernel's offsets");
    let numbers = |kernel: &Kernel| {
        let run = [("run:self", 0x1234_5678_9abc)];
        immediates(&link(object_here.clone(), kernel.btf().ok(), &run).unwrap())
    };
    let (here, there) = (numbers(&here), numbers(&there));
    assert_eq!(here.len(), there.len());
    let differing: Vec<_> =
        here.iter().zip(&there).filter(|(a, b)| a != b).map(|(a, b)| (*a, *b)).collect();
    // `filename.name` was moved by 24 bytes, `skc_family` by 8; `sk` stayed where it was.
    assert_eq!(differing, [(0, 24), (16, 24)], "{here:?} {there:?}");
    assert!(here.contains(&24) && here.contains(&0x1234_5678_9abc), "{here:?}");
}
