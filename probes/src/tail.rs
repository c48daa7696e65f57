//! The strings of a record, packed one behind the other.

use core::arch::asm;

use crate::literal::Literal;
use crate::read::{Read, Space, Unread};
use crate::record::Text;

/// Bytes that the helper may write past a string's limit: a byte to see that there are more, and
/// the NUL.
const SLACK: u64 = 2;

/// Most strings of a list; the verifier follows each step.
const STRINGS: u64 = 64;

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

    /// Appends the strings to which the pointers at `address` in the kernel's memory point, up to a
    /// null pointer, about `max` bytes of them.
    #[inline(always)]
    pub fn kernel_strings(&mut self, address: u64, max: u64) -> Read<Text> {
        self.strings(Space::Kernel, address, max)
    }

    /// Appends the strings to which the pointers at `address` in the process's memory point, up to a
    /// null pointer, about `max` bytes of them.
    #[inline(always)]
    pub fn user_strings(&mut self, address: u64, max: u64) -> Read<Text> {
        self.strings(Space::User, address, max)
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
        // The result of a call that failed is no length.
        if (len as i64) < 0 {
            return Err(Unread::at(len));
        }
        let to = self.place(max).ok_or(Unread::at(0))?;
        let truncated = len > max;
        let len = at_most(len, max);
        // SAFETY: `place` leaves room for `max` bytes.
        let status = unsafe { space.copy(to, len as u32, address) };
        if status != 0 { Err(space.unread(address)) } else { Ok(self.keep(len, truncated)) }
    }

    /// Each string is followed by its NUL, but not the last one where it was cut.
    #[inline(always)]
    fn strings(&mut self, space: Space, address: u64, max: u64) -> Read<Text> {
        let start = self.used;
        let truncated = self.all_strings(space, address, max);
        // What strings before one that could not be read left behind is no part of the record.
        let len = self.used - start;
        self.used = start;
        Ok(self.keep(len, truncated?))
    }

    /// Appends them; whether there are more.
    #[inline(always)]
    fn all_strings(&mut self, space: Space, address: u64, max: u64) -> Read<bool> {
        let start = self.used;
        for i in 0..STRINGS {
            let string: u64 = space.read(address + i * 8)?;
            if string == 0 {
                return Ok(false);
            }
            let used = self.used - start;
            if used >= max {
                break;
            }
            let to = self.place(max).ok_or(Unread::at(0))?;
            let left = at_most(max - used, max);
            // SAFETY: `place` leaves room for `max` bytes and the slack.
            let got = unsafe { space.copy_str(to, (left + SLACK) as u32, string) };
            if got <= 0 {
                return Err(space.unread(string));
            }
            if got as u64 > left + 1 {
                self.used += left;
                break;
            }
            self.used += got as u64;
        }
        Ok(true)
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
