//! Strings of which the config keeps less than they often have: paths, names of directory entries,
//! arrays of characters.

use super::{Rule, Subject};
use crate::config::{Field, in_flow};
use crate::diag::{Code, Diagnostic, clip};
use crate::expr::{Arg, ArgPlace, Expr, ExprKind, Node, Type, Typed};
use crate::layout::SlotKind;
use crate::plan;

pub const RULE: Rule = Rule { code: Code::TruncatedString, planned: true, run };

/// `PATH_MAX`, the longest path that the kernel takes.
const PATH: u32 = 4096;
/// `NAME_MAX`, the longest name of a directory entry.
const NAME: u32 = 255;

/// What ends in one of these names is that long.
const LENGTHS: &[(&str, u32, &str)] = &[
    ("filename", PATH, "a path"),
    ("pathname", PATH, "a path"),
    ("path", PATH, "a path"),
    ("oldname", PATH, "a path"),
    ("newname", PATH, "a path"),
    ("dir_name", PATH, "a path"),
    ("dev_name", PATH, "a path"),
    ("exe", PATH, "a path"),
    ("d_name", NAME, "a directory entry's name"),
    ("d_iname", NAME, "a directory entry's name"),
];

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (probe, variant) in subject.planned() {
        for (index, field) in variant.fields.iter().enumerate() {
            found.extend(of_field(index, field, probe, &subject.config.source.text));
        }
    }
}

/// The fault of the field with that index.
fn of_field(index: usize, field: &Field, probe: &plan::Probe, file: &str) -> Option<Diagnostic> {
    let SlotKind::Text(kept) = probe.layout.slots.get(index)?.kind else { return None };
    let value = probe.programs.iter().flat_map(|program| &program.values);
    let typed = value.into_iter().find(|value| value.slot == index).map(|value| &value.typed)?;
    let (most, what) = longest(&field.expr, typed)?;
    if kept >= most {
        return None;
    }
    let name = &field.name.value;
    let message = format!("`{name}` keeps {kept} bytes, and {what} may have {most}");
    let fault = Diagnostic::warning(Code::TruncatedString, field.span, message);
    let text = file.get(field.expr.span.start..field.expr.span.end).unwrap_or("…");
    Some(
        fault.help(format!(
            "keep it whole: `{name}: {{expr: {}, max: {most}}}`",
            in_flow(&clip(text))
        )),
    )
}

/// How long the value of a field may be that shows a string, and what it is, if that is known.
pub fn longest(expr: &Expr, typed: &Typed) -> Option<(u32, &'static str)> {
    if let Type::Array(_, length @ 1..) = typed.ty {
        return Some((length, "the array"));
    }
    if let Node::Arg(Arg { place: ArgPlace::Inline { len, .. }, .. }) = typed.node {
        return Some((len, "the array"));
    }
    let name = last_name(expr)?;
    // `struct filename` holds a path under a name that says nothing.
    if name == "name" && is_in_filename(typed) {
        return Some((PATH, "a path"));
    }
    LENGTHS.iter().find(|(known, ..)| *known == name).map(|(_, most, what)| (*most, *what))
}

fn is_in_filename(typed: &Typed) -> bool {
    typed.any(|typed| match &typed.node {
        Node::Member(member) => member.record == "filename",
        _ => false,
    })
}

/// The name that an expression ends in: `c` of `a->b.c`, also within `str(…)`.
fn last_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Member(_, name) => Some(&name.value),
        ExprKind::Call(_, args) => last_name(args.first()?),
        ExprKind::Cast(_, x) => last_name(x),
        _ => None,
    }
}
