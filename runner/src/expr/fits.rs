//! Strings held against literals: `==`, `startswith()` and patterns with `*` and `?`.

use super::scope::ArgPlace;
use super::ty::Type;
use super::typed::{Arg, Fit, Node, Typed};
use super::typing::Typer;
use crate::diag::{Code, Diagnostic, Span};

/// Longest literal that a string in memory can be compared with: it is read to the BPF stack.
const LITERAL_MAX: usize = 200;
/// Most characters of a pattern beside its `*`: the program keeps a bit for each, and one more.
const PATTERN_MAX: usize = 63;

/// Whether `x` fits `literal`; not for [`Fit::Pattern`].
pub fn literal(
    typer: &Typer,
    x: Typed,
    fit: Fit,
    literal: Vec<u8>,
    span: Span,
) -> Result<Typed, Diagnostic> {
    let fault = |message: String| Err(Diagnostic::error(Code::TypeMismatch, span, message));
    let x = text(typer, x, span)?;
    if literal.len() > LITERAL_MAX {
        return fault(format!("a string in a condition has at most {LITERAL_MAX} bytes"));
    }
    let never = if fit == Fit::Start { "it never begins so" } else { "it is never equal" };
    if let Some(room) = room(&x).filter(|room| literal.len() > *room) {
        return fault(format!("this holds at most {room} bytes, so {never}"));
    }
    if literal.contains(&0) {
        return fault(format!("a C string holds no NUL, so {never}"));
    }
    Ok(Typed::of(Node::TextFits(x.into(), fit, literal), Type::INT, span))
}

/// Types `x ~ pattern`.
pub fn pattern(typer: &Typer, x: Typed, pattern: Typed, span: Span) -> Result<Typed, Diagnostic> {
    let Node::Text(bytes) = pattern.node else {
        let message = "the right side of `~` is a pattern: a string literal";
        return Err(Diagnostic::error(Code::TypeMismatch, pattern.span, message)
            .help("write `name ~ \"*.conf\"`; `*` is any run of characters, `?` any one"));
    };
    if matches!(x.node, Node::Text(_)) {
        let message = "both sides are literals";
        return Err(Diagnostic::error(Code::TypeMismatch, span, message));
    }
    let bad = |message: String| Err(Diagnostic::error(Code::BadPattern, pattern.span, message));
    let Some(parts) = parts(&bytes) else {
        return bad("a backslash takes the meaning of the character behind it; here is none".into());
    };
    if bytes.contains(&0) {
        return bad("a C string holds no NUL, so it never fits".into());
    }
    // What needs no pattern is cheaper without.
    let plain: Option<Vec<u8>> = match parts.split_last() {
        Some((Part::Many, start)) => start.iter().map(Part::byte).collect(),
        _ => None,
    };
    if let Some(start) = plain.filter(|start| start.len() <= LITERAL_MAX) {
        return literal(typer, x, Fit::Start, start, span);
    }
    if let Some(whole) = parts.iter().map(Part::byte).collect::<Option<Vec<u8>>>() {
        return literal(typer, x, Fit::Whole, whole, span);
    }
    let elements = parts.iter().filter(|part| **part != Part::Many).count();
    if elements > PATTERN_MAX {
        return bad(format!(
            "a pattern has at most {PATTERN_MAX} characters beside its `*`, and this has {elements}"
        ));
    }
    let x = text(typer, x, span)?;
    if let Some(room) = room(&x).filter(|room| elements > *room) {
        return bad(format!("this holds at most {room} bytes, so it never fits"));
    }
    Ok(Typed::of(Node::TextFits(x.into(), Fit::Pattern, bytes), Type::INT, span))
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Many,
    One,
    Byte(u8),
}

impl Part {
    fn byte(&self) -> Option<u8> {
        if let Self::Byte(byte) = self { Some(*byte) } else { None }
    }
}

/// The parts of a pattern; `None` if it ends in a backslash.
fn parts(pattern: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        parts.push(match byte {
            b'*' => Part::Many,
            b'?' => Part::One,
            b'\\' => Part::Byte(*bytes.next()?),
            byte => Part::Byte(*byte),
        });
    }
    Some(parts)
}

/// `x` as the string that is there.
fn text(typer: &Typer, x: Typed, span: Span) -> Result<Typed, Diagnostic> {
    let x = x.with_string_read();
    if x.is_text() {
        return Ok(x);
    }
    let ty = typer.c_name(&x.ty);
    let message = format!("a `{ty}` cannot be compared with a string");
    Err(Diagnostic::error(Code::TypeMismatch, span, message))
}

/// The most bytes that a text can have, where that is known.
fn room(x: &Typed) -> Option<usize> {
    match (&x.node, &x.ty) {
        // Its 16th byte is always NUL.
        (Node::Native(_), _) => Some(15),
        (Node::Arg(Arg { place: ArgPlace::Inline { len, .. }, .. }), _) => Some(*len as usize),
        (_, Type::Array(_, len)) => Some(*len as usize),
        _ => None,
    }
}
