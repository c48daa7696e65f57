//! What a test expects of one field: YAML to a [`Matcher`].
//!
//! In: a node. Out: the matcher, or faults. The type of the field is not known here: whether a
//! matcher can fit it is `plan`'s to check.

use super::decode::{keys, list, text};
use super::keys::RANGE;
use super::node::{Kind, Node};
use super::scalar::{Scalar, Style};
use super::template::{self, Template};
use crate::diag::{Code, Diagnostic, Faults, Spanned, clip};
use crate::expr;

/// Alternatives that one field may have.
const MAX_ALTERNATIVES: usize = 1000;

/// The word, without quotes, for a value whichever.
pub const ANY: &str = "any";

/// What a field must show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// `null`: no value.
    Null,
    /// `any`: a value, whichever.
    Any,
    /// A number, `true`, `false`, or text in which `*`, `?` and `\` are a pattern's.
    Text(Template),
    /// `{min: …, max: …}`: an integer within these bounds.
    Range {
        /// The least.
        min: Option<i128>,
        /// The greatest.
        max: Option<i128>,
    },
    /// A list: one of these.
    OneOf(Vec<Spanned<Matcher>>),
}

/// The matcher at `node`.
pub fn parse(node: &Node, faults: &mut Faults) -> Option<Spanned<Matcher>> {
    let Kind::Sequence { .. } = &node.kind else { return single(node, faults) };
    let items = list(node, "alternatives", faults)?;
    if items.len() > MAX_ALTERNATIVES {
        let message = format!("more than {MAX_ALTERNATIVES} alternatives");
        faults.push(Diagnostic::error(Code::TooLarge, node.span, message));
        return None;
    }
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        if let Kind::Sequence { .. } = &item.kind {
            let message = "alternatives within alternatives";
            faults.push(Diagnostic::error(Code::BadMatcher, item.span, message));
            continue;
        }
        all.extend(single(item, faults));
    }
    let complete = all.len() == items.len();
    complete.then_some(Spanned { value: Matcher::OneOf(all), span: node.span })
}

fn single(node: &Node, faults: &mut Faults) -> Option<Spanned<Matcher>> {
    let value = match &node.kind {
        // YAML takes nothing for null, too; here that is a slip more often.
        Kind::Null if node.span.start == node.span.end => {
            let message = "nothing says what the field must show";
            let fault = Diagnostic::error(Code::BadMatcher, node.span, message);
            faults.push(fault.help("write a value, `any` or `null`"));
            return None;
        }
        Kind::Null => Matcher::Null,
        Kind::Scalar(scalar) if scalar.style == Style::Plain && scalar.text == ANY => Matcher::Any,
        Kind::Scalar(scalar) => {
            let fault = escapes(scalar);
            faults.list.extend(fault.clone());
            let template = template::parse(scalar, true, faults)?;
            fault.is_none().then_some(Matcher::Text(template))?
        }
        Kind::Mapping { .. } => range(node, faults)?,
        Kind::Sequence { .. } | Kind::Bad => return None,
    };
    Some(Spanned { value, span: node.span })
}

fn range(node: &Node, faults: &mut Faults) -> Option<Matcher> {
    let before = faults.list.len();
    let keys = keys(node, &RANGE, faults)?;
    let min = keys.get("min").map(|node| bound(node, faults));
    let max = keys.get("max").map(|node| bound(node, faults));
    if faults.list.len() > before {
        return None;
    }
    let (min, max) = (min.flatten(), max.flatten());
    let empty = match (min, max) {
        (None, None) => Some("a range needs `min`, `max` or both".to_string()),
        (Some(min), Some(max)) if min > max => Some(format!("no number is within {min} to {max}")),
        _ => None,
    };
    match empty {
        Some(message) => {
            let fault = Diagnostic::error(Code::BadMatcher, node.span, message);
            faults.push(fault.help("write `{min: 0}`, `{max: 9}` or `{min: 0, max: 9}`"));
            None
        }
        None => Some(Matcher::Range { min, max }),
    }
}

fn bound(node: &Node, faults: &mut Faults) -> Option<i128> {
    let scalar = text(node, "an integer", faults)?;
    let number = expr::parse_number(&scalar.text);
    if number.is_none() {
        let message = format!("`{}` is not an integer", clip(&scalar.text));
        let fault = Diagnostic::error(Code::BadNumber, node.span, message);
        faults.push(fault.help("write a number as in expressions, such as -2, 0x1f, 10ms, 64KiB"));
    }
    number
}

/// The fault of a backslash that escapes nothing.
fn escapes(scalar: &Scalar) -> Option<Diagnostic> {
    let mut chars = scalar.text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && !matches!(chars.next(), Some((_, '*' | '?' | '\\'))) {
            let place = scalar.at(at..at + 1);
            let message = "this `\\` escapes nothing";
            let fault = Diagnostic::error(Code::BadMatcher, place, message);
            return Some(fault.help("`\\*`, `\\?` and `\\\\` stand for the second character"));
        }
    }
    None
}
