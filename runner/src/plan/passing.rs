//! Where a function finds its arguments at its entry, by the System V calling convention of x86-64.

use crate::expr::{ArgPlace, Space};

/// Arguments that are passed in registers.
pub const REGISTERS: u8 = 6;
/// Floating-point numbers that are.
const VECTORS: u8 = 8;

/// Why a record has no place.
pub const ON_STACK: &str = "it is passed on the stack";

/// Hands out places, from the first argument to the last.
pub struct Passing {
    /// Whose stack it is.
    space: Space,
    registers: u8,
    vectors: u8,
    /// Words on the stack; `None` behind what may have been aligned.
    stack: Option<u8>,
}

impl Passing {
    /// Nothing has been passed yet.
    pub fn new(space: Space) -> Self {
        Self { space, registers: 0, vectors: 0, stack: Some(0) }
    }

    /// The registers that were handed out.
    pub fn registers(&self) -> u8 {
        self.registers
    }

    /// The place of a number or pointer, or why it is not known.
    pub fn scalar(&mut self) -> Result<ArgPlace, String> {
        if self.registers < REGISTERS {
            self.registers += 1;
            return Ok(ArgPlace::Register(self.registers - 1));
        }
        match self.stack {
            Some(word) if word < u8::MAX => {
                self.stack = Some(word + 1);
                Ok(ArgPlace::Stack { word, space: self.space })
            }
            _ => Err(format!("{ON_STACK}, at a place that depends on what is before it")),
        }
    }

    /// Passes a record, or another type of that size; the first of its registers, if it is in any.
    pub fn record(&mut self, size: u64) -> Option<u8> {
        // An empty structure takes no room at all.
        let words = size.div_ceil(8).min(3) as u8;
        let first = self.registers;
        if words > 2 || first + words > REGISTERS {
            self.stack = None;
            return None;
        }
        self.registers += words;
        Some(first)
    }

    /// Passes a `float` or `double`.
    pub fn vector(&mut self) {
        match self.vectors < VECTORS {
            true => self.vectors += 1,
            false => self.stack = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_go_to_registers_and_then_to_the_stack() {
        let mut passing = Passing::new(Space::User);
        let stack = |word| Ok(ArgPlace::Stack { word, space: Space::User });
        for n in 0..4 {
            assert_eq!(passing.scalar(), Ok(ArgPlace::Register(n)));
        }
        (0..8).for_each(|_| passing.vector());
        // Two words need two registers.
        assert_eq!(passing.record(16), Some(4));
        assert_eq!((passing.scalar(), passing.scalar()), (stack(0), stack(1)));
        // Where the next stands depends on how this is aligned.
        assert_eq!(passing.record(8), None);
        assert!(passing.scalar().is_err());
    }

    #[test]
    fn large_records_leave_the_registers_to_others() {
        let mut passing = Passing::new(Space::Kernel);
        assert_eq!((passing.record(24), passing.record(0)), (None, Some(0)));
        assert_eq!(passing.scalar(), Ok(ArgPlace::Register(0)));
        (1..REGISTERS).for_each(|_| drop(passing.scalar()));
        assert!(passing.scalar().is_err());
    }
}
