//! Types within expressions: of casts, of `sizeof` and `exists`, and of declared arguments.

use super::ast::{Derivation, Expr, ExprKind, TypeName};
use super::lex::TokenKind;
use super::parse::Parser;
use crate::diag::{Code, Diagnostic};

/// Words that begin a type and can begin nothing else.
const TYPE_WORDS: &[&str] = &[
    "struct", "union", "enum", "const", "volatile", "unsigned", "signed", "char", "short", "int",
    "long", "void", "bool", "_Bool",
];

/// Pointers, arrays and functions that one type may be made of.
const DERIVATIONS_MAX: usize = 16;

impl Parser<'_> {
    /// Whether `(` opens a cast: a type and `)` follow, and then an operand.
    pub(super) fn cast_follows(&self) -> bool {
        let kind = |at: usize| self.tokens.get(at).map(|token| &token.kind);
        let punct = |at: usize, sign| kind(at) == Some(&TokenKind::Punct(sign));
        let Some(TokenKind::Name(first)) = kind(self.next + 1) else { return false };
        if TYPE_WORDS.contains(&first.as_str()) {
            return true;
        }
        let after = self.next + 2;
        // Of `(x *)` and `(x (*` only a type can be the beginning.
        if punct(after, "(") && punct(after + 1, "*") && self.stars_end(after + 1, ")") {
            return true;
        }
        if punct(after, "*") {
            return self.stars_end(after, ")");
        }
        if !punct(after, ")") {
            return false;
        }
        match kind(after + 1) {
            Some(TokenKind::Punct("(" | "!" | "~")) => true,
            // `(x) - 1` subtracts unless `x` is plainly a type.
            Some(TokenKind::Punct("-" | "+" | "*" | "&")) => integer_typedef(first),
            Some(TokenKind::Punct("$")) => true,
            Some(TokenKind::Punct(_)) | None => false,
            Some(_) => true,
        }
    }

    /// Whether `end` follows the row of `*` at `at`.
    fn stars_end(&self, at: usize, end: &'static str) -> bool {
        let rest = self.tokens.get(at..).unwrap_or_default();
        let mut rest = rest.iter().skip_while(|token| token.kind == TokenKind::Punct("*"));
        rest.next().is_some_and(|token| token.kind == TokenKind::Punct(end))
    }

    pub(super) fn cast(&mut self) -> Result<Expr, Diagnostic> {
        let start = self.demand("(")?;
        let name = self.type_name()?;
        self.demand(")")?;
        let operand = self.unary()?;
        let span = start.to(operand.span);
        self.node(ExprKind::Cast(name, operand.into()), span)
    }

    /// `sizeof(type)` or `sizeof x`. A lone name may be either; typing tells.
    pub(super) fn sizeof(&mut self) -> Result<Expr, Diagnostic> {
        let start = self.here();
        self.next += 1;
        let opens = matches!(self.peek(), Some(TokenKind::Punct("(")));
        if opens && self.type_follows(self.next + 1) {
            self.next += 1;
            let operand = self.value_or_type()?;
            let span = start.to(self.demand(")")?);
            return self.node(ExprKind::Sizeof(operand.into()), span);
        }
        let operand = self.unary()?;
        let span = start.to(operand.span);
        self.node(ExprKind::Sizeof(operand.into()), span)
    }

    /// Whether what begins at the token `at` can only be a type.
    fn type_follows(&self, at: usize) -> bool {
        let kind = |at: usize| self.tokens.get(at).map(|token| &token.kind);
        match kind(at) {
            Some(TokenKind::Name(word)) if TYPE_WORDS.contains(&word.as_str()) => true,
            Some(TokenKind::Name(_)) if kind(at + 1) == Some(&TokenKind::Punct("*")) => {
                ["]", ")", "["].iter().any(|end| self.stars_end(at + 1, end))
            }
            _ => false,
        }
    }

    /// An argument of a call, of which some take types.
    pub(super) fn value_or_type(&mut self) -> Result<Expr, Diagnostic> {
        if !self.type_follows(self.next) {
            return self.expression();
        }
        let name = self.type_name()?;
        let span = name.span;
        self.node(ExprKind::Type(name), span)
    }

    pub(super) fn type_name(&mut self) -> Result<TypeName, Diagnostic> {
        let mut span = self.here();
        let mut words: Vec<String> = Vec::new();
        loop {
            let here = self.here();
            match self.peek() {
                Some(TokenKind::Name(word)) if is_qualifier(word) => {}
                Some(TokenKind::Name(word)) => words.push(word.clone()),
                _ => break,
            }
            span = span.to(here);
            self.next += 1;
        }
        if words.is_empty() {
            return Err(self.unexpected("a type"));
        }
        let first = self.next;
        let derivations = self.declarator()?;
        if self.next > first {
            span = span.to(self.before());
        }
        Ok(TypeName { base: words.join(" "), derivations, span })
    }

    /// A declarator without a name: `*`, `[4]`, `(*)(int)`.
    fn declarator(&mut self) -> Result<Vec<Derivation>, Diagnostic> {
        self.enter()?;
        let start = self.here();
        let mut all = Vec::new();
        loop {
            match self.peek() {
                Some(TokenKind::Punct("*")) => all.push(Derivation::Pointer),
                Some(TokenKind::Name(word)) if is_qualifier(word) => {}
                _ => break,
            }
            self.next += 1;
        }
        let mut inner = Vec::new();
        let opens = matches!(self.peek(), Some(TokenKind::Punct("(")));
        let star = self.tokens.get(self.next + 1).map(|token| &token.kind);
        if opens && star == Some(&TokenKind::Punct("*")) {
            self.next += 1;
            inner = self.declarator()?;
            self.demand(")")?;
        }
        let mut suffixes = Vec::new();
        loop {
            if self.eat("[") {
                suffixes.push(Derivation::Array(self.length()?));
                self.demand("]")?;
            } else if self.eat("(") {
                self.skip_parameters()?;
                suffixes.push(Derivation::Function);
            } else {
                break;
            }
        }
        // The suffix next to the name is the outermost.
        all.extend(suffixes.into_iter().rev().chain(inner));
        if all.len() > DERIVATIONS_MAX {
            let message = format!("a type has at most {DERIVATIONS_MAX} pointers and arrays");
            return Err(Diagnostic::error(Code::ExprSyntax, start.to(self.before()), message));
        }
        self.leave();
        Ok(all)
    }

    fn length(&mut self) -> Result<u32, Diagnostic> {
        match self.peek() {
            Some(TokenKind::Int { value, .. }) if *value <= u64::from(u32::MAX) => {
                let value = *value as u32;
                self.next += 1;
                Ok(value)
            }
            _ => Err(self.unexpected("the length of an array")),
        }
    }

    /// Up to the `)` that belongs to the `(` before.
    fn skip_parameters(&mut self) -> Result<(), Diagnostic> {
        let mut open = 1;
        while open > 0 {
            match self.peek() {
                None => return Err(self.unexpected("`)`")),
                Some(TokenKind::Punct("(")) => open += 1,
                Some(TokenKind::Punct(")")) => open -= 1,
                Some(_) => {}
            }
            self.next += 1;
        }
        Ok(())
    }
}

fn is_qualifier(word: &str) -> bool {
    matches!(word, "const" | "volatile" | "restrict" | "__restrict")
}

/// Kernel and C99 names of integers: `u32`, `__s64`, `size_t`, `uint8_t`.
fn integer_typedef(name: &str) -> bool {
    let bare = name.trim_start_matches('_');
    name.ends_with("_t")
        || (bare.starts_with(['u', 's']) && ["8", "16", "32", "64"].contains(&&bare[1..]))
}
