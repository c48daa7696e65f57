//! YAML text to a tree that forgets nothing that a person wrote: comments, anchors, tags, styles.
//!
//! In: text that [`super::super::load`] has found to be well-formed and not too deep. Out: the
//! [`Document`], its comments attached by [`super::comments`]. The tree of [`super::super::node`]
//! knows what the language needs, and has aliases expanded; this one knows what the file looks like.

use std::ops::Range;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};

use crate::config::load;
use crate::config::scalar::Style;

/// A whole file.
#[derive(Debug)]
pub struct Document {
    /// Comments above the first key.
    pub header: Vec<Comment>,
    /// What the file holds.
    pub root: Node,
    /// Comments below everything.
    pub foot: Vec<Comment>,
}

/// A comment.
#[derive(Debug, Clone)]
pub struct Comment {
    /// With its `#`.
    pub text: String,
    /// Whether the line above it is blank.
    pub blank: bool,
    /// Where it starts in the file.
    pub start: usize,
}

/// A value.
#[derive(Debug)]
pub struct Node {
    /// Anchor and tag, each with a blank behind it.
    pub properties: String,
    /// What it is.
    pub kind: Kind,
    /// Where it begins, anchor and tag included.
    pub start: usize,
    /// Where its content begins.
    pub inner: usize,
    /// Where it ends, blank lines after it aside.
    pub end: usize,
}

/// The forms of a [`Node`].
#[derive(Debug)]
pub enum Kind {
    /// Nothing at all.
    Absent,
    /// `*name`
    Alias(String),
    /// Text.
    Scalar(Scalar),
    /// A list or a mapping.
    Collection(Collection),
}

/// A text.
#[derive(Debug)]
pub struct Scalar {
    /// After escapes and folding.
    pub text: String,
    /// How it is written.
    pub style: Style,
    /// Whether a [`Style::Block`] is folded (`>`).
    pub folded: bool,
    /// As it is written, quotes included; of a block, its lines.
    pub written: String,
    /// The column in which that begins.
    pub column: usize,
}

/// A list or a mapping.
#[derive(Debug)]
pub struct Collection {
    /// Entries have keys.
    pub mapping: bool,
    /// Written with brackets.
    pub flow: bool,
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// Comments below the last entry.
    pub foot: Vec<Comment>,
    /// Where its lines begin, in bytes.
    pub column: usize,
}

/// An entry of a [`Collection`].
#[derive(Debug)]
pub struct Entry {
    /// Comments on lines of their own above it.
    pub leading: Vec<Comment>,
    /// Whether the line above it is blank.
    pub blank: bool,
    /// Where its dash or key begins.
    pub start: usize,
    /// `None` in a list.
    pub key: Option<Node>,
    /// What it holds.
    pub value: Node,
    /// The comment behind it; behind its key if the value follows on lines of its own.
    pub trailing: Option<Comment>,
}

impl Node {
    /// The lines below a key or dash that it consists of, if it is written so.
    pub fn block(&self) -> Option<&Collection> {
        match &self.kind {
            Kind::Collection(collection) if !collection.flow => Some(collection),
            _ => None,
        }
    }

    /// As [`Self::block`].
    pub fn block_mut(&mut self) -> Option<&mut Collection> {
        match &mut self.kind {
            Kind::Collection(collection) if !collection.flow => Some(collection),
            _ => None,
        }
    }
}

impl Entry {
    /// Whether there is a blank line above it and its comments.
    pub fn above(&mut self) -> &mut bool {
        match self.leading.first_mut() {
            Some(comment) => &mut comment.blank,
            None => &mut self.blank,
        }
    }
}

/// The tree of `text`, and its comments in their order; `None` if `text` is no YAML.
pub fn read(text: &str) -> Option<(Node, Vec<Comment>)> {
    let mut events = Vec::new();
    let mut comments = Vec::new();
    for next in Parser::new_from_str_with_options(text, options()) {
        let (event, place) = next.ok()?;
        let bytes = place.byte_range().unwrap_or(0..0);
        let tag = place.tag_span().and_then(|tag| tag.byte_range());
        match event {
            Event::Comment(..) => comments.push(Comment {
                text: text.get(bytes.clone())?.trim_end().to_string(),
                blank: blank_above(text, bytes.start),
                start: bytes.start,
            }),
            event => events.push((event, bytes, tag)),
        }
    }
    // A comment may be told of after what stands behind it.
    comments.sort_by_key(|comment| comment.start);
    let mut reader = Reader { text, comments: &comments, open: Vec::new(), root: None };
    let mut events = events.into_iter().peekable();
    while let Some((event, bytes, tag)) = events.next() {
        let anchor = match events.peek() {
            Some((Event::Anchor(..), place, _)) => Some(place.clone()),
            _ => None,
        };
        reader.event(event, bytes, Properties { anchor, tag })?;
    }
    let end = text.len();
    let nothing =
        Node { properties: String::new(), kind: Kind::Absent, start: end, inner: end, end };
    Some((reader.root.unwrap_or(nothing), comments))
}

/// Where the explicit end of the document stands, if it has one.
pub fn document_end(text: &str) -> usize {
    let events = Parser::new_from_str_with_options(text, options()).map_while(Result::ok);
    let mut ends = events.filter(|(event, _)| matches!(event, Event::DocumentEnd));
    let place = ends.next().and_then(|(_, place)| place.byte_range());
    place.filter(|bytes| !bytes.is_empty()).map_or(text.len(), |bytes| bytes.start)
}

fn options() -> Options {
    let mut options = load::options();
    options.set_emit_comments(true);
    options
}

/// Where the line of byte `at` starts.
pub fn line_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)
}

/// Whether what starts at byte `at` is the first of its line, and the line above is blank.
pub fn blank_above(text: &str, at: usize) -> bool {
    let start = line_start(text, at);
    if start == 0 || !text[start..at].trim().is_empty() {
        return false;
    }
    text[line_start(text, start - 1)..start].trim().is_empty()
}

/// What stands before a node's content.
struct Properties {
    anchor: Option<Range<usize>>,
    tag: Option<Range<usize>>,
}

struct Reader<'a> {
    text: &'a str,
    comments: &'a [Comment],
    open: Vec<Open>,
    root: Option<Node>,
}

/// A collection whose end has not come yet.
struct Open {
    mapping: bool,
    flow: bool,
    children: Vec<Node>,
    start: usize,
    inner: usize,
    /// Where the first dash is looked for.
    from: usize,
    properties: String,
}

impl Reader<'_> {
    fn event(&mut self, event: Event, bytes: Range<usize>, with: Properties) -> Option<()> {
        let (properties, start) = self.properties(&with, bytes.start)?;
        match event {
            Event::Scalar(text, style, ..) => {
                let node = self.scalar(text.into_owned(), style, bytes, properties, start)?;
                self.place(node);
            }
            Event::Alias(_) => {
                let kind = Kind::Alias(self.text.get(bytes.clone())?.to_string());
                let inner = bytes.start;
                self.place(Node { properties, kind, start, inner, end: bytes.end });
            }
            Event::SequenceStart(style, ..) => {
                // A list no further in than its key has its place told behind its first dash.
                let key = self.open.last().filter(|open| open.mapping);
                let key = key.and_then(|open| open.children.last()).map(|key| key.end);
                let before = with.anchor.into_iter().chain(with.tag).map(|place| place.end);
                let from = before.chain(key).max().unwrap_or(bytes.start);
                self.start(false, style, [start, bytes.start, from], properties);
            }
            Event::MappingStart(style, ..) => {
                self.start(true, style, [start, bytes.start, bytes.start], properties);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.open.pop()?;
                let node = self.close(open, bytes.end)?;
                self.place(node);
            }
            _ => {}
        }
        Some(())
    }

    /// Anchor and tag as text, and where a node begins that has them.
    fn properties(&self, with: &Properties, inner: usize) -> Option<(String, usize)> {
        let mut text = String::new();
        let mut start = inner;
        for place in [&with.anchor, &with.tag].into_iter().flatten() {
            text.push_str(self.text.get(place.clone())?);
            text.push(' ');
            start = start.min(place.start);
        }
        Some((text, start))
    }

    fn start(
        &mut self,
        mapping: bool,
        style: StructureStyle,
        [start, inner, from]: [usize; 3],
        properties: String,
    ) {
        let (flow, children) = (style == StructureStyle::Flow, Vec::new());
        self.open.push(Open { mapping, flow, children, start, inner, from, properties });
    }

    fn scalar(
        &self,
        text: String,
        style: ScalarStyle,
        bytes: Range<usize>,
        properties: String,
        start: usize,
    ) -> Option<Node> {
        let kind = match style {
            ScalarStyle::Plain if bytes.is_empty() => Kind::Absent,
            _ => Kind::Scalar(self.text(text, style, &bytes)?),
        };
        let end = match &kind {
            Kind::Scalar(scalar) => bytes.end.min(bytes.start + scalar.written.len()),
            _ => bytes.end,
        };
        Some(Node { properties, kind, start, inner: bytes.start, end })
    }

    fn text(&self, text: String, style: ScalarStyle, bytes: &Range<usize>) -> Option<Scalar> {
        let folded = style == ScalarStyle::Folded;
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let written = self.text.get(bytes.clone())?;
        // Blank lines below a block are none of it; blanks behind its last line are.
        let written = match style {
            Style::Block => {
                // Blank lines at the end are left out; blanks behind the last line belong to it.
                let last = written.trim_end_matches(['\n', '\r', ' ']).len();
                written[last..].find('\n').map_or(written, |newline| &written[..last + newline])
            }
            _ => written,
        };
        let column = bytes.start - line_start(self.text, bytes.start);
        Some(Scalar { text, style, folded, written: written.to_string(), column })
    }

    fn close(&self, open: Open, end: usize) -> Option<Node> {
        let Open { mapping, flow, children, start, inner, mut from, properties } = open;
        let mut entries = Vec::new();
        let mut children = children.into_iter();
        while let Some(first) = children.next() {
            let (start, key, mut value) = if mapping {
                (first.start, Some(first), children.next()?)
            } else if flow {
                (first.start, None, first)
            } else {
                (self.dash(from), None, first)
            };
            let nothing = match &value.kind {
                Kind::Scalar(scalar) => scalar.written.is_empty(),
                kind => matches!(kind, Kind::Absent) && value.properties.is_empty(),
            };
            if nothing {
                // The parser tells the place of what follows.
                let place = key.as_ref().map_or(start + 1, |key| key.end);
                (value.inner, value.end) = (place, place);
                value.start = value.start.min(place);
            }
            from = value.end;
            let (leading, blank) = (Vec::new(), blank_above(self.text, start));
            entries.push(Entry { leading, blank, start, key, value, trailing: None });
        }
        // A block ends with its last child.
        let end = if flow { end } else { from };
        let inner = entries.first().map_or(inner, |entry| inner.min(entry.start));
        let column = inner - line_start(self.text, inner);
        let collection = Collection { mapping, flow, entries, foot: Vec::new(), column };
        let kind = Kind::Collection(collection);
        Some(Node { properties, kind, start: start.min(inner), inner, end })
    }

    /// The dash of a list's entry, which is the next thing after byte `from` but for comments.
    fn dash(&self, from: usize) -> usize {
        let mut at = from;
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'-' => return at,
                b'#' => {
                    let comment = self.comments.iter().find(|comment| comment.start == at);
                    at += comment.map_or(1, |comment| comment.text.len());
                }
                _ => at += 1,
            }
        }
        from
    }

    fn place(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }
}
