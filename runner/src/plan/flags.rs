//! `as: flags(PREFIX_)`: which constants are meant.
//!
//! In order: those of the value's own enum, those of the interface to programs, those of the config's
//! enums, those of the one enum of the kernel that has such names. Nothing is guessed where several
//! enums have them.

use super::show::named;
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::expr::{EnumId, Int, Typer};
use crate::facts::uapi::{Arch, GROUPS, Group};
use crate::layout::{Flag, Flags, Show};

/// What the enum is called that the value's type is.
const OWN: &str = "the value's own enum";

/// How a value of type `int` is shown by the constants with `prefix`, or by those of its own enum.
pub fn flags(
    prefix: Option<&str>,
    int: Int,
    span: Span,
    typer: &Typer,
    arch: Arch,
) -> Result<Show, Diagnostic> {
    let own = int.style.enumeration().map(|id| typer.constants(id)).unwrap_or_default();
    let Some(prefix) = prefix else {
        if own.is_empty() {
            let message = "the value's type names no flags; `flags` needs their prefix";
            let fault = Diagnostic::error(Code::UnknownFlags, span, message);
            return Err(fault.note(known()).help("write `as: flags(O_)`, or cast it to an enum"));
        }
        return of_enum(OWN, &own, int, span);
    };
    let own = beginning(&own, prefix);
    if !own.is_empty() {
        return of_enum(OWN, &own, int, span);
    }
    if let Some(group) = Group::find(prefix) {
        return Ok(of_group(group, int, arch));
    }
    match typer.enums(prefix).as_slice() {
        [] => Err(nothing(prefix, span)),
        [(name, id)] => of_enum(name, &beginning(&typer.constants(*id), prefix), int, span),
        several => Err(ambiguous(prefix, several, span, typer)),
    }
}

fn beginning(constants: &[(String, i128)], prefix: &str) -> Vec<(String, i128)> {
    constants.iter().filter(|(name, _)| name.starts_with(prefix)).cloned().collect()
}

/// A group whose constants are no flags but numbers gives names.
fn of_group(group: &Group, int: Int, arch: Arch) -> Show {
    let constants = group.constants(arch);
    if constants.iter().all(|constant| constant.mask == u64::MAX) {
        let numbers = constants.into_iter().map(|one| (one.value.cast_signed(), one.name));
        return named(int, numbers);
    }
    let flags = constants.into_iter();
    let flags = flags.map(|one| Flag { mask: one.mask, value: one.value, name: one.name });
    Show::Flags(Flags::new(flags))
}

/// Flags of an enum: each constant is the bits that it holds.
fn of_enum(
    name: &str,
    constants: &[(String, i128)],
    int: Int,
    span: Span,
) -> Result<Show, Diagnostic> {
    if numbering(constants) {
        let message = format!("the constants of {name} are no flags: they count 1, 2, 3, 4 …");
        let fault = Diagnostic::error(Code::UnknownFlags, span, message);
        return Err(fault.help(match name {
            OWN => "leave the `as:` out: the value is shown by name",
            _ => "cast the value to the enum: then it is shown by name",
        }));
    }
    let width = u64::MAX >> (64 - u32::from(int.bits));
    let flag = |(name, value): &(String, i128)| {
        let value = *value as u64 & width;
        // Zero has no bits of its own: it is the value in which none is set.
        Flag { mask: if value == 0 { u64::MAX } else { value }, value, name: name.clone() }
    };
    Ok(Show::Flags(Flags::new(constants.iter().map(flag))))
}

/// Whether the constants number things, such as bits, from 0 or 1 on: five in a row are no flags.
fn numbering(constants: &[(String, i128)]) -> bool {
    let mut values: Vec<i128> = constants.iter().map(|(_, value)| *value).collect();
    values.sort_unstable();
    values.dedup();
    let first = values.first().copied().unwrap_or_default();
    values.len() > 4
        && (0..=1).contains(&first)
        && values.iter().zip(first..).all(|(value, expected)| *value == expected)
}

fn known() -> String {
    let prefixes: Vec<&str> = GROUPS.iter().map(|group| group.prefix).collect();
    format!("known everywhere: {}", prefixes.join(", "))
}

fn nothing(prefix: &str, span: Span) -> Diagnostic {
    let message = format!("no constants have names that begin with `{prefix}`");
    let fault = Diagnostic::error(Code::UnknownFlags, span, message).note(known());
    let near = nearest(prefix, GROUPS.iter().map(|group| group.prefix));
    fault.help(match near {
        Some(near) => format!("did you mean `flags({near})`?"),
        None => "take one of these, or the prefix of an enum of the kernel".to_owned(),
    })
}

fn ambiguous(prefix: &str, enums: &[(String, EnumId)], span: Span, typer: &Typer) -> Diagnostic {
    const SHOWN: usize = 5;
    let message = format!("{} enums have constants that begin with `{prefix}`", enums.len());
    let mut fault = Diagnostic::error(Code::UnknownFlags, span, message);
    for (name, id) in enums.iter().take(SHOWN) {
        let constants = beginning(&typer.constants(*id), prefix);
        let names: Vec<&str> = constants.iter().take(3).map(|(name, _)| name.as_str()).collect();
        fault = fault.note(format!("{name}: {}, …", names.join(", ")));
    }
    fault.help("give a longer prefix, or cast the value to its enum and write `as: flags`")
}
