//! What a test expects of one value, held against what `-o json` shows of it.
//!
//! In: a [`Matcher`] and how its field is shown. Out: a [`Wanted`], or why that can never be. Pure.

mod pattern;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::config::{Matcher, Part, Template, Variables};
use crate::diag::clip;
use crate::expr;
use crate::layout::{Show, Slot, SlotKind};

use pattern::Pattern;

/// How a field's values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As integers within these bounds.
    Integer(i128, i128),
    /// As `"0x…"`.
    Address,
    /// As numbers within these bounds, and what a decoder makes of them as text.
    Decoded(i128, i128),
    /// As `true` or `false`.
    Truth,
    /// As text.
    Text,
    /// As a list of texts.
    Texts,
    /// As `null`.
    Null,
}

impl Shown {
    /// How values in that slot are shown.
    pub fn of(slot: &Slot) -> Self {
        match (&slot.show, Self::of_kind(slot.kind)) {
            (Show::Plain, bare) => bare,
            (Show::Only(_), _) => Self::Text,
            (_, Self::Integer(least, most)) => Self::Decoded(least, most),
            (_, Self::Address) => Self::Decoded(0, u64::MAX.into()),
            (_, bare) => bare,
        }
    }

    fn of_kind(kind: SlotKind) -> Self {
        let signed = |bits: u8| 1i128 << (bits.clamp(1, 64) - 1);
        match kind {
            SlotKind::Unsigned(bits) => Self::Integer(0, (1 << bits.min(64)) - 1),
            SlotKind::Signed(bits) => Self::Integer(-signed(bits), signed(bits) - 1),
            SlotKind::Nsecs => Self::Integer(0, u64::MAX.into()),
            SlotKind::Bool => Self::Truth,
            SlotKind::Address | SlotKind::UserAddress => Self::Address,
            SlotKind::Comm
            | SlotKind::Text(_)
            | SlotKind::Bytes(_)
            | SlotKind::Path(_)
            | SlotKind::Place
            | SlotKind::Time => Self::Text,
            SlotKind::Stack(_) | SlotKind::Strings(_) => Self::Texts,
            SlotKind::Null => Self::Null,
        }
    }
}

/// What one value must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// No value.
    Null,
    /// Any value.
    Any,
    /// `true` or `false`.
    Truth(bool),
    /// An integer or an address within these bounds.
    Number(i128, i128),
    /// Text that fits; of a list, one of its texts.
    Text(Pattern),
    /// One of these.
    OneOf(Vec<Wanted>),
}

impl Wanted {
    /// What `matcher` wants of a field that is shown as `shown`; else why no value can be that.
    pub fn new(matcher: &Matcher, shown: Shown, variables: &Variables) -> Result<Self, String> {
        match matcher {
            Matcher::Null => Ok(Self::Null),
            // Another kernel may have it; on this one the test fails.
            Matcher::Range { .. } | Matcher::Text(_) if shown == Shown::Null => {
                Ok(Self::OneOf(Vec::new()))
            }
            Matcher::Any => Ok(Self::Any),
            Matcher::OneOf(all) => {
                let one =
                    |one: &crate::diag::Spanned<Matcher>| Self::new(&one.value, shown, variables);
                all.iter().map(one).collect::<Result<_, _>>().map(Self::OneOf)
            }
            Matcher::Range { min, max } => {
                let (least, most) = match shown {
                    Shown::Integer(least, most) | Shown::Decoded(least, most) => (least, most),
                    Shown::Address => (0, u64::MAX.into()),
                    Shown::Truth => return Err("a range fits no `true` or `false`".to_string()),
                    Shown::Text | Shown::Texts | Shown::Null => {
                        return Err("a range fits no text".to_string());
                    }
                };
                within(min.unwrap_or(least), max.unwrap_or(most), least, most)
            }
            Matcher::Text(template) => Self::literal(template, shown, variables),
        }
    }

    fn literal(template: &Template, shown: Shown, variables: &Variables) -> Result<Self, String> {
        let text = template.filled(variables);
        let (least, most) = match shown {
            Shown::Text | Shown::Texts | Shown::Null => {
                return Ok(Self::Text(Pattern::new(template, variables)));
            }
            Shown::Truth => {
                return match text.as_str() {
                    "true" => Ok(Self::Truth(true)),
                    "false" => Ok(Self::Truth(false)),
                    _ => Err(format!("`{}` is neither `true` nor `false`", clip(&text))),
                };
            }
            Shown::Integer(least, most) => (least, most),
            Shown::Decoded(least, most) => match expr::parse_number(&text) {
                Some(number) => return within(number, number, least, most),
                None => return Ok(Self::Text(Pattern::new(template, variables))),
            },
            Shown::Address => (0, u64::MAX.into()),
        };
        if template.has(&Part::Folder) {
            return Err("`$TMP` is no number".to_string());
        }
        let number = expr::parse_number(&text)
            .ok_or_else(|| format!("`{}` is not an integer", clip(&text)))?;
        within(number, number, least, most)
    }

    /// Whether `value`, as `-o json` shows it, is what is wanted.
    pub fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::Any => !value.is_null(),
            Self::Truth(truth) => value.as_bool() == Some(*truth),
            Self::Number(min, max) => {
                number(value).is_some_and(|number| (*min..=*max).contains(&number))
            }
            Self::Text(pattern) => match value {
                Value::Array(all) => all.iter().any(|one| self.fits(one)),
                value => value.as_str().is_some_and(|text| pattern.fits(text)),
            },
            Self::OneOf(all) => all.iter().any(|one| one.fits(value)),
        }
    }
}

/// A range that lies at least partly within `least` to `most`.
fn within(min: i128, max: i128, least: i128, most: i128) -> Result<Wanted, String> {
    if max < least || min > most {
        let wanted = if min == max { min.to_string() } else { "the range".to_string() };
        return Err(format!("{wanted} is outside of its type's {least} to {most}"));
    }
    Ok(Wanted::Number(min, max))
}

/// The number that is shown; addresses are text to JSON.
fn number(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => {
            number.as_u64().map(i128::from).or(number.as_i64().map(i128::from))
        }
        Value::String(text) => {
            u64::from_str_radix(text.strip_prefix("0x")?, 16).ok().map(i128::from)
        }
        _ => None,
    }
}
