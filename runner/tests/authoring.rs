//! `fmt`, `completions`, `man` and `schema` as processes. Needs no root and no particular kernel.
#![allow(clippy::unwrap_used, reason = "the functions around the tests are tests, too")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code, standard output, standard error.
fn runner(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    let pipe = command.args(arguments).current_dir(folder).stdin(Stdio::piped());
    let mut child = pipe.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Who has other things to do reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let ended = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
}

const UNTIDY: &str = "\
probes:
- hook: 'profile:hz:99'   # often
  # Of whom?
  fields: [ pid ,comm]
version: 1
";
const TIDY: &str = "\
version: 1

probes:
  - hook: profile:hz:99 # often
    # Of whom?
    fields: [pid, comm]
";
const BROKEN: &str = "version: 1\nprobes:\n\t- x\n";

/// A folder with configs of all sorts.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.yaml", UNTIDY), ("b.yml", TIDY), ("broken", BROKEN), ("notes", "x")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn fmt_rewrites_what_is_untidy_and_only_that() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let own = |arguments: &[&str]| runner(folder.path(), &[&["fmt"], arguments].concat(), "");
    fs::set_permissions(at("a.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(at("b.yml")).unwrap().modified().unwrap();
    let (code, out, err) = own(&["."]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "laid out ./a.yaml\n"));
    assert_eq!(fs::read_to_string(at("a.yaml")).unwrap(), TIDY);
    assert_eq!(fs::metadata(at("a.yaml")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::metadata(at("b.yml")).unwrap().modified().unwrap(), before);
    assert_eq!(own(&["."]), (0, String::new(), String::new()));
    assert_eq!(own(&["--check", "."]), (0, String::new(), String::new()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "nothing else is left");
}

#[test]
fn fmt_check_shows_the_difference_and_changes_nothing() {
    let folder = folder();
    let (code, out, err) = runner(folder.path(), &["fmt", "--check", "a.yaml", "b.yml"], "");
    assert_eq!((code, err.as_str()), (1, ""));
    let difference = "\
--- a.yaml (as it is)
+++ a.yaml (laid out)
@@ -1,5 +1,6 @@
-probes:
-- hook: 'profile:hz:99'   # often
-  # Of whom?
-  fields: [ pid ,comm]
 version: 1
+
+probes:
+  - hook: profile:hz:99 # often
+    # Of whom?
+    fields: [pid, comm]
";
    assert_eq!(out, difference);
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), UNTIDY);
    let escape = format!("# \u{202e}\n{UNTIDY}");
    let (code, out, _) = runner(folder.path(), &["fmt", "--check", "-"], &escape);
    assert!(code == 1 && out.contains(" # \\u{202e}\n") && !out.contains('\u{202e}'), "{out}");
}

#[test]
fn fmt_of_standard_input_goes_to_standard_output() {
    let folder = folder();
    for text in [UNTIDY, TIDY] {
        let (code, out, err) = runner(folder.path(), &["fmt", "-"], text);
        assert_eq!((code, out.as_str(), err.as_str()), (0, TIDY, ""));
    }
    let (code, out, err) = runner(folder.path(), &["fmt", "-"], BROKEN);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("error[yaml-syntax]"), "{err}");
}

#[test]
fn fmt_leaves_a_faulty_file_and_goes_on() {
    let folder = folder();
    let own = |arguments: &[&str]| runner(folder.path(), &[&["fmt"], arguments].concat(), "");
    // Slips in names come before any change.
    let (code, _, err) = own(&["a.yaml", "missing"]);
    assert!(code == 2 && err.contains("failed to read `missing`"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), UNTIDY);
    let (code, _, err) = own(&["broken", "a.yaml"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("error[yaml-syntax]"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join("broken")).unwrap(), BROKEN);
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), TIDY);
    for (arguments, part) in [
        (&["/dev/null/x"][..], "failed to read `/dev/null/x`"),
        (&[], "FILE|DIR"),
        (&["/proc/self/fdinfo"], "no file is called *.yaml or *.yml"),
    ] {
        let (code, _, err) = own(arguments);
        assert!(code == 2 && err.contains(part), "{arguments:?}: {code} {err}");
    }
}

#[test]
fn fmt_follows_a_link_and_leaves_it_one() {
    let folder = folder();
    symlink("a.yaml", folder.path().join("link.yaml")).unwrap();
    let (code, ..) = runner(folder.path(), &["fmt", "link.yaml"], "");
    assert_eq!(code, 0);
    assert!(fs::symlink_metadata(folder.path().join("link.yaml")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), TIDY);
}

#[test]
fn fmt_takes_whatever_structure_a_config_has() {
    // Faults of other kinds than YAML's are for `validate`.
    let text = "versoin: 1\nprobes: {a:    b}\n";
    let (code, out, _) = runner(Path::new("/"), &["fmt", "-"], text);
    assert_eq!((code, out.as_str()), (0, "versoin: 1\nprobes: {a: b}\n"));
}

/// What bash offers for the last of `words`.
fn completed(words: &[&str]) -> Vec<String> {
    let own = Path::new(env!("CARGO_BIN_EXE_runner"));
    let last = words.len() - 1;
    let script = format!(
        "source <(\"$0\" completions bash) && COMP_WORDS=(\"$@\") COMP_CWORD={last} && \
         _runner runner \"${{@: -1}}\" \"${{@: -2:1}}\" && printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let ended = Command::new("bash").args(["-c", &script]).arg(own).args(words).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(completed(&["runner", "va"]), ["validate"]);
    assert_eq!(completed(&["runner", "validate", "--ker"]), ["--kernel"]);
    assert_eq!(completed(&["runner", "test", "--format", ""]), ["human", "tap", "junit"]);
    assert_eq!(completed(&["runner", "run", "--output", "j"]), ["json"]);
}

#[test]
fn every_shell_has_a_script_that_knows_the_commands() {
    let of = |shell: &str| runner(Path::new("/"), &["completions", shell], "");
    for (shell, first) in [("bash", "_runner()"), ("zsh", "#compdef runner"), ("fish", "# ")] {
        let (code, out, err) = of(shell);
        assert_eq!((code, err.as_str()), (0, ""), "{shell}");
        assert!(out.starts_with(first), "{shell}: {out}");
        for word in ["validate", "completions", "skip-unavailable"] {
            assert!(out.contains(word), "{shell} does not know {word}");
        }
    }
    let (code, _, err) = of("tcsh");
    assert!(code == 2 && err.contains("bash, zsh, fish"), "{err}");
}

#[test]
fn manual_pages_are_there_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let (code, page, _) = runner(folder.path(), &["man"], "");
    assert_eq!(code, 0);
    let (code, out, err) = runner(folder.path(), &["man", "share/man1"], "");
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let pages = folder.path().join("share/man1");
    assert_eq!(fs::read_to_string(pages.join("runner.1")).unwrap(), page);
    // Each page that this one names, and no others but those that they name in turn.
    let named: Vec<_> = page.match_indices("runner\\-").map(|(at, _)| &page[at..]).collect();
    assert!(named.len() > 8, "{page}");
    for text in named {
        let name = text.split('(').next().unwrap().replace('\\', "");
        let text = fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
        let heads = [".TH", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"];
        let mut at = 0;
        for head in heads {
            at += text[at..].find(head).unwrap_or_else(|| panic!("{name} has no {head}:\n{text}"));
        }
    }
    for part in ["Exit codes:", "\\-\\-strict\\-loss", "runner\\-fmt(1)"] {
        assert!(page.contains(part), "no {part} in:\n{page}");
    }
    let (code, _, err) = runner(folder.path(), &["man", "/dev/null/x"], "");
    assert!(code == 2 && err.contains("failed to write manual pages to `/dev/null/x`"), "{err}");
}

#[test]
fn the_schema_is_json_that_says_which_schema_it_is() {
    let (code, out, _) = runner(Path::new("/"), &["schema"], "");
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &schema["title"]), (0, &"runner config".into()));
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}
