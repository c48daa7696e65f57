//! Expressions: text to a syntax tree, and that to a typed tree against [`crate::facts::Facts`].

mod ast;
mod parse;

pub use ast::{BinaryOp, Expr, ExprKind, TypeName, UnaryOp};
pub use parse::parse;
