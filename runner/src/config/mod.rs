//! Bytes to a checked [`Config`]: YAML, then the raw model with spans, then this model.
//!
//! In: the bytes of one file. Out: a [`Config`], or every fault found. Touches no machine: what
//! needs the kernel's types is checked later, by `plan`.

use std::sync::Arc;

use crate::diag::{Source, Span, Spanned};
use crate::expr::Expr;
use crate::hook::Hook;

/// One config file, well-formed but not yet held against a kernel.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file.
    pub source: Arc<Source>,
    /// `name:`, by default the file's stem.
    pub name: String,
    /// `description:`.
    pub description: Option<String>,
    /// At least one; names are unique.
    pub probes: Vec<Probe>,
}

/// One entry of `probes:`.
#[derive(Debug, Clone)]
pub struct Probe {
    /// `name:`; by default derived from the first hook's target.
    pub name: Spanned<String>,
    /// One without `any:`, else one for each entry of it. At least one.
    pub variants: Vec<Variant>,
    /// `print:`.
    pub print: Option<PrintFormat>,
    /// The whole entry.
    pub span: Span,
}

/// One way to observe a [`Probe`]: the shared part of the entry merged with one entry of `any:`.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Ordered alternatives; at least one.
    pub hooks: Vec<Spanned<Hook>>,
    /// `where:` of the probe and of the variant; all must hold.
    pub conditions: Vec<Expr>,
    /// Shared fields first, then the variant's. At least one; names are unique.
    pub fields: Vec<Field>,
    /// The entry of `any:`, or the probe's.
    pub span: Span,
}

/// One entry of `fields:`.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name in the output.
    pub name: Spanned<String>,
    /// What it shows.
    pub expr: Expr,
    /// `max:`, the longest string in bytes.
    pub max: Option<Spanned<u32>>,
    /// The whole entry.
    pub span: Span,
}

/// A parsed `print:` text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintFormat {
    /// Literal text and fields in order.
    pub pieces: Vec<Piece>,
    /// The whole text.
    pub span: Span,
}

/// A part of a [`PrintFormat`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text to copy.
    Literal(String),
    /// `{name}`, `{name:>8}`, `{name:x}`, `{name:>8x}`.
    Field {
        /// Which field of the probe, or `ts` or `probe`.
        name: Spanned<String>,
        /// Where to pad; `None` when no width is given.
        align: Align,
        /// Least width in characters; 0 for none.
        width: usize,
        /// `x`: integers in hexadecimal.
        hex: bool,
    },
}

/// Where the text stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// `<`: padded on the right.
    Left,
    /// `>`: padded on the left.
    Right,
}
