//! Hooks in programs and libraries: the places that one means, and what each brings into scope.

use std::path::Path;
use std::sync::Arc;

use super::Context;
use super::passing::REGISTERS;
use super::resolve::{Absence, Resolved, bounded, unavailable};
use super::sites::{End, Site};
use crate::diag::Code;
use crate::expr::{ArgPlace, Int, Named, Scope, Space, Type};
use crate::facts::elf::{self, Binary, ElfError, Operand};
use crate::facts::{Facts, Feature};
use crate::hook::{AttachTo, HookKind, UserAt, UserPlace, is_glob};

fn absent(fault: ElfError) -> Absence {
    let help = fault.help();
    Absence { code: Code::UnknownHook, why: fault.to_string(), help, misspelt: false }
}

/// The binary of that name; `None` if nothing is known of binaries.
fn binary(name: &str, facts: &dyn Facts) -> Result<Option<Arc<Binary>>, Absence> {
    if !facts.has(Feature::Uprobe) {
        return Err(unavailable(
            "this kernel has no uprobes (CONFIG_UPROBE_EVENTS is off)",
            "give an alternative that it has, such as a `tracepoint:` or `syscall:` hook",
        ));
    }
    match facts.binary(name) {
        Err(ElfError::NotRecorded) => Ok(None),
        found => found.map(Some).map_err(absent),
    }
}

/// What `uprobe:`, `uretprobe:` and `ufunc:` mean.
pub fn place(name: &str, place: &UserPlace, facts: &dyn Facts) -> Result<Resolved, Absence> {
    let Some(binary) = binary(name, facts)? else {
        let at =
            UserAt { binary: name.into(), offset: 0, name: place.to_string(), semaphore: None };
        return Ok(Resolved::Unseen(Box::new(Resolved::User(vec![at]))));
    };
    let at = |name: String, offset: u64| UserAt {
        binary: binary.path().to_owned(),
        offset,
        name,
        semaphore: None,
    };
    let places = match place {
        UserPlace::File(offset) => {
            let name = format!("{offset:#x}");
            if !binary.is_code(*offset) {
                return Err(absent(ElfError::NotCode { path: binary.path().to_owned(), name }));
            }
            vec![at(name, *offset)]
        }
        UserPlace::Symbol { name, .. } if is_glob(name) => {
            let all = binary.functions(name).map_err(absent)?;
            bounded(name, all.len(), binary.function_count(), "functions", facts)?;
            all.into_iter().map(|function| at(function.name, function.offset)).collect()
        }
        UserPlace::Symbol { name, offset } => {
            let function = binary.function(name).map_err(absent)?;
            let place = binary.within(&function, *offset).map_err(absent)?;
            let shown = UserPlace::Symbol { name: function.name, offset: *offset };
            vec![at(shown.to_string(), place)]
        }
    };
    Ok(Resolved::User(places))
}

/// What `usdt:` means.
pub fn static_probe(
    name: &str,
    provider: &str,
    probe: &str,
    facts: &dyn Facts,
) -> Result<Resolved, Absence> {
    let Some(binary) = binary(name, facts)? else {
        let site = unseen_site(provider, probe);
        return Ok(Resolved::Unseen(Box::new(Resolved::StaticProbe(name.into(), vec![site]))));
    };
    let sites = binary.static_probe(provider, probe).map_err(absent)?;
    bounded(probe, sites.len(), sites.len(), "places", facts)?;
    Ok(Resolved::StaticProbe(binary.path().to_owned(), sites))
}

/// A static probe of which only the name is known: with as many arguments as one can have.
fn unseen_site(provider: &str, probe: &str) -> elf::Site {
    const ARGUMENTS: usize = 12;
    let argument = elf::Argument { size: 8, signed: false, operand: Operand::Constant(0) };
    elf::Site {
        provider: provider.to_owned(),
        name: probe.to_owned(),
        offset: 0,
        semaphore: None,
        arguments: vec![Ok(argument); ARGUMENTS],
    }
}

/// The sites of `uprobe:`, `uretprobe:` and `ufunc:`.
pub fn sites(hook: String, kind: HookKind, places: &[UserAt], facts: &dyn Facts) -> Vec<Site> {
    let multi = places.len() > 1 && facts.has(Feature::UprobeMulti);
    let site = |at: &UserAt| {
        let name = at.name.clone();
        let many = |at_return| AttachTo::UprobeMulti { at: vec![at.clone()], at_return };
        let (entry, exit) = match multi {
            true => (many(false), many(true)),
            false => (AttachTo::Uprobe(at.clone()), AttachTo::Uretprobe(at.clone())),
        };
        let (context, at, end) = match kind {
            HookKind::Uretprobe => (Context::Uretprobe, exit, None),
            HookKind::Ufunc => {
                let end = End { context: Context::Uretprobe, at: exit, retval: None };
                (Context::Uprobe, entry, Some(end))
            }
            _ => (Context::Uprobe, entry, None),
        };
        Site { scope: scope(hook.clone(), kind), name, context, at, retval: None, end }
    };
    places.iter().map(site).collect()
}

fn scope(hook: String, kind: HookKind) -> Scope {
    let argument =
        |n| Named { name: format!("arg{n}"), ty: Ok(Type::U64), place: ArgPlace::Register(n) };
    let args = match kind {
        HookKind::Uretprobe => {
            Err("at the return their registers hold something else; use a `ufunc:` hook".into())
        }
        _ => Ok((0..REGISTERS).map(argument).collect()),
    };
    let retval = match kind {
        HookKind::Uprobe => Err("the function has not returned yet".into()),
        _ => Ok(Type::U64),
    };
    Scope { hook, args, retval, call: kind == HookKind::Ufunc, space: Space::User }
}

/// The sites of `usdt:`.
pub fn static_sites(hook: String, binary: &Path, places: &[elf::Site]) -> Vec<Site> {
    let site = |place: &elf::Site| Site {
        scope: static_scope(hook.clone(), place),
        name: format!("{}:{}", place.provider, place.name),
        retval: None,
        context: Context::Usdt,
        at: AttachTo::Uprobe(UserAt {
            binary: binary.to_owned(),
            offset: place.offset,
            name: format!("{}:{}", place.provider, place.name),
            semaphore: place.semaphore,
        }),
        end: None,
    };
    places.iter().map(site).collect()
}

fn static_scope(hook: String, place: &elf::Site) -> Scope {
    let argument = |(n, argument): (usize, &Result<elf::Argument, String>)| {
        let name = format!("arg{n}");
        match argument {
            Ok(argument) => Named {
                name,
                ty: Ok(Type::Int(Int::number(argument.size * 8, argument.signed))),
                place: ArgPlace::Operand {
                    size: argument.size,
                    signed: argument.signed,
                    operand: argument.operand,
                },
            },
            Err(text) => Named {
                name,
                ty: Err(format!(
                    "the probe says it is at `{text}`: not a form that is supported, or the symbol was stripped"
                )),
                place: ArgPlace::Operand { size: 8, signed: false, operand: Operand::Constant(0) },
            },
        }
    };
    let args = place.arguments.iter().enumerate().map(argument).collect();
    let retval = Err("a static probe returns nothing; its values are its arguments".into());
    Scope { hook, args: Ok(args), retval, call: false, space: Space::User }
}
