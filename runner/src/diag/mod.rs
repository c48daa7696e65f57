//! Faults in what the user wrote: [`Diagnostic`]s with a place, a stable code and help.
//!
//! Every stage that reads user input pushes into [`Faults`]; nothing here reads files or prints.

mod code;
mod explain;
#[cfg(test)]
pub(crate) mod fixture;
mod format;
mod human;
mod suggest;
mod text;

use std::sync::Arc;

pub use code::{Code, Level};
pub use explain::{explain, list};
pub use format::{DiagFormat, write};
pub use human::{Style, render};
pub use suggest::{a, clip, nearest, nearest_few, one_of, one_of_typed, plural, typed_list};
pub use text::{is_hidden, printable};

/// One input text, with the name it is reported under.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// As the user gave it on the command line.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// Line and column of byte `offset`, both counted from 1, columns in characters. An offset within
    /// a character is that character's; one past the end is the end's.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text.as_bytes()[..offset.min(self.text.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let whole = |end: &usize| self.text.is_char_boundary(*end);
        let end = (start..=before.len()).rev().find(whole).unwrap_or(start);
        let column = self.text.get(start..end).map_or(0, |text| text.chars().count()) + 1;
        (line, column)
    }
}

/// Byte range within one [`Source`]'s text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look; the probe runs.
    Warning,
    /// The probe cannot run.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One fault: what, where, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Names the fault; stable over releases.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, one line, no full stop.
    pub message: String,
    /// Where; `None` only for faults of the file as a whole.
    pub span: Option<Span>,
    /// Short text at the caret.
    pub label: Option<String>,
    /// Other places that have to do with it.
    pub related: Vec<Related>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Whether it is this kernel that lacks something: on another the config may be in order.
    pub of_kernel: bool,
}

/// Another place that has to do with a fault, and may be where the slip is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What stands there, a few words.
    pub message: String,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            span: span.into(),
            label: None,
            related: Vec::new(),
            notes: Vec::new(),
            help: None,
            of_kernel: false,
        }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Adds the text shown at the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds another place, with what stands there.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { span, message: message.into() });
        self
    }

    /// Adds a further fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says that another kernel may have what this one lacks.
    pub fn of_this_kernel(self) -> Self {
        Self { of_kernel: true, ..self }
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All faults found in one [`Source`].
#[derive(Debug, Clone)]
pub struct Faults {
    /// The text that the spans point into.
    pub source: Arc<Source>,
    /// In the order found.
    pub list: Vec<Diagnostic>,
}

impl Faults {
    /// No faults in `source` so far.
    pub fn new(source: Arc<Source>) -> Self {
        Self { source, list: Vec::new() }
    }

    /// Adds a fault.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// In order of their place; those of the file as a whole first.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort_by_key(|fault| fault.span.map(|span| (span.start, span.end)));
        sorted
    }

    /// Whether any of them is an error.
    pub fn any_error(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }
}

/// The faults of every input of one call, one entry an input, in the order given by the user.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Inputs without a fault may stand here, too; no format shows them.
    pub sources: Vec<Faults>,
}

impl Report {
    /// How many faults there are of that severity.
    pub fn count(&self, severity: Severity) -> usize {
        let all = self.sources.iter().flat_map(|faults| &faults.list);
        all.filter(|fault| fault.severity == severity).count()
    }
}

impl Span {
    /// From `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A machine's fault and what led to it, on one line.
pub fn chain(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(fault) = cause {
        text.push_str(&format!(": {fault}"));
        cause = fault.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source { path: "x".into(), text: "ab\nä漢c\n".into() };
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(2), (1, 3));
        assert_eq!(source.position(3), (2, 1));
        assert_eq!(source.position(4), (2, 1), "within ä");
        assert_eq!(source.position(5), (2, 2));
        assert_eq!(source.position(8), (2, 3));
        assert_eq!(source.position(10), (3, 1));
        assert_eq!(source.position(usize::MAX), (3, 1));
    }
}
