//! What is wrong with the events of a test, as text.
//!
//! A field that is as expected stands once; of another, `-` is what was expected and `+` what was
//! seen.

use serde_json::Value;

use super::judge::{Event, Wish};
use crate::config::{Matcher, Variables};

/// A matcher with its variables filled in.
pub fn matcher(matcher: &Matcher, variables: &Variables) -> String {
    match matcher {
        Matcher::Null => "null".to_owned(),
        Matcher::Any => "any".to_owned(),
        Matcher::Text(template) => template.filled(variables),
        Matcher::Range { min, max } => {
            let bound = |name, bound: &Option<i128>| bound.map(|at| format!("{name}: {at}"));
            let bounds = [bound("min", min), bound("max", max)];
            format!("{{{}}}", bounds.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
        Matcher::OneOf(all) => {
            let all: Vec<_> = all.iter().map(|one| self::matcher(&one.value, variables)).collect();
            format!("[{}]", all.join(", "))
        }
    }
}

/// An entry of `expect` for which there is no event. `seen` events of its probe came; the nearest
/// of them are shown.
pub fn unmet(
    wish: &Wish,
    probe: &str,
    seen: u64,
    nearest: &[&Event],
    of_others: &[String],
) -> String {
    let mut text = format!("{}: expected, but not seen:\n    probe: {probe}\n", wish.place);
    for field in &wish.fields {
        text.push_str(&format!("    {}: {}\n", field.name, field.shown));
    }
    match (seen, of_others) {
        (0, []) => text.push_str("no event was seen"),
        (0, _) => text.push_str(&format!("no event of `{probe}`, but {}", of_others.join(", "))),
        (1, _) => text.push_str(&format!("the only event of `{probe}`:")),
        _ => text.push_str(&format!("of {seen} events of `{probe}` the nearest:")),
    }
    for event in nearest {
        text.push('\n');
        text.push_str(&against(wish, event));
    }
    text
}

/// One event beside what was expected.
fn against(wish: &Wish, event: &Event) -> String {
    let mut lines = Vec::new();
    for field in &wish.fields {
        let name = &field.name;
        let value = event.fields.get(name).map_or_else(|| "null".to_owned(), value);
        if field.fits(event) {
            lines.push(format!("    {name}: {value}"));
        } else {
            lines.push(format!("  - {name}: {}", field.shown));
            lines.push(format!("  + {name}: {value}"));
        }
    }
    if wish.fields.iter().all(|field| field.fits(event)) {
        lines.push("    fits, but stands for another entry of `expect`".to_owned());
    }
    format!("  {}\n", event.line) + &lines.join("\n")
}

/// As in YAML, where that cannot be mistaken.
fn value(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().all(|c| c.is_ascii_graphic() && c != '"') => {
            text.clone()
        }
        value => value.to_string(),
    }
}

/// An event that an entry of `expect_none` names.
pub fn forbidden(wish: &Wish, event: &Event) -> String {
    format!("{}: seen, though there should be none:\n  {}", wish.place, event.line)
}

/// Events that no entry of `expect` names.
pub fn unexpected(events: &[&Event], total: u64, expected: usize) -> String {
    let lines: Vec<_> = events.iter().map(|event| format!("\n  {}", event.line)).collect();
    format!("{total} events were seen where `exact` allows {expected}:{}", lines.concat())
}
