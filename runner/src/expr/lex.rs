//! Expression text to tokens. Spans are byte ranges of the text.

use std::ops::Range;

use super::quoted::{character, text as quoted_text};

/// One token and its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Bytes of the text.
    pub range: Range<usize>,
}

/// The kinds of token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// A name or a C keyword.
    Name(String),
    /// An integer literal, unit applied.
    Int {
        /// The value.
        value: u64,
        /// `u` suffix.
        unsigned: bool,
        /// `l` suffix, or a unit of time or size.
        long: bool,
        /// Hexadecimal, octal or binary: C then prefers an unsigned type over a wider one.
        radix: bool,
    },
    /// `'c'`.
    Char(u8),
    /// `"text"`, escapes resolved.
    Text(Vec<u8>),
    /// An operator or bracket.
    Punct(&'static str),
}

/// A fault and its place in the text.
#[derive(Debug, PartialEq, Eq)]
pub struct LexError {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
}

/// Longest first, so that the first match is the right one.
const PUNCTS: &[&str] = &[
    "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "??", "+", "-", "*", "/", "%", "<", ">",
    "!", "~", "&", "|", "^", "?", ":", "(", ")", "[", "]", ".", ",", "=", "$",
];

/// Units that a decimal literal may bear: times in nanoseconds, sizes in bytes.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// All tokens of `text`.
pub fn lex(text: &str) -> Result<Vec<Token>, LexError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, len) = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c.is_ascii_alphabetic() || c == '_' {
            let len = word(rest);
            (TokenKind::Name(rest[..len].to_owned()), len)
        } else if c.is_ascii_digit() {
            number(rest, at)?
        } else if c == '"' {
            quoted_text(rest, at).map(|(bytes, len)| (TokenKind::Text(bytes), len))?
        } else if c == '\'' {
            character(rest, at).map(|(byte, len)| (TokenKind::Char(byte), len))?
        } else if let Some(punct) = PUNCTS.iter().find(|p| rest.starts_with(**p)) {
            (TokenKind::Punct(punct), punct.len())
        } else {
            let range = at..at + c.len_utf8();
            let message = format!("`{}` has no meaning in an expression", c.escape_default());
            return Err(LexError { range, message });
        };
        tokens.push(Token { kind, range: at..at + len });
        at += len;
    }
    Ok(tokens)
}

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The digits, suffix or unit of a number, and the marks that may part its digits.
fn numeral(text: &str) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let parts = c == '\'' && chars.peek().is_some_and(|(_, next)| next.is_ascii_alphanumeric());
        if !(c.is_ascii_alphanumeric() || c == '_' || parts) {
            break;
        }
        end = at + 1;
    }
    end
}

fn number(text: &str, at: usize) -> Result<(TokenKind, usize), LexError> {
    let len = numeral(text);
    let whole = &text[..len];
    let fault = |message| LexError { range: at..at + len, message };
    let after = &text.as_bytes()[len..];
    if after.first() == Some(&b'.') && after.get(1).is_some_and(u8::is_ascii_digit) {
        return Err(fault("expressions compute with integers only".to_owned()));
    }
    let lower = whole.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (&lower[2..], 16),
        Some("0b") => (&lower[2..], 2),
        _ if lower.len() > 1 && lower.starts_with('0') => (&lower[1..], 8),
        _ => (&lower[..], 10),
    };
    let is_digit = |c: char| c.is_digit(radix) || matches!(c, '\'' | '_');
    let end = digits.find(|c: char| !is_digit(c)).unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    if radix == 8 && suffix.starts_with(['8', '9']) {
        return Err(fault(format!(
            "`{whole}` begins with 0, so it is octal, and has 8 or 9 in it"
        )));
    }
    let digits: String = digits.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    // `0` and its suffixes have no digits after the octal prefix.
    let value = match u64::from_str_radix(if digits.is_empty() { "0" } else { &digits }, radix) {
        _ if digits.is_empty() && radix != 8 => Err(()),
        value => value.map_err(|_| ()),
    }
    .map_err(|()| fault(format!("`{whole}` is not a number that fits 64 bits")))?;
    let unit = &whole[whole.len() - suffix.len()..];
    if let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit && radix == 10) {
        let value = value
            .checked_mul(*scale)
            .ok_or_else(|| fault(format!("`{whole}` does not fit 64 bits")))?;
        let kind = TokenKind::Int { value, unsigned: false, long: true, radix: false };
        return Ok((kind, len));
    }
    let (unsigned, long) = match suffix {
        "" => (false, false),
        "u" => (true, false),
        "l" | "ll" => (false, true),
        "ul" | "ull" | "lu" | "llu" => (true, true),
        _ => {
            let units = UNITS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let message = format!("`{unit}` is not a suffix of a number: u, l, ul, {units}");
            return Err(fault(message));
        }
    };
    Ok((TokenKind::Int { value, unsigned, long, radix: radix != 10 }, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> TokenKind {
        let tokens = lex(text).unwrap();
        assert_eq!(tokens.len(), 1, "{text}: {tokens:?}");
        tokens[0].kind.clone()
    }

    #[test]
    fn numbers_have_radix_suffix_and_unit() {
        for (text, value, unsigned, long) in [
            ("0", 0, false, false),
            ("0u", 0, true, false),
            ("42", 42, false, false),
            ("017", 15, false, false),
            ("0x1Fu", 31, true, false),
            ("0b101", 5, false, false),
            ("1ull", 1, true, true),
            ("10ms", 10_000_000, false, true),
            ("2s", 2_000_000_000, false, true),
            ("64KiB", 65536, false, true),
            ("1'000'000", 1_000_000, false, false),
            ("1_000us", 1_000_000, false, true),
            ("0XFF", 255, false, false),
            ("0xffff'ffffUL", 0xffff_ffff, true, true),
            ("0b1111_0000", 240, false, false),
            ("18446744073709551615", u64::MAX, false, false),
        ] {
            let TokenKind::Int { value: v, unsigned: u, long: l, .. } = one(text) else {
                panic!("{text}")
            };
            assert_eq!((v, u, l), (value, unsigned, long), "{text}");
        }
        for text in ["0x", "08", "1x", "18446744073709551616", "99999999999h", "0x10ms", "1.5"] {
            assert!(lex(text).is_err(), "{text}");
        }
        assert_eq!(lex("1'a'").unwrap_err().range, 0..3);
    }
}
