//! Reads through pointers that may be wrong: every one can fail, and then gives `None`.

use core::mem::{MaybeUninit, size_of};

use crate::helper;
use crate::literal::Literal;
use crate::map::{Counter, count};
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

/// Which memory an address belongs to.
#[derive(Clone, Copy)]
pub(crate) enum Space {
    /// The kernel's.
    Kernel,
    /// The current process's. Reading fails, too, where the page is not in memory.
    User,
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
                Space::Kernel => helper::probe_read_kernel(to, size, from),
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
                Space::Kernel => helper::probe_read_kernel_str(to, size, from),
                Space::User => helper::probe_read_user_str(to, size, from),
            }
        }
    }

    #[inline(always)]
    fn read<T: Scalar>(self, address: u64) -> Option<T> {
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: there is room for a `T`; once the helper succeeds, any bytes are one.
        unsafe {
            let status = self.copy(value.as_mut_ptr().cast(), size_of::<T>() as u32, address);
            if status == 0 { Some(value.assume_init()) } else { None }
        }
    }

    /// The `size` bytes at `address`, at most 8, shifted up by `left` bits.
    #[inline(always)]
    fn bits(self, address: u64, size: u64, left: u64) -> Option<u64> {
        let mut value = 0u64;
        // SAFETY: the link stage gives no greater size; the verifier would refuse one.
        let status = unsafe { self.copy((&raw mut value).cast(), size as u32, address) };
        if status == 0 { Some(value << (left & 63)) } else { None }
    }

    /// Whether the string at `address` begins with `text`, and, if `whole`, ends there.
    ///
    /// One byte more than needed is read: the helper ends what it cuts off with a NUL, too, so
    /// only the length it gives tells a longer string from an equal one.
    #[inline(always)]
    fn compare<const W: usize>(self, address: u64, text: Literal<W>, whole: bool) -> Option<bool> {
        let mut found = MaybeUninit::<[u64; W]>::uninit();
        let size = text.len() as i64 + if whole { 2 } else { 1 };
        // SAFETY: `Literal` has room for its text and two bytes; of these, `starts` looks only at
        // the first `len`, which the helper wrote if it gives that length.
        unsafe {
            let got = self.copy_str(found.as_mut_ptr().cast(), size as u32, address);
            if got < 0 {
                return None;
            }
            Some(got == text.len() as i64 + 1 && text.starts(&found.assume_init()))
        }
    }
}

/// The number at `address` in the kernel's memory.
#[inline(always)]
pub fn kernel<T: Scalar>(address: u64) -> Option<T> {
    Space::Kernel.read(address)
}

/// The number at `address` in the process's memory. Fails, too, where the page is not in memory.
#[inline(always)]
pub fn user<T: Scalar>(address: u64) -> Option<T> {
    Space::User.read(address)
}

/// The bitfield within `size` bytes at `address` in the kernel's memory: what is left of them when
/// `left` bits are shifted out above, and then bits below until `right` are gone.
#[inline(always)]
pub fn kernel_bits(address: u64, size: u64, left: u64, right: u64) -> Option<u64> {
    Some(Space::Kernel.bits(address, size, left)? >> (right & 63))
}

/// As [`kernel_bits`], of a bitfield that has a sign.
#[inline(always)]
pub fn kernel_signed_bits(address: u64, size: u64, left: u64, right: u64) -> Option<i64> {
    Some(Space::Kernel.bits(address, size, left)? as i64 >> (right & 63))
}

/// As [`kernel_bits`], in the process's memory.
#[inline(always)]
pub fn user_bits(address: u64, size: u64, left: u64, right: u64) -> Option<u64> {
    Some(Space::User.bits(address, size, left)? >> (right & 63))
}

/// As [`kernel_signed_bits`], in the process's memory.
#[inline(always)]
pub fn user_signed_bits(address: u64, size: u64, left: u64, right: u64) -> Option<i64> {
    Some(Space::User.bits(address, size, left)? as i64 >> (right & 63))
}

/// Whether the kernel's string at `address` is `text`.
#[inline(always)]
pub fn kernel_str_is<const W: usize>(address: u64, text: Literal<W>) -> Option<bool> {
    Space::Kernel.compare(address, text, true)
}

/// Whether the kernel's string at `address` begins with `text`.
#[inline(always)]
pub fn kernel_str_starts_with<const W: usize>(address: u64, text: Literal<W>) -> Option<bool> {
    Space::Kernel.compare(address, text, false)
}

/// Whether the process's string at `address` is `text`.
#[inline(always)]
pub fn user_str_is<const W: usize>(address: u64, text: Literal<W>) -> Option<bool> {
    Space::User.compare(address, text, true)
}

/// Whether the process's string at `address` begins with `text`.
#[inline(always)]
pub fn user_str_starts_with<const W: usize>(address: u64, text: Literal<W>) -> Option<bool> {
    Space::User.compare(address, text, false)
}

/// The address of the element `index` of an array of `total` bytes, each element `size`; nothing,
/// if there is none.
#[inline(always)]
pub fn element(array: u64, index: u64, size: u64, total: u64) -> Option<u64> {
    if index < div_u64(total, size)? { Some(array + index * size) } else { None }
}

/// Goes on only if `condition` holds; one that cannot be evaluated is counted for `probe`.
#[inline(always)]
pub fn require(probe: u32, condition: impl FnOnce() -> Option<bool>) -> Option<()> {
    match condition() {
        Some(true) => Some(()),
        Some(false) => None,
        None => {
            count(probe, Counter::Undecided);
            None
        }
    }
}
