//! Configs by kernels, as text: whether each config fits, and which alternative would be chosen.
//!
//! In: what became of each config on each kernel. Out: lines for people.

use super::kernels::Kernel;
use super::{Checked, OnKernel};
use crate::plan::survey::{Found, ProbeSurvey, Survey};

/// What stands in a cell of the table.
fn cell(on_kernel: Option<&OnKernel>) -> &'static str {
    match on_kernel {
        None => "-",
        Some(one) if one.faulty => "fault",
        Some(one) if one.survey.probes.iter().any(ProbeSurvey::is_unknown) => "ok?",
        Some(_) => "ok",
    }
}

/// The table, a line each. Beneath a config stand its probes with alternatives, and what would be
/// chosen where.
pub fn lines(configs: &[Checked], kernels: &[Kernel]) -> Vec<String> {
    let width = configs.iter().map(|config| config.path().chars().count()).max().unwrap_or(0);
    let columns: Vec<usize> =
        kernels.iter().map(|kernel| kernel.name.chars().count().max(5)).collect();
    let row = |head: &str, cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&columns).map(|(cell, width)| format!("  {cell:<width$}"));
        format!("{head:<width$}{}", cells.collect::<String>()).trim_end().to_owned()
    };
    let mut lines = vec![row("", &mut kernels.iter().map(|kernel| kernel.name.as_str()))];
    for config in configs {
        let cells = kernels.iter().enumerate().map(|(index, _)| cell(config.on(index)));
        lines.push(row(config.path(), &mut cells.into_iter()));
        lines.extend(choices(config, kernels));
        lines.extend(fallbacks(config, kernels));
    }
    lines
}

/// What would be chosen of each probe that has alternatives or lacks something, on which kernels.
fn choices(config: &Checked, kernels: &[Kernel]) -> Vec<String> {
    let Some(first) = config.on(0) else { return Vec::new() };
    let mut lines = Vec::new();
    for (index, probe) in first.survey.probes.iter().enumerate() {
        let mut found: Vec<(String, Vec<&str>)> = Vec::new();
        let mut worth = probe.hooks.len() > 1;
        for (kernel, own) in kernels.iter().enumerate() {
            let Some(probe) = config.on(kernel).and_then(|one| nth(&one.survey, index)) else {
                continue;
            };
            worth |= probe.chosen().is_none() && !probe.is_unknown();
            let choice = choice(probe);
            match found.iter_mut().find(|(other, _)| *other == choice) {
                Some((_, on)) => on.push(&own.name),
                None => found.push((choice, vec![&own.name])),
            }
        }
        if worth {
            let width = found.iter().map(|(choice, _)| choice.chars().count()).max().unwrap_or(0);
            let indent = " ".repeat(probe.name.chars().count() + 1);
            let heads =
                std::iter::once(format!("{}:", probe.name)).chain(std::iter::repeat(indent));
            let everywhere = found.len() == 1;
            let line = |(head, (choice, on)): (String, &(String, Vec<&str>))| match everywhere {
                true => format!("  {head} {choice}"),
                false => format!("  {head} {choice:<width$}  on {}", on.join(", ")),
            };
            lines.extend(heads.zip(&found).map(line));
        }
    }
    lines
}

/// What each probe does without, on which kernels.
fn fallbacks(config: &Checked, kernels: &[Kernel]) -> Vec<String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for (index, kernel) in kernels.iter().enumerate() {
        let probes = config.on(index).into_iter().flat_map(|one| &one.survey.probes);
        for probe in probes {
            let Some(Found::There { fallbacks, .. }) = probe.chosen().map(|hook| &hook.found)
            else {
                continue;
            };
            for fallback in fallbacks {
                let line = format!("  {}: {fallback}", probe.name);
                match found.iter_mut().find(|(other, _)| *other == line) {
                    Some((_, on)) => on.push(&kernel.name),
                    None => found.push((line, vec![&kernel.name])),
                }
            }
        }
    }
    found.into_iter().map(|(line, on)| format!("{line}, on {}", on.join(", "))).collect()
}

fn nth(survey: &Survey, index: usize) -> Option<&ProbeSurvey> {
    survey.probes.get(index)
}

/// What would be chosen, or why nothing is.
fn choice(probe: &ProbeSurvey) -> String {
    if let Some(hook) = probe.chosen() {
        let Found::There { places, notes, .. } = &hook.found else { return hook.hook.clone() };
        let many = match notes.is_empty() && *places > 2 {
            true => format!(" ({places} places)"),
            false => String::new(),
        };
        // Why it is not done otherwise is for those who run it.
        let notes =
            notes.iter().map(|note| format!(", {}", note.split(", not ").next().unwrap_or(note)));
        return format!("{}{many}{}", hook.hook, notes.collect::<String>());
    }
    let first = probe.hooks.iter().find(|hook| !matches!(hook.found, Found::Absent(_)));
    match first.map(|hook| (&hook.found, &hook.hook)) {
        Some((Found::Unknown(_), hook)) => format!("{hook} (not checked)"),
        Some((_, hook)) => format!("{hook}: faulty"),
        None => "none".to_owned(),
    }
}
