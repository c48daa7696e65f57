//! The typed tree: every name resolved, every conversion and every memory read written out.

use super::scope::ArgPlace;
use super::ty::{Int, Space, Type};
use crate::diag::Span;

/// A typed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// What it computes.
    pub node: Node,
    /// The type of its value.
    pub ty: Type,
    /// Its place in the file.
    pub span: Span,
}

/// What a [`Typed`] computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A constant of the expression's type.
    Int(u64),
    /// A string literal.
    Text(Vec<u8>),
    /// No value, of a field that the kernel lacks; no part of anything else.
    Null,
    /// A value that every hook has.
    Native(Native),
    /// An argument of the hook, read from its context.
    Arg(Arg),
    /// An argument saved at entry.
    Saved {
        /// Its index in the call's saved values.
        index: usize,
        /// Its name.
        name: String,
    },
    /// What the function or system call returned.
    Retval,
    /// Nanoseconds between entry and return.
    Latency,
    /// A member in memory. As a value it is read, unless it is a structure or array.
    Member(Member),
    /// What stands at a computed address. As a value it is read, unless it is a structure or array.
    Deref {
        /// A pointer.
        address: Box<Typed>,
        /// Where it points.
        space: Space,
    },
    /// The address of a [`Node::Member`] or [`Node::Deref`], which is not read.
    Address(Box<Typed>),
    /// The address of an element; nothing, if the array has no element of that index.
    Element(Box<Element>),
    /// A number that is known when the program is loaded.
    Asked(Asked),
    /// `c ? x : y`; only one of the two is evaluated. Both are of the expression's type, or strings.
    Choose(Box<Typed>, Box<Typed>, Box<Typed>),
    /// `-x`, `~x` on the promoted operand.
    Unary(Arith, Box<Typed>),
    /// Arithmetic on two operands of the expression's type (of a shift: the left one).
    Arith(Arith, Box<Typed>, Box<Typed>),
    /// A comparison of two operands of one type.
    Compare(Comparison, Box<Typed>, Box<Typed>),
    /// `x != 0` of an integer or pointer.
    Truth(Box<Typed>),
    /// `!x` of a truth.
    Not(Box<Typed>),
    /// `a && b` of truths; `b` is evaluated only if `a` holds.
    And(Box<Typed>, Box<Typed>),
    /// `a || b` of truths; `b` is evaluated only if `a` does not hold.
    Or(Box<Typed>, Box<Typed>),
    /// The operand's value in the expression's type.
    Convert(Box<Typed>),
    /// The strings to which the pointers of an array point, up to a null pointer.
    ReadStrings {
        /// A pointer or integer.
        address: Box<Typed>,
        /// Where it points, and what is there.
        space: Space,
    },
    /// The string at an address, up to its NUL or `max` bytes.
    ReadText {
        /// A pointer or integer.
        address: Box<Typed>,
        /// Where it points.
        space: Space,
        /// As written in `str(p, max)`.
        max: Option<u32>,
    },
    /// An address in that memory, to be shown as the symbol that it is in.
    Symbol(Space, Box<Typed>),
    /// An IPv4 address as a number whose bytes are in the network's order, to be shown as one.
    Ipv4(Box<Typed>),
    /// Bytes in memory, to be shown as what they stand for.
    ReadBytes(Bytes),
    /// Whether a string fits a literal.
    TextFits(Box<Typed>, Fit, Vec<u8>),
}

/// How a string is held against a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is the literal.
    Whole,
    /// It begins with it.
    Start,
    /// It fits the literal as a pattern, with `*` and `?`.
    Pattern,
}

/// An argument of the hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Its name.
    pub name: String,
    /// Where its value is when the program starts.
    pub place: ArgPlace,
}

/// A value that every hook has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Native {
    /// The process, the kernel's tgid.
    Pid,
    /// The thread, the kernel's pid.
    Tid,
    /// Real user.
    Uid,
    /// Real group.
    Gid,
    /// The thread's name.
    Comm,
    /// The processor.
    Cpu,
    /// The function or tracepoint.
    Func,
    /// CLOCK_MONOTONIC nanoseconds of the event.
    Nsecs,
    /// The event's wall-clock time.
    Time,
    /// The address of the current `struct task_struct`.
    Task,
    /// The process in its own pid namespace.
    NsPid,
    /// The thread in its own pid namespace.
    NsTid,
    /// The inode number of the task's pid namespace.
    PidNs,
    /// The number of the cgroup of version 2.
    Cgroup,
    /// The same as the path of its folder.
    CgroupPath,
    /// The path of the executable.
    Exe,
    /// The kernel's callers.
    KernelStack,
    /// The program's callers.
    UserStack,
}

impl Native {
    /// Whether it takes reads of memory, which may fail.
    pub fn may_fail(self) -> bool {
        matches!(
            self,
            Self::NsPid
                | Self::NsTid
                | Self::PidNs
                | Self::Exe
                | Self::KernelStack
                | Self::UserStack
        )
    }
}

/// A member of a structure in memory, embedded structures included in its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The structure's address.
    pub base: Box<Typed>,
    /// Whose memory it is in.
    pub space: Space,
    /// The structure's name, as CO-RE symbols bear it.
    pub record: String,
    /// Members from there, parted by dots.
    pub path: String,
    /// Bytes from the start, where the config's own types say them.
    pub offset: Option<u64>,
    /// If it is a bitfield: where its bits are.
    pub bits: Option<Bitfield>,
}

/// Where a bitfield is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bitfield {
    /// The kernel is asked.
    Asked,
    /// So many bits from the lowest of the byte at the member's offset, and so many of them.
    At(u32, u32),
}

/// An element of an array, by an index that is not known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The array's address.
    pub array: Typed,
    /// Which, as `u64`.
    pub index: Typed,
    /// Bytes of one element, as `u64`.
    pub size: Typed,
    /// Bytes of the array, as `u64`.
    pub total: Typed,
}

/// What the link stage is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// The answer of the kernel that the plan is for.
    pub here: u64,
}

/// A number that the kernel's types or the command line give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Bytes of the type of that name.
    TypeSize(String),
    /// Bytes of the member at a path of the record of that name.
    FieldSize(String, String),
    /// The value of a constant of the enum of that name, `_` for any.
    EnumValue(String, String),
    /// 1 if there is a type of that name, else 0.
    TypeExists(String),
    /// 1 if the record of that name has a member at the path, else 0.
    FieldExists(String, String),
    /// 1 if the enum of that name, `_` for any, has the constant, else 0.
    EnumExists(String, String),
}

/// Bytes in memory that stand for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// Where they are: a pointer, or a structure or array that is there.
    pub address: Box<Typed>,
    /// Whose memory it is.
    pub space: Space,
    /// How many; what is beyond `max` is left out.
    pub len: Box<Typed>,
    /// At most so many, if that is known.
    pub max: Option<u32>,
    /// What they stand for.
    pub form: Form,
}

/// What [`Bytes`] stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An IP address: 4 bytes or 16.
    Ip,
    /// A `struct sockaddr` with an IP address.
    SocketAddress,
    /// A hardware address: 6 bytes.
    Mac,
    /// Nothing but themselves.
    Plain,
}

/// Arithmetic operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // C's own.
pub enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Shl,
    Shr,
    And,
    Or,
    Xor,
    Neg,
    Complement,
    /// `bswap(x)`
    SwapBytes,
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // C's own.
pub enum Comparison {
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

impl Comparison {
    /// As C and Rust write it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Eq => "==",
            Self::Ne => "!=",
        }
    }
}

impl Typed {
    /// The same node at the same place with another type.
    pub fn of(node: Node, ty: Type, span: Span) -> Self {
        Self { node, ty, span }
    }

    /// The integer type, where it is one.
    pub fn int(&self) -> Option<Int> {
        match self.ty {
            Type::Int(int) => Some(int),
            _ => None,
        }
    }

    /// Whether it is true or false, as a comparison is.
    pub fn is_truth(&self) -> bool {
        match &self.node {
            Node::Compare(..)
            | Node::Truth(_)
            | Node::Not(_)
            | Node::And(..)
            | Node::Or(..)
            | Node::TextFits(..) => true,
            Node::Choose(_, x, y) => x.is_truth() && y.is_truth(),
            _ => false,
        }
    }

    /// Calls `visit` on this node and all below it; of a place whose address is taken, only on what
    /// leads there.
    pub fn walk(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        self.walk_below(visit);
    }

    fn walk_below(&self, visit: &mut dyn FnMut(&Self)) {
        match &self.node {
            Node::Int(_)
            | Node::Text(_)
            | Node::Null
            | Node::Native(_)
            | Node::Arg(_)
            | Node::Saved { .. }
            | Node::Asked(_)
            | Node::Retval
            | Node::Latency => {}
            Node::Member(member) => member.base.walk(visit),
            Node::Address(place) => place.walk_below(visit),
            Node::Element(element) => {
                for part in [&element.array, &element.index, &element.size, &element.total] {
                    part.walk(visit);
                }
            }
            Node::Unary(_, x)
            | Node::Truth(x)
            | Node::Not(x)
            | Node::Convert(x)
            | Node::Symbol(_, x)
            | Node::Ipv4(x)
            | Node::ReadText { address: x, .. }
            | Node::ReadStrings { address: x, .. }
            | Node::Deref { address: x, .. }
            | Node::TextFits(x, ..) => x.walk(visit),
            Node::ReadBytes(Bytes { address: x, len: y, .. })
            | Node::Arith(_, x, y)
            | Node::Compare(_, x, y)
            | Node::And(x, y)
            | Node::Or(x, y) => {
                x.walk(visit);
                y.walk(visit);
            }
            // What it may be comes before what decides.
            Node::Choose(c, x, y) => {
                for part in [x, y, c] {
                    part.walk(visit);
                }
            }
        }
    }

    /// The same tree with every node passed through `change`, leaves first; of a place whose address
    /// is taken, only what leads there.
    pub fn map(self, change: &mut dyn FnMut(Self) -> Self) -> Self {
        let mapped = self.map_below(change);
        change(mapped)
    }

    fn map_below(self, change: &mut dyn FnMut(Self) -> Self) -> Self {
        let Self { node, ty, span } = self;
        let mut inner = |x: Box<Self>| Box::new(x.map(change));
        let node = match node {
            Node::Member(member) => Node::Member(Member { base: inner(member.base), ..member }),
            Node::Unary(op, x) => Node::Unary(op, inner(x)),
            Node::Truth(x) => Node::Truth(inner(x)),
            Node::Not(x) => Node::Not(inner(x)),
            Node::Convert(x) => Node::Convert(inner(x)),
            Node::Symbol(space, x) => Node::Symbol(space, inner(x)),
            Node::Ipv4(x) => Node::Ipv4(inner(x)),
            Node::ReadBytes(Bytes { address, len, space, max, form }) => {
                let (address, len) = (inner(address), inner(len));
                Node::ReadBytes(Bytes { address, len, space, max, form })
            }
            Node::ReadText { address, space, max } => {
                Node::ReadText { address: inner(address), space, max }
            }
            Node::ReadStrings { address, space } => {
                Node::ReadStrings { address: inner(address), space }
            }
            Node::Deref { address, space } => Node::Deref { address: inner(address), space },
            Node::Address(place) => Node::Address(Box::new(place.map_below(change))),
            Node::Element(element) => {
                let Element { array, index, size, total } = *element;
                Node::Element(Box::new(Element {
                    array: array.map(change),
                    index: index.map(change),
                    size: size.map(change),
                    total: total.map(change),
                }))
            }
            Node::Choose(c, x, y) => Node::Choose(inner(c), inner(x), inner(y)),
            Node::TextFits(x, fit, literal) => Node::TextFits(inner(x), fit, literal),
            Node::Arith(op, x, y) => Node::Arith(op, inner(x), inner(y)),
            Node::Compare(op, x, y) => Node::Compare(op, inner(x), inner(y)),
            Node::And(x, y) => Node::And(inner(x), inner(y)),
            Node::Or(x, y) => Node::Or(inner(x), inner(y)),
            leaf => leaf,
        };
        Self { node, ty, span }
    }

    /// Whether any node below satisfies `test`.
    pub fn any(&self, mut test: impl FnMut(&Self) -> bool) -> bool {
        let mut found = false;
        self.walk(&mut |typed| found |= test(typed));
        found
    }

    /// Whether its value is known only when the function returns.
    pub fn at_return(&self) -> bool {
        self.any(|typed| matches!(typed.node, Node::Retval | Node::Latency))
    }

    /// Whether it reads memory or divides, and so may come to nothing.
    pub fn may_fail(&self) -> bool {
        self.any(|typed| match &typed.node {
            Node::Member(_) | Node::Deref { .. } => !matches!(typed.ty, Type::Record(_)),
            // A literal needs room in the record, which may be used up.
            Node::ReadText { .. } | Node::ReadBytes(_) | Node::Element(_) | Node::Text(_) => true,
            Node::ReadStrings { .. } => true,
            Node::TextFits(_, Fit::Pattern, _) => true,
            Node::Arith(Arith::Div | Arith::Rem, _, y) => !matches!(y.node, Node::Int(_)),
            Node::Arg(arg) => arg.place.may_fail(),
            Node::Native(native) => native.may_fail(),
            _ => false,
        })
    }

    /// Splits at every top-level `&&`.
    pub fn conjuncts(self) -> Vec<Self> {
        match self.node {
            Node::And(x, y) => {
                let mut all = x.conjuncts();
                all.extend(y.conjuncts());
                all
            }
            _ => vec![self],
        }
    }
}
