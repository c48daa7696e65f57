//! A hook as written to the places it means on one kernel, or why there are none.

mod function;
mod raw_tracepoint;

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diag::{Code, nearest};
use crate::facts::btf::TypeId;
use crate::facts::elf::Site;
use crate::facts::{Facts, FactsError, Feature, TracepointFormat};
use crate::hook::{Hook, Sampling, Target, UserAt, is_glob, matches};

pub use function::{Candidates, Function, Functions, Mechanism, candidates, possible, unfit};
pub use raw_tracepoint::all as raw_tracepoints;

/// A hook that the kernel has.
#[derive(Debug)]
pub enum Resolved {
    /// Functions in the kernel.
    Functions(Functions),
    /// Tracepoints by their raw arguments: name, and the prototype or why it is not known. At
    /// least one.
    RawTracepoints(Vec<(String, Result<TypeId, String>)>),
    /// Tracepoints, at least one.
    Tracepoints(Vec<Arc<TracepointFormat>>),
    /// System calls: the formats of entry and return. At least one.
    Syscalls(Vec<(Arc<TracepointFormat>, Arc<TracepointFormat>)>),
    /// Places in a program or library, at least one.
    User(Vec<UserAt>),
    /// The places of a static probe, at least one.
    StaticProbe(PathBuf, Vec<Site>),
    /// A clock or a counter.
    Sampling(Sampling),
    /// As if it were there: nothing is known of programs and libraries.
    Unseen(Box<Self>),
}

impl Resolved {
    /// What it is, or what it is taken to be.
    pub fn known(&self) -> &Self {
        match self {
            Self::Unseen(taken) => taken,
            other => other,
        }
    }

    /// What to say of it at the start.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Functions(functions) => functions.notes.clone(),
            _ => Vec::new(),
        }
    }
}

/// Why a hook is not there.
#[derive(Debug)]
pub struct Absence {
    /// What kind of absence.
    pub code: Code,
    /// One line.
    pub why: String,
    /// What to do.
    pub help: Option<String>,
    /// The name may be a slip; [`suggest`] knows others.
    pub misspelt: bool,
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

fn unknown(why: String, near: Option<&str>) -> Absence {
    let help = near.map(|near| format!("did you mean `{near}`?"));
    Absence { code: Code::UnknownHook, why, help, misspelt: false }
}

/// There is no such name. The nearest one is looked for when somebody is to read of it: that takes
/// longer than all else.
fn misspelt(why: String) -> Absence {
    Absence { code: Code::UnknownHook, why, help: None, misspelt: true }
}

pub(super) fn unavailable(why: impl Into<String>, help: &str) -> Absence {
    Absence {
        code: Code::HookUnavailable,
        why: why.into(),
        help: Some(help.to_owned()),
        misspelt: false,
    }
}

/// What `hook` means on the kernel of `facts`.
pub fn resolve(hook: &Hook, facts: &dyn Facts) -> Result<Result<Resolved, Absence>, FactsError> {
    match &hook.target {
        Target::Function { name, offset } => function::resolve(hook.kind, name, *offset, facts),
        Target::Tracepoint { category, name } => tracepoint(category, name, facts),
        Target::RawTracepoint(name) => raw_tracepoint::resolve(name, facts),
        Target::Syscall(name) => syscall(name, facts),
        Target::User { binary, place } => Ok(super::user::place(binary, place, facts)),
        Target::StaticProbe { binary, provider, name } => {
            Ok(super::user::static_probe(binary, provider, name, facts))
        }
        Target::Sampling(sampling) => Ok(sampled(*sampling, facts)),
    }
}

/// The hook of this kernel whose name is nearest to that of `hook`, if any is near.
pub fn suggest(hook: &Hook, facts: &dyn Facts) -> Option<String> {
    let near = |name: &str, all: &[String]| {
        nearest(name, all.iter().map(String::as_str)).map(str::to_owned)
    };
    let found = match &hook.target {
        Target::Function { name, .. } => {
            return nearest(name, facts.functions().ok()?).map(str::to_owned);
        }
        Target::Tracepoint { category, name } => {
            near(&format!("{category}:{name}"), &facts.tracepoints("*").ok()?)
        }
        Target::RawTracepoint(name) => near(name, &raw_tracepoint::all(facts).ok()?),
        Target::Syscall(name) => near(name, &syscalls(facts).ok()?),
        Target::User { .. } | Target::StaticProbe { .. } | Target::Sampling(_) => None,
    };
    found.map(|found| format!("{}:{found}", hook.kind.row().name))
}

fn tracepoint(
    category: &str,
    name: &str,
    facts: &dyn Facts,
) -> Result<Result<Resolved, Absence>, FactsError> {
    if !is_glob(category) && !is_glob(name) {
        if let Some(format) = facts.tracepoint(category, name)? {
            return Ok(Ok(Resolved::Tracepoints(vec![format])));
        }
        return Ok(Err(misspelt(format!("the kernel has no tracepoint `{category}:{name}`"))));
    }
    let pattern = format!("{category}:{name}");
    let all = facts.tracepoints(category)?;
    let chosen: Vec<_> = all.iter().filter(|name| matches(&pattern, name)).collect();
    if let Err(absence) = bounded(&pattern, chosen.len(), all.len(), "tracepoints", facts) {
        return Ok(Err(absence));
    }
    let mut formats = Vec::new();
    for (category, name) in chosen.iter().filter_map(|full| full.split_once(':')) {
        formats.extend(facts.tracepoint(category, name)?);
    }
    if formats.is_empty() {
        return Ok(Err(unknown(format!("`{pattern}` matches nothing that can be read"), None)));
    }
    Ok(Ok(Resolved::Tracepoints(formats)))
}

/// Whether as many matches as `count` of `of` are neither none nor too many.
pub(super) fn bounded(
    pattern: &str,
    count: usize,
    of: usize,
    what: &str,
    facts: &dyn Facts,
) -> Result<(), Absence> {
    let limit = facts.attach_max();
    if count == 0 {
        let why = match of {
            0 => format!("`{pattern}` matches nothing: there is no such category"),
            _ => format!("`{pattern}` matches none of the {of} {what}"),
        };
        return Err(unknown(why, None));
    }
    if count > limit {
        return Err(Absence {
            code: Code::HookUnavailable,
            why: format!("`{pattern}` matches {count} {what}; {limit} is the limit"),
            help: Some(format!("narrow the pattern, or allow as many: --max-attach {count}")),
            misspelt: false,
        });
    }
    Ok(())
}

fn syscall(name: &str, facts: &dyn Facts) -> Result<Result<Resolved, Absence>, FactsError> {
    let names: Vec<String> = if is_glob(name) {
        let calls = syscalls(facts)?;
        let chosen: Vec<_> = calls.iter().filter(|call| matches(name, call)).cloned().collect();
        if let Err(absence) = bounded(name, chosen.len(), calls.len(), "system calls", facts) {
            return Ok(Err(absence));
        }
        chosen
    } else {
        vec![name.to_owned()]
    };
    let mut pairs = Vec::new();
    for name in &names {
        let enter = facts.tracepoint("syscalls", &format!("sys_enter_{name}"))?;
        let exit = facts.tracepoint("syscalls", &format!("sys_exit_{name}"))?;
        pairs.extend(enter.zip(exit));
    }
    if pairs.is_empty() {
        return Ok(Err(misspelt(format!("the kernel traces no system call `{name}`"))));
    }
    Ok(Ok(Resolved::Syscalls(pairs)))
}

/// Every system call that is traced, sorted.
pub fn syscalls(facts: &dyn Facts) -> Result<Vec<String>, FactsError> {
    let all = facts.tracepoints("syscalls")?;
    let part = |prefix: &'static str| all.iter().filter_map(move |full| full.strip_prefix(prefix));
    let left: HashSet<&str> = part("syscalls:sys_exit_").collect();
    // One that is traced at its entry alone is no better than none.
    let calls = part("syscalls:sys_enter_").filter(|call| left.contains(call));
    Ok(calls.map(str::to_owned).collect())
}

fn sampled(sampling: Sampling, facts: &dyn Facts) -> Result<Resolved, Absence> {
    if let Sampling::Profile(pace) | Sampling::Interval(pace) = sampling
        && let (Some(hertz), Some(most)) = (pace.hertz(), facts.max_sample_rate())
        && hertz > most
    {
        return Err(unavailable(
            format!("{hertz} times a second is more than this kernel allows ({most})"),
            "give a lower rate; the limit is in /proc/sys/kernel/perf_event_max_sample_rate",
        ));
    }
    if let Sampling::Count { event, .. } = sampling
        && !facts.has(Feature::Counter(event))
    {
        return Err(unavailable(
            format!(
                "this machine has no `{}` counter that can be sampled; virtual machines often have \
                 no hardware counters at all",
                event.name
            ),
            "use the clock, `profile:hz:99`, or an event of the kernel's, such as \
             `software:page-faults:100`",
        ));
    }
    Ok(Resolved::Sampling(sampling))
}
