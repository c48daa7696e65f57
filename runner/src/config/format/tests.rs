//! Every config of the repository, texts made at random and texts with random changes.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::{Config, parse};
use super::*;

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source { path: "x.yaml".into(), text: text.into() })
}

fn formatted(text: &str) -> String {
    match format(&source(text)) {
        Ok(text) => text,
        Err(FormatError::Faulty(faults)) => panic!("{:?} in\n{text}", faults.list),
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// As [`formatted`], of a text that is laid out already.
fn settled(text: &str) -> String {
    let once = formatted(text);
    assert_eq!(formatted(&once), once, "{text}");
    once
}

/// The `.yaml` files of these folders.
fn files(folders: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() > 10, "{}", files.len());
    files
}

/// A config as it was understood, or the codes of its faults, without places.
fn understood(text: &str) -> (Option<String>, Vec<&'static str>) {
    let mut faults = Faults::new(source(text));
    let config = parse(source(text), &mut faults);
    let mut codes: Vec<_> = faults.list.iter().map(|fault| fault.code.as_str()).collect();
    codes.sort();
    (config.as_ref().map(without_places), codes)
}

fn without_places(config: &Config) -> String {
    let Config { name, description, types, probes, tests, digest, .. } = config;
    let text = format!("{name} {description:?} {types:?} {probes:?} {tests:?} {digest}");
    let mut parts = text.split("Span { ");
    let mut out = parts.next().unwrap().to_string();
    for part in parts {
        out += part.split_once('}').unwrap().1;
    }
    out
}

/// Lines and codes of the `# error: [code]` comments, and of what is reported.
fn marked_and_reported(text: &str) -> [Vec<(usize, String)>; 2] {
    let mut marked = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let marks = text.split_once("# error:").map_or("", |(_, marks)| marks);
        let codes = marks.split('[').skip(1).filter_map(|part| part.split(']').next());
        marked.extend(codes.map(|code| (line + 1, code.to_string())));
    }
    let mut faults = Faults::new(source(text));
    let _ = parse(source(text), &mut faults);
    let reported = faults.list.iter().map(|fault| {
        let start = fault.span.map_or(0, |span| span.start);
        (faults.source.position(start).0, fault.code.as_str().to_string())
    });
    let mut reported: Vec<_> = reported.collect();
    marked.sort();
    reported.sort();
    [marked, reported]
}

#[test]
fn the_gallery_is_laid_out() {
    for path in files(&["../configs"]) {
        let text = fs::read_to_string(&path).unwrap();
        let cure = "run: runner fmt configs";
        assert_eq!(formatted(&text), text, "{}: {cure}", path.display());
    }
}

#[test]
fn every_config_keeps_its_meaning() {
    for path in files(&["../configs", "tests/pass", "tests/build", "tests/run", "tests/fail_lint"])
    {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(understood(&settled(&text)), understood(&text), "{}", path.display());
    }
}

#[test]
fn keys_may_be_long() {
    let long = "x".repeat(2000);
    for text in [
        format!("[{{}}, {{'{long}'}}, a]"),
        format!("? '{long}'\n: b\n"),
        format!("a: {{? '{long}' : b, c: {{? '{long}' : d}}}}"),
        format!("? {{? {long} : a}}\n:\n  - b"),
    ] {
        assert_eq!(understood(&settled(&text)), understood(&text), "{text}");
    }
}

#[test]
fn old_line_ends_in_quotes_keep_their_meaning() {
    let long = "x".repeat(110);
    for text in [
        format!("- a: [{{: '{long}\r# b\n c'}}]\n"),
        format!("[{{\"\r\rr {long}\"}}]"),
        "[{\"a\r\rr\"}]".to_owned(),
        "s: >\n #\r t".to_owned(),
        "a: 1 # b\rc: |\r  d\r\n  e\r# f\r".to_owned(),
    ] {
        assert_eq!(understood(&settled(&text)), understood(&text), "{text}");
    }
}

#[test]
fn documents_that_hold_nothing_keep_their_comments() {
    for text in ["--- # a\n", "---\n# a\n...\n", "# a\n", "--- # a\n~\n"] {
        assert!(settled(text).starts_with("# a\n"), "{text}");
    }
}

#[test]
fn what_moves_to_another_place_stays_what_it_is() {
    for text in [
        "? o: a, b",
        "? o: a]",
        "? - a, b",
        "? a, b: 1",
        "? o: ( #'",
        "? (: 1",
        "? a]: 1",
        " ---",
        " ...: 1",
        "[?]",
        "[?, a]",
        "[ ? ]",
        "? -",
        "? n::",
        "? - a\n  -",
        "[{: , a}]",
    ] {
        assert_eq!(understood(&settled(text)), understood(text), "{text}");
    }
}

#[test]
fn faults_stay_on_the_lines_of_their_comments() {
    let mut seen = 0;
    for path in files(&["tests/fail", "tests/fail_kernel"]) {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().display().to_string();
        let Ok(_) = format(&source(&text)) else {
            let [marked, _] = marked_and_reported(&text);
            let of_yaml = ["yaml-syntax", "alias-bomb", "forgotten-quote"];
            let code = |(_, code): &(usize, String)| of_yaml.contains(&code.as_str());
            assert!(marked.iter().any(code), "{name}");
            continue;
        };
        let once = settled(&text);
        assert_eq!(understood(&once), understood(&text), "{name}");
        let [marked, reported] = marked_and_reported(&once);
        if path.parent().is_some_and(|folder| folder.ends_with("fail")) {
            assert_eq!(marked, reported, "{name}:\n{once}");
            seen += marked.len();
        }
    }
    assert!(seen > 80, "{seen}");
}

#[test]
fn the_layout() {
    insta::assert_snapshot!(settled(r#"

# A header,
# which stays above everything.

name: 'unlink'   # what it is called
version: 1
description: >
    Folded lines
    stay.

      So do these.
types: |
        struct s {
          int n;
        };
probes:
- hook: [ "kprobe:a" ,
    'kprobe:b' ]
  # Named after the function.
  name: a


  fields:
  - pid
  -   {name: x->y}
  # Behind the last field.
  where: "comm == \"it's\""
  print: a {pid}   # shown
# Above the second.
-   # It has a short form.
    fields: [pid, # the process
        {expr: {max: 3, expr: str(p)}}, "b": "c[1]"]   # what to read
    where: pid == 1 &&
        cpu == 2
    unknown: ~
    hook: kprobe:c
- {hook: "kprobe:d", fields: [pid]}
- {fields: [pid], hook: "kprobe:e"}
        # To the right of everything.

# At the end.
"#), @r#"
    # A header,
    # which stays above everything.

    version: 1
    name: unlink # what it is called

    description: >
      Folded lines
      stay.

        So do these.

    types: |
      struct s {
        int n;
      };

    probes:
      # Named after the function.
      - name: a
        hook: [kprobe:a, kprobe:b]
        # Behind the last field.
        where: comm == "it's"

        fields:
          - pid
          - {name: x->y}
        print: a {pid} # shown

      # Above the second.
      # It has a short form.
      - hook: kprobe:c
        where: pid == 1 && cpu == 2
        unknown: ~
        fields: # what to read
          - pid # the process
          - {expr: {expr: str(p), max: 3}}
          - {b: "c[1]"}

      - {hook: kprobe:d, fields: [pid]}
      - {hook: kprobe:e, fields: [pid]}
      # To the right of everything.

    # At the end.
    "#);
}

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn once_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// Writes YAML as untidily as it is allowed to be.
struct Untidy {
    random: Random,
    out: String,
    comments: usize,
    anchors: usize,
    keys: &'static [&'static str],
}

const KNOWN: &[&str] = &[
    "version",
    "name",
    "description",
    "probes",
    "hook",
    "any",
    "where",
    "fields",
    "print",
    "expr",
];
const OTHER: &[&str] = &["a", "b", "c d", "\"e\"", "'f g'", "'*h'", "1", "\"x == 1\""];
const PLAIN: &[&str] = &[
    "a",
    "1",
    "0x10",
    "true",
    "~",
    "null",
    "a b",
    "a->b",
    "x == 3 && y",
    "kprobe:f",
    "a?b",
    "-x",
    "f()",
    "a'b",
    "c \"d\"",
    "{a} b",
    LONG,
];
const LONG: &str = "a text of many words, so that with one more or two a line of a hundred is full";
const QUOTED: &[&str] = &[
    "\"\"",
    "'a'",
    "'a: b'",
    "\"a #b\"",
    "'it''s'",
    "\"\\x41\\n\"",
    "'*p'",
    "\"[0]\"",
    "'f(a, b)'",
    "\" a\"",
    "\"null\"",
    "'1'",
    "\"\\u202e\"",
    "\"a\\\\b\"",
    "'a ? b'",
    "'{}'",
    "\"- x\"",
    "'one\n               two'",
    "\"one  \n               two\n\n               three\"",
    "\"one\\\n               \\  two\"",
    "'many words, so that a line may be\n                full'",
];

impl Untidy {
    fn text(seed: u64, keys: &'static [&'static str]) -> String {
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut untidy = Self { random, out: String::new(), comments: 0, anchors: 0, keys };
        for _ in 0..4 {
            untidy.random.below(2);
        }
        untidy.above(0);
        if untidy.random.once_in(8) {
            untidy.out += "---";
            untidy.line_end();
        }
        untidy.mapping(0, 3);
        untidy.above(0);
        untidy.out
    }

    fn comment(&mut self) {
        self.comments += 1;
        self.out += &format!("# {}", self.comments);
    }

    fn blanks(&mut self, count: usize) {
        self.out += &" ".repeat(count);
    }

    /// The end of a line, perhaps behind a comment.
    fn line_end(&mut self) {
        if self.random.once_in(4) {
            self.out += self.random.of(&[" ", "  ", " \t"]);
            self.comment();
        }
        self.out += self.random.of(&["\n", "\n", "\n", " \n", "\r\n"]);
    }

    /// Blank lines and comments, which mostly stand where the next line begins.
    fn above(&mut self, indent: usize) {
        while self.random.once_in(3) {
            if self.random.once_in(2) {
                self.out += self.random.of(&["\n", "  \n"]);
            } else {
                let indent = if self.random.once_in(3) { self.random.below(9) } else { indent };
                self.blanks(indent);
                self.comment();
                self.out += "\n";
            }
        }
    }

    fn mapping(&mut self, indent: usize, depth: usize) {
        for _ in 0..=self.random.below(4) {
            self.above(indent);
            self.blanks(indent);
            self.entry(indent, depth);
        }
    }

    fn entry(&mut self, indent: usize, depth: usize) {
        self.out += self.random.of(self.keys);
        self.out += self.random.of(&[":", ":", " :"]);
        self.value(indent, depth, false);
    }

    fn sequence(&mut self, indent: usize, depth: usize) {
        for _ in 0..=self.random.below(3) {
            self.above(indent);
            self.blanks(indent);
            self.out += "-";
            self.value(indent, depth, true);
        }
    }

    /// What stands behind a key or dash.
    fn value(&mut self, indent: usize, depth: usize, item: bool) {
        if self.random.once_in(12) {
            self.anchors += 1;
            self.out += &format!(" &n{}", self.anchors);
        } else if self.random.once_in(20) {
            self.out += " !!str";
        }
        let choices = if depth == 0 { 8 } else { 13 };
        match self.random.below(choices) {
            0 => self.line_end(),
            1 | 2 => {
                let text = self.random.of(PLAIN);
                self.out += &format!(" {text}");
                if self.random.once_in(5) && !text.starts_with('~') {
                    self.out += &format!("\n{}more", " ".repeat(indent + 1 + self.random.below(4)));
                }
                self.line_end();
            }
            3 => {
                self.out += &format!(" {}", self.random.of(QUOTED));
                self.line_end();
            }
            4 | 5 => {
                self.out += " ";
                self.flow(indent + 1, 2);
                self.line_end();
            }
            6 => self.block_text(indent),
            7 => {
                self.line_end();
                self.above(indent + 1);
                self.blanks(indent + 1);
                self.out += self.random.of(QUOTED);
                self.line_end();
            }
            8 | 9 if item => {
                let more = 1 + self.random.below(3);
                self.blanks(more);
                self.entry(indent + 1 + more, depth - 1);
                self.mapping(indent + 1 + more, depth - 1);
            }
            8..=10 => {
                self.line_end();
                let more = 1 + self.random.below(4);
                self.mapping(indent + more, depth - 1);
            }
            _ => {
                self.line_end();
                let more = if item { 1 } else { 0 } + self.random.below(3);
                self.sequence(indent + more, depth - 1);
            }
        }
    }

    fn flow(&mut self, indent: usize, depth: usize) {
        let mapping = self.random.once_in(2);
        self.out += if mapping { "{" } else { "[" };
        let count = self.random.below(4);
        for index in 0..count {
            self.flow_blank(indent);
            if mapping {
                self.out += &format!("{}: ", self.random.of(self.keys));
                self.flow_blank(indent);
            }
            match self.random.below(if depth == 0 { 3 } else { 4 }) {
                0 => {
                    self.out += self.random.of(&[
                        "a",
                        "b->c",
                        "kprobe:x",
                        "1",
                        "a b",
                        "null",
                        "a_long_word_that_fills_lines",
                    ])
                }
                1 | 2 => self.out += self.random.of(QUOTED),
                _ => self.flow(indent, depth - 1),
            }
            self.flow_blank(indent);
            if index + 1 < count || self.random.once_in(4) {
                self.out += ",";
            }
        }
        self.flow_blank(indent);
        self.out += if mapping { "}" } else { "]" };
    }

    /// Perhaps blanks, or the end of a line and the start of the next.
    fn flow_blank(&mut self, indent: usize) {
        match self.random.below(10) {
            // Behind what is put on lines of its own, a comment comes before those within.
            0 if self.keys == KNOWN => {
                self.line_end();
                self.above(indent);
                self.blanks(indent);
            }
            1 | 2 => self.out += " ",
            _ => {}
        }
    }

    fn block_text(&mut self, indent: usize) {
        self.out += &format!(" {}{}", self.random.of(&["|", ">"]), self.random.of(&["", "-", "+"]));
        self.line_end();
        let indent = indent + 1 + self.random.below(3);
        for index in 0..self.random.below(4) {
            if self.random.once_in(3) {
                self.out += "\n";
            }
            let more = if index == 0 { 0 } else { self.random.below(3) };
            self.blanks(indent + more);
            self.out += self.random.of(&["one", "two words", "three  ", "# four"]);
            self.out += "\n";
        }
    }
}

/// The comments of a text, in their order.
fn comments(text: &str) -> Vec<String> {
    let (_, comments) = tree::read(text).unwrap();
    comments.into_iter().map(|comment| comment.text).collect()
}

#[test]
fn untidy_texts_keep_meaning_and_comments() {
    let (mut good, mut seen) = (0, 0);
    for seed in 1..800 {
        for keys in [KNOWN, OTHER] {
            let text = Untidy::text(seed, keys);
            if matches!(format(&source(&text)), Err(FormatError::Faulty(_))) {
                continue;
            }
            let once = settled(&text);
            if keys == OTHER {
                assert_eq!(comments(&once), comments(&text), "{text}\nbecame\n{once}");
            }
            // A text where a number belongs is reported otherwise with quotes than without.
            let faults = |text: &str| understood(text).1.len();
            assert_eq!(faults(&once), faults(&text), "{text}\nbecame\n{once}");
            good += 1;
            seen += comments(&text).len();
        }
    }
    assert!(good > 800 && seen > 3000, "{good} texts with {seen} comments");
}

#[test]
fn changes_at_random_are_survived() {
    let mut random = Random(7);
    for path in files(&["../configs", "tests/pass", "tests/build"]) {
        let text = fs::read_to_string(&path).unwrap();
        for _ in 0..15 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                let with = b" \n:-#'\"[]{},&*!|>\tx";
                match random.below(3) {
                    0 => bytes[at] = with[random.below(with.len())],
                    1 => bytes.insert(at, with[random.below(with.len())]),
                    _ => drop(bytes.remove(at)),
                }
            }
            let Ok(text) = String::from_utf8(bytes) else { continue };
            if !matches!(format(&source(&text)), Err(FormatError::Faulty(_))) {
                assert_eq!(understood(&settled(&text)), understood(&text), "{text}");
            }
        }
    }
}
