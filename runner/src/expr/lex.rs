//! Expression text to tokens. Spans are byte ranges of the text.

use std::ops::Range;

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
            quoted(rest, at, b'"').map(|(bytes, len)| (TokenKind::Text(bytes), len))?
        } else if c == '\'' {
            character(rest, at)?
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

fn number(text: &str, at: usize) -> Result<(TokenKind, usize), LexError> {
    let len = word(text);
    let whole = &text[..len];
    let fault = |message| LexError { range: at..at + len, message };
    let lower = whole.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (&lower[2..], 16),
        Some("0b") => (&lower[2..], 2),
        _ if lower.len() > 1 && lower.starts_with('0') => (&lower[1..], 8),
        _ => (&lower[..], 10),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    // `0` and its suffixes have no digits after the octal prefix.
    let value = match u64::from_str_radix(if digits.is_empty() { "0" } else { digits }, radix) {
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

/// The bytes between the quotes, and the length with both quotes.
fn quoted(text: &str, at: usize, quote: u8) -> Result<(Vec<u8>, usize), LexError> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 1;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            _ if byte == quote => return Ok((out, i + 1)),
            b'\\' => {
                let (value, len) = escape(&text[i..]).ok_or_else(|| LexError {
                    range: at + i..at + (i + 2).min(text.len()),
                    message: "not an escape: use \\n \\t \\r \\0 \\\\ \\' \\\" or \\xHH".into(),
                })?;
                out.push(value);
                i += len;
            }
            _ => {
                out.push(byte);
                i += 1;
            }
        }
    }
    Err(LexError { range: at..at + text.len(), message: "the closing quote is missing".into() })
}

/// The byte that an escape stands for, and its length with the backslash.
fn escape(text: &str) -> Option<(u8, usize)> {
    let value = match text.as_bytes().get(1)? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'0' => 0,
        b'\\' => b'\\',
        b'\'' => b'\'',
        b'"' => b'"',
        b'x' => return Some((u8::from_str_radix(text.get(2..4)?, 16).ok()?, 4)),
        _ => return None,
    };
    Some((value, 2))
}

fn character(text: &str, at: usize) -> Result<(TokenKind, usize), LexError> {
    let (bytes, len) = quoted(text, at, b'\'')?;
    match bytes[..] {
        [byte] => Ok((TokenKind::Char(byte), len)),
        _ => Err(LexError {
            range: at..at + len,
            message: "a character literal holds one byte; text goes in double quotes".into(),
        }),
    }
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
            ("18446744073709551615", u64::MAX, false, false),
        ] {
            let TokenKind::Int { value: v, unsigned: u, long: l, .. } = one(text) else {
                panic!("{text}")
            };
            assert_eq!((v, u, l), (value, unsigned, long), "{text}");
        }
        for text in ["0x", "08", "1x", "18446744073709551616", "99999999999h", "0x10ms"] {
            assert!(lex(text).is_err(), "{text}");
        }
    }

    #[test]
    fn text_resolves_escapes() {
        assert_eq!(one(r#""a\"b\x41\n""#), TokenKind::Text(b"a\"bA\n".to_vec()));
        assert_eq!(one("'\\0'"), TokenKind::Char(0));
        assert_eq!(one("\"\u{e9}\""), TokenKind::Text("\u{e9}".as_bytes().to_vec()));
        for text in ["\"open", "'ab'", "''", r#""\q""#, "\"\\", "'\\x4'", "\"\\\u{e9}\""] {
            assert!(lex(text).is_err(), "{text}");
        }
    }
}
