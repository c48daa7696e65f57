//! One planned program to the pieces that its template puts together.

use serde::Serialize;

use crate::expr::{Native, Node};
use crate::hook::AttachTo;
use crate::layout::SlotKind;
use crate::plan::{Condition, Context, Probe, Program, Role, Tasks, Value};

use super::expr::{Block, COMM, COMM_KEPT, Last, Writer};
use super::names::Names;
use super::symbols::Symbols;
use super::{Comments, harmless};

/// The column that rustfmt keeps to.
const WIDTH: usize = 100;
/// How far the lines of a function's body are indented.
const INDENT: usize = 4;

/// What is common to the programs of a probe.
pub struct Surroundings<'a> {
    pub probe: &'a Probe,
    pub tasks: Tasks,
    pub comments: &'a Comments<'a>,
    /// By slot: its field in the record, if it has one.
    pub slots: &'a [Option<String>],
    pub saved: &'a [String],
    pub number_name: &'a str,
    pub event: &'a str,
    pub room: Option<&'a str>,
    pub calls: Option<&'a str>,
}

/// What the template of a function sees.
#[derive(Serialize)]
pub struct Function {
    r#macro: &'static str,
    name: String,
    section: String,
    about: String,
    context: &'static str,
    context_used: bool,
    guard: Option<&'static str>,
    /// Completes the event of a call.
    returns: bool,
    /// Of what completes the event of a call: every call was kept at its entry.
    all_kept: bool,
    /// Begins the event of a call.
    keeps: bool,
    latency_used: bool,
    /// Leaves conditions to the return.
    leaves: bool,
    conditions: Vec<Statement>,
    /// Takes the scratch map's room and clears it.
    fresh: bool,
    values: Vec<Statement>,
    /// Sends a structure literal that is put together on the stack.
    literal: Vec<String>,
    number_name: String,
    room: Option<String>,
    calls: Option<String>,
    null_words: usize,
    tail: usize,
}

/// Lines under a comment.
#[derive(Serialize)]
struct Statement {
    comment: Option<String>,
    lines: Vec<String>,
}

impl Statement {
    fn new(comment: Option<String>, lines: Vec<String>) -> Self {
        Self { comment, lines: lines.into_iter().flat_map(broken).collect() }
    }
}

/// A `let` that is too long for its line, with its value on the next, as rustfmt has it.
fn broken(line: String) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    // rustfmt leaves two columns free behind a chain of calls.
    let width = if line.contains(").step(") { WIDTH - 2 } else { WIDTH };
    match line.split_once(" = ") {
        Some((name, value))
            if INDENT + line.len() > width
                && name.trim_start().starts_with("let ")
                && value.ends_with(';') =>
        {
            vec![format!("{name} ="), format!("{:indent$}    {value}", "")]
        }
        _ => vec![line],
    }
}

/// A field of a structure literal.
struct Part {
    comment: Option<String>,
    text: String,
}

/// The pieces of `program`.
pub fn function(
    program: &Program,
    around: &Surroundings,
    text_room: Option<&str>,
    symbols: &mut Symbols,
) -> Function {
    let multi = matches!(
        program.attach.first(),
        Some(AttachTo::KprobeMulti { .. } | AttachTo::UprobeMulti { .. })
    );
    let steps = around.probe.steps.conditions.as_slice();
    let pattern_text = around.probe.pattern_text;
    let saved = around.saved;
    let mut writer = Writer { symbols, saved, multi, steps, pattern_text, text_room, comm: COMM };
    let mut kept = (comms(program) > 1).then(|| format!("let {COMM_KEPT} = {COMM};"));
    let returns = program.role == Role::Return;
    let on_stack = around.room.is_none();
    let all_kept = returns && keeps_all(around.probe);
    let mut conditions = Vec::new();
    for one in &program.conditions {
        let keep = kept.take_if(|_| one.typed.any(|typed| is_comm(&typed.node)));
        if keep.is_some() {
            writer.comm = COMM_KEPT;
        }
        let mut condition = condition(one, program, around, &mut writer);
        condition.lines.splice(0..0, keep);
        conditions.push(condition);
    }
    let mut values = Vec::new();
    if let Some(keep) = kept {
        writer.comm = COMM_KEPT;
        values.push(Statement::new(None, vec![keep]));
    }
    let mut parts = Vec::new();
    let mut variables = Names::of_variables();
    if program.role == Role::Entry {
        values.extend(saves(program, around, &mut writer));
    }
    for value in &program.values {
        writer.steps = around.probe.steps.of(value.slot);
        match on_stack {
            true => {
                let (before, part) = stack_value(value, around, &mut writer, &mut variables);
                values.extend(before);
                parts.push(part);
            }
            false => values.push(room_value(value, around, &mut writer)),
        }
    }
    if on_stack && around.probe.layout.null_words > 0 {
        values.insert(0, Statement::new(None, vec!["let mut nulls = Nulls::none();".into()]));
        parts.insert(0, Part { comment: None, text: "nulls".into() });
    }
    let uses = |test: &dyn Fn(&Node) -> bool| program.uses(test);
    let (r#macro, context) = match program.context {
        Context::Kprobe => ("kprobe", "Kprobe"),
        Context::Kretprobe => ("kretprobe", "Kretprobe"),
        Context::Fentry => ("fentry", "Trampoline"),
        Context::Fexit => ("fexit", "Trampoline"),
        Context::Tracepoint => ("tracepoint", "Tracepoint"),
        Context::Uprobe | Context::Usdt => ("uprobe", "Uprobe"),
        Context::Uretprobe => ("uretprobe", "Uretprobe"),
        Context::PerfEvent | Context::Interval => ("perf_event", "PerfEvent"),
        Context::RawTracepoint => ("raw_tracepoint", "RawTracepoint"),
    };
    Function {
        r#macro,
        name: program.name.clone(),
        section: section(program),
        about: about(program, around),
        context,
        context_used: around.calls.is_some()
            || uses(&|node| match node {
                Node::Arg(_) | Node::Retval => true,
                Node::Native(Native::Func) => multi,
                Node::Native(Native::KernelStack | Native::UserStack) => true,
                _ => false,
            }),
        guard: ((!returns || all_kept) && program.context != Context::Interval)
            .then(|| guard(around.tasks)),
        returns,
        all_kept,
        keeps: program.role == Role::Entry,
        latency_used: uses(&|node| matches!(node, Node::Latency)),
        leaves: program.role == Role::Entry
            && program.conditions.iter().any(|condition| condition.left.is_some()),
        conditions,
        fresh: !on_stack && !returns,
        values,
        literal: if on_stack { literal(around, parts) } else { Vec::new() },
        number_name: around.number_name.to_owned(),
        room: around.room.map(str::to_owned),
        calls: around.calls.map(str::to_owned),
        null_words: around.probe.layout.null_words,
        tail: around.probe.layout.tail,
    }
}

/// Whether the entries of a probe leave no call out, so that a return without one shows a loss. Of
/// system calls there are always some under way when it starts.
fn keeps_all(probe: &Probe) -> bool {
    let mut entries = probe.programs.iter().filter(|program| program.role == Role::Entry);
    entries.all(|entry| entry.conditions.is_empty() && entry.begins_call())
}

/// Whose events are left out.
fn guard(tasks: Tasks) -> &'static str {
    match tasks {
        Tasks::All => "is_self()",
        Tasks::Process => "!is_wanted()",
        Tasks::Family => "!in_family()",
    }
}

/// What follows the kind in the section's name: the first place, as libbpf writes it.
fn section(program: &Program) -> String {
    let place = program.attach.first().map(ToString::to_string).unwrap_or_default();
    let target = place.split_once(':').map_or(place.as_str(), |(_, target)| target);
    match program.context {
        Context::Tracepoint => target.replacen(':', "/", 1),
        // Paths and symbols hold what could end the literal, or the section's name.
        Context::Uprobe | Context::Uretprobe | Context::Usdt => {
            let fits = |c: char| c.is_ascii_alphanumeric() || "_/.:+-@".contains(c);
            target.chars().map(|c| if fits(c) { c } else { '_' }).take(200).collect()
        }
        Context::PerfEvent | Context::Interval => place,
        _ => target.to_owned(),
    }
}

fn about(program: &Program, around: &Surroundings) -> String {
    const SHOWN: usize = 3;
    let probe = &around.probe.name;
    let what = match program.role {
        Role::Event => format!("An event of `{probe}`"),
        Role::Entry => format!("`{probe}`, what is read at entry"),
        Role::Return => format!("`{probe}`, what is read at return"),
    };
    let more = program.attach.len().saturating_sub(SHOWN);
    let mut places: Vec<String> =
        program.attach.iter().take(SHOWN).map(|at| harmless(&at.to_string())).collect();
    if more > 0 {
        places.push(format!("{more} more"));
    }
    format!("{what}; {}: {}", around.comments.place(program.span), places.join(", "))
}

/// How often the program's expressions name the thread.
fn comms(program: &Program) -> usize {
    let mut count = 0;
    for typed in program.expressions() {
        typed.walk(&mut |typed| count += usize::from(is_comm(&typed.node)));
    }
    count
}

fn is_comm(node: &Node) -> bool {
    matches!(node, Node::Native(Native::Comm))
}

fn condition(
    condition: &Condition,
    program: &Program,
    around: &Surroundings,
    writer: &mut Writer,
) -> Statement {
    let typed = &condition.typed;
    let comment = Some(around.comments.quote("where: ", typed.span));
    let mut block = Block::default();
    if !typed.may_fail() {
        let refusal = writer.refusal(typed, &mut block);
        let mut lines = block.lines;
        lines.extend([format!("if {refusal} {{"), "    return None;".into(), "}".into()]);
        return Statement::new(comment, lines);
    }
    let holds = writer.condition(typed, &mut block);
    let probe = around.number_name;
    let head = match (condition.left, program.role) {
        (None, _) => format!("require({probe}, "),
        (Some(bit), Role::Entry) => format!("postponed |= require_or_postpone({bit}, "),
        (Some(bit), _) => format!("record.head.require_postponed({bit}, {probe}, "),
    };
    let lines = closure(&head, block, &holds, ")?;");
    Statement::new(comment, lines)
}

/// The statement that sends the structure of `parts`, on one line where rustfmt wants it there.
fn literal(around: &Surroundings, parts: Vec<Part>) -> Vec<String> {
    let head = Part { comment: None, text: format!("head: Head::new({})", around.number_name) };
    let parts: Vec<Part> = std::iter::once(head).chain(parts).collect();
    if parts.iter().all(|part| part.comment.is_none()) {
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        let line = format!("EVENTS.send(&{} {{ {} }});", around.event, texts.join(", "));
        if INDENT + line.len() <= WIDTH {
            return vec![line];
        }
    }
    let mut lines = vec![format!("EVENTS.send(&{} {{", around.event)];
    for part in parts {
        lines.extend(part.comment.map(|comment| format!("    // {comment}")));
        lines.push(format!("    {},", part.text));
    }
    lines.push("});".to_owned());
    lines
}

/// `HEAD|| LAST TAIL` on one line where it fits, else as a block of statements.
fn closure(head: &str, block: Block, last: &Last, tail: &str) -> Vec<String> {
    let one_line = format!("{head}|| {}{tail}", last.whole());
    if block.lines.is_empty() && INDENT + one_line.len() <= WIDTH {
        return vec![one_line];
    }
    let mut lines = vec![format!("{head}|| {{")];
    lines.extend(block.lines.iter().map(|line| format!("    {line}")));
    if block.lines.is_empty() {
        lines.push(format!("    let {} = {};", last.name, last.inner));
        lines.push(format!("    {}{}{}", last.before, last.name, last.after));
    } else {
        lines.push(format!("    {}", last.whole()));
    }
    lines.push(format!("}}{tail}"));
    lines
}

fn saves(program: &Program, around: &Surroundings, writer: &mut Writer) -> Option<Statement> {
    let mut block = Block::default();
    let mut lines = Vec::new();
    for (index, typed) in &program.saves {
        let name = &around.saved[*index];
        let value = writer.word(typed, &mut block);
        lines.push(format!("record.saved.{name} = {value};"));
    }
    (!lines.is_empty()).then_some(Statement::new(None, lines))
}

/// The comment of a field, unless the field is no more than its name.
fn comment(value: &Value, around: &Surroundings) -> Option<String> {
    let slot = &around.probe.layout.slots[value.slot];
    let quoted = around.comments.quote("", value.span);
    let bare = quoted.ends_with(&format!(": {}", slot.name));
    (!bare).then_some(quoted)
}

/// What a slot gets; what may come to nothing as a `Read`.
fn computed(value: &Value, around: &Surroundings, writer: &mut Writer, block: &mut Block) -> Last {
    let slot = &around.probe.layout.slots[value.slot];
    if let SlotKind::Text(max)
    | SlotKind::Bytes(max)
    | SlotKind::Strings(max)
    | SlotKind::Path(max)
    | SlotKind::Stack(max) = slot.kind
    {
        return writer.string(&value.typed, max, block);
    }
    writer.slot(&value.typed, block)
}

/// A field of a record that is built in the scratch map or waits among the calls.
fn room_value(value: &Value, around: &Surroundings, writer: &mut Writer) -> Statement {
    let slot = &around.probe.layout.slots[value.slot];
    let ident = around.slots[value.slot].as_deref().unwrap_or_default();
    let mut block = Block::default();
    let last = computed(value, around, writer, &mut block);
    let lines = match slot.null_index {
        Some(index) if value.retry => {
            let head = format!("record.nulls.retry({index}, &mut record.{ident}, ");
            closure(&head, block, &last, ");")
        }
        Some(index) => {
            let head = format!("record.{ident} = record.nulls.read({index}, ");
            closure(&head, block, &last, ");")
        }
        None => {
            let mut lines = block.lines;
            lines.push(format!("record.{ident} = {};", last.whole()));
            lines
        }
    };
    Statement::new(comment(value, around), lines)
}

/// A field of a structure literal; what may come to nothing is read before it.
fn stack_value(
    value: &Value,
    around: &Surroundings,
    writer: &mut Writer,
    variables: &mut Names,
) -> (Option<Statement>, Part) {
    let slot = &around.probe.layout.slots[value.slot];
    let ident = around.slots[value.slot].clone().unwrap_or_default();
    let comment = comment(value, around);
    let nothing = Part { comment: None, text: String::new() };
    let named = |variable: String| match variable == ident {
        true => Part { text: variable, ..nothing },
        false => Part { text: format!("{ident}: {variable}"), ..nothing },
    };
    let Some(index) = slot.null_index else {
        let mut block = Block::beside(variables.clone());
        let text = computed(value, around, writer, &mut block).whole();
        let part = if text == ident { text.clone() } else { format!("{ident}: {text}") };
        if block.lines.is_empty() && 2 * INDENT + part.len() < WIDTH {
            return (None, Part { comment, text: part });
        }
        let mut lines = std::mem::take(&mut block.lines);
        *variables = block.into_names();
        let variable = variables.unique(&slot.name);
        lines.push(format!("let {variable} = {text};"));
        return (Some(Statement::new(comment, lines)), named(variable));
    };
    let mut block = Block::default();
    let last = computed(value, around, writer, &mut block);
    let variable = variables.unique(&slot.name);
    let head = format!("let {variable} = nulls.read({index}, ");
    let read = Statement::new(comment, closure(&head, block, &last, ");"));
    (Some(read), named(variable))
}
