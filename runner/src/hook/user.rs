//! How places in programs and libraries are written: `BINARY:SYMBOL+OFFSET` and the like.
//!
//! In: the text of a hook. Out: its target, or the guilty part and why. Symbols may be names of
//! Rust or C++ source, so they hold more than kernel names do.

use std::ops::Range;

use super::{Form, Row, Target, UserPlace, is_glob};

/// The longest path or name, bytes; mangled names grow long.
const LONGEST: usize = 4095;

/// Parses what follows `start` in `text`, a hook of the kind `row`.
pub fn parse(row: &Row, text: &str, start: usize) -> Result<Target, (Range<usize>, String)> {
    let target = &text[start..];
    let Some((binary, rest)) = target.split_once(':') else {
        let lacks = match row.form {
            Form::StaticProbe => "the provider and the name",
            _ => "the symbol",
        };
        return Err((start..text.len(), format!("`{target}` lacks {lacks}")));
    };
    let middle = start + binary.len();
    part(binary, start)?;
    if row.form == Form::StaticProbe {
        let Some((provider, name)) = rest.split_once(':') else {
            return Err((middle + 1..text.len(), format!("`{rest}` lacks the name")));
        };
        let names = [(provider, middle + 1), (name, middle + 2 + provider.len())];
        for (name, at) in names {
            part(name, at)?;
            let fits = |c: char| c.is_ascii_alphanumeric() || "_-.$".contains(c);
            if !name.chars().all(fits) {
                let message = format!("`{name}` is no name of a static probe");
                return Err((at..at + name.len(), message));
            }
        }
        let (provider, name) = (provider.to_owned(), name.to_owned());
        return Ok(Target::StaticProbe { binary: binary.to_owned(), provider, name });
    }
    let range = middle + 1..text.len();
    part(rest, range.start)?;
    let place = place(rest, row.form).map_err(|why| (range, why))?;
    Ok(Target::User { binary: binary.to_owned(), place })
}

/// Whether `text` can be a path or a name.
fn part(text: &str, at: usize) -> Result<(), (Range<usize>, String)> {
    if text.is_empty() {
        return Err((at..at, "a part of the hook is empty".into()));
    }
    if text.len() > LONGEST {
        let message = format!("{} bytes are more than a path or a name may have", text.len());
        return Err((at..at + text.len(), message));
    }
    match text.char_indices().find(|(_, c)| c.is_control()) {
        None => Ok(()),
        Some((index, c)) => {
            let message = format!("`{}` cannot stand in a path or a name", c.escape_default());
            Err((at + index..at + index + c.len_utf8(), message))
        }
    }
}

fn place(text: &str, form: Form) -> Result<UserPlace, String> {
    if text.starts_with("0x") {
        return match number(text) {
            Some(offset) => Ok(UserPlace::File(offset)),
            None => Err(format!("`{text}` is not an offset in the file, such as 0x1139")),
        };
    }
    // `operator+` of C++ ends in a sign, too, but never in one and digits.
    let split = text.rsplit_once('+').and_then(|(name, offset)| Some((name, number(offset)?)));
    let Some((name, offset)) = split.filter(|(name, _)| !name.is_empty()) else {
        return Ok(UserPlace::Symbol { name: text.to_owned(), offset: 0 });
    };
    if form != Form::SymbolOffset {
        return Err("only the entry of a function has a return: no offset is possible".into());
    }
    if is_glob(name) {
        return Err("a glob with an offset would land inside unlike instructions".into());
    }
    Ok(UserPlace::Symbol { name: name.to_owned(), offset })
}

fn number(text: &str) -> Option<u64> {
    if text.starts_with('+') {
        return None;
    }
    let value = match text.strip_prefix("0x") {
        Some(hex) if !hex.starts_with('+') => u64::from_str_radix(hex, 16),
        Some(_) => return None,
        None => text.parse(),
    };
    value.ok().filter(|value| i64::try_from(*value).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::diag::Span;

    fn target(text: &str) -> Target {
        let hook = parse(text, &|range| Span::new(range.start, range.end)).expect(text);
        assert_eq!(parse(&hook.to_string(), &|_| Span::default()).unwrap(), hook);
        hook.target
    }

    #[test]
    fn symbols_may_be_those_of_any_language() {
        for (text, binary, name, offset) in [
            ("uprobe:libc:malloc", "libc", "malloc", 0),
            ("uprobe:/a b/c:f+16", "/a b/c", "f", 16),
            ("uprobe:/x:f+0x10", "/x", "f", 16),
            ("uprobe:/x:core::fmt::write", "/x", "core::fmt::write", 0),
            ("uprobe:/x:n::operator+(n::A const&, int)", "/x", "n::operator+(n::A const&, int)", 0),
            ("uprobe:/x:n::operator+", "/x", "n::operator+", 0),
            ("ufunc:libc:memcpy@@GLIBC_2.14", "libc", "memcpy@@GLIBC_2.14", 0),
            ("uretprobe:libc:mem*", "libc", "mem*", 0),
        ] {
            let place = UserPlace::Symbol { name: name.into(), offset };
            assert_eq!(target(text), Target::User { binary: binary.into(), place }, "{text}");
        }
        let place = UserPlace::File(0x1139);
        assert_eq!(target("uprobe:/x:0x1139"), Target::User { binary: "/x".into(), place });
    }
}
