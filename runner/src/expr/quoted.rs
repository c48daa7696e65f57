//! Character and string literals: what stands between the quotes, with C's escapes resolved.

use super::lex::LexError;

/// The bytes of the string literal that `text` begins with, and its length with both quotes. `at` is
/// where it stands.
pub fn text(text: &str, at: usize) -> Result<(Vec<u8>, usize), LexError> {
    quoted(text, at, b'"')
}

/// The same of a character literal.
pub fn character(text: &str, at: usize) -> Result<(u8, usize), LexError> {
    let (bytes, len) = quoted(text, at, b'\'')?;
    match bytes[..] {
        [byte] => Ok((byte, len)),
        _ => Err(LexError {
            range: at..at + len,
            message: "a character literal holds one byte; text goes in double quotes".into(),
        }),
    }
}

fn quoted(text: &str, at: usize, quote: u8) -> Result<(Vec<u8>, usize), LexError> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 1;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            _ if byte == quote => return Ok((out, i + 1)),
            b'\\' => {
                i += escape(&text[i..], &mut out).map_err(|message| LexError {
                    range: at + i..at + (i + 2).min(text.len()),
                    message: message.to_owned(),
                })?;
            }
            _ => {
                out.push(byte);
                i += 1;
            }
        }
    }
    Err(LexError { range: at..at + text.len(), message: "the closing quote is missing".into() })
}

/// Appends what the escape at the start of `text` stands for, and gives its length with the
/// backslash. C11 6.4.4.4; `\e` is an extension of all compilers.
fn escape(text: &str, out: &mut Vec<u8>) -> Result<usize, &'static str> {
    const UNKNOWN: &str = "not an escape of C: \\n \\t \\r \\a \\b \\e \\f \\v \\\\ \\' \\\" \\? \\0 \\101 \\x41 \\u20ac";
    let digits = |from: usize, most: usize, radix: u32| {
        let tail = text.get(from..).unwrap_or_default();
        tail.chars().take(most).take_while(|c| c.is_digit(radix)).count()
    };
    let number = |from: usize, len: usize, radix: u32| {
        text.get(from..from + len).and_then(|digits| u32::from_str_radix(digits, radix).ok())
    };
    let byte = match text.as_bytes().get(1).ok_or(UNKNOWN)? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'a' => 7,
        b'b' => 8,
        b'e' => 27,
        b'f' => 12,
        b'v' => 11,
        own @ (b'\\' | b'\'' | b'"' | b'?') => *own,
        b'0'..=b'7' => {
            let len = digits(1, 3, 8);
            let value = number(1, len, 8).and_then(|value| u8::try_from(value).ok());
            out.push(value.ok_or("an octal escape is at most \\377")?);
            return Ok(1 + len);
        }
        // As many digits as follow: C has no end for them.
        b'x' => {
            let len = digits(2, usize::MAX, 16);
            let value = number(2, len, 16).and_then(|value| u8::try_from(value).ok());
            out.push(value.ok_or("\\x takes the digits of one byte, at most \\xff")?);
            return Ok(2 + len);
        }
        kind @ (b'u' | b'U') => {
            let len = if *kind == b'u' { 4 } else { 8 };
            let value = (digits(2, len, 16) == len).then(|| number(2, len, 16)).flatten();
            let value = value.and_then(char::from_u32);
            let value = value.ok_or("\\u takes 4 digits of a character, \\U 8")?;
            out.extend_from_slice(value.encode_utf8(&mut [0; 4]).as_bytes());
            return Ok(2 + len);
        }
        _ => return Err(UNKNOWN),
    };
    out.push(byte);
    Ok(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(literal: &str) -> Vec<u8> {
        let (bytes, len) = text(literal, 0).unwrap();
        assert_eq!(len, literal.len());
        bytes
    }

    #[test]
    fn escapes_are_those_of_c() {
        assert_eq!(one(r#""a\"b\x41\n""#), b"a\"bA\n");
        assert_eq!(one(r#""\a\b\e\f\v\t\r\?\\\'""#), b"\x07\x08\x1b\x0c\x0b\t\r?\\'");
        assert_eq!(one(r#""\0\101\1018\377\x0041\xfg""#), b"\0AA8\xffA\x0fg");
        assert_eq!(one(r#""\u20ac\U0001F600""#), "\u{20ac}\u{1f600}".as_bytes());
        assert_eq!(one("\"\u{e9}\""), "\u{e9}".as_bytes());
        assert_eq!(character(r"'\0'", 0), Ok((0, 4)));
        assert_eq!(character(r"'\''", 0), Ok((b'\'', 4)));
        assert_eq!(character(r"'\377'", 0), Ok((255, 6)));
    }

    #[test]
    fn wrong_ones_say_why() {
        for (literal, range, why) in [
            ("\"open", 0..5, "closing quote"),
            ("\"\\", 1..2, "not an escape"),
            (r#""\q""#, 1..3, "not an escape"),
            ("\"\\\u{e9}\"", 1..3, "not an escape"),
            (r#""a\400""#, 2..4, "377"),
            (r#""\x""#, 1..3, "one byte"),
            (r#""\x141""#, 1..3, "one byte"),
            (r#""\u12""#, 1..3, "4 digits"),
            (r#""\ud800""#, 1..3, "4 digits"),
        ] {
            let fault = text(literal, 0).unwrap_err();
            assert_eq!(fault.range, range, "{literal}");
            assert!(fault.message.contains(why), "{literal}: {}", fault.message);
        }
        for literal in ["'ab'", "''", r"'\u00e9'"] {
            assert!(character(literal, 0).unwrap_err().message.contains("one byte"), "{literal}");
        }
    }
}
