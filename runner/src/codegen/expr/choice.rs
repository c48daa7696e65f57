//! `?:`: only what C evaluates is evaluated, so each side's `let`s stay in a block of their own.

use crate::expr::Typed;

use super::Writer;
use super::text::{Block, OPERANDS_MAX, Text, is_name, named, with_last};

/// Writes one side of a choice.
type Side<'w> = fn(&mut Writer<'w>, &Typed, &mut Block) -> Text;

impl<'w> Writer<'w> {
    /// The value of the side that the condition chooses, under a name.
    pub(super) fn choose(
        &mut self,
        condition: &Typed,
        yes: &Typed,
        no: &Typed,
        side: Side<'w>,
        block: &mut Block,
    ) -> Text {
        let inner = |writer: &mut Self, typed: &Typed, block: &Block| {
            let mut inner = Block { lines: Vec::new(), ..block.clone() };
            let text = side(writer, typed, &mut inner);
            (inner, text.text)
        };
        let condition = self.chosen_by(condition, block);
        let (yes, no) = (inner(self, yes, block), inner(self, no, block));
        Text::atom(alternatives(condition, yes, no, "value", block))
    }

    /// The same of strings that are read.
    pub(super) fn choose_string(
        &mut self,
        condition: &Typed,
        yes: &Typed,
        no: &Typed,
        max: u32,
        block: &mut Block,
    ) -> String {
        let condition = self.chosen_by(condition, block);
        let mut inner = |typed: &Typed, block: &Block| {
            let mut inner = Block { lines: Vec::new(), ..block.clone() };
            let mut last = self.string(typed, max, &mut inner);
            if last.whole().len() > OPERANDS_MAX && !is_name(&last.inner) {
                last.inner = named(Text::atom(&last.inner), last.name, &mut inner).text;
            }
            let read = last.whole();
            // A read gives a `Read`; what is `Ok` already is taken out of it.
            let read = match read.strip_prefix("Ok(").and_then(|rest| rest.strip_suffix(')')) {
                Some(text) => text.to_owned(),
                None => format!("{read}?"),
            };
            (inner, read)
        };
        let (yes, no) = (inner(yes, block), inner(no, block));
        alternatives(condition, yes, no, "text", block)
    }

    fn chosen_by(&mut self, condition: &Typed, block: &mut Block) -> String {
        let condition = self.truth(condition, block);
        match condition.text.len() > OPERANDS_MAX / 2 {
            true => named(condition, "condition", block).text,
            false => condition.text,
        }
    }
}

/// Puts `let NAME = if condition { yes } else { no };` into the block, and gives the name. It is on
/// one line where rustfmt wants it there: where it fits, and neither side has statements.
fn alternatives(
    condition: String,
    (mut yes, yes_text): (Block, String),
    (no, no_text): (Block, String),
    hint: &str,
    block: &mut Block,
) -> String {
    let name = block.names.unique(hint);
    let short = condition.len() + yes_text.len() + no_text.len() <= OPERANDS_MAX;
    if yes.lines.is_empty() && no.lines.is_empty() {
        if short {
            let line =
                format!("let {name} = if {condition} {{ {yes_text} }} else {{ {no_text} }};");
            block.lines.push(line);
            return name;
        }
        if !is_name(&yes_text) {
            // A statement keeps the whole on several lines, however long they are.
            let inner = yes.names.unique("chosen");
            yes.lines.push(format!("let {inner} = {yes_text};"));
            let lines = [yes.lines, vec![inner]].concat();
            push(&name, &condition, lines, with_last(no.lines, no_text), block);
            return name;
        }
    }
    push(&name, &condition, with_last(yes.lines, yes_text), with_last(no.lines, no_text), block);
    name
}

fn push(name: &str, condition: &str, yes: Vec<String>, no: Vec<String>, block: &mut Block) {
    let inner = |lines: Vec<String>| lines.into_iter().map(|line| format!("    {line}"));
    block.lines.push(format!("let {name} = if {condition} {{"));
    block.lines.extend(inner(yes));
    block.lines.push("} else {".to_owned());
    block.lines.extend(inner(no));
    block.lines.push("};".to_owned());
}
