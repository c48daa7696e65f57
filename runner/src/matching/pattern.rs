//! Text with `*` (any characters), `?` (any one) and `\` (the next as it is).

use crate::config::{Part, Template, Variables};
use crate::hook::fits;

/// A text that a value can be held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Step>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Char(char),
    One,
    Many,
}

impl Pattern {
    /// The pattern in `template`. What stands for the variables is taken as it is.
    pub fn new(template: &Template, variables: &Variables) -> Self {
        let mut steps = Vec::new();
        for part in &template.parts {
            match part {
                Part::Text(text) => {
                    let mut chars = text.chars();
                    while let Some(c) = chars.next() {
                        steps.push(match c {
                            '*' => Step::Many,
                            '?' => Step::One,
                            '\\' => Step::Char(chars.next().unwrap_or(c)),
                            c => Step::Char(c),
                        });
                    }
                }
                Part::Folder => steps.extend(variables.folder.chars().map(Step::Char)),
                Part::Process => {
                    steps.extend(variables.process.to_string().chars().map(Step::Char));
                }
            }
        }
        Self(steps)
    }

    /// Whether all of `text` fits.
    pub fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let one = |step: &Step, c: &char| match step {
            Step::Char(own) => own == c,
            Step::One => true,
            Step::Many => false,
        };
        fits(&self.0, &text, |step| *step == Step::Many, one)
    }
}
