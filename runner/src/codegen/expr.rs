//! Typed expressions to Rust text.
//!
//! Pointer steps become `let`s of a [`Block`], so that the text reads as a person would write it;
//! what may come to nothing uses `?`, so a block with reads stands in a closure or function that
//! gives an `Option`.

use crate::expr::{
    Arg, ArgPlace, Arith, Comparison, Int, Member, Native, Node, Space, Type, Typed,
};

use crate::facts::elf::{Operand, Register};

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

/// Characters that both operands of an operator may have together; a longer one gets a `let`, so
/// that no line has to be broken.
const OPERANDS_MAX: usize = 60;

/// What a cast can end in.
const INTEGERS: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];

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
        Self::beside(Names::of_variables())
    }
}

impl Block {
    /// An empty block among variables that have `names`.
    pub fn beside(names: Names) -> Self {
        Self { lines: Vec::new(), names, known: Vec::new() }
    }

    /// The names that were given out.
    pub fn into_names(self) -> Names {
        self.names
    }
}

/// Writes the expressions of one program.
pub struct Writer<'a> {
    /// Where used kernel symbols are noted.
    pub symbols: &'a mut Symbols,
    /// Names of the saved arguments, by index.
    pub saved: &'a [String],
    /// Whether the context knows which of its places the program is at.
    pub multi: bool,
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

    /// As `at_least`, on the left of `sign`. After a cast, `<` and `<<` would open the arguments of
    /// a generic type, however loosely the text around the cast binds.
    fn left_of(self, sign: &str, least: Strength) -> String {
        match self.text.rsplit_once(" as ") {
            Some((_, ty)) if matches!(sign, "<" | "<<") && INTEGERS.contains(&ty) => {
                format!("({})", self.text)
            }
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

/// An expression within a call, and the name that it gets if the call is too long for one line.
#[derive(Debug, Clone)]
pub struct Last {
    /// Of the call, up to the expression.
    pub before: String,
    /// The expression.
    pub inner: String,
    /// Its name.
    pub name: &'static str,
    /// Of the call, behind the expression.
    pub after: String,
    /// How all of it is written on one line, where that is simpler than its parts.
    plain: Option<String>,
}

impl Last {
    /// `before` and `after` around `inner`.
    pub fn new(before: &str, inner: String, name: &'static str, after: impl Into<String>) -> Self {
        Self { before: before.to_owned(), inner, name, after: after.into(), plain: None }
    }

    /// `text` as an `Option` of what it gives: `Some(x)`, but `f()` of `f()?`.
    fn some(text: Text, name: &'static str) -> Self {
        let call = text.text.strip_suffix('?').filter(|_| text.strength == Strength::Atom);
        let plain = call.map(str::to_owned);
        Self { plain, ..Self::new("Some(", text.text, name, ")") }
    }

    /// All on one line.
    pub fn whole(&self) -> String {
        match &self.plain {
            Some(plain) => plain.clone(),
            None => format!("{}{}{}", self.before, self.inner, self.after),
        }
    }
}

/// What a value may be called.
fn hint(typed: &Typed) -> &str {
    match &typed.node {
        Node::Member(member) => member.path.rsplit('.').next().unwrap_or_default(),
        Node::Arg(arg) => &arg.name,
        Node::Convert(x) | Node::Truth(x) => hint(x),
        Node::Arith(Arith::Add, ..) => "sum",
        Node::Arith(Arith::Sub, ..) => "difference",
        Node::Arith(Arith::Mul, ..) => "product",
        Node::Arith(Arith::Div, ..) => "quotient",
        Node::Arith(Arith::Rem, ..) => "rest",
        Node::Arith(..) => "bits",
        Node::And(..) => "both",
        Node::Or(..) => "either",
        Node::SameText(..) => "same",
        _ => "value",
    }
}

/// Puts a `let` before `text` and gives its name.
fn named(text: Text, hint: &str, block: &mut Block) -> Text {
    let name = block.names.unique(hint);
    block.lines.push(format!("let {name} = {};", text.text));
    Text::atom(name)
}

/// Both operands, the longer one named if they are too long for one line.
fn fitted(x: (Text, &Typed), y: (Text, &Typed), block: &mut Block) -> (Text, Text) {
    let (a, b) = (x.0.text.len(), y.0.text.len());
    match a + b > OPERANDS_MAX {
        true if a >= b => (named(x.0, hint(x.1), block), y.0),
        true => (x.0, named(y.0, hint(y.1), block)),
        false => (x.0, y.0),
    }
}

impl Writer<'_> {
    /// The value as `u64` or `i64`, as slots hold it; what may come to nothing as an `Option`.
    pub fn slot(&mut self, typed: &Typed, block: &mut Block) -> Last {
        let text = self.slot_text(typed, block);
        match typed.may_fail() {
            true => Last::some(text, "value"),
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
            Node::Native(native) => Text::atom(native_call(*native)),
            Node::Int(value) => Text::atom(literal(*value, typed.int(), false)),
            _ if typed.is_truth() => self.truth(typed, block).cast("u64"),
            _ => narrowed(self.value(typed, block), &rust_type(&typed.ty), wide),
        }
    }

    /// An argument as a word that keeps all its bits; its type matters only where it is used.
    pub fn word(&mut self, typed: &Typed, block: &mut Block) -> String {
        match &typed.node {
            Node::Arg(Arg { place: ArgPlace::Register(n), .. }) => format!("ctx.arg({n})"),
            Node::Arg(Arg { place: ArgPlace::Field { offset, size }, .. }) => {
                let own = rust_int(Int::number(*size as u8 * 8, false));
                narrowed(Text::atom(format!("ctx.field::<{own}, {offset}>()")), &own, "u64").text
            }
            _ => self.slot_text(typed, block).cast("u64").text,
        }
    }

    /// The condition as an `Option<bool>`.
    pub fn condition(&mut self, typed: &Typed, block: &mut Block) -> Last {
        Last::some(self.truth(typed, block), "holds")
    }

    /// The opposite of the condition as a `bool`.
    pub fn refusal(&mut self, typed: &Typed, block: &mut Block) -> String {
        self.not(typed, block).text
    }

    /// The call that appends a string to the record's tail.
    pub fn string(&mut self, typed: &Typed, max: u32, block: &mut Block) -> Last {
        let chars = |space: Space, address: String, len: u32| {
            // Of an array that is longer than wanted, a cut must leave its mark.
            let call = if max < len { "str" } else { "chars" };
            let before = format!("record.tail.{}_{call}(", space_name(space));
            Last::new(&before, address, "address", format!(", {})", len.min(max)))
        };
        let string = |space: Space, address: String| {
            let before = format!("record.tail.{}_str(", space_name(space));
            Last::new(&before, address, "address", format!(", {max})"))
        };
        match &typed.node {
            Node::ReadText { address, space, .. } => {
                string(*space, self.value(address, block).text)
            }
            Node::Member(member) => {
                let len = if let Type::Array(_, len) = typed.ty { len } else { max };
                chars(member.space, self.address(member, block).text, len)
            }
            Node::Arg(Arg { place: ArgPlace::DataLoc { offset }, name }) => {
                let name = block.names.unique(name);
                block.lines.push(format!("let ({name}, _len) = ctx.data_loc::<{offset}>();"));
                string(Space::Kernel, name)
            }
            Node::Arg(Arg { place: ArgPlace::Inline { offset, len }, .. }) => {
                chars(Space::Kernel, format!("ctx.address({offset})"), *len)
            }
            Node::Native(Native::Comm) => chars(Space::Kernel, "comm().address()".into(), 16),
            // Typing gives text from nowhere else.
            _ => Last::new("", "None".to_owned(), "text", ""),
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
                // The library gives these as 64 bits that hold the value, so one cast is enough.
                if let Node::Native(native) = &x.node {
                    return narrowed(Text::atom(native_call(*native)), "u64", &ty);
                }
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
        match member.offset {
            Some(0) => return Text::new(base, Strength::Sum),
            Some(offset) => return Text::new(format!("{base} + {offset}"), Strength::Sum),
            None => {}
        }
        let symbol = self.symbols.offset(&member.record, &member.path);
        Text::new(format!("{base} + {symbol}()"), Strength::Sum)
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

    fn truth(&mut self, typed: &Typed, block: &mut Block) -> Text {
        match &typed.node {
            Node::Compare(op, x, y) => self.compare(*op, x, y, block),
            Node::Truth(x) => {
                let x = self.value(x, block).left_of("!=", Strength::BitOr);
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

    fn same_text(&mut self, x: &Typed, text: &[u8], block: &mut Block) -> Text {
        let quoted = format!("literal!({})", byte_string(text));
        let short = |address: Text, block: &mut Block| {
            let long = address.text.len() + quoted.len() > OPERANDS_MAX;
            let address = match long && !is_name(&address.text) {
                true => named(address, "address", block),
                false => address,
            };
            address.text
        };
        let (address, space) = match &x.node {
            Node::Native(Native::Comm) => {
                return Text::atom(format!("comm().is({quoted})"));
            }
            Node::ReadText { address, space, .. } => {
                let address = self.value(address, block);
                (short(address, block), *space)
            }
            Node::Member(member) => {
                let (space, len) = match x.ty {
                    Type::Array(_, len) => (member.space, len as usize),
                    _ => (member.space, 0),
                };
                let address = self.address(member, block);
                let address = short(address, block);
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

/// The lines of a block that ends in `last`; a value that was named just before needs no name.
fn with_last(mut lines: Vec<String>, last: String) -> Vec<String> {
    let head = format!("let {last} = ");
    let start = lines.iter().rposition(|line| line.starts_with("let "));
    match (start, lines.last()) {
        (Some(start), Some(end)) if lines[start].starts_with(&head) && end.ends_with(';') => {
            lines[start].replace_range(..head.len(), "");
            if let Some(end) = lines.last_mut() {
                end.pop();
            }
        }
        _ => lines.push(last),
    }
    lines
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A `char[len]` compared with text: one that it fills has no NUL after it.
fn chars_are(address: &str, len: usize, text: &[u8], quoted: &str, space: Space) -> Text {
    let space = space_name(space);
    // Typing refuses longer texts.
    let call = if text.len() < len { "str_is" } else { "str_starts_with" };
    Text::atom(format!("{space}_{call}({address}, {quoted})?"))
}

fn native_call(native: Native) -> &'static str {
    match native {
        Native::Pid => "pid()",
        Native::Tid => "tid()",
        Native::Uid => "uid()",
        Native::Gid => "gid()",
        Native::Comm => "comm()",
        Native::Cpu => "cpu()",
        Native::Func => "place()",
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
        ArgPlace::Operand { size, signed, operand } => operand_value(size, signed, operand, ty),
    }
}

/// What stands at an operand of a static probe: so many bytes of it, in the type `ty`.
fn operand_value(size: u8, signed: bool, operand: Operand, ty: &Type) -> Text {
    let ty_name = rust_type(ty);
    let own = rust_int(Int::number(size * 8, signed));
    let register = |register: Register| format!("ctx.{}()", register.name());
    match operand {
        Operand::Constant(value) => {
            // Cut to the argument's width, as the register would be.
            let shift = 64 - u32::from(size) * 8;
            let value = (value as u64) << shift;
            let text = match own.starts_with('i') {
                true => format!("{}{own}", value as i64 >> shift),
                false => format!("{}{own}", value >> shift),
            };
            let strength = if text.starts_with('-') { Strength::Unary } else { Strength::Atom };
            narrowed(Text::new(text, strength), &own, &ty_name)
        }
        Operand::Register { register: name, shift } => {
            let whole = Text::atom(register(name));
            let value = match shift {
                0 => whole,
                shift => Text::new(format!("{} >> {shift}", whole.text), Strength::Shift),
            };
            let value = narrowed(value, "u64", &own);
            narrowed(value, &own, &ty_name)
        }
        Operand::Memory { base, index, scale, offset } => {
            let mut parts: Vec<String> = base.map(register).into_iter().collect();
            parts.extend(index.map(|index| match scale {
                1 => register(index),
                scale => format!("{} * {scale}", register(index)),
            }));
            let mut address = parts.join(" + ");
            match offset {
                0 => {}
                1.. => address.push_str(&format!(" + {offset}")),
                _ => address.push_str(&format!(" - {}", offset.unsigned_abs())),
            }
            narrowed(Text::atom(format!("user::<{own}>({address})?")), &own, &ty_name)
        }
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

/// A literal as an operand.
fn number(text: String) -> Text {
    let strength = if text.starts_with('-') { Strength::Unary } else { Strength::Atom };
    Text::new(text, strength)
}

/// A byte string literal; whatever the bytes are, they cannot end it.
fn byte_string(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}
