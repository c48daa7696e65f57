//! C declarations: `struct`, `union`, `enum` and `typedef`, with attributes `packed` and `aligned`.
//!
//! In: the text. Out: [`Types`], or the first fault. A file for each form of declaration.

mod attributes;
mod basic;
mod declarator;
mod enumeration;
mod record;

use std::ops::Range;

use super::layout::{Attributes, size_of};
use super::lex::{Kind, Token, lex};
use super::{CType, Fault, Types};
use crate::expr::Type;
use basic::basic;

/// Bound on everything that nests.
const DEPTH_MAX: u32 = 64;
/// Members and types of one text together.
const PARTS_MAX: usize = 20_000;

/// Parses a text of declarations.
pub fn parse(text: &str) -> Result<Types, Fault> {
    let tokens = lex(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        end: text.len(),
        depth: 0,
        parts: 0,
        brackets: 0,
        open: Vec::new(),
        types: Types::default(),
    };
    while parser.peek().is_some() {
        if !parser.eat(';') {
            parser.declaration()?;
        }
    }
    Ok(parser.types)
}

pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    end: usize,
    depth: u32,
    parts: usize,
    /// Declarators in brackets that are open: each is gone through twice.
    brackets: u32,
    /// Structures whose members are being declared.
    open: Vec<usize>,
    types: Types,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    pub(super) fn next(&mut self) {
        self.next += 1;
    }

    pub(super) fn here(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.end..self.end, |token| token.range.clone())
    }

    pub(super) fn types(&self) -> &Types {
        &self.types
    }

    pub(super) fn enumerator(&self, name: &str) -> Option<i128> {
        self.types.constant(name).map(|(value, _)| value)
    }

    pub(super) fn eat(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Kind::Sign(sign));
        self.next += usize::from(found);
        found
    }

    /// Eats all of the signs if they follow.
    pub(super) fn eat_all(&mut self, signs: &str) -> bool {
        let follows = |(index, sign): (usize, char)| {
            let token = self.tokens.get(self.next + index);
            token.is_some_and(|token| token.kind == Kind::Sign(sign))
        };
        let found = signs.chars().enumerate().all(follows);
        self.next += if found { signs.len() } else { 0 };
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Word(own)) if own == word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn demand(&mut self, sign: char) -> Result<(), Fault> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        let message = match self.peek() {
            None => format!("the declarations end where {expected} should follow"),
            Some(_) => format!("expected {expected}"),
        };
        Fault::new(self.here(), message)
    }

    fn fault<T>(&self, range: Range<usize>, message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::new(range, message))
    }

    /// The fault of `ty`, which has no size.
    fn sizeless<T>(&self, range: Range<usize>, ty: &CType) -> Result<T, Fault> {
        match ty {
            CType::Array(of, _) | CType::Aligned(of, _) => self.sizeless(range, of),
            CType::Record(index) if self.open.contains(index) => {
                let name = match self.types.records[*index].name.as_str() {
                    "" => "a structure without a name".to_owned(),
                    name => format!("`{name}`"),
                };
                let fault = Fault::new(range, format!("{name} would hold itself"));
                Err(Fault { recursive: true, ..fault })
            }
            _ => self.fault(range, "its type has no size: not declared yet, or too large"),
        }
    }

    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => self.fault(self.here(), "this is nested too deeply"),
            false => Ok(()),
        }
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    fn count(&mut self) -> Result<(), Fault> {
        self.parts += 1;
        match self.parts > PARTS_MAX {
            true => self.fault(self.here(), format!("more than {PARTS_MAX} members and types")),
            false => Ok(()),
        }
    }

    fn declaration(&mut self) -> Result<(), Fault> {
        let is_typedef = self.word("typedef");
        let (base, own) = self.specifiers()?;
        if self.eat(';') {
            return Ok(());
        }
        if !is_typedef {
            let message = "only types are declared here; variables and functions are not";
            return self.fault(self.here(), message);
        }
        loop {
            let mut declared = self.declarator(base.clone(), false)?;
            self.count()?;
            if let CType::Record(index) = &declared.ty
                && let Some(record) = self.types.records.get_mut(*index)
                && record.name.is_empty()
            {
                record.name = declared.name.clone();
            }
            // gcc ignores `packed` here.
            let aligned = own.aligned.max(declared.attributes.aligned);
            if aligned > 0 {
                if size_of(&self.types, &declared.ty).is_none() {
                    return self.fault(declared.range, "what has no size cannot be aligned");
                }
                declared.ty = CType::Aligned(Box::new(declared.ty), aligned);
            }
            self.define(declared.name, declared.ty, declared.range)?;
            if !self.eat(',') {
                return self.demand(';');
            }
        }
    }

    fn define(&mut self, name: String, ty: CType, range: Range<usize>) -> Result<(), Fault> {
        match self.types.names.insert(name.clone(), ty.clone()) {
            Some(before) if before != ty => {
                self.fault(range, format!("`{name}` is declared twice, and differently"))
            }
            _ => Ok(()),
        }
    }

    /// A type without a name, as in `sizeof(type)`.
    pub(super) fn type_name(&mut self) -> Result<CType, Fault> {
        let (base, _) = self.specifiers()?;
        Ok(self.declarator(base, true)?.ty)
    }

    /// What stands before the declarators.
    fn specifiers(&mut self) -> Result<(CType, Attributes), Fault> {
        let start = self.here();
        let mut words: Vec<String> = Vec::new();
        let mut found: Option<CType> = None;
        let mut attributes = Attributes::default();
        loop {
            attributes = self.attributes(attributes)?;
            let Some(Kind::Word(word)) = self.peek().cloned() else { break };
            match word.as_str() {
                "const" | "volatile" | "restrict" | "__restrict" | "__extension__" => self.next(),
                "struct" | "union" if found.is_none() && words.is_empty() => {
                    self.next();
                    found = Some(self.record(word == "union")?);
                }
                "enum" if found.is_none() && words.is_empty() => {
                    self.next();
                    found = Some(self.enumeration()?);
                }
                "void" | "char" | "short" | "int" | "long" | "signed" | "unsigned" | "bool"
                | "_Bool" | "float" | "double" | "__int128" | "_Float128" | "__float128"
                    if found.is_none() =>
                {
                    self.next();
                    words.push(word);
                }
                "static" | "extern" | "inline" | "register" | "auto" | "_Thread_local"
                | "_Complex" | "_Atomic" | "typeof" | "__typeof__" | "typedef" => {
                    return self.fault(self.here(), format!("`{word}` has no place here"));
                }
                _ if found.is_none() && words.is_empty() => {
                    found = Some(self.named(&word)?);
                    self.next();
                }
                _ => break,
            }
        }
        match (found, words.is_empty()) {
            (Some(ty), _) => Ok((ty, attributes)),
            (None, true) => Err(self.unexpected("a type")),
            (None, false) => match basic(&words) {
                Some(ty) => Ok((ty, attributes)),
                None => self.fault(start, format!("`{}` is no type", words.join(" "))),
            },
        }
    }

    /// A typedef of this text, or one that everybody has.
    fn named(&self, name: &str) -> Result<CType, Fault> {
        if let Some(ty) = self.types.names.get(name) {
            return Ok(ty.clone());
        }
        match Type::named_integer(name) {
            Some(Type::Int(int)) => Ok(CType::Int(int)),
            _ => self.fault(self.here(), format!("there is no type `{name}` here")),
        }
    }
}
