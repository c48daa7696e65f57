//! A field that is `null` in every event on some kernel, since that kernel lacks what it reads and
//! its `default:` is `null`.

use super::{Rule, Subject};
use crate::diag::{Code, Diagnostic};
use crate::layout::SlotKind;

pub const RULE: Rule = Rule { code: Code::AlwaysNull, planned: true, run };

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for (probe, variant) in subject.planned() {
        for (field, slot) in variant.fields.iter().zip(&probe.layout.slots) {
            if slot.kind != SlotKind::Null {
                continue;
            }
            let name = &field.name.value;
            let message = format!("`{name}` is always null where the kernel lacks what it reads");
            let fault = Diagnostic::warning(Code::AlwaysNull, field.span, message);
            let lacks = probe.fallbacks.iter().find(|lacks| lacks.contains(&format!("`{name}`")));
            let fault = lacks.into_iter().fold(fault, |fault, lacks| fault.note(lacks.as_str()));
            found.push(fault.help(
                "choose with `a ?? b` what such a kernel has in its place, or give a default",
            ));
        }
    }
}
