//! Attributes of types and members.

use super::{Kind, Parser};
use crate::cdecl::Fault;
use crate::cdecl::layout::Attributes;

impl Parser<'_> {
    /// `__attribute__((packed, aligned(8)))`, as many as follow, added to those `before`.
    pub(super) fn attributes(&mut self, before: Attributes) -> Result<Attributes, Fault> {
        let mut all = before;
        while self.word("__attribute__") || self.word("__attribute") {
            self.demand('(')?;
            self.demand('(')?;
            while !self.eat(')') {
                let range = self.here();
                let Some(Kind::Word(word)) = self.peek().cloned() else {
                    return Err(self.unexpected("an attribute"));
                };
                self.next();
                match word.as_str() {
                    "packed" | "__packed__" => all.packed = true,
                    "aligned" | "__aligned__" => {
                        let mut aligned = 16;
                        if self.eat('(') {
                            aligned = self.constant()?;
                            self.demand(')')?;
                        }
                        let aligned = u64::try_from(aligned).unwrap_or_default();
                        if !aligned.is_power_of_two() || aligned > 1 << 16 {
                            return self.fault(range, "an alignment is a power of two up to 65536");
                        }
                        all.aligned = all.aligned.max(aligned);
                    }
                    other => {
                        let message = format!("the attribute `{other}` is not supported");
                        return self.fault(range, message);
                    }
                }
                self.eat(',');
            }
            self.demand(')')?;
        }
        Ok(all)
    }
}
