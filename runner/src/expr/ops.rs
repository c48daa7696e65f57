//! Operators: C's promotions and conversions, truth values, and strings against literals.

use super::ast::{BinaryOp, UnaryOp};
use super::fits;
use super::ty::{Int, Type};
use super::typed::{Arith, Comparison, Fit, Node, Typed};
use super::typing::Typer;
use crate::diag::{Code, Diagnostic, Span};

/// Types `op x`.
pub fn unary(typer: &Typer, op: UnaryOp, x: Typed, span: Span) -> Result<Typed, Diagnostic> {
    let arith = match op {
        UnaryOp::Not => {
            let truth = truth(typer, x)?;
            return Ok(Typed::of(Node::Not(truth.into()), Type::INT, span));
        }
        UnaryOp::Neg => Arith::Neg,
        UnaryOp::BitNot => Arith::Complement,
    };
    let int = operand(typer, &x, if op == UnaryOp::Neg { "-" } else { "~" })?.promoted();
    if let Node::Int(value) = x.node {
        let value = if op == UnaryOp::Neg { value.wrapping_neg() } else { !value };
        return Ok(Typed::of(Node::Int(truncated(value, int)), Type::Int(int), span));
    }
    let x = convert(x, int);
    Ok(Typed::of(Node::Unary(arith, x.into()), Type::Int(int), span))
}

/// Types `x op y`.
pub fn binary(
    typer: &Typer,
    op: BinaryOp,
    x: Typed,
    y: Typed,
    span: Span,
) -> Result<Typed, Diagnostic> {
    use BinaryOp as Op;
    let (arith, sign) = match op {
        Op::And | Op::Or => {
            let (x, y) = (truth(typer, x)?, truth(typer, y)?);
            let node = if op == Op::And { Node::And } else { Node::Or };
            return Ok(Typed::of(node(x.into(), y.into()), Type::INT, span));
        }
        Op::Lt => return compare(typer, Comparison::Lt, "<", x, y, span),
        Op::Le => return compare(typer, Comparison::Le, "<=", x, y, span),
        Op::Gt => return compare(typer, Comparison::Gt, ">", x, y, span),
        Op::Ge => return compare(typer, Comparison::Ge, ">=", x, y, span),
        Op::Eq => return compare(typer, Comparison::Eq, "==", x, y, span),
        Op::Ne => return compare(typer, Comparison::Ne, "!=", x, y, span),
        Op::Fits => return fits::pattern(typer, x, y, span),
        Op::Mul => (Arith::Mul, "*"),
        Op::Div => (Arith::Div, "/"),
        Op::Rem => (Arith::Rem, "%"),
        Op::Add => (Arith::Add, "+"),
        Op::Sub => (Arith::Sub, "-"),
        Op::Shl => (Arith::Shl, "<<"),
        Op::Shr => (Arith::Shr, ">>"),
        Op::BitAnd => (Arith::And, "&"),
        Op::BitXor => (Arith::Xor, "^"),
        Op::BitOr => (Arith::Or, "|"),
    };
    let (a, b) = (operand(typer, &x, sign)?, operand(typer, &y, sign)?);
    let shift = matches!(arith, Arith::Shl | Arith::Shr);
    // C: a shift has the type of its promoted left operand.
    let int = if shift { a.promoted() } else { a.common(b) };
    if let Node::Int(value) = y.node {
        constant_operand(arith, value, b, int, y.span)?;
    }
    let y = if shift { convert(y, b.promoted()) } else { convert(y, int) };
    let x = convert(x, int);
    Ok(Typed::of(Node::Arith(arith, x.into(), y.into()), Type::Int(int), span))
}

/// Refuses what C leaves undefined and no program can mean.
fn constant_operand(
    op: Arith,
    value: u64,
    of: Int,
    left: Int,
    span: Span,
) -> Result<(), Diagnostic> {
    let message = match op {
        Arith::Div | Arith::Rem if value == 0 => "division by zero".to_owned(),
        Arith::Shl | Arith::Shr if of.signed && (value as i64) < 0 => {
            "a shift by a negative number".to_owned()
        }
        Arith::Shl | Arith::Shr if value >= u64::from(left.bits) => {
            format!("a shift by {value} of a value of {} bits", left.bits)
        }
        _ => return Ok(()),
    };
    Err(Diagnostic::error(Code::TypeMismatch, span, message))
}

/// The operand's integer type, or why there is none.
fn operand(typer: &Typer, x: &Typed, sign: &str) -> Result<Int, Diagnostic> {
    if let Some(int) = x.int() {
        return Ok(int);
    }
    let ty = typer.c_name(&x.ty);
    let fault = Diagnostic::error(
        Code::TypeMismatch,
        x.span,
        format!("`{sign}` takes integers, and this is a `{ty}`"),
    );
    Err(match x.ty {
        Type::Pointer(..) => fault.help("cast the address to a number: `(u64)p`"),
        _ => fault,
    })
}

/// `x` in the integer type `int`; literals change their type without a conversion.
fn convert(x: Typed, int: Int) -> Typed {
    let ty = Type::Int(int);
    if x.ty == ty {
        return x;
    }
    let span = x.span;
    match x.node {
        Node::Int(value) => Typed::of(Node::Int(truncated(value, int)), ty, span),
        _ => Typed::of(Node::Convert(x.into()), ty, span),
    }
}

/// `value` cut to the width of `int`, and sign-extended again where it has a sign.
pub fn truncated(value: u64, int: Int) -> u64 {
    let unused = 64 - u32::from(int.bits);
    let cut = value << unused;
    if int.signed { ((cut as i64) >> unused) as u64 } else { cut >> unused }
}

/// `x` as a truth: `x != 0` of a number or pointer.
pub fn truth(typer: &Typer, x: Typed) -> Result<Typed, Diagnostic> {
    let span = x.span;
    match &x.ty {
        _ if x.is_truth() => Ok(x),
        Type::Int(_) | Type::Pointer(..) => Ok(Typed::of(Node::Truth(x.into()), Type::INT, span)),
        ty => Err(Diagnostic::error(
            Code::TypeMismatch,
            span,
            format!("a condition is a number or a pointer, and this is a `{}`", typer.c_name(ty)),
        )
        .help("compare it: `comm == \"sh\"`")),
    }
}

fn compare(
    typer: &Typer,
    op: Comparison,
    sign: &str,
    x: Typed,
    y: Typed,
    span: Span,
) -> Result<Typed, Diagnostic> {
    match (&x.node, &y.node) {
        (Node::Text(literal), Node::Text(_)) | (Node::Text(literal), _) => {
            let literal = literal.clone();
            return compare_text(typer, op, sign, y, literal, span);
        }
        (_, Node::Text(literal)) => {
            let literal = literal.clone();
            return compare_text(typer, op, sign, x, literal, span);
        }
        _ => {}
    }
    // Addresses compare as numbers, also with literals such as 0.
    let as_number = |x: Typed| match x.ty {
        Type::Pointer(..) => convert(x, Int::number(64, false)),
        _ => x,
    };
    let (x, y) = (as_number(x), as_number(y));
    let int = operand(typer, &x, sign)?.common(operand(typer, &y, sign)?);
    let (x, y) = (convert(x, int), convert(y, int));
    Ok(Typed::of(Node::Compare(op, x.into(), y.into()), Type::INT, span))
}

fn compare_text(
    typer: &Typer,
    op: Comparison,
    sign: &str,
    x: Typed,
    literal: Vec<u8>,
    span: Span,
) -> Result<Typed, Diagnostic> {
    let fault = |at, message: String| Err(Diagnostic::error(Code::TypeMismatch, at, message));
    if matches!(x.node, Node::Text(_)) {
        return fault(span, "both sides are literals".into());
    }
    let same = fits::literal(typer, x, Fit::Whole, literal, span)?;
    match op {
        Comparison::Eq => Ok(same),
        Comparison::Ne => Ok(Typed::of(Node::Not(same.into()), Type::INT, span)),
        _ => fault(span, format!("strings are equal or not; `{sign}` does not order them")),
    }
}
