//! [`Faults`] to text for people: the message, file:line:col, the line, a caret, notes and help.
//!
//! In: the faults of one source. Out: text, in which nothing that came from the source can drive a
//! terminal. Must not print.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Faults, Severity, Source, Span};

/// How to dress the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours, for a terminal.
    Ansi,
}

/// Characters of a longer line that are shown before and behind the caret.
const LONG_LINE: usize = 400;

/// All faults, in order of their place, as text that ends in a newline.
pub fn render(faults: &Faults, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Ansi => Renderer::styled(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut sorted: Vec<&Diagnostic> = faults.list.iter().collect();
    sorted.sort_by_key(|fault| fault.span.map_or((0, 0), |span| (span.start, span.end)));
    let mut text = String::new();
    for fault in sorted {
        text.push_str(&one(&faults.source, fault, &renderer));
        text.push_str("\n\n");
    }
    text.pop();
    text
}

/// One fault, without a newline at its end.
fn one(source: &Source, fault: &Diagnostic, renderer: &Renderer) -> String {
    let level = match fault.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(printable(&fault.message)).id(fault.code.as_str());
    let path = printable(&source.path);
    let label = fault.label.as_deref().map(printable);
    let mut group = Group::with_title(title);
    group = match fault.span {
        Some(span) => {
            let line = Line::of(source, span);
            let mark = AnnotationKind::Primary.span(line.mark.clone()).label(label);
            let origin = Origin::path(path).line(line.number).char_column(line.column);
            let snippet = Snippet::source(line.text).line_start(line.number).fold(false);
            // The origin is given by itself, since the line may have been cut in front.
            group.element(origin).element(snippet.path(None::<&str>).annotation(mark))
        }
        None => group.element(Origin::path(path)),
    };
    for note in &fault.notes {
        group = group.element(Level::NOTE.message(printable(note)));
    }
    if let Some(help) = &fault.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    renderer.render(&[group])
}

/// The first line of a span, as it is shown.
struct Line {
    number: usize,
    column: usize,
    text: String,
    /// Bytes of `text` to mark.
    mark: std::ops::Range<usize>,
}

impl Line {
    fn of(source: &Source, span: Span) -> Self {
        let text = source.text.as_str();
        let whole = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let at = whole(span.start);
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        let end = at.max(start + text[start..end].trim_end_matches('\r').len());
        let marked = whole(span.end).clamp(at, end);
        // What is far from the mark is cut here: a line may be the whole file.
        let from =
            text[start..at].char_indices().rev().nth(LONG_LINE).map_or(start, |c| start + c.0);
        let to = text[at..end].char_indices().nth(LONG_LINE).map_or(end, |c| at + c.0);
        let before = shown(&text[from..at]);
        let mark = shown(&text[at..marked.min(to)]);
        let after = shown(&text[marked.min(to)..to]);
        let (number, column) = source.position(at);
        let range = before.len()..before.len() + mark.len();
        let (open, close) = (if from > start { "…" } else { "" }, if to < end { "…" } else { "" });
        let text = format!("{open}{before}{mark}{after}{close}");
        Self { number, column, text, mark: range.start + open.len()..range.end + open.len() }
    }
}

/// A part of a source line: a tab as blanks, everything else as [`printable`].
fn shown(text: &str) -> String {
    printable(&text.replace('\t', "    "))
}

/// `text` with everything that could drive a terminal, or mislead the eye, written as an escape.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Marks that turn the direction of writing, or have no width at all.
        let hidden = matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c.is_control() || hidden {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
