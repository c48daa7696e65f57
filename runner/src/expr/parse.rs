//! Expression text to a syntax tree: the C subset of the config language, precedence as in C.

use std::ops::Range;

use super::ast::{BinaryOp, Expr, ExprKind, TypeName, UnaryOp};
use super::lex::{Token, TokenKind, lex};
use crate::diag::{Code, Diagnostic, Span, Spanned};

/// Nodes of one expression; it bounds the depth of every recursion over the tree.
const NODES_MAX: usize = 500;
/// Levels of nesting while parsing; a pair of brackets takes three.
const DEPTH_MAX: usize = 300;

/// Parses one expression. `at` maps a byte range of `text` to its place in the file.
pub fn parse(text: &str, at: &dyn Fn(Range<usize>) -> Span) -> Result<Expr, Diagnostic> {
    let tokens = lex(text)
        .map_err(|fault| Diagnostic::error(Code::ExprSyntax, at(fault.range), fault.message))?;
    let mut parser = Parser { tokens: &tokens, next: 0, nodes: 0, depth: 0, len: text.len(), at };
    let expr = parser.expression()?;
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

/// Operators before their operand.
const UNARY: &[(&str, UnaryOp)] = &[
    ("-", UnaryOp::Neg),
    ("!", UnaryOp::Not),
    ("~", UnaryOp::BitNot),
    ("+", UnaryOp::Plus),
    ("*", UnaryOp::Deref),
    ("&", UnaryOp::Address),
];

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
    ("~", 6, BinaryOp::Fits),
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

pub(super) struct Parser<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) next: usize,
    nodes: usize,
    depth: usize,
    len: usize,
    at: &'a dyn Fn(Range<usize>) -> Span,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    /// The place of the next token, or of the end.
    pub(super) fn here(&self) -> Span {
        (self.at)(match self.tokens.get(self.next) {
            Some(token) => token.range.clone(),
            None => self.len..self.len,
        })
    }

    /// The place of the token before the next.
    pub(super) fn before(&self) -> Span {
        let last = self.next.checked_sub(1).and_then(|last| self.tokens.get(last));
        last.map_or_else(|| self.here(), |token| (self.at)(token.range.clone()))
    }

    pub(super) fn unexpected(&self, expected: &str) -> Diagnostic {
        let message = match self.peek() {
            None => format!("the expression ends where {expected} should follow"),
            Some(TokenKind::Punct("=")) => "`=` would assign; `==` compares".into(),
            Some(TokenKind::Punct("$")) => {
                format!("expected {expected}; a parameter is written `$name`")
            }
            Some(_) => format!("expected {expected}"),
        };
        Diagnostic::error(Code::ExprSyntax, self.here(), message)
    }

    pub(super) fn eat(&mut self, punct: &str) -> bool {
        let found = matches!(self.peek(), Some(TokenKind::Punct(p)) if *p == punct);
        self.next += usize::from(found);
        found
    }

    pub(super) fn demand(&mut self, punct: &str) -> Result<Span, Diagnostic> {
        let span = self.here();
        if self.eat(punct) { Ok(span) } else { Err(self.unexpected(&format!("`{punct}`"))) }
    }

    pub(super) fn node(&mut self, kind: ExprKind, span: Span) -> Result<Expr, Diagnostic> {
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

    /// A whole expression: the loosest operators are `?:` and, within it, `??`.
    pub(super) fn expression(&mut self) -> Result<Expr, Diagnostic> {
        self.enter()?;
        let mut expr = self.either()?;
        if self.eat("?") {
            let yes = self.expression()?;
            self.demand(":")?;
            let no = self.expression()?;
            let span = expr.span.to(no.span);
            let kind = ExprKind::Conditional(expr.into(), yes.into(), no.into());
            expr = self.node(kind, span)?;
        }
        self.leave();
        Ok(expr)
    }

    fn either(&mut self) -> Result<Expr, Diagnostic> {
        self.enter()?;
        let mut expr = self.binary(0)?;
        if self.eat("??") {
            let other = self.either()?;
            let span = expr.span.to(other.span);
            expr = self.node(ExprKind::Either(expr.into(), other.into()), span)?;
        }
        self.leave();
        Ok(expr)
    }

    fn binary(&mut self, least: u8) -> Result<Expr, Diagnostic> {
        let mut left = self.unary()?;
        while let Some(TokenKind::Punct(punct)) = self.peek() {
            let punct = *punct;
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

    /// Everything that nests passes here on its way in, so here is where its depth is bounded.
    pub(super) fn enter(&mut self) -> Result<(), Diagnostic> {
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => Err(Diagnostic::error(
                Code::ExprSyntax,
                self.here(),
                "the expression is nested too deeply",
            )),
            false => Ok(()),
        }
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn unary(&mut self) -> Result<Expr, Diagnostic> {
        self.enter()?;
        let expr = self.unary_inner();
        self.leave();
        expr
    }

    fn unary_inner(&mut self) -> Result<Expr, Diagnostic> {
        let start = self.here();
        for (punct, op) in UNARY {
            if self.eat(punct) {
                let operand = self.unary()?;
                let span = start.to(operand.span);
                return self.node(ExprKind::Unary(*op, operand.into()), span);
            }
        }
        match self.peek() {
            Some(TokenKind::Punct("(")) if self.cast_follows() => self.cast(),
            Some(TokenKind::Name(name)) if name == "sizeof" => self.sizeof(),
            _ => self.postfix(),
        }
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
            } else if self.eat("[") {
                let index = self.expression()?;
                let span = expr.span.to(self.demand("]")?);
                expr = self.node(ExprKind::Index(expr.into(), index.into()), span)?;
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
            Some(TokenKind::Text(_)) => return self.text(),
            Some(TokenKind::Punct("$")) => return self.param(),
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
                let inner = self.expression()?;
                let end = self.demand(")")?;
                return Ok(Expr { span: span.to(end), ..inner });
            }
            _ => return Err(self.unexpected("a name, a literal or `(`")),
        };
        self.next += 1;
        self.node(kind, span)
    }

    /// String literals in a row are one, as in C.
    fn text(&mut self) -> Result<Expr, Diagnostic> {
        let mut span = self.here();
        let mut all = Vec::new();
        while let Some(TokenKind::Text(bytes)) = self.peek() {
            all.extend_from_slice(bytes);
            span = span.to(self.here());
            self.next += 1;
        }
        self.node(ExprKind::Text(all), span)
    }

    fn param(&mut self) -> Result<Expr, Diagnostic> {
        let span = self.demand("$")?.to(self.here());
        let Some(TokenKind::Name(name)) = self.peek() else {
            return Err(self.unexpected("the name of a parameter"));
        };
        let name = name.clone();
        self.next += 1;
        self.node(ExprKind::Param(name), span)
    }

    fn call(&mut self, function: Spanned<String>) -> Result<Expr, Diagnostic> {
        self.demand("(")?;
        let mut arguments = Vec::new();
        if !matches!(self.peek(), Some(TokenKind::Punct(")"))) {
            arguments.push(self.value_or_type()?);
            while self.eat(",") {
                arguments.push(self.value_or_type()?);
            }
        }
        let span = function.span.to(self.demand(")")?);
        self.node(ExprKind::Call(function, arguments), span)
    }
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
    use super::super::ast::Derivation;
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
            ExprKind::Index(x, index) => format!("{}[{}]", shown(x), shown(index)),
            ExprKind::Cast(name, x) => format!("[{}]{}", shown_type(name), shown(x)),
            ExprKind::Conditional(c, x, y) => {
                format!("({} ? {} : {})", shown(c), shown(x), shown(y))
            }
            ExprKind::Either(x, y) => format!("({} ?? {})", shown(x), shown(y)),
            ExprKind::Sizeof(x) => format!("sizeof({})", shown(x)),
            ExprKind::Type(name) => format!("[{}]", shown_type(name)),
            ExprKind::Param(name) => format!("${name}"),
            ExprKind::Call(name, list) => {
                let list: Vec<_> = list.iter().map(shown).collect();
                format!("{}({})", name.value, list.join(", "))
            }
        }
    }

    /// The base and its derivations, innermost first.
    fn shown_type(name: &TypeName) -> String {
        let derived = name.derivations.iter().map(|derivation| match derivation {
            Derivation::Pointer => "*".to_owned(),
            Derivation::Array(len) => format!("[{len}]"),
            Derivation::Function => "()".to_owned(),
        });
        format!("{}{}", name.base, derived.collect::<String>())
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
            ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
            ("a ? b ? c : d : e", "(a ? (b ? c : d) : e)"),
            ("a || b ? c + 1 : d", "((a Or b) ? (c Add 1) : d)"),
            ("a ?? b ?? c ? d : e", "((a ?? (b ?? c)) ? d : e)"),
            ("a || b ?? c", "((a Or b) ?? c)"),
            ("a[1]->b[i + 1][2].c", "a[1].b[(i Add 1)][2].c"),
            ("*a[1]", "(Deref a[1])"),
            ("(*a)[1]", "(Deref a)[1]"),
            ("**a->b", "(Deref (Deref a.b))"),
            ("&a->b[2]", "(Address a.b[2])"),
            ("a & *b", "(a BitAnd (Deref b))"),
            ("a && &b", "(a And (Address b))"),
            ("(a) * b & c", "((a Mul b) BitAnd c)"),
            ("(u32)*b", "[u32](Deref b)"),
            ("(sock *)*b", "[sock*](Deref b)"),
            ("(u64)&a.b", "[u64](Address a.b)"),
            ("+a - +b", "((Plus a) Sub (Plus b))"),
            ("(char **)x", "[char**]x"),
            ("(char *const *)x", "[char**]x"),
            ("(int (*)(struct a *, int))x", "[int()*]x"),
            ("(char (*)[16])x", "[char[16]*]x"),
            ("(int (*(*)[3])[4])x", "[int[4]*[3]*]x"),
            ("(u32 (*)[4])x", "[u32[4]*]x"),
            ("(f(*x))", "f((Deref x))"),
            ("(enum x)y", "[enum x]y"),
            ("sizeof a + 1", "(sizeof(a) Add 1)"),
            ("sizeof(struct sock) + 1", "(sizeof([struct sock]) Add 1)"),
            ("sizeof(u32 *[3])", "sizeof([u32*[3]])"),
            ("sizeof(a)[1]", "sizeof(a[1])"),
            ("sizeof(a)->b", "sizeof(a.b)"),
            ("sizeof(u32)", "sizeof(u32)"),
            ("sizeof(u32[3])", "sizeof(u32[3])"),
            ("sizeof *a", "sizeof((Deref a))"),
            ("exists(struct sock)", "exists([struct sock])"),
            ("$min + 1", "($min Add 1)"),
            ("\"a\" \"b\"", "\"ab\""),
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
            ("a ? b", Code::ExprSyntax, 5, 5),
            ("a ? : c", Code::ExprSyntax, 4, 5),
            ("a[1", Code::ExprSyntax, 3, 3),
            ("a[]", Code::ExprSyntax, 2, 3),
            ("*", Code::ExprSyntax, 1, 1),
            ("a ??", Code::ExprSyntax, 4, 4),
            ("sizeof", Code::ExprSyntax, 6, 6),
            ("sizeof (int)x", Code::ExprSyntax, 12, 13),
            ("(int (*)x", Code::ExprSyntax, 8, 9),
            ("(char[x])y", Code::ExprSyntax, 6, 7),
            ("$", Code::ExprSyntax, 1, 1),
            ("$1", Code::ExprSyntax, 1, 2),
        ] {
            let fault = tree(text).expect_err(text);
            assert_eq!((fault.code, fault.span), (code, Some(Span::new(start, end))), "{text}");
        }
    }

    #[test]
    fn size_and_depth_are_bounded() {
        for text in [
            "(".repeat(100_000),
            "a+".repeat(100_000) + "a",
            "!".repeat(100_000),
            "a ? ".repeat(100_000),
            "a ? b : ".repeat(100_000),
            "a ?? ".repeat(100_000),
            "a[".repeat(100_000),
            "sizeof ".repeat(100_000),
            "sizeof(".repeat(100_000),
            "(int".to_owned() + &"*".repeat(100_000) + ")x",
            "(int".to_owned() + &"(*".repeat(100_000),
            "(int".to_owned() + &"[1]".repeat(100_000) + ")x",
            "\"\"".repeat(100_000) + "+",
        ] {
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
                "&&", "u32", "<<", "0x", "[", "]", "?", ":", "??", "&", "sizeof", "$", "1'0",
            ]), 0..24)) {
            let _ = tree(&words.join(" "));
            let _ = tree(&words.concat());
        }
    }
}
