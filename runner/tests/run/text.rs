//! Strings from user memory on their way to a terminal or a spreadsheet.

use crate::harness::{Config, Running, hex, pull};

/// Escape codes, a newline, a byte that is no text, a reversal, quotes and a comma.
const NAME: &[u8] = b"\x1b[31m\n\xff\xe2\x80\xae\"a\",b";

fn shown(comm: &str, more: &str, arguments: &[&str], name: &[u8]) -> Vec<u8> {
    let config = Config::probe(
        "syscall:unlink",
        &format!(
            "where: comm == \"{comm}\"\nfields: [{{name: {{expr: pathname, max: 20}}}}]\n{more}"
        ),
    );
    let run = Running::start(config.and(arguments));
    pull(config.folder(), &[comm, "unlink", &hex(name)]);
    run.interrupt().stdout
}

/// No byte that a terminal would act on.
#[track_caller]
fn harmless(bytes: &[u8]) -> &str {
    let text = std::str::from_utf8(bytes).unwrap();
    let text = text.trim_end_matches(['\r', '\n']);
    let bad = |c: char| (c.is_control() && c != '\n' && c != '\r') || c == '\u{202e}';
    assert!(!text.contains(bad), "{text:?}");
    text
}

#[test]
fn a_table_shows_no_control_character() {
    let bytes = shown("intable", "", &[], NAME);
    let lines: Vec<_> = harmless(&bytes).lines().collect();
    assert_eq!(lines, ["NAME", r#"\x1b[31m\x0a\xff\u{202e}"a",b"#]);
}

#[test]
fn csv_quotes_what_it_must() {
    let bytes = shown("incsv", "", &["-o", "csv"], NAME);
    let line = harmless(&bytes).lines().nth(1).unwrap().to_owned();
    let (_, value) = line.split_once("Z,probe,").unwrap();
    assert_eq!(value, r#""\x1b[31m\x0a\xff\u{202e}""a"",b""#);
}

#[test]
fn a_format_of_its_own_shows_no_control_character() {
    let bytes = shown("inprint", "print: \"<{name}> {{}}\"", &[], NAME);
    assert_eq!(harmless(&bytes), r#"<\x1b[31m\x0a\xff\u{202e}"a",b> {}"#);
}

#[test]
fn a_cut_is_marked_in_text_as_well() {
    let bytes = shown("cutname", "", &[], &[b'x'; 40]);
    let row = harmless(&bytes).lines().nth(1).unwrap();
    assert_eq!(row, format!("{}\u{2026}", "x".repeat(20)));
}
