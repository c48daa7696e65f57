//! An entry of `tests:`: which command to run, and which events that must make.
//!
//! In: nodes, and the probes of the file. Out: [`Test`]s whose probes and fields exist. What a field
//! can show is not known here.

use std::collections::HashMap;
use std::time::Duration;

use super::MAX_FAULTS;
use super::decode::{flag, keys, list, text, time, wrong};
use super::keys::{MAX_TITLE, TEST};
use super::matcher::{self, Matcher};
use super::node::{Kind, Node};
use super::raw::RawProbe;
use super::template::{self, Template};
use crate::diag::{Code, Diagnostic, Faults, Span, Spanned, clip, nearest, one_of};

/// How long a command may take unless its test says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Events that one test may expect.
const MAX_EVENTS: usize = 1000;
/// What an expectation calls the line that `print:` makes.
pub const PRINTED: &str = "print";

/// One entry of `tests:`.
#[derive(Debug, Clone)]
pub struct Test {
    /// `name:`; no other test of the file has it.
    pub name: Spanned<String>,
    /// `run:`, at least one word.
    pub run: Vec<Template>,
    /// `expect:`, at least one.
    pub expect: Vec<Expectation>,
    /// `expect_none:`.
    pub none: Vec<Expectation>,
    /// `exact:`.
    pub exact: bool,
    /// `timeout:`.
    pub timeout: Duration,
    /// The whole entry.
    pub span: Span,
}

/// An event, as a test describes it.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Index of its probe.
    pub probe: usize,
    /// What its fields must show, in the order written.
    pub fields: Vec<(Spanned<String>, Spanned<Matcher>)>,
    /// The whole entry.
    pub span: Span,
}

/// What expectations may name.
pub struct Known<'a> {
    /// A probe's name, and where it stands.
    name: &'a Spanned<String>,
    /// The names of its fields and where they stand, and [`PRINTED`] if it has that; none if they
    /// are not known.
    fields: Vec<(&'a str, Span)>,
}

impl<'a> Known<'a> {
    /// What `raw` offers under `name`.
    pub fn new(name: &'a Spanned<String>, raw: &'a RawProbe<'_>) -> Self {
        let variant = raw.variants.first().map(|variant| &variant.fields);
        let lists = [Some(&raw.fields), variant];
        let mut fields = Vec::new();
        // Where a fault hides some names, any may be meant.
        if variant.is_some() && !lists.iter().flatten().any(|list| list.broken) {
            let all = lists.iter().flatten().flat_map(|list| &list.list);
            fields.extend(all.map(|field| (field.name.value.as_str(), field.name.span)));
            fields.extend(raw.print.map(|print| (PRINTED, print.span)));
        }
        Self { name, fields }
    }
}

/// The tests at `nodes`, of a file with these probes.
pub fn tests(nodes: &[Node], probes: &[Known], faults: &mut Faults) -> Vec<Test> {
    let mut names: HashMap<String, Span> = HashMap::new();
    let mut all = Vec::new();
    for node in nodes {
        if faults.list.len() >= MAX_FAULTS {
            break;
        }
        let Some(test) = test(node, probes, faults) else { continue };
        if let Some(first) = names.get(&test.name.value) {
            let (line, column) = faults.source.position(first.start);
            let message = format!("two tests are called `{}`", clip(&test.name.value));
            faults.push(
                Diagnostic::error(Code::DuplicateName, test.name.span, message)
                    .note(format!("the first stands at line {line}, column {column}"))
                    .help("give one of them another name"),
            );
        }
        names.entry(test.name.value.clone()).or_insert(test.name.span);
        all.push(test);
    }
    all
}

fn test(node: &Node, probes: &[Known], faults: &mut Faults) -> Option<Test> {
    let keys = keys(node, &TEST, faults)?;
    let name = keys.get("name").and_then(|node| name(node, faults));
    let run = keys.get("run").and_then(|node| run(node, faults));
    let mut events = |key, what| {
        let node = keys.get(key);
        node.map(|node| expectations(node, what, probes, faults)).unwrap_or_default()
    };
    let expect = events("expect", "events that are expected");
    let none = events("expect_none", "events that must not be");
    let exact = keys.get("exact").and_then(|node| flag(node, faults));
    let shape = &TEST.keys.iter().find(|key| key.name == "timeout")?.shape;
    let timeout = keys.get("timeout").and_then(|node| time(node, shape, faults));
    Some(Test {
        name: name?,
        run: run?,
        expect,
        none,
        exact: exact.unwrap_or_default(),
        timeout: timeout.unwrap_or(TIMEOUT),
        span: node.span,
    })
}

fn name(node: &Node, faults: &mut Faults) -> Option<Spanned<String>> {
    let scalar = text(node, "a name", faults)?;
    let name = scalar.text.trim().to_string();
    let message = if name.is_empty() {
        "the name of a test is empty".to_string()
    } else if name.chars().any(char::is_control) {
        "the name of a test is one line, without control characters".to_string()
    } else if name.chars().count() > MAX_TITLE {
        format!("the name of a test is longer than {MAX_TITLE} characters")
    } else {
        return Some(Spanned { value: name, span: node.span });
    };
    faults.push(Diagnostic::error(Code::BadName, node.span, message));
    None
}

/// The words of a command; a text is one for `sh -c`.
fn run(node: &Node, faults: &mut Faults) -> Option<Vec<Template>> {
    let empty = |span, faults: &mut Faults| {
        let fault = Diagnostic::error(Code::Empty, span, "there is no command to run");
        faults.push(fault.help("write `[touch, $TMP/file]`, or a line for the shell"));
        None
    };
    match &node.kind {
        Kind::Scalar(scalar) if scalar.text.trim().is_empty() => empty(node.span, faults),
        Kind::Scalar(scalar) => {
            let script = template::parse(scalar, false, faults)?;
            Some(vec![Template::plain("sh"), Template::plain("-c"), script])
        }
        Kind::Sequence { items } => {
            if items.is_empty() {
                return empty(node.span, faults);
            }
            let mut words = Vec::with_capacity(items.len());
            for item in items {
                let word = text(item, "a word of a command", faults);
                words.extend(word.and_then(|word| template::parse(word, false, faults)));
            }
            if let Some("") = words.first().and_then(Template::text) {
                return empty(items[0].span, faults);
            }
            (words.len() == items.len()).then_some(words)
        }
        _ => {
            wrong(node, "a command: a list of words, or a line for the shell", faults);
            None
        }
    }
}

fn expectations(
    node: &Node,
    what: &str,
    probes: &[Known],
    faults: &mut Faults,
) -> Vec<Expectation> {
    let Some(items) = list(node, what, faults) else { return Vec::new() };
    if items.len() > MAX_EVENTS {
        let message = format!("a test can name at most {MAX_EVENTS} events");
        faults.push(Diagnostic::error(Code::TooLarge, node.span, message));
        return Vec::new();
    }
    let mut all = Vec::new();
    for item in items {
        if faults.list.len() >= MAX_FAULTS {
            break;
        }
        all.extend(expectation(item, probes, faults));
    }
    all
}

fn expectation(node: &Node, probes: &[Known], faults: &mut Faults) -> Option<Expectation> {
    let Kind::Mapping { entries, .. } = &node.kind else {
        wrong(node, "an event such as `{probe: unlink, ret: 0}`", faults);
        return None;
    };
    let mut probe = None;
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let mut fields = Vec::new();
    for (key, value) in entries {
        let Some(key) = text(key, "a field's name", faults) else { continue };
        if let Some(first) = seen.insert(&key.text, key.span) {
            let (line, column) = faults.source.position(first.start);
            let message = format!("the key `{}` stands twice in one mapping", clip(&key.text));
            faults.push(
                Diagnostic::error(Code::DuplicateKey, key.span, message)
                    .note(format!("it stands first at line {line}, column {column}"))
                    .help("remove one of the two"),
            );
        } else if key.text == "probe" {
            probe = text(value, "a probe's name", faults);
        } else {
            let name = Spanned { value: key.text.clone(), span: key.span };
            fields.extend(matcher::parse(value, faults).map(|matcher| (name, matcher)));
        }
    }
    if !seen.contains_key("probe") {
        let message = "an expected event needs the key `probe`";
        let fault = Diagnostic::error(Code::MissingKey, node.span, message);
        faults.push(fault.note("it says which probe makes the event"));
    }
    let named = probe?;
    let Some(probe) = probes.iter().position(|probe| probe.name.value == named.text) else {
        let known = probes.iter().map(|probe| (probe.name.value.as_str(), probe.name.span));
        let message = format!("this config has no probe `{}`", clip(&named.text));
        let fault = Diagnostic::error(Code::UnknownProbe, named.span, message);
        faults.push(with_nearest(fault, &named.text, "probe", &known.collect::<Vec<_>>()));
        return None;
    };
    let Known { name: of, fields: known } = &probes[probe];
    for (name, _) in &fields {
        if !known.is_empty() && !known.iter().any(|(field, _)| *field == name.value) {
            let message = format!("`{}` has no field `{}`", of.value, clip(&name.value));
            let fault = Diagnostic::error(Code::UnknownField, name.span, message);
            faults.push(with_nearest(fault, &name.value, "field", known));
        }
    }
    Some(Expectation { probe, fields, span: node.span })
}

/// `fault`, which says that no `kind` is called `name`, with what there is.
fn with_nearest(fault: Diagnostic, name: &str, kind: &str, known: &[(&str, Span)]) -> Diagnostic {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let near = nearest(name, names.iter().copied());
    let fault = fault.help(one_of(name, &format!("{kind}s"), &names));
    match known.iter().find(|(name, _)| Some(*name) == near) {
        // The slip may be where the name is given.
        Some((_, span)) => fault.related(*span, format!("the nearest {kind}")),
        None => fault,
    }
}
