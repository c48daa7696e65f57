//! How a text is written: without quotes where it can be, else with those that need the fewest
//! escapes.

use super::tree::Scalar;
use crate::config::matcher::ANY;
use crate::config::quote;
use crate::config::scalar::Style;
use crate::diag::is_hidden;

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A value on lines of its own.
    Block,
    /// Between brackets.
    Flow,
    /// A key on a line of its own.
    Key,
    /// A key between brackets.
    FlowKey,
}

impl Place {
    fn in_brackets(self) -> bool {
        matches!(self, Self::Flow | Self::FlowKey)
    }
}

/// What means something between brackets.
const FLOW: [char; 5] = [',', '[', ']', '{', '}'];

/// `text` as a value on lines of its own.
pub fn in_block(text: &str) -> String {
    written(text, Place::Block)
}

/// `text` as a value between brackets.
pub fn in_flow(text: &str) -> String {
    written(text, Place::Flow)
}

fn written(text: &str, place: Place) -> String {
    if needs_no_quotes(text, place) { text.to_owned() } else { quoted(text) }
}

/// The text on one line.
pub fn on_one_line(scalar: &Scalar, tagged: bool, place: Place) -> String {
    match scalar.style {
        Style::Plain if !scalar.text.contains('\n') && stays_whole(&scalar.text, place) => {
            scalar.text.clone()
        }
        Style::Single | Style::Double if !tagged && needs_no_quotes(&scalar.text, place) => {
            scalar.text.clone()
        }
        // Escapes that are needed are left as they were chosen.
        Style::Double if !scalar.written.contains('\n') && !scalar.text.chars().all(is_visible) => {
            scalar.written.clone()
        }
        _ => quoted(&scalar.text),
    }
}

/// The text on the lines that it was written on, the first aside indented by `indent`; `None` for
/// those on one line or with escapes, which may stand at the ends of lines.
pub fn on_its_lines(scalar: &Scalar, indent: usize) -> Option<String> {
    let escapes = scalar.style == Style::Double && scalar.written.contains('\\');
    if scalar.style == Style::Block || escapes || !scalar.written.contains('\n') {
        return None;
    }
    let lines = scalar.written.lines().map(|line| line.trim_matches([' ', '\t', '\r']));
    Some(lines.map(|line| indented(line, indent)).collect::<Vec<_>>().join("\n").trim().into())
}

/// The header and the lines of a block, indented by `indent`; `None` for a text that no block can
/// hold.
pub fn as_block(scalar: &Scalar, indent: usize) -> Option<(String, String)> {
    let text = &scalar.text;
    let content = text.trim_end_matches('\n');
    let chomp = match text.len() - content.len() {
        0 => "-",
        1 => "",
        _ => return None, // blank lines below a block belong to it: better seen as `\n`
    };
    // Blanks that make up the last line are better seen, too.
    let last = content.rsplit('\n').next().unwrap_or_default();
    if scalar.style != Style::Block || last.trim().is_empty() {
        return None;
    }
    let lines: Vec<String> = match scalar.folded {
        true => folded_lines(scalar)?,
        false => content.split('\n').map(str::to_string).collect(),
    };
    // Where the first line begins with blanks, the parser must be told what is indentation.
    let first = lines.iter().find(|line| !line.is_empty())?;
    let indicator = if first.starts_with(' ') { super::write::STEP.to_string() } else { "".into() };
    let style = if scalar.folded { ">" } else { "|" };
    let mut below = String::new();
    for line in lines {
        below.push_str(&indented(&line, indent));
        below.push('\n');
    }
    Some((format!("{style}{indicator}{chomp}"), below))
}

/// The lines of a folded block without their indentation.
fn folded_lines(scalar: &Scalar) -> Option<Vec<String>> {
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let content = scalar.text.trim_start_matches('\n');
    // The first line that is not blank shows how much of its blanks is indentation; the parser's
    // range may begin before or behind the rest.
    let own = blanks(content);
    let indent = scalar.column.checked_sub(own.saturating_sub(blanks(&scalar.written)))?;
    let mut lines = vec![String::new(); scalar.text.len() - content.len()];
    for (index, line) in scalar.written.lines().enumerate() {
        let line = line.trim_end_matches('\r');
        lines.push(match index {
            0 => format!("{:own$}{}", "", line.trim_start_matches(' ')),
            _ => line[indent.min(blanks(line))..].to_string(),
        });
    }
    Some(lines)
}

/// `line` behind blanks, unless it is empty.
fn indented(line: &str, indent: usize) -> String {
    if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") }
}

/// Whether a text that needed no quotes where it stood needs none in that place either.
fn stays_whole(text: &str, place: Place) -> bool {
    let parted = || text.contains(FLOW) || text.ends_with(':') || !quote::is_balanced(text);
    let brackets = place.in_brackets() && parted();
    // Between brackets, an indicator that a bracket follows is text.
    !brackets && !matches!(text, "?" | "-" | ":") && !is_document_mark(text)
}

/// Whether YAML takes it for a document's start or end where a line begins with it.
fn is_document_mark(text: &str) -> bool {
    text.starts_with("---") || text.starts_with("...")
}

/// Whether YAML, `runner` and people take the bare text for the same as the quoted one.
fn needs_no_quotes(text: &str, place: Place) -> bool {
    let start = text.chars().next();
    let flow = place != Place::Block;
    !start.is_none_or(|c| c.is_whitespace() || "-?:,[]{}#&*!|>'\"%@`".contains(c))
        && !text.ends_with(char::is_whitespace)
        && text.chars().all(is_visible)
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        // Between brackets a person could not see where a text of several words ends.
        && !(flow && (text.contains(FLOW) || text.contains(' ')))
        && !is_document_mark(text)
        && !is_other(text)
        // What looks like half an expression would be reported.
        && quote::is_balanced(text)
        && !(matches!(place, Place::Key | Place::FlowKey) && quote::is_expression(text))
}

/// Whether the bare text would be something else than text: to `runner`, or to some parser of YAML.
fn is_other(text: &str) -> bool {
    const WORDS: [&str; 13] =
        ["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<", ANY];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
            && text.chars().all(|c| c.is_ascii_hexdigit() || "+-._:xXoOTZ ".contains(c))
        || [".inf", ".nan"].iter().any(|word| text.to_ascii_lowercase().ends_with(word))
}

/// Whether a person sees it for what it is.
fn is_visible(c: char) -> bool {
    !c.is_control() && !is_hidden(c)
}

/// The text in quotes.
fn quoted(text: &str) -> String {
    let count = |wanted: &[char]| text.matches(wanted).count();
    if text.chars().all(is_visible) && count(&['\'']) < count(&['"', '\\']) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_visible(c) => out.push(c),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stay_only_where_yaml_or_runner_needs_them() {
        for text in [
            "kprobe:do_unlinkat",
            "syscall:unlink*",
            "struct exp_s *",
            "a == 3 && b",
            "(void *)retval",
            "name->name",
            "x ? y : 3",
            "comm == \"rm\"",
            "/bin/sh",
            "ä",
        ] {
            let plain = !text.contains(": ");
            assert_eq!(needs_no_quotes(text, Place::Block), plain, "{text}");
        }
        for text in [
            "",
            " ",
            "a ",
            " a",
            "*p",
            "&p",
            "!x",
            "[a]",
            "{a}",
            "\"a\"",
            "'a'",
            "%d",
            "@x",
            "`x`",
            "- a",
            "-1",
            "? a",
            ": a",
            "a: b",
            "a:",
            "a #b",
            "#b",
            "true",
            "No",
            "~",
            "null",
            "NULL",
            "1",
            "0x10",
            "1_000",
            "1.5",
            ".5",
            "1e3",
            "2020-01-01",
            "12:30",
            "f(a",
            "it's",
            "a\nb",
            "a\tb",
            "\u{85}",
            "<<",
            "any",
            "...",
            ".inf",
            "| a",
            "> a",
        ] {
            assert!(!needs_no_quotes(text, Place::Block), "{text}");
        }
        for text in ["str(p, 3)", "a[0]", "{x", "char *"] {
            assert!(!needs_no_quotes(text, Place::Flow), "{text}");
        }
        assert!(needs_no_quotes("str(p, 3)", Place::Block));
        assert!(!needs_no_quotes("a == b", Place::Key));
    }

    #[test]
    fn quotes_are_those_with_the_fewest_escapes() {
        for (text, expected) in [
            ("*p", "\"*p\""),
            ("!(comm == \"a\")", "'!(comm == \"a\")'"),
            ("it's", "\"it's\""),
            ("*'\"\"", "'*''\"\"'"),
            ("\\", "'\\'"),
            ("a\nb\t\u{7}", "\"a\\nb\\t\\u0007\""),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
