//! Structures and unions: their members, one after another, as they are laid out.

use std::ops::Range;

use super::declarator::Declared;
use super::{Kind, Parser};
use crate::cdecl::layout::{Attributes, Layout, SIZE_MAX, size_of};
use crate::cdecl::{CType, Fault, Member, Struct};
use crate::expr::Style;

impl Parser<'_> {
    /// Behind `struct` or `union`.
    pub(super) fn record(&mut self, is_union: bool) -> Result<CType, Fault> {
        self.enter()?;
        let mut attributes = self.attributes(Attributes::default())?;
        let keyword = if is_union { "union" } else { "struct" };
        let range = self.here();
        let tag = match self.peek().cloned() {
            Some(Kind::Word(tag)) => {
                self.next();
                Some(format!("{keyword} {tag}"))
            }
            _ => None,
        };
        let index = match tag.as_ref().and_then(|tag| self.types.names.get(tag)) {
            Some(CType::Record(index)) => *index,
            _ => {
                self.count()?;
                let index = self.types.records.len();
                let name = tag.clone().unwrap_or_default();
                self.types.records.push(Struct {
                    name,
                    is_union,
                    size: 0,
                    align: 1,
                    members: Vec::new(),
                    complete: false,
                });
                if let Some(tag) = &tag {
                    self.types.names.insert(tag.clone(), CType::Record(index));
                }
                index
            }
        };
        if !self.eat('{') {
            if tag.is_none() {
                return Err(self.unexpected("a name or `{`"));
            }
            self.leave();
            return Ok(CType::Record(index));
        }
        if self.types.records[index].complete {
            let tag = tag.unwrap_or_default();
            return self.fault(range, format!("`{tag}` is declared twice"));
        }
        // Attributes behind the brace count for the members before them.
        attributes = self.attributes_behind(attributes)?;
        let mut layout = Layout::new(is_union, attributes.packed);
        let mut members = Vec::new();
        self.open.push(index);
        while !self.eat('}') {
            self.members(&mut layout, &mut members)?;
        }
        self.open.pop();
        self.attributes(Attributes::default())?;
        let (size, align) = layout.finish(attributes.aligned);
        let record = &mut self.types.records[index];
        (record.size, record.align, record.members, record.complete) = (size, align, members, true);
        self.leave();
        Ok(CType::Record(index))
    }

    /// The attributes behind the `}` that closes the braces which are open here.
    fn attributes_behind(&mut self, before: Attributes) -> Result<Attributes, Fault> {
        let start = self.next;
        let mut open = 1;
        while open > 0 {
            match self.peek() {
                None => return Err(self.unexpected("`}`")),
                Some(Kind::Sign('{')) => open += 1,
                Some(Kind::Sign('}')) => open -= 1,
                _ => {}
            }
            self.next();
        }
        let all = self.attributes(before);
        self.next = start;
        all
    }

    /// One declaration of members.
    fn members(&mut self, layout: &mut Layout, members: &mut Vec<Member>) -> Result<(), Fault> {
        let start = self.here();
        let (base, own) = self.specifiers()?;
        if self.eat(';') {
            return match &base {
                CType::Record(index) if self.types.records[*index].name.is_empty() => {
                    self.place(layout, members, String::new(), base.clone(), own, start)
                }
                _ => self.fault(start, "this declares no member"),
            };
        }
        loop {
            if self.eat(':') {
                self.bitfield(layout, members, String::new(), base.clone(), own, start.clone())?;
            } else {
                let declared = self.declarator(base.clone(), false)?;
                let Declared { name, ty, range, attributes } = declared;
                if members.iter().any(|member| member.name == name) {
                    return self.fault(range, format!("two members are called `{name}`"));
                }
                let own = own.with(attributes);
                if self.eat(':') {
                    self.bitfield(layout, members, name, ty, own, range)?;
                } else {
                    self.place(layout, members, name, ty, own, range)?;
                }
            }
            if !self.eat(',') {
                return self.demand(';');
            }
        }
    }

    fn place(
        &mut self,
        layout: &mut Layout,
        members: &mut Vec<Member>,
        name: String,
        ty: CType,
        own: Attributes,
        range: Range<usize>,
    ) -> Result<(), Fault> {
        self.count()?;
        let Some((size, align)) = size_of(&self.types, &ty) else {
            return self.sizeless(range, &ty);
        };
        match layout.member(size, align, own) {
            Some(offset) => {
                members.push(Member::whole(name, ty, offset));
                Ok(())
            }
            None => self.fault(range, format!("more than {SIZE_MAX} bytes")),
        }
    }

    fn bitfield(
        &mut self,
        layout: &mut Layout,
        members: &mut Vec<Member>,
        name: String,
        ty: CType,
        before: Attributes,
        range: Range<usize>,
    ) -> Result<(), Fault> {
        self.count()?;
        let CType::Int(int) = ty else { return self.fault(range, "a bitfield is an integer") };
        let at = self.here();
        let width = self.constant()?;
        let widest = if int.style == Style::Bool { 1 } else { i128::from(int.bits) };
        let least = i128::from(!name.is_empty());
        if !(least..=widest).contains(&width) {
            return self.fault(at, format!("the width of a bitfield here is {least} to {widest}"));
        }
        let own = self.attributes(before)?;
        let size = u64::from(int.bits / 8);
        let start = layout.bitfield(width as u32, size, !name.is_empty(), own);
        if name.is_empty() {
            return Ok(());
        }
        let (offset, first) = (start / 8, (start % 8) as u32);
        members.push(Member { name, ty, offset, bits: Some((first, width as u32)) });
        Ok(())
    }
}
