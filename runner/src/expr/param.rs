//! Parameters of a config: typed constants under a name, `$name` in expressions, that the command line
//! may set.
//!
//! In: texts, from YAML and from the command line. Out: values that fit their types, or why they do
//! not.

use super::parse_number;
use super::ty::{Int, Style, Type};
use crate::diag::{self, Code, Diagnostic, Span, Spanned, clip, one_of_typed};

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Without the `$`.
    pub name: Spanned<String>,
    /// What values it takes.
    pub ty: ParamType,
    /// What the command line says, else the default; there may be none.
    pub value: Option<ParamValue>,
    /// What it is for.
    pub help: Option<String>,
}

/// The type of a [`Param`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamType {
    /// As it is written.
    pub name: String,
    /// The type; `None` for a string.
    int: Option<Int>,
}

/// The value of a [`Param`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamValue {
    /// Of an integer type, sign-extended.
    Int(u64),
    /// A string's bytes.
    Text(Vec<u8>),
}

impl ParamType {
    /// The type of that name: an integer type of C, or `string`.
    pub fn named(name: &str) -> Option<Self> {
        let int = match (name, Type::named_integer(name)) {
            ("string", _) => None,
            (_, Some(Type::Int(int))) => Some(int),
            _ => return None,
        };
        Some(Self { name: name.to_owned(), int })
    }

    /// The type that expressions see.
    pub fn ty(&self) -> Type {
        self.int.map_or(Type::Text, Type::Int)
    }

    /// The value that `text` writes; the error says what would be one.
    pub fn value(&self, text: &str) -> Result<ParamValue, String> {
        let Some(int) = self.int else { return Ok(ParamValue::Text(text.as_bytes().to_vec())) };
        let (least, greatest) = bounds(int);
        let number = match (int.style, text) {
            (Style::Bool, "true") => Some(1),
            (Style::Bool, "false") => Some(0),
            _ => parse_number(text),
        };
        match number.filter(|number| (least..=greatest).contains(number)) {
            // Two's complement, as nodes of expressions have it.
            Some(number) => Ok(ParamValue::Int(number as u64)),
            None if int.style == Style::Bool => Err("write `true` or `false`".to_owned()),
            None => Err(format!(
                "write a number from {least} to {greatest}; `10ms` and `64KiB` are numbers, too"
            )),
        }
    }

    /// What stands for a value that is not known, where only types are checked: nothing that
    /// divides by it can be faulted.
    pub fn stand_in(&self) -> ParamValue {
        match self.int {
            Some(_) => ParamValue::Int(1),
            None => ParamValue::Text(b"?".to_vec()),
        }
    }
}

fn bounds(int: Int) -> (i128, i128) {
    let bits = u32::from(int.bits);
    match (int.style, int.signed) {
        (Style::Bool, _) => (0, 1),
        (_, true) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        (_, false) => (0, (1 << bits) - 1),
    }
}

impl Param {
    /// Its type and what it is for, for messages: `u64: only calls slower than this`.
    pub fn about(&self) -> String {
        match &self.help {
            Some(help) => format!("{}: {}", self.ty.name, clip(help)),
            None => self.ty.name.clone(),
        }
    }

    /// The fault of the text `given` for its value, which came from `whence`.
    pub fn misfit(&self, given: &str, whence: &str, span: Span, why: String) -> Diagnostic {
        let (name, given) = (&self.name.value, clip(given));
        let message = format!("{whence} `{given}` of `{name}` is not {}", diag::a(&self.ty.name));
        Diagnostic::error(Code::BadParam, span, message).help(why)
    }
}

/// The fault of a parameter that is not declared. `shown` is how it was written.
pub fn unknown(
    name: &str,
    shown: &str,
    span: impl Into<Option<Span>>,
    params: &[&Param],
) -> Diagnostic {
    let message = format!("there is no parameter `{name}`: `{shown}` means nothing");
    let fault = Diagnostic::error(Code::UnknownParam, span, message);
    let all = params.iter().map(|param| (param.name.value.as_str(), param.about()));
    fault.help(match params {
        [] => format!("declare it: `params: {{{name}: {{type: u64, default: 0}}}}`"),
        _ => one_of_typed(name, "the parameters are", all),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(ty: &str, text: &str) -> Option<ParamValue> {
        ParamType::named(ty).expect(ty).value(text).ok()
    }

    #[test]
    fn values_fit_their_types() {
        for (ty, text, expected) in [
            ("u8", "255", Some(255)),
            ("u8", "256", None),
            ("u8", "-1", None),
            ("s8", "-128", Some((-128i64) as u64)),
            ("s8", "128", None),
            ("u64", "18446744073709551615", Some(u64::MAX)),
            ("u64", "18446744073709551616", None),
            ("s64", "-9223372036854775808", Some(1 << 63)),
            ("u64", "20ms", Some(20_000_000)),
            ("size_t", "64KiB", Some(65536)),
            ("int", "0x10", Some(16)),
            ("int", "1.5", None),
            ("int", "", None),
            ("int", "five", None),
            ("bool", "true", Some(1)),
            ("bool", "0", Some(0)),
            ("bool", "2", None),
            ("bool", "yes", None),
        ] {
            assert_eq!(value(ty, text), expected.map(ParamValue::Int), "{ty} {text}");
        }
        assert_eq!(value("string", "5"), Some(ParamValue::Text(b"5".to_vec())));
        assert_eq!(ParamType::named("struct sock"), None);
    }
}
