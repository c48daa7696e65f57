//! The table of decoders: what a field's `as:` may name, and the text of that key.

use std::fmt;

use super::scalar::Scalar;
use crate::diag::{Code, Diagnostic, Spanned, clip, one_of};

/// How a field is shown in place of its type's own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoder {
    /// A number in hexadecimal.
    Hex,
    /// A number in octal.
    Oct,
    /// A number in decimal, also where its type has names for it.
    Dec,
}

/// One decoder.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Every way to write it; the first is the usual one.
    pub usage: &'static [&'static str],
    /// What it takes.
    pub takes: Takes,
    /// One line of documentation.
    pub doc: &'static str,
    /// The decoder by the text between its parentheses, if there are any.
    make: fn(Option<&str>) -> Option<Decoder>,
}

/// What values a decoder takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Integers and addresses.
    Words,
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words => f.write_str("integers and addresses"),
        }
    }
}

/// Every decoder, in the order of the documentation.
pub const DECODERS: &[Row] = &[
    Row {
        name: "hex",
        usage: &["hex"],
        takes: Takes::Words,
        doc: "in hexadecimal",
        make: |argument| bare(argument, Decoder::Hex),
    },
    Row {
        name: "oct",
        usage: &["oct"],
        takes: Takes::Words,
        doc: "in octal",
        make: |argument| bare(argument, Decoder::Oct),
    },
    Row {
        name: "dec",
        usage: &["dec"],
        takes: Takes::Words,
        doc: "in decimal, also where the type has names for its values",
        make: |argument| bare(argument, Decoder::Dec),
    },
];

fn bare(argument: Option<&str>, decoder: Decoder) -> Option<Decoder> {
    argument.is_none().then_some(decoder)
}

/// Parses the text of an `as:`.
pub fn parse(scalar: &Scalar) -> Result<Spanned<Decoder>, Diagnostic> {
    let text = scalar.text.trim();
    let (name, argument) = match text.split_once('(') {
        Some((name, rest)) => (name.trim_end(), rest.strip_suffix(')').map(str::trim)),
        None => (text, None),
    };
    let Some(row) = DECODERS.iter().find(|row| row.name == name) else {
        let names: Vec<&str> = DECODERS.iter().map(|row| row.name).collect();
        let message = format!("there is no decoder `{}`", clip(name));
        let fault = Diagnostic::error(Code::BadDecoder, scalar.span, message);
        return Err(fault.help(one_of(name, "decoders", &names)));
    };
    let broken = argument.is_none() && text.contains('(');
    match (row.make)(argument).filter(|_| !broken) {
        Some(value) => Ok(Spanned { value, span: scalar.span }),
        None => {
            let message = format!("`{}` is not how `{name}` is written", clip(text));
            let fault = Diagnostic::error(Code::BadDecoder, scalar.span, message);
            Err(fault.help(format!("write `as: {}`", row.usage.join("`, or `as: "))))
        }
    }
}

impl Decoder {
    /// Its row in the table.
    pub fn row(&self) -> &'static Row {
        let name = match self {
            Self::Hex => "hex",
            Self::Oct => "oct",
            Self::Dec => "dec",
        };
        // The table has a row for each; a test holds it to that.
        DECODERS.iter().find(|row| row.name == name).unwrap_or(&DECODERS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::super::scalar::Style;
    use super::*;
    use crate::diag::Span;

    fn parsed(text: &str) -> Result<Decoder, Diagnostic> {
        let span = Span::new(0, text.len());
        parse(&Scalar::new(text, text.into(), Style::Plain, span)).map(|found| found.value)
    }

    #[test]
    fn every_usage_is_understood_and_leads_back_to_its_row() {
        for row in DECODERS {
            for usage in row.usage {
                assert_eq!(parsed(usage).unwrap().row().name, row.name, "{usage}");
            }
        }
    }

    #[test]
    fn what_is_not_written_like_a_row_is_refused() {
        for wrong in ["", "hx", "hex()", "hex(1)", "hex(", "hex)", "(hex)"] {
            assert_eq!(parsed(wrong).unwrap_err().code, Code::BadDecoder, "{wrong}");
        }
    }
}
