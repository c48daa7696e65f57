//! Operators: C's promotions and conversions, truth values, pointer arithmetic, and strings against
//! literals.

mod compare;
mod fold;
mod pointer;

use super::ast::{BinaryOp, UnaryOp};
use super::fits;
use super::ty::{Int, Type};
use super::typed::{Arith, Comparison, Node, Typed};
use super::typing::Typer;
use crate::diag::{Code, Diagnostic, Span};

use compare::compare;
pub use compare::constant;
use fold::fold;
pub use pointer::{offset, times};

/// Types `op x`.
pub fn unary(typer: &Typer, op: UnaryOp, x: Typed, span: Span) -> Result<Typed, Diagnostic> {
    let (arith, sign) = match op {
        UnaryOp::Not => {
            let truth = truth(typer, x)?;
            return Ok(Typed::of(Node::Not(truth.into()), Type::INT, span));
        }
        UnaryOp::Deref => return typer.deref(x, span),
        UnaryOp::Address => return typer.address_of(x, span),
        UnaryOp::Neg => (Some(Arith::Neg), "-"),
        UnaryOp::BitNot => (Some(Arith::Complement), "~"),
        UnaryOp::Plus => (None, "+"),
    };
    let int = operand(typer, &x, sign)?.promoted();
    let x = convert(x, int);
    let node = match (arith, &x.node) {
        (None, _) => return Ok(Typed { span, ..x }),
        (Some(Arith::Neg), Node::Int(value)) => Node::Int(truncated(value.wrapping_neg(), int)),
        (Some(_), Node::Int(value)) => Node::Int(truncated(!value, int)),
        (Some(arith), _) => Node::Unary(arith, x.into()),
    };
    Ok(Typed::of(node, Type::Int(int), span))
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
    let (x, y) = (x.decayed(), y.decayed());
    let pointers = matches!(x.ty, Type::Pointer(..)) || matches!(y.ty, Type::Pointer(..));
    if pointers && matches!(arith, Arith::Add | Arith::Sub) {
        return pointer::arithmetic(typer, arith, x, y, span);
    }
    let (a, b) = (operand(typer, &x, sign)?, operand(typer, &y, sign)?);
    let shift = matches!(arith, Arith::Shl | Arith::Shr);
    // C: a shift has the type of its promoted left operand.
    let int = if shift { a.promoted() } else { a.common(b) };
    if let Node::Int(value) = y.node {
        constant_operand(arith, value, b, int, y.span)?;
    }
    let y = if shift { convert(y, b.promoted()) } else { convert(y, int) };
    let x = convert(x, int);
    let node = match (&x.node, &y.node) {
        (Node::Int(x), Node::Int(y)) => Node::Int(fold(arith, *x, *y, int)),
        _ => Node::Arith(arith, x.into(), y.into()),
    };
    Ok(Typed::of(node, Type::Int(int), span))
}

/// Refuses what C leaves undefined and no program can mean.
fn constant_operand(
    op: Arith,
    value: u64,
    of: Int,
    left: Int,
    span: Span,
) -> Result<(), Diagnostic> {
    let (code, message) = match op {
        Arith::Div | Arith::Rem if value == 0 => {
            (Code::DivisionByZero, "division by zero".to_owned())
        }
        Arith::Shl | Arith::Shr if of.signed && (value as i64) < 0 => {
            (Code::BadShift, "a shift by a negative number".to_owned())
        }
        Arith::Shl | Arith::Shr if value >= u64::from(left.bits) => {
            (Code::BadShift, format!("a shift by {value} of a value of {} bits", left.bits))
        }
        _ => return Ok(()),
    };
    let fault = Diagnostic::error(code, span, message);
    Err(match code {
        Code::BadShift => fault.help(format!("C defines shifts by 0 to {} here", left.bits - 1)),
        _ => fault,
    })
}

/// The operand's integer type, or why there is none.
fn operand(typer: &Typer, x: &Typed, sign: &str) -> Result<Int, Diagnostic> {
    if let Some(int) = x.int() {
        return Ok(int);
    }
    let ty = typer.a(x);
    let fault = Diagnostic::error(
        Code::TypeMismatch,
        x.span,
        format!("`{sign}` takes integers, and this is {ty}"),
    );
    Err(match x.ty {
        Type::Pointer(..) => fault.help("cast the address to a number: `(u64)p`"),
        _ => fault,
    })
}

/// `x` in the integer type `int`; literals change their type without a conversion.
pub fn convert(x: Typed, int: Int) -> Typed {
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
        _ => Err(Diagnostic::error(
            Code::TypeMismatch,
            span,
            format!("a condition is a number or a pointer, and this is {}", typer.a(&x)),
        )
        .help("compare it: `comm == \"sh\"`")),
    }
}
