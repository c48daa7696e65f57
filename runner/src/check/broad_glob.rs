//! A pattern of functions or symbols that is attached to very many places: each costs time at the
//! start and the end, and all of them slow the machine.

use super::{Rule, Subject};
use crate::config::Variant;
use crate::diag::{Code, Diagnostic, Spanned};
use crate::hook::{Hook, is_glob};

pub const RULE: Rule = Rule { code: Code::BroadGlob, planned: true, run };

/// More places than anybody wants to look at one by one.
const MANY: usize = 250;

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (probe, variant) in subject.planned() {
        let count = probe.layout.places.len();
        let Some(hook) = chosen(variant, &probe.hook).filter(|_| count > MANY) else { continue };
        let message = format!("`{}` is attached to {count} places", probe.hook);
        found.push(
            Diagnostic::warning(Code::BroadGlob, hook.span, message)
                .help("narrow the pattern; `runner list` shows what it matches"),
        );
    }
}

/// The hook of `variant` that is written so, if it is a pattern.
fn chosen<'a>(variant: &'a Variant, text: &str) -> Option<&'a Spanned<Hook>> {
    variant.hooks.iter().find(|hook| is_glob(text) && hook.value.to_string() == text)
}
