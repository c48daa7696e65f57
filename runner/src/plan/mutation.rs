//! A thousand configs of the gallery with one letter changed: each still means something, or is
//! reported on the line of the change.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use granit_parser::{Event, Parser};

use super::{Tasks, plan};
use crate::config;
use crate::diag::{Faults, Severity, Source, Span, Style, render};
use crate::facts::testing::Kernel;

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

fn faults(text: &str) -> Faults {
    let source = Arc::new(Source { path: "mutant.yaml".into(), text: text.into() });
    let mut faults = Faults::new(source.clone());
    if let Some(config) = config::parse(source, &mut faults) {
        plan(&config, &Kernel::new(), Tasks::All, &mut faults).unwrap();
    }
    faults
}

/// The scalars of a config, without what is only for people.
fn scalars(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut prose = false;
    for (event, place) in Parser::new_from_str(text).map_while(Result::ok) {
        if let Event::Scalar(value, ..) = event {
            let bytes = place.byte_range().unwrap();
            if !prose {
                found.push(Span::new(bytes.start, bytes.end));
            }
            prose = matches!(&*value, "description" | "types");
        }
    }
    found
}

#[test]
fn one_letter_changed_is_reported_where_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let mut gallery: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    gallery.sort();
    let texts = gallery.iter().map(|path| fs::read_to_string(path).unwrap());
    let texts: Vec<String> = texts.filter(|text| !faults(text).any_error()).collect();
    eprintln!("{} of {}", texts.len(), gallery.len());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut valid, mut wrong) = (0, Vec::new());
    for _ in 0..1000 {
        let text = &texts[dice.roll(texts.len())];
        let letters: Vec<usize> = scalars(text)
            .into_iter()
            .flat_map(|span| span.start..span.end)
            .filter(|at| text.as_bytes()[*at].is_ascii_alphabetic())
            .collect();
        let at = letters[dice.roll(letters.len())];
        let letter = (b'a' + dice.roll(26) as u8) as char;
        let mutant = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
        if mutant == *text {
            continue;
        }
        let faults = faults(&mutant);
        let line = |span: Option<Span>| faults.source.position(span.map_or(0, |span| span.start)).0;
        let own = line(Some(Span::new(at, at)));
        let errors: Vec<_> =
            faults.list.iter().filter(|fault| fault.severity == Severity::Error).collect();
        if errors.is_empty() {
            valid += 1;
        } else if !errors.iter().any(|fault| {
            line(fault.span) == own
                || fault.related.iter().any(|other| line(Some(other.span)) == own)
        }) {
            let shown = render(&faults, Style::Plain);
            wrong.push(format!("line {own}: {}\n{shown}", mutant.lines().nth(own - 1).unwrap()));
        }
    }
    eprintln!("{valid} valid");
    assert!(wrong.is_empty(), "{}\n{} of 1000", wrong.join("\n"), wrong.len());
}
