//! Comparisons: of numbers and addresses, and of strings with literals.

use super::super::fits;
use super::super::ty::{Int, Type};
use super::super::typed::{Comparison, Fit, Node, Typed};
use super::super::typing::Typer;
use super::{convert, operand};
use crate::diag::{Code, Diagnostic, Span};

/// Types `x op y`, written with `sign`.
pub fn compare(
    typer: &Typer,
    op: Comparison,
    sign: &str,
    x: Typed,
    y: Typed,
    span: Span,
) -> Result<Typed, Diagnostic> {
    match (&x.node, &y.node) {
        (Node::Text(literal), _) => {
            let literal = literal.clone();
            return compare_text(typer, op, sign, y, &literal, span);
        }
        (_, Node::Text(literal)) => {
            let literal = literal.clone();
            return compare_text(typer, op, sign, x, &literal, span);
        }
        _ => {}
    }
    if let Some(fault) = text_beside(typer, &x, &y, span) {
        return Err(fault);
    }
    // Addresses compare as numbers, also with literals such as 0.
    let as_number = |x: Typed| match x.ty {
        Type::Pointer(..) => convert(x, Int::number(64, false)),
        _ => x,
    };
    let (x, y) = (as_number(x.decayed()), as_number(y.decayed()));
    let int = operand(typer, &x, sign)?.common(operand(typer, &y, sign)?);
    let (x, y) = (convert(x, int), convert(y, int));
    Ok(Typed::of(Node::Compare(op, x.into(), y.into()), Type::INT, span))
}

/// Why a string that is no literal cannot be compared with what is no literal either.
fn text_beside(typer: &Typer, x: &Typed, y: &Typed, span: Span) -> Option<Diagnostic> {
    let (text, other) = match (&x.ty, &y.ty) {
        (Type::Text, _) => (x, y),
        (_, Type::Text) => (y, x),
        _ => return None,
    };
    let message = match other.is_text() {
        true => "one string is compared with another that is no literal".to_owned(),
        false => format!("a string is compared with {}", typer.a(other)),
    };
    let fault = Diagnostic::error(Code::StringMismatch, span, message);
    let literal = match &other.node {
        Node::Int(value) => format!("\"{}\"", *value as i64),
        _ => "\"…\"".to_owned(),
    };
    Some(match text.span == span {
        true => fault,
        false => fault.help(format!("strings compare with literals, such as `{literal}`")),
    })
}

fn compare_text(
    typer: &Typer,
    op: Comparison,
    sign: &str,
    x: Typed,
    literal: &[u8],
    span: Span,
) -> Result<Typed, Diagnostic> {
    let fault = |code, message: String| Diagnostic::error(code, span, message);
    if matches!(x.node, Node::Text(_)) {
        let message = "both sides are literals, so the answer is always the same";
        return Err(fault(Code::StringMismatch, message.into()));
    }
    let x = fits::text(typer, x, span)?;
    if !matches!(op, Comparison::Eq | Comparison::Ne) {
        let message = format!("strings are equal or not; `{sign}` does not order them");
        return Err(fault(Code::StringMismatch, message));
    }
    let same = fits::literal(typer, x, Fit::Whole, literal, span)?;
    Ok(match op {
        Comparison::Ne => Typed::of(Node::Not(same.into()), Type::INT, span),
        _ => same,
    })
}

/// A truth that is known.
pub fn constant(holds: bool, span: Span) -> Typed {
    let number = |value: u64| Typed::of(Node::Int(value), Type::INT, span);
    let node = Node::Compare(Comparison::Ne, number(holds.into()).into(), number(0).into());
    Typed::of(node, Type::INT, span)
}
