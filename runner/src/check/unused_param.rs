//! A parameter that nothing uses: setting it changes nothing.

use super::{Rule, Subject};
use crate::diag::{Code, Diagnostic};
use crate::expr::ExprKind;

pub const RULE: Rule = Rule { code: Code::UnusedParam, planned: false, run };

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut unused: Vec<_> = subject.config.params.iter().map(|param| &param.name).collect();
    for expr in subject.config.expressions() {
        expr.walk(&mut |expr| {
            if let ExprKind::Param(name) = &expr.kind {
                unused.retain(|param| param.value != *name);
            }
        });
    }
    for name in unused {
        let message = format!("no expression uses the parameter `{}`", name.value);
        found.push(
            Diagnostic::warning(Code::UnusedParam, name.span, message)
                .help(format!("write `${}` where it is meant, or remove it", name.value)),
        );
    }
}
