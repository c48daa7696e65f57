//! Syntax tree to typed tree: names resolved, members looked up, values made of what is in memory.
//!
//! In: an [`Expr`], the hook's [`Scope`], the kernel's types. Out: a [`Typed`] whose every read and
//! conversion is written out, or the fault.

use std::cell::RefCell;

mod bytes;
mod call;
mod choice;
mod constant;
mod member;
mod network;
mod own;
mod place;
mod types;

pub use call::{FUNCTIONS, Function, LENGTH_MAX};
pub use choice::Fallback;

use std::collections::HashSet;

use super::ast::{BinaryOp, Expr, ExprKind, TypeName};
use super::builtin::{self, BUILTINS, Meaning};
use super::ops;
use super::param::{self, Param, ParamValue};
use super::scope::Scope;
use super::ty::{Int, Space, Style, Type};
use super::typed::{Arg, Node, Question, Typed};
use crate::cdecl::Types;
use crate::diag::{self, Code, Diagnostic, Span, nearest, one_of_typed, typed_list};
use crate::facts::btf::{Btf, TypeId};
use crate::facts::uapi::Arch;
use crate::facts::{Facts, FactsError};

/// Types expressions of one hook on one kernel.
pub struct Typer<'a> {
    scope: &'a Scope,
    btf: Result<&'a Btf, FactsError>,
    /// Whose numbers the interface to programs has.
    arch: Arch,
    /// The types that the config declares.
    pub(super) own: Option<&'a Types>,
    /// The parameters that the config declares.
    params: &'a [Param],
    /// Records whose names are known to mean them alone.
    unique: RefCell<Vec<TypeId>>,
    /// What the kernel was found to lack last.
    missing: RefCell<Option<Question>>,
    /// What was taken in place of what the kernel lacks.
    fallbacks: RefCell<Vec<Fallback>>,
}

impl<'a> Typer<'a> {
    /// A typer for expressions of the hook that brought `scope`.
    pub fn new(scope: &'a Scope, facts: &'a dyn Facts) -> Self {
        let (btf, own, params) = (facts.btf(), None, Default::default());
        let (unique, missing, fallbacks) = Default::default();
        Self { scope, btf, arch: facts.arch(), own, params, unique, missing, fallbacks }
    }

    /// The same in a config that declares `types`.
    pub fn with_types(self, types: &'a Types) -> Self {
        Self { own: Some(types), ..self }
    }

    /// The same in a config that declares `params`.
    pub fn with_params(self, params: &'a [Param]) -> Self {
        Self { params, ..self }
    }

    /// The value of a field: a string for `char *` and `char[]`.
    pub fn field(&self, expr: &Expr) -> Result<Typed, Diagnostic> {
        let typed = self.fallback(expr)?;
        match typed.node {
            Node::Text(_) => Err(Diagnostic::error(
                Code::TypeMismatch,
                typed.span,
                "a literal is the same in every event",
            )
            .help("fixed text belongs into `print:`")),
            _ => Ok(typed),
        }
    }

    /// As [`Self::field`], of what stands in for a value that the kernel lacks.
    pub fn fallback(&self, expr: &Expr) -> Result<Typed, Diagnostic> {
        let typed = self.expr(expr)?.with_string_read();
        match &typed.ty {
            Type::Int(_) | Type::Pointer(..) | Type::Text | Type::Shown(_) => Ok(typed),
            Type::Array(of, _) if of.is_char() => Ok(typed),
            Type::Record(record) => Err(self.whole_record(record, typed.span)),
            other => Err(Diagnostic::error(
                Code::Unsupported,
                typed.span,
                format!("a value of type `{}` cannot be shown", self.c_name(other)),
            )),
        }
    }

    /// A condition: a truth.
    pub fn condition(&self, expr: &Expr) -> Result<Typed, Diagnostic> {
        ops::truth(self, self.expr(expr)?)
    }

    /// What was taken, since this was asked last, in place of what the kernel lacks.
    pub fn fallbacks(&self) -> Vec<Fallback> {
        self.fallbacks.take()
    }

    /// The type of `x` as it is declared.
    pub(super) fn shown(&self, x: &Typed) -> String {
        let declared = || {
            let Node::Member(member) = &x.node else { return None };
            let btf = self.btf.as_ref().ok().filter(|_| member.offset.is_none())?;
            let record = btf.find_tag(&member.record).ok()?;
            Some(btf.type_name(btf.path(record, &member.path).ok()?.ty))
        };
        declared().unwrap_or_else(|| self.c_name(&x.ty))
    }

    /// The same with an article.
    pub(super) fn a(&self, x: &Typed) -> String {
        diag::a(&self.shown(x))
    }

    /// The name of a type in C, for messages.
    pub fn c_name(&self, ty: &Type) -> String {
        ty.c_name(self.btf.as_ref().ok().copied())
    }

    /// The value of any expression, structures included.
    pub fn expr(&self, expr: &Expr) -> Result<Typed, Diagnostic> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Int { value, unsigned, long } => {
                let ty = Type::Int(Int::number(if *long { 64 } else { 32 }, !unsigned));
                Ok(Typed::of(Node::Int(*value), ty, span))
            }
            ExprKind::Char(byte) => {
                // `char` is signed on x86, so '\xff' is -1.
                let value = i64::from(*byte as i8) as u64;
                Ok(Typed::of(Node::Int(value), Type::INT, span))
            }
            ExprKind::Text(bytes) => Ok(Typed::of(Node::Text(bytes.clone()), Type::Text, span)),
            ExprKind::Unary(op, x) => ops::unary(self, *op, self.expr(x)?, span),
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), x, y) => {
                self.logic(*op, x, y, span)
            }
            ExprKind::Binary(op, x, y) => {
                ops::binary(self, *op, self.expr(x)?, self.expr(y)?, span)
            }
            ExprKind::Member(base, name) => self.member(base, name, span),
            ExprKind::Index(base, index) => self.index(self.expr(base)?, self.expr(index)?, span),
            ExprKind::Cast(name, x) => self.cast(name, self.expr(x)?, span),
            ExprKind::Conditional(condition, yes, no) => self.conditional(condition, yes, no, span),
            ExprKind::Either(x, y) => self.either(x, y, span),
            ExprKind::Sizeof(x) => self.sizeof(x, span),
            ExprKind::Call(function, args) => self.call(function, args, span),
            ExprKind::Param(name) => self.param(name, span),
            ExprKind::Type(name) => Err(Diagnostic::error(
                Code::TypeMismatch,
                span,
                format!("`{}` is a type, and a value is wanted here", name.base),
            )),
        }
    }

    fn name(&self, name: &str, span: Span) -> Result<Typed, Diagnostic> {
        match builtin::find(name) {
            Some(builtin) => self.builtin(name, &builtin.meaning, span),
            None if self.is_value(name) => self.argument(name, span, true),
            None => match self.constant(name, span)? {
                Some(constant) => Ok(constant),
                None => self.argument(name, span, true),
            },
        }
    }

    /// Whether `name` alone is a builtin or an argument here.
    fn is_value(&self, name: &str) -> bool {
        builtin::find(name).is_some() || self.scope.args().iter().any(|arg| arg.name == name)
    }

    fn param(&self, name: &str, span: Span) -> Result<Typed, Diagnostic> {
        let Some(param) = self.params.iter().find(|param| param.name.value == name) else {
            let all: Vec<&Param> = self.params.iter().collect();
            return Err(param::unknown(name, &format!("${name}"), span, &all));
        };
        let node = match param.value.clone().unwrap_or_else(|| param.ty.stand_in()) {
            ParamValue::Int(value) => Node::Int(value),
            ParamValue::Text(bytes) => Node::Text(bytes),
        };
        Ok(Typed::of(node, param.ty.ty(), span))
    }

    fn builtin(&self, name: &str, meaning: &Meaning, span: Span) -> Result<Typed, Diagnostic> {
        let absent = |why: &str| {
            let message = format!("`{name}` has no value at `{}`", self.scope.hook);
            Diagnostic::error(Code::NotAvailable, span, message).label(why.to_owned())
        };
        match meaning {
            Meaning::Native(native) => {
                let task = || match self.find_type("struct task_struct", Space::Kernel, span) {
                    Ok(ty) => Type::Pointer(Box::new(ty), Space::Kernel),
                    Err(_) => Type::Pointer(Box::new(Type::Void), Space::Kernel),
                };
                let ty = builtin::native_type(*native, task);
                Ok(Typed::of(Node::Native(*native), ty, span))
            }
            Meaning::Expr(text) => {
                let expr = super::parse(text, &|_| span)?;
                let mut typed = self.expr(&expr).map_err(|fault| match self.btf {
                    Err(_) => self.no_types(span, name),
                    Ok(_) => fault.note(format!("`{name}` stands for `{text}`")),
                })?;
                typed.span = span;
                Ok(typed)
            }
            Meaning::Retval => match &self.scope.retval {
                Ok(ty) => Ok(Typed::of(Node::Retval, ty.clone(), span)),
                Err(why) => Err(absent(why)),
            },
            Meaning::Latency if self.scope.call => Ok(Typed::of(Node::Latency, Type::U64, span)),
            Meaning::Latency => Err(absent("entry and return do not make one event here")
                .help("use a `func:` or `syscall:` hook")),
        }
    }

    fn argument(&self, name: &str, span: Span, bare: bool) -> Result<Typed, Diagnostic> {
        let Some(arg) = self.scope.args().iter().find(|arg| arg.name == name) else {
            return Err(self.unknown_name(name, span, bare));
        };
        match &arg.ty {
            Ok(ty) => {
                let node = Node::Arg(Arg { name: arg.name.clone(), place: arg.place });
                Ok(Typed::of(node, ty.clone(), span))
            }
            Err(why) => Err(Diagnostic::error(
                Code::Unsupported,
                span,
                format!("argument `{name}` of `{}` cannot be read", self.scope.hook),
            )
            .label(why.clone())),
        }
    }

    fn unknown_name(&self, name: &str, span: Span, bare: bool) -> Diagnostic {
        let builtins = BUILTINS.iter().filter(|builtin| match builtin.meaning {
            Meaning::Retval => self.scope.retval.is_ok(),
            Meaning::Latency => self.scope.call,
            Meaning::Native(_) | Meaning::Expr(_) => true,
        });
        let builtins = builtins.map(|builtin| builtin.name);
        if self.scope.args.is_err()
            && self.btf.is_err()
            && nearest(name, builtins.clone()).is_none()
        {
            return self.no_types(span, name);
        }
        let args = self.scope.args().iter().map(|arg| {
            let ty = arg.ty.as_ref().map(|ty| self.c_name(ty));
            (arg.name.as_str(), ty.unwrap_or_default())
        });
        let args: Vec<(&str, String)> = args.collect();
        let message = format!("`{}` has no `{name}`", self.scope.hook);
        let mut fault = Diagnostic::error(Code::UnknownName, span, message);
        fault = match &self.scope.args {
            Err(why) => fault.note(format!("its arguments cannot be read: {why}")),
            Ok(_) if args.is_empty() => fault.note("it has no arguments"),
            Ok(_) => fault.note(format!("its arguments are: {}", typed_list(&args))),
        };
        let mut names = args;
        if bare {
            names.extend(builtins.map(|name| (name, String::new())));
            // Where both exist, the builtin is meant.
            let mut seen = HashSet::new();
            names.retain(|(name, _)| seen.insert(*name));
        }
        // Arguments and constants have other names on other kernels.
        *self.missing.borrow_mut() = None;
        fault = fault.of_this_kernel();
        if bare
            && nearest(name, names.iter().map(|(name, _)| *name)).is_none()
            && let Some(near) = self.nearest_constant(name)
        {
            return fault.help(format!("did you mean the constant `{near}`?"));
        }
        fault.help(one_of_typed(name, "the names here are", names))
    }

    /// Whose memory `x` points into, used as an address: a pointer knows; a number points where it was
    /// read, and what the hook hands over where the hook's own addresses do.
    pub(super) fn space_of(&self, x: &Typed) -> Space {
        let mut origin = None;
        x.walk(&mut |typed| {
            let known = match (&typed.ty, &typed.node) {
                (Type::Pointer(_, space), _) => Some(*space),
                (_, Node::Member(member)) => Some(member.space),
                (_, Node::Deref { space, .. }) => Some(*space),
                (_, Node::Arg(_) | Node::Retval) => Some(self.scope.space),
                _ => None,
            };
            origin = origin.or(known);
        });
        origin.unwrap_or(self.scope.space)
    }

    fn cast(&self, name: &TypeName, x: Typed, span: Span) -> Result<Typed, Diagnostic> {
        let ty = self.type_of(name, self.space_of(&x))?;
        let x = x.decayed();
        match (&ty, &x.ty) {
            // C: any value but zero becomes true, whatever its low byte is.
            (Type::Int(Int { style: Style::Bool, .. }), Type::Int(_) | Type::Pointer(..)) => {
                let truth = ops::truth(self, x)?;
                Ok(Typed::of(Node::Convert(truth.into()), ty, span))
            }
            (Type::Int(int), _) if matches!(x.node, Node::Int(_)) => {
                Ok(Typed { span, ..ops::convert(x, *int) })
            }
            (Type::Int(_) | Type::Pointer(..), Type::Int(_) | Type::Pointer(..)) => {
                Ok(Typed::of(Node::Convert(x.into()), ty, span))
            }
            _ => {
                let message = format!("{} cannot be cast to `{}`", self.a(&x), self.c_name(&ty));
                let fault = Diagnostic::error(Code::BadCast, span, message);
                Err(match (&ty, &x.ty) {
                    (Type::Record(_), Type::Int(_) | Type::Pointer(..)) => {
                        fault.help(format!("cast to a pointer to it: `({} *)x`", self.c_name(&ty)))
                    }
                    _ => fault.help("casts go between integers and pointers"),
                })
            }
        }
    }
}

impl Typed {
    /// A `char *`, or a `char[]` that is as long as its string, as the string that is there.
    pub(super) fn with_string_read(self) -> Self {
        let space = match &self.ty {
            Type::Pointer(to, space) if to.is_char() => *space,
            Type::Array(of, 0) if of.is_char() => match self.place() {
                Some(space) => space,
                None => return self,
            },
            _ => return self,
        };
        let span = self.span;
        let node = Node::ReadText { address: self.into(), space, max: None };
        Self::of(node, Type::Text, span)
    }

    /// Whether the value is text: a string or a `char` array.
    pub fn is_text(&self) -> bool {
        match &self.ty {
            Type::Text => true,
            Type::Array(of, _) => of.is_char(),
            Type::Int(Int { style: Style::Char, .. }) => false,
            _ => false,
        }
    }
}
