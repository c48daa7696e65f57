//! A typed tree as C would write it: for messages at run time, when the config is long forgotten.

use super::builtin::{BUILTINS, Builtin, Meaning};
use super::ty::Space;
use super::typed::{Arith, Comparison, Native, Node, Typed};

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
            Node::Member(member) => format!("{}->{}", member.base.operand(), member.path),
            Node::Unary(op, x) => {
                format!("{}{}", if *op == Arith::Neg { '-' } else { '~' }, x.operand())
            }
            Node::Arith(op, x, y) => format!("{} {} {}", x.operand(), arith(*op), y.operand()),
            Node::Compare(op, x, y) => {
                format!("{} {} {}", x.operand(), comparison(*op), y.operand())
            }
            Node::Truth(x) => x.text(),
            Node::Not(x) => format!("!{}", x.operand()),
            Node::And(x, y) => format!("{} && {}", x.operand(), y.operand()),
            Node::Or(x, y) => format!("{} || {}", x.operand(), y.operand()),
            Node::Convert(x) => x.text(),
            Node::ReadText { address, .. } => address.text(),
            Node::Symbol(Space::Kernel, x) => format!("ksym({})", x.text()),
            Node::Symbol(Space::User, x) => format!("usym({})", x.text()),
            Node::SameText(x, literal) => {
                format!("{} == \"{}\"", x.operand(), literal.escape_ascii())
            }
        }
    }

    /// The expression within another: in brackets where it is not one word.
    fn operand(&self) -> String {
        let text = self.text();
        let simple = |c: char| c.is_ascii_alphanumeric() || "_->.()\"[]".contains(c);
        if text.chars().all(simple) { text } else { format!("({text})") }
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
    }
}

fn comparison(op: Comparison) -> &'static str {
    match op {
        Comparison::Lt => "<",
        Comparison::Le => "<=",
        Comparison::Gt => ">",
        Comparison::Ge => ">=",
        Comparison::Eq => "==",
        Comparison::Ne => "!=",
    }
}
