//! YAML text to a tree of [`Node`]s.
//!
//! In: the text. Out: the tree, with every fault of YAML itself reported. Bounded in time and
//! memory for any input: depth, nodes and what aliases add are limited.
//!
//! This reads the events of `granit-parser` rather than deserializing with `serde-saphyr`, which is
//! built on it: serde's data model has no place for a scalar's style, for both keys of a duplicate,
//! for tags and anchors (a forgotten quote looks like one), or for going on after a first fault.

use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, StructureStyle, Tag};

use super::MAX_FAULTS;
use super::node::{Kind, Node};
use super::quote;
use super::scalar::{Scalar, Style};
use crate::diag::{Code, Diagnostic, Faults, Span};

/// Levels of nesting that a config may have; the language itself needs seven.
const MAX_DEPTH: usize = 32;
/// YAML nodes that a config may have, before aliases.
const MAX_NODES: usize = 65_536;
/// What aliases may add, in bytes.
const MAX_ALIASED: usize = 4 << 20;
/// How often a forgotten quote is mended to look for faults after it.
const MAX_REPAIRS: usize = 16;

/// The document of `faults.source`; `None` for an empty one, or where a fault hides the rest.
pub fn load(faults: &mut Faults) -> Option<Node> {
    let source = faults.source.clone();
    let mut text = source.text.clone();
    let mut repaired = Vec::new();
    loop {
        let mut builder = Builder::new(&source.text, &repaired);
        match builder.read(&text) {
            Ok(mut root) => {
                let spans = builder.faults.iter().filter_map(|fault| fault.span);
                let spans: Vec<Span> = spans.take(MAX_FAULTS).collect();
                if let (Some(root), false) = (&mut root, spans.is_empty()) {
                    spoil(root, &spans);
                }
                faults.list.append(&mut builder.faults);
                return root;
            }
            Err(Stop::Reported(fault)) => {
                push_with(faults, builder.faults, *fault);
                return None;
            }
            Err(Stop::Scan(error)) => {
                let at = error.marker().byte_offset().unwrap_or(0);
                let Some(span) = quote::of_scan_error(&source.text, at, error.kind()) else {
                    let fault = syntax(&source.text, at, builder.last, &error);
                    push_with(faults, builder.faults, fault);
                    return None;
                };
                let fault = quote::report(&source.text, span);
                let mended = repaired.iter().any(|before: &Span| before.start == span.start);
                if mended || repaired.len() == MAX_REPAIRS || span.start == span.end {
                    push_with(faults, builder.faults, fault);
                    return None;
                }
                // What follows the value is only reached if the value is made harmless.
                faults.push(fault);
                text.replace_range(span.start..span.end, &"x".repeat(span.end - span.start));
                repaired.push(span);
            }
        }
    }
}

/// Makes the values that stand within reported spans silent.
fn spoil(node: &mut Node, reported: &[Span]) {
    match &mut node.kind {
        Kind::Null | Kind::Scalar(_) => {
            let start = node.span.start;
            if reported.iter().any(|span| span.start <= start && start <= span.end) {
                node.kind = Kind::Bad;
            }
        }
        Kind::Sequence { items } => items.iter_mut().for_each(|item| spoil(item, reported)),
        Kind::Mapping { entries, .. } => {
            entries.iter_mut().for_each(|(_, value)| spoil(value, reported));
        }
        Kind::Bad => {}
    }
}

/// Where a value is missing that the parser noticed at byte `at`: behind the last text before it,
/// comments aside.
fn absent(text: &str, at: usize) -> Span {
    /// How far back is looked; further back, any place will do.
    const FAR: usize = 4096;
    let near = (0..=at.saturating_sub(FAR)).rev().find(|near| text.is_char_boundary(*near));
    let near = near.unwrap_or(0);
    let mut before = text.get(near..at).unwrap_or_default().trim_end();
    loop {
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = &before[start..];
        let comment = if line.trim_start().starts_with('#') { Some(0) } else { line.find(" #") };
        match comment {
            Some(comment) => before = before[..start + comment].trim_end(),
            None => return Span::new(near + before.len(), near + before.len()),
        }
    }
}

/// Adds the `last` fault and those found `before` it, unless they are about the same place.
fn push_with(faults: &mut Faults, before: Vec<Diagnostic>, last: Diagnostic) {
    let (start, end) = last.span.map_or((0, 0), |span| (span.start, span.end));
    let apart = |span: Span| span.end <= start || span.start >= end;
    faults.list.extend(before.into_iter().filter(|fault| fault.span.is_none_or(apart)));
    faults.push(last);
}

/// Why reading stopped before the end.
enum Stop {
    Scan(ScanError),
    Reported(Box<Diagnostic>),
}

/// A collection whose end has not come yet.
struct Open {
    children: Vec<Node>,
    mapping: bool,
    flow: bool,
    anchor: usize,
    span: Span,
}

/// The tree under construction.
struct Builder<'a> {
    file: &'a str,
    repaired: &'a [Span],
    faults: Vec<Diagnostic>,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    aliased: usize,
    anchors: HashMap<usize, Node>,
    /// Anchors that stand before a scalar, until an alias uses them.
    unused: HashMap<usize, Span>,
    /// Where the last event ended.
    last: usize,
}

impl<'a> Builder<'a> {
    fn new(file: &'a str, repaired: &'a [Span]) -> Self {
        Self {
            file,
            repaired,
            faults: Vec::new(),
            open: Vec::new(),
            root: None,
            nodes: 0,
            aliased: 0,
            anchors: HashMap::new(),
            unused: HashMap::new(),
            last: 0,
        }
    }

    /// Reads all events of `text`, which is the file with forgotten quotes made harmless.
    fn read(&mut self, text: &str) -> Result<Option<Node>, Stop> {
        let mut documents = 0;
        let mut after_scalar = false;
        for next in Parser::new_from_str_with_options(text, options()) {
            let (event, place) = next.map_err(Stop::Scan)?;
            let bytes = place.byte_range().unwrap_or(0..0);
            let span = Span::new(bytes.start, bytes.end.max(bytes.start));
            self.last = self.last.max(span.end);
            let tag = place.tag_span().and_then(|tag| tag.byte_range());
            let tag = tag.map(|bytes| Span::new(bytes.start, bytes.end));
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(second_document(span));
                    }
                }
                Event::Scalar(value, style, anchor, kind) => {
                    after_scalar = true;
                    let node = self.scalar(value.into_owned(), style, span);
                    let node = self.untagged(node, kind.as_deref(), tag);
                    self.place(node, anchor)?;
                }
                Event::SequenceStart(style, anchor, kind) => {
                    after_scalar = false;
                    self.start(false, style, anchor, span, kind.as_deref(), tag);
                }
                Event::MappingStart(style, anchor, kind) => {
                    after_scalar = false;
                    self.start(true, style, anchor, span, kind.as_deref(), tag);
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(span)?,
                Event::Anchor(id, _) if after_scalar => {
                    self.unused.insert(id, span);
                }
                Event::Alias(id) => self.alias(id, span)?,
                Event::UnresolvedAlias(_) => self.bad(span)?,
                _ => {}
            }
        }
        let mut unused: Vec<Span> = std::mem::take(&mut self.unused).into_values().collect();
        unused.sort();
        for anchor in unused.into_iter().take(MAX_FAULTS) {
            let covers = |span: Span| span.start <= anchor.start && anchor.start < span.end;
            if !self.faults.iter().any(|fault| fault.span.is_some_and(covers)) {
                let value = quote::value_from(self.file, anchor.start);
                self.faults.push(quote::report(self.file, value));
            }
        }
        Ok(self.root.take())
    }

    fn scalar(&self, text: String, style: ScalarStyle, span: Span) -> Node {
        if self.repaired.iter().any(|bad| bad.start <= span.start && span.start < bad.end) {
            return Node::new(Kind::Bad, span);
        }
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let null = matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
        if null && style == Style::Plain {
            let written = span.start < span.end;
            return Node::new(
                Kind::Null,
                if written { span } else { absent(self.file, span.start) },
            );
        }
        let scalar = Scalar::new(self.file, text, style, span);
        let span = scalar.span;
        Node::new(Kind::Scalar(scalar), span)
    }

    /// `node`, unless its tag is a negation that lost its quotes. YAML's own tags say nothing that
    /// the key of the value does not say, and are passed over.
    fn untagged(&mut self, node: Node, tag: Option<&Tag>, place: Option<Span>) -> Node {
        if self.known_tag(tag, place) { node } else { Node::new(Kind::Bad, node.span) }
    }

    fn known_tag(&mut self, tag: Option<&Tag>, place: Option<Span>) -> bool {
        const CORE: [&str; 7] = ["str", "int", "bool", "float", "null", "seq", "map"];
        let Some(tag) = tag else { return true };
        if tag.core_suffix().is_some_and(|suffix| CORE.contains(&suffix)) {
            return true;
        }
        let start = place.map_or(0, |place| place.start);
        self.faults.push(quote::report(self.file, quote::value_from(self.file, start)));
        false
    }

    fn start(
        &mut self,
        mapping: bool,
        style: StructureStyle,
        anchor: usize,
        span: Span,
        tag: Option<&Tag>,
        place: Option<Span>,
    ) {
        self.known_tag(tag, place);
        let flow = style == StructureStyle::Flow;
        self.open.push(Open { children: Vec::new(), mapping, flow, anchor, span });
    }

    fn end(&mut self, span: Span) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        // A block ends with its last child; an alias there has its definition's place, before it.
        let last = open.children.last().map_or(open.span.end, |child| child.span.end);
        let end = if open.flow { span.end } else { last };
        let span = Span::new(open.span.start, end.max(open.span.start));
        let mut children = open.children;
        if open.flow {
            self.faults.extend(quote::join_split_calls(self.file, &mut children, open.mapping));
        }
        let flow = open.flow;
        let kind = if open.mapping {
            Kind::Mapping { entries: pairs(children), flow }
        } else {
            Kind::Sequence { items: children }
        };
        self.place(Node::new(kind, span), open.anchor)
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        self.unused.remove(&id);
        let Some(node) = self.anchors.get(&id) else {
            let message = "an alias inside of what it stands for";
            return Err(bomb(span, message));
        };
        self.aliased = self.aliased.saturating_add(node.weight);
        if self.aliased > MAX_ALIASED || self.open.len() + node.height > 2 * MAX_DEPTH {
            return Err(bomb(span, "aliases expand to more than a config may hold"));
        }
        let node = node.clone();
        self.place(node, 0)
    }

    /// An alias of something that does not exist: a dereference that lost its quotes.
    fn bad(&mut self, span: Span) -> Result<(), Stop> {
        let value = quote::value_from(self.file, span.start);
        self.faults.push(quote::report(self.file, value));
        self.place(Node::new(Kind::Bad, span), 0)
    }

    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Stop> {
        if self.faults.len() >= MAX_FAULTS
            && let Some(last) = self.faults.pop()
        {
            return Err(Stop::Reported(Box::new(last)));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("the file holds more than {MAX_NODES} YAML values");
            let fault = Diagnostic::error(Code::TooLarge, node.span, message);
            return Err(Stop::Reported(Box::new(fault)));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
            self.aliased = self.aliased.saturating_add(node.weight);
            if self.aliased > MAX_ALIASED {
                return Err(bomb(node.span, "anchors hold more than a config may"));
            }
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }
}

/// Children of a mapping, which come as key, value, key, value.
fn pairs(children: Vec<Node>) -> Vec<(Node, Node)> {
    let mut entries = Vec::with_capacity(children.len() / 2);
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        entries.push((key, value));
    }
    entries
}

pub(super) fn options() -> Options {
    let mut options = granit_parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        // The size of a file is limited, and with it how many can wait.
        max_buffered_comment_events: usize::MAX,
    };
    options.set_emit_comments(false);
    options
}

fn bomb(span: Span, message: &str) -> Stop {
    let help = "write the value out; configs need few aliases";
    Stop::Reported(Box::new(Diagnostic::error(Code::AliasBomb, span, message).help(help)))
}

fn second_document(span: Span) -> Stop {
    let fault = Diagnostic::error(Code::YamlSyntax, span, "a second YAML document starts here")
        .help("a file holds one config; put the other into a file of its own");
    Stop::Reported(Box::new(fault))
}

/// The fault for what the YAML parser does not take, met at byte `at` with all before byte `last`
/// being in order.
fn syntax(text: &str, mut at: usize, last: usize, error: &ScanError) -> Diagnostic {
    use granit_parser::ErrorKind as E;
    let info = match error.kind() {
        E::RecursionLimitExceeded => format!("nested more than {MAX_DEPTH} levels deep"),
        E::DirectiveDisallowed => "YAML directives have no place in a config".to_string(),
        kind => kind.to_string(),
    };
    let help = match error.kind() {
        E::TabInBlockIndentation | E::TabInIndentation | E::TabNotAllowed => {
            Some("indent with blanks; YAML does not allow tabs here")
        }
        E::MappingValueNotAllowed | E::ExpectedBlockMappingKey | E::InvalidIndentation => {
            Some("is this line indented like its neighbours?")
        }
        E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent => {
            // The parser gives up where the text ends; what matters is where it began.
            let rest = text.get(last.min(at)..at).unwrap_or_default();
            at = rest.find(['"', '\'']).map_or(at, |quote| last + quote);
            Some("is the closing quote missing, or are the lines after the first not indented?")
        }
        E::InvalidColonPlacement | E::UnclosedFlowCollection { .. } => {
            Some("is a closing bracket missing on this line or one above?")
        }
        _ => None,
    };
    // The end of the file is shown as the end of what it holds.
    let end = text.trim_end().char_indices().next_back().map_or(0, |(start, _)| start);
    let start = at.min(end);
    let length = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = Span::new(start, start + length);
    let fault = Diagnostic::error(Code::YamlSyntax, span, format!("not valid YAML: {info}"));
    match help {
        Some(help) => fault.help(help),
        None => fault,
    }
}
