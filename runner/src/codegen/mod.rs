//! A [`Plan`] to the text of its Rust program. Pure: same plan, same bytes. The only user of
//! `templates/`.
//!
//! Templates hold structure; what a program computes comes from `expr` and the support library.
//! Text of the config enters the program only as byte strings, as identifiers that were checked,
//! and as comments without control characters.

mod expr;
mod function;
#[cfg(test)]
mod kinds;
mod names;
mod symbols;
#[cfg(test)]
mod tests;

use handlebars::Handlebars;
use serde::Serialize;

use crate::diag::Span;
use crate::layout::{Slot, SlotKind};
use crate::plan::{Context, Plan, Probe, Role, Tasks};

use function::{Function, Surroundings};
use names::{Names, camel};
use symbols::{Symbol, Symbols};

/// Largest record that is put together on the stack, bytes; the kernel gives 512 in all.
const STACK_MAX: usize = 128;
/// Most values that may be missing in a record on the stack: the verifier of Linux 5.10 looks at
/// every combination of them (6 take it 3,700 steps, 10 take 68,000), but not in a map's value.
const STACK_NULLS_MAX: usize = 4;

/// Why no text could be made. The templates are part of the program, so a fault is in them.
#[derive(Debug, thiserror::Error)]
#[error("failed to fill in the template of the program")]
pub struct CodegenError(#[from] Box<handlebars::RenderError>);

/// What the templates see.
#[derive(Serialize)]
struct ProgramView {
    file: String,
    description: Vec<String>,
    probe_count: usize,
    probes: Vec<ProbeView>,
    symbols: Vec<Symbol>,
    family: bool,
}

#[derive(Serialize)]
struct ProbeView {
    name: String,
    number: usize,
    number_name: String,
    place: String,
    event: String,
    /// The scratch map, where the event is too large for the stack or must outlive the entry.
    room: Option<String>,
    /// The map of calls, where entry and return make one event.
    calls: Option<String>,
    /// Room for the texts that programs hold against patterns.
    texts: Vec<TextView>,
    saved_type: String,
    saved: Vec<String>,
    null_words: usize,
    tail: usize,
    slots: Vec<SlotView>,
    programs: Vec<Function>,
}

#[derive(Serialize)]
struct TextView {
    program: String,
    name: String,
}

#[derive(Serialize)]
struct SlotView {
    ident: String,
    ty: &'static str,
}

/// The program of `plan`, as rustfmt would leave it.
pub fn generate(plan: &Plan) -> Result<String, CodegenError> {
    let programs = plan.probes.iter().flat_map(|probe| &probe.programs);
    let mut symbols = Symbols::beside(programs.map(|program| program.name.as_str()));
    let mut names = Names::default();
    for taken in ["EVENTS", "COUNTERS", "FAMILY"] {
        names.unique(taken);
    }
    let comments = Comments::new(plan);
    let probes = plan
        .probes
        .iter()
        .enumerate()
        .map(|(number, probe)| {
            probe_view(number, probe, plan.tasks, &comments, &mut names, &mut symbols)
        })
        .collect();
    let description = plan.description.as_deref().unwrap_or_default();
    let view = ProgramView {
        file: comments.file.clone(),
        description: description.lines().map(harmless).collect(),
        probe_count: plan.probes.len(),
        probes,
        symbols: symbols.finish(),
        family: plan.tasks == Tasks::Family,
    };
    Ok(templates().render("program", &view).map_err(Box::new)?)
}

fn templates() -> Handlebars<'static> {
    let mut all = Handlebars::new();
    all.register_escape_fn(handlebars::no_escape);
    all.set_strict_mode(true);
    for (name, text) in [
        ("program", include_str!("../../../templates/program.rs.hbs")),
        ("probe", include_str!("../../../templates/probe.rs.hbs")),
        ("function", include_str!("../../../templates/function.rs.hbs")),
        ("family", include_str!("../../../templates/family.rs.hbs")),
    ] {
        // A template that does not parse is a slip in this repository; rendering then says so.
        let _ = all.register_template_string(name, text);
    }
    all
}

fn probe_view(
    number: usize,
    probe: &Probe,
    tasks: Tasks,
    comments: &Comments,
    names: &mut Names,
    symbols: &mut Symbols,
) -> ProbeView {
    let layout = &probe.layout;
    let is_call = probe.programs.iter().any(|program| program.role == Role::Entry);
    let upper = probe.name.to_uppercase();
    let number_name = names.unique(&upper);
    let nulls = layout.slots.iter().filter(|slot| slot.null_index.is_some()).count();
    let fits = layout.fixed <= STACK_MAX && nulls <= STACK_NULLS_MAX;
    // Kernels up to 5.10 let no pointer leave by the stack, and a trampoline's arguments are some.
    let typed = |context| matches!(context, Context::Fentry | Context::Fexit);
    let typed = probe.programs.iter().any(|program| typed(program.context));
    let room = is_call || typed || layout.tail > 0 || !fits;
    let room = room.then(|| names.unique(&format!("{upper}_ROOM")));
    let calls = is_call.then(|| names.unique(&format!("{upper}_CALLS")));
    let event = names.unique(&format!("{}Event", camel(&probe.name)));
    let saved_type = names.unique(&format!("{}Saved", camel(&probe.name)));
    let mut idents = Names::default();
    let slots: Vec<Option<String>> = layout
        .slots
        .iter()
        .map(|slot| (slot.kind.size() > 0).then(|| idents.unique(&slot.name)))
        .collect();
    let mut saved_names = Names::default();
    let saved: Vec<String> =
        probe.saved.iter().map(|name| saved_names.unique(&name.replace('.', "_"))).collect();
    let surroundings = Surroundings {
        probe,
        tasks,
        comments,
        slots: &slots,
        saved: &saved,
        number_name: &number_name,
        event: &event,
        room: room.as_deref(),
        calls: calls.as_deref(),
    };
    let mut texts = Vec::new();
    let mut programs = Vec::new();
    for program in &probe.programs {
        let room = program.looks_at_text().then(|| {
            let name = names.unique(&format!("{}_TEXT", program.name.to_uppercase()));
            texts.push(TextView { program: program.name.clone(), name: name.clone() });
            name
        });
        programs.push(function::function(program, &surroundings, room.as_deref(), symbols));
    }
    ProbeView {
        name: probe.name.clone(),
        number,
        place: comments.place(probe.span),
        null_words: layout.null_words,
        tail: layout.tail,
        slots: slot_views(&layout.slots, &slots),
        number_name,
        event,
        room,
        calls,
        texts,
        saved_type,
        saved,
        programs,
    }
}

fn slot_views(slots: &[Slot], idents: &[Option<String>]) -> Vec<SlotView> {
    let pairs = slots.iter().zip(idents);
    pairs
        .filter_map(|(slot, ident)| {
            let ty = match slot.kind {
                SlotKind::Signed(_) => "i64",
                SlotKind::Comm => "Comm",
                SlotKind::Text(_)
                | SlotKind::Bytes(_)
                | SlotKind::Strings(_)
                | SlotKind::Path(_)
                | SlotKind::Stack(_) => "Text",
                SlotKind::UserAddress => "UserAddress",
                _ => "u64",
            };
            Some(SlotView { ident: ident.clone()?, ty })
        })
        .collect()
}

/// Places and texts of the config, fit for comments.
struct Comments<'a> {
    /// The file's name without its folder: the text does not depend on where it lies.
    file: String,
    text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Comments<'a> {
    fn new(plan: &'a Plan) -> Self {
        let path = std::path::Path::new(&plan.source.path);
        let file = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let text = plan.source.text.as_str();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { file: harmless(&file), text, line_starts }
    }

    /// `unlink.yaml:9`.
    fn place(&self, span: Span) -> String {
        let line = self.line_starts.partition_point(|start| *start <= span.start);
        format!("{}:{line}", self.file)
    }

    /// `unlink.yaml:9: ` and the text there, on one line that is not too long.
    fn quote(&self, label: &str, span: Span) -> String {
        const LONGEST: usize = 60;
        let text = self.text.get(span.start..span.end).unwrap_or_default();
        let mut text = harmless(&text.split_whitespace().collect::<Vec<_>>().join(" "));
        if text.chars().count() > LONGEST {
            text = text.chars().take(LONGEST).chain(" \u{2026}".chars()).collect();
        }
        format!("{}: {label}{text}", self.place(span))
    }
}

/// Text without what could end a comment or deceive its reader, and without blanks at its end.
fn harmless(text: &str) -> String {
    let kept = text.chars().map(|c| match c {
        c if c.is_control() || crate::render::is_deceptive(c) => '\u{fffd}',
        c => c,
    });
    kept.collect::<String>().trim_end().to_owned()
}
