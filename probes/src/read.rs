//! Reads through pointers that may be wrong: every one can fail, and then says at which address.

use core::hint::cold_path;
use core::mem::{MaybeUninit, size_of};

use crate::helper;
use crate::literal::Literal;
use crate::map::{Counter, count, keep};
use crate::number::div_u64;

/// A number as it lies in memory.
///
/// # Safety
/// Every bit pattern must be a value.
pub unsafe trait Scalar: Copy {}

macro_rules! scalars {
    ($($type:ty)*) => { $(
        // SAFETY: an integer.
        unsafe impl Scalar for $type {}
    )* };
}

scalars! { u8 u16 u32 u64 i8 i16 i32 i64 }

/// Why there is no value: which of the steps towards it failed, as the reader numbers them, and at
/// which address.
///
/// The address may be what the verifier knows to be a pointer: it can be stored, not computed with.
#[derive(Clone, Copy)]
pub struct Unread {
    pub(crate) address: u64,
    pub(crate) step: u8,
}

/// A value, or why there is none.
pub type Read<T> = Result<T, Unread>;

impl Unread {
    /// A read at `address` that failed: a seldom case, so that the usual one is a straight line.
    #[inline(always)]
    pub(crate) const fn at(address: u64) -> Self {
        cold_path();
        Self { address, step: 1 }
    }
}

/// What can fail at one of several steps.
pub trait Step {
    /// Notes which step it was, if it failed: from 1.
    fn step(self, number: u8) -> Self;
}

impl<T> Step for Read<T> {
    #[inline(always)]
    fn step(self, number: u8) -> Self {
        match self {
            Ok(value) => Ok(value),
            Err(Unread { address, .. }) => Err(Unread { address, step: number }),
        }
    }
}

/// Which memory an address belongs to.
#[derive(Clone, Copy)]
pub(crate) enum Space {
    /// The kernel's.
    Kernel,
    /// The current process's. Reading fails, too, where the page is not in memory.
    User,
    /// What the program was handed, and its stack. The verifier lets nobody see such an address.
    Own,
}

impl Space {
    /// Copies `size` bytes from `from`.
    ///
    /// # Safety
    /// `to` must have room for them.
    #[inline(always)]
    pub(crate) unsafe fn copy(self, to: *mut u8, size: u32, from: u64) -> i64 {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Space::Kernel | Space::Own => helper::probe_read_kernel(to, size, from),
                Space::User => helper::probe_read_user(to, size, from),
            }
        }
    }

    /// Copies a string of at most `size` bytes with its NUL, which is always written.
    ///
    /// # Safety
    /// `to` must have room for `size` bytes.
    #[inline(always)]
    pub(crate) unsafe fn copy_str(self, to: *mut u8, size: u32, from: u64) -> i64 {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Space::Kernel | Space::Own => helper::probe_read_kernel_str(to, size, from),
                Space::User => helper::probe_read_user_str(to, size, from),
            }
        }
    }

    /// A read at `address` that failed.
    #[inline(always)]
    pub(crate) fn unread(self, address: u64) -> Unread {
        match self {
            Space::Own => Unread::at(u64::MAX),
            _ => Unread::at(address),
        }
    }

    #[inline(always)]
    pub(crate) fn read<T: Scalar>(self, address: u64) -> Read<T> {
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: there is room for a `T`; once the helper succeeds, any bytes are one.
        unsafe {
            let status = self.copy(value.as_mut_ptr().cast(), size_of::<T>() as u32, address);
            if status == 0 { Ok(value.assume_init()) } else { Err(self.unread(address)) }
        }
    }

    /// The `size` bytes at `address`, at most 8, shifted up by `left` bits.
    #[inline(always)]
    fn bits(self, address: u64, size: u64, left: u64) -> Read<u64> {
        let mut value = 0u64;
        // SAFETY: the link stage gives no greater size; the verifier would refuse one.
        let status = unsafe { self.copy((&raw mut value).cast(), size as u32, address) };
        if status == 0 { Ok(value << (left & 63)) } else { Err(self.unread(address)) }
    }

    /// The nine bytes at `address`, shifted down by `first` bits, of which at least one goes, and then
    /// up by `left`.
    #[inline(always)]
    fn wide_bits(self, address: u64, first: u64, left: u64) -> Read<u64> {
        let mut words = [0u64; 2];
        // SAFETY: there is room for 16 bytes.
        let status = unsafe { self.copy((&raw mut words).cast(), 9, address) };
        if status != 0 {
            return Err(self.unread(address));
        }
        let [low, high] = words;
        Ok((low >> (first & 63) | high << ((64 - first) & 63)) << (left & 63))
    }

    /// Whether the string at `address` begins with `text`, and, if `whole`, ends there.
    ///
    /// One byte more than needed is read: the helper ends what it cuts off with a NUL, too, so
    /// only the length it gives tells a longer string from an equal one.
    #[inline(always)]
    fn compare<const W: usize>(self, address: u64, text: Literal<W>, whole: bool) -> Read<bool> {
        let mut found = MaybeUninit::<[u64; W]>::uninit();
        let size = text.len() as i64 + if whole { 2 } else { 1 };
        // SAFETY: `Literal` has room for its text and two bytes; of these, `starts` looks only at
        // the first `len`, which the helper wrote if it gives that length.
        unsafe {
            let got = self.copy_str(found.as_mut_ptr().cast(), size as u32, address);
            if got < 0 {
                return Err(self.unread(address));
            }
            Ok(got == text.len() as i64 + 1 && text.starts(&found.assume_init()))
        }
    }
}

/// The number at `address` in the kernel's memory.
#[inline(always)]
pub fn kernel<T: Scalar>(address: u64) -> Read<T> {
    Space::Kernel.read(address)
}

/// The number at `address` in the process's memory. Fails, too, where the page is not in memory.
#[inline(always)]
pub fn user<T: Scalar>(address: u64) -> Read<T> {
    Space::User.read(address)
}

/// The bitfield within `size` bytes at `address` in the kernel's memory: what is left of them when
/// `left` bits are shifted out above, and then bits below until `right` are gone.
#[inline(always)]
pub fn kernel_bits(address: u64, size: u64, left: u64, right: u64) -> Read<u64> {
    Ok(Space::Kernel.bits(address, size, left)? >> (right & 63))
}

/// As [`kernel_bits`], of a bitfield that has a sign.
#[inline(always)]
pub fn kernel_signed_bits(address: u64, size: u64, left: u64, right: u64) -> Read<i64> {
    Ok(Space::Kernel.bits(address, size, left)? as i64 >> (right & 63))
}

/// As [`kernel_bits`], in the process's memory.
#[inline(always)]
pub fn user_bits(address: u64, size: u64, left: u64, right: u64) -> Read<u64> {
    Ok(Space::User.bits(address, size, left)? >> (right & 63))
}

/// As [`kernel_signed_bits`], in the process's memory.
#[inline(always)]
pub fn user_signed_bits(address: u64, size: u64, left: u64, right: u64) -> Read<i64> {
    Ok(Space::User.bits(address, size, left)? as i64 >> (right & 63))
}

/// The bitfield that begins at bit `first` of the nine bytes at `address` in the kernel's memory and
/// leaves `rest` bits of a word free.
#[inline(always)]
pub fn kernel_wide_bits(address: u64, first: u64, rest: u64) -> Read<u64> {
    Ok(Space::Kernel.wide_bits(address, first, rest)? >> (rest & 63))
}

/// As [`kernel_wide_bits`], of a bitfield that has a sign.
#[inline(always)]
pub fn kernel_signed_wide_bits(address: u64, first: u64, rest: u64) -> Read<i64> {
    Ok(Space::Kernel.wide_bits(address, first, rest)? as i64 >> (rest & 63))
}

/// As [`kernel_wide_bits`], in the process's memory.
#[inline(always)]
pub fn user_wide_bits(address: u64, first: u64, rest: u64) -> Read<u64> {
    Ok(Space::User.wide_bits(address, first, rest)? >> (rest & 63))
}

/// As [`kernel_signed_wide_bits`], in the process's memory.
#[inline(always)]
pub fn user_signed_wide_bits(address: u64, first: u64, rest: u64) -> Read<i64> {
    Ok(Space::User.wide_bits(address, first, rest)? as i64 >> (rest & 63))
}

/// Whether the kernel's string at `address` is `text`.
#[inline(always)]
pub fn kernel_str_is<const W: usize>(address: u64, text: Literal<W>) -> Read<bool> {
    Space::Kernel.compare(address, text, true)
}

/// Whether the kernel's string at `address` begins with `text`.
#[inline(always)]
pub fn kernel_str_starts_with<const W: usize>(address: u64, text: Literal<W>) -> Read<bool> {
    Space::Kernel.compare(address, text, false)
}

/// Whether the process's string at `address` is `text`.
#[inline(always)]
pub fn user_str_is<const W: usize>(address: u64, text: Literal<W>) -> Read<bool> {
    Space::User.compare(address, text, true)
}

/// Whether the process's string at `address` begins with `text`.
#[inline(always)]
pub fn user_str_starts_with<const W: usize>(address: u64, text: Literal<W>) -> Read<bool> {
    Space::User.compare(address, text, false)
}

/// The address of the element `index` of an array of `total` bytes, each element `size`; of one that is
/// not there, the reason has the index in place of an address.
#[inline(always)]
pub fn element(array: u64, index: u64, size: u64, total: u64) -> Read<u64> {
    if index < div_u64(total, size)? { Ok(array + index * size) } else { Err(Unread::at(index)) }
}

/// Whether the string at `address` in what the program was handed is `text`.
#[inline(always)]
pub fn own_str_is<const W: usize>(address: u64, text: Literal<W>) -> Read<bool> {
    Space::Own.compare(address, text, true)
}

/// Whether the string at `address` in what the program was handed begins with `text`.
#[inline(always)]
pub fn own_str_starts_with<const W: usize>(address: u64, text: Literal<W>) -> Read<bool> {
    Space::Own.compare(address, text, false)
}

/// Goes on if `condition` holds, or if it cannot be evaluated: the return of the call may know more
/// ([`Head::require_postponed`](crate::Head::require_postponed)). Gives the bit that says so.
#[inline(always)]
pub fn require_or_postpone(bit: u32, condition: impl FnOnce() -> Read<bool>) -> Option<u32> {
    match condition() {
        Ok(true) => Some(0),
        Ok(false) => None,
        Err(_) => Some(1 << bit),
    }
}

/// Goes on only if `condition` holds; one that cannot be evaluated is counted for `probe`, and the
/// last reason kept.
#[inline(always)]
pub fn require(probe: u32, condition: impl FnOnce() -> Read<bool>) -> Option<()> {
    match condition() {
        Ok(true) => Some(()),
        Ok(false) => None,
        Err(why) => {
            count(probe, Counter::Undecided);
            keep(probe, Counter::Step, why.step as u64);
            keep(probe, Counter::Address, why.address);
            None
        }
    }
}
