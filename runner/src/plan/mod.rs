//! A checked config and the facts of a kernel to concrete programs: which alternative of each
//! probe, where it is attached, what is read at entry and what at return.
//!
//! Nothing here touches the machine: it asks [`Facts`].

mod args;
mod expectations;
#[cfg(test)]
pub(crate) mod fixture;
mod flags;
#[cfg(test)]
mod mutation;
mod passing;
mod program;
pub mod resolve;
mod scopes;
mod show;
pub mod sites;
pub mod survey;
#[cfg(test)]
mod survey_tests;
#[cfg(test)]
mod tests;
mod user;

use std::sync::Arc;

use crate::config::{self, Config, PrintFormat};
use crate::diag::{Code, Diagnostic, Faults, Source, Span};
use crate::expr::{Fit, Node, Steps, Typed};
use crate::facts::{Facts, FactsError};
use crate::hook::AttachTo;
use crate::layout::Layout;

pub use expectations::check_expectations;
use resolve::{Absence, Resolved};

/// One config as it will run on one kernel.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The config's name.
    pub name: String,
    /// The config's description.
    pub description: Option<String>,
    /// The config's text; spans point into it.
    pub source: Arc<Source>,
    /// In the order of the config.
    pub probes: Vec<Probe>,
    /// Whose events are wanted.
    pub tasks: Tasks,
}

/// Whose events are wanted. `runner` itself is always left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tasks {
    /// Everybody's.
    All,
    /// One process's (`-p`).
    Process,
    /// Those of a command and its descendants (`-- COMMAND`).
    Family,
}

/// One probe as it will run.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Its name in the output.
    pub name: String,
    /// The hook that was chosen.
    pub hook: String,
    /// The hooks before it, and why each was not.
    pub passed_over: Vec<String>,
    /// How it was attached and what was left out, to be said at the start.
    pub notes: Vec<String>,
    /// What its expressions name that the kernel lacks, and what was taken instead.
    pub fallbacks: Vec<String>,
    /// Its record.
    pub layout: Layout,
    /// Its `print:`.
    pub print: Option<PrintFormat>,
    /// Names of the arguments that its expressions can use, at any of its places.
    pub arguments: Vec<String>,
    /// Bytes that a pattern looks at where the expression does not say it.
    pub pattern_text: u32,
    /// Names of the arguments that its entry saves for its return; empty unless it has both.
    pub saved: Vec<String>,
    /// The steps towards its values that can fail.
    pub steps: Steps,
    /// What is loaded for it.
    pub programs: Vec<Program>,
    /// Its entry in the config.
    pub span: Span,
}

/// One BPF program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its symbol in the object: unique within the plan, and a Rust identifier.
    pub name: String,
    /// What it does for its probe.
    pub role: Role,
    /// What its context is.
    pub context: Context,
    /// Everywhere it is attached. At least one.
    pub attach: Vec<AttachTo>,
    /// The number that stands for each place in [`Layout::places`]; of places in one link, for each
    /// function.
    pub places: Vec<u64>,
    /// What must hold, in order.
    pub conditions: Vec<Condition>,
    /// The slots that it fills.
    pub values: Vec<Value>,
    /// Of an entry: the arguments to save, each with its index in [`Probe::saved`].
    pub saves: Vec<(usize, Typed)>,
    /// The chosen hook in the config.
    pub span: Span,
}

impl Program {
    /// Whether it is the entry of a function. Those of system calls are not meant: of them there are
    /// always some under way.
    pub fn begins_call(&self) -> bool {
        self.role == Role::Entry && self.context != Context::Tracepoint
    }

    /// Whether any of its expressions has a node that satisfies `test`.
    pub fn uses(&self, test: impl Fn(&Node) -> bool) -> bool {
        self.expressions().any(|typed| typed.any(|typed| test(&typed.node)))
    }

    /// All that it evaluates.
    pub fn expressions(&self) -> impl Iterator<Item = &Typed> {
        let values = self.values.iter().map(|value| &value.typed);
        let saves = self.saves.iter().map(|(_, typed)| typed);
        let conditions = self.conditions.iter().map(|condition| &condition.typed);
        values.chain(conditions).chain(saves)
    }

    /// Whether it holds text against a pattern.
    pub fn looks_at_text(&self) -> bool {
        self.uses(|node| matches!(node, Node::TextFits(_, Fit::Pattern, _)))
    }
}

/// What a program does for its probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Makes the whole event.
    Event,
    /// Begins the event of a call.
    Entry,
    /// Completes the event of a call.
    Return,
}

/// What a program's context is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// `struct pt_regs` at a function's entry or within it.
    Kprobe,
    /// `struct pt_regs` at a function's return.
    Kretprobe,
    /// A trampoline's arguments at a function's entry.
    Fentry,
    /// A trampoline's arguments and return value at a function's return.
    Fexit,
    /// A tracepoint's record.
    Tracepoint,
    /// A tracepoint's arguments, as the kernel passes them.
    RawTracepoint,
    /// `struct pt_regs` of a program or library, at an instruction.
    Uprobe,
    /// `struct pt_regs` of a program or library, at a function's return.
    Uretprobe,
    /// `struct pt_regs` of a program or library, at a static probe.
    Usdt,
    /// `struct bpf_perf_event_data`: what ran when a clock or a counter fired.
    PerfEvent,
    /// The same, where what ran is of no interest: [`Tasks`] does not restrict it.
    Interval,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// A truth.
    pub typed: Typed,
    /// Where an entry that cannot read what this takes leaves it to the return: the bit that says so
    /// there. The call may have brought the page into memory by then.
    pub left: Option<u32>,
}

/// A value that a program writes into a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Index of the slot in [`Probe::layout`].
    pub slot: usize,
    /// What to write.
    pub typed: Typed,
    /// Written only if the entry could not read it: a user page may have been absent then.
    pub retry: bool,
    /// The field in the config.
    pub span: Span,
}

/// Plans `config` for the kernel of `facts`. `None` when an error was pushed into `faults`; the
/// outer error is for facts that could not be had at all.
pub fn plan(
    config: &Config,
    facts: &dyn Facts,
    tasks: Tasks,
    faults: &mut Faults,
) -> Result<Option<Plan>, FactsError> {
    let mut probes = Vec::new();
    for probe in &config.probes {
        probes.extend(plan_probe(config, probe, facts, faults)?);
    }
    let layouts = probes.iter().map(|probe| (probe.name.as_str(), &probe.layout));
    check_expectations(config, layouts, faults);
    if faults.any_error() {
        return Ok(None);
    }
    program::distinct(&mut probes);
    Ok(Some(plan_of(config, probes, tasks)))
}

fn plan_of(config: &Config, probes: Vec<Probe>, tasks: Tasks) -> Plan {
    Plan {
        name: config.name.clone(),
        description: config.description.clone(),
        source: config.source.clone(),
        probes,
        tasks,
    }
}

fn plan_probe(
    config: &Config,
    probe: &config::Probe,
    facts: &dyn Facts,
    faults: &mut Faults,
) -> Result<Option<Probe>, FactsError> {
    let mut absences = Vec::new();
    for variant in &probe.variants {
        for hook in &variant.hooks {
            match resolve::resolve(&hook.value, facts)? {
                Err(absence) => absences.push((hook, absence)),
                Ok(resolved) => {
                    let passed_over =
                        absences.iter().map(|(hook, why)| format!("{}: {why}", hook.value));
                    let passed_over = passed_over.collect();
                    let chosen = Chosen { config, probe, variant, hook, resolved, passed_over };
                    return Ok(program::build(chosen, facts, faults));
                }
            }
        }
    }
    let list: Vec<_> = absences.iter().map(|(hook, why)| (hook.span, &hook.value, why)).collect();
    faults.push(none_exists(&list, facts));
    Ok(None)
}

/// The alternative that a probe will use.
struct Chosen<'a> {
    config: &'a Config,
    probe: &'a config::Probe,
    variant: &'a config::Variant,
    hook: &'a crate::diag::Spanned<crate::hook::Hook>,
    resolved: Resolved,
    passed_over: Vec<String>,
}

/// The fault of a probe whose every hook is absent.
pub(crate) fn none_exists(
    absences: &[(Span, &crate::hook::Hook, &Absence)],
    facts: &dyn Facts,
) -> Diagnostic {
    let Some((span, hook, first)) = absences.first() else {
        // The config stage demands a hook, so this has no place to point at.
        return Diagnostic::error(Code::UnknownHook, None, "the probe has no hook");
    };
    let code = match absences.iter().all(|(_, _, why)| why.code == Code::UnknownHook) {
        true => Code::UnknownHook,
        false => first.code.max(Code::HookUnavailable),
    };
    let mut fault = if absences.len() == 1 {
        Diagnostic::error(code, *span, format!("`{hook}` is not there: {first}"))
    } else {
        let mut fault = Diagnostic::error(code, *span, "none of the probe's hooks is there");
        for (_, hook, why) in absences {
            fault = fault.note(format!("{hook}: {why}"));
        }
        fault
    };
    fault.help = absences.iter().find_map(|(_, hook, why)| match why.misspelt {
        true => Some(format!("did you mean `{}`?", resolve::suggest(hook, facts)?)),
        false => why.help.clone(),
    });
    fault
}
