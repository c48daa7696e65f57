//! A typed tree as C would write it: for messages at run time, when the config is long forgotten.

use super::builtin::{BUILTINS, Builtin, Meaning};
use super::ty::{Space, Type};
use super::typed::{Arith, Bytes, Fit, Form, Native, Node, Question, Typed};

impl Typed {
    /// The expression, without the conversions that C makes by itself.
    pub fn text(&self) -> String {
        match &self.node {
            Node::Int(value) => match self.int().is_some_and(|int| int.signed) {
                true => (*value as i64).to_string(),
                false => value.to_string(),
            },
            Node::Text(bytes) => format!("\"{}\"", bytes.escape_ascii()),
            Node::Native(native) => native_name(*native).to_owned(),
            Node::Arg(arg) => arg.name.clone(),
            Node::Saved { name, .. } => name.clone(),
            Node::Retval => "retval".into(),
            Node::Latency => "latency".into(),
            Node::Member(member) => match member.base.is_reckoned() {
                true => format!("{}.{}", member.base.target(), member.path),
                false => format!("{}->{}", member.base.operand(), member.path),
            },
            Node::Deref { address, .. } => address.target(),
            Node::Address(place) => match place.ty {
                Type::Array(..) => place.text(),
                _ => format!("&{}", place.operand()),
            },
            Node::Element(_) => format!("&{}", self.target()),
            Node::Asked(asked) => asked.question.text(),
            Node::Choose(c, x, y) => format!("{} ? {} : {}", c.operand(), x.operand(), y.operand()),
            Node::Null => "null".into(),
            Node::Unary(Arith::SwapBytes, x) => format!("bswap({})", x.text()),
            Node::Unary(op, x) => {
                format!("{}{}", if *op == Arith::Neg { '-' } else { '~' }, x.operand())
            }
            Node::Arith(op, x, y) => format!("{} {} {}", x.operand(), arith(*op), y.operand()),
            Node::Compare(op, x, y) => {
                format!("{} {} {}", x.operand(), op.sign(), y.operand())
            }
            Node::Truth(x) => x.text(),
            Node::Not(x) => format!("!{}", x.operand()),
            Node::And(x, y) => format!("{} && {}", x.operand(), y.operand()),
            Node::Or(x, y) => format!("{} || {}", x.operand(), y.operand()),
            Node::Convert(x) => x.text(),
            Node::ReadText { address, .. } => address.text(),
            Node::ReadBytes(Bytes { address, len, form: Form::Plain, .. }) => {
                format!("buf({}, {})", address.text(), len.text())
            }
            Node::ReadStrings { address, .. } => format!("argv({})", address.text()),
            Node::Symbol(Space::Kernel, x) => format!("ksym({})", x.text()),
            Node::Symbol(Space::User, x) => format!("usym({})", x.text()),
            Node::Ipv4(x) => format!("ip({})", x.text()),
            Node::ReadBytes(Bytes { address, form: Form::Mac, .. }) => {
                format!("mac({})", address.text())
            }
            Node::ReadBytes(Bytes { address, .. }) => format!("ip({})", address.text()),
            Node::TextFits(x, Fit::Whole, literal) => {
                format!("{} == \"{}\"", x.operand(), literal.escape_ascii())
            }
            Node::TextFits(x, Fit::Start, literal) => {
                format!("startswith({}, \"{}\")", x.text(), literal.escape_ascii())
            }
            Node::TextFits(x, Fit::Pattern, literal) => {
                format!("{} ~ \"{}\"", x.operand(), literal.escape_ascii())
            }
        }
    }

    /// Whether it is the address of a place that the expression names, rather than a pointer.
    fn is_reckoned(&self) -> bool {
        match &self.node {
            Node::Address(_) | Node::Element(_) => true,
            Node::Arith(Arith::Add, x, _) => matches!(x.ty, Type::Pointer(..)),
            _ => false,
        }
    }

    /// The place at the address that this is.
    fn target(&self) -> String {
        match &self.node {
            Node::Address(place) => match place.ty {
                Type::Array(..) => format!("{}[0]", place.operand()),
                _ => place.operand(),
            },
            Node::Element(element) => {
                format!("{}[{}]", element.array.operand(), element.index.text())
            }
            Node::Arith(Arith::Add, pointer, bytes) if self.is_reckoned() => {
                format!("{}[{}]", pointer.operand(), self.index(bytes))
            }
            _ => format!("*{}", self.operand()),
        }
    }

    /// How many elements of what this points at are in so many bytes.
    fn index(&self, bytes: &Self) -> String {
        let size = match &self.ty {
            Type::Pointer(to, _) => match **to {
                Type::Int(int) => u64::from(int.bits / 8),
                Type::Pointer(..) => 8,
                _ => 0,
            },
            _ => 0,
        };
        match &bytes.node {
            Node::Arith(Arith::Mul, count, _) => count.text(),
            Node::Int(value) => {
                let count = (*value as i64).checked_div(size as i64);
                count.map_or_else(|| "\u{2026}".to_owned(), |count| count.to_string())
            }
            Node::Asked(_) => "1".to_owned(),
            _ => bytes.text(),
        }
    }

    /// The expression within another: in brackets where it is not one word.
    fn operand(&self) -> String {
        let text = self.text();
        let simple = |c: char| c.is_ascii_alphanumeric() || "_->.()\"[]".contains(c);
        if text.chars().all(simple) { text } else { format!("({text})") }
    }
}

impl Question {
    /// What is asked, as an expression has it.
    fn text(&self) -> String {
        match self {
            Self::TypeSize(ty) => format!("sizeof({ty})"),
            Self::FieldSize(record, path) => format!("sizeof({record}.{path})"),
            Self::EnumValue(_, name) => name.clone(),
            Self::TypeExists(name) | Self::EnumExists(_, name) => format!("exists({name})"),
            Self::FieldExists(record, path) => format!("exists({record}.{path})"),
        }
    }
}

fn native_name(native: Native) -> &'static str {
    let is_it =
        |builtin: &&Builtin| matches!(builtin.meaning, Meaning::Native(own) if own == native);
    BUILTINS.iter().find(is_it).map_or("", |builtin| builtin.name)
}

fn arith(op: Arith) -> &'static str {
    match op {
        Arith::Add => "+",
        Arith::Sub | Arith::Neg => "-",
        Arith::Mul => "*",
        Arith::Div => "/",
        Arith::Rem => "%",
        Arith::Shl => "<<",
        Arith::Shr => ">>",
        Arith::And => "&",
        Arith::Or => "|",
        Arith::Xor => "^",
        Arith::Complement => "~",
        Arith::SwapBytes => "bswap",
    }
}
