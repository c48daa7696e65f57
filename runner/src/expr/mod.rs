//! Expressions: text to a syntax tree, and that to a typed tree against [`crate::facts::Facts`].

mod ast;
mod builtin;
mod lex;
mod ops;
mod parse;
mod scope;
mod step;
#[cfg(test)]
mod tests;
mod text;
mod ty;
mod typed;
mod typing;

pub use ast::{BinaryOp, Expr, ExprKind, TypeName, UnaryOp};
pub use builtin::{BUILTINS, Builtin, Meaning, find as builtin};
pub use parse::{parse, parse_number, parse_type};
pub use scope::{ArgPlace, Named, Scope};
pub use step::{Missing, Step, Steps};
pub use ty::{Int, Record, RecordId, Space, Style, Type};
pub use typed::{Arg, Arith, Comparison, Member, Native, Node, Typed};
pub use typing::{FUNCTIONS, Function, Typer};
