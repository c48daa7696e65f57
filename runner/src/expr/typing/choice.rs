//! What is chosen: `?:`, `&&`, `||` and `??`, and `exists`, which tells what there is to choose from.
//!
//! A side that this kernel lacks is forgiven where it is known that it will not be evaluated.

use super::super::ast::{BinaryOp, Expr, ExprKind};
use super::super::ops;
use super::super::ty::{Style, Type};
use super::super::typed::{Asked, Comparison, Native, Node, Question, Typed};
use super::Typer;
use crate::diag::{Code, Diagnostic, Span};
use crate::facts::uapi;

/// What was taken because the kernel lacks something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// What the kernel lacks, as a message.
    pub lacks: String,
    /// What was written after `??`.
    pub instead: Span,
}

impl Typer<'_> {
    /// `condition ? yes : no`.
    pub(super) fn conditional(
        &self,
        condition: &Expr,
        yes: &Expr,
        no: &Expr,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let condition = ops::truth(self, self.expr(condition)?)?;
        let (yes, no) = match (condition.known(), self.expr(yes), self.expr(no)) {
            (Some(1..), Ok(yes), Err(absent)) if absent.of_kernel => {
                return Ok(Typed { span, ..yes });
            }
            (Some(0), Err(absent), Ok(no)) if absent.of_kernel => return Ok(Typed { span, ..no }),
            (_, yes, no) => (yes?, no?),
        };
        let (yes, no) = self.alike(yes, no, span)?;
        // Of strings each side keeps its own type, which says how it is read.
        let ty = if yes.is_text() { Type::Text } else { yes.ty.clone() };
        Ok(Typed::of(Node::Choose(condition.into(), yes.into(), no.into()), ty, span))
    }

    /// `x && y` or `x || y`.
    pub(super) fn logic(
        &self,
        op: BinaryOp,
        x: &Expr,
        y: &Expr,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let x = ops::truth(self, self.expr(x)?)?;
        let decided = x.known().is_some_and(|known| (known != 0) == (op == BinaryOp::Or));
        match self.expr(y).and_then(|y| ops::truth(self, y)) {
            Err(absent) if absent.of_kernel && decided => Ok(Typed { span, ..x }),
            y => {
                let node = if op == BinaryOp::And { Node::And } else { Node::Or };
                Ok(Typed::of(node(x.into(), y?.into()), Type::INT, span))
            }
        }
    }

    /// `x ?? y`: the first of which this kernel has everything.
    pub(super) fn either(&self, x: &Expr, y: &Expr, span: Span) -> Result<Typed, Diagnostic> {
        let absent = match self.expr(x) {
            Err(absent) if absent.of_kernel => absent,
            other => return other.map(|typed| Typed { span, ..typed }),
        };
        match self.expr(y) {
            Ok(typed) => {
                let fallback = Fallback { lacks: absent.message, instead: y.span };
                self.fallbacks.borrow_mut().push(fallback);
                Ok(Typed { span, ..typed })
            }
            Err(other) if other.of_kernel => {
                Err(absent.note(format!("nor else: {}", other.message)))
            }
            Err(other) => Err(other),
        }
    }

    /// Both sides of `?:` in one type.
    fn alike(&self, x: Typed, y: Typed, span: Span) -> Result<(Typed, Typed), Diagnostic> {
        let is_string = |x: &Typed| matches!(x.ty, Type::Text) || x.is_text();
        if is_string(&x) || is_string(&y) {
            return self.strings(x, y, span);
        }
        let (x, y) = (x.decayed(), y.decayed());
        let differ = |x: &Typed, y: &Typed| {
            let (a, b) = (self.a(x), self.a(y));
            let message = format!("one side of `?:` is {a}, the other {b}");
            Diagnostic::error(Code::TypeMismatch, span, message).help("cast one of them")
        };
        match (&x.ty, &y.ty) {
            // Both stay what they are, so that the value is shown as true or false.
            _ if x.is_truth() && y.is_truth() => Ok((x, y)),
            // What is not shown as a number goes on being shown so.
            (Type::Int(a), Type::Int(b)) if a == b && a.style == Style::Bool => Ok((x, y)),
            (Type::Int(a), Type::Int(b)) => {
                let int = a.common(*b);
                Ok((ops::convert(x, int), ops::convert(y, int)))
            }
            (Type::Pointer(..), Type::Int(_)) if matches!(y.node, Node::Int(0)) => {
                let ty = x.ty.clone();
                Ok((x, Typed { ty, ..y }))
            }
            (Type::Int(_), Type::Pointer(..)) if matches!(x.node, Node::Int(0)) => {
                let ty = y.ty.clone();
                Ok((Typed { ty, ..x }, y))
            }
            (Type::Pointer(a, here), Type::Pointer(b, there)) => match (&**a, &**b) {
                _ if here != there => {
                    let message = "one side of `?:` points into the kernel's memory, the other into a \
                                   process's";
                    Err(Diagnostic::error(Code::TypeMismatch, span, message))
                }
                (a, b) if a == b => Ok((x, y)),
                (Type::Void, _) => {
                    let ty = x.ty.clone();
                    Ok((x, Typed { ty, ..y }))
                }
                (_, Type::Void) => {
                    let ty = y.ty.clone();
                    Ok((Typed { ty, ..x }, y))
                }
                _ => Err(differ(&x, &y)),
            },
            _ => Err(differ(&x, &y)),
        }
    }

    fn strings(&self, x: Typed, y: Typed, span: Span) -> Result<(Typed, Typed), Diagnostic> {
        let (x, y) = (x.with_string_read(), y.with_string_read());
        for (one, other) in [(&x, &y), (&y, &x)] {
            if !one.is_text() {
                let (a, b) = (self.a(other), self.a(one));
                let message = format!("one side of `?:` is {a}, the other {b}");
                return Err(Diagnostic::error(Code::StringMismatch, span, message));
            }
            // Its value is a number that stands for a name.
            if matches!(one.node, Node::Native(Native::Func)) {
                let message = "`func` cannot be a side of `?:`";
                return Err(Diagnostic::error(Code::Unsupported, one.span, message));
            }
        }
        Ok((x, y))
    }

    /// `exists(x)`: whether the kernel has all that `x` names.
    pub(super) fn exists(&self, x: &Expr, span: Span) -> Result<Typed, Diagnostic> {
        if let Some(asked) = self.type_or_constant(x)? {
            return Ok(holds(asked, span));
        }
        match self.expr(x) {
            Ok(typed) => {
                let all = questions(&typed)
                    .into_iter()
                    .map(|question| holds(Asked { question, here: 1 }, span));
                let and =
                    |x: Typed, y: Typed| Typed::of(Node::And(x.into(), y.into()), Type::INT, span);
                Ok(all.reduce(and).unwrap_or_else(|| ops::constant(true, span)))
            }
            Err(absent) if absent.of_kernel => {
                let question = self.missing.borrow_mut().take();
                let asked = question.map(|question| Asked { question, here: 0 });
                Ok(asked.map_or_else(|| ops::constant(false, span), |asked| holds(asked, span)))
            }
            Err(fault) => Err(fault),
        }
    }

    /// What is asked where `x` is a type, or a bare name that can only be a type or constant.
    fn type_or_constant(&self, x: &Expr) -> Result<Option<Asked>, Diagnostic> {
        let name = match &x.kind {
            ExprKind::Type(name) if name.derivations.is_empty() => name.base.as_str(),
            ExprKind::Name(name) if self.is_value(name) => return Ok(None),
            // What is no question to the kernel is there.
            ExprKind::Name(name) if uapi::constant(name, self.arch).is_some() => return Ok(None),
            ExprKind::Name(name) => name.as_str(),
            _ => return Ok(None),
        };
        let btf = self.btf(x.span, name)?;
        if let ExprKind::Name(_) = &x.kind {
            let constant = btf.enum_constant(name);
            let question = Question::EnumExists("_".to_owned(), name.to_owned());
            if !matches!(constant, Ok(None)) {
                return Ok(Some(Asked { question, here: 1 }));
            }
            if matches!(btf.try_find(name), Ok(None)) {
                return Ok(Some(Asked { question, here: 0 }));
            }
        }
        let here = btf.try_find(name).map_or(1, |found| found.is_some().into());
        Ok(Some(Asked { question: Question::TypeExists(name.to_owned()), here }))
    }
}

/// A question of which the answer is 0 or 1, as a truth.
fn holds(asked: Asked, span: Span) -> Typed {
    let asked = Typed::of(Node::Asked(asked), Type::U64, span);
    Typed::of(Node::Truth(asked.into()), Type::INT, span)
}

/// Whether the kernel has what `typed` reads and asks, each once.
fn questions(typed: &Typed) -> Vec<Question> {
    let mut all = Vec::new();
    let mut add = |question| {
        if !all.contains(&question) {
            all.push(question);
        }
    };
    // The walk passes over a place of which only the address is taken, as is exists' own operand.
    let mut visit = |typed: &Typed| {
        let place = match &typed.node {
            Node::Address(place) => place,
            _ => typed,
        };
        match &place.node {
            Node::Member(member) if member.offset.is_none() => {
                add(Question::FieldExists(member.record.clone(), member.path.clone()));
            }
            Node::Asked(Asked { question: Question::EnumValue(ty, name), .. }) => {
                add(Question::EnumExists(ty.clone(), name.clone()));
            }
            Node::Asked(Asked { question: Question::TypeSize(ty), .. }) => {
                add(Question::TypeExists(ty.clone()));
            }
            _ => {}
        }
    };
    typed.walk(&mut visit);
    all
}

impl Typed {
    /// Its value, where constants and what the kernel has decide it.
    fn known(&self) -> Option<u64> {
        match &self.node {
            Node::Int(value) => Some(*value),
            Node::Asked(Asked {
                question:
                    Question::FieldExists(..) | Question::TypeExists(_) | Question::EnumExists(..),
                here,
            }) => Some(*here),
            Node::Truth(x) => x.known().map(|x| u64::from(x != 0)),
            Node::Not(x) => x.known().map(|x| u64::from(x == 0)),
            Node::And(x, y) => match (x.known(), y.known()) {
                (Some(0), _) | (_, Some(0)) => Some(0),
                (Some(_), Some(_)) => Some(1),
                _ => None,
            },
            Node::Or(x, y) => match (x.known(), y.known()) {
                (Some(1..), _) | (_, Some(1..)) => Some(1),
                (Some(_), Some(_)) => Some(0),
                _ => None,
            },
            Node::Compare(op, x, y) => {
                let signed = x.int().is_some_and(|int| int.signed);
                let (x, y) = (x.known()?, y.known()?);
                let order = if signed { (x as i64).cmp(&(y as i64)) } else { x.cmp(&y) };
                Some(u64::from(match op {
                    Comparison::Lt => order.is_lt(),
                    Comparison::Le => order.is_le(),
                    Comparison::Gt => order.is_gt(),
                    Comparison::Ge => order.is_ge(),
                    Comparison::Eq => order.is_eq(),
                    Comparison::Ne => order.is_ne(),
                }))
            }
            _ => None,
        }
    }
}
