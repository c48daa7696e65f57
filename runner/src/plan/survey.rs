//! Every alternative of every probe held against one kernel, for `validate`: the same typing as a plan
//! that is to run, but of all that is there, not only of what would be chosen.
//!
//! In: a checked config and the facts of a kernel. Out: what became of each alternative, and the plan
//! that would run. What the facts do not say is told apart from what the kernel lacks.

use std::collections::HashMap;

use super::resolve::{self, Absence, Resolved};
use super::{Chosen, Plan, Probe, Tasks, none_exists, plan_of, program};
use crate::config::{self, Config};
use crate::diag::{Code, Diagnostic, Faults, Span, Spanned};
use crate::facts::{Facts, FactsError};
use crate::hook::{Hook, HookKind};
use crate::layout::{Layout, Slot};

/// A config on one kernel.
#[derive(Debug)]
pub struct Survey {
    /// In the order of the config.
    pub probes: Vec<ProbeSurvey>,
    /// What would run, without the probes that cannot and those of which nothing is known.
    pub plan: Plan,
    /// Every alternative that is there and fits, as if it had been chosen: what lints look at.
    pub alternatives: Plan,
}

/// A probe on one kernel.
#[derive(Debug)]
pub struct ProbeSurvey {
    /// Its name.
    pub name: String,
    /// Every hook of every variant, in order.
    pub hooks: Vec<HookSurvey>,
}

/// One hook on one kernel.
#[derive(Debug)]
pub struct HookSurvey {
    /// As it is written.
    pub hook: String,
    /// What became of it.
    pub found: Found,
}

/// What became of a hook.
#[derive(Debug)]
pub enum Found {
    /// It is there and fits.
    There {
        /// To how many places programs are attached.
        places: usize,
        /// How.
        notes: Vec<String>,
        /// What its expressions name that the kernel lacks, and what is taken instead.
        fallbacks: Vec<String>,
    },
    /// It is there, and what the probe wants of it is faulty.
    Faulty,
    /// The kernel lacks it; why.
    Absent(String),
    /// The facts do not say whether it is there; why.
    Unknown(String),
}

impl ProbeSurvey {
    /// The hook that would be chosen. `None` if there is none, or if one before it may be there.
    pub fn chosen(&self) -> Option<&HookSurvey> {
        let first = self.hooks.iter().find(|hook| !matches!(hook.found, Found::Absent(_)))?;
        matches!(first.found, Found::There { .. }).then_some(first)
    }

    /// Whether the facts leave open what would be chosen.
    pub fn is_unknown(&self) -> bool {
        let first = self.hooks.iter().find(|hook| !matches!(hook.found, Found::Absent(_)));
        first.is_some_and(|hook| matches!(hook.found, Found::Unknown(_)))
    }
}

/// Holds all of `config` against the kernel of `facts`. The error is of facts that are damaged.
pub fn survey(
    config: &Config,
    facts: &dyn Facts,
    faults: &mut Faults,
) -> Result<Survey, FactsError> {
    let mut probes = Vec::new();
    let (mut planned, mut alternatives) = (Vec::new(), Vec::new());
    for probe in &config.probes {
        let mut walk = Walk { config, probe, facts, typed: Vec::new(), found: Vec::new() };
        let hooks = walk.all()?;
        walk.report(&hooks, faults);
        planned.extend(walk.typed.first().map(|(_, probe)| probe.clone()));
        alternatives.extend(walk.typed.into_iter().map(|(_, probe)| probe));
        probes.push(ProbeSurvey { name: probe.name.value.clone(), hooks });
    }
    program::distinct(&mut planned);
    let plan = plan_of(config, planned, Tasks::All);
    Ok(Survey { probes, plan, alternatives: plan_of(config, alternatives, Tasks::All) })
}

/// The way through the alternatives of one probe.
struct Walk<'a> {
    config: &'a Config,
    probe: &'a config::Probe,
    facts: &'a dyn Facts,
    /// Those that fit, each with its hook.
    typed: Vec<(&'a Spanned<Hook>, Probe)>,
    /// Faults, each with the hooks that have it.
    found: Vec<(Diagnostic, Vec<String>)>,
}

impl<'a> Walk<'a> {
    fn all(&mut self) -> Result<Vec<HookSurvey>, FactsError> {
        let mut hooks = Vec::new();
        let mut absences: Vec<(Span, &Hook, Absence)> = Vec::new();
        for variant in &self.probe.variants {
            for hook in &variant.hooks {
                let found = match resolve::resolve(&hook.value, self.facts) {
                    Err(fault @ FactsError::Snapshot { .. }) => return Err(fault),
                    Err(fault) => Found::Unknown(fault.to_string()),
                    Ok(Err(absence)) => {
                        let why = absence.to_string();
                        absences.push((hook.span, &hook.value, absence));
                        Found::Absent(why)
                    }
                    Ok(Ok(resolved)) => self.typed(variant, hook, resolved),
                };
                hooks.push(HookSurvey { hook: hook.value.to_string(), found });
            }
        }
        if absences.len() == hooks.len() {
            let list: Vec<_> =
                absences.iter().map(|(span, hook, why)| (*span, *hook, why)).collect();
            self.found.push((none_exists(&list, self.facts), Vec::new()));
        }
        Ok(hooks)
    }

    /// Types the probe at a hook that is there.
    fn typed(
        &mut self,
        variant: &'a config::Variant,
        hook: &'a Spanned<Hook>,
        resolved: Resolved,
    ) -> Found {
        let unseen = matches!(resolved, Resolved::Unseen(_));
        let mut faults = Faults::new(self.config.source.clone());
        let chosen = Chosen {
            config: self.config,
            probe: self.probe,
            variant,
            hook,
            resolved,
            passed_over: Vec::new(),
        };
        let probe = program::build(chosen, self.facts, &mut faults);
        for fault in faults.list {
            self.add(fault, &hook.value);
        }
        let Some(probe) = probe else { return Found::Faulty };
        if let Some(fault) = self.unlike_the_first(variant, hook, &probe.layout) {
            self.add(fault, &hook.value);
            return Found::Faulty;
        }
        let places = probe.programs.iter().map(|program| program.attach.len()).sum();
        let (notes, fallbacks) = (probe.notes.clone(), probe.fallbacks.clone());
        self.typed.push((hook, probe));
        match unseen {
            true => Found::Unknown("programs and libraries are not part of what is known".into()),
            false => Found::There { places, notes, fallbacks },
        }
    }

    /// The fault of an alternative whose fields are of other types than those of the first.
    fn unlike_the_first(
        &self,
        variant: &config::Variant,
        hook: &Spanned<Hook>,
        own: &Layout,
    ) -> Option<Diagnostic> {
        let (first_hook, first) = self.typed.first()?;
        // The types of static probes are in the binary, which may not have been seen.
        if [first_hook, &hook].iter().any(|hook| hook.value.kind == HookKind::Usdt) {
            return None;
        }
        let slots: HashMap<&str, &Slot> =
            first.layout.slots.iter().map(|slot| (slot.name.as_str(), slot)).collect();
        let (slot, other) = own.slots.iter().find_map(|slot| {
            let other = slots.get(slot.name.as_str())?;
            (!slot.alike(other)).then_some((slot, other))
        })?;
        let field = variant.fields.iter().find(|field| field.name.value == slot.name)?;
        let message = format!(
            "`{}` is {} at `{}`, and {} at `{}`",
            slot.name,
            slot.in_words(),
            hook.value,
            other.in_words(),
            first_hook.value
        );
        Some(
            Diagnostic::error(Code::VariantMismatch, field.span, message)
                .help("cast it, so that it is the same everywhere: `(u64)x`, `(s64)x`"),
        )
    }

    /// Adds a fault; one that another alternative has, too, stands once.
    fn add(&mut self, fault: Diagnostic, hook: &Hook) {
        let same = self.found.iter_mut().find(|(other, _)| {
            (other.span, other.code, &other.message) == (fault.span, fault.code, &fault.message)
        });
        match same {
            Some((_, hooks)) if hooks.last() != Some(&hook.to_string()) => {
                hooks.push(hook.to_string());
            }
            Some(_) => {}
            None => self.found.push((fault, vec![hook.to_string()])),
        }
    }

    /// Hands on the faults; where it matters, with the alternatives that have them.
    fn report(&mut self, all: &[HookSurvey], faults: &mut Faults) {
        let typed = all
            .iter()
            .filter(|hook| !matches!(hook.found, Found::Absent(_)))
            .filter(|hook| !matches!(hook.found, Found::Unknown(_)));
        let typed = typed.count();
        for (fault, hooks) in self.found.drain(..) {
            let some = !hooks.is_empty() && hooks.len() < typed;
            faults.push(match some {
                true => fault.note(format!("with {}", quoted(&hooks))),
                false => fault,
            });
        }
    }
}

/// `a`, `b` and `c`.
fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        all => all.join(", "),
    }
}
