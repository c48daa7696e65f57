//! The names that a hook brings into its expressions.

use super::ty::{Space, Type};
use crate::facts::elf::Operand;

/// What a hook's expressions may name, besides the builtins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The hook as written, for messages.
    pub hook: String,
    /// The arguments in order, or why there are none.
    pub args: Result<Vec<Named>, String>,
    /// The type of `retval`, or why there is none.
    pub retval: Result<Type, String>,
    /// Whether entry and return make one event, so that `latency` is known.
    pub call: bool,
    /// Whose memory its numbers point into where they are used as addresses.
    pub space: Space,
}

/// One argument of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its type; `Err` says why it cannot be read.
    pub ty: Result<Type, String>,
    /// Where its value is.
    pub place: ArgPlace,
}

/// Where an argument's value is when the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgPlace {
    /// The n-th argument register, from 0.
    Register(u8),
    /// Within a structure that is passed by value, in one or two registers.
    Part {
        /// The n-th argument register, from 0.
        register: u8,
        /// Bytes from its lowest.
        offset: u8,
    },
    /// On the stack, at the entry of the function.
    Stack {
        /// Words behind the return address, from 0.
        word: u8,
        /// Whose stack it is.
        space: Space,
    },
    /// The n-th word of a trampoline's arguments, of a type that the verifier lets no program load.
    Copied(u8),
    /// A scalar in the tracepoint's record.
    Field {
        /// Bytes from its start.
        offset: u32,
        /// 1, 2, 4 or 8.
        size: u32,
    },
    /// A `__data_loc` word in the tracepoint's record that says where the string is.
    DataLoc {
        /// Bytes from its start.
        offset: u32,
    },
    /// Characters in the tracepoint's record.
    Inline {
        /// Bytes from its start.
        offset: u32,
        /// Bytes.
        len: u32,
    },
    /// Where a static probe says.
    Operand {
        /// Bytes: 1, 2, 4 or 8.
        size: u8,
        /// Two's complement.
        signed: bool,
        /// The register, constant or memory.
        operand: Operand,
    },
}

impl ArgPlace {
    /// Whose memory is read for it.
    pub fn space(&self) -> Space {
        match self {
            Self::Operand { .. } => Space::User,
            Self::Stack { space, .. } => *space,
            _ => Space::Kernel,
        }
    }

    /// Whether it takes a read of memory, which may fail, to have its value.
    pub fn may_fail(&self) -> bool {
        matches!(
            self,
            Self::Stack { .. }
                | Self::DataLoc { .. }
                | Self::Inline { .. }
                | Self::Operand { operand: Operand::Memory { .. }, .. }
        )
    }
}

impl Scope {
    /// The arguments, none where there are none.
    pub fn args(&self) -> &[Named] {
        self.args.as_deref().unwrap_or_default()
    }
}
