//! Expressions: text to a syntax tree, and that to a typed tree against [`crate::facts::Facts`].

mod ast;
mod builtin;
mod fits;
mod lex;
mod ops;
mod param;
mod parse;
mod quoted;
mod scope;
mod step;
#[cfg(test)]
mod tests;
mod text;
mod ty;
mod type_name;
mod typed;
mod typing;

pub use ast::{BinaryOp, Derivation, Expr, ExprKind, TypeName, UnaryOp};
pub use builtin::{BUILTINS, Builtin, Meaning, find as builtin};
pub use ops::truncated;
pub use param::{Param, ParamType, ParamValue, unknown as unknown_param};
pub use parse::{parse, parse_number, parse_type};
pub use scope::{ArgPlace, Named, Scope};
pub use step::{Missing, Step, Steps};
pub use ty::{EnumId, Int, Record, RecordId, Space, Style, Type};
pub use typed::{
    Arg, Arith, Asked, Bitfield, Bytes, Comparison, Element, Fit, Form, Member, Native, Node,
    Question, Typed,
};
pub use typing::{FUNCTIONS, Fallback, Function, LENGTH_MAX, Typer};
