//! Numbers that are not read: constants of enums, and `sizeof`.

use super::super::ast::{Derivation, Expr, ExprKind, TypeName};
use super::super::ty::{Int, Type};
use super::super::typed::{Asked, Node, Question, Typed};
use super::Typer;
use crate::diag::{Code, Diagnostic, Span};
use crate::facts::btf::{Btf, Kind, Lookup, TypeId};
use crate::facts::uapi;

impl Typer<'_> {
    /// The constant `name`: of an enum of the config's own, else of the kernel's, else of the
    /// interface to programs.
    pub(super) fn constant(&self, name: &str, span: Span) -> Result<Option<Typed>, Diagnostic> {
        let of_enum = self.enum_constant(name, span)?;
        Ok(of_enum.or_else(|| {
            let value = uapi::constant(name, self.arch)?;
            // As C types a literal of that value.
            let ty = match (i32::try_from(value), u32::try_from(value)) {
                (Ok(_), _) => Int::number(32, true),
                (_, Ok(_)) => Int::number(32, false),
                _ => Int::number(64, true),
            };
            Some(Typed::of(Node::Int(value as u64), Type::Int(ty), span))
        }))
    }

    fn enum_constant(&self, name: &str, span: Span) -> Result<Option<Typed>, Diagnostic> {
        if let Some((value, of)) = self.own.and_then(|own| own.constant(name)) {
            let ty = Type::Int(constant_type(value, of));
            return Ok(Some(Typed::of(Node::Int(value as u64), ty, span)));
        }
        let Ok(btf) = self.btf.as_ref() else { return Ok(None) };
        let (id, value) = match btf.enum_constant(name) {
            Ok(None) => return Ok(None),
            Ok(Some(found)) => found,
            Err(fault) => return Err(several_values(btf, name, &fault, span)),
        };
        let of = match btf.kind(id) {
            Some(Kind::Enum64 { signed, .. }) => Int::number(64, signed),
            Some(Kind::Enum { signed, .. }) => Int::number(32, signed),
            _ => Int::number(32, true),
        };
        let ty = Type::Int(constant_type(value, of));
        let question = Question::EnumValue(enum_name(btf, id), name.to_owned());
        let node = Node::Asked(Asked { question, here: value as u64 });
        Ok(Some(Typed::of(node, ty, span)))
    }

    /// `sizeof x`, where `x` is a value or a type.
    pub(super) fn sizeof(&self, x: &Expr, span: Span) -> Result<Typed, Diagnostic> {
        let size = match &x.kind {
            ExprKind::Type(name) => {
                self.size_of(&self.type_of(name, self.scope.space)?, name.span)?
            }
            ExprKind::Text(bytes) => {
                let size = bytes.len() as u64 + 1;
                Typed::of(Node::Int(size), Type::U64, span)
            }
            _ => match (self.expr(x), as_type(x)) {
                (Ok(typed), _) => self.size_of_value(&typed, x.span)?,
                (Err(fault), Some(name)) if fault.code == Code::UnknownName => {
                    let ty = self.type_of(&name, self.scope.space).map_err(|_| fault)?;
                    self.size_of(&ty, name.span)?
                }
                (Err(fault), _) => return Err(fault),
            },
        };
        Ok(Typed { span, ..size })
    }
}

/// C11 6.7.2.2: a constant is an `int`; gcc gives one that does not fit the type of its enum.
fn constant_type(value: i128, of: Int) -> Int {
    match i32::try_from(value) {
        Ok(_) => Int::number(32, true),
        Err(_) => Int::number(of.bits, of.signed),
    }
}

/// The name that asks the kernel for `id`; `_` where there is none that means it alone.
fn enum_name(btf: &Btf, id: TypeId) -> String {
    match btf.kind(id) {
        Some(Kind::Enum { name, .. } | Kind::Enum64 { name, .. })
            if !name.is_empty() && btf.find(&format!("enum {name}")) == Ok(id) =>
        {
            name.to_owned()
        }
        _ => "_".to_owned(),
    }
}

fn several_values(btf: &Btf, name: &str, fault: &Lookup, span: Span) -> Diagnostic {
    let message = format!("several enums of the kernel have a constant `{name}`, and they differ");
    let mut diagnostic = Diagnostic::error(Code::AmbiguousType, span, message);
    if let Lookup::Ambiguous { ids, .. } = fault {
        for id in ids {
            let constant = btf.enumerators(*id).find(|constant| constant.name == name);
            if let Some(constant) = constant {
                let ty = btf.type_name(*id);
                diagnostic = diagnostic.note(format!("in `{ty}` it is {}", constant.value));
            }
        }
    }
    diagnostic.help("write the number that is meant")
}

/// `name`, or `name[3]`, as a type: what stands in `sizeof` may be either.
fn as_type(x: &Expr) -> Option<TypeName> {
    match &x.kind {
        ExprKind::Name(name) => {
            Some(TypeName { base: name.clone(), derivations: Vec::new(), span: x.span })
        }
        ExprKind::Index(of, length) => {
            let mut name = as_type(of)?;
            let ExprKind::Int { value, .. } = length.kind else { return None };
            // Of `x[2][3]` the first is the outermost.
            name.derivations.insert(0, Derivation::Array(u32::try_from(value).ok()?));
            Some(TypeName { span: x.span, ..name })
        }
        _ => None,
    }
}
