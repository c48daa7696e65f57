//! Drafted probes to the text of a config.

use super::args::Known;
use super::fields::{Field, Line, declaration};
use super::{Probe, Variant, meaning};
use crate::author::place::Place;
use crate::check;
use crate::config::{in_block, in_flow};
use crate::diag::plural;
use crate::facts::Facts;
use crate::hook::Form;
use crate::plan::resolve::Resolved;

/// Descriptions of several probes are cut off after so many.
const DESCRIBED: usize = 3;

/// The text of a config with those probes.
pub fn config(name: Option<&str>, probes: &[Probe], facts: &dyn Facts) -> String {
    let places: Vec<&Place> =
        probes.iter().flat_map(|probe| &probe.variants).map(|variant| &variant.place).collect();
    let hooks: Vec<String> = places.iter().map(|place| shell(&place.hook.to_string())).collect();
    let mut text = String::new();
    let (first, more) = (hooks.first().map_or("", String::as_str), hooks.len().saturating_sub(1));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    text.push_str(&format!("# Drafted for {first}{more} on Linux {}.\n", facts.release()));
    text.push_str(&format!("# What else can be named there: runner fields {first}\n"));
    let name = name.or(probes.first().map(|probe| probe.name.as_str())).unwrap_or("config");
    text.push_str("version: 1\n");
    text.push_str(&format!("name: {}\n", in_block(name)));
    text.push_str(&format!("description: {}\n\nprobes:\n", in_block(&description(&places))));
    for (index, probe) in probes.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        write_probe(probe, facts, &mut text);
    }
    text
}

/// `text` as one word of a shell.
fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/+@,=".contains(c);
    match text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn description(places: &[&Place]) -> String {
    let mut said: Vec<String> = places.iter().map(|place| meaning(&place.hook)).collect();
    said.dedup();
    let more = said.len().saturating_sub(DESCRIBED);
    said.truncate(DESCRIBED);
    let mut text = said.join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => text,
    }
}

fn write_probe(probe: &Probe, facts: &dyn Facts, text: &mut String) {
    text.push_str(&format!("  - name: {}\n", in_block(&probe.name)));
    let alone =
        probe.variants.iter().all(|variant| variant.own.is_empty() && variant.args.is_empty());
    match (probe.variants.as_slice(), alone) {
        ([only], _) => {
            about(only, facts, "    ", text);
            text.push_str(&format!("    hook: {}\n", hooks(&only.hooks)));
            write_args(only, "    ", text);
        }
        (several, true) => {
            left_out(several, "    ", text);
            let all: Vec<String> =
                several.iter().flat_map(|variant| variant.hooks.iter().cloned()).collect();
            text.push_str(&format!("    hook: {}\n", hooks(&all)));
        }
        (several, false) => {
            text.push_str("    any:\n");
            for variant in several {
                left_out(std::slice::from_ref(variant), "      ", text);
                about(variant, facts, "      ", text);
                let hook = hooks(&variant.hooks);
                text.push_str(&format!("      - hook: {hook}\n"));
                write_args(variant, "        ", text);
                if !variant.own.is_empty() {
                    text.push_str("        fields:\n");
                    write_lines(&variant.own, "          ", text);
                }
            }
        }
    }
    condition(probe, text);
    text.push_str("    fields:\n");
    write_lines(&probe.shared, "      ", text);
}

/// `args:`, where the hook does not bring them.
fn write_args(variant: &Variant, indent: &str, text: &mut String) {
    let entry = |(name, ty): &(String, &str)| format!("{name}: {}", in_flow(ty));
    let all: Vec<String> = variant.args.iter().map(entry).collect();
    if !all.is_empty() {
        text.push_str(&format!("{indent}args: {{{}}}\n", all.join(", ")));
    }
}

fn left_out(variants: &[Variant], indent: &str, text: &mut String) {
    for variant in variants.iter().filter(|variant| !variant.left_out.is_empty()) {
        let names = variant.left_out.join(", ");
        text.push_str(&format!("{indent}# Only {} has {names}.\n", variant.place.hook));
    }
}

/// One hook, or a list of alternatives.
fn hooks(hooks: &[String]) -> String {
    match hooks {
        [only] => in_block(only),
        several => {
            let all: Vec<String> = several.iter().map(|hook| in_flow(hook)).collect();
            format!("[{}]", all.join(", "))
        }
    }
}

/// Comments on what a hook is.
fn about(variant: &Variant, facts: &dyn Facts, indent: &str, text: &mut String) {
    let place = &variant.place;
    let known = place.hook.to_string();
    for other in variant.hooks.iter().filter(|hook| **hook != known) {
        text.push_str(&format!("{indent}# Not known here, taken to be like {known}: {other}\n"));
    }
    if let Some(signature) = signature(place, facts) {
        text.push_str(&format!("{indent}# {signature}\n"));
    }
    if place.is_glob() {
        text.push_str(&format!("{indent}# {}.\n", plural(place.sites.len(), "place")));
    }
    if let Some(why) = &place.unavailable {
        text.push_str(&format!("{indent}# Not here: {why}\n"));
    }
    let said = match variant.known {
        Known::Nothing => {
            "The function may take less: name and type what it does, as `path: \"const char *\"`."
        }
        Known::Registers => "What the registers hold there.",
        Known::Own | Known::Declaration => return,
    };
    text.push_str(&format!("{indent}# {said}\n"));
}

/// The declaration of a kernel function.
fn signature(place: &Place, facts: &dyn Facts) -> Option<String> {
    let Resolved::Functions(functions) = &place.resolved else { return None };
    if place.is_glob() {
        return None;
    }
    let function = functions.list.first()?;
    let (_, proto) = function.proto.as_ref().ok()?;
    let btf = facts.btf().ok()?;
    let parameter = |param: crate::facts::btf::Param| match param.ty {
        crate::facts::btf::TypeId::VOID => "…".to_owned(),
        ty => declaration(&btf.type_name(ty), param.name),
    };
    let parameters: Vec<String> = btf.params(*proto).map(parameter).collect();
    let parameters = if parameters.is_empty() { "void".into() } else { parameters.join(", ") };
    let returned = place.returned(Some(btf))?;
    let space = if returned.ends_with('*') { "" } else { " " };
    Some(format!("{returned}{space}{}({parameters})", function.name))
}

/// A condition: one that is tested where a hook fires all the time, else one to be tried.
fn condition(probe: &Probe, text: &mut String) {
    let hot = probe.variants.iter().find_map(|variant| check::hot(&variant.place.hook));
    if let Some((name, when)) = hot {
        text.push_str(&format!("    # {name} fires {when}: choose what is wanted of it.\n"));
        text.push_str("    where: comm == \"bash\"\n");
    } else if let Some(condition) = suggestion(probe) {
        text.push_str(&format!("    # where: {condition}\n"));
    }
}

/// A condition that narrows the events.
fn suggestion(probe: &Probe) -> Option<String> {
    let mut own = probe.variants.iter().flat_map(|variant| &variant.own);
    let mut all = probe.shared.iter().chain(&mut own).filter_map(|line| match line {
        Line::Field(field) => Some(field),
        Line::Comment(_) => None,
    });
    let has = |name: &str| probe.shared.iter().any(|line| is_field(line, name));
    let sampled =
        probe.variants.iter().any(|variant| variant.place.hook.kind.row().form == Form::Pace);
    if sampled {
        // Process 0 is an idle processor.
        return has("pid").then(|| "pid != 0".to_owned());
    }
    let signed = |field: &Field| matches!(field.kind, crate::layout::SlotKind::Signed(_));
    // A tracepoint may have a field of that name.
    let fails =
        all.any(|field| field.name == "ret" && field.expr.contains("retval") && signed(field));
    Some(match (fails, has("latency")) {
        (true, _) => "comm == \"bash\" && retval < 0".into(),
        (false, true) => "comm == \"bash\" && latency > 1ms".into(),
        (false, false) => "comm == \"bash\"".into(),
    })
}

fn is_field(line: &Line, name: &str) -> bool {
    matches!(line, Line::Field(field) if field.name == name)
}

fn write_lines(lines: &[Line], indent: &str, text: &mut String) {
    for line in lines {
        match line {
            Line::Comment(comment) => text.push_str(&format!("{indent}# {comment}\n")),
            Line::Field(Field { name, expr, comment, max, shown, .. }) => {
                let comment = comment.as_ref().map(|text| format!(" # {text}")).unwrap_or_default();
                let max = max.map(|max| format!(", max: {max}"));
                let shown = shown.map(|shown| format!(", as: {shown}"));
                let entry = match max.into_iter().chain(shown).collect::<String>() {
                    more if !more.is_empty() => {
                        format!("{}: {{expr: {}{more}}}", in_block(name), in_flow(expr))
                    }
                    _ if name == expr => in_block(name),
                    _ => format!("{}: {}", in_block(name), in_block(expr)),
                };
                text.push_str(&format!("{indent}- {entry}{comment}\n"));
            }
        }
    }
}
