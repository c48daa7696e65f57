//! Bytes from the kernel to text that no terminal can be fooled by.

/// Appends `bytes` with every control character and every byte that is not UTF-8 escaped as
/// `\xNN`, and characters that reorder or hide text as `\u{NNNN}`. Backslashes stay as they are.
pub fn escaped(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.iter().all(|byte| matches!(byte, 0x20..=0x7e)) {
        out.extend_from_slice(bytes);
        return;
    }
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    hex(byte, out);
                }
            } else if is_deceptive(c) {
                out.extend_from_slice(c.escape_unicode().to_string().as_bytes());
            } else {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        for byte in chunk.invalid() {
            hex(*byte, out);
        }
    }
}

/// Line and paragraph separators, zero-width and bidirectional controls.
pub fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn hex(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\x");
    out.push(DIGITS[usize::from(byte >> 4)]);
    out.push(DIGITS[usize::from(byte & 15)]);
}

/// Characters that `text`, which holds no control characters, takes on a terminal.
pub fn width(text: &[u8]) -> usize {
    if text.is_ascii() { text.len() } else { String::from_utf8_lossy(text).chars().count() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        escaped(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes_are_visible() {
        assert_eq!(shown(b"\x1b[31mred\n"), "\\x1b[31mred\\x0a");
        assert_eq!(shown(b"caf\xc3\xa9 \xff"), "caf\u{e9} \\xff");
        assert_eq!(shown("a\u{202e}b\u{9b}".as_bytes()), "a\\u{202e}b\\xc2\\x9b");
    }

    proptest! {
        #[test]
        fn no_control_character_passes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(!shown(&bytes).chars().any(|c| c.is_control() || is_deceptive(c)));
        }
    }
}
