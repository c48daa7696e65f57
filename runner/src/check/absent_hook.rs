//! An alternative that none of several kernels has: its name has a slip, or its time has passed.

use std::collections::HashSet;

use super::{Rule, Subject, hook_of};
use crate::diag::{Code, Diagnostic};
use crate::hook::Target;

pub const RULE: Rule = Rule { code: Code::AbsentHook, planned: true, run };

/// Kernels that must agree: alternatives are there because one lacks what another has.
const KERNELS: usize = 2;

fn run(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    if subject.plans.len() < KERNELS || !subject.whole {
        return;
    }
    let there: HashSet<_> =
        subject.plans.iter().flat_map(|plan| &plan.probes).map(hook_of).collect();
    for (_, variant) in subject.variants() {
        for hook in &variant.hooks {
            // What programs and libraries have, and what a machine counts, no kernel decides.
            let of_kernel = !matches!(
                hook.value.target,
                Target::User { .. } | Target::StaticProbe { .. } | Target::Sampling(_)
            );
            if of_kernel && !there.contains(&Some(hook.span)) {
                let count = subject.plans.len();
                let message = format!("none of the {count} kernels has `{}`", hook.value);
                found.push(
                    Diagnostic::warning(Code::AbsentHook, hook.span, message)
                        .help("correct its name, or remove it"),
                );
            }
        }
    }
}
