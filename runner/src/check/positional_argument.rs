//! `arg0` in a program's function, where `args:` could say what it is called and which type it has.

use std::collections::HashMap;

use super::{Rule, Subject, expressions};
use crate::config::Variant;
use crate::diag::{Code, Diagnostic, Span};
use crate::expr::{Expr, ExprKind};
use crate::hook::HookKind;

pub const RULE: Rule = Rule { code: Code::PositionalArgument, planned: false, run };

/// More arguments than any hook has.
const MOST: usize = 16;

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (_, variant) in subject.variants() {
        if !variant.hooks.iter().any(|hook| describes_nothing(hook.value.kind, variant)) {
            continue;
        }
        let mut first: HashMap<usize, Span> = HashMap::new();
        for expr in expressions(variant) {
            expr.walk(&mut |expr| {
                if let Some(index) = position(expr) {
                    first.entry(index).or_insert(expr.span);
                }
            });
        }
        let mut first: Vec<_> = first.into_iter().collect();
        first.sort();
        found.extend(first.into_iter().map(|(index, span)| fault(index, span, variant)));
    }
}

/// Whether only `args:` can describe what a hook of that kind has. The note of a static probe gives
/// at least the width and the sign, so it is a case only if some of its arguments have names.
fn describes_nothing(kind: HookKind, variant: &Variant) -> bool {
    match kind {
        HookKind::Uprobe | HookKind::Ufunc => true,
        HookKind::Usdt => !variant.args.is_empty(),
        _ => false,
    }
}

/// Which argument is named by its position.
fn position(expr: &Expr) -> Option<usize> {
    let name = match &expr.kind {
        ExprKind::Name(name) => name,
        ExprKind::Member(base, name) if base.kind == ExprKind::Name("args".into()) => &name.value,
        _ => return None,
    };
    name.strip_prefix("arg")?.parse().ok().filter(|index| *index < MOST)
}

fn fault(index: usize, span: Span, variant: &Variant) -> Diagnostic {
    let message = format!("`arg{index}` says neither what it is nor which type it has");
    let mut all: Vec<String> = variant.args.iter().map(|arg| arg.name.value.clone()).collect();
    all.extend((all.len()..=index).map(|n| format!("name{n}: type")));
    let given = variant.args.len().min(all.len());
    for text in &mut all[..given] {
        text.push_str(": …");
    }
    Diagnostic::warning(Code::PositionalArgument, span, message)
        .help(format!("describe it, and use its name: `args: {{{}}}`", all.join(", ")))
}
