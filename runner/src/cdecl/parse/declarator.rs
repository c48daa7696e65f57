//! Declarators: a name among pointers, brackets and arrays, and what that makes of a type.

use std::ops::Range;

use super::{Kind, Parser};
use crate::cdecl::layout::{Attributes, SIZE_MAX, size_of};
use crate::cdecl::{CType, Fault};

/// Pointers to pointers.
const STARS_MAX: u32 = 16;
/// Declarators in brackets within each other.
const BRACKETS_MAX: u32 = 4;

/// A declared name and its type.
pub(super) struct Declared {
    pub name: String,
    pub ty: CType,
    pub range: Range<usize>,
    pub attributes: Attributes,
}

/// The part of a declarator that stands behind its name.
enum Suffix {
    Array(Option<u64>),
    Function,
}

impl Parser<'_> {
    /// Pointers, name and what follows; `abstract` ones have no name.
    pub(super) fn declarator(&mut self, base: CType, is_abstract: bool) -> Result<Declared, Fault> {
        self.enter()?;
        let mut ty = base;
        let mut stars = 0;
        loop {
            if self.eat('*') {
                stars += 1;
                if stars > STARS_MAX {
                    return self.fault(self.here(), "too many pointers");
                }
                ty = CType::Pointer(Box::new(ty));
            } else if !["const", "volatile", "restrict", "__restrict"]
                .iter()
                .any(|word| self.word(word))
            {
                break;
            }
        }
        let range = self.here();
        // `(*name)`: the inner part wraps what the suffixes make.
        let inner = match self.tokens.get(self.next + 1).map(|token| &token.kind) {
            Some(Kind::Sign('*')) if self.peek() == Some(&Kind::Sign('(')) => {
                self.next();
                self.brackets += 1;
                if self.brackets > BRACKETS_MAX {
                    return self.fault(range, "declarators are nested too deeply");
                }
                let start = self.next;
                self.declarator(CType::Void, is_abstract)?;
                self.demand(')')?;
                Some(start)
            }
            _ => None,
        };
        let name = match self.peek().cloned() {
            Some(Kind::Word(name)) if inner.is_none() && !is_abstract => {
                self.next();
                name
            }
            _ if inner.is_some() || is_abstract => String::new(),
            _ => return Err(self.unexpected("a name")),
        };
        let mut suffixes = Vec::new();
        loop {
            if self.eat('[') {
                suffixes.push(Suffix::Array(self.length()?));
            } else if self.eat('(') {
                self.skip_parameters()?;
                suffixes.push(Suffix::Function);
            } else {
                break;
            }
        }
        for suffix in suffixes.into_iter().rev() {
            ty = match suffix {
                Suffix::Function => CType::Function,
                Suffix::Array(len) => {
                    let array = CType::Array(Box::new(ty), len.unwrap_or(0));
                    let sized = size_of(&self.types, &array).is_some();
                    if !sized && inner.is_none() {
                        return self.sizeless(range, &array);
                    }
                    if !sized {
                        return self.fault(range, "its elements have no size, or it is too large");
                    }
                    array
                }
            };
        }
        let attributes = self.attributes(Attributes::default())?;
        let declared = match inner {
            None => Declared { name, ty, range, attributes },
            Some(start) => {
                let end = std::mem::replace(&mut self.next, start);
                let inner = self.declarator(ty, is_abstract)?;
                self.next = end;
                self.brackets -= 1;
                Declared { attributes, ..inner }
            }
        };
        self.leave();
        Ok(declared)
    }

    fn length(&mut self) -> Result<Option<u64>, Fault> {
        if self.eat(']') {
            return Ok(None);
        }
        let range = self.here();
        let length = self.constant()?;
        self.demand(']')?;
        match u64::try_from(length).ok().filter(|length| *length <= SIZE_MAX) {
            Some(length) => Ok(Some(length)),
            None => self.fault(range, format!("{length} is no length of an array")),
        }
    }

    /// Up to the `)` that belongs to the `(` before.
    fn skip_parameters(&mut self) -> Result<(), Fault> {
        let mut open = 1;
        while open > 0 {
            match self.peek() {
                None => return Err(self.unexpected("`)`")),
                Some(Kind::Sign('(')) => open += 1,
                Some(Kind::Sign(')')) => open -= 1,
                _ => {}
            }
            self.next();
        }
        Ok(())
    }
}
