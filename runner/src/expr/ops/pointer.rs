//! Arithmetic on pointers: in units of what they point at, as in C.

use super::super::ty::{Int, Type};
use super::super::typed::{Arith, Node, Typed};
use super::super::typing::Typer;
use super::{convert, fold, operand};
use crate::diag::{self, Code, Diagnostic, Span};

/// The numbers that addresses are.
const ADDRESS: Int = Int::number(64, false);
/// C's `ptrdiff_t`.
const DIFFERENCE: Int = Int::number(64, true);

/// `x + y` or `x - y`, of which at least one is a pointer.
pub fn arithmetic(
    typer: &Typer,
    op: Arith,
    x: Typed,
    y: Typed,
    span: Span,
) -> Result<Typed, Diagnostic> {
    match (op, &x.ty, &y.ty) {
        (Arith::Sub, Type::Pointer(a, _), Type::Pointer(b, _)) if a == b => {
            difference(typer, x, y, span)
        }
        (Arith::Add, Type::Int(_), Type::Pointer(..)) => offset(typer, op, y, x, span),
        (_, Type::Pointer(..), Type::Int(_)) => offset(typer, op, x, y, span),
        (_, a, b) => {
            let sign = if op == Arith::Add { "+" } else { "-" };
            let (a, b) = (diag::a(&typer.c_name(a)), diag::a(&typer.c_name(b)));
            let message = format!("`{sign}` does not take {a} and {b}");
            Err(Diagnostic::error(Code::TypeMismatch, span, message)
                .help("a pointer and an integer, or two pointers to one type"))
        }
    }
}

/// `pointer + index` or `pointer - index`: the address of another element.
pub fn offset(
    typer: &Typer,
    op: Arith,
    pointer: Typed,
    index: Typed,
    span: Span,
) -> Result<Typed, Diagnostic> {
    let Type::Pointer(to, _) = &pointer.ty else {
        return operand(typer, &pointer, "+").map(|_| pointer);
    };
    let size = typer.size_of(to, pointer.span)?;
    let bytes = times(convert(index, ADDRESS), size, span);
    if matches!(bytes.node, Node::Int(0)) {
        return Ok(Typed { span, ..pointer });
    }
    let ty = pointer.ty.clone();
    Ok(Typed::of(Node::Arith(op, pointer.into(), bytes.into()), ty, span))
}

/// How many elements are between two addresses.
fn difference(typer: &Typer, x: Typed, y: Typed, span: Span) -> Result<Typed, Diagnostic> {
    let Type::Pointer(to, _) = &x.ty else { return Ok(x) };
    let size = convert(typer.size_of(to, x.span)?, DIFFERENCE);
    let (x, y) = (convert(x, DIFFERENCE), convert(y, DIFFERENCE));
    let ty = Type::Int(DIFFERENCE);
    let bytes = Typed::of(Node::Arith(Arith::Sub, x.into(), y.into()), ty.clone(), span);
    Ok(match size.node {
        Node::Int(1) => bytes,
        _ => Typed::of(Node::Arith(Arith::Div, bytes.into(), size.into()), ty, span),
    })
}

/// `count * size` as an address is reckoned; constants are multiplied here.
pub fn times(count: Typed, size: Typed, span: Span) -> Typed {
    let node = match (&count.node, &size.node) {
        (_, Node::Int(1)) => return count,
        (Node::Int(1), _) => return size,
        (Node::Int(x), Node::Int(y)) => Node::Int(fold(Arith::Mul, *x, *y, ADDRESS)),
        (Node::Int(0), _) => Node::Int(0),
        _ => Node::Arith(Arith::Mul, count.into(), size.into()),
    };
    Typed::of(node, Type::Int(ADDRESS), span)
}
