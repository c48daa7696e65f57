//! A thousand configs of the gallery with one letter changed: each still means something, and
//! something else than before, or is reported on the line of the change.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use granit_parser::{Event, Parser};

use super::survey::survey;
use crate::check::{self, LintLevels};
use crate::config;
use crate::diag::{Faults, Source, Span, Style, render};
use crate::facts::testing::Kernel;

const COUNT: usize = 1000;

/// Numbers that look random and are the same on every machine (xorshift64).
struct Dice(u64);

impl Dice {
    /// From 0 up to, not including, `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// What `runner validate` finds in a config on two kernels, and everything that the config means
/// there.
fn validated(text: &str) -> (Faults, String) {
    let source = Arc::new(Source { path: "mutant.yaml".into(), text: text.into() });
    let mut faults = Faults::new(source.clone());
    let Some(config) = config::parse(source, &mut faults) else { return (faults, String::new()) };
    let kernels = [Kernel::new(), Kernel::new().without_kprobes()];
    let surveys = kernels.iter().map(|kernel| {
        let mut own = Faults::new(config.source.clone());
        let survey = survey(&config, kernel, &mut own).unwrap();
        (survey, own)
    });
    let (surveys, own): (Vec<_>, Vec<_>) = surveys.unzip();
    // A config for one of them is in order.
    if own.iter().all(Faults::any_error) {
        faults.list.extend(own.into_iter().next().map(|own| own.list).unwrap_or_default());
    }
    let plans: Vec<_> = surveys.iter().map(|survey| &survey.alternatives).collect();
    check::lint(&config, &plans, &LintLevels::default(), &mut faults);
    let probes: Vec<_> = plans.iter().map(|plan| &plan.probes).collect();
    (faults, format!("{:?} {:?} {probes:?}", config.name, config.tests))
}

/// Where keys, hooks, fields and expressions stand.
fn scalars(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut other = false;
    for (event, place) in Parser::new_from_str(text).map_while(Result::ok) {
        if let Event::Scalar(value, ..) = event {
            let bytes = place.byte_range().unwrap();
            if !other {
                found.push(Span::new(bytes.start, bytes.end));
            }
            other = matches!(&*value, "description" | "types");
        }
    }
    found
}

/// `text` with one letter changed, and the letter's place.
fn mutant(text: &str, dice: &mut Dice) -> (String, usize) {
    let spans = scalars(text);
    let places = spans.into_iter().flat_map(|span| span.start..span.end);
    let letters: Vec<usize> =
        places.filter(|at| text.as_bytes()[*at].is_ascii_alphabetic()).collect();
    let at = letters[dice.roll(letters.len())];
    let (before, after) = (&text[..at], &text[at + 1..]);
    let old = char::from(text.as_bytes()[at]);
    loop {
        let new = char::from(b'a' + dice.roll(26) as u8);
        if new != old {
            return (format!("{before}{new}{after}"), at);
        }
    }
}

#[test]
fn one_letter_changed_is_reported_where_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let mut gallery: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    gallery.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    gallery.sort();
    let texts = gallery.iter().map(|path| fs::read_to_string(path).unwrap());
    // The kernels of these tests have little, but the hooks of most.
    let fits =
        texts.map(|text| (validated(&text), text)).filter(|((faults, _), _)| !faults.any_error());
    let fits: Vec<(String, String)> = fits.map(|((_, means), text)| (means, text)).collect();
    assert!(fits.len() * 2 > gallery.len(), "{} of {}", fits.len(), gallery.len());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut reported = 0;
    let mut wrong = Vec::new();
    for _ in 0..COUNT {
        let (meant, text) = &fits[dice.roll(fits.len())];
        let (mutant, at) = mutant(text, &mut dice);
        let (faults, means) = validated(&mutant);
        let line = |span: Span| faults.source.position(span.start).0;
        let own = line(Span::new(at, at));
        let lines = faults.list.iter().flat_map(|fault| {
            fault.related.iter().map(|other| other.span).chain(fault.span).map(line)
        });
        let here = lines.into_iter().any(|line| line == own);
        reported += usize::from(here);
        // Without effect and unreported, a letter was not looked at.
        if !here && (faults.any_error() || means == *meant) {
            let shown = render(&faults, Style::Plain);
            wrong.push(format!("line {own}: {}\n{shown}", mutant.lines().nth(own - 1).unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} of {COUNT}", wrong.join("\n"), wrong.len());
    assert!(reported * 2 > COUNT, "only {reported} of {COUNT} were reported");
}
