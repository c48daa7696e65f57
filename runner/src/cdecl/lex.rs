//! C text to tokens, comments left out.

use std::ops::Range;

use super::Fault;

/// A token and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub range: Range<usize>,
}

/// The forms of a [`Token`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Word(String),
    /// An integer.
    Number(i128),
    /// One sign; `<<` and `>>` are two.
    Sign(char),
}

/// The tokens of `text`.
pub fn lex(text: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let start = at;
        let rest = &text[at..];
        let fault = |message: &str, len: usize| Err(Fault::new(start..start + len, message));
        if c.is_whitespace() {
            at += c.len_utf8();
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(comment) = rest.strip_prefix("/*") {
            match comment.find("*/") {
                Some(end) => at += end + 4,
                None => return fault("this comment does not end", 2),
            }
        } else if c == '#' {
            return fault("there is no preprocessor here; write out what it would give", 1);
        } else if c.is_ascii_alphabetic() || c == '_' {
            let fits = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
            at += rest.find(fits).unwrap_or(rest.len());
            let kind = Kind::Word(text[start..at].to_owned());
            tokens.push(Token { kind, range: start..at });
        } else if c.is_ascii_digit() {
            at += rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            match number(&text[start..at]) {
                Some(value) => tokens.push(Token { kind: Kind::Number(value), range: start..at }),
                None => return fault("this is not an integer", at - start),
            }
        } else if "{}()[];,:*=+-/%<>&|^~".contains(c) {
            at += 1;
            tokens.push(Token { kind: Kind::Sign(c), range: start..at });
        } else {
            let message = format!("`{}` has no place in a declaration", c.escape_default());
            return fault(&message, c.len_utf8());
        }
    }
    Ok(tokens)
}

fn number(text: &str) -> Option<i128> {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let value = if let Some(hex) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        u64::from_str_radix(hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        u64::from_str_radix(digits, 8)
    } else {
        digits.parse()
    };
    value.ok().map(i128::from)
}
