//! The chosen alternative of a probe to its programs: expressions typed, phases told apart,
//! programs that would be the same made one.

use std::collections::HashSet;

use crate::config::{Field, Instead, Limits, MAX_EVENT};
use crate::diag::{Code, Diagnostic, Faults, Severity, Span, clip, nearest};
use crate::expr::{Arg, ArgPlace, Native, Node, Space, Steps, Type, Typed, Typer};
use crate::facts::Facts;
use crate::hook::AttachTo;
use crate::layout::{Layout, Show, SlotKind, Wanted};

use super::show::{TEXT, in_words, show, value_of};
use super::sites::{End, Site, sites};
use super::{Chosen, Condition, Context, Probe, Program, Role, Value, args};

/// Bytes that a pattern looks at, at least, where `str(p, max)` does not say otherwise.
const PATTERN_TEXT: u32 = 512;

/// A probe's expressions, typed at one [`Site`].
#[derive(Default)]
struct Body {
    conditions: Vec<Typed>,
    fields: Vec<Typed>,
    /// For each field.
    shows: Vec<Show>,
    /// What was taken in place of what the kernel lacks.
    fallbacks: Vec<String>,
}

/// Builds the probe's programs; `None` when an error was pushed.
pub fn build(chosen: Chosen, facts: &dyn Facts, faults: &mut Faults) -> Option<Probe> {
    let sites = sites(&chosen.hook.value, &chosen.resolved, facts);
    let mut fallbacks = Vec::new();
    let mut layout: Option<Layout> = None;
    let mut saved = Vec::new();
    let mut names = Vec::new();
    let mut arguments: Vec<String> = Vec::new();
    let mut programs: Vec<Program> = Vec::new();
    for mut site in sites {
        let before = faults.list.len();
        args::declare(&mut site, &chosen, facts, faults);
        let body = typed(&chosen, &site, facts, faults);
        if faults.list[before..].iter().any(|fault| fault.severity == Severity::Error) {
            return None;
        }
        for fallback in &body.fallbacks {
            if !fallbacks.contains(fallback) {
                fallbacks.push(fallback.clone());
            }
        }
        if let Some(fault) = kept_from_stack(&site, &body) {
            faults.push(fault);
            return None;
        }
        let own = layout_of(&chosen.variant.fields, chosen.config.limits, &body);
        match &layout {
            None => layout = Some(own),
            Some(first) => {
                if let Some(fault) = unlike(first, &own, &site.scope.hook, &chosen) {
                    faults.push(fault);
                    return None;
                }
            }
        }
        for named in site.scope.args() {
            if !arguments.contains(&named.name) {
                arguments.push(named.name.clone());
            }
        }
        let place = place_of(&site.name, &mut names);
        for program in split(site, body, &mut saved, &chosen) {
            merge(&mut programs, Program { places: vec![place], ..program });
        }
    }
    let layout = layout?;
    if let Some(fault) = too_large(&layout, saved.len(), &chosen) {
        faults.push(fault);
        return None;
    }
    // Returns first: once an entry is seen, its return will be.
    programs.sort_by_key(|program| std::cmp::Reverse(program.role));
    name(&mut programs, &chosen.probe.name.value);
    let steps = steps(&programs, layout.slots.len());
    Some(Probe {
        name: chosen.probe.name.value.clone(),
        hook: chosen.hook.value.to_string(),
        passed_over: chosen.passed_over,
        notes: chosen.resolved.notes(),
        fallbacks,
        layout: layout.with_places(names),
        print: chosen.probe.print.clone(),
        arguments,
        pattern_text: chosen.config.limits.string.unwrap_or_default().max(PATTERN_TEXT),
        saved,
        steps,
        programs,
        span: chosen.probe.span,
    })
}

fn typed(chosen: &Chosen, site: &Site, facts: &dyn Facts, faults: &mut Faults) -> Body {
    let scope = &site.scope;
    let config = chosen.config;
    let typer = Typer::new(scope, facts).with_types(&config.types).with_params(&config.params);
    let mut body = Body::default();
    let source = faults.source.clone();
    let site = |fault: Diagnostic| {
        let fault = beside_arguments(fault, chosen, &source.text);
        match chosen.hook.value.to_string() == scope.hook {
            true => fault,
            false => fault.note(format!("the hook here is `{}`", scope.hook)),
        }
    };
    for condition in &chosen.variant.conditions {
        match typer.condition(condition) {
            Ok(typed) => body.conditions.extend(typed.conjuncts()),
            Err(fault) => faults.push(site(fault)),
        }
    }
    for field in &chosen.variant.fields {
        let typed = field_or_default(&typer, field, &mut body.fallbacks);
        let shown = typed.and_then(|typed| Ok((show(field, &typed, &typer, facts.arch())?, typed)));
        match shown {
            Ok((show, typed)) => {
                body.shows.push(show);
                body.fields.push(typed);
            }
            Err(fault) => faults.push(site(fault)),
        }
    }
    if body.shows.len() == chosen.variant.fields.len() {
        faults.list.extend(taken_texts(&chosen.variant.fields, &body.shows));
    }
    for fallback in typer.fallbacks() {
        let taken = source.text.get(fallback.instead.start..fallback.instead.end);
        let taken = clip(taken.unwrap_or_default());
        body.fallbacks.push(format!("{}: `{taken}` is taken instead", fallback.lacks));
    }
    body
}

/// The faults of fields that are called like the text of another.
fn taken_texts(fields: &[Field], shows: &[Show]) -> Vec<Diagnostic> {
    let beside = fields.iter().zip(shows).filter(|(_, show)| show.is_beside());
    let taken = beside.filter_map(|(shown, _)| {
        let name = format!("{}_text", shown.name.value);
        let field = fields.iter().find(|field| field.name.value == name)?;
        let message = format!("JSON shows the text of `{}` as `{name}`", shown.name.value);
        Some(
            Diagnostic::error(Code::DuplicateName, field.name.span, message)
                .related(shown.name.span, "a number that is shown as text")
                .help("give one of them another name"),
        )
    });
    taken.collect()
}

/// The value of a field; of what the kernel lacks, what its `default:` says.
fn field_or_default(
    typer: &Typer,
    field: &Field,
    fallbacks: &mut Vec<String>,
) -> Result<Typed, Diagnostic> {
    let value = value_of(field, &field.expr, typer);
    let (default, shown) = match &field.default {
        None => return value,
        Some(Instead::Null) => {
            let null = Typed::of(Node::Null, Type::Void, field.expr.span);
            (Ok(null), "null".to_owned())
        }
        Some(Instead::Expr(expr)) => (typer.fallback(expr), "its default".to_owned()),
    };
    match value {
        Err(absent) if absent.of_kernel => {
            fallbacks.push(format!("{}: `{}` is {shown}", absent.message, field.name.value));
            default
        }
        Err(fault) => Err(fault),
        Ok(value) => match default {
            Err(fault) if !fault.of_kernel => Err(fault),
            Ok(default) => like(&value, default, field, typer).map(|()| value),
            Err(_) => Ok(value),
        },
    }
}

/// Refuses a default that would make a column of numbers one of text, or the other way round.
fn like(value: &Typed, default: Typed, field: &Field, typer: &Typer) -> Result<(), Diagnostic> {
    let [own, other] = [value, &default].map(|typed| in_words(typed, typer));
    if matches!(default.node, Node::Null) || (own == TEXT) == (other == TEXT) {
        return Ok(());
    }
    let message = format!("the default of `{}` is {other}, its value {own}", field.name.value);
    Err(Diagnostic::error(Code::TypeMismatch, default.span, message))
}

/// The fault of a name that is not known with the declared argument that may be meant: the slip may
/// be in either.
fn beside_arguments(fault: Diagnostic, chosen: &Chosen, text: &str) -> Diagnostic {
    let (Code::UnknownName, Some(span)) = (fault.code, fault.span) else { return fault };
    let unknown = text.get(span.start..span.end).unwrap_or_default();
    let declared = || chosen.variant.args.iter().map(|argument| &argument.name);
    let near = nearest(unknown, declared().map(|name| name.value.as_str()));
    match declared().find(|name| Some(name.value.as_str()) == near) {
        Some(name) => fault.related(name.span, "the nearest argument"),
        None => fault,
    }
}

fn layout_of(fields: &[Field], limits: Limits, body: &Body) -> Layout {
    let all = fields.iter().zip(&body.fields).zip(&body.shows);
    Layout::new(all.map(|((field, typed), show)| {
        let max = field.max.as_ref().map(|max| max.value);
        let kind = SlotKind::of(typed, Wanted { max, string: limits.string });
        (field.name.value.as_str(), kind, show.clone(), typed.may_fail())
    }))
}

/// The fault of an argument that is wanted when the function has returned, and that the function may
/// have changed: those on the stack are its own.
fn kept_from_stack(site: &Site, body: &Body) -> Option<Diagnostic> {
    site.end.as_ref()?;
    let all = body.conditions.iter().chain(&body.fields);
    let (name, span) = all.filter(|typed| typed.at_return()).find_map(from_stack)?;
    let message =
        format!("`{name}` is passed on the stack and not kept until the function returns");
    let fault = Diagnostic::error(Code::Unsupported, span, message);
    Some(fault.help("leave `retval` and `latency` out of the expression: it is then read at entry"))
}

/// An argument on the stack that `typed` needs.
fn from_stack(typed: &Typed) -> Option<(String, Span)> {
    let mut found = None;
    typed.walk(&mut |typed| {
        if let Node::Arg(Arg { name, place: ArgPlace::Stack { .. } }) = &typed.node {
            found = Some((name.clone(), typed.span));
        }
    });
    found
}

/// The fault of an event that is larger than the config wants or a kernel's maps hold.
fn too_large(layout: &Layout, saved: usize, chosen: &Chosen) -> Option<Diagnostic> {
    let size = (layout.room() + saved * 8) as u64;
    let wanted = chosen.config.limits.event.map(u64::from);
    if size <= wanted.unwrap_or(MAX_EVENT) {
        return None;
    }
    let name = &chosen.probe.name;
    let message = format!("an event of `{}` may take {size} bytes", name.value);
    let why = match wanted {
        Some(wanted) => format!("`limits:` allows {wanted}"),
        None => format!("at most {MAX_EVENT} fit into the kernel's maps"),
    };
    Some(Diagnostic::error(Code::EventTooLarge, chosen.probe.span, message).note(why).help(
        "lower the longest lengths, with `limits:`, `max:` or `str(p, max)`; or make two probes of it",
    ))
}

/// The fault of two places of one hook whose fields differ in type.
fn unlike(first: &Layout, own: &Layout, site: &str, chosen: &Chosen) -> Option<Diagnostic> {
    let pairs = first.slots.iter().zip(&own.slots);
    let (slot, _) = pairs.into_iter().find(|(a, b)| (a.kind, &a.show) != (b.kind, &b.show))?;
    let field = chosen.variant.fields.iter().find(|field| field.name.value == slot.name)?;
    Some(
        Diagnostic::error(
            Code::VariantMismatch,
            field.span,
            format!("`{}` has another type at `{site}` than at the hook's other places", slot.name),
        )
        .help("cast it, so that it is the same everywhere: `(u64)x`"),
    )
}

/// The steps towards the values of so many fields, and of the conditions.
fn steps(programs: &[Program], fields: usize) -> Steps {
    let mut steps = Steps { conditions: Vec::new(), fields: vec![Vec::new(); fields] };
    for program in programs {
        for condition in &program.conditions {
            condition.typed.add_steps(&mut steps.conditions);
        }
        for value in &program.values {
            if let Some(field) = steps.fields.get_mut(value.slot) {
                value.typed.add_steps(field);
            }
        }
    }
    steps
}

/// The programs of one site: the whole event, or its entry and its return.
fn split(site: Site, body: Body, saved: &mut Vec<String>, chosen: &Chosen) -> Vec<Program> {
    let fields: Vec<Span> = chosen.variant.fields.iter().map(|field| field.span).collect();
    let value = |(slot, typed): (usize, Typed)| Value {
        slot,
        span: fields.get(slot).copied().unwrap_or(typed.span),
        typed,
        retry: false,
    };
    let program = |role, context, at| Program {
        name: String::new(),
        role,
        context,
        attach: vec![at],
        places: Vec::new(),
        conditions: Vec::new(),
        values: Vec::new(),
        saves: Vec::new(),
        span: chosen.hook.span,
    };
    let alone = site.end.as_ref().is_some_and(|end| {
        end.context == Context::Fexit && !body.conditions.iter().chain(&body.fields).any(of_entry)
    });
    let (context, at, retval) = match site.end {
        Some(end) if alone => (end.context, end.at, end.retval),
        Some(end) => return split_call(site.context, site.at, end, body, saved, &program, &value),
        None => (site.context, site.at, site.retval),
    };
    let in_argument = |typed: Typed| typed.map(&mut |typed| retval_in(&retval, typed));
    let mut event = program(Role::Event, context, at);
    let always = |typed| Condition { typed, left: None };
    event.conditions = body.conditions.into_iter().map(in_argument).map(always).collect();
    event.values =
        shown(body.fields).map(|(slot, typed)| value((slot, in_argument(typed)))).collect();
    vec![event]
}

/// Whether it must be read at the entry of a call: memory, and what may be another by the return.
fn of_entry(typed: &Typed) -> bool {
    typed.any(|typed| match &typed.node {
        Node::Member(_)
        | Node::Deref { .. }
        | Node::ReadText { .. }
        | Node::ReadBytes(_)
        | Node::ReadStrings { .. }
        | Node::Latency => true,
        Node::Native(native) => {
            !matches!(native, Native::Pid | Native::Tid | Native::Nsecs | Native::Time)
        }
        _ => false,
    })
}

/// `retval` as the argument that holds it, if one does.
fn retval_in(argument: &Option<Arg>, typed: Typed) -> Typed {
    match (&typed.node, argument) {
        (Node::Retval, Some(arg)) => Typed { node: as_retval(arg), ..typed },
        _ => typed,
    }
}

/// `arg` under the name by which the config knows it.
fn as_retval(arg: &Arg) -> Node {
    Node::Arg(Arg { name: "retval".to_owned(), ..arg.clone() })
}

/// The fields that take room in the record, with their slots.
fn shown(fields: Vec<Typed>) -> impl Iterator<Item = (usize, Typed)> {
    let takes_room = |typed: &Typed| SlotKind::of(typed, Wanted::default()).size() > 0;
    fields.into_iter().enumerate().filter(move |(_, typed)| takes_room(typed))
}

/// The programs of a call that is seen at its entry and at its return.
fn split_call(
    context: Context,
    at: AttachTo,
    end: End,
    body: Body,
    saved: &mut Vec<String>,
    program: &dyn Fn(Role, Context, AttachTo) -> Program,
    value: &dyn Fn((usize, Typed)) -> Value,
) -> Vec<Program> {
    let mut entry = program(Role::Entry, context, at);
    let mut exit = program(Role::Return, end.context, end.at);
    let again = !replaces_memory(&entry);
    let mut saves = Saves { names: saved, entry: &mut entry.saves, retval: end.retval };
    let mut lefts = 0..u32::BITS;
    for typed in body.conditions {
        if typed.at_return() {
            exit.conditions.push(Condition { typed: saves.at_return(typed), left: None });
            continue;
        }
        let again = again && reads_user_memory(&typed) && from_stack(&typed).is_none();
        let left = again.then(|| lefts.next()).flatten();
        if left.is_some() {
            exit.conditions.push(Condition { typed: saves.at_return(typed.clone()), left });
        }
        entry.conditions.push(Condition { typed, left });
    }
    let mut entry_values = Vec::new();
    for (slot, typed) in shown(body.fields) {
        if typed.at_return() {
            exit.values.push(value((slot, saves.at_return(typed))));
            continue;
        }
        // A user page may not be in memory at entry; by the return the call has touched it.
        if again && reads_user_memory(&typed) && from_stack(&typed).is_none() {
            let again = saves.at_return(typed.clone());
            exit.values.push(Value { retry: true, ..value((slot, again)) });
        }
        entry_values.push(value((slot, typed)));
    }
    entry.values = entry_values;
    vec![entry, exit]
}

/// Whether it is the entry of a call that gives the process other memory: what stood at an address
/// at the entry stands there no more at the return.
fn replaces_memory(entry: &Program) -> bool {
    let user = matches!(entry.context, Context::Uprobe | Context::Usdt);
    !user && entry.attach.iter().any(|at| at.to_string().contains("exec"))
}

fn reads_user_memory(typed: &Typed) -> bool {
    typed.any(|typed| match &typed.node {
        Node::ReadText { space, .. }
        | Node::ReadStrings { space, .. }
        | Node::Deref { space, .. } => *space == Space::User,
        Node::ReadBytes(bytes) => bytes.space == Space::User,
        Node::Member(member) => member.space == Space::User,
        _ => false,
    })
}

/// The arguments that a return needs, saved by the entry.
struct Saves<'a> {
    /// Over all sites of the probe.
    names: &'a mut Vec<String>,
    /// Of this site, each with its index in `names`.
    entry: &'a mut Vec<(usize, Typed)>,
    /// See [`End`].
    retval: Option<Arg>,
}

impl Saves<'_> {
    /// `typed` with every argument taken from what the entry saved.
    fn at_return(&mut self, typed: Typed) -> Typed {
        typed.map(&mut |typed| {
            if let (Node::Retval, Some(field)) = (&typed.node, &self.retval) {
                return Typed { node: as_retval(field), ..typed };
            }
            let Node::Arg(arg) = &typed.node else { return typed };
            let index = self.names.iter().position(|name| *name == arg.name).unwrap_or_else(|| {
                self.names.push(arg.name.clone());
                self.names.len() - 1
            });
            let node = Node::Saved { index, name: arg.name.clone() };
            let saved = Typed::of(node, typed.ty.clone(), typed.span);
            if self.entry.iter().all(|(known, _)| *known != index) {
                self.entry.push((index, typed));
            }
            saved
        })
    }
}

/// Names the programs after their probe; [`distinct`] has the last word.
fn name(programs: &mut [Program], probe: &str) {
    for role in [Role::Event, Role::Entry, Role::Return] {
        let word = match role {
            Role::Event => "event",
            Role::Entry => "entry",
            Role::Return => "return",
        };
        let same = programs.iter_mut().filter(|program| program.role == role);
        for (index, program) in same.enumerate() {
            program.name = match index {
                0 => format!("{probe}_{word}"),
                _ => format!("{probe}_{}_{word}", index + 1),
            };
        }
    }
}

/// Makes the names of all programs differ: the second of `read` may be called like the first of a
/// probe `read_2`.
pub fn distinct(probes: &mut [Probe]) {
    let mut taken = HashSet::new();
    for program in probes.iter_mut().flat_map(|probe| &mut probe.programs) {
        while !taken.insert(program.name.clone()) {
            program.name.push('_');
        }
    }
}

/// Adds `program`, or only its place where there is one that does the same.
fn merge(programs: &mut Vec<Program>, program: Program) {
    let same = programs.iter_mut().find(|other| {
        (other.role, other.context) == (program.role, program.context)
            && other.conditions == program.conditions
            && other.values == program.values
            && other.saves == program.saves
    });
    match same {
        Some(other) => join(other, program),
        None => programs.push(program),
    }
}

/// Adds the places of `program` to those of `other`; what goes into one link stays one.
fn join(other: &mut Program, program: Program) {
    other.places.extend(program.places);
    for at in program.attach {
        match (other.attach.first_mut(), at) {
            (
                Some(AttachTo::KprobeMulti { functions, .. }),
                AttachTo::KprobeMulti { functions: more, .. },
            ) => functions.extend(more),
            (Some(AttachTo::UprobeMulti { at, .. }), AttachTo::UprobeMulti { at: more, .. }) => {
                at.extend(more);
            }
            (_, at) => other.attach.push(at),
        }
    }
}

/// The number of a place by its name, which is added to `names` if it is new.
fn place_of(name: &str, names: &mut Vec<String>) -> u64 {
    // Sites come in order, so the last is the only one that it can equal.
    if names.last().is_none_or(|last| last != name) {
        names.push(name.to_owned());
    }
    names.len() as u64 - 1
}
