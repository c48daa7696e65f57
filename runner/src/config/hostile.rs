//! Tests that no input, however hostile, makes the config stage panic, hang or fill the memory, and
//! that what it reports can always be shown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Config, MAX_BYTES, MAX_FAULTS, from_bytes, parse};
use crate::diag::{Faults, Source, Style, render};

/// Far above what any case below needs unoptimised (2 s), far below what a hang is.
const PATIENCE: Duration = Duration::from_secs(20);

const VALID: [&str; 2] =
    [include_str!("../../tests/pass/forms.yaml"), include_str!("../../tests/pass/tests.yaml")];

/// Parses and renders; checks what must hold for any text.
fn take(text: &str) -> (Option<Config>, Faults) {
    let source = Arc::new(Source { path: "any.yaml".into(), text: text.into() });
    let mut faults = Faults::new(source.clone());
    let config = parse(source, &mut faults);
    assert_eq!(config.is_none(), faults.any_error(), "no config exactly if there are errors");
    assert!(faults.list.len() <= MAX_FAULTS);
    for fault in &faults.list {
        let span = fault.span.unwrap_or_default();
        assert!(span.start <= span.end && span.end <= text.len(), "{fault:?}");
        assert!(text.is_char_boundary(span.start), "{fault:?}");
        assert!(text.is_char_boundary(span.end), "{fault:?}");
    }
    let shown = render(&faults, Style::Plain);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    (config, faults)
}

/// As [`take`], within [`PATIENCE`].
fn take_in_time(what: &str, text: &str) -> Faults {
    let start = Instant::now();
    let (_, faults) = take(text);
    let took = start.elapsed();
    println!("{what}: {took:?}, {} faults", faults.list.len());
    assert!(took < PATIENCE, "{what} took {took:?}");
    faults
}

/// Pieces that YAML and the language give a meaning to.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "\n",
            " ",
            "  ",
            "    ",
            "- ",
            ": ",
            ":",
            ",",
            "[",
            "]",
            "{",
            "}",
            "*",
            "&",
            "!",
            "|",
            ">",
            "'",
            "\"",
            "#",
            " #",
            "%",
            "@",
            "`",
            "\\",
            "?",
            "? ",
            "---\n",
            "...\n",
            "\t",
            "~",
            "\r\n",
            "ä",
            "漢",
            "\u{feff}",
            "\u{1b}",
            "\u{85}",
            "&a ",
            "*a",
            "!!str ",
            "<<: *a",
            "version: 1\n",
            "probes:\n",
            "  - ",
            "hook: ",
            "any:\n",
            "fields: ",
            "where: ",
            "pid",
            "print: ",
            "{pid}",
            "kprobe:f",
            "(",
            ")",
            "\\x41",
            "\\u00e4",
            "\\ud83d\\ude00",
        ])
        .prop_map(str::to_string),
        "[a-z0-9]{1,3}",
        any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        match from_bytes("any.yaml", bytes) {
            Ok(source) => drop(take(&source.text)),
            Err(faults) => prop_assert!(!render(&faults, Style::Plain).is_empty()),
        }
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(piece(), 0..40)) {
        take(&pieces.concat());
    }

    #[test]
    fn mutated_configs(
        valid in prop::sample::select(&VALID[..]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6usize, piece()), 1..6),
    ) {
        let mut text: Vec<char> = valid.chars().collect();
        for (at, remove, insert) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.chars());
        }
        take(&text.into_iter().collect::<String>());
    }
}

#[test]
fn the_config_that_is_mutated_is_valid() {
    assert!(VALID.iter().all(|valid| take(valid).0.is_some()));
}

#[test]
fn every_prefix_of_a_config_is_survived() {
    for valid in VALID {
        for end in (0..valid.len()).filter(|end| valid.is_char_boundary(*end)) {
            take(&valid[..end]);
        }
    }
}

/// One text repeated until the file is large. An eighth of what is allowed shows a loop within a
/// loop well enough; all cases at full size take a minute.
#[test]
fn large_files_end_in_time() {
    const SIZE: usize = MAX_BYTES / 8;
    let heads = ["", "version: 1\nprobes: ", "x: &a [b]\n"];
    let parts = [
        "[",
        "{",
        "- ",
        "? ",
        ": ",
        "a: ",
        "a\n",
        "a: b\n",
        "-\n",
        "#\n",
        "\"",
        "'",
        "!a ",
        "&a ",
        "*a ",
        "[a: ,",
        "{a, ",
        "[a,",
        "a,",
        "- [\n",
        "&a b\n",
        "- &a b\n",
        "- !x y\n",
        "- *x\n",
        "\n",
        " ",
        "\t",
        "|\n",
        "a b ",
        "- a # b\n",
        "\\",
        "x ",
        " - a\n",
        "*a, ",
        "- (\n",
        "(, ",
    ];
    for head in heads {
        for part in parts {
            let text = head.to_string() + &part.repeat((SIZE - head.len()) / part.len());
            take_in_time(&format!("{head:?} + {part:?}"), &text);
            take_in_time(
                &format!("{head:?} + [{part:?}"),
                &format!("{head}[{}", &text[head.len()..]),
            );
        }
    }
}

#[test]
fn large_lists_within_a_config_end_in_time() {
    let start = "version: 1\nprobes:\n";
    let fill = |head: &str, part: &str| {
        head.to_string() + &part.repeat((MAX_BYTES - head.len()) / part.len())
    };
    let fields = format!("{start}  - hook: kprobe:a\n    fields:\n");
    let fault_free = take_in_time(
        "probes",
        &(start.to_string() + &"  - {hook: kprobe:a, fields: [pid]}\n".repeat(8000)),
    );
    assert_eq!(fault_free.list, []);
    take_in_time("unknown keys", &fill(&format!("{start}  - hook: kprobe:a\n"), "    a: b\n"));
    take_in_time("equal fields", &fill(&fields, "    - pid\n"));
    take_in_time("bad fields", &fill(&fields, "    - a->b\n"));
    take_in_time("one-line fields", &fill(&format!("{start}  - fields: ["), "a, "));
    take_in_time("long name", &fill(&format!("{start}  - "), "a"));
    take_in_time("escapes", &fill(&format!("{start}  - where: \""), "\\\""));
    take_in_time("print", &fill(&format!("{start}  - {{hook: a:b, fields: [a], print: "), "'{b}"));
    let print = "{b}".repeat(300_000);
    take_in_time("print", &format!("{start}  - {{hook: a:b, fields: [a], print: '{print}'}}\n"));
    let fields: String = (0..10_000).map(|n| format!("f{n}, ")).collect();
    let any = "      - hook: func:a\n".repeat(10_000);
    let product = format!("{start}  - fields: [{fields}]\n    any:\n{any}");
    let faults = take_in_time("variants times fields", &product);
    assert_eq!(faults.list[0].code.as_str(), "too-large");
}

#[test]
fn aliases_are_bounded() {
    let mut text = "a0: &a0 [x]\n".to_string();
    for n in 1..20_000 {
        text += &format!("a{n}: &a{n} [*a{}]\n", n - 1);
    }
    let faults = take_in_time("a chain of aliases", &text);
    assert_eq!(faults.list[0].code.as_str(), "alias-bomb");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), "*a, ".repeat(100_000));
    let faults = take_in_time("a long text, often", &long);
    assert_eq!(faults.list[0].code.as_str(), "alias-bomb");
}
