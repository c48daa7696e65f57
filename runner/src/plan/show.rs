//! How a field is shown: by its `as:`, which must fit the type of its value, else by that type.

use super::flags::flags;
use crate::config::{DECODERS, Decoder, Field, Takes};
use crate::diag::{Code, Diagnostic, Spanned, a};
use crate::expr::{Expr, Form, Int, Native, Node, Style, Type, Typed, Typer, truncated};
use crate::facts::uapi::{self, Arch};
use crate::layout::{Names, Show, Slot, SlotKind, Wanted};

/// What of a [`Slot`] says that it shows text.
pub const TEXT: &str = "text";

/// The value of `expr`, which `field` shows.
pub fn value_of(field: &Field, expr: &Expr, typer: &Typer) -> Result<Typed, Diagnostic> {
    match field.decoder.as_ref().map(|decoder| &decoder.value) {
        Some(Decoder::Ip) => typer.network_field(expr, Form::Ip),
        Some(Decoder::Mac) => typer.network_field(expr, Form::Mac),
        _ => typer.field(expr),
    }
}

/// How `field`, whose value is `typed`, is shown; numbers of system calls are those of `arch`.
pub fn show(field: &Field, typed: &Typed, typer: &Typer, arch: Arch) -> Result<Show, Diagnostic> {
    match &field.decoder {
        Some(decoder) if !matches!(typed.node, Node::Null) => {
            by_decoder(decoder, typed, typer, arch)
        }
        _ => Ok(by_type(typed, typer)),
    }
}

/// What a field with the value `typed` shows by itself, in words.
pub fn in_words(typed: &Typed, typer: &Typer) -> &'static str {
    let (kind, show) = (SlotKind::of(typed, Wanted::default()), by_type(typed, typer));
    Slot { name: String::new(), kind, show, offset: 0, null_index: None }.in_words()
}

fn by_decoder(
    decoder: &Spanned<Decoder>,
    typed: &Typed,
    typer: &Typer,
    arch: Arch,
) -> Result<Show, Diagnostic> {
    if !fits(decoder.value.row().takes, typed, typer) {
        return Err(mismatch(decoder, typed, typer));
    }
    // Of bytes in memory, the type says what they are.
    if let Node::ReadBytes(bytes) = &typed.node {
        return Ok(match (&decoder.value, bytes.form) {
            (Decoder::Ip, Form::Plain) => Show::Only(Show::Ip.into()),
            (Decoder::Mac, Form::Plain) => Show::Only(Show::Mac.into()),
            _ => by_type(typed, typer),
        });
    }
    let int = typed.int().unwrap_or(Int::number(64, false));
    Ok(match &decoder.value {
        Decoder::Hex => Show::Hex,
        Decoder::Oct => Show::Oct,
        Decoder::Dec => Show::Dec,
        Decoder::Ip => Show::Ip,
        Decoder::Mac => Show::Mac,
        Decoder::Errno { positive } => {
            let sign = if *positive { 1 } else { -1 };
            named(int, uapi::errors().map(|(number, name)| (sign * number, name.to_owned())))
        }
        Decoder::Signal => named(int, uapi::signals()),
        Decoder::Syscall => {
            named(int, uapi::syscalls(arch).map(|(number, name)| (number, name.to_owned())))
        }
        Decoder::Flags(prefix) => flags(prefix.as_deref(), int, decoder.span, typer, arch)?,
        Decoder::Duration => Show::Duration,
        Decoder::Bytes => Show::Bytes,
        Decoder::Time(epoch) => Show::Time(*epoch),
        Decoder::Mode => Show::Mode,
        Decoder::Dev(code) => Show::Dev(*code),
    })
}

/// How values of that type are shown if nothing else is asked for.
fn by_type(typed: &Typed, typer: &Typer) -> Show {
    let constants = match &typed.ty {
        Type::Int(int) if !typed.is_truth() => int.style.enumeration().map(|id| (int, id)),
        _ => None,
    };
    match constants {
        Some((int, id)) => match typer.constants(id) {
            // Declared and not defined.
            none if none.is_empty() => Show::Plain,
            all => named(*int, all.into_iter().map(|(name, value)| (value as i64, name))),
        },
        None => match &typed.node {
            Node::Symbol(..) => Show::Only(Show::Symbol.into()),
            Node::Ipv4(_) => Show::Only(Show::Ip.into()),
            Node::ReadBytes(bytes) => match bytes.form {
                Form::Plain => Show::Plain,
                Form::Ip => Show::Only(Show::Ip.into()),
                Form::SocketAddress => Show::Only(Show::SocketAddress.into()),
                Form::Mac => Show::Only(Show::Mac.into()),
            },
            Node::Native(Native::CgroupPath) => Show::Only(Show::Cgroup.into()),
            _ => Show::Plain,
        },
    }
}

/// The names of numbers in a slot of type `int`.
pub fn named(int: Int, numbers: impl Iterator<Item = (i64, String)>) -> Show {
    Show::Names(Names::new(numbers.map(|(number, name)| (truncated(number as u64, int), name))))
}

/// Whether a decoder that takes such values takes that of `typed`.
fn fits(takes: Takes, typed: &Typed, typer: &Typer) -> bool {
    let is_network = |form| typer.network(typed, None, form).is_some();
    match (&typed.ty, takes) {
        _ if is_truth(typed) => false,
        (_, Takes::Ip | Takes::Mac) if matches!(typed.node, Node::ReadBytes(_)) => true,
        (Type::Int(int), Takes::Ip) => int.bits == 32,
        (_, Takes::Ip) => is_network(Form::Ip),
        (_, Takes::Mac) => is_network(Form::Mac),
        (Type::Int(int), Takes::Words(bits) | Takes::Integers(bits)) => int.bits >= bits,
        (Type::Pointer(..), Takes::Words(_)) => true,
        _ => false,
    }
}

fn is_truth(typed: &Typed) -> bool {
    typed.is_truth() || matches!(typed.ty, Type::Int(Int { style: Style::Bool, .. }))
}

fn mismatch(decoder: &Spanned<Decoder>, typed: &Typed, typer: &Typer) -> Diagnostic {
    let row = decoder.value.row();
    let ty = match is_truth(typed) {
        true => "a truth value".to_owned(),
        false => a(&typer.c_name(&typed.ty)),
    };
    let message = format!("`as: {}` shows {}, and this is {ty}", row.name, row.takes);
    let fitting = DECODERS.iter().filter(|row| fits(row.takes, typed, typer));
    let names: Vec<&str> = fitting.flat_map(|row| row.usage).copied().collect();
    let help = match names.as_slice() {
        [] => format!("{ty} is shown as it is"),
        names => format!("decoders of {ty}: {}", names.join(", ")),
    };
    Diagnostic::error(Code::DecoderMismatch, decoder.span, message).help(help)
}
