//! Typed expressions to Rust text.
//!
//! Pointer steps become `let`s of a [`Block`], so that the text reads as a person would write it;
//! what may come to nothing uses `?`, so a block with reads stands in a closure or function that
//! gives an `Option`.

use crate::expr::{
    Arg, ArgPlace, Arith, Comparison, Int, Member, Native, Node, Space, Type, Typed,
};

use super::names::Names;
use super::symbols::Symbols;

/// How tightly the last operator of a text binds; operands looser than needed get parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Or,
    And,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
    Cast,
    Unary,
    Atom,
}

/// Rust text and how tightly it binds.
#[derive(Debug, Clone)]
struct Text {
    text: String,
    strength: Strength,
}

/// Statements before an expression, and what they name.
#[derive(Debug, Clone)]
pub struct Block {
    /// Lines, indented relative to the block.
    pub lines: Vec<String>,
    names: Names,
    /// Pointers that were read already: the read, and the name it has.
    known: Vec<(String, String)>,
}

impl Default for Block {
    fn default() -> Self {
        Self { lines: Vec::new(), names: Names::of_variables(), known: Vec::new() }
    }
}

/// Writes the expressions of one program.
pub struct Writer<'a> {
    /// Where used kernel symbols are noted.
    pub symbols: &'a mut Symbols,
    /// Names of the saved arguments, by index.
    pub saved: &'a [String],
}

impl Text {
    fn new(text: impl Into<String>, strength: Strength) -> Self {
        Self { text: text.into(), strength }
    }

    fn atom(text: impl Into<String>) -> Self {
        Self::new(text, Strength::Atom)
    }

    /// The text as an operand that must bind at least as tightly as `least`.
    fn at_least(self, least: Strength) -> String {
        if self.strength >= least { self.text } else { format!("({})", self.text) }
    }

    /// As `at_least`, on the left of `<` or `<<`, which a bare cast would swallow.
    fn left(self, least: Strength) -> String {
        match self.strength {
            Strength::Cast => format!("({})", self.text),
            _ => self.at_least(least),
        }
    }

    fn cast(self, to: &str) -> Self {
        Self::new(format!("{} as {to}", self.at_least(Strength::Cast)), Strength::Cast)
    }
}

/// Rust's name of an integer type.
pub fn rust_int(int: Int) -> String {
    format!("{}{}", if int.signed { 'i' } else { 'u' }, int.bits)
}

/// The Rust type in which a value of `ty` is computed.
fn rust_type(ty: &Type) -> String {
    match ty {
        Type::Int(int) => rust_int(*int),
        _ => "u64".into(),
    }
}

impl Writer<'_> {
    /// The value as `u64` or `i64`, as slots hold it.
    pub fn slot(&mut self, typed: &Typed, block: &mut Block) -> String {
        let wide = match &typed.ty {
            Type::Int(int) if int.signed => "i64",
            _ => "u64",
        };
        match &typed.node {
            // The library gives these as 64 bits already.
            Node::Native(native) => native_call(*native).to_owned(),
            Node::Int(value) => literal(*value, typed.int(), false),
            _ if typed.is_truth() => self.truth(typed, block).cast("u64").text,
            _ => {
                let value = self.value(typed, block);
                if rust_type(&typed.ty) == wide { value.text } else { value.cast(wide).text }
            }
        }
    }

    /// The condition as a `bool`.
    pub fn condition(&mut self, typed: &Typed, block: &mut Block) -> String {
        self.truth(typed, block).text
    }

    /// The opposite of the condition as a `bool`.
    pub fn refusal(&mut self, typed: &Typed, block: &mut Block) -> String {
        self.not(typed, block).text
    }

    /// The call that appends a string to the record's tail.
    pub fn string(&mut self, typed: &Typed, max: u32, block: &mut Block) -> String {
        match &typed.node {
            Node::ReadText { address, space, .. } => {
                let address = self.value(address, block).text;
                format!("record.tail.{}_str({address}, {max})", space_name(*space))
            }
            Node::Member(member) => {
                let len = if let Type::Array(_, len) = typed.ty { len } else { max };
                let address = self.address(member, block).text;
                let len = len.min(max);
                format!("record.tail.{}_chars({address}, {len})", space_name(member.space))
            }
            Node::Arg(Arg { place: ArgPlace::DataLoc { offset }, name }) => {
                let name = block.names.unique(name);
                block.lines.push(format!("let ({name}, _len) = ctx.data_loc::<{offset}>();"));
                format!("record.tail.kernel_str({name}, {max})")
            }
            Node::Arg(Arg { place: ArgPlace::Inline { offset, len }, .. }) => {
                format!("record.tail.kernel_chars(ctx.address({offset}), {})", (*len).min(max))
            }
            Node::Native(Native::Comm) => {
                "record.tail.kernel_chars(comm().address(), 16)".to_owned()
            }
            // Typing gives text from nowhere else.
            _ => "None".to_owned(),
        }
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
            Node::Native(native) => narrowed(Text::atom(native_call(*native)), "u64", &ty),
            Node::Arg(arg) => argument(arg, &typed.ty),
            Node::Saved(index) => {
                let name = self.saved.get(*index).map_or("", String::as_str);
                narrowed(Text::atom(format!("record.saved.{name}")), "u64", &ty)
            }
            Node::Retval => narrowed(Text::atom("ctx.retval()"), "u64", &ty),
            Node::Latency => Text::atom("latency"),
            Node::Member(member) => self.member(member, typed, block),
            Node::Unary(Arith::Neg, x) if x.int().is_some_and(|int| !int.signed) => {
                let x = self.value(x, block).at_least(Strength::Product);
                Text::new(format!("0 - {x}"), Strength::Sum)
            }
            Node::Unary(op, x) => {
                let sign = if *op == Arith::Neg { '-' } else { '!' };
                let x = self.value(x, block).at_least(Strength::Unary);
                Text::new(format!("{sign}{x}"), Strength::Unary)
            }
            Node::Arith(op, x, y) => self.arith(*op, x, y, typed, block),
            Node::Convert(x) => {
                let from = rust_type(&x.ty);
                let x = self.value(x, block);
                narrowed(x, &from, &ty)
            }
            // Typing leaves no text where a number is wanted.
            _ => Text::atom("0"),
        }
    }

    /// The value of a member, or, of what is not one value, its address.
    fn member(&mut self, member: &Member, typed: &Typed, block: &mut Block) -> Text {
        let address = self.address(member, block);
        match &typed.ty {
            Type::Int(_) => Text::atom(format!(
                "{}::<{}>({})?",
                space_name(member.space),
                rust_type(&typed.ty),
                address.text
            )),
            Type::Pointer(..) => {
                let read = format!("{}({})?", space_name(member.space), address.text);
                if let Some((_, name)) = block.known.iter().find(|(known, _)| *known == read) {
                    return Text::atom(name.clone());
                }
                let leaf = member.path.rsplit('.').next().unwrap_or_default();
                let name = block.names.unique(leaf);
                block.lines.push(format!("let {name}: u64 = {read};"));
                block.known.push((read, name.clone()));
                Text::atom(name)
            }
            _ => address,
        }
    }

    fn address(&mut self, member: &Member, block: &mut Block) -> Text {
        let base = self.value(&member.base, block).at_least(Strength::Sum);
        let symbol = self.symbols.offset(&member.record, &member.path);
        Text::new(format!("{base} + {symbol}()"), Strength::Sum)
    }

    fn arith(&mut self, op: Arith, x: &Typed, y: &Typed, typed: &Typed, block: &mut Block) -> Text {
        let signed = typed.int().is_some_and(|int| int.signed);
        let constant = matches!(y.node, Node::Int(_));
        if matches!(op, Arith::Div | Arith::Rem) && (signed || !constant) {
            let wide = if signed { "i64" } else { "u64" };
            let x = narrowed(self.value(x, block), &rust_type(&x.ty), wide).text;
            let y = narrowed(self.value(y, block), &rust_type(&y.ty), wide).text;
            let name = if op == Arith::Div { "div" } else { "rem" };
            let sign = if signed { 's' } else { 'u' };
            let call = Text::atom(format!("{name}_{sign}64({x}, {y})?"));
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
        let x = self.value(x, block).left(strength);
        let y = self.value(y, block).at_least(right);
        Text::new(format!("{x} {sign} {y}"), strength)
    }

    fn truth(&mut self, typed: &Typed, block: &mut Block) -> Text {
        match &typed.node {
            Node::Compare(op, x, y) => self.compare(*op, x, y, block),
            Node::Truth(x) => {
                let x = self.value(x, block).left(Strength::BitOr);
                Text::new(format!("{x} != 0"), Strength::Compare)
            }
            Node::Not(x) => self.not(x, block),
            Node::And(x, y) => self.logic("&&", Strength::And, x, y, block),
            Node::Or(x, y) => self.logic("||", Strength::Or, x, y, block),
            Node::SameText(x, literal) => self.same_text(x, literal, block),
            // Typing makes a truth of everything else that is tested.
            _ => Text::new(format!("{} != 0", self.value(typed, block).text), Strength::Compare),
        }
    }

    fn not(&mut self, typed: &Typed, block: &mut Block) -> Text {
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
                let x = self.value(x, block).left(Strength::BitOr);
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
        let sign = match op {
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
            Comparison::Eq => "==",
            Comparison::Ne => "!=",
        };
        let text = match (&x.node, &y.node) {
            // Both sides are unsigned, and the library gives 64 bits: no casts are needed.
            (Node::Native(native), Node::Int(value)) => {
                format!("{} {sign} {value}", native_call(*native))
            }
            (_, Node::Int(value)) => {
                let value = literal(*value, y.int(), matches!(x.node, Node::Int(_)));
                format!("{} {sign} {value}", self.value(x, block).left(Strength::BitOr))
            }
            _ => {
                let x = self.value(x, block).left(Strength::BitOr);
                format!("{x} {sign} {}", self.value(y, block).at_least(Strength::BitOr))
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
        let x = self.truth(x, block).at_least(strength);
        let mut inner = Block { lines: Vec::new(), ..block.clone() };
        let tighter = if strength == Strength::Or { Strength::And } else { Strength::Compare };
        let y = self.truth(y, &mut inner);
        if inner.lines.is_empty() {
            let y = y.at_least(tighter);
            return Text::new(format!("{x} {sign} {y}"), strength);
        }
        let lines: String = inner.lines.iter().map(|line| format!("    {line}\n")).collect();
        Text::new(format!("{x} {sign} {{\n{lines}    {}\n}}", y.text), strength)
    }

    fn same_text(&mut self, x: &Typed, text: &[u8], block: &mut Block) -> Text {
        let quoted = format!("literal!({})", byte_string(text));
        let (address, space) = match &x.node {
            Node::Native(Native::Comm) => {
                return Text::atom(format!("comm().is({quoted})"));
            }
            Node::ReadText { address, space, .. } => (self.value(address, block).text, *space),
            Node::Member(member) => {
                let (space, len) = match x.ty {
                    Type::Array(_, len) => (member.space, len as usize),
                    _ => (member.space, 0),
                };
                let address = self.address(member, block).text;
                return chars_are(&address, len, text, &quoted, space);
            }
            Node::Arg(Arg { place: ArgPlace::DataLoc { offset }, name }) => {
                let name = block.names.unique(name);
                block.lines.push(format!("let ({name}, _len) = ctx.data_loc::<{offset}>();"));
                (name, Space::Kernel)
            }
            Node::Arg(Arg { place: ArgPlace::Inline { offset, len }, .. }) => {
                let address = format!("ctx.address({offset})");
                return chars_are(&address, *len as usize, text, &quoted, Space::Kernel);
            }
            // Typing gives text from nowhere else.
            _ => return Text::atom("false"),
        };
        Text::atom(format!("{}_str_is({address}, {quoted})?", space_name(space)))
    }
}

/// A `char[len]` compared with text: one that it fills has no NUL after it.
fn chars_are(address: &str, len: usize, text: &[u8], quoted: &str, space: Space) -> Text {
    let space = space_name(space);
    match text.len().cmp(&len) {
        std::cmp::Ordering::Less => Text::atom(format!("{space}_str_is({address}, {quoted})?")),
        std::cmp::Ordering::Equal => {
            Text::atom(format!("{space}_str_starts_with({address}, {quoted})?"))
        }
        std::cmp::Ordering::Greater => Text::atom("false"),
    }
}

fn native_call(native: Native) -> &'static str {
    match native {
        Native::Pid => "pid()",
        Native::Tid => "tid()",
        Native::Uid => "uid()",
        Native::Gid => "gid()",
        Native::Comm => "comm()",
        Native::Cpu => "cpu()",
        Native::Nsecs | Native::Time => "now()",
        Native::Task => "task()",
    }
}

fn space_name(space: Space) -> &'static str {
    match space {
        Space::Kernel => "kernel",
        Space::User => "user",
    }
}

fn argument(arg: &Arg, ty: &Type) -> Text {
    let ty_name = rust_type(ty);
    match arg.place {
        ArgPlace::Register(n) => narrowed(Text::atom(format!("ctx.arg({n})")), "u64", &ty_name),
        ArgPlace::Field { offset, size } => {
            // The field's own width; its C type may be narrower.
            let signed = ty_name.starts_with('i');
            let own = rust_int(Int::number(size as u8 * 8, signed));
            narrowed(Text::atom(format!("ctx.field::<{own}, {offset}>()")), &own, &ty_name)
        }
        ArgPlace::DataLoc { offset } => Text::atom(format!("ctx.data_loc::<{offset}>().0")),
        ArgPlace::Inline { offset, .. } => Text::atom(format!("ctx.address({offset})")),
    }
}

fn narrowed(text: Text, from: &str, to: &str) -> Text {
    if from == to { text } else { text.cast(to) }
}

/// An integer literal; with its type where nothing beside it gives one.
fn literal(value: u64, int: Option<Int>, typed: bool) -> String {
    let int = int.unwrap_or(Int::number(64, false));
    let suffix = if typed { rust_int(int) } else { String::new() };
    if int.signed { format!("{}{suffix}", value as i64) } else { format!("{value}{suffix}") }
}

/// A byte string literal; whatever the bytes are, they cannot end it.
fn byte_string(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}
