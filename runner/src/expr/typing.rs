//! Syntax tree to typed tree: names resolved, members looked up, values made of what is in memory.
//!
//! In: an [`Expr`], the hook's [`Scope`], the kernel's types. Out: a [`Typed`] whose every read and
//! conversion is written out, or the fault.

use std::cell::RefCell;
use std::collections::HashSet;

use super::ast::{Expr, ExprKind, TypeName};
use super::builtin::{self, BUILTINS, Meaning};
use super::ops;
use super::scope::Scope;
use super::ty::{Int, Space, Style, Type};
use super::typed::{Arg, Member, Node, Typed};
use crate::diag::{Code, Diagnostic, Span, Spanned, nearest, one_of};
use crate::facts::btf::{Btf, Kind, Lookup, TypeId};
use crate::facts::{Facts, FactsError};

/// Types expressions of one hook on one kernel.
pub struct Typer<'a> {
    scope: &'a Scope,
    btf: Result<&'a Btf, FactsError>,
    /// Records whose names are known to mean them alone.
    unique: RefCell<Vec<TypeId>>,
}

/// The names of functions that expressions may call.
const FUNCTIONS: &[&str] = &["str"];

impl<'a> Typer<'a> {
    /// A typer for expressions of the hook that brought `scope`.
    pub fn new(scope: &'a Scope, facts: &'a dyn Facts) -> Self {
        Self { scope, btf: facts.btf(), unique: RefCell::default() }
    }

    /// The value of a field: a string for `char *` and `char[]`.
    pub fn field(&self, expr: &Expr) -> Result<Typed, Diagnostic> {
        let typed = self.expr(expr)?.with_string_read();
        match &typed.ty {
            _ if matches!(typed.node, Node::Text(_)) => Err(Diagnostic::error(
                Code::TypeMismatch,
                typed.span,
                "a literal is the same in every event",
            )
            .help("fixed text belongs into `print:`")),
            Type::Int(_) | Type::Pointer(..) | Type::Text | Type::Time => Ok(typed),
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

    pub(super) fn c_name(&self, ty: &Type) -> String {
        ty.c_name(self.btf.as_ref().ok().copied())
    }

    pub(super) fn expr(&self, expr: &Expr) -> Result<Typed, Diagnostic> {
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
            ExprKind::Binary(op, x, y) => {
                ops::binary(self, *op, self.expr(x)?, self.expr(y)?, span)
            }
            ExprKind::Member(base, name) => self.member(base, name, span),
            ExprKind::Cast(name, x) => self.cast(name, self.expr(x)?, span),
            ExprKind::Call(function, args) => self.call(function, args, span),
        }
    }

    fn name(&self, name: &str, span: Span) -> Result<Typed, Diagnostic> {
        match builtin::find(name) {
            Some(builtin) => self.builtin(name, &builtin.meaning, span),
            None => self.argument(name, span, true),
        }
    }

    fn builtin(&self, name: &str, meaning: &Meaning, span: Span) -> Result<Typed, Diagnostic> {
        let absent = |why: &str| {
            let message = format!("`{name}` has no value at `{}`", self.scope.hook);
            Diagnostic::error(Code::NotAvailable, span, message).label(why.to_owned())
        };
        match meaning {
            Meaning::Native(native) => {
                let task = || match self.find_type("struct task_struct", span) {
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
        let args: Vec<&str> = self.scope.args().iter().map(|arg| arg.name.as_str()).collect();
        let message = format!("`{}` has no `{name}`", self.scope.hook);
        let mut fault = Diagnostic::error(Code::UnknownName, span, message);
        fault = match &self.scope.args {
            Err(why) => fault.note(format!("its arguments cannot be read: {why}")),
            Ok(_) if args.is_empty() => fault.note("it has no arguments"),
            Ok(_) => fault.note(format!("its arguments are: {}", args.join(", "))),
        };
        let mut names = args;
        if bare {
            names.extend(builtins);
            // Where both exist, the builtin is meant.
            let mut seen = HashSet::new();
            names.retain(|name| seen.insert(*name));
        }
        fault.help(one_of(name, "the names here are", &names))
    }

    fn member(&self, base: &Expr, name: &Spanned<String>, span: Span) -> Result<Typed, Diagnostic> {
        if base.kind == ExprKind::Name("args".into())
            && !self.scope.args().iter().any(|arg| arg.name == "args")
        {
            return self.argument(&name.value, name.span, false);
        }
        let base = self.expr(base)?;
        match (&base.ty, &base.node) {
            (Type::Pointer(to, space), _) => match &**to {
                Type::Record(record) => {
                    self.unambiguous(record, base.span)?;
                    let (record, space) = (record.clone(), *space);
                    self.member_of(base, record.clone(), record, String::new(), space, name, span)
                }
                // Without types `task` points at nothing known, and a cast would not help.
                Type::Void if self.btf.is_err() => Err(self.no_types(span, &name.value)),
                Type::Void => Err(self
                    .not_a_structure(&base, name)
                    .help("cast it to what it points at: `((struct sock *)p)->member`")),
                _ => Err(self.not_a_structure(&base, name)),
            },
            (Type::Record(inner), Node::Member(outer)) => {
                let (inner, outer) = (inner.clone(), outer.clone());
                let root = super::ty::Record { id: inner.id, name: outer.record.clone() };
                let prefix = format!("{}.", outer.path);
                self.member_of(*outer.base, root, inner, prefix, outer.space, name, span)
            }
            (Type::Int(_), _) => Err(Diagnostic::error(
                Code::NotAPointer,
                base.span,
                format!("this is an integer (`{}`), not a pointer", self.c_name(&base.ty)),
            )
            .help(format!("cast it first: `((struct … *)x)->{}`", name.value))),
            _ => Err(self.not_a_structure(&base, name)),
        }
    }

    fn not_a_structure(&self, base: &Typed, name: &Spanned<String>) -> Diagnostic {
        let ty = self.c_name(&base.ty);
        let message = format!("`{ty}` has no member `{}`: it is not a structure", name.value);
        Diagnostic::error(Code::NotAStructure, base.span, message).label(format!("a `{ty}`"))
    }

    /// `name` in `inner`, which lies at `prefix` in the structure `root` at address `base`.
    #[allow(clippy::too_many_arguments)]
    fn member_of(
        &self,
        base: Typed,
        root: super::ty::Record,
        inner: super::ty::Record,
        prefix: String,
        space: Space,
        name: &Spanned<String>,
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        let btf = self.btf(span, &name.value)?;
        let Some(found) = btf.member(inner.id, &name.value) else {
            return Err(unknown_member(btf, &inner, name));
        };
        if root.name.is_empty() {
            return Err(Diagnostic::error(
                Code::Unsupported,
                span,
                "the structure has no name, so the kernel cannot be asked for its layout",
            ));
        }
        if found.bitfield_bits > 0 {
            let message = format!("`{}` is a bitfield; this version cannot read it", name.value);
            return Err(Diagnostic::error(Code::Unsupported, name.span, message));
        }
        // What a pointer in user memory points at is user memory.
        let ty = Type::from_btf(btf, found.ty, space);
        let path = format!("{prefix}{}", name.value);
        let member = Member { base: base.into(), space, record: root.name, path };
        Ok(Typed::of(Node::Member(member), ty, span))
    }

    /// Refuses a record that was reached by number and whose name means others, too: at the start,
    /// the kernel is asked by name.
    fn unambiguous(&self, record: &super::ty::Record, span: Span) -> Result<(), Diagnostic> {
        let Ok(btf) = self.btf else { return Ok(()) };
        if record.name.is_empty() || self.unique.borrow().contains(&record.id) {
            return Ok(());
        }
        let sort = |id| match btf.kind(btf.strip(id)) {
            Some(Kind::Struct { name, .. }) => Some((false, name)),
            Some(Kind::Union { name, .. }) => Some((true, name)),
            _ => None,
        };
        match btf.find_tag(&record.name) {
            Ok(found) if sort(found) == sort(record.id) => {
                self.unique.borrow_mut().push(record.id);
                Ok(())
            }
            Ok(found) => Err(ambiguous(
                span,
                format!(
                    "the kernel has a `{}` and a `{}`",
                    btf.type_name(found),
                    btf.type_name(record.id)
                ),
            )),
            Err(fault) => Err(ambiguous(span, fault.to_string())),
        }
    }

    fn whole_record(&self, record: &super::ty::Record, span: Span) -> Diagnostic {
        let name = self.c_name(&Type::Record(record.clone()));
        let fault = Diagnostic::error(
            Code::TypeMismatch,
            span,
            format!("this is a whole `{name}`; a field shows one value of it"),
        );
        match &self.btf {
            Ok(btf) => {
                let members = member_names(btf, record);
                fault.help(format!("name a member: {}", shortened(&members)))
            }
            Err(_) => fault,
        }
    }

    fn cast(&self, name: &TypeName, x: Typed, span: Span) -> Result<Typed, Diagnostic> {
        let mut ty = self.find_type(&name.base, name.span)?;
        // A cast to a pointer keeps the address space that the address came from.
        let space = match &x.ty {
            Type::Pointer(_, space) => *space,
            _ => Space::Kernel,
        };
        for _ in 0..name.pointers.min(8) {
            ty = Type::Pointer(Box::new(ty), space);
        }
        match (&ty, &x.ty) {
            // C: any value but zero becomes true, whatever its low byte is.
            (Type::Int(Int { style: Style::Bool, .. }), Type::Int(_) | Type::Pointer(..)) => {
                let truth = ops::truth(self, x)?;
                Ok(Typed::of(Node::Convert(truth.into()), ty, span))
            }
            (Type::Int(_) | Type::Pointer(..), Type::Int(_) | Type::Pointer(..)) => {
                Ok(Typed::of(Node::Convert(x.into()), ty, span))
            }
            _ => Err(Diagnostic::error(
                Code::TypeMismatch,
                span,
                format!("a `{}` cannot be cast to `{}`", self.c_name(&x.ty), self.c_name(&ty)),
            )
            .help("casts go between integers and pointers")),
        }
    }

    fn call(
        &self,
        function: &Spanned<String>,
        args: &[Expr],
        span: Span,
    ) -> Result<Typed, Diagnostic> {
        if function.value != "str" {
            return Err(Diagnostic::error(
                Code::UnknownFunction,
                function.span,
                format!("there is no function `{}`", function.value),
            )
            .help(one_of(&function.value, "the functions are", FUNCTIONS)));
        }
        let usage = |span, message: String| {
            Diagnostic::error(Code::BadCall, span, message)
                .help("write `str(pointer)` or `str(pointer, longest)`")
        };
        let (pointer, max) = match args {
            [pointer] => (pointer, None),
            [pointer, max] => match max.kind {
                ExprKind::Int { value, .. } if (1..=4096).contains(&value) => {
                    (pointer, Some(value as u32))
                }
                _ => {
                    let message = "the longest length is a number from 1 to 4096".into();
                    return Err(usage(max.span, message));
                }
            },
            _ => {
                let message = format!("`str` takes 1 or 2 arguments, not {}", args.len());
                return Err(usage(span, message));
            }
        };
        let mut address = self.expr(pointer)?;
        if matches!(address.ty, Type::Array(_, 0)) {
            address = address.with_string_read();
        }
        match address.ty.clone() {
            Type::Text => Ok(Typed { span, ..address }),
            Type::Array(of, _) if of.is_char() => Ok(Typed { span, ..address }),
            Type::Pointer(_, space) => {
                let node = Node::ReadText { address: address.into(), space, max };
                Ok(Typed::of(node, Type::Text, span))
            }
            Type::Int(Int { bits: 64, .. }) => {
                let node = Node::ReadText { address: address.into(), space: Space::Kernel, max };
                Ok(Typed::of(node, Type::Text, span))
            }
            other => {
                let message = format!("`str` reads at a pointer, not a `{}`", self.c_name(&other));
                Err(usage(address.span, message))
            }
        }
    }

    fn find_type(&self, name: &str, span: Span) -> Result<Type, Diagnostic> {
        if let Some(ty) = Type::named_integer(name) {
            return Ok(ty);
        }
        if name == "void" {
            return Ok(Type::Void);
        }
        let btf = self.btf(span, name)?;
        match btf.find(name) {
            Ok(id) => Ok(Type::from_btf(btf, id, Space::Kernel)),
            Err(fault @ Lookup::Ambiguous { .. }) => Err(ambiguous(span, fault.to_string())),
            Err(fault) => {
                let diagnostic = Diagnostic::error(
                    Code::UnknownType,
                    span,
                    format!("there is no type `{name}`"),
                );
                Err(match fault.nearest() {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                    None => diagnostic.help("types are named as in C: `struct sock`, `u32`"),
                })
            }
        }
    }

    fn btf(&self, span: Span, name: &str) -> Result<&'a Btf, Diagnostic> {
        self.btf.as_ref().map(|btf| *btf).map_err(|_| self.no_types(span, name))
    }

    fn no_types(&self, span: Span, name: &str) -> Diagnostic {
        let why = self.btf.as_ref().err().map(|fault| chain(fault)).unwrap_or_default();
        Diagnostic::error(Code::NoTypes, span, format!("`{name}` needs the kernel's types"))
            .note(why)
    }
}

impl Typed {
    /// A `char *`, or a `char[]` that is as long as its string, as the string that is there.
    pub(super) fn with_string_read(self) -> Self {
        let space = match (&self.ty, &self.node) {
            (Type::Pointer(to, space), _) if to.is_char() => *space,
            (Type::Array(of, 0), Node::Member(member)) if of.is_char() => member.space,
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

fn ambiguous(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(Code::AmbiguousType, span, message)
        .help("the kernel has several; none is taken on a guess")
}

/// The fault and what led to it, on one line.
fn chain(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(fault) = cause {
        text.push_str(&format!(": {fault}"));
        cause = fault.source();
    }
    text
}

fn member_names(btf: &Btf, record: &super::ty::Record) -> Vec<String> {
    btf.named_members(record.id).iter().map(|member| member.name.to_owned()).collect()
}

fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 30;
    let more = names.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{tail}", names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "))
}

fn unknown_member(btf: &Btf, record: &super::ty::Record, name: &Spanned<String>) -> Diagnostic {
    let names = member_names(btf, record);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let shown = btf.type_name(record.id);
    Diagnostic::error(
        Code::UnknownMember,
        name.span,
        format!("`{shown}` has no member `{}`", name.value),
    )
    .help(one_of(&name.value, "its members are", &names))
}
