//! What can be named at a hook: arguments, `retval`, builtins, and the members of structures.
//!
//! In: a [`Place`], paths to walk further. Out: an [`Outline`]; each entry is an expression that a
//! config can have, with its type in C.

use serde::Serialize;

use super::place::Place;
use crate::diag::{Diagnostic, Faults, Source, Span};
use crate::expr::{self, BUILTINS, Builtin, ExprKind, Meaning, Node, RecordId, Type, Typed, Typer};
use crate::facts::Facts;
use crate::facts::btf::{Btf, Member};
use crate::plan::sites::Site;

/// What can be named at a hook.
#[derive(Debug, Serialize)]
pub struct Outline {
    /// The place: of a glob, the first that fits.
    pub hook: String,
    /// The kernel's release.
    pub kernel: String,
    /// What to know of it.
    pub notes: Vec<String>,
    /// Arguments.
    pub arguments: Vec<Entry>,
    /// `retval` and `latency`, where they have a value.
    pub call: Vec<Entry>,
    /// What every hook has.
    pub builtins: Vec<Entry>,
    /// What was asked for by path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deep: Vec<Entry>,
}

/// One expression.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// As a config has it.
    pub expr: String,
    /// Its type in C.
    #[serde(rename = "type")]
    pub ty: String,
    /// Of a member: bytes from the start of its structure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Of a member: bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Of a bitfield.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<Bits>,
    /// Why it cannot be read, or what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Of the structure that it is or points to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Self>,
}

/// Where in its byte a bitfield is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Bits {
    /// The first bit, from the lowest.
    pub first: u64,
    /// How many.
    pub width: u32,
}

impl Entry {
    fn new(expr: impl Into<String>, ty: impl Into<String>, note: Option<String>) -> Self {
        let (expr, ty) = (expr.into(), ty.into());
        Self { expr, ty, offset: None, size: None, bits: None, note, members: Vec::new() }
    }
}

/// What can be named at `place`, and what is at each of the `deep` paths.
pub fn outline(place: &Place, deep: &[String], facts: &dyn Facts) -> Result<Outline, Faults> {
    let Some(site) = place.sites.first() else {
        // A hook that resolves has a place.
        return Ok(Outline::empty(place, facts));
    };
    let btf = facts.btf().ok();
    let mut outline = Outline { hook: site.scope.hook.clone(), ..Outline::empty(place, facts) };
    let declared = place.declared(btf);
    outline.arguments = arguments(site, &declared, btf);
    outline.call = call(site, place.returned(btf), btf);
    outline.builtins = builtins(facts, site);
    if let Err(why) = &site.scope.args {
        outline.notes.push(format!("no arguments: {why}"));
    }
    if let Err(why) = &site.scope.retval {
        outline.notes.push(format!("no retval: {why}"));
    }
    for path in deep {
        match walk(path, site, facts) {
            Ok(entry) => outline.deep.push(entry),
            Err(fault) => {
                let source = Source { path: "--deep".into(), text: path.clone() };
                let mut faults = Faults::new(source.into());
                faults.push(fault);
                return Err(faults);
            }
        }
    }
    Ok(outline)
}

impl Outline {
    fn empty(place: &Place, facts: &dyn Facts) -> Self {
        let mut notes: Vec<String> =
            place.passed_over.iter().map(|why| format!("not {why}")).collect();
        if let Some(why) = &place.unavailable {
            notes.push(format!("this kernel cannot attach here: {why}"));
        }
        if place.sites.len() > 1 {
            notes.push(format!("the first of {} places of {}", place.sites.len(), place.hook));
        }
        Self {
            hook: place.hook.to_string(),
            kernel: facts.release().to_owned(),
            notes,
            arguments: Vec::new(),
            call: Vec::new(),
            builtins: Vec::new(),
            deep: Vec::new(),
        }
    }
}

fn arguments(site: &Site, declared: &[Option<String>], btf: Option<&Btf>) -> Vec<Entry> {
    let names = site.scope.args().iter().zip(declared.iter().chain(std::iter::repeat(&None)));
    names
        .map(|(named, declared)| {
            let expr = reference(&named.name);
            match &named.ty {
                Err(why) => {
                    let ty = declared.clone().unwrap_or_else(|| "?".into());
                    Entry::new(expr, ty, Some(format!("cannot be read: {why}")))
                }
                Ok(ty) => {
                    let shown = declared.clone().unwrap_or_else(|| ty.c_name(btf));
                    let mut entry = Entry::new(expr.clone(), shown, None);
                    entry.members = members(&expr, ty, btf);
                    entry.note = structure(ty, btf);
                    entry
                }
            }
        })
        .collect()
}

/// How an expression calls the argument `name`: a builtin of that name comes first.
pub fn reference(name: &str) -> String {
    match expr::builtin(name) {
        Some(_) => format!("args.{name}"),
        None => name.to_owned(),
    }
}

fn call(site: &Site, declared: Option<String>, btf: Option<&Btf>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let doc = |name: &str| expr::builtin(name).map(|builtin| builtin.doc.to_owned());
    if let Ok(ty) = &site.scope.retval {
        let shown = declared.unwrap_or_else(|| ty.c_name(btf));
        let mut entry = Entry::new("retval", shown, doc("retval"));
        entry.members = members("retval", ty, btf);
        entries.push(entry);
    }
    if site.scope.call {
        entries.push(Entry::new("latency", Type::U64.c_name(btf), doc("latency")));
    }
    entries
}

fn builtins(facts: &dyn Facts, site: &Site) -> Vec<Entry> {
    let typer = Typer::new(&site.scope, facts);
    let entry = |builtin: &Builtin| {
        let name = expr::Expr { kind: ExprKind::Name(builtin.name.into()), span: Span::default() };
        let ty = typer.expr(&name).ok()?.ty.c_name(facts.btf().ok());
        Some(Entry::new(builtin.name, ty, Some(builtin.doc.to_owned())))
    };
    let of_call =
        |builtin: &&Builtin| matches!(builtin.meaning, Meaning::Retval | Meaning::Latency);
    BUILTINS.iter().filter(|builtin| !of_call(builtin)).filter_map(entry).collect()
}

/// What is at `path`, an expression.
fn walk(path: &str, site: &Site, facts: &dyn Facts) -> Result<Entry, Diagnostic> {
    let parsed = expr::parse(path, &|range| Span::new(range.start, range.end))?;
    let typer = Typer::new(&site.scope, facts);
    let typed = typer.expr(&parsed)?;
    let btf = facts.btf().ok();
    let shown = btf.and_then(|btf| member_type(btf, &typed));
    let shown = shown.unwrap_or_else(|| typed.ty.c_name(btf));
    // A member of what an operator gives needs parentheses.
    let simple =
        matches!(parsed.kind, ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Call(..));
    let base = if simple { path.trim().to_owned() } else { format!("({})", path.trim()) };
    let mut entry = Entry::new(path.trim(), shown, structure(&typed.ty, btf));
    entry.members = members(&base, &typed.ty, btf);
    Ok(entry)
}

/// The declared type of what `typed` reads, where it is a member of a structure of the kernel.
fn member_type(btf: &Btf, typed: &Typed) -> Option<String> {
    let Node::Member(member) = &typed.node else { return None };
    let record = btf.find_tag(&member.record).ok()?;
    Some(btf.type_name(btf.path(record, &member.path).ok()?.ty))
}

/// The structure that a value is or points to, and what it takes.
fn structure(ty: &Type, btf: Option<&Btf>) -> Option<String> {
    let (id, btf) = (record(ty)?, btf?);
    let size = btf.size_of(id)?;
    Some(format!("{}: {size} bytes", btf.type_name(id)))
}

/// The structure of the kernel that a value is or points to.
fn record(ty: &Type) -> Option<crate::facts::btf::TypeId> {
    let ty = match ty {
        Type::Pointer(to, _) => to,
        other => other,
    };
    match ty {
        Type::Record(record) => match record.id {
            RecordId::Kernel(id) => Some(id),
            RecordId::Own(_) => None,
        },
        _ => None,
    }
}

/// The members of the structure that the value of `base` is or points to.
fn members(base: &str, ty: &Type, btf: Option<&Btf>) -> Vec<Entry> {
    let (Some(id), Some(btf)) = (record(ty), btf) else { return Vec::new() };
    let step = if matches!(ty, Type::Pointer(..)) { "->" } else { "." };
    let entry = |member: Member| {
        let size = btf.size_of(member.ty);
        let bits = (member.bitfield_bits > 0)
            .then_some(Bits { first: member.bit_offset % 8, width: member.bitfield_bits });
        Entry {
            offset: Some(member.bit_offset / 8),
            size,
            bits,
            ..Entry::new(format!("{base}{step}{}", member.name), btf.type_name(member.ty), None)
        }
    };
    btf.named_members(id).into_iter().map(entry).collect()
}

/// The text for people: a type, an expression and a comment a line, in columns.
pub fn text(outline: &Outline) -> String {
    let mut text = format!("// {}, Linux {}\n", outline.hook, outline.kernel);
    for note in &outline.notes {
        text.push_str(&format!("// {note}\n"));
    }
    for (title, entries) in [
        ("arguments", &outline.arguments),
        ("the call", &outline.call),
        ("builtins", &outline.builtins),
        ("deeper", &outline.deep),
    ] {
        if !entries.is_empty() {
            text.push_str(&format!("\n// {title}\n"));
            let mut rows = Vec::new();
            entries.iter().for_each(|entry| collect(entry, 0, &mut rows));
            table(&rows, &mut text);
        }
    }
    text
}

/// One JSON object.
pub fn json(outline: &Outline) -> serde_json::Result<String> {
    serde_json::to_string(outline).map(|text| text + "\n")
}

/// Type, expression and comment of an entry and its members.
fn collect(entry: &Entry, depth: usize, rows: &mut Vec<[String; 3]>) {
    let indent = "    ".repeat(depth);
    let place = entry.offset.map(|offset| match (entry.bits, entry.size) {
        (Some(Bits { first, width: 1 }), _) => format!("at {offset}, bit {first}"),
        (Some(Bits { first, width }), _) => format!("at {offset}, {width} bits from bit {first}"),
        (None, Some(size)) => format!("at {offset}, {size} bytes"),
        (None, None) => format!("at {offset}"),
    });
    let comment: Vec<String> = place.into_iter().chain(entry.note.clone()).collect();
    rows.push([format!("{indent}{}", entry.ty), entry.expr.clone(), comment.join("; ")]);
    entry.members.iter().for_each(|member| collect(member, depth + 1, rows));
}

/// Appends `rows` in columns as wide as most of them need.
fn table(rows: &[[String; 3]], text: &mut String) {
    const WIDEST: usize = 40;
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    for [ty, expr, comment] in rows {
        let line = match comment.as_str() {
            "" => format!("{ty:first$}  {expr}"),
            comment => format!("{ty:first$}  {expr:second$}  // {comment}"),
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
