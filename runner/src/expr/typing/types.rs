//! Types by name: of casts, of declared arguments, of `task`.

use super::super::ast::TypeName;
use super::super::ty::{Space, Type};
use super::Typer;
use crate::diag::{Code, Diagnostic, Span, chain};
use crate::facts::btf::{Btf, Lookup};

impl<'a> Typer<'a> {
    /// The type that a declaration of an argument names; its pointers point into the hook's space.
    pub fn declared(&self, name: &TypeName) -> Result<Type, Diagnostic> {
        let space = self.scope.space;
        let ty = self.find_type(&name.base, space, name.span)?;
        let pointer = |ty, _| Type::Pointer(Box::new(ty), space);
        Ok((0..name.pointers.min(8)).fold(ty, pointer))
    }

    pub(super) fn find_type(
        &self,
        name: &str,
        space: Space,
        span: Span,
    ) -> Result<Type, Diagnostic> {
        if let Some(own) = self.own
            && let Some(ty) = own.find(name)
        {
            return Ok(own.ty(ty, space));
        }
        if let Some(ty) = Type::named_integer(name) {
            return Ok(ty);
        }
        if name == "void" {
            return Ok(Type::Void);
        }
        let btf = self.btf(span, name)?;
        match btf.find(name) {
            Ok(id) => Ok(Type::from_btf(btf, id, space)),
            Err(fault @ Lookup::Ambiguous { .. }) => Err(ambiguous(span, fault.to_string())),
            Err(fault) => {
                let diagnostic = Diagnostic::error(
                    Code::UnknownType,
                    span,
                    format!("there is no type `{name}`"),
                );
                Err(match fault.nearest() {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic.help("types are named as in C: `struct sock`, `u32`"),
                })
            }
        }
    }

    pub(super) fn btf(&self, span: Span, name: &str) -> Result<&'a Btf, Diagnostic> {
        self.btf.as_ref().map(|btf| *btf).map_err(|_| self.no_types(span, name))
    }

    pub(super) fn no_types(&self, span: Span, name: &str) -> Diagnostic {
        let why = self.btf.as_ref().err().map(|fault| chain(fault)).unwrap_or_default();
        Diagnostic::error(Code::NoTypes, span, format!("`{name}` needs the kernel's types"))
            .note(why)
    }
}

pub(super) fn ambiguous(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(Code::AmbiguousType, span, message)
        .help("the kernel has several; none is taken on a guess")
}
