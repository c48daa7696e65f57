//! The steps towards a value that can fail, and why one did.
//!
//! A program that cannot read a value leaves the number of the step and the address instead;
//! [`Missing`] makes words of them.

use serde::{Deserialize, Serialize};

use super::ty::{Space, Type};
use super::typed::{Arith, Bytes, Fit, Node, Typed};

/// Addresses up to here are NULL with the offset of a member (`mmap_min_addr` keeps them free).
const NULL_MAX: u64 = 1 << 16;

/// The address that stands for a text that is longer than a pattern looks at (`glob.rs` of the
/// kernel-side library).
const TOO_LONG: u64 = 1 << 63;

/// Addresses above this are none: a length that is negative stands there.
const ERRORS: u64 = u64::MAX - 4096;

/// The number that stands for this and all later steps.
const STEP_MAX: usize = 255;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    kind: Kind,
    /// What is read or divided.
    what: String,
    /// The pointer that is followed, if an expression has it.
    pointer: Option<String>,
    /// What is read is at the pointer, not at some offset from it.
    plain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Read(Space),
    Division,
    /// An array has no such element.
    Index,
    /// A builtin, whose own steps have no names.
    Native,
}

/// The steps of one probe.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// Of its conditions.
    pub conditions: Vec<Step>,
    /// Of each field.
    pub fields: Vec<Vec<Step>>,
}

impl Steps {
    /// Those towards the field with that index.
    pub fn of(&self, field: usize) -> &[Step] {
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }

    /// Whether `test` holds for every text in them.
    pub fn all_texts(&self, test: impl Fn(&str) -> bool) -> bool {
        let mut all = self.fields.iter().flatten().chain(&self.conditions);
        all.all(|step| test(&step.what) && step.pointer.as_deref().is_none_or(&test))
    }
}

/// What a program leaves where it has no value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The number of the step that failed, from 1.
    pub step: u8,
    /// The address at which it did.
    pub address: u64,
}

impl Missing {
    /// Nothing is known of it.
    pub const UNKNOWN: Self = Self { step: u8::MAX, address: 0 };

    /// The step among `steps`.
    fn of(self, steps: &[Step]) -> Option<&Step> {
        let index = usize::from(self.step).checked_sub(1)?;
        steps.get(index).filter(|_| index + 1 < STEP_MAX)
    }

    /// Why the value is missing.
    pub fn reason(self, steps: &[Step]) -> String {
        self.of(steps).map_or_else(|| "a read failed".to_owned(), |step| step.reason(self))
    }

    /// Whether both are missing for the same reason, whatever the address.
    pub fn is_like(self, other: Self) -> bool {
        let sort = |Self { step, address }: Self| {
            (step, address == 0, address < NULL_MAX, in_kernel(address))
        };
        sort(self) == sort(other)
    }
}

/// Whether an address is in the kernel's half.
fn in_kernel(address: u64) -> bool {
    address >> 63 != 0
}

impl Step {
    /// What the program calls it among `steps`; nothing where there is no other.
    pub fn number(&self, steps: &[Self]) -> Option<usize> {
        let index = steps.iter().position(|step| step == self).filter(|_| steps.len() > 1)?;
        Some((index + 1).min(STEP_MAX))
    }

    /// Why the step failed.
    fn reason(&self, missing: Missing) -> String {
        let what = &self.what;
        let address = missing.address;
        let space = match self.kind {
            Kind::Read(space) => space,
            Kind::Division => return format!("{what} divides by zero"),
            Kind::Index => return format!("{what} has no element {}", address as i64),
            Kind::Native if address < NULL_MAX => return format!("the task has no {what}"),
            Kind::Native => return format!("{what} could not be read"),
        };
        match (&self.pointer, space) {
            (Some(pointer), _) if self.plain && (1..NULL_MAX).contains(&address) => {
                format!("`{pointer}` is {address:#x}, which is no address")
            }
            (Some(pointer), _) if address < NULL_MAX => format!("`{pointer}` is NULL"),
            _ if address > ERRORS => format!("{what}: its length is {}", address as i64),
            _ if address == TOO_LONG => {
                format!("{what} is longer than `~` looks at; `str(p, 4096)` makes it look at more")
            }
            (Some(pointer), Space::Kernel) if !in_kernel(address) => {
                format!(
                    "`{pointer}` points into the process's memory: `user({pointer})` reads that"
                )
            }
            (Some(pointer), Space::User) if in_kernel(address) => {
                format!(
                    "`{pointer}` points into the kernel's memory: `kernel({pointer})` reads that"
                )
            }
            (_, Space::Kernel) => format!("{what}: bad address (EFAULT)"),
            (_, Space::User) => format!("{what}: page not in memory (EFAULT)"),
        }
    }
}

impl Typed {
    /// The step that this node itself is, if it can fail.
    pub fn step(&self) -> Option<Step> {
        let read = |space, what, address: &Self, plain| {
            let (pointer, exact) = address.origin();
            let (pointer, plain) = (Some(pointer.text()), plain && exact);
            Some(Step { kind: Kind::Read(space), what, pointer, plain })
        };
        match &self.node {
            Node::Member(member) => match &self.ty {
                Type::Record(_) => None,
                _ => read(member.space, format!("`{}`", self.text()), &member.base, false),
            },
            Node::Deref { address, space } => match &self.ty {
                Type::Record(_) => None,
                _ => read(*space, format!("`{}`", self.text()), address, true),
            },
            Node::Element(element) => {
                let what = format!("`{}`", element.array.text());
                Some(Step { kind: Kind::Index, what, pointer: None, plain: true })
            }
            Node::ReadStrings { address, space } => {
                read(*space, format!("`{}`", self.text()), address, true)
            }
            Node::ReadText { address, space, .. } => {
                read(*space, format!("the string at `{}`", address.text()), address, true)
            }
            Node::ReadBytes(Bytes { address, space, .. }) => {
                let pointer = matches!(address.ty, Type::Pointer(..)).then(|| address.text());
                let what = format!("the bytes at `{}`", address.text());
                Some(Step { kind: Kind::Read(*space), what, pointer, plain: true })
            }
            Node::Arith(Arith::Div | Arith::Rem, _, y) if !matches!(y.node, Node::Int(_)) => {
                let what = format!("`{}`", self.text());
                Some(Step { kind: Kind::Division, what, pointer: None, plain: false })
            }
            Node::Arg(arg) if arg.place.may_fail() => {
                let space = arg.place.space();
                let what = format!("`{}`", arg.name);
                Some(Step { kind: Kind::Read(space), what, pointer: None, plain: false })
            }
            Node::TextFits(x, Fit::Pattern, _) if x.step().is_none() => {
                let what = format!("`{}`", x.text());
                Some(Step { kind: Kind::Native, what, pointer: None, plain: false })
            }
            Node::Native(native) if native.may_fail() => {
                let what = format!("`{}`", self.text());
                Some(Step { kind: Kind::Native, what, pointer: None, plain: false })
            }
            _ => None,
        }
    }

    /// The pointer that an address is reckoned from, and whether it is that itself.
    fn origin(&self) -> (&Self, bool) {
        let from = match &self.node {
            Node::Arith(Arith::Add | Arith::Sub, pointer, _)
                if matches!(pointer.ty, Type::Pointer(..)) =>
            {
                pointer
            }
            Node::Element(element) => &element.array,
            Node::Address(place) => match &place.node {
                Node::Member(member) => &member.base,
                Node::Deref { address, .. } => address,
                _ => return (self, true),
            },
            _ => return (self, true),
        };
        (from.origin().0, false)
    }

    /// Adds the steps of the whole tree to `steps`, in the order in which they are taken.
    pub fn add_steps(&self, steps: &mut Vec<Step>) {
        self.clone().map(&mut |typed| {
            if let Some(step) = typed.step()
                && !steps.contains(&step)
            {
                steps.push(step);
            }
            typed
        });
    }
}
