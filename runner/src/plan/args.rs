//! `args:` of a probe: names and types of arguments that nothing else describes.
//!
//! In: a site and what the config declares. Out: the site with these arguments in scope.

use super::passing::{ON_STACK, Passing, REGISTERS};
use super::scopes::named_at;
use super::sites::Site;
use super::{Chosen, Context};
use crate::diag::{Code, Diagnostic, Faults};
use crate::expr::{ArgPlace, Named, Space, Type, Typer};
use crate::facts::Facts;

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
        _ => {
            let space = if kernel { Space::Kernel } else { Space::User };
            passed(named, space, chosen.hook.value.is_entry(), &shown)
        }
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

/// Arguments of a function, of which the program may be at the entry.
fn passed(
    declared: Vec<(String, Type)>,
    space: Space,
    entry: bool,
    shown: &dyn Fn(&Type) -> String,
) -> Vec<Named> {
    let mut passing = Passing::new(space);
    let mut lost = false;
    let count = declared.len();
    let mut all: Vec<Named> = declared
        .into_iter()
        .map(|(name, ty)| {
            let place = match &ty {
                _ if lost => Err("what is before it takes an unknown number of registers".into()),
                Type::Int(_) | Type::Pointer(..) => match passing.scalar() {
                    Ok(ArgPlace::Stack { .. }) if !entry => {
                        Err(format!("{ON_STACK}, and this is not the function's entry"))
                    }
                    place => place,
                },
                Type::Opaque(name) if name == "float" || name == "double" => {
                    passing.vector();
                    Err(format!("a `{name}` is passed in a register that probes do not see"))
                }
                other => {
                    lost = true;
                    Err(format!("a `{}` passed by value", shown(other)))
                }
            };
            named_at(name, ty, place)
        })
        .collect();
    let registers = passing.registers();
    if !lost && count == usize::from(registers) {
        all.extend((registers..REGISTERS).map(|n| Named {
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
