//! The text of a `print:` key to a [`PrintFormat`].
//!
//! `{name}` shows a field, `{name:>8}` and `{name:<8}` in a column, `{name:x}` a number in
//! hexadecimal, `{name:d}` in decimal; `{{` and `}}` are braces. Which names exist is the caller's to check.

use std::ops::Range;
use std::sync::Arc;

use super::scalar::{Scalar, Style};
use super::{Align, Base, Piece, PrintFormat, name};
use crate::diag::{Code, Diagnostic, Faults, Source, Span, Spanned, clip};

/// The widest column, in characters.
const MAX_WIDTH: usize = 1024;

/// Parses `scalar`; `None` if there are faults, which are all reported.
pub fn parse(scalar: &Scalar, faults: &mut Faults) -> Option<PrintFormat> {
    let text = scalar.text.as_str();
    let before = faults.list.len();
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut from = 0;
    while let Some(found) = text[from..].find(['{', '}']) {
        let at = from + found;
        literal.push_str(&text[from..at]);
        let brace = &text[at..at + 1];
        if text[at + 1..].starts_with(brace) {
            literal.push_str(brace);
            from = at + 2;
            continue;
        }
        if brace == "}" {
            let fault = bad(scalar, at..at + 1, "a `}` without a `{`".to_string());
            faults.push(fault.help("write `}}` for a brace"));
            from = at + 1;
            continue;
        }
        let Some(length) =
            text[at + 1..].find(['{', '}']).filter(|n| text[at + 1 + n..].starts_with('}'))
        else {
            let fault = bad(scalar, at..at + 1, "this `{` is not closed".to_string());
            faults.push(fault.help("write `{field}` for a field, `{{` for a brace"));
            from = at + 1;
            continue;
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        let inner = at + 1..at + 1 + length;
        from = inner.end + 1;
        match field(scalar, inner) {
            Ok(piece) => pieces.push(piece),
            Err(fault) => faults.push(*fault),
        }
    }
    literal.push_str(&text[from..]);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    (faults.list.len() == before).then(|| PrintFormat {
        text: scalar.text.clone(),
        pieces,
        span: scalar.span,
    })
}

impl TryFrom<String> for PrintFormat {
    type Error = String;

    /// A format that is not in a config; its spans are those in its own text.
    fn try_from(text: String) -> Result<Self, String> {
        let source = Source { path: String::new(), text: text.clone() };
        let mut faults = Faults::new(Arc::new(source));
        let span = Span::new(0, text.len());
        let scalar = Scalar::new(&text, text.clone(), Style::Plain, span);
        parse(&scalar, &mut faults)
            .ok_or_else(|| faults.list.into_iter().map(|fault| fault.message).collect())
    }
}

impl From<PrintFormat> for String {
    fn from(format: PrintFormat) -> Self {
        format.text
    }
}

/// What stands between the braces.
fn field(scalar: &Scalar, inner: Range<usize>) -> Result<Piece, Box<Diagnostic>> {
    let text = &scalar.text[inner.clone()];
    let (name, format) = text.split_once(':').unwrap_or((text, ""));
    let place = inner.start..inner.start + name.len();
    if !name::is_identifier(name) {
        let message = match name {
            "" => "there is no field's name between these braces".to_string(),
            _ => format!("`{}` is not a field's name", clip(name)),
        };
        // The braces themselves are shown, since there may be nothing between them.
        let place = inner.start - 1..inner.end + 1;
        let help = "write `{field}` for a field, `{{` and `}}` for braces";
        return Err(Box::new(bad(scalar, place, message).help(help)));
    }
    let (rest, base) = match format.strip_suffix(['x', 'd']) {
        Some(rest) if format.ends_with('x') => (rest, Some(Base::Hexadecimal)),
        Some(rest) => (rest, Some(Base::Decimal)),
        None => (format, None),
    };
    let align = match rest.chars().next() {
        Some('<') => Some(Align::Left),
        Some('>') => Some(Align::Right),
        _ => None,
    };
    let width = match align {
        Some(_) => rest[1..].parse().ok().filter(|width| (1..=MAX_WIDTH).contains(width)),
        None if rest.is_empty() && (base.is_some() || text.len() == name.len()) => Some(0),
        None => None,
    };
    let Some(width) = width else {
        let place = place.end + 1..inner.end.max(place.end + 1);
        let message = format!("`{}` is not a format", clip(format));
        let help = format!(
            "write `{{{name}:>8}}` or `{{{name}:<8}}` for a column, `{{{name}:x}}` for a number in \
             hexadecimal, `{{{name}:d}}` in decimal"
        );
        let fault = bad(scalar, place, message).help(help);
        return Err(Box::new(fault.note(format!("columns are at most {MAX_WIDTH} wide"))));
    };
    let name = Spanned { value: name.to_string(), span: scalar.at(place) };
    Ok(Piece::Field { name, align: align.unwrap_or(Align::Left), width, base })
}

fn bad(scalar: &Scalar, range: Range<usize>, message: String) -> Diagnostic {
    Diagnostic::error(Code::BadPrint, scalar.at(range), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Piece>, Vec<(Span, String)>> {
        let source = Source { path: "x".into(), text: text.into() };
        let mut faults = Faults::new(Arc::new(source));
        let scalar = Scalar::new(text, text.into(), Style::Plain, Span::new(0, text.len()));
        match parse(&scalar, &mut faults) {
            Some(format) => Ok(format.pieces),
            None => Err(faults
                .list
                .into_iter()
                .map(|fault| (fault.span.unwrap(), fault.message))
                .collect()),
        }
    }

    fn shown(name: &str, start: usize, align: Align, width: usize, base: Option<Base>) -> Piece {
        let span = Span::new(start, start + name.len());
        Piece::Field { name: Spanned { value: name.into(), span }, align, width, base }
    }

    #[test]
    fn fields_and_text() {
        let pieces = parsed("pid = {pid}, {{x}} {a:>8}{b:<3x}{c:x}{d:d}").unwrap();
        let expected = vec![
            Piece::Literal("pid = ".into()),
            shown("pid", 7, Align::Left, 0, None),
            Piece::Literal(", {x} ".into()),
            shown("a", 20, Align::Right, 8, None),
            shown("b", 26, Align::Left, 3, Some(Base::Hexadecimal)),
            shown("c", 33, Align::Left, 0, Some(Base::Hexadecimal)),
            shown("d", 38, Align::Left, 0, Some(Base::Decimal)),
        ];
        assert_eq!(pieces, expected);
        assert_eq!(parsed("").unwrap(), vec![]);
    }

    #[test]
    fn every_fault_is_reported() {
        let faults = parsed("{a {b} } {} {c:} {d:8} {e:>0} {f g} {").unwrap_err();
        let places: Vec<_> = faults.iter().map(|(span, _)| (span.start, span.end)).collect();
        assert_eq!(
            places,
            [(0, 1), (7, 8), (9, 11), (15, 15), (20, 21), (26, 28), (30, 35), (36, 37)],
            "{faults:?}"
        );
    }
}
