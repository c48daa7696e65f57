//! The raw model to the final one: expressions, hooks and formats parsed, names checked and made up,
//! the shared part of a probe merged into its variants.
//!
//! In: [`RawConfig`]. Out: [`Config`]. Every fault is reported; a part with a fault is left out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::name::{self, Names};
use super::raw::{RawArg, RawConfig, RawField, RawFields, RawInstead, RawProbe, RawVariant};
use super::scalar::Scalar;
use super::test::{self, Known};
use super::{Argument, Config, Field, Instead, MAX_FAULTS, Piece, PrintFormat, Probe, Variant};
use super::{decoder, param, print};
use crate::cdecl::{self, Types};
use crate::diag::{Code, Diagnostic, Faults, Source, Span, Spanned, clip, nearest, one_of};
use crate::expr::{self, Expr};
use crate::hook::{self, Hook};

/// Fields that all variants of a probe may have together; shared ones count once for each variant.
const MAX_MERGED: usize = 65_536;

/// Assembles the whole file, but for its digest. The result is complete only if no error has been reported.
pub fn config(raw: &RawConfig<'_>, source: Arc<Source>, faults: &mut Faults) -> Config {
    let name = match raw.name {
        Some(scalar) => {
            let checked = name::check(&scalar.text, "a config", scalar.span);
            faults.list.extend(checked.err());
            scalar.text.clone()
        }
        None => name::of_file(&source.path),
    };
    let names = probe_names(&raw.probes, faults);
    let mut probes = Vec::with_capacity(raw.probes.len());
    for (raw, name) in raw.probes.iter().zip(&names) {
        if faults.list.len() >= MAX_FAULTS {
            break;
        }
        probes.push(probe(raw, name.clone(), faults));
    }
    let known: Vec<_> =
        raw.probes.iter().zip(&names).map(|(raw, name)| Known::new(name, raw)).collect();
    let tests = test::tests(raw.tests, &known, faults);
    let description = raw.description.map(|scalar| scalar.text.clone());
    let types = Arc::new(raw.types.map(|scalar| types(scalar, faults)).unwrap_or_default());
    let params = param::params(&raw.params, faults);
    let digest = String::new();
    let limits = raw.limits;
    let config = Config { source, name, description, params, types, limits, probes, tests, digest };
    param::check_uses(&config, &raw.params, faults);
    config
}

fn types(scalar: &Scalar, faults: &mut Faults) -> Types {
    cdecl::parse(&scalar.text).unwrap_or_else(|fault| {
        let place = scalar.at(fault.range);
        faults.push(match fault.recursive {
            true => Diagnostic::error(Code::RecursiveType, place, fault.message)
                .help("hold a pointer to it: `struct node *next;`"),
            false => Diagnostic::error(Code::BadTypes, place, fault.message),
        });
        Types::default()
    })
}

/// A name for each probe: those given are checked, the others made up around them.
fn probe_names(probes: &[RawProbe<'_>], faults: &mut Faults) -> Vec<Spanned<String>> {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for scalar in probes.iter().filter_map(|probe| probe.name) {
        let checked = name::check(&scalar.text, "a probe", scalar.span);
        faults.list.extend(checked.err());
        if let Some(first) = first.get(scalar.text.as_str()) {
            faults.push(twice("probe", &scalar.text, scalar.span, *first, faults));
        }
        first.entry(&scalar.text).or_insert(scalar.span);
    }
    let mut names = Names::new(first.keys().map(|name| name.to_string()));
    let name = |probe: &RawProbe<'_>| {
        if let Some(scalar) = probe.name {
            return Spanned { value: scalar.text.clone(), span: scalar.span };
        }
        let hook = probe.variants.first().and_then(|variant| variant.hooks.first());
        let (text, span) = hook.map_or(("", probe.span), |hook| (hook.text.as_str(), hook.span));
        Spanned { value: names.unique(&name::of_hook(text)), span }
    };
    probes.iter().map(name).collect()
}

pub fn twice(what: &str, name: &str, span: Span, first: Span, faults: &Faults) -> Diagnostic {
    let (line, column) = faults.source.position(first.start);
    Diagnostic::error(Code::DuplicateName, span, format!("two {what}s are called `{name}`"))
        .note(format!("the first stands at line {line}, column {column}"))
        .help("give one of them another name")
}

fn probe(raw: &RawProbe<'_>, name: Spanned<String>, faults: &mut Faults) -> Probe {
    check_fields(raw, faults);
    let print = raw.print.and_then(|scalar| print::parse(scalar, faults));
    if let Some(format) = &print {
        check_print(format, raw, faults);
    }
    let merged = raw.variants.len().saturating_mul(raw.fields.list.len());
    if merged > MAX_MERGED {
        let message = format!("the variants of this probe have {merged} fields together");
        let fault = Diagnostic::error(Code::TooLarge, raw.span, message);
        faults.push(fault.note(format!("at most {MAX_MERGED} are possible")));
        return Probe { name, variants: Vec::new(), print, span: raw.span };
    }
    let condition = raw.condition.and_then(|scalar| expression(scalar, faults));
    let args = arguments(&raw.args, faults);
    let shared = fields(&raw.fields, faults);
    let shared = Shared { condition, args, fields: shared };
    let variants = raw.variants.iter().map(|raw| variant(raw, &shared, faults)).collect();
    Probe { name, variants, print, span: raw.span }
}

/// What stands beside the variants.
struct Shared {
    condition: Option<Expr>,
    args: Vec<Argument>,
    fields: Vec<Field>,
}

fn variant(raw: &RawVariant<'_>, shared: &Shared, faults: &mut Faults) -> Variant {
    let hooks = raw.hooks.iter().filter_map(|scalar| hook(scalar, faults)).collect();
    let own = raw.condition.and_then(|scalar| expression(scalar, faults));
    let conditions = shared.condition.clone().into_iter().chain(own).collect();
    let args = match raw.args.as_slice() {
        [] => shared.args.clone(),
        own => arguments(own, faults),
    };
    let mut all = shared.fields.clone();
    all.extend(fields(&raw.fields, faults));
    Variant { hooks, args, conditions, fields: all, span: raw.span }
}

fn arguments(raw: &[RawArg<'_>], faults: &mut Faults) -> Vec<Argument> {
    let mut first: HashMap<&str, Span> = HashMap::new();
    let mut all = Vec::new();
    for (name, ty) in raw {
        let checked = name::check(&name.text, "an argument", name.span);
        faults.list.extend(checked.err());
        if let Some(first) = first.get(name.text.as_str()) {
            faults.push(twice("argument", &name.text, name.span, *first, faults));
        }
        first.entry(&name.text).or_insert(name.span);
        match expr::parse_type(&ty.text, &|range| ty.at(range)) {
            Ok(ty) => {
                let name = Spanned { value: name.text.clone(), span: name.span };
                all.push(Argument { name, ty });
            }
            Err(fault) => faults.push(fault),
        }
    }
    all
}

fn hook(scalar: &Scalar, faults: &mut Faults) -> Option<Spanned<Hook>> {
    match hook::parse(&scalar.text, &|range| scalar.at(range)) {
        Ok(value) => Some(Spanned { value, span: scalar.span }),
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

fn expression(scalar: &Scalar, faults: &mut Faults) -> Option<Expr> {
    match expr::parse(&scalar.text, &|range| scalar.at(range)) {
        Ok(expr) => Some(expr),
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

fn fields(raw: &RawFields<'_>, faults: &mut Faults) -> Vec<Field> {
    let field = |raw: &RawField<'_>| {
        let decoder = raw.decoder.map(decoder::parse).transpose();
        let decoder = decoder.map_err(|fault| faults.push(fault));
        let expr = expression(raw.expr?, faults)?;
        let default = match raw.default {
            Some(RawInstead::Expr(scalar)) => Some(Instead::Expr(expression(scalar, faults)?)),
            Some(RawInstead::Null) => Some(Instead::Null),
            None => None,
        };
        let (name, max) = (raw.name.clone(), raw.max.clone());
        Some(Field { name, expr, decoder: decoder.ok()?, max, default, span: raw.span })
    };
    raw.list.iter().filter_map(field).collect()
}

/// Whether names are names, stand once, and are the same in every variant.
fn check_fields(probe: &RawProbe<'_>, faults: &mut Faults) {
    let mut shared = HashMap::new();
    check_names(&probe.fields, &mut shared, faults);
    for variant in &probe.variants {
        // Names of one variant must not count against the next.
        let mut own = HashMap::new();
        check_names(&variant.fields, &mut own, faults);
        for field in &variant.fields.list {
            if let Some(first) = shared.get(field.name.value.as_str()) {
                let name = &field.name;
                faults.push(twice("field", &name.value, name.span, *first, faults));
            }
        }
    }
    if probe.fields.broken || probe.variants.iter().any(|variant| variant.fields.broken) {
        return;
    }
    let none = probe.fields.list.is_empty();
    if none && probe.variants.iter().all(|variant| variant.fields.list.is_empty()) {
        let message = "this probe reads no fields";
        let fault = Diagnostic::error(Code::Empty, probe.span, message);
        faults.push(fault.help("say what to read, such as `fields: [pid, comm]`"));
        return;
    }
    if let Some((first, others)) = probe.variants.split_first() {
        for variant in others {
            faults.list.extend(mismatch(first, variant));
        }
    }
}

fn check_names<'r>(
    fields: &'r RawFields<'_>,
    first: &mut HashMap<&'r str, Span>,
    faults: &mut Faults,
) {
    for field in &fields.list {
        if faults.list.len() >= MAX_FAULTS {
            return;
        }
        let Spanned { value: name, span } = &field.name;
        faults.list.extend(name::check_field(name, *span).err());
        if let Some(first) = first.get(name.as_str()) {
            faults.push(twice("field", name, *span, *first, faults));
        }
        first.entry(name).or_insert(*span);
    }
}

/// The fault of a `variant` whose fields are not those of the `first`.
fn mismatch(first: &RawVariant<'_>, variant: &RawVariant<'_>) -> Option<Diagnostic> {
    let names = |variant: &RawVariant<'_>| -> Vec<String> {
        variant.fields.list.iter().map(|field| field.name.value.clone()).collect()
    };
    let (expected, found) = (names(first), names(variant));
    if expected == found {
        return None;
    }
    let differs = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let span = variant.fields.list.get(differs).map_or(variant.span, |field| field.name.span);
    let list = |names: &[String]| match names {
        [] => "no fields".to_string(),
        names => names.iter().take(20).cloned().collect::<Vec<_>>().join(", "),
    };
    let message = "the variants of a probe must give the same fields in the same order";
    let mut fault = Diagnostic::error(Code::VariantMismatch, span, message);
    if let Some(field) = first.fields.list.get(differs) {
        let name = clip(&field.name.value);
        fault = fault.related(field.name.span, format!("the first variant has `{name}` here"));
    }
    Some(
        fault
            .note(format!("the first variant gives {}", list(&expected)))
            .note(format!("this one gives {}", list(&found))),
    )
}

/// Whether the fields named in a print format exist.
fn check_print(format: &PrintFormat, probe: &RawProbe<'_>, faults: &mut Faults) {
    let Some(variant) = probe.variants.first() else { return };
    if probe.fields.broken || variant.fields.broken {
        return;
    }
    let fields = || probe.fields.list.iter().chain(&variant.fields.list);
    let mut known: Vec<&str> = fields().map(|field| field.name.value.as_str()).collect();
    known.extend(name::RESERVED);
    let exists: HashSet<&str> = known.iter().copied().collect();
    for piece in &format.pieces {
        let Piece::Field { name, .. } = piece else { continue };
        if faults.list.len() < MAX_FAULTS && !exists.contains(name.value.as_str()) {
            let message = format!("this probe has no field `{}`", crate::diag::clip(&name.value));
            let mut fault = Diagnostic::error(Code::BadPrint, name.span, message);
            let near = nearest(&name.value, known.iter().copied());
            if let Some(field) = fields().find(|field| Some(field.name.value.as_str()) == near) {
                fault = fault.related(field.name.span, "the nearest field");
            }
            faults.push(fault.help(one_of(&name.value, "fields", &known)));
        }
    }
}
