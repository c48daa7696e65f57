//! `kprobe:`, `kretprobe:`, `fentry:`, `fexit:` and `func:` to the functions they mean and the way to
//! attach there.
//!
//! In: a name or glob. Out: functions with their types, the [`Mechanism`], and notes on what was left
//! out. What the kernel refuses only when it is tried is the business of `attach`.

use super::{Absence, Resolved, bounded, misspelt, unavailable, unknown};
use crate::diag::Code;
use crate::facts::btf::{Btf, Kind, TypeId};
use crate::facts::{Facts, FactsError, Feature};
use crate::hook::{HookKind, is_glob, matches};

/// Arguments that the kernel's trampolines take on every kernel from 5.10 on.
const TRAMPOLINE_MAX: usize = 6;

/// The functions of one hook, at least one.
#[derive(Debug)]
pub struct Functions {
    /// In order of their names.
    pub list: Vec<Function>,
    /// How programs get there.
    pub mechanism: Mechanism,
    /// What to say at the start.
    pub notes: Vec<String>,
}

/// One function in the kernel.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Bytes from its start.
    pub offset: u64,
    /// Its address, where that is needed.
    pub address: u64,
    /// Its number in the kernel's BTF and its prototype, or why they are not known.
    pub proto: Result<(TypeId, TypeId), String>,
}

/// How a program gets to a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// kprobe and kretprobe, one for each function.
    Kprobe,
    /// kprobe.multi: one for all functions.
    Multi,
    /// fentry and fexit.
    Trampoline,
}

pub(super) fn resolve(
    kind: HookKind,
    name: &str,
    offset: u64,
    facts: &dyn Facts,
) -> Result<Result<Resolved, Absence>, FactsError> {
    if let Err(absence) = possible(kind, facts) {
        return Ok(Err(absence));
    }
    let found = match is_glob(name) {
        true => several(kind, name, facts)?,
        false => one(kind, name, offset, facts)?,
    };
    Ok(found.map(Resolved::Functions))
}

/// Whether this kernel has hooks of that kind at all.
pub fn possible(kind: HookKind, facts: &dyn Facts) -> Result<(), Absence> {
    const HELP: &str =
        "give an alternative that it has, such as a `tracepoint:` or `syscall:` hook";
    let trampoline = matches!(kind, HookKind::Fentry | HookKind::Fexit);
    if trampoline {
        return match facts.lacks(Feature::Fentry) {
            None => Ok(()),
            Some(why) => Err(unavailable(why, HELP)),
        };
    }
    if facts.has(Feature::Kprobe) || (kind == HookKind::Func && facts.has(Feature::Fentry)) {
        return Ok(());
    }
    Err(unavailable("this kernel has no kprobes (CONFIG_KPROBES is off)", HELP))
}

fn one(
    kind: HookKind,
    name: &str,
    offset: u64,
    facts: &dyn Facts,
) -> Result<Result<Functions, Absence>, FactsError> {
    if !facts.has_function(name)? {
        return Ok(Err(misspelt(format!("the kernel has no function `{name}`"))));
    }
    if offset > 0
        && let Some(size) = facts.function_size(name)?
        && offset >= size
    {
        let why = format!("`{name}` has {size:#x} bytes, and {offset:#x} is outside of it");
        return Ok(Err(unknown(why, Some(&format!("kprobe:{name}")))));
    }
    let function =
        Function { name: name.to_owned(), offset, address: 0, proto: proto(name, facts) };
    let mut notes = Vec::new();
    let mechanism = match kind {
        HookKind::Fentry | HookKind::Fexit => match unfit(&function.proto, facts) {
            None => Mechanism::Trampoline,
            Some(why) => return Ok(Err(untraceable(name, &why))),
        },
        HookKind::Func => {
            match facts.lacks(Feature::Fentry).or_else(|| unfit(&function.proto, facts)) {
                None => {
                    notes.push("by fentry and fexit".into());
                    Mechanism::Trampoline
                }
                Some(why) if facts.has(Feature::Kprobe) => {
                    notes.push(format!("by kprobe and kretprobe, not fentry: {why}"));
                    Mechanism::Kprobe
                }
                Some(why) => return Ok(Err(untraceable(name, &why))),
            }
        }
        _ => Mechanism::Kprobe,
    };
    Ok(Ok(Functions { list: vec![function], mechanism, notes }))
}

fn untraceable(name: &str, why: &str) -> Absence {
    Absence {
        code: Code::HookUnavailable,
        misspelt: false,
        why: format!("fentry and fexit cannot be attached to `{name}`: {why}"),
        help: Some(format!("use `kprobe:{name}` or `kretprobe:{name}`")),
    }
}

/// A name of functions that can be probed.
#[derive(Debug)]
pub struct Candidate {
    /// The name.
    pub name: String,
    /// Where the functions of that name are: one place, none where addresses are hidden, or several,
    /// of which none is meant.
    pub addresses: Vec<u64>,
}

/// What [`candidates`] found.
#[derive(Debug)]
pub struct Candidates {
    /// In order of their names.
    pub list: Vec<Candidate>,
    /// How many fit, those included that cannot be probed.
    pub matched: usize,
    /// How many functions there are.
    pub total: usize,
}

/// The functions whose names fit `pattern`, without those of which the kernel says that they cannot
/// be probed.
pub fn candidates(pattern: &str, facts: &dyn Facts) -> Result<Candidates, FactsError> {
    let all = facts.functions()?;
    let total = all.len();
    let mut chosen: Vec<&str> = all.into_iter().filter(|name| matches(pattern, name)).collect();
    let matched = chosen.len();
    // Where the kernel lists what can be traced, the rest would be refused one by one.
    chosen.retain(|name| facts.is_traceable(name) != Some(false));
    let mut addresses = facts.addresses(&chosen)?;
    let candidate = |name: &str| {
        let addresses = addresses.remove(name).unwrap_or_default();
        Candidate { name: name.to_owned(), addresses }
    };
    Ok(Candidates { list: chosen.into_iter().map(candidate).collect(), matched, total })
}

fn several(
    kind: HookKind,
    pattern: &str,
    facts: &dyn Facts,
) -> Result<Result<Functions, Absence>, FactsError> {
    let Candidates { list, matched, total } = candidates(pattern, facts)?;
    // Before their types are looked for: that takes a while for thousands.
    if let Err(absence) = bounded(pattern, matched, total, "functions", facts) {
        return Ok(Err(absence));
    }
    let mut list: Vec<Function> = list
        .into_iter()
        .filter_map(|Candidate { name, addresses }| {
            let address = match addresses[..] {
                // Without addresses (not root) every name is as good as another.
                [] => 0,
                [only] => only,
                _ => return None,
            };
            Some(Function { offset: 0, address, proto: proto(&name, facts), name })
        })
        .collect();
    let mechanism = match kind {
        HookKind::Fentry | HookKind::Fexit => Mechanism::Trampoline,
        HookKind::Func if !facts.has(Feature::Kprobe) => Mechanism::Trampoline,
        _ if facts.has(Feature::KprobeMulti) => Mechanism::Multi,
        _ => Mechanism::Kprobe,
    };
    if mechanism == Mechanism::Trampoline {
        list.retain(|function| unfit(&function.proto, facts).is_none());
    }
    if list.is_empty() {
        let why = format!("`{pattern}` matches {matched} functions, none of which can be probed");
        return Ok(Err(unknown(why, None)));
    }
    let mut notes = vec![format!("{} functions", list.len())];
    if kind == HookKind::Func {
        notes.push(match mechanism {
            Mechanism::Trampoline => "by fentry and fexit".into(),
            Mechanism::Multi => "by kprobe.multi".into(),
            Mechanism::Kprobe => "by kprobe and kretprobe".into(),
        });
    }
    if matched > list.len() {
        notes.push(format!("{} more that match cannot be probed", matched - list.len()));
    }
    Ok(Ok(Functions { list, mechanism, notes }))
}

/// A function's number in the kernel's types, and its prototype's.
fn proto(name: &str, facts: &dyn Facts) -> Result<(TypeId, TypeId), String> {
    let btf = facts.btf().map_err(|fault| fault.to_string())?;
    match btf.function_ids(name) {
        Ok(Some(ids)) => Ok(ids),
        Ok(None) => Err("the kernel's BTF does not describe the function".into()),
        Err(fault) => Err(fault.to_string()),
    }
}

/// Why fentry and fexit cannot be attached to a function.
pub fn unfit(proto: &Result<(TypeId, TypeId), String>, facts: &dyn Facts) -> Option<String> {
    let (_, proto) = match proto {
        Ok(ids) => *ids,
        Err(why) => return Some(format!("{why} (functions of modules are not supported here)")),
    };
    let btf = facts.btf().ok()?;
    let params: Vec<_> = btf.params(proto).collect();
    if params.len() > TRAMPOLINE_MAX {
        return Some(format!("it has {} arguments, more than {TRAMPOLINE_MAX}", params.len()));
    }
    let record = |id: TypeId| by_value(btf, id);
    if params.iter().any(|param| param.ty == TypeId::VOID) {
        return Some("its arguments vary in number".into());
    }
    if params.iter().any(|param| record(param.ty)) {
        return Some("a structure is passed by value".into());
    }
    match btf.kind(proto) {
        Some(Kind::Proto { ret, .. }) if record(ret) => Some("it returns a structure".into()),
        _ => None,
    }
}

fn by_value(btf: &Btf, id: TypeId) -> bool {
    matches!(btf.underlying(id), Some(Kind::Struct { .. } | Kind::Union { .. }))
}
