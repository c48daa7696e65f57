//! Text as YAML has it: quotes where they are needed, and comments.

/// Words that other readers of YAML take for something else than text.
const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "~"];

/// `text` as a value that stands alone on its line, behind a key or a dash.
pub fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// `text` in quotes.
pub fn quoted(text: &str) -> String {
    match text.contains(['"', '\\']) {
        true => format!("'{}'", text.replace('\'', "''")),
        false => format!("\"{text}\""),
    }
}

/// Whether YAML reads `text` as that text without quotes.
fn is_plain(text: &str) -> bool {
    let starts =
        text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/' | '('));
    let word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    let parts = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']);
    starts && !word && !parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stand_where_they_must() {
        for (text, written) in [
            ("kprobe:do_unlinkat", "kprobe:do_unlinkat"),
            ("retval < 0 && comm == \"rm\"", "retval < 0 && comm == \"rm\""),
            ("name->name", "name->name"),
            ("", "\"\""),
            ("no", "\"no\""),
            ("*p", "\"*p\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("uprobe:/a: b:say \"it's\"", "'uprobe:/a: b:say \"it''s\"'"),
            ("12", "\"12\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }
}
