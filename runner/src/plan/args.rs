//! `args:` of a probe: names and types of arguments that nothing else describes.
//!
//! In: a site and what the config declares. Out: the site with these arguments in scope.

use super::sites::Site;
use super::{Chosen, Context};
use crate::diag::{Code, Diagnostic, Faults};
use crate::expr::{ArgPlace, Named, Type, Typer};
use crate::facts::Facts;

/// Arguments that x86-64 functions take in registers.
const REGISTERS: u8 = 6;

/// Puts the declared arguments into the scope of `site`.
pub fn declare(site: &mut Site, chosen: &Chosen, facts: &dyn Facts, faults: &mut Faults) {
    let declared = &chosen.variant.args;
    let Some(first) = declared.first() else { return };
    let kernel = matches!(site.context, Context::Kprobe);
    match site.context {
        Context::Uprobe | Context::Usdt | Context::Kprobe => {}
        // The reason why there are none stands there already.
        Context::Uretprobe | Context::Kretprobe => return,
        // They exist only where the kernel describes its functions.
        Context::Fentry | Context::Fexit => return,
        Context::Tracepoint | Context::RawTracepoint | Context::PerfEvent | Context::Interval => {
            let message = format!("`{}` has no arguments to be described", site.scope.hook);
            let fault = Diagnostic::error(Code::Unsupported, first.name.span, message);
            faults.push(fault.help("leave `args` out, or give it to the variants that need it"));
            return;
        }
    }
    if kernel && site.scope.args.is_ok() {
        // The kernel's own description is at least as good.
        return;
    }
    let typer = Typer::new(&site.scope, facts).with_types(&chosen.config.types);
    let mut named = Vec::new();
    for argument in declared {
        match typer.declared(&argument.ty) {
            Ok(ty) => named.push((argument.name.value.clone(), ty)),
            Err(fault) => faults.push(fault),
        }
    }
    let shown = |ty: &Type| ty.c_name(facts.btf().ok());
    let all = match site.context {
        Context::Usdt => noted(named, site.scope.args(), &shown),
        _ => passed(named, &shown),
    };
    if let (Context::Usdt, Some(extra)) = (site.context, declared.get(site.scope.args().len())) {
        let message = format!(
            "`{}` has only {} arguments, so none is `{}`",
            site.scope.hook,
            site.scope.args().len(),
            extra.name.value
        );
        faults.push(Diagnostic::error(Code::UnknownName, extra.name.span, message));
    }
    site.scope.args = Ok(all);
}

/// Arguments of a function, by the System V calling convention.
fn passed(declared: Vec<(String, Type)>, shown: &dyn Fn(&Type) -> String) -> Vec<Named> {
    let mut next = 0;
    let mut lost = false;
    let count = declared.len();
    let mut all: Vec<Named> = declared
        .into_iter()
        .map(|(name, ty)| {
            let place = ArgPlace::Register(next);
            let ty = match ty {
                _ if lost => Err("what is before it takes an unknown number of registers".into()),
                Type::Int(_) | Type::Pointer(..) if next < REGISTERS => {
                    next += 1;
                    Ok(ty)
                }
                Type::Int(_) | Type::Pointer(..) => Err("it is passed on the stack".to_owned()),
                Type::Opaque(name) if name == "float" || name == "double" => {
                    Err(format!("a `{name}` is passed in a register that probes do not see"))
                }
                other => {
                    lost = true;
                    Err(format!("a `{}` passed by value", shown(&other)))
                }
            };
            Named { name, ty, place }
        })
        .collect();
    if !lost && count == usize::from(next) {
        all.extend((next..REGISTERS).map(|n| Named {
            name: format!("arg{n}"),
            ty: Ok(Type::U64),
            place: ArgPlace::Register(n),
        }));
    }
    all
}

/// Arguments of a static probe, whose places its note says.
fn noted(
    declared: Vec<(String, Type)>,
    own: &[Named],
    shown: &dyn Fn(&Type) -> String,
) -> Vec<Named> {
    let mut all = own.to_vec();
    for ((name, ty), named) in declared.into_iter().zip(&mut all) {
        named.name = name;
        named.ty = match (&named.ty, ty) {
            (Err(why), _) => Err(why.clone()),
            (Ok(_), ty @ (Type::Int(_) | Type::Pointer(..))) => Ok(ty),
            (Ok(_), other) => Err(format!("a `{}` as an argument", shown(&other))),
        };
    }
    all
}
