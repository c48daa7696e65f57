//! The strings of a record, packed one behind the other.

use core::arch::asm;

use crate::literal::Literal;
use crate::read::{Read, Space, Unread};
use crate::record::Text;

/// Bytes that the helper may write past a string's limit: a byte to see that there are more, and
/// the NUL.
const SLACK: u64 = 2;

/// Room for strings, each starting at a multiple of 8, in the order in which they were read.
///
/// `N` is the sum over all strings of their limit plus 2, each rounded up to a multiple of 8.
/// The position stands behind the bytes, so it is not sent, and it stays with the record between
/// entry and return of a call.
#[repr(C)]
pub struct Tail<const N: usize> {
    pub(crate) bytes: [u8; N],
    pub(crate) used: u64,
}

impl<const N: usize> Tail<N> {
    /// Forgets all strings.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.used = 0;
    }

    /// Appends the kernel's string at `address`, of at most `max` bytes.
    #[inline(always)]
    pub fn kernel_str(&mut self, address: u64, max: u64) -> Read<Text> {
        self.string(Space::Kernel, address, max)
    }

    /// Appends the process's string at `address`, of at most `max` bytes.
    #[inline(always)]
    pub fn user_str(&mut self, address: u64, max: u64) -> Read<Text> {
        self.string(Space::User, address, max)
    }

    /// Appends the `char[size]` at `address` in the kernel's memory, up to its NUL if it has one.
    #[inline(always)]
    pub fn kernel_chars(&mut self, address: u64, size: u64) -> Read<Text> {
        self.chars(Space::Kernel, address, size)
    }

    /// Appends the `char[size]` at `address` in the process's memory, up to its NUL if it has one.
    #[inline(always)]
    pub fn user_chars(&mut self, address: u64, size: u64) -> Read<Text> {
        self.chars(Space::User, address, size)
    }

    /// Appends the string at `address` in what the program was handed, of at most `max` bytes.
    #[inline(always)]
    pub fn own_str(&mut self, address: u64, max: u64) -> Read<Text> {
        self.string(Space::Own, address, max)
    }

    /// Appends the `char[size]` at `address` in what the program was handed or on its stack, up to
    /// its NUL if it has one.
    #[inline(always)]
    pub fn own_chars(&mut self, address: u64, size: u64) -> Read<Text> {
        self.chars(Space::Own, address, size)
    }

    /// Appends `len` bytes at `address` in the kernel's memory, at most `max`.
    #[inline(always)]
    pub fn kernel_bytes(&mut self, address: u64, len: u64, max: u64) -> Read<Text> {
        self.binary(Space::Kernel, address, len, max)
    }

    /// Appends `len` bytes at `address` in the process's memory, at most `max`.
    #[inline(always)]
    pub fn user_bytes(&mut self, address: u64, len: u64, max: u64) -> Read<Text> {
        self.binary(Space::User, address, len, max)
    }

    /// Appends `len` bytes at `address` in what the program was handed, at most `max`.
    #[inline(always)]
    pub fn own_bytes(&mut self, address: u64, len: u64, max: u64) -> Read<Text> {
        self.binary(Space::Own, address, len, max)
    }

    /// Appends `text`.
    #[inline(always)]
    pub fn literal<const W: usize>(&mut self, text: Literal<W>) -> Read<Text> {
        let len = text.len() as u64;
        let to = self.place(len).ok_or(Unread::at(0))?;
        // SAFETY: `place` leaves room for the text and the slack, as `Literal` has; strings start at
        // multiples of 8.
        unsafe { text.write(to) };
        Ok(self.keep(len, false))
    }

    /// Bytes up to the end of the last string, of a record that has `size` bytes with all room.
    #[inline(always)]
    pub fn end_in(&self, size: u64) -> u64 {
        let fixed = size - size_of::<Self>() as u64;
        fixed + at_most(self.used, N as u64)
    }

    /// A longer string gives `max + 2`, one of exactly `max` bytes `max + 1`, so the mark is sure.
    #[inline(always)]
    fn string(&mut self, space: Space, address: u64, max: u64) -> Read<Text> {
        let to = self.place(max).ok_or(Unread::at(0))?;
        // SAFETY: `place` leaves room for `max` bytes and the slack.
        let got = unsafe { space.copy_str(to, (max + SLACK) as u32, address) };
        if got <= 0 {
            return Err(space.unread(address));
        }
        let truncated = got as u64 > max + 1;
        let len = if truncated { max } else { got as u64 - 1 };
        Ok(self.keep(len, truncated))
    }

    /// Reads one byte past the array at most, which the helper overwrites with the NUL.
    #[inline(always)]
    fn chars(&mut self, space: Space, address: u64, size: u64) -> Read<Text> {
        let to = self.place(size).ok_or(Unread::at(0))?;
        // SAFETY: `place` leaves room for `size` bytes and the slack.
        let got = unsafe { space.copy_str(to, (size + 1) as u32, address) };
        if got <= 0 { Err(space.unread(address)) } else { Ok(self.keep(got as u64 - 1, false)) }
    }

    #[inline(always)]
    fn binary(&mut self, space: Space, address: u64, len: u64, max: u64) -> Read<Text> {
        let to = self.place(max).ok_or(Unread::at(0))?;
        let truncated = len > max;
        let len = at_most(len, max);
        // SAFETY: `place` leaves room for `max` bytes.
        let status = unsafe { space.copy(to, len as u32, address) };
        if status != 0 { Err(space.unread(address)) } else { Ok(self.keep(len, truncated)) }
    }

    /// Where a string of at most `max` bytes can be put.
    #[inline(always)]
    pub(crate) fn place(&mut self, max: u64) -> Option<*mut u8> {
        let last = (N as u64).checked_sub(up_to_8(max + SLACK))?;
        if self.used > last {
            return None;
        }
        let mut place = (&raw mut self.bytes).cast::<u8>();
        // What the check above showed is lost to the verifier when the position is spilled, so the
        // limit is applied once more in the very instructions that use it.
        // SAFETY: `place` stays within `bytes`.
        unsafe {
            asm!(
                "if {used} <= {last} goto +1",
                "{used} = {last}",
                "{place} += {used}",
                used = inout(reg) self.used => _,
                last = in(reg) last,
                place = inout(reg) place,
                options(pure, nomem, nostack),
            );
        }
        Some(place)
    }

    #[inline(always)]
    pub(crate) fn keep(&mut self, len: u64, truncated: bool) -> Text {
        let start = self.used;
        self.used += up_to_8(len);
        Text::new(len, start, truncated)
    }
}

/// `n` rounded up to a multiple of 8.
#[inline(always)]
const fn up_to_8(n: u64) -> u64 {
    (n + 7) & !7
}

/// The lesser of both, in a form that the verifier of Linux 5.10 follows.
#[inline(always)]
fn at_most(n: u64, limit: u64) -> u64 {
    let mut n = n;
    // SAFETY: no memory.
    unsafe {
        asm!(
            "if {n} <= {limit} goto +1",
            "{n} = {limit}",
            n = inout(reg) n,
            limit = in(reg) limit,
            options(pure, nomem, nostack),
        );
    }
    n
}
