//! Whether what the tests of a config expect can be, given the types of the fields.

use std::collections::HashMap;

use crate::config::{Config, Expectation, Matcher, PRINTED, Variables};
use crate::diag::{Code, Diagnostic, Faults, Spanned, clip};
use crate::layout::Layout;
use crate::matching::{Shown, Wanted};

/// Reports each matcher that no value of its field can fit. `layouts` are those of the probes by
/// their names; of what is missing there, nothing is said.
pub fn check_expectations<'a>(
    config: &Config,
    layouts: impl Iterator<Item = (&'a str, &'a Layout)>,
    faults: &mut Faults,
) {
    let layouts: HashMap<&str, &Layout> = layouts.collect();
    for expectation in config.tests.iter().flat_map(|test| test.expect.iter().chain(&test.none)) {
        let probe = config.probes.get(expectation.probe);
        if let Some(layout) = probe.and_then(|probe| layouts.get(probe.name.value.as_str())) {
            check_one(expectation, layout, faults);
        }
    }
}

fn check_one(expectation: &Expectation, layout: &Layout, faults: &mut Faults) {
    for (name, matcher) in &expectation.fields {
        let slot = layout.slots.iter().find(|slot| slot.name == name.value);
        let shown = match slot {
            Some(slot) => Shown::of(slot),
            None if name.value == PRINTED => Shown::Text,
            None => continue,
        };
        // Of alternatives, the one that cannot be is pointed at.
        let all = match &matcher.value {
            Matcher::OneOf(all) => all.as_slice(),
            _ => std::slice::from_ref(matcher),
        };
        faults.list.extend(all.iter().filter_map(|one| never(&name.value, shown, one)));
    }
}

/// The fault of a matcher that no value fits.
fn never(field: &str, shown: Shown, matcher: &Spanned<Matcher>) -> Option<Diagnostic> {
    let variables = Variables { folder: String::new(), process: 1 };
    let why = Wanted::new(&matcher.value, shown, &variables).err()?;
    let what = match shown {
        Shown::Integer(..) => "an integer",
        Shown::Address => "an address",
        Shown::Decoded(..) => "a number and its text",
        Shown::Truth => "`true` or `false`",
        Shown::Text => "text",
        Shown::Texts => "a list of texts",
        Shown::Null => "nothing",
    };
    let message = format!("`{}` shows {what}: {why}", clip(field));
    Some(Diagnostic::error(Code::BadMatcher, matcher.span, message))
}
