//! How a field is shown: by its `as:`, which must fit the type of its value.

use crate::config::{DECODERS, Decoder, Field, Takes};
use crate::diag::{Code, Diagnostic};
use crate::expr::{Int, Style, Type, Typed, Typer};
use crate::layout::Show;

/// How `field`, whose value is `typed`, is shown.
pub fn show(field: &Field, typed: &Typed, typer: &Typer) -> Result<Show, Diagnostic> {
    let Some(decoder) = &field.decoder else { return Ok(Show::Plain) };
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

fn is_truth(typed: &Typed) -> bool {
    typed.is_truth() || matches!(typed.ty, Type::Int(Int { style: Style::Bool, .. }))
}

/// Whether a decoder that takes such values takes that of `typed`.
fn fits(takes: Takes, typed: &Typed) -> bool {
    match takes {
        Takes::Words => !is_truth(typed) && matches!(typed.ty, Type::Int(_) | Type::Pointer(..)),
    }
}
