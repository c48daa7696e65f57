//! A YAML scalar: its decoded text, and where each byte of that stands in the file.
//!
//! In: the decoded text and the bytes it was written with. Out: spans for parts of the text, so that
//! a caret stands under the very operator of an expression, escapes and folded lines or not.

use std::ops::Range;

use crate::diag::Span;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'text'`
    Single,
    /// `"text"`
    Double,
    /// `|` or `>`
    Block,
}

/// A scalar's text and how to find its parts in the file.
#[derive(Debug, Clone)]
pub struct Scalar {
    /// After escapes and folding.
    pub text: String,
    /// How it is written.
    pub style: Style,
    /// Everything, quotes included.
    pub span: Span,
    places: Places,
}

/// From bytes of the text to bytes of the file.
#[derive(Debug, Clone)]
enum Places {
    /// The text stands in the file as it is, from this byte on.
    Verbatim(usize),
    /// Start and end in the file of each byte of the text.
    Each(Vec<(u32, u32)>),
    /// Not known: everything is the whole scalar.
    Whole,
}

impl Scalar {
    /// `text` as decoded from `file[span]`.
    pub fn new(file: &str, text: String, style: Style, span: Span) -> Self {
        let quote = usize::from(matches!(style, Style::Single | Style::Double));
        let inner = Span::new(span.start + quote, span.end.saturating_sub(quote));
        let places = match file.get(inner.start..inner.end.max(inner.start)) {
            Some(written) if written == text => Places::Verbatim(inner.start),
            Some(written) => {
                align(&text, written, style, inner.start).map_or(Places::Whole, Places::Each)
            }
            None => Places::Whole,
        };
        // A block's bytes run on over blank lines; a caret should not.
        let written = file.get(span.start..span.end).unwrap_or_default();
        let span = Span::new(span.start, span.start + written.trim_end().len());
        Self { text, style, span, places }
    }

    /// Bytes of memory, roughly.
    pub fn weight(&self) -> usize {
        let places = if let Places::Each(each) = &self.places { each.len() * 8 } else { 0 };
        self.text.len() + places
    }

    /// Where the bytes `range` of the text stand in the file.
    pub fn at(&self, range: Range<usize>) -> Span {
        let end = range.end.min(self.text.len());
        let start = range.start.min(end);
        match &self.places {
            Places::Verbatim(first) => Span::new(first + start, first + end),
            Places::Whole => self.span,
            Places::Each(each) => {
                let (Some(first), Some(last)) =
                    (each.get(start).or(each.last()), each.get(end.max(start + 1) - 1))
                else {
                    let end = each.last().map_or(self.span.end, |last| last.1 as usize);
                    return Span::new(end, end);
                };
                let place = if end > start { (first.0, last.1) } else { (first.0, first.0) };
                Span::new(place.0 as usize, place.1 as usize)
            }
        }
    }
}

/// Walks decoded and written text side by side; `None` if they cannot be brought together.
/// The places are counted from byte `base` of the file.
fn align(text: &str, written: &str, style: Style, base: usize) -> Option<Vec<(u32, u32)>> {
    let mut each = Vec::with_capacity(text.len());
    let mut from = 0;
    for c in text.chars() {
        let (start, end) = next(c, written, from, style)?;
        let place = (u32::try_from(base + start).ok()?, u32::try_from(base + end).ok()?);
        each.extend(std::iter::repeat_n(place, c.len_utf8()));
        from = end;
    }
    Some(each)
}

/// Where `c` is written at or after byte `from`, skipping what YAML drops.
fn next(c: char, written: &str, mut from: usize, style: Style) -> Option<(usize, usize)> {
    loop {
        let rest = written.get(from..)?;
        if rest.is_empty() && c == '\n' {
            return Some((from, from)); // a block's last line break, at the end of the file
        }
        let here = rest.chars().next()?;
        if here == '\\' && style == Style::Double {
            let escape = rest.chars().nth(1)?;
            if matches!(escape, '\n' | '\r') {
                from += 2; // an escaped line break stands for nothing
                continue;
            }
            let hex = match escape {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            // A character beyond U+FFFF may be written as two `\u` escapes.
            let pair = escape == 'u' && u32::from(c) > 0xffff;
            let length = if pair { 12 } else { 1 + escape.len_utf8() + hex };
            return Some((from, (from + length).min(written.len())));
        }
        if here == c {
            let doubled = style == Style::Single && c == '\'' && rest.starts_with("''");
            return Some((from, from + c.len_utf8() + usize::from(doubled)));
        }
        if !here.is_ascii_whitespace() {
            return None;
        }
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if c == ' ' || c == '\n' {
            return Some((from, from + blank)); // a folded line break
        }
        from += blank;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of `file` that `part` of the decoded `text` is traced to.
    fn traced<'a>(file: &'a str, text: &str, style: Style, part: &str) -> &'a str {
        let scalar = Scalar::new(file, text.to_string(), style, Span::new(0, file.len()));
        let start = text.find(part).unwrap();
        let span = scalar.at(start..start + part.len());
        &file[span.start..span.end]
    }

    #[test]
    fn verbatim_texts_are_traced_exactly() {
        assert_eq!(traced("name->name", "name->name", Style::Plain, "->"), "->");
        assert_eq!(traced("\"a + b\"", "a + b", Style::Double, "+ b"), "+ b");
        assert_eq!(traced("'ä + b'", "ä + b", Style::Single, "+"), "+");
    }

    #[test]
    fn escapes_are_traced_to_what_was_written() {
        assert_eq!(traced(r#""a == \"x\" && b""#, "a == \"x\" && b", Style::Double, "&&"), "&&");
        assert_eq!(traced(r#""a == \"x\"""#, "a == \"x\"", Style::Double, "\"x"), r#"\"x"#);
        assert_eq!(traced(r#""\u00e4 + \x41""#, "ä + A", Style::Double, "A"), r"\x41");
        assert_eq!(traced("'it''s + b'", "it's + b", Style::Single, "s +"), "s +");
    }

    #[test]
    fn folded_and_block_lines_are_traced() {
        assert_eq!(traced("a ==\n   b", "a == b", Style::Plain, "b"), "b");
        assert_eq!(traced("x +\n   y\n", "x +\ny\n", Style::Block, "y"), "y");
        assert_eq!(traced("x +\n    y", "x + y", Style::Block, "+ y"), "+\n    y");
    }

    #[test]
    fn an_empty_range_is_an_empty_span() {
        let scalar = Scalar::new("'it''s'", "it's".into(), Style::Single, Span::new(0, 7));
        assert_eq!(scalar.at(4..4), Span::new(6, 6));
        assert_eq!(scalar.at(2..2), Span::new(3, 3));
        let empty = Scalar::new("''", String::new(), Style::Single, Span::new(0, 2));
        assert_eq!(empty.at(0..0), Span::new(1, 1));
    }
}
