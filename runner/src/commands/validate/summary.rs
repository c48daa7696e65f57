//! What stands below the faults: the table of kernels, what was not checked, and the counts.

use super::kernels::Kernels;
use super::{Checked, matrix};
use crate::diag::{Report, Severity, plural};
use crate::plan::survey::Found;

/// The lines, for people.
pub fn lines(checked: &[Checked], report: &Report, kernels: &Kernels) -> Vec<String> {
    let mut lines = Vec::new();
    if report.sources.iter().any(|faults| !faults.list.is_empty()) {
        lines.push(String::new());
    }
    if kernels.named {
        let table = matrix::lines(checked, &kernels.list);
        let open = table.iter().any(|line| line.contains("  ok?"));
        lines.extend(table);
        lines.extend(open.then(|| "ok?: as far as the snapshot tells".into()));
        lines.push(String::new());
    }
    lines
        .extend(unchecked(checked, kernels).into_iter().map(|what| format!("not checked: {what}")));
    lines.push(counts(checked, report, kernels));
    lines
}

/// What the facts left open, one line each.
fn unchecked(checked: &[Checked], kernels: &Kernels) -> Vec<String> {
    if let Some(why) = &kernels.none {
        let cure = "name kernels: --kernel SNAPSHOT, made by `runner snapshot -o SNAPSHOT`";
        return vec![format!("anything that depends on a kernel: {why}; {cure}")];
    }
    // By the reason: the hooks that it left open, and the kernels.
    let mut open: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for config in checked {
        for (kernel, on) in kernels.list.iter().zip(&config.kernels) {
            for hook in on.survey.probes.iter().flat_map(|probe| &probe.hooks) {
                let Found::Unknown(why) = &hook.found else { continue };
                let index = open.iter().position(|(other, ..)| other == why).unwrap_or_else(|| {
                    open.push((why, Vec::new(), Vec::new()));
                    open.len() - 1
                });
                let (_, hooks, names) = &mut open[index];
                add(hooks, &hook.hook);
                add(names, &kernel.name);
            }
        }
    }
    let mut lines: Vec<String> = open
        .iter()
        .map(|(why, hooks, names)| {
            let on = match kernels.named && names.len() < kernels.list.len() {
                true => format!(" on {}", names.join(", ")),
                false => String::new(),
            };
            format!("whether {} there{on}: {why}", some(hooks))
        })
        .collect();
    for kernel in &kernels.list {
        lines.extend(kernel.facts.unknown().iter().map(|what| format!("{what} ({})", kernel.name)));
    }
    lines
}

fn add<'a>(list: &mut Vec<&'a str>, name: &'a str) {
    if !list.contains(&name) {
        list.push(name);
    }
}

/// The first hooks and the number of the others, with the verb.
fn some(hooks: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = hooks.iter().take(SHOWN).map(|hook| format!("`{hook}`")).collect();
    match hooks.len() {
        0 | 1 => format!("{} is", shown.join("")),
        count if count <= SHOWN => format!("{} are", shown.join(", ")),
        count => format!("{} and {} other hooks are", shown.join(", "), count - SHOWN),
    }
}

fn counts(checked: &[Checked], report: &Report, kernels: &Kernels) -> String {
    let mut text = plural(checked.len(), "config");
    if kernels.named {
        text.push_str(&format!(", {}", plural(kernels.list.len(), "kernel")));
    }
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => text.push_str(": no faults"),
        (0, _) => text.push_str(&format!(": {}", plural(warnings, "warning"))),
        (_, 0) => text.push_str(&format!(": {}", plural(errors, "error"))),
        _ => text.push_str(&format!(
            ": {}, {}",
            plural(errors, "error"),
            plural(warnings, "warning")
        )),
    }
    text
}
