//! Each format on one report, whose texts hold what the format gives a meaning to. Touches no file.

use std::sync::Arc;

use super::super::{Code, Source, Span};
use super::*;

/// Two files: one with faults of all kinds, one without.
fn report() -> Report {
    let text = "a: 1\n\u{e4}b: 2\nc:\n  d\n";
    let source = |path: &str| Arc::new(Source { path: path.into(), text: text.into() });
    let mut faults = Faults::new(source("dir/a,b:c 1%.yaml"));
    faults.push(Diagnostic::warning(Code::NotAvailable, Span::new(12, 18), "this is odd"));
    faults.push(
        Diagnostic::error(Code::UnknownKey, Span::new(7, 8), "no key `b`, 100%")
            .label("here")
            .related(Span::new(12, 13), "and there")
            .note("a fact")
            .help("write `a`"),
    );
    faults.push(Diagnostic::error(Code::Empty, None, "odd: \u{1b}[2J\u{9b}\u{202e}\nmore"));
    Report { sources: vec![Faults::new(source("good.yaml")), faults] }
}

fn shown(report: &Report, format: DiagFormat) -> String {
    let mut out = Vec::new();
    write(report, format, Style::Plain, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn concise_is_one_line_each() {
    insta::assert_snapshot!(shown(&report(), DiagFormat::Concise), @r"
    dir/a,b:c 1%.yaml: error[empty]: odd: \u{1b}[2J\u{9b}\u{202e}\nmore
    dir/a,b:c 1%.yaml:2:2: error[unknown-key]: no key `b`, 100%
    dir/a,b:c 1%.yaml:3:1: warning[not-available]: this is odd
    ");
}

#[test]
fn github_commands_are_escaped() {
    insta::assert_snapshot!(shown(&report(), DiagFormat::Github), @r"
    ::error file=dir/a%2Cb%3Ac 1%25.yaml,title=runner (empty)::odd: \u{1b}[2J\u{9b}\u{202e}%0Amore
    ::error file=dir/a%2Cb%3Ac 1%25.yaml,line=2,col=2,endColumn=3,title=runner (unknown-key)::no key `b`, 100%25 (here)%0Aline 3: and there%0Anote: a fact%0Ahelp: write `a`
    ::warning file=dir/a%2Cb%3Ac 1%25.yaml,line=3,endLine=4,title=runner (not-available)::this is odd
    ");
}

#[test]
fn json_is_one_object_a_line_with_every_key() {
    let text = shown(&report(), DiagFormat::Json);
    insta::assert_snapshot!(text, @r#"
    {"file":"dir/a,b:c 1%.yaml","line":null,"column":null,"end_line":null,"end_column":null,"start_byte":null,"end_byte":null,"severity":"error","code":"empty","message":"odd: \u001b[2J\u009b\u202e\nmore","label":null,"related":[],"notes":[],"help":null}
    {"file":"dir/a,b:c 1%.yaml","line":2,"column":2,"end_line":2,"end_column":3,"start_byte":7,"end_byte":8,"severity":"error","code":"unknown-key","message":"no key `b`, 100%","label":"here","related":[{"line":3,"column":1,"end_line":3,"end_column":2,"message":"and there"}],"notes":["a fact"],"help":"write `a`"}
    {"file":"dir/a,b:c 1%.yaml","line":3,"column":1,"end_line":4,"end_column":4,"start_byte":12,"end_byte":18,"severity":"warning","code":"not-available","message":"this is odd","label":null,"related":[],"notes":[],"help":null}
    "#);
    for line in text.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(object.as_object().unwrap().len(), 14);
    }
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["message"], "odd: \u{1b}[2J\u{9b}\u{202e}\nmore");
}

#[test]
fn sarif_names_each_rule_once() {
    let log: serde_json::Value =
        serde_json::from_str(&shown(&report(), DiagFormat::Sarif)).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!rules[index]["help"]["text"].as_str().unwrap().is_empty());
    }
    let second = &run["results"][1];
    assert_eq!(second["level"], "error");
    assert_eq!(
        second["message"]["text"],
        "no key `b`, 100% (here)\nline 3: and there\nnote: a fact\nhelp: write `a`"
    );
    let place = &second["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "dir/a%2Cb%3Ac%201%25.yaml");
    let region =
        serde_json::json!({"startLine": 2, "startColumn": 2, "endLine": 2, "endColumn": 3});
    assert_eq!(place["region"], region);
    let other = &second["relatedLocations"][0];
    assert_eq!(other["physicalLocation"]["region"]["startLine"], 3);
    assert_eq!(other["message"]["text"], "and there");
    assert!(run["results"][0]["locations"][0]["physicalLocation"].get("region").is_none());
}

#[test]
fn files_are_apart_for_people() {
    let mut report = report();
    report.sources.push(report.sources[1].clone());
    let text = shown(&report, DiagFormat::Human);
    assert_eq!(text.matches("\n\nerror[empty]").count(), 1);
    assert!(text.starts_with("error[empty]") && text.ends_with("\n"));
}

#[test]
fn nothing_found_is_said_with_nothing_but_an_empty_log() {
    let report = Report { sources: vec![report().sources[0].clone()] };
    for format in [DiagFormat::Human, DiagFormat::Concise, DiagFormat::Json, DiagFormat::Github] {
        assert_eq!(shown(&report, format), "");
    }
    let log: serde_json::Value = serde_json::from_str(&shown(&report, DiagFormat::Sarif)).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 0);
}

#[test]
fn no_format_drives_a_terminal() {
    for format in [
        DiagFormat::Human,
        DiagFormat::Concise,
        DiagFormat::Json,
        DiagFormat::Sarif,
        DiagFormat::Github,
    ] {
        let text = shown(&report(), format);
        let evil = |c: char| c != '\n' && (c.is_control() || super::super::text::is_hidden(c));
        assert!(!text.contains(evil), "{format:?}: {text:?}");
    }
}
