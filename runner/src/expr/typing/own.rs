//! Members of the structures that a config declares itself (`types:`): known offsets, no questions
//! to the kernel.

use super::super::ty::{Space, Type};
use super::super::typed::{Bitfield, Member, Node, Typed};
use super::Typer;
use crate::diag::{Code, Diagnostic, Span, Spanned, one_of_typed};

impl Typer<'_> {
    /// The member `name` of the own record `index`, which lies `at` bytes from the address `base`.
    pub(super) fn own_member(
        &self,
        base: Typed,
        index: usize,
        at: u64,
        space: Space,
        name: &Spanned<String>,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let record = self.own.and_then(|own| Some((own, own.record(index)?)));
        let Some((own, record)) = record else {
            return Err(Diagnostic::error(
                Code::UnknownType,
                span,
                "the structure is not declared",
            ));
        };
        let Some(found) = own.member(index, &name.value) else {
            let message = format!("`{}` has no member `{}`", record.name, name.value);
            let members = own.member_names(index).into_iter().map(|member| {
                let found = own.member(index, member);
                let ty = found.map(|found| own.ty(&found.member.ty, space));
                (member, ty.map(|ty| self.c_name(&ty)).unwrap_or_default())
            });
            let fault = Diagnostic::error(Code::UnknownMember, name.span, message);
            return Err(fault.help(one_of_typed(&name.value, "its members are", members)));
        };
        let member = Member {
            base: base.into(),
            space,
            record: record.name.clone(),
            path: name.value.clone(),
            offset: Some(at.wrapping_add(found.offset)),
            bits: found.member.bits.map(|(first, width)| Bitfield::At(first, width)),
        };
        // What a pointer in user memory points at is user memory.
        let ty = match (own.ty(&found.member.ty, space), found.member.bits) {
            (Type::Int(int), Some((_, width))) => Type::Int(int.bitfield(width as u8)),
            (ty, _) => ty,
        };
        Ok(Typed::of(Node::Member(member), ty, span))
    }
}
