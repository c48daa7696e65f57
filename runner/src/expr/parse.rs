//! Text to a syntax tree; a placeholder that takes any balanced text for one name.

use std::ops::Range;

use super::{Expr, ExprKind};
use crate::diag::{Code, Diagnostic, Span};

/// Parses `text`; `at` turns a byte range of it into its place in the file.
pub fn parse(text: &str, at: &dyn Fn(Range<usize>) -> Span) -> Result<Expr, Diagnostic> {
    let span = at(0..text.len());
    let depth = text.chars().fold(0i32, |depth, c| match c {
        '(' | '[' => depth + 1,
        ')' | ']' => depth - 1,
        _ => depth,
    });
    if depth != 0 || text.trim().is_empty() {
        return Err(Diagnostic::error(Code::ExprSyntax, span, "this expression does not parse"));
    }
    Ok(Expr { kind: ExprKind::Name(text.trim().to_string()), span })
}
