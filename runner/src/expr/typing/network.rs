//! Addresses of the network: which bytes they are, by the type of what holds them.
//!
//! They are in the network's order wherever the kernel keeps them, so their bytes are shown as they
//! lie in memory.

use super::super::ast::Expr;
use super::super::scope::ArgPlace;
use super::super::ty::{Int, Space, Type};
use super::super::typed::{Arg, Arith, Bytes, Comparison, Form, Member, Node, Typed};
use super::Typer;
use super::call::{arguments, bad_call};
use crate::diag::{Diagnostic, Span};

/// `AF_INET` (`include/linux/socket.h`).
const INET: u64 = 2;
/// `AF_INET6`.
const INET6: u64 = 10;
/// Bytes of a `struct sockaddr_in`, and how many more a `struct sockaddr_in6` has.
const SOCKADDR_IN: (u64, u64) = (16, 12);

/// How many bytes there are at an address.
enum Size {
    /// So many.
    Fixed(u32),
    /// So many, and they are bytes to the kernel, too.
    Bytes(u32),
    /// Enough for whatever they are.
    Any,
    /// Those of a `struct sockaddr`.
    SocketAddress,
}

impl Typer<'_> {
    /// The value of a field that is to be shown as an address of the network: bytes in memory where
    /// such lie there, else what [`Self::field`] gives.
    pub fn network_field(&self, expr: &Expr, form: Form) -> Result<Typed, Diagnostic> {
        let x = self.expr(expr)?;
        match self.network(&x, None, form) {
            Some(typed) => Ok(typed),
            None => self.field(expr),
        }
    }

    /// The bytes in memory that `x` leads to, if they can be an address of the network.
    pub fn network(&self, x: &Typed, family: Option<&Typed>, form: Form) -> Option<Typed> {
        let span = x.span;
        let (size, space, address) = match (&x.ty, &x.node, x.place()) {
            (Type::Pointer(to, space), ..) => (size_of(to, true)?, *space, x.clone()),
            (ty, _, Some(space)) => {
                let pointer = Type::Pointer(ty.clone().into(), space);
                let address = Typed::of(Node::Address(x.clone().into()), pointer, span);
                (size_of(ty, false)?, space, address)
            }
            (ty, Node::Arg(Arg { place: ArgPlace::Inline { .. }, .. }), _) => {
                let address = Node::Address(x.clone().into());
                (size_of(ty, false)?, Space::Kernel, Typed::of(address, Type::U64, span))
            }
            _ => return None,
        };
        let fixed = |len: u32| (int(len.into(), span), len);
        let (form, (len, max)) = match (form, size, family) {
            (Form::Mac, Size::Any, None) => (form, fixed(6)),
            (Form::Mac, Size::Bytes(6..), None) => (form, fixed(6)),
            (Form::Mac, ..) => return None,
            (_, Size::SocketAddress, None) => {
                (Form::SocketAddress, (socket_address_len(&address, space), 28))
            }
            (_, Size::Fixed(len @ (4 | 16)) | Size::Bytes(len @ (4 | 16)), None) => {
                (form, fixed(len))
            }
            (_, Size::Any, Some(family)) => (form, (len_by(family), 16)),
            (_, Size::Fixed(16..) | Size::Bytes(16..), Some(family)) => {
                (form, (len_by(family), 16))
            }
            _ => return None,
        };
        let bytes = Bytes { address: address.into(), space, len: len.into(), max: Some(max), form };
        let name = if form == Form::Mac { "hardware address" } else { "IP address" };
        Some(Typed::of(Node::ReadBytes(bytes), Type::Shown(name), span))
    }
}

/// How many bytes a value of that type has, or, of what is pointed at, may have.
fn size_of(ty: &Type, pointed_at: bool) -> Option<Size> {
    Some(match ty {
        Type::Void if pointed_at => Size::Any,
        Type::Int(Int { bits: 8, .. }) if pointed_at => Size::Any,
        Type::Int(Int { bits: 32, .. }) if pointed_at => Size::Fixed(4),
        Type::Array(of, len) => match **of {
            Type::Int(Int { bits: 8, .. }) => Size::Bytes(*len),
            Type::Int(Int { bits, .. }) => Size::Fixed(len.saturating_mul(u32::from(bits) / 8)),
            _ => return None,
        },
        Type::Record(record) => match record.name.trim_start_matches("struct ") {
            "in_addr" => Size::Fixed(4),
            "in6_addr" => Size::Fixed(16),
            "sockaddr"
            | "sockaddr_in"
            | "sockaddr_in6"
            | "sockaddr_storage"
            | "__kernel_sockaddr_storage" => Size::SocketAddress,
            _ => return None,
        },
        _ => return None,
    })
}

pub(super) fn ip(typer: &Typer, args: &[Expr], span: Span) -> Result<Typed, Diagnostic> {
    let (x, family) = match args {
        [x] => (typer.expr(x)?, None),
        [x, family] => (typer.expr(x)?, Some(typer.expr(family)?)),
        _ => {
            let message = format!("`ip` takes 1 or 2 arguments, not {}", args.len());
            return Err(bad_call(span, message));
        }
    };
    if let Some(family) = &family
        && family.int().is_none()
    {
        let ty = typer.a(family);
        let message = format!("a family is an integer, such as `AF_INET`'s 2, not {ty}");
        return Err(bad_call(family.span, message));
    }
    if let (Type::Int(Int { bits: 32, .. }), None) = (&x.ty, &family) {
        return Ok(Typed::of(Node::Ipv4(x.into()), Type::Shown("IP address"), span));
    }
    typer.network(&x, family.as_ref(), Form::Ip).map(|typed| Typed { span, ..typed }).ok_or_else(
        || {
            let ty = typer.a(&x);
            let message = match &family {
                None => format!("{ty} is not known to be an IP address"),
                Some(_) => format!("{ty} is not known to hold addresses of any family"),
            };
            bad_call(x.span, message).note(
                "these do: `u32` and other integers of 32 bits, `struct in_addr`, `in6_addr` and \
                 `sockaddr`, arrays of 4 or 16 bytes, and pointers to these; with a family, 16 bytes \
                 or more, and pointers to `void` and to bytes",
            )
        },
    )
}

pub(super) fn mac(typer: &Typer, args: &[Expr], span: Span) -> Result<Typed, Diagnostic> {
    let [x] = arguments(args, "mac", span)?;
    let x = typer.expr(x)?;
    typer.network(&x, None, Form::Mac).map(|typed| Typed { span, ..typed }).ok_or_else(|| {
        let ty = typer.a(&x);
        bad_call(x.span, format!("`mac` takes an array of bytes or a pointer to bytes, not {ty}"))
    })
}

pub(super) fn bswap(typer: &Typer, args: &[Expr], span: Span) -> Result<Typed, Diagnostic> {
    let [x] = arguments(args, "bswap", span)?;
    let x = typer.expr(x)?;
    match x.int() {
        Some(Int { bits: bits @ (16 | 32 | 64), .. }) if !x.is_truth() => {
            let ty = Type::Int(Int::number(bits, false));
            let node = match x.node {
                Node::Int(value) => Node::Int(value.swap_bytes() >> (64 - bits)),
                _ => {
                    let x = Typed::of(Node::Convert(x.into()), ty.clone(), span);
                    Node::Unary(Arith::SwapBytes, x.into())
                }
            };
            Ok(Typed::of(node, ty, span))
        }
        _ => {
            let ty = if x.is_truth() { "a truth value".to_owned() } else { typer.a(&x) };
            let message = format!("`bswap` takes an integer of 16, 32 or 64 bits, not {ty}");
            Err(bad_call(x.span, message))
        }
    }
}

fn int(value: u64, span: Span) -> Typed {
    Typed::of(Node::Int(value), Type::U64, span)
}

fn calculated(op: Arith, x: Typed, y: Typed) -> Typed {
    let span = x.span;
    Typed::of(Node::Arith(op, x.into(), y.into()), Type::U64, span)
}

/// `if` as a number, where `family` is `value`.
fn where_family_is(family: &Typed, value: u64, then: u64) -> Typed {
    let span = family.span;
    let value = Typed::of(Node::Int(value), family.ty.clone(), span);
    let same = Node::Compare(Comparison::Eq, family.clone().into(), value.into());
    calculated(Arith::Mul, Typed::of(same, Type::U64, span), int(then, span))
}

/// The bytes of an address of that family; none of any other.
fn len_by(family: &Typed) -> Typed {
    let (four, six) = (where_family_is(family, INET, 4), where_family_is(family, INET6, 16));
    calculated(Arith::Add, four, six)
}

/// The bytes of the `struct sockaddr` at `address`, by the family that it begins with.
fn socket_address_len(address: &Typed, space: Space) -> Typed {
    let member = Member {
        base: address.clone().into(),
        space,
        record: "sockaddr".into(),
        path: "sa_family".into(),
        // The interface to programs has it first, for ever.
        offset: Some(0),
        bits: None,
    };
    let ty = Type::Int(Int::number(16, false));
    let family = Typed::of(Node::Member(member), ty, address.span);
    let (least, more) = SOCKADDR_IN;
    calculated(Arith::Add, int(least, address.span), where_family_is(&family, INET6, more))
}
