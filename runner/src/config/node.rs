//! The YAML document as a tree in which every node knows its bytes in the file.
//!
//! Built by [`super::load`], read by [`super::decode`]. Knows nothing of what keys mean.

use super::scalar::Scalar;
use crate::diag::Span;

/// One YAML node.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its bytes, quotes and brackets included. An aliased node keeps its definition's place.
    pub span: Span,
    /// Bytes of memory, roughly; what alias expansion is charged.
    pub weight: usize,
    /// Levels below this one; bounds every recursion over the tree.
    pub height: usize,
}

/// The forms of a [`Node`].
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// Text; numbers and booleans are text too until a key wants them.
    Scalar(Scalar),
    /// A list.
    Sequence {
        /// Its entries.
        items: Vec<Node>,
    },
    /// Keys and values in the order written; keys may stand twice.
    Mapping {
        /// Keys and values.
        entries: Vec<(Node, Node)>,
        /// Written with braces.
        flow: bool,
    },
    /// A value that has been reported already; whoever meets it says nothing more.
    Bad,
}

/// What a node weighs besides its text: its own size and its share of a vector's slack.
const BASE_WEIGHT: usize = 128;

impl Node {
    /// A node with its weight and height reckoned from its children.
    pub fn new(kind: Kind, span: Span) -> Self {
        let (weight, height) = match &kind {
            Kind::Null | Kind::Bad => (0, 0),
            Kind::Scalar(scalar) => (scalar.weight(), 0),
            Kind::Sequence { items, .. } => total(items.iter()),
            Kind::Mapping { entries, .. } => total(entries.iter().flat_map(|(k, v)| [k, v])),
        };
        Self { kind, span, weight: weight + BASE_WEIGHT, height }
    }

    /// What it is, for "expected …, found …".
    pub fn found(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Scalar(_) | Kind::Bad => "text",
            Kind::Sequence { .. } => "a list",
            Kind::Mapping { .. } => "a mapping",
        }
    }
}

/// Weight and height of a collection's content.
fn total<'a>(children: impl Iterator<Item = &'a Node>) -> (usize, usize) {
    children.fold((0, 1), |(weight, height), child| {
        (weight + child.weight, height.max(child.height + 1))
    })
}
