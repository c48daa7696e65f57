//! Bytes to a checked [`Config`]: YAML, then the raw model with spans, then this model.
//!
//! In: the bytes of one file. Out: a [`Config`], or every fault found. Touches no machine: what
//! needs the kernel's types is checked later, by `plan`.

mod assemble;
mod comment;
mod decode;
mod decoder;
mod digest;
mod format;
#[cfg(test)]
mod hostile;
mod keys;
mod load;
mod matcher;
pub mod name;
mod node;
mod param;
mod print;
mod quote;
mod raw;
mod scalar;
mod schema;
mod source;
mod template;
mod test;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cdecl::Types;
use crate::diag::{Code, Diagnostic, Faults, Source, Span, Spanned};
use crate::expr::{Expr, Param, TypeName};
use crate::hook::Hook;

pub use comment::{Comment, comments};
pub use decoder::{DECODERS, Decoder, DevCode, Epoch, Takes};
pub use format::{FormatError, format, in_block, in_flow};
pub use keys::MAX_EVENT;
pub use matcher::Matcher;
pub use name::{MAX_NAME, is_identifier};
pub use param::check_settings;
pub use schema::schema;
pub use source::{MAX_BYTES, ReadError, from_bytes, read};
pub use template::{Part, Template, Variables};
pub use test::{Expectation, PRINTED, Test};

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
    Some(Config { digest: digest::digest(&root), ..assemble::config(&raw, source, faults) })
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
    /// `params:`, with their values.
    pub params: Vec<Param>,
    /// `types:`; none if there is no such key.
    pub types: Arc<Types>,
    /// `limits:`.
    pub limits: Limits,
    /// At least one; names are unique.
    pub probes: Vec<Probe>,
    /// `tests:`.
    pub tests: Vec<Test>,
    /// SHA-256 of what makes its events: all but comments, layout, name, description and tests.
    pub digest: String,
}

/// `limits:`, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The longest string or buffer of which nothing else says how long it may be.
    pub string: Option<u32>,
    /// The largest event that is wanted.
    pub event: Option<u32>,
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
    /// `args:` of the variant, else of the probe; names are unique.
    pub args: Vec<Argument>,
    /// `where:` of the probe and of the variant; all must hold.
    pub conditions: Vec<Expr>,
    /// Shared fields first, then the variant's. At least one; names are unique.
    pub fields: Vec<Field>,
    /// The entry of `any:`, or the probe's.
    pub span: Span,
}

/// One entry of `args:`.
#[derive(Debug, Clone)]
pub struct Argument {
    /// What expressions call it.
    pub name: Spanned<String>,
    /// Its C type.
    pub ty: TypeName,
}

/// One entry of `fields:`.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name in the output.
    pub name: Spanned<String>,
    /// What it shows.
    pub expr: Expr,
    /// `as:`, how it is shown.
    pub decoder: Option<Spanned<Decoder>>,
    /// `max:`, the longest string in bytes.
    pub max: Option<Spanned<u32>>,
    /// `default:`, what it shows where the kernel lacks what `expr` names.
    pub default: Option<Instead>,
    /// The whole entry.
    pub span: Span,
}

/// What stands in for a value that a kernel does not have.
#[derive(Debug, Clone)]
pub enum Instead {
    /// Nothing: the field is `null`.
    Null,
    /// Another value.
    Expr(Expr),
}

impl Field {
    /// What it may show.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let default = match &self.default {
            Some(Instead::Expr(expr)) => Some(expr),
            _ => None,
        };
        std::iter::once(&self.expr).chain(default)
    }
}

/// A parsed `print:` text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PrintFormat {
    /// What was parsed.
    pub text: String,
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
    /// `{name}`, `{name:>8}`, `{name:x}`, `{name:>8d}`.
    Field {
        /// Which field of the probe, or `ts` or `probe`.
        name: Spanned<String>,
        /// Where to pad; `None` when no width is given.
        align: Align,
        /// Least width in characters; 0 for none.
        width: usize,
        /// `x` or `d`: numbers as such, whatever their field shows.
        base: Option<Base>,
    },
}

/// In what a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// `d`
    Decimal,
    /// `x`
    Hexadecimal,
}

/// Where the text stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// `<`: padded on the right.
    Left,
    /// `>`: padded on the left.
    Right,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::ExprKind;

    fn config(text: &str) -> Config {
        let source = Arc::new(Source { path: "dir/my-file.yaml".into(), text: text.into() });
        let mut faults = Faults::new(source.clone());
        let config = parse(source, &mut faults);
        assert_eq!(faults.list, []);
        config.unwrap()
    }

    /// What the file holds at `span`.
    fn at(config: &Config, span: Span) -> &str {
        &config.source.text[span.start..span.end]
    }

    #[test]
    fn shared_parts_come_before_those_of_the_variant() {
        let config = config(
            "version: 1\nprobes:\n  - any:\n      - {hook: 'func:a', where: x, fields: [{f: p}]}\n      \
             - {hook: ['func:b', 'func:c'], fields: [{f: q}]}\n    where: y\n    fields: [pid]\n",
        );
        let [first, second] = config.probes[0].variants.as_slice() else { panic!("two variants") };
        let names = |variant: &Variant| -> Vec<String> {
            variant.fields.iter().map(|field| field.name.value.clone()).collect()
        };
        assert_eq!(names(first), ["pid", "f"]);
        assert_eq!(names(second), ["pid", "f"]);
        let conditions: Vec<_> = first.conditions.iter().map(|e| at(&config, e.span)).collect();
        assert_eq!(conditions, ["y", "x"]);
        assert_eq!(second.conditions.len(), 1);
        assert_eq!((first.hooks.len(), second.hooks.len()), (1, 2));
        assert_eq!(at(&config, second.hooks[1].span), "'func:c'");
        assert_eq!(at(&config, second.fields[1].expr.span), "q");
        assert_eq!(at(&config, second.span), "{hook: ['func:b', 'func:c'], fields: [{f: q}]}");
    }

    #[test]
    fn names_are_made_up_around_those_given() {
        let config = config(
            "version: 1\nprobes:\n  - {hook: kprobe:f, fields: [pid]}\n  - {name: f, hook: kprobe:g, \
             fields: [pid]}\n  - {hook: tracepoint:a:sys_enter_write, fields: [pid]}\n",
        );
        assert_eq!(config.name, "my_file");
        let names: Vec<_> = config.probes.iter().map(|probe| probe.name.value.as_str()).collect();
        assert_eq!(names, ["f_2", "f", "sys_enter_write"]);
        assert_eq!(at(&config, config.probes[0].span), "{hook: kprobe:f, fields: [pid]}");
    }

    #[test]
    fn fields_keep_their_places_and_options() {
        let config = config(
            "version: 1\ndescription: d\nprobes:\n  - hook: kprobe:f\n    fields:\n      - pid\n      - one: 1\n      \
             - yes: \"a == \\\"b\\\"\"\n      - text: {expr: x->y, max: 0x40}\n    print: '{pid:>4}'\n",
        );
        let fields = &config.probes[0].variants[0].fields;
        let texts: Vec<_> = fields
            .iter()
            .map(|field| match &field.expr.kind {
                ExprKind::Name(text) => text.clone(),
                _ => at(&config, field.expr.span).to_string(),
            })
            .collect();
        assert_eq!(fields.len(), 4);
        assert_eq!((texts[0].as_str(), at(&config, fields[1].expr.span)), ("pid", "1"));
        assert_eq!(at(&config, fields[2].name.span), "yes");
        assert_eq!(at(&config, fields[2].expr.span), "a == \\\"b\\\"");
        assert_eq!(fields[3].max.as_ref().map(|max| max.value), Some(64));
        assert_eq!(at(&config, fields[3].span), "text: {expr: x->y, max: 0x40}");
        let print = config.probes[0].print.as_ref().unwrap();
        assert!(matches!(&print.pieces[..], [Piece::Field { width: 4, align: Align::Right, .. }]));
        assert_eq!(config.description.as_deref(), Some("d"));
    }

    #[test]
    fn the_digest_is_that_of_what_makes_events() {
        let digest = |text: &str| config(text).digest;
        let plain = digest("version: 1\nprobes:\n  - hook: kprobe:f\n    fields: [pid]\n");
        let same = "version: 1\ndescription: d\nprobes: [{hook: 'kprobe:f', fields: [pid]}] # x\n\
                    tests: [{name: n, run: r, expect: [{probe: f}]}]\n";
        assert_eq!(digest(same), plain);
        let moved = "probes: [{fields: [pid], hook: 'kprobe:f'}]\nversion: 1\n";
        assert_eq!(digest(moved), plain);
        let args = |args: &str| {
            let hook = "hook: 'uprobe:x:f', fields: [a]";
            digest(&format!("version: 1\nprobes: [{{args: {args}, {hook}}}]\n"))
        };
        assert_ne!(args("{a: int, b: int}"), args("{b: int, a: int}"));
        for other in ["[pid, tid]", "[tid]", "[{pid: tid}]"] {
            let text = format!("version: 1\nprobes: [{{hook: 'kprobe:f', fields: {other}}}]\n");
            assert_ne!(digest(&text), plain, "{other}");
        }
        assert_eq!(plain.len(), 64);
    }

    #[test]
    fn faults_are_cut_off_with_a_note() {
        let text = format!("version: 1\n{}", "x: 1\n".repeat(1000));
        let source = Arc::new(Source { path: "x".into(), text });
        let mut faults = Faults::new(source.clone());
        assert!(parse(source, &mut faults).is_none());
        assert_eq!(faults.list.len(), MAX_FAULTS);
        assert!(faults.list[MAX_FAULTS - 1].notes.iter().any(|note| note.contains("not shown")));
    }
}
