//! Expression text to a syntax tree: the C subset of the config language, precedence as in C.

use std::ops::Range;

use super::ast::{BinaryOp, Expr, ExprKind, TypeName, UnaryOp};
use super::lex::{Token, TokenKind, lex};
use crate::diag::{Code, Diagnostic, Span, Spanned};

/// Nodes of one expression; it bounds the depth of every recursion over the tree.
const NODES_MAX: usize = 500;

/// Parses one expression. `at` maps a byte range of `text` to its place in the file.
pub fn parse(text: &str, at: &dyn Fn(Range<usize>) -> Span) -> Result<Expr, Diagnostic> {
    let tokens = lex(text)
        .map_err(|fault| Diagnostic::error(Code::ExprSyntax, at(fault.range), fault.message))?;
    let mut parser = Parser { tokens: &tokens, next: 0, nodes: 0, depth: 0, len: text.len(), at };
    let expr = parser.binary(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.unexpected("an operator or the end")),
    }
}

/// Parses the name of a type, such as `struct sock *`.
pub fn parse_type(text: &str, at: &dyn Fn(Range<usize>) -> Span) -> Result<TypeName, Diagnostic> {
    let tokens = lex(text)
        .map_err(|fault| Diagnostic::error(Code::ExprSyntax, at(fault.range), fault.message))?;
    let mut parser = Parser { tokens: &tokens, next: 0, nodes: 0, depth: 0, len: text.len(), at };
    let name = parser.type_name()?;
    match parser.peek() {
        None => Ok(name),
        Some(_) => Err(parser.unexpected("`*` or the end of the type")),
    }
}

/// The value of an integer literal, with or without `-` before it.
pub fn parse_number(text: &str) -> Option<i128> {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |digits| (digits, -1));
    match lex(digits).ok()?.as_slice() {
        [Token { kind: TokenKind::Int { value, .. }, range }] if range.len() == digits.len() => {
            Some(sign * i128::from(*value))
        }
        _ => None,
    }
}

/// Binary operators with their precedence in C, loosest 1.
const BINARY: &[(&str, u8, BinaryOp)] = &[
    ("||", 1, BinaryOp::Or),
    ("&&", 2, BinaryOp::And),
    ("|", 3, BinaryOp::BitOr),
    ("^", 4, BinaryOp::BitXor),
    ("&", 5, BinaryOp::BitAnd),
    ("==", 6, BinaryOp::Eq),
    ("!=", 6, BinaryOp::Ne),
    ("<", 7, BinaryOp::Lt),
    ("<=", 7, BinaryOp::Le),
    (">", 7, BinaryOp::Gt),
    (">=", 7, BinaryOp::Ge),
    ("<<", 8, BinaryOp::Shl),
    (">>", 8, BinaryOp::Shr),
    ("+", 9, BinaryOp::Add),
    ("-", 9, BinaryOp::Sub),
    ("*", 10, BinaryOp::Mul),
    ("/", 10, BinaryOp::Div),
    ("%", 10, BinaryOp::Rem),
];

/// Words that begin a type and can begin nothing else.
const TYPE_WORDS: &[&str] = &[
    "struct", "union", "enum", "const", "volatile", "unsigned", "signed", "char", "short", "int",
    "long", "void", "bool", "_Bool",
];

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    nodes: usize,
    depth: usize,
    len: usize,
    at: &'a dyn Fn(Range<usize>) -> Span,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    /// The place of the next token, or of the end.
    fn here(&self) -> Span {
        (self.at)(match self.tokens.get(self.next) {
            Some(token) => token.range.clone(),
            None => self.len..self.len,
        })
    }

    fn unexpected(&self, expected: &str) -> Diagnostic {
        let message = match self.peek() {
            None => format!("the expression ends where {expected} should follow"),
            Some(TokenKind::Punct("=")) => "`=` would assign; `==` compares".into(),
            Some(TokenKind::Punct("$")) => "this version has no parameters yet".into(),
            Some(_) => format!("expected {expected}"),
        };
        Diagnostic::error(Code::ExprSyntax, self.here(), message)
    }

    fn eat(&mut self, punct: &str) -> bool {
        let found = matches!(self.peek(), Some(TokenKind::Punct(p)) if *p == punct);
        self.next += usize::from(found);
        found
    }

    fn demand(&mut self, punct: &str) -> Result<Span, Diagnostic> {
        let span = self.here();
        if self.eat(punct) { Ok(span) } else { Err(self.unexpected(&format!("`{punct}`"))) }
    }

    fn node(&mut self, kind: ExprKind, span: Span) -> Result<Expr, Diagnostic> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(Diagnostic::error(
                Code::ExprSyntax,
                span,
                format!("the expression has more than {NODES_MAX} parts"),
            )
            .help("several conditions may stand in `where` of variants or of several probes"));
        }
        Ok(Expr { kind, span })
    }

    fn binary(&mut self, least: u8) -> Result<Expr, Diagnostic> {
        let mut left = self.unary()?;
        while let Some(TokenKind::Punct(punct)) = self.peek() {
            let punct = *punct;
            if matches!(punct, "?" | "??") {
                return Err(self.unsupported("a choice with `?`"));
            }
            let Some((_, strength, op)) = BINARY.iter().find(|row| row.0 == punct) else { break };
            if *strength <= least {
                break;
            }
            self.next += 1;
            let right = self.binary(*strength)?;
            let span = left.span.to(right.span);
            left = self.node(ExprKind::Binary(*op, left.into(), right.into()), span)?;
        }
        Ok(left)
    }

    /// Every nesting passes here, so here is where its depth is bounded.
    fn unary(&mut self) -> Result<Expr, Diagnostic> {
        self.depth += 1;
        if self.depth > NODES_MAX / 5 {
            return Err(Diagnostic::error(
                Code::ExprSyntax,
                self.here(),
                "the expression is nested too deeply",
            ));
        }
        let expr = self.unary_inner();
        self.depth -= 1;
        expr
    }

    fn unary_inner(&mut self) -> Result<Expr, Diagnostic> {
        let start = self.here();
        for (punct, op) in [("-", UnaryOp::Neg), ("!", UnaryOp::Not), ("~", UnaryOp::BitNot)] {
            if self.eat(punct) {
                let operand = self.unary()?;
                let span = start.to(operand.span);
                return self.node(ExprKind::Unary(op, operand.into()), span);
            }
        }
        match self.peek() {
            Some(TokenKind::Punct("*")) => return Err(self.unsupported("`*` before a pointer")),
            Some(TokenKind::Punct("&")) => return Err(self.unsupported("`&` before a field")),
            Some(TokenKind::Punct("(")) if self.cast_follows() => return self.cast(),
            _ => {}
        }
        self.postfix()
    }

    fn unsupported(&self, what: &str) -> Diagnostic {
        Diagnostic::error(
            Code::Unsupported,
            self.here(),
            format!("{what} is not in this version's expressions"),
        )
    }

    /// Whether `(` opens a cast: a type and `)` follow, and then an operand.
    fn cast_follows(&self) -> bool {
        let kind = |at: usize| self.tokens.get(at).map(|token| &token.kind);
        let Some(TokenKind::Name(first)) = kind(self.next + 1) else { return false };
        if TYPE_WORDS.contains(&first.as_str()) {
            return true;
        }
        let mut at = self.next + 2;
        let mut stars = 0;
        while kind(at) == Some(&TokenKind::Punct("*")) {
            at += 1;
            stars += 1;
        }
        if kind(at) != Some(&TokenKind::Punct(")")) {
            return false;
        }
        match kind(at + 1) {
            Some(TokenKind::Punct("(" | "!" | "~")) => true,
            // `(x) - 1` subtracts unless `x` is plainly a type.
            Some(TokenKind::Punct("-")) => stars > 0 || integer_typedef(first),
            Some(TokenKind::Punct(_)) | None => false,
            Some(_) => true,
        }
    }

    fn cast(&mut self) -> Result<Expr, Diagnostic> {
        let start = self.demand("(")?;
        let name = self.type_name()?;
        self.demand(")")?;
        let operand = self.unary()?;
        let span = start.to(operand.span);
        self.node(ExprKind::Cast(name, operand.into()), span)
    }

    fn type_name(&mut self) -> Result<TypeName, Diagnostic> {
        let mut span = self.here();
        let mut words: Vec<String> = Vec::new();
        let mut pointers = 0;
        loop {
            let here = self.here();
            match self.peek() {
                Some(TokenKind::Name(word)) if word == "const" || word == "volatile" => {}
                Some(TokenKind::Name(word)) if pointers == 0 => words.push(word.clone()),
                Some(TokenKind::Punct("*")) if !words.is_empty() => pointers += 1,
                _ => break,
            }
            span = span.to(here);
            self.next += 1;
        }
        if words.is_empty() {
            return Err(self.unexpected("a type"));
        }
        Ok(TypeName { base: words.join(" "), pointers, span })
    }

    fn postfix(&mut self) -> Result<Expr, Diagnostic> {
        let mut expr = self.primary()?;
        loop {
            if self.eat("->") || self.eat(".") {
                let span = self.here();
                let Some(TokenKind::Name(name)) = self.peek() else {
                    return Err(self.unexpected("a member's name"));
                };
                let name = Spanned { value: name.clone(), span };
                self.next += 1;
                let span = expr.span.to(span);
                expr = self.node(ExprKind::Member(expr.into(), name), span)?;
            } else if matches!(self.peek(), Some(TokenKind::Punct("["))) {
                return Err(self.unsupported("an index"));
            } else {
                return Ok(expr);
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Diagnostic> {
        let span = self.here();
        let kind = match self.peek() {
            Some(TokenKind::Int { value, unsigned, long, radix }) => {
                literal(*value, *unsigned, *long, *radix)
            }
            Some(TokenKind::Char(byte)) => ExprKind::Char(*byte),
            Some(TokenKind::Text(bytes)) => ExprKind::Text(bytes.clone()),
            Some(TokenKind::Name(name)) => {
                let name = name.clone();
                self.next += 1;
                return match self.peek() {
                    Some(TokenKind::Punct("(")) => self.call(Spanned { value: name, span }),
                    _ => self.node(ExprKind::Name(name), span),
                };
            }
            Some(TokenKind::Punct("(")) => {
                self.next += 1;
                let inner = self.binary(0)?;
                let end = self.demand(")")?;
                return Ok(Expr { span: span.to(end), ..inner });
            }
            _ => return Err(self.unexpected("a name, a literal or `(`")),
        };
        self.next += 1;
        self.node(kind, span)
    }

    fn call(&mut self, function: Spanned<String>) -> Result<Expr, Diagnostic> {
        self.demand("(")?;
        let mut arguments = Vec::new();
        if !matches!(self.peek(), Some(TokenKind::Punct(")"))) {
            arguments.push(self.binary(0)?);
            while self.eat(",") {
                arguments.push(self.binary(0)?);
            }
        }
        let span = function.span.to(self.demand(")")?);
        self.node(ExprKind::Call(function, arguments), span)
    }
}

/// Kernel and C99 names of integers: `u32`, `__s64`, `size_t`, `uint8_t`.
fn integer_typedef(name: &str) -> bool {
    let bare = name.trim_start_matches('_');
    name.ends_with("_t")
        || (bare.starts_with(['u', 's']) && ["8", "16", "32", "64"].contains(&&bare[1..]))
}

/// C11 6.4.4.1: the first type of the list in which the value fits.
fn literal(value: u64, unsigned: bool, long: bool, radix: bool) -> ExprKind {
    let fits = |max: u64| value <= max;
    let (unsigned, long) = match (unsigned, long) {
        (false, false) if fits(i32::MAX as u64) => (false, false),
        (false, false) if radix && fits(u64::from(u32::MAX)) => (true, false),
        (true, false) if fits(u64::from(u32::MAX)) => (true, false),
        (false, _) if fits(i64::MAX as u64) => (false, true),
        _ => (true, true),
    };
    ExprKind::Int { value, unsigned, long }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(text: &str) -> Result<Expr, Diagnostic> {
        parse(text, &|range| Span::new(range.start, range.end))
    }

    /// The tree with every pair of brackets written out.
    fn shown(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Name(name) => name.clone(),
            ExprKind::Int { value, unsigned, long } => {
                let suffix = [(*unsigned, "u"), (*long, "l")];
                let suffix: String =
                    suffix.iter().filter(|(on, _)| *on).map(|(_, letter)| *letter).collect();
                format!("{value}{suffix}")
            }
            ExprKind::Char(byte) => format!("'{}'", *byte as char),
            ExprKind::Text(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
            ExprKind::Unary(op, x) => format!("({op:?} {})", shown(x)),
            ExprKind::Binary(op, x, y) => format!("({} {op:?} {})", shown(x), shown(y)),
            ExprKind::Member(x, name) => format!("{}.{}", shown(x), name.value),
            ExprKind::Cast(name, x) => {
                format!("[{}{}]{}", name.base, "*".repeat(name.pointers as usize), shown(x))
            }
            ExprKind::Call(name, list) => {
                let list: Vec<_> = list.iter().map(shown).collect();
                format!("{}({})", name.value, list.join(", "))
            }
        }
    }

    #[test]
    fn precedence_is_that_of_c() {
        for (text, expected) in [
            ("a + b * c - d", "((a Add (b Mul c)) Sub d)"),
            ("a == 1 && b || !c", "(((a Eq 1) And b) Or (Not c))"),
            ("a & b == c", "(a BitAnd (b Eq c))"),
            ("a << 1 < b", "((a Shl 1) Lt b)"),
            ("-a->b.c", "(Neg a.b.c)"),
            ("(a)", "a"),
            ("(a) - 1", "(a Sub 1)"),
            ("(u32) - 1", "[u32](Neg 1)"),
            ("(struct sock *)x->y", "[struct sock*]x.y"),
            ("((struct sock *)x)->y", "[struct sock*]x.y"),
            ("(const unsigned long *)x", "[unsigned long*]x"),
            ("(pid_t)x + 1", "([pid_t]x Add 1)"),
            ("str(p, 16) == \"a\"", "(str(p, 16) Eq \"a\")"),
            ("0xffffffff", "4294967295u"),
            ("4294967295", "4294967295l"),
            ("18446744073709551615", "18446744073709551615ul"),
        ] {
            assert_eq!(shown(&tree(text).expect(text)), expected, "{text}");
        }
    }

    #[test]
    fn faults_point_at_the_guilty_part() {
        for (text, code, start, end) in [
            ("", Code::ExprSyntax, 0, 0),
            ("a +", Code::ExprSyntax, 3, 3),
            ("a b", Code::ExprSyntax, 2, 3),
            ("(a", Code::ExprSyntax, 2, 2),
            ("a = 1", Code::ExprSyntax, 2, 3),
            ("a->", Code::ExprSyntax, 3, 3),
            ("a # b", Code::ExprSyntax, 2, 3),
            ("f(a,)", Code::ExprSyntax, 4, 5),
            ("(struct)", Code::ExprSyntax, 8, 8),
            ("a ? b : c", Code::Unsupported, 2, 3),
            ("a[1]", Code::Unsupported, 1, 2),
            ("*a", Code::Unsupported, 0, 1),
        ] {
            let fault = tree(text).expect_err(text);
            assert_eq!((fault.code, fault.span), (code, Some(Span::new(start, end))), "{text}");
        }
    }

    #[test]
    fn size_and_depth_are_bounded() {
        for text in ["(".repeat(100_000), "a+".repeat(100_000) + "a", "!".repeat(100_000)] {
            assert_eq!(tree(&text).unwrap_err().code, Code::ExprSyntax);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = tree(&text);
        }

        #[test]
        fn no_row_of_tokens_panics(words in prop::collection::vec(
            prop::sample::select(vec![
                "a", "1", "(", ")", "->", ".", "struct", "*", "-", "!", "==", "\"x\"", "'c'", ",",
                "&&", "u32", "<<", "0x", "[", "?",
            ]), 0..24)) {
            let _ = tree(&words.join(" "));
            let _ = tree(&words.concat());
        }
    }
}
