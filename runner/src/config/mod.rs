//! Bytes to a checked [`Config`]: YAML, then the raw model with spans, then this model.
//!
//! In: the bytes of one file. Out: a [`Config`], or every fault found. Touches no machine: what
//! needs the kernel's types is checked later, by `plan`.

mod assemble;
mod decode;
pub mod keys;
mod load;
mod name;
mod node;
mod print;
mod quote;
mod raw;
mod scalar;
mod source;

use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Faults, Source, Span, Spanned};
use crate::expr::Expr;
use crate::hook::Hook;

pub use source::{MAX_BYTES, ReadError, from_bytes, read};

/// Faults after which the rest of a file is not looked at.
const MAX_FAULTS: usize = 100;

/// The config in `source`; `None` if `faults`, which are of the same source, were added to.
pub fn parse(source: Arc<Source>, faults: &mut Faults) -> Option<Config> {
    let mut found = Faults::new(source.clone());
    let config = parse_all(source, &mut found);
    if found.list.len() >= MAX_FAULTS {
        found.list.truncate(MAX_FAULTS);
        let note = format!("further faults are not shown after the first {MAX_FAULTS}");
        let last = found.list.pop().map(|last| last.note(note));
        found.list.extend(last);
    }
    let failed = found.any_error();
    faults.list.append(&mut found.list);
    config.filter(|_| !failed)
}

fn parse_all(source: Arc<Source>, faults: &mut Faults) -> Option<Config> {
    let before = faults.list.len();
    let root = load::load(faults).filter(|root| !matches!(root.kind, node::Kind::Null));
    let Some(root) = root else {
        if faults.list.len() == before {
            let help = "start with `version: 1` and `probes:`";
            faults.push(Diagnostic::error(Code::Empty, None, "the file is empty").help(help));
        }
        return None;
    };
    let raw = raw::config(&root, faults)?;
    Some(assemble::config(&raw, source, faults))
}

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
