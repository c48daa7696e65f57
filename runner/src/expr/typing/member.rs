//! Members of the kernel's structures: `x->name` and `x.name`.

use super::super::ast::{Expr, ExprKind};
use super::super::ty::{Record, RecordId, Space, Type};
use super::super::typed::{Member, Node, Typed};
use super::Typer;
use super::types::ambiguous;
use crate::diag::{Code, Diagnostic, Span, Spanned, one_of};
use crate::facts::btf::{Btf, Kind};

impl Typer<'_> {
    pub(super) fn member(
        &self,
        base: &Expr,
        name: &Spanned<String>,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        if base.kind == ExprKind::Name("args".into())
            && !self.scope.args().iter().any(|arg| arg.name == "args")
        {
            return self.argument(&name.value, name.span, false);
        }
        let base = self.expr(base)?;
        match (&base.ty, &base.node) {
            (Type::Pointer(to, space), _) => match &**to {
                Type::Record(record) => {
                    let (record, space) = (record.clone(), *space);
                    if let RecordId::Own(index) = record.id {
                        return self.own_member(base, index, 0, space, name, span);
                    }
                    self.unambiguous(&record, base.span)?;
                    self.member_of(base, record.clone(), record, String::new(), space, name, span)
                }
                // Without types `task` points at nothing known, and a cast would not help.
                Type::Void if self.btf.is_err() => Err(self.no_types(span, &name.value)),
                Type::Void => Err(self
                    .not_a_structure(&base, name)
                    .help("cast it to what it points at: `((struct sock *)p)->member`")),
                _ => Err(self.not_a_structure(&base, name)),
            },
            (Type::Record(inner), Node::Member(outer)) => {
                let (inner, outer) = (inner.clone(), outer.clone());
                if let RecordId::Own(index) = inner.id {
                    let at = outer.offset.unwrap_or_default();
                    return self.own_member(*outer.base, index, at, outer.space, name, span);
                }
                let root = Record { id: inner.id, name: outer.record.clone() };
                let prefix = format!("{}.", outer.path);
                self.member_of(*outer.base, root, inner, prefix, outer.space, name, span)
            }
            (Type::Int(_), _) => Err(Diagnostic::error(
                Code::NotAPointer,
                base.span,
                format!("this is an integer (`{}`), not a pointer", self.c_name(&base.ty)),
            )
            .help(format!("cast it first: `((struct … *)x)->{}`", name.value))),
            _ => Err(self.not_a_structure(&base, name)),
        }
    }

    fn not_a_structure(&self, base: &Typed, name: &Spanned<String>) -> Diagnostic {
        let ty = self.c_name(&base.ty);
        let message = format!("`{ty}` has no member `{}`: it is not a structure", name.value);
        Diagnostic::error(Code::NotAStructure, base.span, message).label(format!("a `{ty}`"))
    }

    /// `name` in `inner`, which lies at `prefix` in the structure `root` at address `base`.
    #[allow(clippy::too_many_arguments)]
    fn member_of(
        &self,
        base: Typed,
        root: Record,
        inner: Record,
        prefix: String,
        space: Space,
        name: &Spanned<String>,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let btf = self.btf(span, &name.value)?;
        let Some(found) = inner.id.kernel().and_then(|id| btf.member(id, &name.value)) else {
            return Err(unknown_member(btf, &inner, name));
        };
        if root.name.is_empty() {
            return Err(Diagnostic::error(
                Code::Unsupported,
                span,
                "the structure has no name, so the kernel cannot be asked for its layout",
            ));
        }
        if found.bitfield_bits > 0 {
            let message = format!("`{}` is a bitfield; this version cannot read it", name.value);
            return Err(Diagnostic::error(Code::Unsupported, name.span, message));
        }
        // What a pointer in user memory points at is user memory.
        let ty = Type::from_btf(btf, found.ty, space);
        let path = format!("{prefix}{}", name.value);
        let member = Member { base: base.into(), space, record: root.name, path, offset: None };
        Ok(Typed::of(Node::Member(member), ty, span))
    }

    /// Refuses a record that was reached by number and whose name means others, too: at the start,
    /// the kernel is asked by name.
    fn unambiguous(&self, record: &Record, span: Span) -> Result<(), Diagnostic> {
        let (Ok(btf), Some(id)) = (self.btf.as_ref(), record.id.kernel()) else { return Ok(()) };
        if record.name.is_empty() || self.unique.borrow().contains(&id) {
            return Ok(());
        }
        let sort = |id| match btf.kind(btf.strip(id)) {
            Some(Kind::Struct { name, .. }) => Some((false, name)),
            Some(Kind::Union { name, .. }) => Some((true, name)),
            _ => None,
        };
        match btf.find_tag(&record.name) {
            Ok(found) if sort(found) == sort(id) => {
                self.unique.borrow_mut().push(id);
                Ok(())
            }
            Ok(found) => Err(ambiguous(
                span,
                format!(
                    "the kernel has a `{}` and a `{}`",
                    btf.type_name(found),
                    btf.type_name(id)
                ),
            )),
            Err(fault) => Err(ambiguous(span, fault.to_string())),
        }
    }

    pub(super) fn whole_record(&self, record: &Record, span: Span) -> Diagnostic {
        let name = self.c_name(&Type::Record(record.clone()));
        let fault = Diagnostic::error(
            Code::TypeMismatch,
            span,
            format!("this is a whole `{name}`; a field shows one value of it"),
        );
        match (&self.btf, record.id) {
            (_, RecordId::Own(index)) => {
                let names = self.own.map(|own| own.member_names(index)).unwrap_or_default();
                let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
                fault.help(format!("name a member: {}", shortened(&names)))
            }
            (Ok(btf), _) => {
                let members = member_names(btf, record);
                fault.help(format!("name a member: {}", shortened(&members)))
            }
            (Err(_), _) => fault,
        }
    }
}

fn member_names(btf: &Btf, record: &Record) -> Vec<String> {
    let Some(id) = record.id.kernel() else { return Vec::new() };
    btf.named_members(id).iter().map(|member| member.name.to_owned()).collect()
}

fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 30;
    let more = names.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{tail}", names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "))
}

fn unknown_member(btf: &Btf, record: &Record, name: &Spanned<String>) -> Diagnostic {
    let names = member_names(btf, record);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let shown = record.id.kernel().map_or_else(String::new, |id| btf.type_name(id));
    Diagnostic::error(
        Code::UnknownMember,
        name.span,
        format!("`{shown}` has no member `{}`", name.value),
    )
    .help(one_of(&name.value, "its members are", &names))
}
