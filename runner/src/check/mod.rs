//! Lints: what is valid but may not do what its writer wants. One rule a file; all run, and all they
//! find is reported.
//!
//! In: a config, and its plans for as many kernels as are known (none is enough for most rules).
//! Out: diagnostics at the level that the command line and `# runner: allow(…)` comments give their
//! code. Asks no kernel and no machine.

mod absent_hook;
mod allow;
mod always_null;
mod ambiguous_name;
mod broad_glob;
mod hot_hook;
mod levels;
mod missing_description;
mod positional_argument;
#[cfg(test)]
mod tests;
mod truncated_string;
mod unstable_hook;
mod unused_param;

use std::collections::{HashMap, HashSet};

use crate::config::{Config, Field, Probe, Variant};
use crate::diag::{Code, Diagnostic, Faults, Level, Severity, Span};
use crate::expr::Expr;
use crate::plan::{self, Plan};

pub use hot_hook::hot;
pub use levels::{Lint, LintLevels};
pub use truncated_string::longest;

/// What rules look at.
struct Subject<'a> {
    config: &'a Config,
    plans: &'a [&'a Plan],
    /// No error has been found so far: nothing is missing in the plans but what kernels lack.
    whole: bool,
}

/// One rule.
struct Rule {
    /// What it reports.
    code: Code,
    /// Whether it needs the plan for a kernel, and so sees only the hooks chosen there.
    planned: bool,
    /// Adds what it finds.
    run: fn(&Subject<'_>, &mut Vec<Diagnostic>),
}

/// Every rule, in the order of the documentation.
const RULES: &[Rule] = &[
    missing_description::RULE,
    hot_hook::RULE,
    unstable_hook::RULE,
    absent_hook::RULE,
    broad_glob::RULE,
    unused_param::RULE,
    positional_argument::RULE,
    ambiguous_name::RULE,
    truncated_string::RULE,
    always_null::RULE,
];

/// Adds what the rules find in `config` to `faults`, which are of its source. `plans` are those of
/// this config, one for each kernel, best with all alternatives of a probe
/// ([`crate::plan::survey::Survey::alternatives`]).
pub fn lint(config: &Config, plans: &[&Plan], levels: &LintLevels, faults: &mut Faults) {
    let subject = Subject { config, plans, whole: !faults.any_error() };
    let mut found = Vec::new();
    for rule in RULES {
        (rule.run)(&subject, &mut found);
    }
    let mut seen = HashSet::new();
    // Shared fields stand in every variant, and every kernel has its plan.
    found.retain(|fault| seen.insert((fault.code, fault.span)));
    let mut allows = allow::Allows::read(&config.source, faults);
    found.retain(|fault| !allows.silence(fault));
    if subject.whole {
        let checked = |code| {
            let rule = RULES.iter().find(|rule| rule.code == code);
            rule.is_none_or(|rule| !rule.planned || subject.all_planned())
        };
        let unused: Vec<_> =
            allows.unused().into_iter().filter(|(code, _)| checked(*code)).collect();
        let unused = unused.into_iter().map(|(code, span)| allow::unused(code, span));
        let unused: Vec<_> = unused.filter(|fault| !allows.silence(fault)).collect();
        found.extend(unused);
    }
    for fault in found {
        let severity = match levels.of(fault.code) {
            Level::Allow => continue,
            Level::Warn => Severity::Warning,
            Level::Deny => Severity::Error,
        };
        faults.push(Diagnostic { severity, ..fault });
    }
}

impl<'a> Subject<'a> {
    /// Every variant of every probe.
    fn variants(&self) -> impl Iterator<Item = (&'a Probe, &'a Variant)> {
        self.config.probes.iter().flat_map(|probe| probe.variants.iter().map(move |v| (probe, v)))
    }

    /// Every probe as it would run, with the variant that was chosen for it.
    fn planned(&self) -> impl Iterator<Item = (&'a plan::Probe, &'a Variant)> {
        let variants: HashMap<Span, &'a Variant> = self
            .variants()
            .flat_map(|(_, variant)| variant.hooks.iter().map(move |hook| (hook.span, variant)))
            .collect();
        let planned = self.plans.iter().flat_map(|plan| &plan.probes);
        planned.filter_map(move |probe| Some((probe, *variants.get(&hook_of(probe)?)?)))
    }

    /// Whether each variant of the config is chosen on some kernel.
    fn all_planned(&self) -> bool {
        let chosen: HashSet<_> = self.planned().map(|(_, variant)| variant.span).collect();
        self.variants().all(|(_, variant)| chosen.contains(&variant.span))
    }
}

/// Where the hook stands that was chosen for a probe.
fn hook_of(probe: &plan::Probe) -> Option<Span> {
    probe.programs.first().map(|program| program.span)
}

/// Every expression of a variant.
fn expressions(variant: &Variant) -> impl Iterator<Item = &Expr> {
    variant.conditions.iter().chain(variant.fields.iter().flat_map(Field::expressions))
}
