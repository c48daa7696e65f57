//! SARIF 2.1.0 (OASIS): one log with one run, and a rule for each code that occurs.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::{Code, Level, Report, explain};
use super::json::to_line;
use super::{Finding, Place};

/// The whole log.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let faults = report.sources.iter().flat_map(|source| &source.list);
    let mut codes: Vec<Code> = faults.map(|fault| fault.code).collect();
    codes.sort();
    codes.dedup();
    let findings = report
        .sources
        .iter()
        .flat_map(|source| source.sorted().into_iter().map(|fault| Finding::of(source, fault)));
    let results: Vec<Value> = findings.map(|finding| result(&finding, &codes)).collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(*code)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "runner",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    to_line(&log, out)
}

fn rule(code: Code) -> Value {
    let level = match code.lint() {
        Some(Level::Allow) => "none",
        Some(Level::Warn) => "warning",
        Some(Level::Deny) | None => "error",
    };
    json!({
        "id": code.as_str(),
        "shortDescription": {"text": code.meaning()},
        "help": {"text": explain(code), "markdown": code.explanation()},
        "defaultConfiguration": {"level": level},
    })
}

fn result(finding: &Finding<'_>, codes: &[Code]) -> Value {
    let fault = finding.fault;
    let place = |place: Option<Place>| {
        let mut location = json!({"artifactLocation": {"uri": uri(finding.path)}});
        if let Some(Place { line, column, end_line, end_column }) = place {
            location["region"] = json!({
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            });
        }
        location
    };
    let related = finding.related.iter();
    let related: Vec<Value> = related
        .map(|(other, message)| {
            json!({"physicalLocation": place(Some(*other)), "message": {"text": message}})
        })
        .collect();
    json!({
        "ruleId": fault.code.as_str(),
        "ruleIndex": codes.iter().position(|code| *code == fault.code),
        "level": fault.severity.as_str(),
        "message": {"text": finding.text()},
        "locations": [{"physicalLocation": place(finding.place)}],
        "relatedLocations": related,
    })
}

/// A file's path as a URI reference (RFC 3986): relative paths stay relative, as code scanning wants
/// them.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
