//! A config to begin with.
//!
//! In: hooks, a kernel's [`Facts`]. Out: the text of a config that runs as it is: every argument,
//! what people want of well-known structures, and comments that say what each is.

mod args;
mod fields;
mod known;
mod settle;
mod write;

use std::collections::HashSet;

use super::place::{Place, choose};
use crate::config::name::{Names, of_hook};
use crate::diag::{Code, Faults};
use crate::facts::{Facts, FactsError};
use crate::hook::{Hook, Target, UserPlace};

use args::{Declared, Known};
use fields::{Field, Line, lines};

/// `PATH_MAX`: a field that may be so long is a path.
const PATH: u32 = 4096;

/// One probe before it is written.
pub struct Probe {
    /// Its name.
    name: String,
    /// At least one; more than one are alternatives.
    variants: Vec<Variant>,
    /// The fields of all variants.
    shared: Vec<Line>,
}

/// One way to observe a [`Probe`].
struct Variant {
    place: Place,
    /// Its hook, among others that this kernel does not know: they are taken to be like it.
    hooks: Vec<String>,
    /// Its `args:`, and what is known of them.
    args: Vec<Declared>,
    known: Known,
    /// Its own fields.
    own: Vec<Line>,
    /// What it has and others lack.
    left_out: Vec<String>,
}

/// A config and what to say of it.
pub struct Draft {
    /// The text.
    pub text: String,
    /// Hooks that this kernel cannot attach, and why.
    pub unavailable: Vec<String>,
}

/// A config called `name` (that of the first probe if there is none) that watches `hooks`: each with
/// a probe of its own, or all as alternatives of one if `any`: then it is enough that one is known.
pub fn draft(
    name: Option<&str>,
    hooks: &[String],
    any: bool,
    facts: &dyn Facts,
) -> Result<Result<Draft, Faults>, FactsError> {
    let mut found: Vec<(Place, Vec<String>)> = Vec::new();
    let mut unknown = Vec::new();
    let mut refused = None;
    for hook in hooks {
        match choose(std::slice::from_ref(hook), facts)? {
            Ok(place) => {
                unknown.push(place.hook.to_string());
                found.push((place, std::mem::take(&mut unknown)));
            }
            Err(faults) if any && absent(&faults) => {
                refused.get_or_insert(faults);
                match found.last_mut() {
                    Some((_, like)) => like.push(hook.clone()),
                    None => unknown.push(hook.clone()),
                }
            }
            Err(faults) => return Ok(Err(faults)),
        }
    }
    if let (true, Some(faults)) = (found.is_empty(), refused) {
        return Ok(Err(faults));
    }
    let mut names = Names::default();
    let probes: Vec<Probe> = match any {
        true => vec![alternatives(found, &mut names, facts)],
        false => found.into_iter().map(|one| alternatives(vec![one], &mut names, facts)).collect(),
    };
    let text = settle::settle(write::config(name, &probes, facts), facts);
    Ok(Ok(Draft { text, unavailable: probes.iter().filter_map(unavailable).collect() }))
}

/// Whether another kernel may have the hook.
fn absent(faults: &Faults) -> bool {
    faults.list.iter().all(|fault| matches!(fault.code, Code::UnknownHook | Code::HookUnavailable))
}

/// Why this kernel cannot attach a probe at all.
fn unavailable(probe: &Probe) -> Option<String> {
    let why = |variant: &Variant| {
        Some(format!("{}: {}", variant.place.hook, variant.place.unavailable.as_ref()?))
    };
    let all: Option<Vec<String>> = probe.variants.iter().map(why).collect();
    all.map(|all| all.join("; "))
}

/// One probe of the places, with the fields that all of them have.
fn alternatives(
    mut found: Vec<(Place, Vec<String>)>,
    names: &mut Names,
    facts: &dyn Facts,
) -> Probe {
    let args: Vec<_> = found.iter_mut().map(|(place, _)| args::declare(place, facts)).collect();
    let name = found.first().map_or("probe".into(), |(place, _)| of_hook(&place.hook.to_string()));
    let name = names.unique(&name);
    let mut all: Vec<Vec<Line>> = found.iter().map(|(place, _)| lines(place, facts)).collect();
    if all.len() > 1 {
        name_paths(&mut all);
    }
    let fields: Vec<Vec<Field>> = all.iter().map(|lines| only_fields(lines)).collect();
    let (shared, own) = match all.len() {
        1 => (all.remove(0), vec![Vec::new()]),
        _ => common(&fields),
    };
    let kept: HashSet<String> =
        shared.iter().chain(own.iter().flatten()).filter_map(field_name).collect();
    let variants = found.into_iter().zip(args).zip(own).zip(fields);
    let variants = variants.map(|((((place, hooks), (known, args)), own), fields)| {
        let names = fields.into_iter().map(|field| field.name);
        let left_out = names.filter(|name| !kept.contains(name)).collect();
        Variant { place, hooks, args, known, own, left_out }
    });
    Probe { name, variants: variants.collect(), shared }
}

/// Gives the path that each place has one name: it is `name`, `pathname` or `filename` by chance.
fn name_paths(places: &mut [Vec<Line>]) {
    const NAME: &str = "filename";
    fn path(line: &mut Line) -> Option<&mut Field> {
        match line {
            Line::Field(field) if field.max == Some(PATH) => Some(field),
            _ => None,
        }
    }
    let mut only: Vec<&mut Field> = Vec::new();
    for lines in places {
        let mut paths = lines.iter_mut().filter_map(path);
        let (Some(path), None) = (paths.next(), paths.next()) else { return };
        only.push(path);
    }
    only.into_iter().for_each(|field| field.name = NAME.into());
}

/// Of the fields of each place: those that are the same everywhere, and those of one name and type
/// that are read in another way at each place.
fn common(fields: &[Vec<Field>]) -> (Vec<Line>, Vec<Vec<Line>>) {
    let mut shared = Vec::new();
    let mut own: Vec<Vec<Line>> = vec![Vec::new(); fields.len()];
    for field in fields.first().into_iter().flatten() {
        let same: Option<Vec<&Field>> =
            fields.iter().map(|list| list.iter().find(|other| other.name == field.name)).collect();
        let Some(mut alike) = same.and_then(|same| unify(&same)) else { continue };
        if alike.iter().any(|other| other.shown != field.shown) {
            alike.iter_mut().for_each(|other| other.shown = None);
        }
        if alike.iter().all(|other| other.expr == field.expr) {
            let comment = field.comment.clone().filter(|comment| {
                alike.iter().all(|other| other.comment.as_ref() == Some(comment))
            });
            let shown = alike.first().and_then(|first| first.shown);
            shared.push(Line::Field(Field { comment, shown, ..field.clone() }));
            continue;
        }
        own.iter_mut().zip(alike).for_each(|(own, field)| own.push(Line::Field(field)));
    }
    (shared, own)
}

fn field_name(line: &Line) -> Option<String> {
    match line {
        Line::Field(field) => Some(field.name.clone()),
        Line::Comment(_) => None,
    }
}

fn only_fields(lines: &[Line]) -> Vec<Field> {
    let field = |line: &Line| match line {
        Line::Field(field) => Some(field.clone()),
        Line::Comment(_) => None,
    };
    lines.iter().filter_map(field).collect()
}

/// The fields with their types made the same, if they can be.
fn unify(fields: &[&Field]) -> Option<Vec<Field>> {
    use crate::layout::SlotKind::{Signed, Text, Unsigned};
    let first = fields.first()?.kind;
    let all = |test: &dyn Fn(&Field) -> bool| fields.iter().all(|field| test(field));
    if all(&|field| field.kind == first) || all(&|field| matches!(field.kind, Text(_))) {
        return Some(fields.iter().map(|field| (*field).clone()).collect());
    }
    if !all(&|field| matches!(field.kind, Signed(_) | Unsigned(_))) {
        return None;
    }
    let (to, kind) = match all(&|field| matches!(field.kind, Unsigned(_))) {
        true => ("u64", Unsigned(64)),
        false => ("s64", Signed(64)),
    };
    let cast = |field: &&Field| {
        if field.kind == kind {
            return (*field).clone();
        }
        let expr = match field.expr.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            true => format!("({to}){}", field.expr),
            false => format!("({to})({})", field.expr),
        };
        Field { expr, kind, ..(*field).clone() }
    };
    Some(fields.iter().map(cast).collect())
}

/// What a hook stands for, in words.
fn meaning(hook: &Hook) -> String {
    use crate::hook::HookKind::{Fexit, Kretprobe, Uretprobe};
    let end = if matches!(hook.kind, Kretprobe | Fexit | Uretprobe) { "returns" } else { "calls" };
    match &hook.target {
        Target::Function { name, offset: 0 } => format!("{end} of {name} in the kernel"),
        Target::Function { name, .. } => format!("an instruction of {name} in the kernel"),
        Target::Tracepoint { category, name } => format!("the tracepoint {name} of {category}"),
        Target::RawTracepoint(name) => format!("the tracepoint {name} with its own arguments"),
        Target::Syscall(name) => format!("system calls {name}"),
        Target::User { binary, place: UserPlace::Symbol { name, offset: 0 } } => {
            format!("{end} of {name} in {binary}")
        }
        Target::User { binary, place } => format!("the instruction at {place} in {binary}"),
        Target::StaticProbe { binary, provider, name } => {
            format!("the static probe {provider}:{name} of {binary}")
        }
        Target::Sampling(sampling) => match hook.kind.row().kind {
            crate::hook::HookKind::Profile => "what runs on every processor".into(),
            crate::hook::HookKind::Interval => format!("a tick ({sampling})"),
            _ => format!("who makes the events of {sampling}"),
        },
    }
}
