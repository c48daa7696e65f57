//! [`Faults`] to text for people: the message, file:line:col, the line, a caret, notes and help.
//!
//! In: the faults of one source. Out: text, in which nothing that came from the source can drive a
//! terminal. Must not print.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::text::{is_hidden, printable};
use super::{Diagnostic, Faults, Severity, Source, Span};

/// How to dress the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours, for a terminal.
    Ansi,
}

/// Bytes of a line beyond which what is far from the caret is not even handed to the renderer: a
/// line may be the whole file, and every fault shows its own.
const LONG_LINE: usize = 4096;
/// Characters kept before and behind the caret in such a line.
const KEPT: usize = 400;

/// All faults, in order of their place, as text that ends in a newline.
pub fn render(faults: &Faults, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Ansi => Renderer::styled(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for fault in faults.sorted() {
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
    let mut group = Group::with_title(title);
    let line = fault.span.map(|span| Line::of(source, span));
    group = match &line {
        Some(line) => {
            let label = fault.label.as_deref();
            group.element(line.snippet(&path, AnnotationKind::Primary, label))
        }
        None => group.element(Origin::path(path.clone())),
    };
    let others: Vec<(Line, &str)> = fault
        .related
        .iter()
        .map(|other| (Line::of(source, other.span), other.message.as_str()))
        .collect();
    for (other, message) in &others {
        group = match line.as_ref().is_some_and(|line| line.number == other.number) {
            true => {
                let column = other.column();
                let text = format!("{}, at column {column}", printable(message));
                group.element(Level::NOTE.message(text))
            }
            false => group.element(other.snippet(&path, AnnotationKind::Context, Some(message))),
        };
    }
    for note in &fault.notes {
        group = group.element(Level::NOTE.message(printable(note)));
    }
    if let Some(help) = &fault.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let text = renderer.render(&[group]);
    // The renderer counts columns in what it was given, which may lack the front of the line.
    line.iter().chain(others.iter().map(|(line, _)| line)).filter(|line| line.cut > 0).fold(
        text,
        |text, line| {
            let place = |column: usize| format!("{path}:{}:{column}", line.number);
            text.replacen(&place(line.column() - line.cut), &place(line.column()), 1)
        },
    )
}

/// The first line of a span, as it is shown.
struct Line {
    number: usize,
    /// Without its end, and without what is far from the mark if it is long.
    text: String,
    /// Bytes of `text` to mark.
    mark: Range<usize>,
    /// Characters missing in front.
    cut: usize,
}

impl Line {
    /// The line with its mark; `path` is above it.
    fn snippet(
        &self,
        path: &str,
        kind: AnnotationKind,
        label: Option<&str>,
    ) -> Snippet<'_, Annotation<'_>> {
        let mark = kind.span(self.mark.clone()).label(label.map(printable));
        let snippet = Snippet::source(self.text.as_str()).line_start(self.number).fold(false);
        snippet.path(path.to_owned()).annotation(mark)
    }

    /// Where the mark begins in the whole line, from 1.
    fn column(&self) -> usize {
        self.cut + self.text[..self.mark.start].chars().count() + 1
    }

    fn of(source: &Source, span: Span) -> Self {
        let text = source.text.as_str();
        let whole = |at: usize| {
            (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
        };
        let at = whole(span.start);
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        let end = at.max(start + text[start..end].trim_end_matches('\r').len());
        let marked = whole(span.end).clamp(at, end);
        let (mut from, mut to) = (start, end);
        if end - start > LONG_LINE {
            from = text[start..at].char_indices().rev().nth(KEPT).map_or(start, |c| start + c.0);
            to = text[at..end].char_indices().nth(KEPT).map_or(end, |c| at + c.0);
        }
        let (before, mark) = (shown(&text[from..at]), shown(&text[at..marked.min(to)]));
        let after = shown(&text[marked.min(to)..to]);
        let range = before.len()..before.len() + mark.len();
        let (number, _) = source.position(at);
        let cut = text[start..from].chars().count();
        Self { number, text: before + &mark + &after, mark: range, cut }
    }
}

/// A part of a source line in which each character that could drive a terminal or mislead the eye is
/// replaced by one that is seen, so that columns stay right. Tabs are left to the renderer.
fn shown(text: &str) -> String {
    let visible = |c: char| match c {
        '\t' => c,
        // The Unicode block of control pictures follows the order of the characters.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(c),
        '\x7f' => '\u{2421}',
        c if c.is_control() || is_hidden(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Code;
    use super::*;

    /// One fault at the first `mark` of `text`, rendered.
    fn render_at(text: &str, mark: &str) -> String {
        let source = Source { path: "dir/x.yaml".into(), text: text.into() };
        let mut faults = Faults::new(Arc::new(source));
        let start = text.find(mark).unwrap();
        let span = Span::new(start, start + mark.len());
        faults.push(Diagnostic::error(Code::UnknownKey, span, "no such key").label("here"));
        render(&faults, Style::Plain)
    }

    #[test]
    fn everything_a_fault_can_say() {
        let source = Source { path: "dir/x.yaml".into(), text: "a: 1\nb: 2\nc: 3\n".into() };
        let mut faults = Faults::new(Arc::new(source));
        let (b, c) = (Span::new(5, 6), Span::new(10, 11));
        faults.push(Diagnostic::warning(Code::NotAvailable, c, "this is odd"));
        faults.push(
            Diagnostic::error(Code::UnknownKey, b, "no key `b`")
                .label("here")
                .related(c, "and there")
                .related(Span::new(8, 9), "too")
                .note("a fact")
                .note("another")
                .help("write `a`"),
        );
        faults.push(Diagnostic::error(Code::Empty, None, "the file is odd").help("mend it"));
        insta::assert_snapshot!(render(&faults, Style::Plain), @"
        error[empty]: the file is odd
        --> dir/x.yaml
         = help: mend it

        error[unknown-key]: no key `b`
         --> dir/x.yaml:2:1
          |
        2 | b: 2
          | ^ here
          |
         ::: dir/x.yaml:3:1
          |
        3 | c: 3
          | - and there
          |
          = note: too, at column 4
          = note: a fact
          = note: another
          = help: write `a`

        warning[not-available]: this is odd
         --> dir/x.yaml:3:1
          |
        3 | c: 3
          | ^
        ");
        assert!(render(&faults, Style::Ansi).contains("\u{1b}["));
        faults.list.clear();
        assert_eq!(render(&faults, Style::Plain), "");
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_caret_in_place() {
        insta::assert_snapshot!(render_at("a: 1\n\tbä漢: 2\n", "漢"), @"
        error[unknown-key]: no such key
         --> dir/x.yaml:2:4
          |
        2 |     bä漢: 2
          |       ^^ here
        ");
        insta::assert_snapshot!(render_at("漢字: x\n", "x"), @"
        error[unknown-key]: no such key
         --> dir/x.yaml:1:5
          |
        1 | 漢字: x
          |       ^ here
        ");
    }

    #[test]
    fn nothing_drives_the_terminal() {
        insta::assert_snapshot!(render_at("a: \u{1b}[31m\u{85}\u{202e} x\r\n", "x"), @"
        error[unknown-key]: no such key
         --> dir/x.yaml:1:12
          |
        1 | a: ␛[31m�� x
          |            ^ here
        ");
        let source = Source { path: "\u{1b}]0;x\u{7}.yaml".into(), text: "a".into() };
        let mut faults = Faults::new(Arc::new(source));
        let evil = "\u{1b}[2J\n\u{9b}2J\u{202e}";
        faults.push(
            Diagnostic::error(Code::UnknownKey, Span::new(0, 1), evil)
                .label(evil)
                .note(evil)
                .help(evil),
        );
        let text = render(&faults, Style::Plain);
        assert!(text.chars().all(|c| c == '\n' || !(c.is_control() || is_hidden(c))), "{text:?}");
    }

    #[test]
    fn only_the_first_line_of_a_span_is_shown() {
        insta::assert_snapshot!(render_at("a:\n  b:\n    c\n", "b:\n    c"), @"
        error[unknown-key]: no such key
         --> dir/x.yaml:2:3
          |
        2 |   b:
          |   ^^ here
        ");
    }

    #[test]
    fn long_lines_are_trimmed_around_the_caret() {
        for repeats in [80, 8_000] {
            let (front, back) = ("a, ".repeat(repeats), " b,".repeat(repeats));
            let text = render_at(&format!("{front}x: yz{back}\n"), "yz");
            let column = front.len() + 4;
            assert!(text.contains(&format!("--> dir/x.yaml:1:{column}\n")), "{text}");
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.iter().all(|line| line.chars().count() <= 160), "{text}");
            assert_eq!(lines[3].find("yz"), lines[4].find("^^"), "{text}");
        }
    }

    #[test]
    fn spans_beyond_the_text_are_survived() {
        let source = Source { path: "x".into(), text: "ä\n".into() };
        let mut faults = Faults::new(Arc::new(source));
        for (start, end) in [(1, 1), (1, 99), (3, 3), (99, 100), (2, 0)] {
            faults.push(Diagnostic::error(Code::Empty, Span::new(start, end), "odd"));
        }
        assert_eq!(render(&faults, Style::Plain).matches("error[empty]").count(), 5);
    }
}
