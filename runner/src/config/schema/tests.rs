//! The schema against the public validator `jsonschema`: itself, every good config, every bad one.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;

use super::super::node::{Kind, Node};
use super::super::scalar::Style;
use super::super::{load, parse};
use super::*;
use crate::diag::{Code, Faults, Source};

/// Codes of files that an editor's YAML parser refuses before any schema is asked, or takes for
/// something else than `runner` does.
const YAML: [&str; 4] = ["yaml-syntax", "alias-bomb", "duplicate-key", "forgotten-quote"];
/// Codes of faults of a config's structure. The schema refuses each.
const REFUSED: [&str; 7] = [
    "unknown-key",
    "missing-key",
    "conflicting-keys",
    "wrong-type",
    "unsupported-version",
    "bad-name",
    "unknown-hook-kind",
];
/// Codes of faults of which the schema sees some: a list without entries but not a probe without
/// fields; a number out of range but not one within a hook; a time without its unit but not one that is
/// too long; a decoder that there is not but not one with other arguments. It takes 1.0 and 1e3 for
/// integers.
const EITHER: [&str; 6] =
    ["empty", "bad-number", "bad-hook", "bad-matcher", "bad-time", "bad-decoder"];
// All other codes are about what texts mean. The schema lets every such fault pass.

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// The `.yaml` files of a folder of the crate, sorted; there must be some.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(!files.is_empty());
    files
}

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source { path: "x.yaml".into(), text: text.into() })
}

/// The document of `text`, if it is YAML that looks the same to everybody.
fn document(text: &str) -> Option<Node> {
    let mut faults = Faults::new(source(text));
    load::load(&mut faults).filter(|_| faults.list.is_empty())
}

/// A node as an editor's YAML parser sees it: by YAML 1.2's core schema.
fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Null | Kind::Bad => Value::Null,
        Kind::Scalar(scalar) if scalar.style == Style::Plain => plain(&scalar.text),
        Kind::Scalar(scalar) => scalar.text.clone().into(),
        Kind::Sequence { items } => items.iter().map(value).collect(),
        Kind::Mapping { entries, .. } => {
            let text = |key: &Node| match &key.kind {
                Kind::Scalar(key) => key.text.clone(),
                other => format!("{other:?}"),
            };
            entries.iter().map(|(key, of)| (text(key), value(of))).collect()
        }
    }
}

fn plain(text: &str) -> Value {
    let radix = |prefix, radix| {
        let digits = text.strip_prefix(prefix)?;
        u64::from_str_radix(digits, radix).ok()
    };
    match text {
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ if radix("0x", 16).or(radix("0o", 8)).is_some() => {
            radix("0x", 16).or(radix("0o", 8)).into()
        }
        _ if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
            let integer = text.parse::<i64>().map(Value::from);
            integer.or(text.parse::<f64>().map(Value::from)).unwrap_or_else(|_| text.into())
        }
        _ => text.into(),
    }
}

/// The lines on which the part of `root` at the JSON pointer stands, its key included.
fn lines(root: &Node, pointer: &str, source: &Source) -> RangeInclusive<usize> {
    let mut node = root;
    let mut start = node.span.start;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        match &node.kind {
            Kind::Sequence { items } => {
                node = &items[step.parse::<usize>().unwrap()];
                start = node.span.start;
            }
            Kind::Mapping { entries, .. } => {
                let is_it = |key: &Node| matches!(&key.kind, Kind::Scalar(key) if key.text == step);
                let (key, child) = entries.iter().rfind(|(key, _)| is_it(key)).unwrap();
                node = child;
                start = key.span.start;
            }
            _ => panic!("{pointer} leads nowhere"),
        }
    }
    source.position(start).0..=source.position(node.span.end).0
}

/// What the validator says: where, and in which words.
fn faults(root: &Node, source: &Source) -> Vec<(RangeInclusive<usize>, String)> {
    let validator = validator();
    let value = value(root);
    let mut faults = Vec::new();
    for error in validator.iter_errors(&value) {
        let (path, text) = (error.instance_path().as_str(), error.to_string());
        let whole = lines(root, path, source);
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for key in unexpected {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    let line = *lines(root, &format!("{path}/{key}"), source).start();
                    faults.push((line..=line, text.clone()));
                }
            }
            ValidationErrorKind::Required { .. } => {
                faults.push((*whole.start()..=*whole.start(), text));
            }
            _ => faults.push((whole, text)),
        }
    }
    faults
}

/// The codes marked in a text with `# error: [code]`, and their lines.
fn marks(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().enumerate();
    let marked = lines.filter_map(|(line, text)| Some((line + 1, text.split_once("# error:")?.1)));
    marked
        .flat_map(|(line, marks)| {
            let codes = marks.split('[').skip(1).filter_map(|part| part.split(']').next());
            codes.map(move |code| (line, code.to_string()))
        })
        .collect()
}

#[test]
fn it_is_a_schema() {
    jsonschema::draft202012::meta::validate(&schema()).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
}

#[test]
fn references_lead_somewhere() {
    // The validator would not compile a schema with one that does not; this looks for those unused.
    let schema = schema();
    let text = schema.to_string();
    for name in schema["$defs"].as_object().unwrap().keys() {
        let reference = super::reference(name)["$ref"].to_string();
        assert!(text.contains(&reference), "nothing refers to {name}");
    }
}

#[test]
fn every_good_config_is_taken() {
    for folder in ["../configs", "tests/pass", "tests/build", "tests/run", "tests/fail_lint"] {
        for path in files(folder) {
            let text = fs::read_to_string(&path).unwrap();
            let root = document(&text).unwrap_or_else(|| panic!("{}", path.display()));
            let faults = faults(&root, &source(&text));
            assert!(faults.is_empty(), "{}: {faults:?}", path.display());
        }
    }
}

#[test]
fn bad_configs_are_refused_where_the_structure_is_at_fault_and_only_there() {
    let (mut refused, mut taken) = (0, 0);
    for path in files("tests/fail").into_iter().chain(files("tests/fail_kernel")) {
        let text = fs::read_to_string(&path).unwrap();
        let marks = marks(&text);
        let name = path.file_name().unwrap().display();
        if marks.iter().any(|(_, code)| YAML.contains(&code.as_str())) {
            continue;
        }
        let root = document(&text).unwrap_or_else(|| panic!("{name} is no YAML"));
        let faults = faults(&root, &source(&text));
        for (line, code) in &marks {
            if REFUSED.contains(&code.as_str()) {
                let found = faults.iter().any(|(lines, _)| lines.contains(line));
                assert!(found, "{name}:{line}: {code} is not refused: {faults:?}");
                refused += 1;
            }
        }
        if text.lines().any(|line| line.starts_with("version:") && line.contains("# error:")) {
            continue; // of what follows `runner` says nothing
        }
        for (lines, fault) in &faults {
            let known = |code: &str| REFUSED.contains(&code) || EITHER.contains(&code);
            let why = marks.iter().find(|(line, code)| lines.contains(line) && known(code));
            assert!(why.is_some(), "{name}: {lines:?} is refused: {fault}");
        }
        taken += usize::from(faults.is_empty());
    }
    assert!(refused > 50 && taken > 20, "{refused} refused, {taken} taken");
}

#[test]
fn classes_are_of_codes_that_exist() {
    for code in YAML.iter().chain(&REFUSED).chain(&EITHER) {
        assert!(Code::ALL.iter().any(|known| known.as_str() == *code), "{code}");
    }
}

/// A config of one probe with these lines.
fn probe(lines: &str) -> Value {
    let text = format!("version: 1\nprobes:\n  - name: x\n    {}\n", lines.replace('\n', "\n    "));
    value(&document(&text).unwrap())
}

#[test]
fn structure_down_to_numbers_and_lists() {
    let validator = validator();
    for good in [
        "hook: kprobe:f\nfields: [pid]",
        "hook: [kprobe:f, 'syscall:x']\nfields: [pid, {a: pid + 1}, {b: {expr: comm, max: 16}}]",
        "hook: kprobe:f\nfields: [{a: {expr: comm, max: 0x10}}, {b: {expr: comm, max: 1_000}}]",
        "hook: kprobe:f\nfields: [{a: {expr: comm, max: 0b11}}, {b: 1}, {c: true}, {d: 1.5}]",
        "hook: kprobe:f\nargs: {a: int}\nfields: [pid]",
        "any: [{hook: func:f, fields: [x]}]\nfields: [pid]",
        "hook: kprobe:f\nfields: [pid]\nprint: 7",
    ] {
        assert!(validator.is_valid(&probe(good)), "{good}");
    }
    for bad in [
        "fields: [pid]",
        "hook: kprobe:f\nany: [{hook: func:f}]\nfields: [pid]",
        "hook: kprobe\nfields: [pid]",
        "hook: kprobes:f\nfields: [pid]",
        "hook: 'kprobe:'\nfields: [pid]",
        "hook: []\nfields: [pid]",
        "any: []\nfields: [pid]",
        "hook: kprobe:f\nfields: []",
        "hook: kprobe:f\nfields: [{}]",
        "hook: kprobe:f\nfields: [{a: pid, b: pid}]",
        "hook: kprobe:f\nfields: [probe]",
        "hook: kprobe:f\nfields: [{ts: pid}]",
        "hook: kprobe:f\nfields: [{a: {expr: pid, max: 0}}]",
        "hook: kprobe:f\nfields: [{a: {expr: pid, max: 70000}}]",
        "hook: kprobe:f\nfields: [{a: {expr: pid, max: '64'}}]",
        "hook: kprobe:f\nfields: [{a: {max: 64}}]",
        "hook: kprobe:f\nargs: {1a: int}\nfields: [pid]",
        "hook: kprobe:f\nwhere: ~\nfields: [pid]",
    ] {
        assert!(!validator.is_valid(&probe(bad)), "{bad}");
    }
}

#[test]
fn all_that_is_known_is_documented() {
    for (name, definition) in schema()["$defs"].as_object().unwrap() {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            for word in ["description", "markdownDescription"] {
                assert!(property[word].as_str().is_some_and(|text| text.len() > 5), "{name} {key}");
            }
        }
    }
}

/// An editor's snippet with nothing in it changed: `${1:text}` is `text`.
fn filled(snippet: &Value) -> String {
    let mut parts = snippet["body"].as_str().unwrap().split("${");
    let mut text = parts.next().unwrap().to_string();
    for part in parts {
        let (inner, after) = part.split_once('}').unwrap();
        text += inner.split_once(':').unwrap().1;
        text += after;
    }
    text
}

#[test]
fn snippets_are_good_as_they_are() {
    let schema = schema();
    for snippet in schema["defaultSnippets"].as_array().unwrap() {
        let text = filled(snippet);
        assert!(validator().is_valid(&value(&document(&text).unwrap())), "{text}");
        let source = source(&text);
        let mut faults = Faults::new(source.clone());
        assert!(parse(source, &mut faults).is_some(), "{:?}", faults.list);
    }
    let hooks = schema["$defs"]["hook"]["defaultSnippets"].as_array().unwrap();
    assert_eq!(hooks.len(), KINDS.len());
    for (snippet, row) in hooks.iter().zip(KINDS) {
        assert_eq!(filled(snippet), row.example);
    }
}
