//! Enums: their constants, and the integer type that holds them.

use super::{Kind, Parser};
use crate::cdecl::layout::Attributes;
use crate::cdecl::{CType, Fault};
use crate::expr::{EnumId, Int, Style};

impl Parser<'_> {
    /// Behind `enum`.
    pub(super) fn enumeration(&mut self) -> Result<CType, Fault> {
        let range = self.here();
        let before = self.attributes(Attributes::default())?;
        let tag = match self.peek().cloned() {
            Some(Kind::Word(tag)) => {
                self.next();
                Some(format!("enum {tag}"))
            }
            _ => None,
        };
        if !self.eat('{') {
            let known = tag.as_ref().and_then(|tag| self.types.names.get(tag));
            return match (known, tag.as_ref()) {
                (Some(ty), _) => Ok(ty.clone()),
                (None, Some(tag)) => self.fault(range, format!("there is no `{tag}` here")),
                (None, None) => Err(self.unexpected("a name or `{`")),
            };
        }
        let (mut least, mut greatest, mut value) = (0, 0, -1);
        let mut constants = Vec::new();
        while !self.eat('}') {
            self.count()?;
            let at = self.here();
            let Some(Kind::Word(name)) = self.peek().cloned() else {
                return Err(self.unexpected("a name"));
            };
            self.next();
            value = if self.eat('=') { self.constant()? } else { value + 1 };
            if i64::try_from(value).is_err() && u64::try_from(value).is_err() {
                return self.fault(at, "its value does not fit");
            }
            (least, greatest) = (least.min(value), greatest.max(value));
            let int = Int::number(32, true);
            let known = self.types.constants.insert(name.clone(), (value, int));
            if known.is_some_and(|(known, _)| known != value) {
                let message = format!("`{name}` is declared twice, and differently");
                return self.fault(at, message);
            }
            constants.push((name, value));
            if !self.eat(',') && self.peek() != Some(&Kind::Sign('}')) {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        let attributes = self.attributes(before)?;
        if attributes.aligned > 0 {
            return self.fault(range, "`aligned` of an enum is not supported; align its members");
        }
        let bits = width(least, greatest, attributes.packed);
        // gcc: a constant that is no `int` has the type of its enum.
        for (name, value) in &constants {
            let ty = Int::number(bits, least < 0);
            self.types.constants.insert(name.clone(), (*value, ty));
        }
        let style = Style::Enum(EnumId::Own(self.types.enums.len()));
        self.types.enums.push(constants);
        let ty = CType::Int(Int { bits, signed: least < 0, style });
        if let Some(tag) = tag {
            self.define(tag, ty.clone(), range)?;
        }
        Ok(ty)
    }
}

/// Bits of the integer type that holds an enum's constants: that of `int` at least, unless it is
/// packed.
fn width(least: i128, greatest: i128, packed: bool) -> u8 {
    let fits = |bits: u8| {
        let half = 1i128 << (bits - 1);
        if least < 0 { least >= -half && greatest < half } else { greatest < 2 * half }
    };
    let widths: &[u8] = if packed { &[8, 16, 32] } else { &[32] };
    widths.iter().copied().find(|bits| fits(*bits)).unwrap_or(64)
}
