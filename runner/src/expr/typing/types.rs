//! Types by name: of casts, of declared arguments, of `task`.

use super::super::ast::{Derivation, TypeName};
use super::super::ty::{EnumId, Space, Type};
use super::super::typed::Question;
use super::Typer;
use crate::cdecl::Types;
use crate::diag::{Code, Diagnostic, Span, chain, nearest};
use crate::facts::btf::{Btf, Kind, Lookup, TypeId};
use crate::facts::uapi;

/// Definitions of one name that a message lists, and members of each.
const DEFINITIONS: usize = 4;
const MEMBERS: usize = 4;

impl<'a> Typer<'a> {
    /// The type that a declaration of an argument names; its pointers point into the hook's space.
    pub fn declared(&self, name: &TypeName) -> Result<Type, Diagnostic> {
        self.type_of(name, self.scope.space)
    }

    /// The type `name`; its pointers point into `space`.
    pub(super) fn type_of(&self, name: &TypeName, space: Space) -> Result<Type, Diagnostic> {
        let base = self.find_type(&name.base, space, name.span)?;
        let derive = |ty: Type, derivation: &Derivation| match derivation {
            Derivation::Pointer => Type::Pointer(Box::new(ty), space),
            Derivation::Array(len) => Type::Array(Box::new(ty), *len),
            Derivation::Function => Type::Opaque(format!("{} (\u{2026})", self.c_name(&ty))),
        };
        Ok(name.derivations.iter().fold(base, derive))
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
            Err(fault @ Lookup::Ambiguous { .. }) => Err(self.ambiguous(&fault, span)),
            Err(fault) => {
                let message = format!("there is no type `{name}`");
                let diagnostic = Diagnostic::error(Code::UnknownType, span, message);
                let diagnostic = self.absent(Question::TypeExists(name.to_owned()), diagnostic);
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

    /// The fault of something that this kernel lacks and another may have; `question` asks for it.
    pub(super) fn absent(&self, question: Question, fault: Diagnostic) -> Diagnostic {
        *self.missing.borrow_mut() = Some(question);
        fault.of_this_kernel()
    }

    /// The fault of a name that several types have, with how each begins.
    pub(super) fn ambiguous(&self, fault: &Lookup, span: Span) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(Code::AmbiguousType, span, fault.to_string())
            .help("the kernel has several; none is taken on a guess");
        let (Lookup::Ambiguous { ids, .. }, Ok(btf)) = (fault, self.btf.as_ref()) else {
            return diagnostic;
        };
        for id in ids.iter().take(DEFINITIONS) {
            diagnostic = diagnostic.note(definition(btf, *id));
        }
        match ids.len().saturating_sub(DEFINITIONS) {
            0 => diagnostic,
            more => diagnostic.note(format!("and {more} more")),
        }
    }

    /// The constant whose name is nearest to `name`.
    pub(super) fn nearest_constant(&self, name: &str) -> Option<String> {
        // Constants are written in capitals; other names are other things misspelt.
        let capital = name.chars().all(|c| !c.is_lowercase());
        if !capital {
            return None;
        }
        let enumerators = |btf: &'a Btf| {
            let enums = btf.ids().flat_map(|id| match btf.kind(id) {
                Some(Kind::Enum { .. } | Kind::Enum64 { .. }) => btf.enumerators(id).collect(),
                _ => Vec::new(),
            });
            enums.map(|constant| constant.name)
        };
        let usual: Vec<String> = uapi::constants(self.arch).map(|(name, _)| name).collect();
        let all = self.btf.as_ref().ok().into_iter().flat_map(|btf| enumerators(btf));
        nearest(name, all.chain(usual.iter().map(String::as_str))).map(str::to_owned)
    }

    pub(super) fn no_types(&self, span: Span, name: &str) -> Diagnostic {
        let why = self.btf.as_ref().err().map(|fault| chain(fault)).unwrap_or_default();
        Diagnostic::error(Code::NoTypes, span, format!("`{name}` needs the kernel's types"))
            .note(why)
    }
}

/// How a type is defined, in a line: `struct twice of 8 bytes: x (long)`.
fn definition(btf: &Btf, id: TypeId) -> String {
    let mut text = format!("`{}`", btf.type_name(id));
    if let Some(Kind::Typedef { to, .. }) = btf.kind(id) {
        text.push_str(&format!(" for `{}`", btf.type_name(to)));
    }
    if let Some(size) = btf.size_of(id) {
        text.push_str(&format!(" of {size} bytes"));
    }
    let members = btf.named_members(id);
    let shown = members.iter().take(MEMBERS);
    let shown: Vec<_> =
        shown.map(|member| format!("{} ({})", member.name, btf.type_name(member.ty))).collect();
    if !shown.is_empty() {
        let tail = if members.len() > MEMBERS { ", \u{2026}" } else { "" };
        text.push_str(&format!(": {}{tail}", shown.join(", ")));
    }
    text
}
