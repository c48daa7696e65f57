//! A config without `description:`: its readers see how it looks, not what for.

use super::{Rule, Subject};
use crate::diag::{Code, Diagnostic};

pub const RULE: Rule = Rule { code: Code::MissingDescription, planned: false, run };

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let text = subject.config.description.as_deref().unwrap_or_default();
    if text.trim().is_empty() {
        let message = "nothing says what question this config answers";
        found.push(
            Diagnostic::warning(Code::MissingDescription, None, message)
                .help("add a line such as: description: Who deletes which file?"),
        );
    }
}
