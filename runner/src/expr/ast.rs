//! The syntax tree of an expression. Every node knows its place in the YAML file.

use crate::diag::{Span, Spanned};

/// An expression and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place in the file.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// A builtin, an argument of the hook, or an enum constant.
    Name(String),
    /// An integer literal with C's type for it.
    Int {
        /// Its value; literals are never negative.
        value: u64,
        /// Written with `u`, or too large for a signed type of its width.
        unsigned: bool,
        /// Written with `l`, or too large for 32 bits.
        long: bool,
    },
    /// `'c'`, an `int` as in C.
    Char(u8),
    /// `"text"`.
    Text(Vec<u8>),
    /// `$name`, a parameter of the config.
    Param(String),
    /// `-x`, `!x`, `~x`, `*x`, `&x`.
    Unary(UnaryOp, Box<Expr>),
    /// `x + y` and the like.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x->name` or `x.name`; either follows a pointer.
    Member(Box<Expr>, Spanned<String>),
    /// `x[index]`.
    Index(Box<Expr>, Box<Expr>),
    /// `(type)x`.
    Cast(TypeName, Box<Expr>),
    /// `condition ? x : y`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `x ?? y`: the first that this kernel has.
    Either(Box<Expr>, Box<Expr>),
    /// `sizeof x` or `sizeof(type)`.
    Sizeof(Box<Expr>),
    /// A type where a value or a type may stand: in `sizeof` and `exists`.
    Type(TypeName),
    /// `function(x, …)`.
    Call(Spanned<String>, Vec<Expr>),
}

impl Expr {
    /// Calls `visit` on this node and all below it.
    pub fn walk(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        match &self.kind {
            ExprKind::Name(_)
            | ExprKind::Int { .. }
            | ExprKind::Char(_)
            | ExprKind::Text(_)
            | ExprKind::Param(_)
            | ExprKind::Type(_) => {}
            ExprKind::Unary(_, x)
            | ExprKind::Member(x, _)
            | ExprKind::Cast(_, x)
            | ExprKind::Sizeof(x) => x.walk(visit),
            ExprKind::Binary(_, x, y) | ExprKind::Index(x, y) | ExprKind::Either(x, y) => {
                x.walk(visit);
                y.walk(visit);
            }
            ExprKind::Conditional(c, x, y) => {
                c.walk(visit);
                x.walk(visit);
                y.walk(visit);
            }
            ExprKind::Call(_, args) => args.iter().for_each(|arg| arg.walk(visit)),
        }
    }
}

/// A type as written in a cast: `struct sock *`, `u32`, `const char *`, `int (*)[4]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// Without qualifiers and declarator, words parted by one blank: `struct sock`, `unsigned long`.
    pub base: String,
    /// What is made of the base, in that order: of `int *[3]` a pointer, then an array.
    pub derivations: Vec<Derivation>,
    /// Its place, parentheses excluded.
    pub span: Span,
}

/// A type made of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// A pointer to it.
    Pointer,
    /// So many of it.
    Array(u32),
    /// A function that returns it.
    Function,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `~`
    BitNot,
    /// `+`
    Plus,
    /// `*`
    Deref,
    /// `&`
    Address,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `~`
    Fits,
    /// `&`
    BitAnd,
    /// `^`
    BitXor,
    /// `|`
    BitOr,
    /// `&&`
    And,
    /// `||`
    Or,
}
