//! The fields that a drafted probe has: every argument, read in a way that makes sense.
//!
//! In: a [`Place`]. Out: [`Line`]s, each a field whose expression is typed at every place of the
//! hook, or a comment that says why an argument is none.

use std::collections::HashSet;

use super::known;
use crate::author::outline::reference;
use crate::author::place::Place;
use crate::check;
use crate::config::name::RESERVED;
use crate::diag::Span;
use crate::expr::{self, Named, Record, RecordId, Type, Typer};
use crate::facts::Facts;
use crate::facts::btf::Kind;
use crate::hook::{HookKind, Sampling, Target};
use crate::layout::{SlotKind, Wanted};

/// A line below `fields:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A field.
    Field(Field),
    /// What is to be said where a field is missing.
    Comment(String),
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub expr: String,
    /// Its type, or what it is.
    pub comment: Option<String>,
    /// How it is shown.
    pub kind: SlotKind,
    /// The longest string, where the default may cut it.
    pub max: Option<u32>,
    /// Its `as:`.
    pub shown: Option<&'static str>,
}

/// The lines for `place`.
pub fn lines(place: &Place, facts: &dyn Facts) -> Vec<Line> {
    let mut writer = Writer { place, facts, lines: Vec::new(), names: HashSet::new() };
    let globals: &[&str] = match &place.hook.target {
        Target::Sampling(Sampling::Interval(_)) => &["cpu", "nsecs"],
        Target::Sampling(_) => &["pid", "comm", "cpu"],
        _ => &["pid", "comm"],
    };
    for name in globals {
        writer.add(name, name, None);
    }
    if place.is_glob() {
        writer.add("func", "func", None);
    }
    writer.arguments();
    writer.result();
    writer.lines
}

struct Writer<'a> {
    place: &'a Place,
    facts: &'a dyn Facts,
    lines: Vec<Line>,
    names: HashSet<String>,
}

impl Writer<'_> {
    fn arguments(&mut self) {
        let Some(site) = self.place.sites.first() else { return };
        let declared = self.place.declared(self.facts.btf().ok());
        match &site.scope.args {
            Ok(args) => {
                for (named, declared) in args.iter().zip(declared) {
                    self.argument(named, declared);
                }
            }
            // A sample has none in any case.
            Err(_) if matches!(self.place.hook.target, Target::Sampling(_)) => {}
            Err(why) => self.lines.push(Line::Comment(format!("No arguments: {why}"))),
        }
    }

    fn argument(&mut self, named: &Named, declared: Option<String>) {
        let ty = match &named.ty {
            Ok(ty) => ty,
            Err(why) => {
                let declared = declared.map(|ty| format!(" ({ty})")).unwrap_or_default();
                let line = format!("{}{declared} cannot be read: {why}", named.name);
                return self.lines.push(Line::Comment(line));
            }
        };
        let shown = declared.unwrap_or_else(|| ty.c_name(self.facts.btf().ok()));
        let mut comment = Some(declaration(&shown, &named.name));
        let base = reference(&named.name);
        let mut any = false;
        for (suffix, read) in self.reads(ty) {
            let name = match *suffix {
                "" => named.name.clone(),
                suffix => format!("{}_{suffix}", named.name),
            };
            if self.add(&name, &read.replace('$', &base), comment.clone()) {
                any = true;
                comment = None;
            }
        }
        for part in self.parts(ty) {
            let name = format!("{}_{part}", named.name);
            if self.add(&name, &format!("{base}.{part}"), comment.clone()) {
                any = true;
                comment = None;
            }
        }
        let own = comment.take().map(|_| shown.clone());
        if !any && !self.add(&named.name, &base, own) {
            let line = format!("{} ({shown}) differs from place to place", named.name);
            self.lines.push(Line::Comment(line));
        }
    }

    /// What people want of a pointer of that type.
    fn reads(&self, ty: &Type) -> &'static [known::Read] {
        let Type::Pointer(to, _) = ty else { return &[] };
        let Type::Record(record) = &**to else { return &[] };
        let (Ok(btf), RecordId::Kernel(id)) = (self.facts.btf(), record.id) else { return &[] };
        match btf.kind(id) {
            Some(Kind::Struct { name, .. }) => known::reads(name),
            _ => &[],
        }
    }

    /// The members of a structure that is passed by value.
    fn parts(&self, ty: &Type) -> Vec<String> {
        let Type::Record(Record { id: RecordId::Kernel(id), .. }) = ty else { return Vec::new() };
        let Ok(btf) = self.facts.btf() else { return Vec::new() };
        let names = btf.members(*id).map(|member| member.name.to_owned());
        names.filter(|name| !name.is_empty()).collect()
    }

    fn result(&mut self) {
        let Some(site) = self.place.sites.first() else { return };
        let declared = self.place.returned(self.facts.btf().ok());
        match &site.scope.retval {
            Ok(ty) => {
                let shown = declared.unwrap_or_else(|| ty.c_name(self.facts.btf().ok()));
                if !self.add("ret", "retval", Some(shown.clone())) {
                    let line = format!("retval ({shown}) differs from place to place");
                    self.lines.push(Line::Comment(line));
                }
            }
            Err(why) if returns(self.place.hook.kind) => {
                self.lines.push(Line::Comment(format!("No return value: {why}")));
            }
            Err(_) => {}
        }
        if site.scope.call {
            self.add("latency", "latency", Some("nanoseconds".into()));
        }
    }

    /// Adds a field if its expression has a value of one kind at every place; whether it did.
    fn add(&mut self, name: &str, expr: &str, comment: Option<String>) -> bool {
        let Some((kind, max)) = self.kind(expr) else { return false };
        let number = matches!(kind, SlotKind::Signed(_) | SlotKind::Unsigned(_));
        let argument = expr.strip_prefix("args.").unwrap_or(expr);
        let shown = known::decoder(&self.place.hook, argument).filter(|_| number);
        let mut name = name.to_owned();
        if self.names.contains(&name) || RESERVED.contains(&name.as_str()) {
            name = format!("arg_{name}");
        }
        while !self.names.insert(name.clone()) {
            name.push('_');
        }
        self.lines.push(Line::Field(Field {
            name,
            expr: expr.to_owned(),
            comment,
            kind,
            max,
            shown,
        }));
        true
    }

    /// How `expr` is shown, if it can be and alike at every place, and the `max:` that it needs.
    fn kind(&self, expr: &str) -> Option<(SlotKind, Option<u32>)> {
        let parsed = expr::parse(expr, &|_| Span::default()).ok()?;
        let mut kinds = self.place.sites.iter().map(|site| {
            let typer = Typer::new(&site.scope, self.facts);
            let typed = typer.field(&parsed).ok()?;
            let kind = SlotKind::of(&typed, Wanted::default());
            let most = check::longest(&parsed, &typed).map(|(most, _)| most);
            let max = most.filter(|most| matches!(kind, SlotKind::Text(kept) if kept < *most));
            Some((SlotKind::of(&typed, Wanted { max, string: None }), max))
        });
        let first = kinds.next()??;
        kinds.all(|kind| kind == Some(first)).then_some(first)
    }
}

/// Whether hooks of that kind show what a function returns.
fn returns(kind: HookKind) -> bool {
    use HookKind::{Fexit, Func, Kretprobe, Syscall, Ufunc, Uretprobe};
    matches!(kind, Fexit | Func | Kretprobe | Syscall | Ufunc | Uretprobe)
}

/// `struct file *` and `file` as C has them: `struct file *file`.
pub fn declaration(ty: &str, name: &str) -> String {
    match ty.find(['[']) {
        // Behind the name go the lengths of an array; the rest stands before it.
        Some(at) if !ty.contains('(') => format!("{} {name}{}", ty[..at].trim_end(), &ty[at..]),
        _ if ty.contains("(*)") => ty.replacen("(*)", &format!("(*{name})"), 1),
        _ if ty.ends_with('*') => format!("{ty}{name}"),
        _ => format!("{ty} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_c() {
        for (ty, shown) in [
            ("int", "int x"),
            ("struct file *", "struct file *x"),
            ("char[16]", "char x[16]"),
            ("int (*)(…)", "int (*x)(…)"),
        ] {
            assert_eq!(declaration(ty, "x"), shown);
        }
    }
}
