//! Whether what the tests of a config expect can be, given the types of the fields.

use super::Probe;
use crate::config::{Config, Expectation, Matcher, PRINTED, Variables};
use crate::diag::{Code, Diagnostic, Faults, Spanned, clip};
use crate::matching::{Shown, Wanted};

/// Reports each matcher that no value of its field can fit. A probe with a fault is missing in
/// `probes`, and what is expected of it is not looked at.
pub fn check(config: &Config, probes: &[Probe], faults: &mut Faults) {
    for expectation in config.tests.iter().flat_map(|test| test.expect.iter().chain(&test.none)) {
        let name = config.probes.get(expectation.probe).map(|probe| &probe.name.value);
        let probe = probes.iter().find(|probe| Some(&probe.name) == name);
        if let Some(probe) = probe {
            check_one(expectation, probe, faults);
        }
    }
}

fn check_one(expectation: &Expectation, probe: &Probe, faults: &mut Faults) {
    for (name, matcher) in &expectation.fields {
        let slot = probe.layout.slots.iter().find(|slot| slot.name == name.value);
        let shown = match slot {
            Some(slot) => Shown::of(slot.kind),
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
        Shown::Truth => "`true` or `false`",
        Shown::Text => "text",
    };
    let message = format!("`{}` shows {what}: {why}", clip(field));
    Some(Diagnostic::error(Code::BadMatcher, matcher.span, message))
}
