//! Sizes, bit patterns, and values that are not there yet.

pub use crate::intrinsics::transmute;

/// Bytes of a `T`.
#[inline(always)]
pub const fn size_of<T>() -> usize {
    const { crate::intrinsics::size_of::<T>() }
}

/// Room for a value that may not be there yet. The real one takes types that are not `Copy`, too.
pub union MaybeUninit<T: Copy> {
    uninit: (),
    value: T,
}

impl<T: Copy> MaybeUninit<T> {
    /// Room without a value.
    #[inline(always)]
    pub const fn uninit() -> Self {
        Self { uninit: () }
    }

    /// Where the value goes.
    #[inline(always)]
    pub const fn as_mut_ptr(&mut self) -> *mut T {
        self as *mut Self as *mut T
    }

    /// The value.
    ///
    /// # Safety
    /// It must be there.
    #[inline(always)]
    pub const unsafe fn assume_init(self) -> T {
        // SAFETY: the caller's promise.
        unsafe { self.value }
    }
}

/// Drops a value now.
#[inline(always)]
pub fn drop<T>(_value: T) {}

/// Puts `value` in place of `*target`, which it returns.
#[inline(always)]
pub const fn replace<T>(target: &mut T, value: T) -> T {
    // SAFETY: a reference is valid for both.
    unsafe {
        let old = crate::intrinsics::read_via_copy(target);
        crate::intrinsics::write_via_move(target, value);
        old
    }
}
