//! Conditions: comparisons, `&&`, `||`, `!`, and strings against literals.

use crate::expr::{Arg, ArgPlace, Comparison, Fit, Native, Node, Type, Typed};

use super::text::{
    Block, OPERANDS_MAX, Strength, Text, byte_string, fitted, hint, is_name, literal, named,
    with_last,
};
use super::{Writer, space_name};

impl Writer<'_> {
    pub(super) fn truth(&mut self, typed: &Typed, block: &mut Block) -> Text {
        match &typed.node {
            Node::Compare(op, x, y) => self.compare(*op, x, y, block),
            Node::Truth(x) => {
                let x = self.value(x, block).left_of("!=", Strength::BitOr);
                Text::new(format!("{x} != 0"), Strength::Compare)
            }
            Node::Not(x) => self.not(x, block),
            Node::And(x, y) => self.logic("&&", Strength::And, x, y, block),
            Node::Or(x, y) => self.logic("||", Strength::Or, x, y, block),
            Node::TextFits(x, Fit::Pattern, pattern) => self.fits_pattern(typed, x, pattern, block),
            Node::TextFits(x, fit, literal) => self.same_text(x, *fit, literal, block),
            Node::Choose(condition, yes, no) if typed.is_truth() => {
                self.choose(condition, yes, no, Self::truth, block)
            }
            // Typing makes a truth of everything else that is tested.
            _ => Text::new(format!("{} != 0", self.value(typed, block).text), Strength::Compare),
        }
    }

    pub(super) fn not(&mut self, typed: &Typed, block: &mut Block) -> Text {
        match &typed.node {
            Node::Compare(op, x, y) => {
                let opposite = match op {
                    Comparison::Lt => Comparison::Ge,
                    Comparison::Le => Comparison::Gt,
                    Comparison::Gt => Comparison::Le,
                    Comparison::Ge => Comparison::Lt,
                    Comparison::Eq => Comparison::Ne,
                    Comparison::Ne => Comparison::Eq,
                };
                self.compare(opposite, x, y, block)
            }
            Node::Truth(x) => {
                let x = self.value(x, block).left_of("==", Strength::BitOr);
                Text::new(format!("{x} == 0"), Strength::Compare)
            }
            Node::Not(x) => self.truth(x, block),
            _ => {
                let x = self.truth(typed, block).at_least(Strength::Unary);
                Text::new(format!("!{x}"), Strength::Unary)
            }
        }
    }

    fn compare(&mut self, op: Comparison, x: &Typed, y: &Typed, block: &mut Block) -> Text {
        let sign = op.sign();
        let text = match (&x.node, &y.node) {
            // Known here, and better to read so.
            (Node::Int(a), Node::Int(b)) if matches!(op, Comparison::Eq | Comparison::Ne) => {
                return Text::atom(((a == b) == (op == Comparison::Eq)).to_string());
            }
            // Both sides are unsigned, and the library gives 64 bits: no casts are needed.
            (Node::Native(native), Node::Int(value)) => {
                format!("{} {sign} {value}", self.native(*native, x))
            }
            (_, Node::Int(value)) => {
                let value = literal(*value, y.int(), matches!(x.node, Node::Int(_)));
                format!("{} {sign} {value}", self.value(x, block).left_of(sign, Strength::BitOr))
            }
            _ => {
                let (a, b) = (self.value(x, block), self.value(y, block));
                let (x, y) = fitted((a, x), (b, y), block);
                let x = x.left_of(sign, Strength::BitOr);
                format!("{x} {sign} {}", y.at_least(Strength::BitOr))
            }
        };
        Text::new(text, Strength::Compare)
    }

    /// The right side is evaluated only where C does, so its `let`s stay in a block of their own.
    fn logic(
        &mut self,
        sign: &str,
        strength: Strength,
        x: &Typed,
        y: &Typed,
        block: &mut Block,
    ) -> Text {
        let left = self.truth(x, block);
        let mut inner = Block { lines: Vec::new(), ..block.clone() };
        let tighter = if strength == Strength::Or { Strength::And } else { Strength::Compare };
        let right = self.truth(y, &mut inner);
        let long = left.text.len() + right.text.len() > OPERANDS_MAX;
        let left = match long && left.text.len() > OPERANDS_MAX / 2 {
            true => named(left, hint(x), block),
            false => left,
        };
        let left = left.at_least(strength);
        if inner.lines.is_empty() {
            let right = right.at_least(tighter);
            return Text::new(format!("{left} {sign} {right}"), strength);
        }
        let lines = with_last(inner.lines, right.text);
        let name = block.names.unique(if strength == Strength::Or { "either" } else { "both" });
        block.lines.push(format!("let {name} = {left} {sign} {{"));
        block.lines.extend(lines.iter().map(|line| format!("    {line}")));
        block.lines.push("};".to_owned());
        Text::atom(name)
    }

    fn same_text(&mut self, x: &Typed, fit: Fit, text: &[u8], block: &mut Block) -> Text {
        let quoted = format!("literal!({})", byte_string(text));
        let short = |address: Text, block: &mut Block| {
            let long = address.text.len() + quoted.len() > OPERANDS_MAX;
            let address = match long && !is_name(&address.text) {
                true => named(address, "address", block),
                false => address,
            };
            address.text
        };
        let step = self.step(x);
        let (address, space) = match &x.node {
            Node::Native(Native::Comm) => {
                let call = if fit == Fit::Start { "starts_with" } else { "is" };
                return Text::atom(format!("{}.{call}({quoted})", self.comm));
            }
            Node::ReadText { address, space, .. } => {
                let address = self.value(address, block);
                (short(address, block), space_name(*space))
            }
            Node::Member(_) | Node::Deref { .. } => {
                let len = if let Type::Array(_, len) = x.ty { len as usize } else { 0 };
                let (space, address) = self.place(x, block);
                let space = space_name(space);
                let address = short(address, block);
                let call = chars_call(fit, len, text);
                return Text::atom(format!("{space}_{call}({address}, {quoted}){step}?"));
            }
            Node::Arg(Arg { place: ArgPlace::DataLoc { offset }, name }) => {
                let name = block.names.unique(name);
                block.lines.push(format!("let ({name}, _len) = ctx.data_loc::<{offset}>();"));
                (name, "own")
            }
            Node::Arg(Arg { place: ArgPlace::Inline { offset, len }, .. }) => {
                let call = chars_call(fit, *len as usize, text);
                return Text::atom(format!("own_{call}(ctx.address({offset}), {quoted}){step}?"));
            }
            // Typing gives text from nowhere else.
            _ => return Text::atom("false"),
        };
        let call = if fit == Fit::Start { "str_starts_with" } else { "str_is" };
        Text::atom(format!("{space}_{call}({address}, {quoted}){step}?"))
    }

    /// Reads the text into the program's room and holds it against the pattern.
    fn fits_pattern(
        &mut self,
        typed: &Typed,
        x: &Typed,
        pattern: &[u8],
        block: &mut Block,
    ) -> Text {
        let chars = |len: u32| ("chars", len);
        let string = ("str", self.pattern_text);
        let (space, address, (call, max)) = match &x.node {
            Node::Native(_) => ("own", Text::atom(format!("{}.address()", self.comm)), chars(16)),
            Node::ReadText { address, space, max } => {
                let max = max.unwrap_or(self.pattern_text);
                (space_name(*space), self.value(address, block), ("str", max))
            }
            Node::Member(_) | Node::Deref { .. } => {
                let read = if let Type::Array(_, len) = x.ty { chars(len) } else { string };
                let (space, address) = self.place(x, block);
                (space_name(space), address, read)
            }
            Node::Arg(Arg { place: ArgPlace::DataLoc { offset }, name }) => {
                let name = block.names.unique(name);
                block.lines.push(format!("let ({name}, _len) = ctx.data_loc::<{offset}>();"));
                ("own", Text::atom(name), string)
            }
            Node::Arg(Arg { place: ArgPlace::Inline { offset, len }, .. }) => {
                ("own", Text::atom(format!("ctx.address({offset})")), chars(*len))
            }
            // Typing gives text from nowhere else.
            _ => return Text::atom("false"),
        };
        let room = self.text_room.unwrap_or_default();
        let address = match is_name(&address.text) || address.text.len() < OPERANDS_MAX / 2 {
            true => address,
            false => named(address, "address", block),
        };
        let step = if x.step().is_some() { self.step(x) } else { self.step(typed) };
        let call = format!("{room}.{space}_{call}({}, {}){step}?", address.text, max);
        let text = named(Text::atom(call), "text", block);
        let fits = Text::atom(format!("{}.fits(glob!({}))", text.text, byte_string(pattern)));
        if fits.text.len() > OPERANDS_MAX { named(fits, "fits", block) } else { fits }
    }
}

/// What compares a `char[len]` with text: one that it fills has no NUL after it.
fn chars_call(fit: Fit, len: usize, text: &[u8]) -> &'static str {
    // Typing refuses longer texts.
    if fit == Fit::Whole && text.len() < len { "str_is" } else { "str_starts_with" }
}
