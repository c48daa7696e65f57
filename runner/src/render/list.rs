//! Lists of strings, such as a program's arguments: their parts, and how a shell would take them.

use super::text::escaped;

/// The strings of a list, each with a NUL behind it but the last one where it was cut.
pub fn strings(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    let some = (!bytes.is_empty()).then(|| whole.split(|byte| *byte == 0));
    some.into_iter().flatten()
}

/// Appends the strings as words for a shell, parted by blanks; what no terminal may see as `$'…'`.
pub fn words(bytes: &[u8], truncated: bool, out: &mut Vec<u8>) {
    for (index, string) in strings(bytes).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        word(string, out);
    }
    if truncated {
        out.extend_from_slice("\u{2026}".as_bytes());
    }
}

fn word(string: &[u8], out: &mut Vec<u8>) {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(byte);
    if !string.is_empty() && string.iter().all(plain) {
        out.extend_from_slice(string);
        return;
    }
    let mut shown = Vec::new();
    escaped(string, &mut shown);
    if shown == string {
        out.push(b'\'');
        out.extend(string.split(|byte| *byte == b'\'').collect::<Vec<_>>().join(&b"'\\''"[..]));
        out.push(b'\'');
        return;
    }
    // Escapes in a text of its own: a backslash or quote of the string's must not be taken for one.
    out.extend_from_slice(b"$'");
    for byte in string.split_inclusive(|byte| b"\\'".contains(byte)) {
        let (last, start) = match byte.split_last() {
            Some((last, start)) if b"\\'".contains(last) => (Some(*last), start),
            _ => (None, byte),
        };
        escaped(start, out);
        if let Some(last) = last {
            out.extend_from_slice(&[b'\\', last]);
        }
    }
    out.push(b'\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(strings: &[&[u8]], truncated: bool) -> String {
        let mut bytes = strings.join(&b"\0"[..]);
        if !truncated && !strings.is_empty() {
            bytes.push(0);
        }
        let mut out = Vec::new();
        words(&bytes, truncated, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn words_are_those_of_a_shell() {
        assert_eq!(
            shown(&[b"sh", b"-c", b"echo it's $HOME"], false),
            r"sh -c 'echo it'\''s $HOME'"
        );
        assert_eq!(shown(&[b"", b"a b", b"", b"x"], false), "'' 'a b' '' x");
        assert_eq!(shown(&[], false), "");
        assert_eq!(shown(&[b""], false), "''");
        assert_eq!(shown(&[b"a", b"cut"], true), "a cut\u{2026}");
        assert_eq!(shown(&[b"a\n'\\\x1b[31m\xff"], false), r"$'a\x0a\'\\\x1b[31m\xff'");
    }
}
