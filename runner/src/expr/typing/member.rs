//! Members of the kernel's structures: `x->name` and `x.name`.

use super::super::ast::{Expr, ExprKind};
use super::super::scope::ArgPlace;
use super::super::ty::{Record, RecordId, Space, Type};
use super::super::typed::{Arg, Bitfield, Member, Node, Question, Typed};
use super::Typer;
use crate::diag::{self, Code, Diagnostic, Span, Spanned, one_of_typed};
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
        let base = match &base.ty {
            Type::Array(of, _) if matches!(**of, Type::Record(_)) => base.decayed(),
            _ => base,
        };
        match (&base.ty, &base.node) {
            (Type::Pointer(to, space), _) => match &**to {
                Type::Record(record) => {
                    let (record, space) = (record.clone(), *space);
                    self.member_at(base, record, space, name, span)
                }
                Type::PerCpu(_) => Err(self.per_cpu(&base)),
                // Without types `task` points at nothing known, and a cast would not help.
                Type::Void if self.btf.is_err() => Err(self.no_types(span, &name.value)),
                Type::Void => Err(self
                    .not_a_structure(&base, name)
                    .help("cast it to what it points at: `((struct sock *)p)->member`")),
                _ => Err(self.not_a_structure(&base, name)),
            },
            (Type::Record(record), Node::Deref { address, space }) => {
                let (record, space) = (record.clone(), *space);
                self.member_at((**address).clone(), record, space, name, span)
            }
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
            (Type::Record(record), Node::Arg(arg)) => self.part(arg, record, name, span),
            (Type::Int(_), _) => Err(Diagnostic::error(
                Code::NotAPointer,
                base.span,
                format!("this is an integer (`{}`), not a pointer", self.shown(&base)),
            )
            .help(format!("cast it first: `((struct … *)x)->{}`", name.value))),
            _ => Err(self.not_a_structure(&base, name)),
        }
    }

    /// The member `name` of the `record` at the address `base`.
    fn member_at(
        &self,
        base: Typed,
        record: Record,
        space: Space,
        name: &Spanned<String>,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        if let RecordId::Own(index) = record.id {
            return self.own_member(base, index, 0, space, name, span);
        }
        let record = self.defined(&record, base.span)?;
        self.unambiguous(&record, base.span)?;
        self.member_of(base, record.clone(), record, String::new(), space, name, span)
    }

    /// The member `name` of the `record` that is the argument `arg`, by value. The kernel's BTF says
    /// where it is: the convention by which it is passed follows from the same layout.
    fn part(
        &self,
        arg: &Arg,
        record: &Record,
        name: &Spanned<String>,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let btf = self.btf(span, &name.value)?;
        let Some(found) = record.id.kernel().and_then(|id| btf.member(id, &name.value)) else {
            let question = Question::FieldExists(record.name.clone(), name.value.clone());
            return Err(self.absent(question, unknown_member(btf, record, name)));
        };
        let ty = Type::from_btf(btf, found.ty, Space::Kernel);
        let size = match &ty {
            Type::Int(int) => u64::from(int.bits / 8),
            Type::Pointer(..) => 8,
            _ => 0,
        };
        let place = match arg.place {
            ArgPlace::Part { register, offset } => u64::from(register) * 8 + u64::from(offset),
            _ => return Err(self.not_in_registers(arg, name)),
        };
        let at = place + found.bit_offset / 8;
        let whole = at % 8 + size <= 8 && found.bitfield_bits == 0;
        let known = matches!(ty, Type::Int(_) | Type::Pointer(..) | Type::Record(_));
        match u8::try_from(at / 8) {
            Ok(register) if whole && known => {
                let place = ArgPlace::Part { register, offset: (at % 8) as u8 };
                let name = format!("{}.{}", arg.name, name.value);
                Ok(Typed::of(Node::Arg(Arg { name, place }), ty, span))
            }
            _ => Err(self.not_in_registers(arg, name)),
        }
    }

    fn not_in_registers(&self, arg: &Arg, name: &Spanned<String>) -> Diagnostic {
        let message = format!("`{}` cannot be taken out of `{}`", name.value, arg.name);
        Diagnostic::error(Code::Unsupported, name.span, message)
            .note("it is passed by value, of which whole numbers and pointers can be read")
    }

    fn not_a_structure(&self, base: &Typed, name: &Spanned<String>) -> Diagnostic {
        let ty = self.shown(base);
        let message = format!("`{ty}` has no member `{}`: it is not a structure", name.value);
        Diagnostic::error(Code::NotAStructure, base.span, message).label(diag::a(&ty))
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
        let path = format!("{prefix}{}", name.value);
        let Some(found) = inner.id.kernel().and_then(|id| btf.member(id, &name.value)) else {
            let question = Question::FieldExists(root.name, path);
            return Err(self.absent(question, unknown_member(btf, &inner, name)));
        };
        if root.name.is_empty() {
            return Err(Diagnostic::error(
                Code::Unsupported,
                span,
                "the structure has no name, so the kernel cannot be asked for its layout",
            ));
        }
        // What a pointer in user memory points at is user memory.
        let ty = Type::from_btf(btf, found.ty, space);
        let (bits, ty) = match (found.bitfield_bits, ty) {
            (0, ty) => (None, ty),
            (width, Type::Int(int)) => {
                (Some(Bitfield::Asked), Type::Int(int.bitfield(width as u8)))
            }
            (_, ty) => (Some(Bitfield::Asked), ty),
        };
        let record = root.name;
        let member = Member { base: base.into(), space, record, path, offset: None, bits };
        Ok(Typed::of(Node::Member(member), ty, span))
    }

    /// Refuses a record that was reached by number and whose name means others, too: at the start,
    /// the kernel is asked by name.
    pub(super) fn unambiguous(&self, record: &Record, span: Span) -> Result<(), Diagnostic> {
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
            Ok(found) => {
                let (one, other) = (btf.type_name(found), btf.type_name(id));
                let message = format!("the kernel has a `{one}` and a `{other}`");
                Err(Diagnostic::error(Code::AmbiguousType, span, message)
                    .help("at the start the kernel is asked by name, and that means both"))
            }
            Err(fault) => Err(self.ambiguous(&fault, span)),
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
    let members = record.id.kernel().map(|id| btf.named_members(id)).unwrap_or_default();
    let members = members.iter().map(|member| (member.name, btf.type_name(member.ty)));
    let shown = Type::Record(record.clone()).c_name(Some(btf));
    let message = format!("`{shown}` has no member `{}`", name.value);
    Diagnostic::error(Code::UnknownMember, name.span, message).help(one_of_typed(
        &name.value,
        "its members are",
        members,
    ))
}
