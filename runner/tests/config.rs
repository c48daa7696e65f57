//! Walks `tests/fail` and `tests/pass`: one config a file, held against the config stage.
//!
//! In `fail`, each guilty line bears `# error: [code]`, once for each fault; these are compared with
//! what was reported, apart from the golden text beside the file. `BLESS=1` rewrites only the latter.
#![allow(clippy::unwrap_used, reason = "the functions around the tests are tests, too")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runner::config;
use runner::diag::{Faults, Source, Style, render};

/// The `.yaml` files of a folder beside this one, sorted; there must be some.
fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = fs::read_dir(&folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(!files.is_empty(), "no cases in {}", folder.display());
    files
}

/// Parses the file, under a name that is the same on every machine.
fn parse(path: &Path) -> (Option<config::Config>, Faults) {
    let mut source = config::read(path.to_str().unwrap()).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap().to_string();
    Arc::get_mut(&mut source).unwrap().path = name;
    let mut faults = Faults::new(source.clone());
    let config = config::parse(source, &mut faults);
    (config, faults)
}

/// Lines and codes of the `# error: [code]` comments, sorted.
fn expected(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let Some((_, marks)) = text.split_once("# error:") else { continue };
        let codes = marks.split('[').skip(1).filter_map(|part| part.split(']').next());
        let before = all.len();
        all.extend(codes.map(|code| (line + 1, code.to_string())));
        assert!(all.len() > before, "line {} has a mark without a code", line + 1);
    }
    all.sort();
    all
}

/// Lines and codes of what was reported, sorted.
fn reported(faults: &Faults) -> Vec<(usize, String)> {
    let place = |span: Option<runner::diag::Span>| {
        faults.source.position(span.map_or(0, |span| span.start)).0
    };
    let mut all: Vec<_> = faults
        .list
        .iter()
        .map(|fault| (place(fault.span), fault.code.as_str().to_string()))
        .collect();
    all.sort();
    all
}

#[test]
fn faults_are_reported_where_they_are_marked() {
    let mut wrong = Vec::new();
    for path in cases("fail") {
        let (config, faults) = parse(&path);
        let expected = expected(&faults.source.text);
        assert!(!expected.is_empty(), "{} marks no fault", path.display());
        if reported(&faults) != expected || config.is_some() {
            let name = path.file_name().unwrap().display().to_string();
            let text = render(&faults, Style::Plain);
            wrong.push(format!("{name}\nexpected {expected:?}\nreported:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn faults_are_shown_as_in_the_golden_files() {
    let bless = std::env::var_os("BLESS").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for path in cases("fail") {
        let (_, faults) = parse(&path);
        let shown = render(&faults, Style::Plain);
        let golden = path.with_extension("stderr");
        if bless {
            fs::write(&golden, &shown).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != shown {
            wrong.push(format!("{} is not:\n{shown}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nBLESS=1 accepts these", wrong.join("\n"));
}

#[test]
fn good_configs_have_no_faults() {
    for path in cases("pass") {
        let (config, faults) = parse(&path);
        let shown = render(&faults, Style::Plain);
        assert!(config.is_some() && faults.list.is_empty(), "{}\n{shown}", path.display());
    }
}

#[test]
fn every_code_of_this_stage_has_a_case() {
    let all: String = cases("fail").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let codes = [
        "yaml-syntax",
        "alias-bomb",
        "unknown-key",
        "missing-key",
        "conflicting-keys",
        "duplicate-key",
        "wrong-type",
        "unsupported-version",
        "bad-name",
        "duplicate-name",
        "empty",
        "bad-number",
        "forgotten-quote",
        "variant-mismatch",
        "bad-print",
        "bad-types",
        "bad-decoder",
        "unknown-probe",
        "unknown-field",
        "bad-matcher",
        "bad-variable",
        "bad-time",
    ];
    for code in codes {
        assert!(all.contains(&format!("[{code}]")), "no case for {code}");
    }
}

/// The one fault of a file that cannot hold a comment, as line and code.
fn refused(error: config::ReadError) -> (usize, &'static str) {
    match error {
        config::ReadError::Unfit(faults) => {
            assert_eq!(faults.list.len(), 1);
            assert!(!render(&faults, Style::Plain).is_empty());
            let start = faults.list[0].span.map_or(0, |span| span.start);
            (faults.source.position(start).0, faults.list[0].code.as_str())
        }
        config::ReadError::Read { path, source } => panic!("{path}: {source}"),
    }
}

#[test]
fn a_file_that_is_not_utf8_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin1.yaml");
    fs::write(&path, b"version: 1\n# caf\xe9\n").unwrap();
    let error = config::read(path.to_str().unwrap()).unwrap_err();
    assert_eq!(refused(error), (2, "not-utf8"));
}

#[test]
fn a_huge_file_is_refused_without_reading_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.yaml");
    // Sparse: 100 GiB that would never fit into memory.
    fs::File::create(&path).unwrap().set_len(100 << 30).unwrap();
    let error = config::read(path.to_str().unwrap()).unwrap_err();
    assert_eq!(refused(error), (1, "too-large"));
}

#[test]
fn an_empty_file_is_a_fault() {
    for text in ["", "# nothing\n", "---\n", "~\n"] {
        let source = Arc::new(Source { path: "empty.yaml".into(), text: text.into() });
        let mut faults = Faults::new(source.clone());
        assert!(config::parse(source, &mut faults).is_none());
        let codes: Vec<_> = faults.list.iter().map(|fault| fault.code.as_str()).collect();
        assert_eq!(codes, ["empty"], "{text:?}");
    }
}
