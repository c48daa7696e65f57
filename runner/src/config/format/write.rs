//! The tree to text, in the one layout that there is.

use super::scalar::{Place, as_block, on_its_lines, on_one_line};
use super::tree::{Collection, Comment, Document, Entry, Kind, Node};

/// Blanks that a level is indented by.
pub const STEP: usize = 2;
/// The longest line that a list or mapping in brackets may make, comments aside.
const WIDTH: usize = 100;

/// The whole file.
pub fn write(document: &Document) -> String {
    let mut out = String::new();
    for comment in &document.header {
        line_above(&mut out, comment.blank);
        push_line(&mut out, 0, &comment.text);
    }
    let root = &document.root;
    match &root.kind {
        Kind::Collection(collection) if !collection.entries.is_empty() => {
            if !root.properties.is_empty() {
                push_line(&mut out, 0, &format!("--- {}", root.properties.trim_end()));
            }
            out = block(collection, 0, 0, out);
        }
        Kind::Absent if root.properties.is_empty() => {}
        _ => out.push_str(&finished(value(root, 0, 0, 0), None, 0)),
    }
    for comment in &document.foot {
        line_above(&mut out, comment.blank);
        push_line(&mut out, 0, &comment.text);
    }
    out
}

/// What stands behind a key or dash.
enum Value {
    /// On the same line; kept lines may follow, and a comment stands behind the last.
    Line(String),
    /// On lines of its own, with perhaps a word before them, behind which a comment stands.
    Below(String, String),
}

/// The entries of a collection on lines of their own, put behind `out`. `level` is how deep in the
/// tree it stands: the entries of the first two levels are set apart by blank lines.
fn block(collection: &Collection, indent: usize, level: usize, mut out: String) -> String {
    let apart = level == 0 || level == 1 && !collection.mapping;
    let begin = out.len();
    let mut above_is_tall = false;
    for (index, entry) in collection.entries.iter().enumerate() {
        let body = body(entry, indent, level);
        let tall = body.trim_end().contains('\n');
        let blanks = entry.leading.iter().any(|comment| comment.blank) || entry.blank;
        let mut blank = index > 0 && apart && !blanks && (tall || above_is_tall);
        for comment in &entry.leading {
            // Nothing stands above the first line but its key; above the file's, its header.
            if out.len() > begin || level == 0 {
                line_above(&mut out, blank || comment.blank);
            }
            blank = false;
            push_line(&mut out, indent, &comment.text);
        }
        if out.len() > begin || level == 0 {
            line_above(&mut out, blank || entry.blank);
        }
        out.push_str(&body);
        above_is_tall = tall;
    }
    for comment in &collection.foot {
        line_above(&mut out, comment.blank);
        push_line(&mut out, indent, &comment.text);
    }
    out
}

/// An entry without what stands above it.
fn body(entry: &Entry, indent: usize, level: usize) -> String {
    let key = entry.key.as_ref().map(|key| inline(key, Place::Key));
    let key = match key {
        Some(key) if is_long(&key) => format!("{:indent$}? {key}\n{:indent$}:", "", ""),
        Some(key) => format!("{:indent$}{key}:", ""),
        None => format!("{:indent$}-", ""),
    };
    let properties = entry.value.properties.trim_end();
    let head = match properties {
        "" => key,
        properties => format!("{key} {properties}"),
    };
    let column = head.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let value = value(&entry.value, indent, column, level + 1);
    match value {
        Value::Below(word, mut below) if entry.key.is_none() && word.is_empty() => {
            // Behind the dash a comment would be taken for one above it.
            if let Some(comment) = &entry.trailing {
                push_line(&mut below, indent + STEP, &comment.text);
            }
            match properties {
                // A mapping or list in a list begins on the line of the dash.
                "" => format!("{head} {}", &below[indent + STEP..]),
                _ => format!("{head}\n{below}"),
            }
        }
        value => head + &finished(value, entry.trailing.as_ref(), 1),
    }
}

/// A value with the comment that stands behind it, and with so many blanks before it.
fn finished(value: Value, comment: Option<&Comment>, blanks: usize) -> String {
    let comment = comment.map(|comment| format!(" {}", comment.text)).unwrap_or_default();
    let (word, below) = match value {
        Value::Line(line) => (line, String::new()),
        Value::Below(word, below) => (word, below),
    };
    let blanks = if word.is_empty() { 0 } else { blanks };
    format!("{:blanks$}{word}{comment}\n{below}", "")
}

/// A value whose key or dash is indented by `indent` and that begins in `column`.
fn value(node: &Node, indent: usize, column: usize, level: usize) -> Value {
    let fits = |line: &str| column + line.chars().count() <= WIDTH;
    match &node.kind {
        Kind::Absent => Value::Line(String::new()),
        Kind::Alias(name) => Value::Line(name.clone()),
        Kind::Scalar(scalar) => {
            if let Some((header, below)) = as_block(scalar, indent + STEP) {
                return Value::Below(header, below);
            }
            let line = on_one_line(scalar, !node.properties.is_empty(), Place::Block);
            if scalar.text.contains('\n') || !fits(&line) {
                let kept = on_its_lines(scalar, indent + STEP);
                return Value::Line(kept.unwrap_or(line));
            }
            Value::Line(line)
        }
        Kind::Collection(collection) => {
            let nests = |entry: &Entry| matches!(entry.value.kind, Kind::Collection(_));
            let top = level == 1 && !collection.mapping && collection.entries.iter().any(nests);
            if collection.entries.is_empty() {
                return Value::Line(brackets(collection));
            }
            if collection.flow && !top && !has_comments(collection) {
                let line = brackets(collection);
                if fits(&line) {
                    return Value::Line(line);
                }
            }
            Value::Below(String::new(), block(collection, indent + STEP, level, String::new()))
        }
    }
}

/// Whether YAML takes it for a key only where a `?` says that it is one.
fn is_long(key: &str) -> bool {
    const LONGEST: usize = 1000;
    key.chars().count() > LONGEST
}

/// A list or mapping on one line.
fn brackets(collection: &Collection) -> String {
    let entries = collection.entries.iter().map(|entry| {
        let value = inline(&entry.value, Place::Flow);
        let key = entry.key.as_ref().map(|key| inline(key, Place::FlowKey));
        match key {
            // Nothing is there, but the entry is.
            Some(key) if key.is_empty() && value.is_empty() => ": ".to_owned(),
            None if value.is_empty() => "~".to_owned(),
            Some(key) if value.is_empty() => key,
            Some(key) if is_long(&key) => format!("? {key} : {value}"),
            Some(key) => format!("{key}: {value}"),
            None => value,
        }
    });
    let entries = entries.collect::<Vec<_>>().join(", ");
    if collection.mapping { format!("{{{entries}}}") } else { format!("[{entries}]") }
}

/// A value on one line, its anchor and tag included.
fn inline(node: &Node, place: Place) -> String {
    let text = match &node.kind {
        Kind::Absent => String::new(),
        Kind::Alias(name) => name.clone(),
        Kind::Scalar(scalar) => on_one_line(scalar, !node.properties.is_empty(), place),
        Kind::Collection(collection) => brackets(collection),
    };
    format!("{}{text}", node.properties)
}

fn has_comments(collection: &Collection) -> bool {
    !collection.foot.is_empty()
        || collection.entries.iter().any(|entry| {
            let nested = match &entry.value.kind {
                Kind::Collection(nested) => has_comments(nested),
                _ => false,
            };
            nested || entry.trailing.is_some() || !entry.leading.is_empty()
        })
}

/// A blank line, if one is wanted and there is anything above it.
fn line_above(out: &mut String, wanted: bool) {
    if wanted && !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
}

fn push_line(out: &mut String, indent: usize, text: &str) {
    out.push_str(&format!("{:indent$}{text}\n", ""));
}
