//! Recognises what YAML makes of an expression whose quotes were forgotten.
//!
//! In: the text of the file and where something odd was met. Out: the value that should have been
//! quoted, and the fault that says so. YAML takes `*p` for an alias, `!x` for a tag, `&x` for an
//! anchor, `a ? b : c` for a key, `f(a, b)` within brackets for two entries and ` #` for a comment.

use granit_parser::ErrorKind;

use super::node::{Kind, Node};
use super::scalar::{Scalar, Style};
use crate::diag::{Code, Diagnostic, Span};

/// How many ` #` of a line are tried as the start of its comment.
const MAX_COMMENTS: usize = 16;

/// The fault for the value at `span`.
pub fn report(text: &str, span: Span) -> Diagnostic {
    let value = text.get(span.start..span.end).unwrap_or_default().trim();
    let reason = match value.as_bytes().first() {
        Some(b'*') => "`*` at the start is an alias to YAML",
        Some(b'&') => "`&` at the start is an anchor to YAML",
        Some(b'!') => "`!` at the start is a tag to YAML",
        Some(b'"' | b'\'') => "a quote at the start ends the value at the next quote in YAML",
        Some(b'[' | b'{') => "a bracket at the start is a list or mapping to YAML",
        Some(b'@' | b'`' | b'%') => "no value may start with this character in YAML",
        _ if value.contains(": ") || value.ends_with(':') => "`: ` ends a key in YAML",
        _ if value.contains(" #") => "` #` starts a comment in YAML",
        _ => "commas and brackets part entries in YAML",
    };
    Diagnostic::error(Code::ForgottenQuote, span, format!("this needs quotes: {reason}"))
        .help(format!("write {}", quoted(value)))
}

/// `value` in quotes, for copying into the file.
fn quoted(value: &str) -> String {
    if value.chars().count() > 60 || value.contains('\n') {
        return "the whole value in quotes: '…'".to_string();
    }
    if !value.contains('\'') {
        format!("'{value}'")
    } else if !value.contains(['"', '\\']) {
        format!("\"{value}\"")
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

/// The value that lacks its quotes behind a scan error at byte `at`, if that is the cause.
pub fn of_scan_error(text: &str, at: usize, kind: &ErrorKind) -> Option<Span> {
    use ErrorKind as E;
    let span = value_at(text, at);
    let value = text.get(span.start..span.end)?;
    if at < span.start || value.is_empty() || matches!(kind, E::DirectiveDisallowed) {
        return None;
    }
    let before = text.get(span.start..at)?;
    match value.as_bytes().first()? {
        b'*' | b'&' | b'!' | b'@' | b'`' | b'%' => return Some(span),
        b'"' | b'\'' => {
            let trailing = matches!(
                kind,
                E::InvalidTrailingDoubleQuotedScalar
                    | E::InvalidTrailingSingleQuotedScalar
                    | E::MappingValueNotAllowed
            );
            return trailing.then_some(span);
        }
        b'[' | b'{' if open_bracket(before).is_none() => return Some(span),
        _ => {}
    }
    if let Some(bracket) = open_bracket(before) {
        let start = span.start + before.rfind([',', '{', '[']).unwrap_or(bracket) + 1;
        let parts =
            matches!(kind, E::ExpectedFlowMappingSeparator | E::ExpectedFlowSequenceSeparator);
        let span = value_from(text, value_in_entry(text, start, at));
        return (value.starts_with(['[', '{']) && parts && span.end > at).then_some(span);
    }
    let colon = matches!(kind, E::MappingValueNotAllowed | E::InvalidColonPlacement);
    colon.then_some(span)
}

/// The value that byte `at` belongs to: what its line holds after dashes and a key, up to its end or
/// a comment.
pub fn value_at(text: &str, at: usize) -> Span {
    let at = at.min(text.len());
    let bytes = text.as_bytes();
    let mut start = bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    let end = bytes[at..].iter().position(|&b| b == b'\n').map_or(text.len(), |length| at + length);
    let skip_blanks =
        |from: usize| from + bytes[from..end].iter().take_while(|&&b| b == b' ').count();
    start = skip_blanks(start);
    while bytes[start..end].starts_with(b"- ") {
        start = skip_blanks(start + 1);
    }
    let key = bytes[start..end].iter().take_while(|b| is_word(**b)).count();
    if key > 0 && bytes[start + key..end].starts_with(b": ") {
        start = skip_blanks(start + key + 1);
    }
    let value = &text.as_bytes()[start..end];
    // Only what has blanks around its `#` is surely a comment and none of the value.
    let comment = value.windows(3).position(|part| part == b" # ");
    let length = value[..comment.unwrap_or(value.len())].trim_ascii_end().len();
    Span::new(start, start + length)
}

/// The value that starts at byte `start`, within brackets or not.
pub fn value_from(text: &str, start: usize) -> Span {
    let line = value_at(text, start);
    if line.start == start || line.end < start {
        return line;
    }
    let rest = text.get(start..line.end).unwrap_or_default();
    let mut depth = 0;
    let end = rest.bytes().position(|b| match b {
        b',' | b']' | b'}' if depth == 0 => true,
        b'(' | b'[' | b'{' => {
            depth += 1;
            false
        }
        b')' | b']' | b'}' => {
            depth = (depth - 1).max(0);
            false
        }
        _ => false,
    });
    Span::new(start, start + rest[..end.unwrap_or(rest.len())].trim_end().len())
}

/// Whether `scalar` is an expression that a ` #` cut short: its quotes or brackets are closed only
/// behind it.
pub fn cut_by_comment(text: &str, scalar: &Scalar) -> Option<Span> {
    if scalar.style != Style::Plain || is_balanced(&scalar.text) {
        return None;
    }
    let rest = text.get(scalar.span.end..)?;
    let rest = rest.lines().next()?.trim_end();
    if !rest.trim_start().starts_with('#') {
        return None;
    }
    // The value may have a real comment behind it: the shortest whole text is taken.
    let comments = rest.match_indices(" #").map(|(at, _)| at).skip(1).take(MAX_COMMENTS);
    comments.chain([rest.len()]).find_map(|end| {
        let end = scalar.span.end + rest[..end].trim_end().len();
        let whole = text.get(scalar.span.start..end)?;
        is_balanced(whole).then_some(Span::new(scalar.span.start, end))
    })
}

/// Whether a mapping's plain key looks like half of an expression such as `a ? b : c`.
pub fn is_expression_key(key: &Scalar) -> bool {
    key.style == Style::Plain && key.text != "<<" && is_expression(&key.text)
}

/// Whether `text` can be an expression but no name.
pub fn is_expression(text: &str) -> bool {
    text.contains(['?', '(', ')', '"', '\'', '=', '<', '>', '&', '|'])
}

/// Finds calls such as `str(p, 3)` that brackets of YAML have parted at the comma. The parts
/// are replaced by one bad node, and each call is reported once.
pub fn join_split_calls(text: &str, children: &mut Vec<Node>, mapping: bool) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut kept: Vec<Node> = Vec::with_capacity(children.len());
    let mut parts = std::mem::take(children).into_iter();
    while let Some(part) = parts.next() {
        if unclosed(&part) <= 0 {
            kept.push(part);
            continue;
        }
        let mut depth = unclosed(&part);
        let mut span = part.span;
        let is_value = mapping && kept.len() % 2 == 1;
        while depth > 0 {
            let Some(next) = parts.next() else { break };
            depth += unclosed(&next);
            span = span.to(next.span);
            if is_value {
                parts.next(); // what follows in a mapping is a key without a value
            }
        }
        faults.push(report(text, span));
        kept.push(Node::new(Kind::Bad, span));
    }
    if mapping && kept.len() % 2 == 1 {
        let end = kept.last().map_or(0, |node| node.span.end);
        kept.push(Node::new(Kind::Bad, Span::new(end, end)));
    }
    *children = kept;
    faults
}

/// Round brackets that a plain scalar opens and does not close.
fn unclosed(node: &Node) -> i32 {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.style == Style::Plain => {
            scalar.text.bytes().fold(0, |depth, b| match b {
                b'(' => depth + 1,
                b')' => depth - 1,
                _ => depth,
            })
        }
        _ => 0,
    }
}

/// The last bracket of `text` that is opened and not closed, quotes aside.
fn open_bracket(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    for (i, b) in text.bytes().enumerate() {
        match (quote, b) {
            (Some(q), _) if q == b => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'[' | b'{') => open.push(i),
            (None, b']' | b'}') => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

/// Where the value starts in the entry `key: value` of a flow mapping between `start` and `end`.
fn value_in_entry(text: &str, start: usize, end: usize) -> usize {
    let entry = text.get(start..end).unwrap_or_default();
    let after_key = entry.find(": ").map_or(0, |colon| colon + 2);
    let value = &entry[after_key..];
    start + after_key + (value.len() - value.trim_start().len())
}

/// Whether quotes and brackets are closed.
pub fn is_balanced(text: &str) -> bool {
    let mut depth = 0;
    let mut quote = None;
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        match (quote, b) {
            (Some(_), b'\\') => {
                bytes.next();
            }
            (Some(q), _) if q == b => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'(' | b'[') => depth += 1,
            (None, b')' | b']') => depth -= 1,
            _ => {}
        }
    }
    quote.is_none() && depth == 0
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}
