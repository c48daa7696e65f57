//! Types by name: of casts, of declared arguments, of `task`.

use super::super::ast::TypeName;
use super::super::ty::{EnumId, Space, Type};
use super::Typer;
use crate::cdecl::Types;
use crate::diag::{Code, Diagnostic, Span};
use crate::facts::btf::{Btf, Kind, Lookup, TypeId};

impl<'a> Typer<'a> {
    /// The type that a declaration of an argument names; its pointers point into the hook's space.
    pub fn declared(&self, name: &TypeName) -> Result<Type, Diagnostic> {
        let space = self.scope.space;
        let ty = self.find_type(&name.base, space, name.span)?;
        let pointer = |ty, _| Type::Pointer(Box::new(ty), space);
        Ok((0..name.pointers.min(8)).fold(ty, pointer))
    }

    /// The constants of an enum with their values, in their order.
    pub fn constants(&self, id: EnumId) -> Vec<(String, i128)> {
        match (id, &self.btf, self.own) {
            (EnumId::Kernel(id), Ok(btf), _) => {
                btf.enumerators(id).map(|one| (one.name.to_owned(), one.value)).collect()
            }
            (EnumId::Own(index), _, Some(own)) => own.constants(index).to_vec(),
            _ => Vec::new(),
        }
    }

    /// The enums that have constants whose names begin with `prefix`, each with what to call it:
    /// those of the config, or, if it has none, the kernel's, equal ones once.
    pub fn enums(&self, prefix: &str) -> Vec<(String, EnumId)> {
        let begins = |name: &str| name.starts_with(prefix);
        let own = self.own.map(Types::enums).unwrap_or_default().iter().enumerate();
        let own = own.filter(|(_, all)| all.iter().any(|(name, _)| begins(name)));
        let own: Vec<_> =
            own.map(|(index, _)| ("an enum of `types`".to_owned(), EnumId::Own(index))).collect();
        let (true, Ok(btf)) = (own.is_empty(), &self.btf) else { return own };
        let mut found: Vec<TypeId> = Vec::new();
        for id in btf.ids() {
            let is_enum = matches!(btf.kind(id), Some(Kind::Enum { .. } | Kind::Enum64 { .. }));
            if is_enum
                && btf.enumerators(id).any(|one| begins(one.name))
                && !found.iter().any(|other| btf.enumerators(*other).eq(btf.enumerators(id)))
            {
                found.push(id);
            }
        }
        let named = |id| match btf.kind(id) {
            Some(Kind::Enum { name: "", .. } | Kind::Enum64 { name: "", .. }) => {
                "an enum without a name".to_owned()
            }
            _ => format!("`{}`", btf.type_name(id)),
        };
        found.into_iter().map(|id| (named(id), EnumId::Kernel(id))).collect()
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

/// The fault and what led to it, on one line.
fn chain(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(fault) = cause {
        text.push_str(&format!(": {fault}"));
        cause = fault.source();
    }
    text
}
