//! `raw_tracepoint:NAME` to the tracepoints it means.
//!
//! The kernel's types know them: each has a function `__traceiter_NAME`, whose arguments bear names,
//! and a typedef `btf_trace_NAME`, whose arguments do not. Tracepoints of modules are in neither, so
//! tracefs has the last word; their arguments are not known.

use super::{Absence, Resolved, bounded, misspelt};
use crate::facts::btf::{Btf, Kind, TypeId};
use crate::facts::{Facts, FactsError};
use crate::hook::{is_glob, matches};

/// What stands before a tracepoint's name in the function that calls its probes.
const CALLER: &str = "__traceiter_";

pub(super) fn resolve(
    name: &str,
    facts: &dyn Facts,
) -> Result<Result<Resolved, Absence>, FactsError> {
    if !is_glob(name) {
        let proto = prototype(name, facts);
        if proto.is_ok() || all(facts)?.iter().any(|other| other == name) {
            return Ok(Ok(Resolved::RawTracepoints(vec![(name.to_owned(), proto)])));
        }
        return Ok(Err(misspelt(format!("the kernel has no tracepoint `{name}`"))));
    }
    let all = all(facts)?;
    let chosen: Vec<_> = all.iter().filter(|other| matches(name, other)).collect();
    if let Err(absence) = bounded(name, chosen.len(), all.len(), "tracepoints", facts) {
        return Ok(Err(absence));
    }
    let places = chosen.into_iter().map(|name| (name.clone(), prototype(name, facts))).collect();
    Ok(Ok(Resolved::RawTracepoints(places)))
}

/// Every tracepoint by its name alone, sorted: what the types know and what tracefs lists.
pub fn all(facts: &dyn Facts) -> Result<Vec<String>, FactsError> {
    let mut names: Vec<String> = match facts.btf() {
        Ok(btf) => btf
            .functions()
            .filter_map(|name| name.strip_prefix(CALLER))
            .map(str::to_owned)
            .collect(),
        Err(_) => Vec::new(),
    };
    // System calls' tracepoints are not of the kernel's own kind: they hang on `sys_enter`.
    let listed = facts.tracepoints("*");
    let listed = match listed {
        Err(_) if !names.is_empty() => Vec::new(),
        listed => listed?,
    };
    let own = listed.iter().filter_map(|full| full.split_once(':'));
    names.extend(
        own.filter(|(category, _)| *category != "syscalls").map(|(_, name)| name.to_owned()),
    );
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The type of the function that a tracepoint calls, its first argument being the probe's own.
fn prototype(name: &str, facts: &dyn Facts) -> Result<TypeId, String> {
    let btf = facts.btf().map_err(|fault| fault.to_string())?;
    if let Ok(Some(proto)) = btf.function(&format!("{CALLER}{name}")) {
        return Ok(proto);
    }
    typedef(btf, name).ok_or_else(|| "the kernel's BTF does not describe the tracepoint".into())
}

fn typedef(btf: &Btf, name: &str) -> Option<TypeId> {
    let id = btf.try_find(&format!("btf_trace_{name}")).ok()??;
    let Some(Kind::Ptr { to }) = btf.underlying(id) else { return None };
    matches!(btf.kind(to), Some(Kind::Proto { .. })).then_some(to)
}
