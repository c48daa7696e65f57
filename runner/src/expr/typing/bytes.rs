//! `buf()` and `argv()`: what is read at an address besides one string.

use super::super::ast::Expr;
use super::super::ops::convert;
use super::super::ty::{Int, Space, Type};
use super::super::typed::{Bytes, Form, Node, Typed};
use super::Typer;
use super::call::{LENGTH_MAX, bad_call};
use crate::diag::{self, Diagnostic, Span};

/// `buf(pointer, length)`
pub fn buf(typer: &Typer, args: &[Expr], span: Span) -> Result<Typed, Diagnostic> {
    let [pointer, len] = args else {
        let message = format!("`buf` takes 2 arguments, not {}", args.len());
        return Err(bad_call(span, message));
    };
    let (address, space) = address(typer, "buf", pointer)?;
    let len = typer.expr(len)?;
    let Some(int) = len.int() else {
        let ty = diag::a(&typer.c_name(&len.ty));
        return Err(bad_call(len.span, format!("the length is an integer, not {ty}")));
    };
    if let Node::Int(value) = len.node
        && !(1..=LENGTH_MAX).contains(&value)
    {
        let message = format!("a length that is known is a number from 1 to {LENGTH_MAX}");
        return Err(bad_call(len.span, message));
    }
    let max = if let Node::Int(value) = len.node { Some(value as u32) } else { None };
    let len = convert(len, Int::number(64, int.signed)).into();
    let bytes = Bytes { address: address.into(), space, len, max, form: Form::Plain };
    Ok(Typed::of(Node::ReadBytes(bytes), Type::Shown("buffer"), span))
}

/// `argv(pointer)`
pub fn argv(typer: &Typer, args: &[Expr], span: Span) -> Result<Typed, Diagnostic> {
    let [pointer] = args else {
        let message = format!("`argv` takes 1 argument, not {}", args.len());
        return Err(bad_call(span, message));
    };
    let (address, space) = address(typer, "argv", pointer)?;
    if let Type::Pointer(to, _) = &address.ty
        && !matches!(&**to, Type::Pointer(..) | Type::Void | Type::Int(Int { bits: 64, .. }))
    {
        let ty = typer.c_name(&address.ty);
        let message = format!("`argv` takes a pointer to pointers, not a `{ty}`");
        return Err(bad_call(address.span, message));
    }
    let node = Node::ReadStrings { address: address.into(), space };
    Ok(Typed::of(node, Type::Shown("list of strings"), span))
}

/// An address to read at, and whose memory it is in.
fn address(typer: &Typer, name: &str, pointer: &Expr) -> Result<(Typed, Space), Diagnostic> {
    let address = typer.expr(pointer)?.decayed();
    match &address.ty {
        Type::Pointer(_, space) => {
            let space = *space;
            Ok((address, space))
        }
        Type::Int(Int { bits: 64, .. }) => {
            let space = typer.space_of(&address);
            Ok((address, space))
        }
        other => {
            let other = diag::a(&typer.c_name(other));
            Err(bad_call(address.span, format!("`{name}` reads at a pointer, not {other}")))
        }
    }
}
