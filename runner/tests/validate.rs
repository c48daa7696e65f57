//! `runner validate` and `runner snapshot` as processes: what they are given, how they end. Needs no
//! root and no particular kernel.
#![allow(clippy::unwrap_used, reason = "the functions around the tests are tests, too")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code, standard output, standard error.
fn runner(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    let ended = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
}

/// BTF without any types.
fn no_types() -> Vec<u8> {
    let words = [24u32, 0, 0, 0, 1];
    let head = [&0xeb9fu16.to_ne_bytes()[..], &[1, 0]].concat();
    [head, words.map(u32::to_ne_bytes).concat(), vec![0]].concat()
}

/// A folder with good and bad configs and files that are no configs.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let good = "version: 1\nprobes: [{hook: 'profile:hz:99', fields: [pid]}]\n";
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
    for name in ["good", "bad", "empty", "snapshots"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    write("good/one.yaml", good.as_bytes());
    write("good/two.yml", good.as_bytes());
    write("bad/slip.yaml", good.replace("pid", "pidd").as_bytes());
    write("bad/binary.yaml", b"version: \xff");
    write("btf", &no_types());
    write("text.snap", b"not a snapshot");
    folder
}

#[test]
fn the_exit_code_tells_findings_from_misuse() {
    let folder = folder();
    let own = |arguments: &[&str]| runner(folder.path(), &[&["validate"], arguments].concat());
    let (code, out, err) = own(&["good", "--btf", "btf"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.ends_with("2 configs: 2 warnings\n"), "{out}");
    let (code, out, _) = own(&["good", "--btf", "btf", "--allow", "missing-description"]);
    assert!(code == 0 && out.ends_with("2 configs: no faults\n"), "{out}");
    let (code, out, _) = own(&["good", "--btf", "btf", "--deny", "all"]);
    assert!(code == 1 && out.ends_with("2 configs: 2 errors\n"), "{out}");
    let (code, out, _) = own(&["good", "bad", "--btf", "btf"]);
    assert_eq!(code, 1, "{out}");
    for part in ["error[unknown-name]", "error[not-utf8]", "4 configs: 2 errors"] {
        assert!(out.contains(part), "no {part} in:\n{out}");
    }
    let (code, out, _) =
        own(&["bad/slip.yaml", "--btf", "btf", "--format", "concise", "--allow", "all"]);
    assert_eq!((code, out.lines().count()), (1, 1), "{out}");
    for (arguments, part) in [
        (&["none.yaml"][..], "failed to read `none.yaml`"),
        (&["good", "--deny", "missing"], "there is no such lint"),
        (&["good", "--deny", "unknown-key"], "always an error, not a lint"),
        (&["empty"], "failed to find anything in `empty`: no file is called *.yaml or *.yml"),
        (&["good", "--kernel", "snapshots"], "no file is called *.snap"),
        (&["good", "--kernel", "none.snap"], "failed to read `none.snap`"),
        (
            &["good", "--kernel", "text.snap"],
            "because: it is not a snapshot; make one with: runner",
        ),
        (&["good", "--btf", "none"], "failed to read `none`"),
        (&["good", "--btf", "text.snap"], "failed to use the types in `text.snap`"),
        (&["good", "--btf", "btf", "--kernel", "x"], "cannot be used with"),
        (&["good", "--format", "xml"], "invalid value 'xml'"),
        (&[], "required arguments"),
    ] {
        let (code, out, err) = own(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(part), "no `{part}` in:\n{err}");
    }
}

#[test]
fn this_kernel_becomes_a_snapshot_without_root_too() {
    let folder = folder();
    let (code, out, err) = runner(folder.path(), &["snapshot", "-o", "own.snap"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert!(err.starts_with(&format!("runner: Linux {}: ", release.trim())), "{err}");
    let snapshot = fs::read(folder.path().join("own.snap")).unwrap();
    assert!(snapshot.len() < 3 << 20, "{} bytes", snapshot.len());
    let validate = ["validate", "good", "--kernel", "own.snap"];
    let (code, out, err) = runner(folder.path(), &validate);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("\ngood/one.yaml  ok\n"), "{out}");
    fs::write(folder.path().join("own.snap"), &snapshot[..snapshot.len() - 1]).unwrap();
    let (code, _, err) = runner(folder.path(), &validate);
    assert_eq!(code, 2);
    assert!(err.contains("because: it is cut off; "), "{err}");
}

#[test]
fn a_snapshot_that_cannot_be_written_leaves_nothing() {
    let folder = folder();
    let (code, _, err) = runner(folder.path(), &["snapshot", "-o", "none/x.snap"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("error: failed to write `none/x.snap`: "), "{err}");
    let (code, ..) = runner(folder.path(), &["snapshot", "-o", "/dev/null"]);
    assert_eq!(code, 0);
    let kind = fs::metadata("/dev/null").unwrap();
    assert!(!kind.is_file(), "the device was replaced");
}
