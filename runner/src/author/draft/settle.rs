//! What lints say of a drafted config is meant so: the hooks were asked for by name. It is allowed
//! where it stands, with what the lint says beside it.
//!
//! In: the text of a config. Out: the same with comments, laid out as `runner fmt` does it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::{self, LintLevels};
use crate::config;
use crate::diag::{Diagnostic, Faults, Severity, Source};
use crate::facts::{Able, Facts};
use crate::plan::survey::survey;

/// `text` with comments that allow what lints find in it, laid out.
pub fn settle(text: String, facts: &dyn Facts) -> String {
    let mut lines: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
    for (line, fault) in findings(&text, facts) {
        lines.entry(line).or_default().push(fault);
    }
    let mut settled = String::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(found) = lines.get(&(index + 1)) {
            let indent = &line[..line.len() - line.trim_start().len()];
            comments(found, indent, &mut settled);
        }
        settled.push_str(line);
        settled.push('\n');
    }
    let source = Arc::new(Source { path: "drafted.yaml".into(), text: settled });
    config::format(&source).unwrap_or_else(|_| source.text.clone())
}

/// What lints find, by line.
fn findings(text: &str, facts: &dyn Facts) -> Vec<(usize, Diagnostic)> {
    let source = Arc::new(Source { path: "drafted.yaml".into(), text: text.into() });
    let mut faults = Faults::new(source.clone());
    let Some(config) = config::parse(source.clone(), &mut faults) else { return Vec::new() };
    // A hook that this kernel lacks was drafted as if it had it.
    let Ok(survey) = survey(&config, &Able(facts), &mut faults) else { return Vec::new() };
    let mut found = Faults::new(source.clone());
    check::lint(&config, &[&survey.alternatives], &LintLevels::default(), &mut found);
    let warnings = found.list.into_iter().filter(|fault| fault.severity == Severity::Warning);
    let placed = warnings.filter_map(|fault| Some((source.position(fault.span?.start).0, fault)));
    placed.collect()
}

fn comments(found: &[Diagnostic], indent: &str, text: &mut String) {
    let mut codes: Vec<&str> = Vec::new();
    for fault in found {
        for line in [Some(&fault.message), fault.help.as_ref()].into_iter().flatten() {
            text.push_str(&format!("{indent}# {line}\n"));
        }
        let code = fault.code.as_str();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    text.push_str(&format!("{indent}# runner: allow({})\n", codes.join(", ")));
}
