//! A bare name that is both a builtin and an argument of the hook: the builtin is meant, its reader
//! may think otherwise.

use super::{Rule, Subject, expressions};
use crate::diag::{Code, Diagnostic};
use crate::expr::{self, ExprKind};

pub const RULE: Rule = Rule { code: Code::AmbiguousName, planned: true, run };

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (probe, variant) in subject.planned() {
        let both = probe.arguments.iter().filter_map(|name| expr::builtin(name));
        let both: Vec<_> = both.collect();
        if both.is_empty() {
            continue;
        }
        for expression in expressions(variant) {
            expression.walk(&mut |expr| {
                let ExprKind::Name(name) = &expr.kind else { return };
                let Some(builtin) = both.iter().find(|builtin| builtin.name == name) else {
                    return;
                };
                let message = format!(
                    "`{name}` is the builtin ({}), but `{}` has an argument of that name",
                    builtin.doc, probe.hook
                );
                found.push(
                    Diagnostic::warning(Code::AmbiguousName, expr.span, message)
                        .help(format!("if the argument is meant, write `args.{name}`")),
                );
            });
        }
    }
}
