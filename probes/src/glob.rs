//! Whether text fits a pattern with `*` and `?`, and the room in which such text is read.
//!
//! Bit `j` of a state says that the first `j` elements of the pattern can end where the text is now;
//! a `*` lets a bit stay. All bits go on at once, and there is one branch for four bytes, for the
//! verifier follows every branch: 512 bytes take it some 15,000 steps (8 ms).

use core::arch::asm;
use core::mem::size_of;

use crate::helper;
use crate::map::Map;
use crate::read::{Read, Space, Unread};

/// Most bytes of a text that a pattern is held against.
pub const LONGEST: usize = 4096;

/// The address that stands for a text that is longer than what is looked at; no pointer has it.
const TOO_LONG: u64 = 1 << 63;

/// A pattern of at most 63 elements, each a byte or `?`, in `W` words; made by [`glob!`](crate::glob).
#[derive(Clone, Copy)]
pub struct Pattern<const W: usize> {
    /// The bytes, the first one lowest; 0, which no text holds, for `?`.
    words: [u64; W],
    /// Bit `j`: element `j` is `?`.
    any: u64,
    /// Bit `j`: a `*` stands before element `j`, or, behind the last, at the end.
    stay: u64,
    /// How many elements.
    len: usize,
}

/// A byte string as a [`Pattern`], worked out by the compiler. A backslash takes the next byte's
/// meaning away.
#[macro_export]
macro_rules! glob {
    ($pattern:expr) => {
        const { $crate::Pattern::<{ $pattern.len() / 8 + 1 }>::new($pattern) }
    };
}

/// 1 in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;

impl<const W: usize> Pattern<W> {
    /// Takes `pattern` apart.
    pub const fn new(pattern: &[u8]) -> Self {
        let mut new = Self { words: [0; W], any: 0, stay: 0, len: 0 };
        let mut i = 0;
        while i < pattern.len() {
            match pattern[i] {
                b'*' => {
                    new.stay |= 1 << new.len;
                    i += 1;
                    continue;
                }
                b'?' => new.any |= 1 << new.len,
                byte => {
                    let escapes = byte == b'\\' && i + 1 < pattern.len();
                    i += escapes as usize;
                    new.words[new.len / 8] |= (pattern[i] as u64) << (new.len % 8 * 8);
                }
            }
            new.len += 1;
            i += 1;
        }
        new
    }

    /// The state behind `byte`.
    #[inline(always)]
    fn next(&self, state: u64, byte: u8) -> u64 {
        let spread = byte as u64 * ONES;
        let mut fits = self.any;
        let mut w = 0;
        while w < W {
            let different = self.words[w] ^ spread;
            // The upper bit of each byte in which nothing differs.
            let same = !(((different & (ONES * 0x7f)) + ONES * 0x7f) | different) & (ONES * 0x80);
            // These 8 bits side by side: each is moved to the upper byte by a bit of the factor.
            fits |= (((same >> 7) * 0x0102_0408_1020_4080) >> 56) << (w * 8);
            w += 1;
        }
        (state & fits) << 1 | state & self.stay
    }
}

/// A text that was read to be looked at.
#[derive(Clone, Copy)]
pub struct Found {
    bytes: *const u8,
    len: u64,
    longest: u64,
}

impl Found {
    /// Whether it fits `pattern`.
    #[inline(always)]
    pub fn fits<const W: usize>(self, pattern: Pattern<W>) -> bool {
        let mut state = 1;
        let mut at = 0;
        // The verifier follows the number through a register; the compiler must not know it, or it
        // writes the loop out.
        let longest: u64;
        // SAFETY: no memory.
        unsafe {
            asm!(
                "{longest} = {known}",
                longest = out(reg) longest,
                known = in(reg) self.longest,
                options(pure, nomem, nostack),
            );
        }
        // A branch at every byte would take the verifier twice as long; eight bytes fill the stack.
        while at < longest {
            if at >= self.len || state == 0 {
                break;
            }
            // SAFETY: the room has so many bytes, and they are aligned.
            let mut word = unsafe { *self.bytes.add(at as usize).cast::<u32>() };
            let mut i = 0;
            while i < 4 {
                let next = pattern.next(state, word as u8);
                // All ones within the text, 0 behind it, where the state stays as it is. The
                // compiler would make a branch of it.
                let mut within = at + i;
                // SAFETY: no memory.
                unsafe {
                    asm!(
                        "{within} -= {len}",
                        "{within} s>>= 63",
                        within = inout(reg) within,
                        len = in(reg) self.len,
                        options(pure, nomem, nostack),
                    );
                }
                state = next & within | state & !within;
                word >>= 8;
                i += 1;
            }
            at += 4;
        }
        state >> pattern.len & 1 != 0
    }
}

/// Room for the text that a program looks at.
#[repr(C)]
pub struct Room {
    bytes: [u8; LONGEST + 8],
}

/// Room for text. Each program has its own, for it may be interrupted by another.
pub trait TextMap: Map + Sized {
    /// The kernel's string at `address`, if it has at most `max` bytes.
    #[inline(always)]
    fn kernel_str(&self, address: u64, max: u64) -> Read<Found> {
        self.read(Space::Kernel, address, max)
    }

    /// The process's string at `address`, if it has at most `max` bytes.
    #[inline(always)]
    fn user_str(&self, address: u64, max: u64) -> Read<Found> {
        self.read(Space::User, address, max)
    }

    /// The string at `address` in what the program was handed, if it has at most `max` bytes.
    #[inline(always)]
    fn own_str(&self, address: u64, max: u64) -> Read<Found> {
        self.read(Space::Own, address, max)
    }

    /// The `char[size]` at `address` in the kernel's memory, up to its NUL if it has one.
    #[inline(always)]
    fn kernel_chars(&self, address: u64, size: u64) -> Read<Found> {
        self.chars(Space::Kernel, address, size)
    }

    /// The `char[size]` at `address` in the process's memory, up to its NUL if it has one.
    #[inline(always)]
    fn user_chars(&self, address: u64, size: u64) -> Read<Found> {
        self.chars(Space::User, address, size)
    }

    /// The `char[size]` at `address` in what the program was handed, up to its NUL if it has one.
    #[inline(always)]
    fn own_chars(&self, address: u64, size: u64) -> Read<Found> {
        self.chars(Space::Own, address, size)
    }

    #[doc(hidden)]
    #[inline(always)]
    fn read(&self, space: Space, address: u64, max: u64) -> Read<Found> {
        // A longer string gives `max + 2`, one of exactly `max` bytes `max + 1`.
        let (bytes, got) = self.copy(space, address, max + 2)?;
        if got > max + 1 {
            return Err(Unread::at(TOO_LONG));
        }
        Ok(Found { bytes, len: got - 1, longest: max })
    }

    #[doc(hidden)]
    #[inline(always)]
    fn chars(&self, space: Space, address: u64, size: u64) -> Read<Found> {
        let (bytes, got) = self.copy(space, address, size + 1)?;
        Ok(Found { bytes, len: got - 1, longest: size })
    }

    /// Copies a string with its NUL, at most `size` bytes, into the program's room.
    #[doc(hidden)]
    #[inline(always)]
    fn copy(&self, space: Space, address: u64, size: u64) -> Read<(*const u8, u64)> {
        let index = 0u32;
        // SAFETY: the index has the size of the map's keys.
        let room = unsafe { helper::map_lookup_elem(self.id(), (&raw const index).cast()) };
        if room.is_null() || size > size_of::<Room>() as u64 {
            return Err(Unread::at(0));
        }
        // SAFETY: the room has `size` bytes.
        let got = unsafe { space.copy_str(room, size as u32, address) };
        if got <= 0 { Err(space.unread(address)) } else { Ok((room, got as u64)) }
    }
}
