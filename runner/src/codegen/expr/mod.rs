//! Typed expressions to Rust text.
//!
//! Pointer steps become `let`s of a [`Block`], so that the text reads as a person would write it;
//! what may come to nothing uses `?`, so a block with reads stands in a closure or function that
//! gives a `Read`.

mod argument;
mod choice;
mod place;
mod text;
mod truth;

use crate::expr::{Arg, ArgPlace, Arith, Bytes, Int, Native, Node, Space, Step, Type, Typed};

use super::symbols::Symbols;
use argument::argument;
pub use text::{Block, Last, rust_int};
use text::{
    OPERANDS_MAX, Strength, Text, byte_string, fitted, hint, is_name, literal, named, narrowed,
    number,
};

/// Writes the expressions of one program.
pub struct Writer<'a> {
    /// Where used kernel symbols are noted.
    pub symbols: &'a mut Symbols,
    /// Names of the saved arguments, by index.
    pub saved: &'a [String],
    /// Whether the context knows which of its places the program is at.
    pub multi: bool,
    /// The steps towards the value that is written, by number.
    pub steps: &'a [Step],
    /// Bytes of a text that a pattern looks at where the expression does not say it.
    pub pattern_text: u32,
    /// The map with room for the texts that are held against patterns.
    pub text_room: Option<&'a str>,
    /// What gives the thread's name: a call, or the variable that holds it already.
    pub comm: &'static str,
}

/// The call that asks for the thread's name.
pub const COMM: &str = "comm()";
/// The variable that keeps it, where it is asked for more than once: the call copies 16 bytes.
pub const COMM_KEPT: &str = "comm";

/// The Rust type in which a value of `ty` is computed.
fn rust_type(ty: &Type) -> String {
    match ty {
        Type::Int(int) => rust_int(*int),
        _ => "u64".into(),
    }
}

impl Writer<'_> {
    /// What tells the step `typed` from the others, behind a read.
    fn step(&self, typed: &Typed) -> String {
        let number = typed.step().and_then(|step| step.number(self.steps));
        number.map_or_else(String::new, |number| format!(".step({number})"))
    }

    /// The call that gives a builtin.
    fn native(&self, native: Native, typed: &Typed) -> String {
        let call = if native == Native::Comm { self.comm } else { native_call(native) };
        if native.may_fail() { format!("{call}{}?", self.step(typed)) } else { call.to_owned() }
    }

    /// The value as `u64` or `i64`, as slots hold it; what may come to nothing as a `Read`.
    pub fn slot(&mut self, typed: &Typed, block: &mut Block) -> Last {
        let text = self.slot_text(typed, block);
        match typed.may_fail() {
            true => Last::ok(text, "value"),
            false => Last::new("", text.text, "value", ""),
        }
    }

    fn slot_text(&mut self, typed: &Typed, block: &mut Block) -> Text {
        let wide = match &typed.ty {
            Type::Int(int) if int.signed => "i64",
            _ => "u64",
        };
        match &typed.node {
            Node::Native(Native::Func) if self.multi => Text::atom("ctx.place()"),
            // The library gives these as 64 bits already.
            Node::Native(native) => Text::atom(self.native(*native, typed)),
            Node::Int(value) => Text::atom(literal(*value, typed.int(), false)),
            Node::Symbol(Space::Kernel, x) | Node::Ipv4(x) => {
                narrowed(self.value(x, block), &rust_type(&x.ty), "u64")
            }
            Node::Symbol(Space::User, x) => {
                let address = narrowed(self.value(x, block), &rust_type(&x.ty), "u64");
                Text::atom(format!("UserAddress::new({})", address.text))
            }
            _ if typed.is_truth() => self.truth(typed, block).cast("u64"),
            _ => narrowed(self.value(typed, block), &rust_type(&typed.ty), wide),
        }
    }

    /// An argument as a word that keeps all its bits; its type matters only where it is used.
    pub fn word(&mut self, typed: &Typed, block: &mut Block) -> String {
        match &typed.node {
            Node::Arg(Arg { place: ArgPlace::Register(n), .. }) => format!("ctx.arg({n})"),
            Node::Arg(Arg { place: ArgPlace::Copied(n), .. }) => format!("ctx.copied({n})"),
            Node::Arg(Arg { place: ArgPlace::Field { offset, size }, .. }) => {
                let own = rust_int(Int::number(*size as u8 * 8, false));
                narrowed(Text::atom(format!("ctx.field::<{own}, {offset}>()")), &own, "u64").text
            }
            _ => self.slot_text(typed, block).cast("u64").text,
        }
    }

    /// The condition as a `Read<bool>`.
    pub fn condition(&mut self, typed: &Typed, block: &mut Block) -> Last {
        Last::ok(self.truth(typed, block), "holds")
    }

    /// The opposite of the condition as a `bool`.
    pub fn refusal(&mut self, typed: &Typed, block: &mut Block) -> String {
        self.not(typed, block).text
    }

    /// The call that appends a string to the record's tail.
    pub fn string(&mut self, typed: &Typed, max: u32, block: &mut Block) -> Last {
        let step = self.step(typed);
        let chars = |space: &str, address: String, len: u32| {
            // Of an array that is longer than wanted, a cut must leave its mark.
            let call = if max < len { "str" } else { "chars" };
            let before = format!("record.tail.{space}_{call}(");
            Last::new(&before, address, "address", format!(", {}){step}", len.min(max)))
        };
        let string = |space: &str, address: String| {
            let before = format!("record.tail.{space}_str(");
            Last::new(&before, address, "address", format!(", {max}){step}"))
        };
        match &typed.node {
            Node::ReadStrings { address, space } => {
                let address = self.value(address, block).text;
                let before = format!("record.tail.{}_strings(", space_name(*space));
                Last::new(&before, address, "address", format!(", {max}){step}"))
            }
            Node::ReadText { address, space, .. } => {
                string(space_name(*space), self.value(address, block).text)
            }
            Node::ReadBytes(bytes) => self.bytes(bytes, max, &step, block),
            Node::Member(_) | Node::Deref { .. } => {
                let len = if let Type::Array(_, len) = typed.ty { len } else { max };
                let (space, address) = self.place(typed, block);
                chars(space_name(space), address.text, len)
            }
            Node::Choose(condition, yes, no) => {
                let text = self.choose_string(condition, yes, no, max, block);
                Last::new("Ok(", text, "text", ")")
            }
            Node::Text(bytes) => {
                let quoted = format!("literal!({})", byte_string(bytes));
                Last::new("record.tail.literal(", quoted, "text", ")")
            }
            Node::Arg(Arg { place: ArgPlace::DataLoc { offset }, name }) => {
                let name = block.names.unique(name);
                block.lines.push(format!("let ({name}, _len) = ctx.data_loc::<{offset}>();"));
                string("own", name)
            }
            Node::Arg(Arg { place: ArgPlace::Inline { offset, len }, .. }) => {
                chars("own", format!("ctx.address({offset})"), *len)
            }
            Node::Native(Native::Exe) => {
                Last::new("record.tail.exe(", max.to_string(), "max", format!("){step}"))
            }
            Node::Native(Native::KernelStack) => Last::new(
                "record.tail.kernel_stack(ctx, ",
                max.to_string(),
                "max",
                format!("){step}"),
            ),
            Node::Native(Native::UserStack) => Last::new(
                "record.tail.user_stack(ctx, ",
                max.to_string(),
                "max",
                format!("){step}"),
            ),
            Node::Native(Native::Comm) => chars("own", format!("{}.address()", self.comm), 16),
            // Typing gives text from nowhere else.
            _ => Last::new("record.tail.kernel_str(", "0".to_owned(), "text", ", 0)"),
        }
    }

    /// The call that appends bytes to the record's tail.
    fn bytes(&mut self, bytes: &Bytes, max: u32, step: &str, block: &mut Block) -> Last {
        let inline = match &bytes.address.node {
            Node::Address(place) => match place.node {
                Node::Arg(Arg { place: ArgPlace::Inline { offset, .. }, .. }) => Some(offset),
                _ => None,
            },
            _ => None,
        };
        let (space, address) = match inline {
            Some(offset) => ("own", format!("ctx.address({offset})")),
            None => (space_name(bytes.space), self.value(&bytes.address, block).text),
        };
        let len = match bytes.len.node {
            Node::Int(len) => len.to_string(),
            _ => {
                let len = self.value(&bytes.len, block);
                let len = narrowed(len, &rust_type(&bytes.len.ty), "u64");
                if is_name(&len.text) { len.text } else { named(len, "len", block).text }
            }
        };
        let before = format!("record.tail.{space}_bytes(");
        let after = format!(", {len}, {max}){step}");
        Last::new(&before, address, "address", after)
    }

    fn value(&mut self, typed: &Typed, block: &mut Block) -> Text {
        if typed.is_truth() {
            return self.truth(typed, block).cast(&rust_type(&typed.ty));
        }
        let ty = rust_type(&typed.ty);
        match &typed.node {
            Node::Int(value) => {
                let text = literal(*value, typed.int(), true);
                let strength = if text.starts_with('-') { Strength::Unary } else { Strength::Atom };
                Text::new(text, strength)
            }
            Node::Native(native) => narrowed(Text::atom(self.native(*native, typed)), "u64", &ty),
            Node::Arg(arg) => argument(arg, &typed.ty, &self.step(typed)),
            Node::Saved { index, .. } => {
                let name = self.saved.get(*index).map_or("", String::as_str);
                narrowed(Text::atom(format!("record.saved.{name}")), "u64", &ty)
            }
            Node::Retval => narrowed(Text::atom("ctx.retval()"), "u64", &ty),
            Node::Latency => Text::atom("latency"),
            Node::Member(_) | Node::Deref { .. } => self.read(typed, block),
            Node::Address(place) => self.place(place, block).1,
            Node::Element(element) => self.element(element, &self.step(typed), block),
            Node::Asked(asked) => {
                let function = self.symbols.answer(&asked.question);
                narrowed(Text::atom(format!("{function}()")), "u64", &ty)
            }
            Node::Choose(condition, yes, no) => self.choose(condition, yes, no, Self::value, block),
            Node::Unary(Arith::Neg, x) if x.int().is_some_and(|int| !int.signed) => {
                let x = self.value(x, block).at_least(Strength::Product);
                Text::new(format!("0 - {x}"), Strength::Sum)
            }
            Node::Unary(Arith::SwapBytes, x) => {
                let text = self.value(x, block);
                let text = match text.text.len() > OPERANDS_MAX / 2 {
                    true => named(text, hint(x), block),
                    false => text,
                };
                Text::atom(format!("{}.swap_bytes()", text.at_least(Strength::Atom)))
            }
            Node::Unary(op, x) => {
                let sign = if *op == Arith::Neg { '-' } else { '!' };
                let x = self.value(x, block).at_least(Strength::Unary);
                Text::new(format!("{sign}{x}"), Strength::Unary)
            }
            Node::Arith(op, x, y) => self.arith(*op, x, y, typed, block),
            Node::Convert(x) => {
                // The library gives these as 64 bits that hold the value, so one cast is enough.
                if let Node::Native(native) = &x.node {
                    return narrowed(Text::atom(self.native(*native, x)), "u64", &ty);
                }
                let from = rust_type(&x.ty);
                let x = self.value(x, block);
                narrowed(x, &from, &ty)
            }
            // Typing leaves no text where a number is wanted.
            _ => Text::atom("0"),
        }
    }

    fn arith(&mut self, op: Arith, x: &Typed, y: &Typed, typed: &Typed, block: &mut Block) -> Text {
        let signed = typed.int().is_some_and(|int| int.signed);
        let constant = matches!(y.node, Node::Int(_));
        if matches!(op, Arith::Div | Arith::Rem) && (signed || !constant) {
            let wide = if signed { "i64" } else { "u64" };
            let mut operand = |x: &Typed| match x.node {
                Node::Int(value) => Text::atom(literal(value, x.int(), false)),
                _ => narrowed(self.value(x, block), &rust_type(&x.ty), wide),
            };
            let (a, b) = (operand(x), operand(y));
            let (x, y) = fitted((a, x), (b, y), block);
            let (x, y) = (x.text, y.text);
            let name = match (op, constant) {
                (Arith::Div, true) => "quotient",
                (_, true) => "rest",
                (Arith::Div, false) if signed => "div_s64",
                (Arith::Div, false) => "div_u64",
                (_, false) if signed => "rem_s64",
                (_, false) => "rem_u64",
            };
            let fails = if constant { String::new() } else { format!("{}?", self.step(typed)) };
            let call = Text::atom(format!("{name}({x}, {y}){fails}"));
            return narrowed(call, wide, &rust_type(&typed.ty));
        }
        let (sign, strength, right) = match op {
            Arith::Mul => ("*", Strength::Product, Strength::Cast),
            Arith::Div => ("/", Strength::Product, Strength::Cast),
            Arith::Rem => ("%", Strength::Product, Strength::Cast),
            Arith::Sub => ("-", Strength::Sum, Strength::Product),
            Arith::Shl => ("<<", Strength::Shift, Strength::Sum),
            Arith::Shr => (">>", Strength::Shift, Strength::Sum),
            Arith::And => ("&", Strength::BitAnd, Strength::Shift),
            Arith::Xor => ("^", Strength::BitXor, Strength::BitAnd),
            Arith::Or => ("|", Strength::BitOr, Strength::BitXor),
            // Neg and Complement are unary.
            _ => ("+", Strength::Sum, Strength::Product),
        };
        // A literal has the type of the operand beside it; that of a shift has nothing beside it.
        let bare = |x: &Typed| matches!(x.node, Node::Int(_));
        let shift = strength == Strength::Shift;
        let a = match x.node {
            Node::Int(value) if !shift && !bare(y) => number(literal(value, x.int(), false)),
            _ => self.value(x, block),
        };
        let b = match y.node {
            Node::Int(value) if shift || !bare(x) => number(literal(value, y.int(), false)),
            _ => self.value(y, block),
        };
        let (x, y) = fitted((a, x), (b, y), block);
        let (x, y) = (x.left_of(sign, strength), y.at_least(right));
        Text::new(format!("{x} {sign} {y}"), strength)
    }
}

fn native_call(native: Native) -> &'static str {
    match native {
        Native::Pid => "pid()",
        Native::Tid => "tid()",
        Native::Uid => "uid()",
        Native::Gid => "gid()",
        Native::Comm => COMM,
        Native::Cpu => "cpu()",
        Native::Func => "place()",
        Native::Nsecs | Native::Time => "now()",
        Native::Task => "task()",
        Native::NsPid => "nspid()",
        Native::NsTid => "nstid()",
        Native::PidNs => "pid_ns()",
        Native::Cgroup | Native::CgroupPath => "cgroup()",
        // They take room in the record's tail; typing keeps them out of expressions.
        Native::Exe | Native::KernelStack | Native::UserStack => "0",
    }
}

fn space_name(space: Space) -> &'static str {
    match space {
        Space::Kernel => "kernel",
        Space::User => "user",
    }
}
