//! Reads mappings by the tables of [`super::keys`], and values by the shape a key demands.
//!
//! In: nodes. Out: their parts, or nothing where a fault has been reported. Every fault of a mapping
//! is reported, not only its first.

use std::collections::HashMap;
use std::time::Duration;

use super::keys::{CONFIG, OneOf, Shape, Table};
use super::node::{Kind, Node};
use super::scalar::{Scalar, Style};
use super::{MAX_FAULTS, quote};
use crate::diag::{Code, Diagnostic, Faults, Span, Spanned, clip, nearest, one_of};
use crate::expr;

/// The values of one mapping, by its table.
pub struct Keys<'n> {
    table: &'static Table,
    values: HashMap<&'static str, (&'n Node, &'n Node)>,
    unknown: HashMap<&'n str, Span>,
    /// The first key, where faults of the mapping as such are shown.
    pub start: Span,
}

impl<'n> Keys<'n> {
    /// The value of `key`, if it was given.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.values.get(key).map(|(_, value)| *value)
    }

    /// The integer of `key`, within the bounds that the table gives.
    pub fn integer(&self, key: &str, faults: &mut Faults) -> Option<Spanned<u32>> {
        let known = self.table.keys.iter().find(|known| known.name == key)?;
        let Shape::Integer { min, max } = known.shape else { return None };
        let found = integer(self.get(key)?, min, max, faults)?;
        Some(Spanned { value: u32::try_from(found.value).ok()?, span: found.span })
    }

    /// Whether an unknown key stands there that may be meant to be `key`.
    pub fn misspelt(&self, key: &str) -> bool {
        self.unknown.keys().any(|name| nearest(name, [key]).is_some())
    }

    /// Where the word `key` itself stands.
    pub fn place(&self, key: &str) -> Option<Span> {
        self.values.get(key).map(|(key, _)| key.span)
    }
}

/// Holds `node` against `table`: unknown, repeated and missing keys are reported. `None` if it is
/// no mapping at all.
pub fn keys<'n>(node: &'n Node, table: &'static Table, faults: &mut Faults) -> Option<Keys<'n>> {
    let Kind::Mapping { entries, .. } = &node.kind else {
        wrong(node, &format!("{}: a mapping with keys", table.what), faults);
        return None;
    };
    let start = entries.first().map_or(node.span, |(key, _)| key.span);
    let mut found = Keys { table, values: HashMap::new(), unknown: HashMap::new(), start };
    for (key, value) in entries {
        if faults.list.len() >= MAX_FAULTS {
            return None;
        }
        let Some(name) = text(key, "a key", faults) else { continue };
        let known = table.keys.iter().find(|known| known.name == name.text);
        let first = match known {
            Some(known) => found.values.get(known.name).map(|(key, _)| key.span),
            None => found.unknown.get(name.text.as_str()).copied(),
        };
        match (first, known) {
            (Some(first), _) => faults.push(repeated(&name.text, key.span, first, faults)),
            (None, Some(known)) => {
                found.values.insert(known.name, (key, value));
            }
            (None, None) => {
                found.unknown.insert(&name.text, key.span);
                faults.push(unknown_key(&name.text, key.span, table));
            }
        }
    }
    for key in table.keys.iter().filter(|key| key.required) {
        // Where something stands that may be this key misspelt, saying so once is enough.
        if found.values.contains_key(key.name) || found.misspelt(key.name) {
            continue;
        }
        let message = format!("{} needs the key `{}`", table.what, key.name);
        faults.push(Diagnostic::error(Code::MissingKey, start, message).note(key.doc));
    }
    if let Some(one_of) = &table.one_of {
        faults.list.extend(not_one(&found, table.what, one_of));
    }
    Some(found)
}

/// The fault of a mapping in which not exactly one of `one_of` stands.
fn not_one(found: &Keys, what: &str, one_of: &OneOf) -> Option<Diagnostic> {
    let names = one_of.keys.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let mut there = one_of.keys.iter().filter_map(|key| found.place(key));
    match (there.next(), there.next()) {
        (Some(_), None) => None,
        (Some(_), Some(second)) => {
            let message = format!("{what} has either {}, not both", names.join(" or "));
            Some(Diagnostic::error(Code::ConflictingKeys, second, message).help(one_of.several))
        }
        // A misspelt one has been reported as an unknown key.
        (None, _) if one_of.keys.iter().any(|key| found.misspelt(key)) => None,
        (None, _) => {
            let message = format!("{what} needs the key {}", names.first()?);
            Some(Diagnostic::error(Code::MissingKey, found.start, message).help(one_of.none))
        }
    }
}

fn repeated(name: &str, span: Span, first: Span, faults: &Faults) -> Diagnostic {
    let message = format!("the key `{}` stands twice in one mapping", clip(name));
    let (line, column) = faults.source.position(first.start);
    Diagnostic::error(Code::DuplicateKey, span, message)
        .note(format!("it stands first at line {line}, column {column}"))
        .help("remove one of the two")
}

fn unknown_key(name: &str, span: Span, table: &Table) -> Diagnostic {
    let shown = clip(name);
    let message = format!("{} has no key `{shown}`", table.what);
    let fault = Diagnostic::error(Code::UnknownKey, span, message);
    if table.later.contains(&name) {
        return fault.help(format!("this version of runner does not have `{shown}` yet"));
    }
    if name == "<<" {
        return fault.help("merge keys are not part of the config language");
    }
    if CONFIG.keys.iter().any(|key| key.name == name) {
        return fault.help(format!("`{shown}` stands at the top of the file, beside `probes`"));
    }
    let known: Vec<&str> = table.keys.iter().map(|key| key.name).collect();
    fault.help(one_of(name, "keys", &known))
}

/// Reports that `node` is not what was `expected`, unless it has been reported already.
pub fn wrong(node: &Node, expected: &str, faults: &mut Faults) {
    if matches!(node.kind, Kind::Bad) {
        return;
    }
    let message = format!("expected {expected}, found {}", node.found());
    let mut fault = Diagnostic::error(Code::WrongType, node.span, message);
    let rest = faults.source.text.get(node.span.end..).unwrap_or_default();
    let comment = rest.trim_start_matches(' ').starts_with('#');
    if matches!(node.kind, Kind::Null) && comment {
        fault = fault.help("`#` starts a comment in YAML; if it belongs to the value, use quotes");
    }
    faults.push(fault);
}

/// The text of `node`, where `expected` says in words what it should be.
pub fn text<'n>(node: &'n Node, expected: &str, faults: &mut Faults) -> Option<&'n Scalar> {
    match &node.kind {
        Kind::Scalar(scalar) => Some(scalar),
        _ => {
            wrong(node, expected, faults);
            None
        }
    }
}

/// As [`text`], for values that hold code: a ` #` that cut one short is reported.
pub fn code<'n>(node: &'n Node, expected: &str, faults: &mut Faults) -> Option<&'n Scalar> {
    let scalar = text(node, expected, faults)?;
    match quote::cut_by_comment(&faults.source.text, scalar) {
        Some(whole) => {
            faults.push(quote::report(&faults.source.text, whole));
            None
        }
        None => Some(scalar),
    }
}

/// The entries of a list that must hold something; `what` is in plural.
pub fn list<'n>(node: &'n Node, what: &str, faults: &mut Faults) -> Option<&'n [Node]> {
    match &node.kind {
        Kind::Sequence { items, .. } if items.is_empty() => {
            let message = format!("this list of {what} is empty");
            faults.push(Diagnostic::error(Code::Empty, node.span, message));
            None
        }
        Kind::Sequence { items, .. } => Some(items),
        _ => {
            wrong(node, &format!("a list of {what}"), faults);
            None
        }
    }
}

/// An integer from `min` to `max`, decimal or with `0x`, `0o` or `0b`, `_` between digits.
pub fn integer(node: &Node, min: u64, max: u64, faults: &mut Faults) -> Option<Spanned<u64>> {
    let scalar = text(node, "an integer", faults)?;
    if scalar.style != Style::Plain {
        let fault =
            Diagnostic::error(Code::WrongType, node.span, "expected an integer, found text");
        faults.push(fault.help("write the number without quotes"));
        return None;
    }
    let Some(value) = number(&scalar.text) else {
        let message = format!("`{}` is not an integer", clip(&scalar.text));
        faults.push(
            Diagnostic::error(Code::BadNumber, node.span, message)
                .help(format!("write a number from {min} to {max}")),
        );
        return None;
    };
    if value < min || value > max {
        let message = format!("{value} is not within {min} to {max}");
        faults.push(Diagnostic::error(Code::BadNumber, node.span, message));
        return None;
    }
    Some(Spanned { value, span: node.span })
}

/// `true` or `false`.
pub fn flag(node: &Node, faults: &mut Faults) -> Option<bool> {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.style == Style::Plain && scalar.text == "true" => Some(true),
        Kind::Scalar(scalar) if scalar.style == Style::Plain && scalar.text == "false" => {
            Some(false)
        }
        _ => {
            wrong(node, "`true` or `false`", faults);
            None
        }
    }
}

/// A time with its unit, within the bounds of `shape`.
pub fn time(node: &Node, shape: &Shape, faults: &mut Faults) -> Option<Duration> {
    let Shape::Time { min, max } = *shape else { return None };
    let scalar = text(node, "a time such as `10s`", faults)?;
    let unit = ["ns", "us", "ms", "s", "m", "h"].iter().any(|unit| {
        scalar
            .text
            .strip_suffix(unit)
            .is_some_and(|digits| digits.ends_with(|c: char| c.is_ascii_digit()))
    });
    let nanos = expr::parse_number(&scalar.text).and_then(|nanos| u64::try_from(nanos).ok());
    let time = nanos.filter(|_| unit).map(Duration::from_nanos);
    let (least, most) = (Duration::from_millis(min), Duration::from_millis(max));
    let message = match time {
        Some(time) if (least..=most).contains(&time) => return Some(time),
        Some(_) => {
            let (least, most) =
                (humantime::format_duration(least), humantime::format_duration(most));
            format!("`{}` is not within {least} to {most}", clip(&scalar.text))
        }
        None => format!("`{}` is not a time", clip(&scalar.text)),
    };
    let fault = Diagnostic::error(Code::BadTime, node.span, message);
    faults.push(fault.help("write a whole number with its unit: us, ms, s, m or h"));
    None
}

/// The value of an integer literal.
pub fn number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.get(..2) {
        Some("0x" | "0X") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        Some("0b") => (&text[2..], 2),
        _ => (text, 10),
    };
    if digits.starts_with(['_', '+', '-']) || digits.ends_with('_') {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers() {
        assert_eq!(number("65_536"), Some(65_536));
        assert_eq!(number("0xff"), Some(255));
        assert_eq!(number("0b101"), Some(5));
        for bad in ["", "-1", "+1", "1.0", "0x", "_1", "1_", "99999999999999999999", "1k", "ä"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
