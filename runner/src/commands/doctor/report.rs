//! What doctor shows: for people, one subject a line with the command that mends it below; for
//! programs, one JSON object.

use serde::Serialize;

use super::checks::{Finding, Status};
use super::configs::{Observed, Verdict};
use crate::diag::printable;

/// All of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Nothing that is needed is missing.
    pub ok: bool,
    /// The kernel's release.
    pub kernel: String,
    /// By subject.
    pub checks: Vec<Finding>,
    /// Of the configs that were named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub configs: Vec<Verdict>,
}

impl Report {
    /// Of a machine, and of configs on it.
    pub fn new(kernel: String, checks: Vec<Finding>, configs: Vec<Verdict>) -> Self {
        let ok = !checks.iter().any(|finding| finding.status == Status::Fault)
            && configs.iter().all(|verdict| verdict.status == Status::Ok);
        Self { ok, kernel, checks, configs }
    }
}

/// One object.
pub fn json(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string(report).map(|text| text + "\n")
}

/// For people.
pub fn human(report: &Report) -> String {
    let mut text = String::new();
    let width = report.checks.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    for Finding { check, status, said, command } in &report.checks {
        line(&format!("{}  {check:width$}  {said}", word(*status)), command.as_deref(), &mut text);
    }
    if !report.configs.is_empty() {
        text.push('\n');
    }
    for verdict in &report.configs {
        let said = said(verdict);
        let shown = format!("{}  {}: {said}", word(verdict.status), verdict.config);
        line(&shown, verdict.command.as_deref(), &mut text);
    }
    text.push('\n');
    text.push_str(&summary(report));
    text
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok     ",
        Status::Limit => "limit  ",
        Status::Fault => "FAULT  ",
        Status::Unknown => "unknown",
    }
}

/// Names of files and what the kernel says of itself may hold anything.
fn line(shown: &str, command: Option<&str>, text: &mut String) {
    text.push_str(&printable(shown));
    text.push('\n');
    if let Some(command) = command {
        text.push_str(&format!("           run: {}\n", printable(command)));
    }
}

fn said(verdict: &Verdict) -> String {
    if let Some(fault) = &verdict.fault {
        return fault.clone();
    }
    let probe = |Observed { probe, hook, not }: &Observed| {
        let not = not.iter().map(|refused| format!("not {}: {}", refused.hook, refused.why));
        let by = hook.as_ref().map_or("no hook".to_owned(), |hook| format!("by {hook}"));
        let parts: Vec<String> = std::iter::once(format!("{probe} {by}")).chain(not).collect();
        parts.join("; ")
    };
    verdict.probes.iter().map(probe).collect::<Vec<_>>().join(". ")
}

fn summary(report: &Report) -> String {
    let count = |status| report.checks.iter().filter(|found| found.status == status).count();
    let mut text = match (count(Status::Fault), count(Status::Unknown)) {
        (0, 0) => "This machine runs probes".to_owned(),
        (0, _) => "Nothing that is needed is missing, as far as could be seen".to_owned(),
        (1, _) => "1 fault: the command below it mends it".to_owned(),
        (faults, _) => format!("{faults} faults: the command below each mends it"),
    };
    if !report.configs.is_empty() {
        let fit = report.configs.iter().filter(|one| one.status == Status::Ok).count();
        text.push_str(&format!("; {fit} of {} configs can run", report.configs.len()));
    }
    text.push_str(".\n");
    text
}
