//! Rust text with how tightly it binds, the block of statements before it, and literals.

use crate::expr::{Arith, Fit, Int, Node, Typed};

use super::super::names::Names;

/// How tightly the last operator of a text binds; operands looser than needed get parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    Or,
    And,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
    Cast,
    Unary,
    Atom,
}

/// Characters that both operands of an operator may have together; a longer one gets a `let`, so
/// that no line has to be broken.
pub const OPERANDS_MAX: usize = 50;

/// What a cast can end in.
pub const INTEGERS: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];

/// Rust text and how tightly it binds.
#[derive(Debug, Clone)]
pub struct Text {
    /// The expression.
    pub text: String,
    /// Of its outermost operator.
    pub strength: Strength,
}

/// Statements before an expression, and what they name.
#[derive(Debug, Clone)]
pub struct Block {
    /// Lines, indented relative to the block.
    pub lines: Vec<String>,
    pub names: Names,
    /// Pointers that were read already: the read, and the name it has.
    pub known: Vec<(String, String)>,
}

impl Default for Block {
    fn default() -> Self {
        Self::beside(Names::of_variables())
    }
}

impl Block {
    /// An empty block among variables that have `names`.
    pub fn beside(names: Names) -> Self {
        Self { lines: Vec::new(), names, known: Vec::new() }
    }

    /// The names that were given out.
    pub fn into_names(self) -> Names {
        self.names
    }
}

impl Text {
    pub fn new(text: impl Into<String>, strength: Strength) -> Self {
        Self { text: text.into(), strength }
    }

    pub fn atom(text: impl Into<String>) -> Self {
        Self::new(text, Strength::Atom)
    }

    /// The text as an operand that must bind at least as tightly as `least`.
    pub fn at_least(self, least: Strength) -> String {
        if self.strength >= least { self.text } else { format!("({})", self.text) }
    }

    /// As `at_least`, on the left of `sign`. After a cast, `<` and `<<` would open the arguments of
    /// a generic type, however loosely the text around the cast binds.
    pub fn left_of(self, sign: &str, least: Strength) -> String {
        match self.text.rsplit_once(" as ") {
            Some((_, ty)) if matches!(sign, "<" | "<<") && INTEGERS.contains(&ty) => {
                format!("({})", self.text)
            }
            _ => self.at_least(least),
        }
    }

    pub fn cast(self, to: &str) -> Self {
        Self::new(format!("{} as {to}", self.at_least(Strength::Cast)), Strength::Cast)
    }
}

/// Rust's name of an integer type.
pub fn rust_int(int: Int) -> String {
    format!("{}{}", if int.signed { 'i' } else { 'u' }, int.bits)
}

/// An expression within a call, and the name that it gets if the call is too long for one line.
#[derive(Debug, Clone)]
pub struct Last {
    /// Of the call, up to the expression.
    pub before: String,
    /// The expression.
    pub inner: String,
    /// Its name.
    pub name: &'static str,
    /// Of the call, behind the expression.
    pub after: String,
    /// How all of it is written on one line, where that is simpler than its parts.
    plain: Option<String>,
}

impl Last {
    /// `before` and `after` around `inner`.
    pub fn new(before: &str, inner: String, name: &'static str, after: impl Into<String>) -> Self {
        Self { before: before.to_owned(), inner, name, after: after.into(), plain: None }
    }

    /// `text` as a `Read` of what it gives: `Ok(x)`, but `f()` of `f()?`.
    pub fn ok(text: Text, name: &'static str) -> Self {
        let call = text.text.strip_suffix('?').filter(|_| text.strength == Strength::Atom);
        let plain = call.map(str::to_owned);
        Self { plain, ..Self::new("Ok(", text.text, name, ")") }
    }

    /// All on one line.
    pub fn whole(&self) -> String {
        match &self.plain {
            Some(plain) => plain.clone(),
            None => format!("{}{}{}", self.before, self.inner, self.after),
        }
    }
}

/// What a value may be called.
pub fn hint(typed: &Typed) -> &str {
    match &typed.node {
        Node::Member(member) => {
            let last = member.path.rsplit('.').next().unwrap_or_default();
            last.split('[').next().unwrap_or_default()
        }
        // Of a part of it, the last name.
        Node::Arg(arg) => arg.name.rsplit('.').next().unwrap_or_default(),
        Node::Convert(x) | Node::Truth(x) => hint(x),
        Node::Arith(Arith::Add, ..) => "sum",
        Node::Arith(Arith::Sub, ..) => "difference",
        Node::Arith(Arith::Mul, ..) => "product",
        Node::Arith(Arith::Div, ..) => "quotient",
        Node::Arith(Arith::Rem, ..) => "rest",
        Node::Arith(..) => "bits",
        Node::Deref { .. } => "target",
        Node::Address(place) => hint(place),
        Node::Asked(_) => "known",
        Node::And(..) => "both",
        Node::Or(..) => "either",
        Node::TextFits(_, Fit::Whole, _) => "same",
        Node::TextFits(..) => "fits",
        _ => "value",
    }
}

/// Puts a `let` before `text` and gives its name.
pub fn named(text: Text, hint: &str, block: &mut Block) -> Text {
    let name = block.names.unique(hint);
    block.lines.push(format!("let {name} = {};", text.text));
    Text::atom(name)
}

/// Both operands, the longer one named if they are too long for one line, or both.
pub fn fitted(x: (Text, &Typed), y: (Text, &Typed), block: &mut Block) -> (Text, Text) {
    let (a, b) = (x.0.text.len(), y.0.text.len());
    let both = a + b > OPERANDS_MAX;
    let first = a > OPERANDS_MAX || both && a >= b;
    let second = b > OPERANDS_MAX || both && !first;
    let left = if first { named(x.0, hint(x.1), block) } else { x.0 };
    let right = if second { named(y.0, hint(y.1), block) } else { y.0 };
    (left, right)
}

/// The lines of a block that ends in `last`; a value that was named just before needs no name.
pub fn with_last(mut lines: Vec<String>, last: String) -> Vec<String> {
    let head = format!("let {last} = ");
    let start = lines.iter().rposition(|line| line.starts_with("let "));
    // At the end of a block, rustfmt breaks an `if` that it leaves on one line elsewhere.
    let start = start.filter(|at| !lines[*at].starts_with(&format!("{head}if ")));
    match (start, lines.last()) {
        (Some(start), Some(end)) if lines[start].starts_with(&head) && end.ends_with(';') => {
            lines[start].replace_range(..head.len(), "");
            if let Some(end) = lines.last_mut() {
                end.pop();
            }
        }
        _ => lines.push(last),
    }
    lines
}

pub fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

pub fn narrowed(text: Text, from: &str, to: &str) -> Text {
    if from == to { text } else { text.cast(to) }
}

/// An integer literal; with its type where nothing beside it gives one.
pub fn literal(value: u64, int: Option<Int>, typed: bool) -> String {
    let int = int.unwrap_or(Int::number(64, false));
    let suffix = if typed { rust_int(int) } else { String::new() };
    if int.signed { format!("{}{suffix}", value as i64) } else { format!("{value}{suffix}") }
}

/// A literal as an operand.
pub fn number(text: String) -> Text {
    let strength = if text.starts_with('-') { Strength::Unary } else { Strength::Atom };
    Text::new(text, strength)
}

/// A byte string literal; whatever the bytes are, they cannot end it.
pub fn byte_string(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}
