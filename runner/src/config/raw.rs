//! The tree of nodes to the raw model: the right keys with values of the right shape.
//!
//! In: the document's root. Out: [`RawConfig`], in which texts are still texts: no expression, hook
//! or print format has been parsed and no name has been looked at.

use super::decode::{self, Keys, code, integer, keys, list, text, wrong};
use super::keys::{CONFIG, FIELD, LIMITS, PARAM, PROBE, VARIANT};
use super::node::{Kind, Node};
use super::scalar::Scalar;
use super::{Limits, MAX_FAULTS, name, quote};
use crate::diag::{Code, Diagnostic, Faults, Span, Spanned, clip};

/// A whole file.
#[derive(Debug)]
pub struct RawConfig<'n> {
    /// `name:`
    pub name: Option<&'n Scalar>,
    /// `description:`
    pub description: Option<&'n Scalar>,
    /// The entries of `params:`.
    pub params: Vec<RawParam<'n>>,
    /// `types:`
    pub types: Option<&'n Scalar>,
    /// `limits:`
    pub limits: Limits,
    /// `probes:`
    pub probes: Vec<RawProbe<'n>>,
    /// The entries of `tests:`, of which nothing can be said before the probes are known.
    pub tests: &'n [Node],
}

/// An entry of `params:`.
#[derive(Debug)]
pub struct RawParam<'n> {
    /// What expressions call it.
    pub name: &'n Scalar,
    /// `type:`
    pub ty: Option<&'n Scalar>,
    /// `default:`
    pub default: Option<&'n Scalar>,
    /// `help:`
    pub help: Option<&'n Scalar>,
}

/// An entry of `args:`: the name and the type of an argument.
pub type RawArg<'n> = (&'n Scalar, &'n Scalar);

/// An entry of `probes:`.
#[derive(Debug)]
pub struct RawProbe<'n> {
    /// `name:`
    pub name: Option<&'n Scalar>,
    /// `args:`
    pub args: Vec<RawArg<'n>>,
    /// `where:`
    pub condition: Option<&'n Scalar>,
    /// `fields:`
    pub fields: RawFields<'n>,
    /// One from `hook:`, or those of `any:`. Empty if there is a fault.
    pub variants: Vec<RawVariant<'n>>,
    /// `print:`
    pub print: Option<&'n Scalar>,
    /// The whole entry.
    pub span: Span,
}

/// An entry of `any:`, or what a probe without one has instead.
#[derive(Debug)]
pub struct RawVariant<'n> {
    /// `hook:`
    pub hooks: Vec<&'n Scalar>,
    /// `args:`
    pub args: Vec<RawArg<'n>>,
    /// `where:`
    pub condition: Option<&'n Scalar>,
    /// `fields:`
    pub fields: RawFields<'n>,
    /// The whole entry.
    pub span: Span,
}

/// A list of fields.
#[derive(Debug, Default)]
pub struct RawFields<'n> {
    /// Those that could be read.
    pub list: Vec<RawField<'n>>,
    /// Some could not; what is missing here must not be reported once more.
    pub broken: bool,
}

/// A field.
#[derive(Debug)]
pub struct RawField<'n> {
    /// What it is called.
    pub name: Spanned<String>,
    /// What it shows; `None` if there is a fault.
    pub expr: Option<&'n Scalar>,
    /// `max:`
    pub max: Option<Spanned<u32>>,
    /// `as:`
    pub decoder: Option<&'n Scalar>,
    /// `default:`
    pub default: Option<RawInstead<'n>>,
    /// The whole entry.
    pub span: Span,
}

/// What stands in for a value that a kernel does not have.
#[derive(Debug, Clone, Copy)]
pub enum RawInstead<'n> {
    /// `null`
    Null,
    /// An expression.
    Expr(&'n Scalar),
}

/// Reads the root of a file; `None` if nothing can be said of its content.
pub fn config<'n>(root: &'n Node, faults: &mut Faults) -> Option<RawConfig<'n>> {
    if let Kind::Mapping { entries, .. } = &root.kind {
        other_version(entries, faults)?;
    }
    let keys = keys(root, &CONFIG, faults)?;
    let name = keys.get("name").and_then(|node| text(node, "a name", faults));
    let description = keys.get("description").and_then(|node| text(node, "text", faults));
    let types = keys.get("types").and_then(|node| text(node, "C declarations", faults));
    let params = params(&keys, faults);
    let limits = keys.get("limits").and_then(|node| limits(node, faults)).unwrap_or_default();
    let entries = keys.get("probes").and_then(|node| list(node, "probes", faults));
    let mut probes = Vec::new();
    for node in entries.unwrap_or_default() {
        if faults.list.len() >= MAX_FAULTS {
            break;
        }
        probes.extend(probe(node, faults));
    }
    let tests = keys.get("tests").and_then(|node| list(node, "tests", faults)).unwrap_or_default();
    Some(RawConfig { name, description, params, types, limits, probes, tests })
}

/// Ends the reading of a file written for another version: its keys are not ours to judge.
fn other_version(entries: &[(Node, Node)], faults: &mut Faults) -> Option<()> {
    let is_version = |key: &Node| matches!(&key.kind, Kind::Scalar(key) if key.text == "version");
    let Some((_, value)) = entries.iter().find(|(key, _)| is_version(key)) else { return Some(()) };
    let Some(version) = integer(value, 0, u64::MAX, faults) else {
        if let (false, Some(fault)) = (matches!(value.kind, Kind::Bad), faults.list.last_mut()) {
            fault.help = Some("write `version: 1`".to_string());
        }
        return None;
    };
    if version.value == 1 {
        return Some(());
    }
    let message = format!("version {} of the config language is not known", version.value);
    faults.push(
        Diagnostic::error(Code::UnsupportedVersion, version.span, message)
            .help("this runner knows `version: 1`; a newer runner may know this one"),
    );
    None
}

fn probe<'n>(node: &'n Node, faults: &mut Faults) -> Option<RawProbe<'n>> {
    let keys = keys(node, &PROBE, faults)?;
    Some(RawProbe {
        name: keys.get("name").and_then(|node| text(node, "a name", faults)),
        args: args(&keys, faults),
        condition: condition(&keys, faults),
        fields: fields(&keys, faults),
        variants: variants(node, &keys, faults),
        print: keys.get("print").and_then(|node| print(node, faults)),
        span: node.span,
    })
}

fn variants<'n>(node: &Node, keys: &Keys<'n>, faults: &mut Faults) -> Vec<RawVariant<'n>> {
    let own = keys.get("hook").map(|hook| hooks(hook, faults).unwrap_or_default());
    let any = keys.get("any").map(|any| list(any, "variants", faults).unwrap_or_default());
    let any = any.map(|any| any.iter().filter_map(|node| variant(node, faults)).collect());
    match (own, any) {
        (Some(hooks), None) if !hooks.is_empty() => {
            let fields = RawFields::default();
            vec![RawVariant { hooks, args: Vec::new(), condition: None, fields, span: node.span }]
        }
        (None, Some(any)) => any,
        _ => Vec::new(),
    }
}

fn variant<'n>(node: &'n Node, faults: &mut Faults) -> Option<RawVariant<'n>> {
    let keys = keys(node, &VARIANT, faults)?;
    let hooks = keys.get("hook").and_then(|node| hooks(node, faults)).unwrap_or_default();
    let args = args(&keys, faults);
    let condition = condition(&keys, faults);
    Some(RawVariant { hooks, args, condition, fields: fields(&keys, faults), span: node.span })
}

fn args<'n>(keys: &Keys<'n>, faults: &mut Faults) -> Vec<RawArg<'n>> {
    let Some(node) = keys.get("args") else { return Vec::new() };
    let Kind::Mapping { entries, .. } = &node.kind else {
        wrong(node, "a mapping such as `{t: \"struct exp_s *\", n: int}`", faults);
        return Vec::new();
    };
    let mut args = Vec::new();
    for (name, ty) in entries {
        let name = text(name, "the name of an argument", faults);
        args.extend(name.zip(text(ty, "a C type", faults)));
    }
    args
}

fn params<'n>(keys: &Keys<'n>, faults: &mut Faults) -> Vec<RawParam<'n>> {
    let Some(node) = keys.get("params") else { return Vec::new() };
    let Kind::Mapping { entries, .. } = &node.kind else {
        wrong(node, "a mapping such as `{min_ms: {type: u64, default: 0}}`", faults);
        return Vec::new();
    };
    let mut params = Vec::new();
    for (name, value) in entries.iter().take(MAX_FAULTS) {
        let name = text(name, "the name of a parameter", faults);
        let Some((name, keys)) = name.zip(decode::keys(value, &PARAM, faults)) else { continue };
        let ty = keys.get("type").and_then(|node| text(node, "a type", faults));
        let default = keys.get("default").and_then(|node| text(node, "a value", faults));
        let help = keys.get("help").and_then(|node| text(node, "text", faults));
        params.push(RawParam { name, ty, default, help });
    }
    params
}

fn limits(node: &Node, faults: &mut Faults) -> Option<Limits> {
    let keys = decode::keys(node, &LIMITS, faults)?;
    let mut bytes = |key: &str| keys.integer(key, faults).map(|bytes| bytes.value);
    Some(Limits { string: bytes("string"), event: bytes("event") })
}

fn condition<'n>(keys: &Keys<'n>, faults: &mut Faults) -> Option<&'n Scalar> {
    keys.get("where").and_then(|node| code(node, "an expression", faults))
}

/// One hook or several; `None` if none can be read.
fn hooks<'n>(node: &'n Node, faults: &mut Faults) -> Option<Vec<&'n Scalar>> {
    let entries = match &node.kind {
        Kind::Sequence { .. } => list(node, "hooks", faults)?,
        _ => std::slice::from_ref(node),
    };
    let hooks: Vec<_> = entries.iter().filter_map(|node| hook(node, faults)).collect();
    (!hooks.is_empty()).then_some(hooks)
}

fn hook<'n>(node: &'n Node, faults: &mut Faults) -> Option<&'n Scalar> {
    let before = faults.list.len();
    let hook = text(node, "a hook such as `kprobe:do_unlinkat`", faults);
    if let (Kind::Mapping { .. }, Some(fault)) = (&node.kind, faults.list.get_mut(before)) {
        fault.help = Some("write the hook without a blank after the colon".to_string());
    }
    hook
}

fn print<'n>(node: &'n Node, faults: &mut Faults) -> Option<&'n Scalar> {
    if let Kind::Mapping { flow: true, .. } = &node.kind {
        faults.push(quote::report(&faults.source.text, node.span));
        return None;
    }
    text(node, "text with fields as `{name}`", faults)
}

fn fields<'n>(keys: &Keys<'n>, faults: &mut Faults) -> RawFields<'n> {
    let Some(node) = keys.get("fields") else { return RawFields::default() };
    let mut fields = RawFields::default();
    let Some(entries) = list(node, "fields", faults) else {
        let help = "write each field as an entry: `- pid` or `- file: name->name`";
        if let (false, Some(fault)) = (matches!(node.kind, Kind::Bad), faults.list.last_mut()) {
            fault.help.get_or_insert_with(|| help.to_string());
        }
        return RawFields { broken: true, ..fields };
    };
    for node in entries {
        match field(node, faults) {
            _ if faults.list.len() >= MAX_FAULTS => break,
            Some(field) => fields.list.push(field),
            None => fields.broken = true,
        }
    }
    fields
}

fn field<'n>(node: &'n Node, faults: &mut Faults) -> Option<RawField<'n>> {
    let Kind::Mapping { entries, .. } = &node.kind else {
        let expected = "a field: a name, or `name: expression`";
        let scalar = code(node, expected, faults)?;
        if !name::is_identifier(&scalar.text) {
            faults.push(nameless(scalar));
            return None;
        }
        let name = Spanned { value: scalar.text.clone(), span: node.span };
        let expr = Some(scalar);
        let (max, decoder, default) = (None, None, None);
        return Some(RawField { name, expr, max, decoder, default, span: node.span });
    };
    let [(key, value)] = entries.as_slice() else {
        faults.push(not_one(node, entries));
        return None;
    };
    let name = text(key, "the name of a field", faults)?;
    if quote::is_expression_key(name) {
        faults.push(quote::report(&faults.source.text, node.span.to(value.span)));
        return None;
    }
    let name = Spanned { value: name.text.clone(), span: key.span };
    let (max, decoder, default) = (None, None, None);
    let mut field = RawField { name, expr: None, max, decoder, default, span: node.span };
    match &value.kind {
        Kind::Mapping { .. } => {
            if let Some(keys) = keys(value, &FIELD, faults) {
                long_form(&keys, &mut field, faults);
            }
        }
        _ => field.expr = code(value, "an expression", faults),
    }
    Some(field)
}

fn long_form<'n>(keys: &Keys<'n>, field: &mut RawField<'n>, faults: &mut Faults) {
    field.expr = keys.get("expr").and_then(|node| code(node, "an expression", faults));
    field.max = keys.integer("max", faults);
    field.decoder = keys.get("as").and_then(|node| text(node, "a decoder such as `hex`", faults));
    field.default = keys.get("default").and_then(|node| match &node.kind {
        Kind::Null => Some(RawInstead::Null),
        _ => code(node, "an expression or `null`", faults).map(RawInstead::Expr),
    });
}

/// A bare field that is an expression: its value would have no name in the output.
fn nameless(scalar: &Scalar) -> Diagnostic {
    let text = clip(&scalar.text);
    let last = scalar.text.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let last = last.into_iter().find(|word| name::is_identifier(word)).unwrap_or("x");
    Diagnostic::error(Code::BadName, scalar.span, format!("the field `{text}` needs a name"))
        .help(format!("write `{}: {text}`", clip(last)))
}

/// A field that is a mapping with no key or several.
fn not_one(node: &Node, entries: &[(Node, Node)]) -> Diagnostic {
    let place = entries.get(1).map_or(node.span, |(key, _)| key.span);
    let message = format!("a field has one name, found {} keys", entries.len());
    let fault = Diagnostic::error(Code::WrongType, place, message);
    let is_long = |(key, _): &(Node, Node)| matches!(&key.kind, Kind::Scalar(key) if FIELD.keys.iter().any(|k| k.name == key.text));
    fault.help(if entries.iter().any(is_long) {
        "write options as `name: {expr: …, max: …}`"
    } else {
        "make each field an entry of its own"
    })
}
