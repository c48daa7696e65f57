//! How a field is shown: by its `as:`, which must fit the type of its value, else by that type.

use crate::config::{DECODERS, Decoder, Field, Takes};
use crate::diag::{Code, Diagnostic};
use crate::expr::{Int, Style, Type, Typed, Typer, truncated};
use crate::layout::{Names, Show};

/// How `field`, whose value is `typed`, is shown.
pub fn show(field: &Field, typed: &Typed, typer: &Typer) -> Result<Show, Diagnostic> {
    let Some(decoder) = &field.decoder else { return Ok(by_type(typed, typer)) };
    let row = decoder.value.row();
    if !fits(row.takes, typed) {
        let ty = if is_truth(typed) { "bool".to_owned() } else { typer.c_name(&typed.ty) };
        let message = format!("`as: {}` shows {}, and this is a `{ty}`", row.name, row.takes);
        let fitting = DECODERS.iter().filter(|row| fits(row.takes, typed));
        let names: Vec<&str> = fitting.flat_map(|row| row.usage).copied().collect();
        let help = match names.as_slice() {
            [] => format!("a `{ty}` is shown as it is"),
            names => format!("decoders of a `{ty}`: {}", names.join(", ")),
        };
        return Err(Diagnostic::error(Code::DecoderMismatch, decoder.span, message).help(help));
    }
    Ok(match decoder.value {
        Decoder::Hex => Show::Hex,
        Decoder::Oct => Show::Oct,
        Decoder::Dec => Show::Dec,
    })
}

/// How values of that type are shown if nothing else is asked for.
fn by_type(typed: &Typed, typer: &Typer) -> Show {
    match &typed.ty {
        Type::Int(int @ Int { style: Style::Enum(id), .. }) if !typed.is_truth() => {
            let constants = typer.constants(*id);
            if constants.is_empty() {
                // Declared and not defined.
                return Show::Plain;
            }
            let constants = constants.into_iter();
            Show::Names(Names::new(
                constants.map(|(name, value)| (truncated(value as u64, *int), name)),
            ))
        }
        _ => Show::Plain,
    }
}

fn is_truth(typed: &Typed) -> bool {
    typed.is_truth() || matches!(typed.ty, Type::Int(Int { style: Style::Bool, .. }))
}

/// Whether a decoder that takes such values takes that of `typed`.
fn fits(takes: Takes, typed: &Typed) -> bool {
    match takes {
        Takes::Words => !is_truth(typed) && matches!(typed.ty, Type::Int(_) | Type::Pointer(..)),
    }
}
