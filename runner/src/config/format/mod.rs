//! The canonical layout of a config: keys in the order of the tables, quotes only where they are
//! needed, two blanks a level, a blank line between probes, every comment kept.
//!
//! In: a [`Source`]. Out: its text, laid out, or the faults of its YAML. Faults of other kinds are
//! no hindrance. What was written is read again, and must mean the same; otherwise nothing is given.

mod comments;
mod order;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;
mod write;

use std::sync::Arc;

use super::decode::number;
use super::load;
use super::matcher::ANY;
use super::node::{Kind, Node};
use super::scalar::{Scalar, Style};
use crate::diag::{Faults, Source};

pub use scalar::{in_block, in_flow};

/// Why a file cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Its YAML is faulty.
    #[error("failed to read `{}` as YAML", .0.source.path)]
    Faulty(Faults),
    /// It would have come to mean something else.
    #[error(
        "failed to format `{path}`: its meaning or a comment would have changed; the file is as it \
         was; this is a fault of runner: please report it with the file"
    )]
    Changed {
        /// Its name.
        path: String,
    },
}

/// The text of `source` in the canonical layout.
pub fn format(source: &Arc<Source>) -> Result<String, FormatError> {
    let mut faults = Faults::new(source.clone());
    let before = load::load(&mut faults);
    if !faults.list.is_empty() {
        return Err(FormatError::Faulty(faults));
    }
    let changed = || FormatError::Changed { path: source.path.clone() };
    let own = with_newlines(&source.text);
    let (root, comments) = tree::read(&own).ok_or_else(changed)?;
    let texts = texts(&comments);
    let mut document = comments::attach(&own, root, comments);
    order::order(&mut document.root);
    let text = write::write(&document);
    match means(&text) {
        Some((after, comments)) if same(before.as_ref(), after.as_ref()) && comments == texts => {
            Ok(text)
        }
        _ => Err(changed()),
    }
}

/// `text` with a newline for each carriage return that ends a line alone: to YAML they are the same.
fn with_newlines(text: &str) -> String {
    let lines: Vec<String> = text.split("\r\n").map(|line| line.replace('\r', "\n")).collect();
    lines.join("\r\n")
}

/// What `text` holds: its value and its comments.
fn means(text: &str) -> Option<(Option<Node>, Vec<String>)> {
    let source = Source { path: String::new(), text: text.to_string() };
    let mut faults = Faults::new(Arc::new(source));
    let root = load::load(&mut faults);
    let (_, comments) = tree::read(text).filter(|_| faults.list.is_empty())?;
    Some((root, texts(&comments)))
}

/// The texts of comments, in no order that says anything.
fn texts(comments: &[tree::Comment]) -> Vec<String> {
    let mut texts: Vec<_> = comments.iter().map(|comment| comment.text.clone()).collect();
    texts.sort();
    texts
}

/// Whether two values are the same but for the order of keys and for quotes that change nothing.
fn same(a: Option<&Node>, b: Option<&Node>) -> bool {
    match (a.map(|node| &node.kind), b.map(|node| &node.kind)) {
        // A file without a document holds as much as one with an empty document.
        (None | Some(Kind::Null), None | Some(Kind::Null)) => true,
        (Some(Kind::Scalar(a)), Some(Kind::Scalar(b))) => {
            let bare = |scalar: &Scalar| {
                let means = number(&scalar.text).is_some() || scalar.text == ANY;
                means && scalar.style == Style::Plain
            };
            a.text == b.text && bare(a) == bare(b)
        }
        (Some(Kind::Sequence { items: a }), Some(Kind::Sequence { items: b })) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(Some(a), Some(b)))
        }
        (Some(Kind::Mapping { entries: a, .. }), Some(Kind::Mapping { entries: b, .. })) => {
            let (a, b) = (sorted(a), sorted(b));
            let equal = |(a, b): (&&Pair, &&Pair)| {
                same(Some(&a.0), Some(&b.0)) && same(Some(&a.1), Some(&b.1))
            };
            a.len() == b.len() && a.iter().zip(&b).all(equal)
        }
        _ => false,
    }
}

/// A key and its value.
type Pair = (Node, Node);

/// By the texts of the keys; those of one text stay as they are.
fn sorted(entries: &[Pair]) -> Vec<&Pair> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| match &key.kind {
        Kind::Scalar(key) => key.text.as_str(),
        _ => "",
    });
    entries
}
