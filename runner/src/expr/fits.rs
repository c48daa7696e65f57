//! Strings held against literals: `==`, `startswith()` and patterns with `*` and `?`.

use super::ops::constant;
use super::scope::ArgPlace;
use super::ty::Type;
use super::typed::{Arg, Fit, Node, Typed};
use super::typing::Typer;
use crate::diag::{Code, Diagnostic, Span};
use crate::hook::fits;

/// Longest literal that a string in memory can be compared with: it is read to the BPF stack.
const LITERAL_MAX: usize = 200;
/// Most characters of a pattern beside its `*`: the program keeps a bit for each, and one more.
const PATTERN_MAX: usize = 63;

/// Whether `x` is `literal`, or begins with it.
pub fn literal(
    typer: &Typer,
    x: Typed,
    fit: Fit,
    literal: &[u8],
    span: Span,
) -> Result<Typed, Diagnostic> {
    let fault = |code, message: String| Diagnostic::error(code, span, message);
    let x = text(typer, x, span)?;
    if literal.len() > LITERAL_MAX {
        let message = format!("a string in a condition has at most {LITERAL_MAX} bytes");
        let fault = fault(Code::StringTooLong, message);
        return Err(fault.label(format!("{} bytes", literal.len())));
    }
    let never = if fit == Fit::Start { "begins so" } else { "is equal" };
    if literal.contains(&0) {
        let message = format!("a C string holds no NUL, so none ever {never}");
        return Err(fault(Code::StringMismatch, message));
    }
    if let Some(room) = room(&x).filter(|room| literal.len() > *room) {
        let message = format!("this holds at most {room} bytes, so it never {never}");
        let fault = fault(Code::StringTooLong, message);
        return Err(fault.label(format!("{} bytes", literal.len())));
    }
    let known = |text: &[u8]| match fit {
        Fit::Start => text.starts_with(literal),
        _ => text == literal,
    };
    Ok(of_each(x, fit, literal, &known, span))
}

/// Types `x ~ pattern`.
pub fn pattern(typer: &Typer, x: Typed, pattern: Typed, span: Span) -> Result<Typed, Diagnostic> {
    let Node::Text(bytes) = pattern.node else {
        let message = "the right side of `~` is a pattern: a string literal";
        return Err(Diagnostic::error(Code::StringMismatch, pattern.span, message)
            .help("write `name ~ \"*.conf\"`; `*` is any run of bytes, `?` any one"));
    };
    if matches!(x.node, Node::Text(_)) {
        let message = "both sides are literals, so the answer is always the same";
        return Err(Diagnostic::error(Code::StringMismatch, span, message));
    }
    let bad = |message: String| Err(Diagnostic::error(Code::BadPattern, pattern.span, message));
    let Some(parts) = parts(&bytes) else {
        return bad("a backslash takes the meaning of the character behind it; here is none".into());
    };
    if bytes.contains(&0) {
        return bad("a C string holds no NUL, so it never fits".into());
    }
    // What needs no pattern is cheaper without.
    let plain: Option<Vec<u8>> = match parts.split_last() {
        Some((Part::Many, start)) => start.iter().map(Part::byte).collect(),
        _ => None,
    };
    if let Some(start) = plain {
        return literal(typer, x, Fit::Start, &start, span);
    }
    if let Some(whole) = parts.iter().map(Part::byte).collect::<Option<Vec<u8>>>() {
        return literal(typer, x, Fit::Whole, &whole, span);
    }
    let elements = parts.iter().filter(|part| **part != Part::Many).count();
    if elements > PATTERN_MAX {
        return bad(format!(
            "a pattern has at most {PATTERN_MAX} characters beside its `*`, and this has {elements}"
        ));
    }
    let x = text(typer, x, span)?;
    if let Some(room) = room(&x).filter(|room| elements > *room) {
        return bad(format!("this holds at most {room} bytes, so it never fits"));
    }
    let one = |part: &Part, byte: &u8| part.byte().is_none_or(|own| own == *byte);
    let known = |text: &[u8]| fits(&parts, text, |part| *part == Part::Many, one);
    Ok(of_each(x, Fit::Pattern, &bytes, &known, span))
}

/// An element of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Many,
    One,
    Byte(u8),
}

impl Part {
    fn byte(&self) -> Option<u8> {
        if let Self::Byte(byte) = self { Some(*byte) } else { None }
    }
}

/// The parts of a pattern; `None` if it ends in a backslash.
fn parts(pattern: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        parts.push(match byte {
            b'*' => Part::Many,
            b'?' => Part::One,
            b'\\' => Part::Byte(*bytes.next()?),
            byte => Part::Byte(*byte),
        });
    }
    Some(parts)
}

/// Whether `x` fits; of a choice, each side on its own, and of a literal what is known.
fn of_each(x: Typed, fit: Fit, literal: &[u8], known: &dyn Fn(&[u8]) -> bool, span: Span) -> Typed {
    let node = match x.node {
        Node::Choose(condition, yes, no) => {
            let each = |x: Box<Typed>| of_each(*x, fit, literal, known, span);
            Node::Choose(condition, each(yes).into(), each(no).into())
        }
        Node::Text(text) => return constant(known(&text), span),
        _ => Node::TextFits(x.into(), fit, literal.to_owned()),
    };
    Typed::of(node, Type::INT, span)
}

/// `x` as the string that is there.
pub fn text(typer: &Typer, x: Typed, span: Span) -> Result<Typed, Diagnostic> {
    let x = x.with_string_read();
    if x.is_text() {
        return Ok(x);
    }
    let message = format!("{} is compared with a string", typer.a(&x));
    let fault = Diagnostic::error(Code::StringMismatch, span, message);
    Err(match x.ty {
        Type::Pointer(..) => fault.help("`str(p)` reads the string at an address"),
        Type::Int(_) => fault.help("a character stands in single quotes: `'x'`"),
        _ => fault,
    })
}

/// The longest string that `x` can be, where that is known.
fn room(x: &Typed) -> Option<usize> {
    match (&x.node, &x.ty) {
        // Its 16th byte is always NUL.
        (Node::Native(_), _) => Some(15),
        (Node::Arg(Arg { place: ArgPlace::Inline { len, .. }, .. }), _) => Some(*len as usize),
        (_, Type::Array(_, len)) => Some(*len as usize),
        _ => None,
    }
}
