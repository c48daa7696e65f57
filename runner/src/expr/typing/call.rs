//! Calls of the language's functions: a table with a row each.

use super::super::ast::Expr;
use super::super::fits;
use super::super::ty::{Int, Space, Type};
use super::super::typed::{Fit, Node, Typed};
use super::{Typer, bytes, network};
use crate::diag::{self, Code, Diagnostic, Span, Spanned, one_of};

/// The greatest length that can be asked for, bytes: that of the longest path.
pub const LENGTH_MAX: u64 = 4096;

/// A function that expressions may call.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is called, for messages: `str(pointer)`.
    pub usage: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    typing: fn(&Typer, &[Expr], Span) -> Result<Typed, Diagnostic>,
}

/// Every function, in the order of the documentation.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "str",
        usage: "str(pointer)` or `str(pointer, longest)",
        doc: "the string at an address",
        typing: str,
    },
    Function {
        name: "startswith",
        usage: "startswith(text, \"literal\")",
        doc: "whether a string begins with a literal",
        typing: startswith,
    },
    Function {
        name: "buf",
        usage: "buf(pointer, length)",
        doc: "so many bytes at an address, as text or, where they are none, as hexadecimal",
        typing: bytes::buf,
    },
    Function {
        name: "argv",
        usage: "argv(pointer)",
        doc: "the strings to which an array of pointers points, up to a null pointer",
        typing: bytes::argv,
    },
    Function {
        name: "ksym",
        usage: "ksym(address)",
        doc: "the kernel's symbol at an address, with the distance from its start",
        typing: |typer, args, span| symbol(typer, "ksym", Space::Kernel, args, span),
    },
    Function {
        name: "usym",
        usage: "usym(address)",
        doc: "the program's symbol at an address of the current process",
        typing: |typer, args, span| symbol(typer, "usym", Space::User, args, span),
    },
    Function {
        name: "ip",
        usage: "ip(address)` or `ip(address, family)",
        doc: "the IP address in a `u32`, `in_addr`, `in6_addr`, `sockaddr` or in bytes",
        typing: network::ip,
    },
    Function {
        name: "mac",
        usage: "mac(address)",
        doc: "the hardware address in 6 bytes",
        typing: network::mac,
    },
    Function {
        name: "bswap",
        usage: "bswap(integer)",
        doc: "the integer with its bytes in the opposite order",
        typing: network::bswap,
    },
    Function {
        name: "exists",
        usage: "exists(x)",
        doc: "whether this kernel has that member, type or enum constant",
        typing: exists,
    },
    Function {
        name: "user",
        usage: "user(pointer)",
        doc: "the pointer as one into the process's memory",
        typing: |typer, args, span| in_space(typer, args, span, "user", Space::User),
    },
    Function {
        name: "kernel",
        usage: "kernel(pointer)",
        doc: "the pointer as one into the kernel's memory",
        typing: |typer, args, span| in_space(typer, args, span, "kernel", Space::Kernel),
    },
];

impl Typer<'_> {
    pub(super) fn call(
        &self,
        function: &Spanned<String>,
        args: &[Expr],
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let name = function.value.as_str();
        if let Some(found) = FUNCTIONS.iter().find(|function| function.name == name) {
            return (found.typing)(self, args, span).map_err(|fault| {
                match fault.code == Code::BadCall && fault.help.is_none() {
                    true => fault.help(format!("write `{}`", found.usage)),
                    false => fault,
                }
            });
        }
        let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
        let message = format!("there is no function `{name}`");
        Err(Diagnostic::error(Code::UnknownFunction, function.span, message).help(one_of(
            name,
            "the functions are",
            &names,
        )))
    }
}

/// The arguments of a function that takes one.
pub(super) fn arguments<'a>(
    args: &'a [Expr],
    name: &str,
    span: Span,
) -> Result<&'a [Expr; 1], Diagnostic> {
    let message = || format!("`{name}` takes 1 argument, not {}", args.len());
    args.try_into().map_err(|_| bad_call(span, message()))
}

/// A call of the right function in the wrong way; the table says how it is written.
pub(super) fn bad_call(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadCall, span, message)
}

fn exists(typer: &Typer, args: &[Expr], span: Span) -> Result<Typed, Diagnostic> {
    match args {
        [x] => typer.exists(x, span),
        _ => {
            let message = format!("`exists` takes 1 argument, not {}", args.len());
            Err(bad_call(span, message))
        }
    }
}

fn str(typer: &Typer, args: &[Expr], span: Span) -> Result<Typed, Diagnostic> {
    let (pointer, max) = match args {
        [pointer] => (pointer, None),
        [pointer, max] => (pointer, Some((longest(typer, max)?, max.span))),
        _ => {
            let message = format!("`str` takes 1 or 2 arguments, not {}", args.len());
            return Err(bad_call(span, message));
        }
    };
    let mut address = typer.expr(pointer)?;
    let shorter = |len: &u32| *len == 0 || max.is_some_and(|(max, _)| max < *len);
    if matches!(&address.ty, Type::Array(of, len) if of.is_char() && shorter(len)) {
        address = address.decayed();
    }
    let space = match (&address.ty, max) {
        (Type::Pointer(_, space), _) => *space,
        (Type::Int(Int { bits: 64, .. }), _) => typer.space_of(&address),
        (Type::Array(of, _), _) if of.is_char() => return Ok(Typed { span, ..address }),
        (Type::Text, None) => return Ok(Typed { span, ..address }),
        (Type::Text, Some((_, at))) => {
            return Err(bad_call(at, "this is text already; `max:` of the field cuts it"));
        }
        (other, _) => {
            let message =
                format!("`str` reads at a pointer, not {}", diag::a(&typer.c_name(other)));
            return Err(bad_call(address.span, message));
        }
    };
    let max = max.map(|(max, _)| max);
    Ok(Typed::of(Node::ReadText { address: address.into(), space, max }, Type::Text, span))
}

/// The longest string that is wanted: a constant.
fn longest(typer: &Typer, max: &Expr) -> Result<u32, Diagnostic> {
    match typer.expr(max)?.node {
        Node::Int(value) if (1..=LENGTH_MAX).contains(&value) => Ok(value as u32),
        _ => {
            let message = format!("the longest length is a constant from 1 to {LENGTH_MAX}");
            Err(bad_call(max.span, message))
        }
    }
}

fn startswith(typer: &Typer, args: &[Expr], span: Span) -> Result<Typed, Diagnostic> {
    let [text, start] = args else {
        let message = format!("`startswith` takes 2 arguments, not {}", args.len());
        return Err(bad_call(span, message));
    };
    let Node::Text(literal) = typer.expr(start)?.node else {
        return Err(bad_call(start.span, "the start is a string literal"));
    };
    let text = typer.expr(text)?;
    if matches!(text.node, Node::Text(_)) {
        return Err(bad_call(text.span, "the text is a literal, too: this is always the same"));
    }
    fits::literal(typer, text, Fit::Start, &literal, span)
}

fn symbol(
    typer: &Typer,
    name: &str,
    space: Space,
    args: &[Expr],
    span: Span,
) -> Result<Typed, Diagnostic> {
    let [address] = arguments(args, name, span)?;
    let address = typer.expr(address)?;
    match &address.ty {
        Type::Pointer(..) | Type::Int(Int { bits: 64, .. }) => {
            let node = Node::Symbol(space, address.into());
            Ok(Typed::of(node, Type::Shown("symbol"), span))
        }
        other => {
            let other = diag::a(&typer.c_name(other));
            let message = format!("`{name}` takes an address, not {other}");
            Err(bad_call(address.span, message))
        }
    }
}

/// `x` with the type of a pointer into `space`.
fn in_space(
    typer: &Typer,
    args: &[Expr],
    span: Span,
    name: &str,
    space: Space,
) -> Result<Typed, Diagnostic> {
    let [pointer] = arguments(args, name, span)?;
    let address = typer.expr(pointer)?;
    match address.ty.clone() {
        ty @ Type::Pointer(..) => Ok(Typed { ty: ty.in_space(space), span, ..address }),
        Type::Int(Int { bits: 64, .. }) => {
            let ty = Type::Pointer(Type::Void.into(), space);
            Ok(Typed::of(Node::Convert(address.into()), ty, span))
        }
        other => {
            let ty = typer.c_name(&other);
            Err(bad_call(address.span, format!("`{name}` takes a pointer, not a `{ty}`")))
        }
    }
}
