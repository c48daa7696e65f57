//! Raw pointers.

use crate::intrinsics;

/// A pointer to nothing.
#[inline(always)]
pub const fn null<T>() -> *const T {
    0 as *const T
}

/// A pointer to nothing.
#[inline(always)]
pub const fn null_mut<T>() -> *mut T {
    0 as *mut T
}

/// One load that stands where it was written.
///
/// # Safety
/// `from` must be valid for a load.
#[inline(always)]
pub unsafe fn read_volatile<T>(from: *const T) -> T {
    // SAFETY: the caller's promise.
    unsafe { intrinsics::volatile_load(from) }
}

/// One store that stands where it was written.
///
/// # Safety
/// `to` must be valid for a store.
#[inline(always)]
pub unsafe fn write_volatile<T>(to: *mut T, value: T) {
    // SAFETY: the caller's promise.
    unsafe { intrinsics::volatile_store(to, value) }
}

impl<T> *const T {
    /// `count` elements further.
    ///
    /// # Safety
    /// The result must stay within the same object.
    #[inline(always)]
    pub const unsafe fn add(self, count: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { intrinsics::arith_offset(self, count as isize) }
    }

    /// The same address, another type.
    #[inline(always)]
    pub const fn cast<U>(self) -> *const U {
        self as *const U
    }

    /// Moves the value out.
    ///
    /// # Safety
    /// There must be a value.
    #[inline(always)]
    pub const unsafe fn read(self) -> T {
        // SAFETY: the caller's promise.
        unsafe { intrinsics::read_via_copy(self) }
    }

    /// Whether it points at nothing.
    #[inline(always)]
    pub fn is_null(self) -> bool {
        self as usize == 0
    }

    /// A reference, unless it points at nothing.
    ///
    /// # Safety
    /// What it points at must be a value that nobody changes.
    #[inline(always)]
    pub unsafe fn as_ref<'a>(self) -> Option<&'a T> {
        // SAFETY: the caller's promise.
        if self.is_null() { None } else { Some(unsafe { &*self }) }
    }
}

impl<T> *mut T {
    /// `count` elements further.
    ///
    /// # Safety
    /// The result must stay within the same object.
    #[inline(always)]
    pub const unsafe fn add(self, count: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { intrinsics::arith_offset(self, count as isize) as *mut T }
    }

    /// The same address, another type.
    #[inline(always)]
    pub const fn cast<U>(self) -> *mut U {
        self as *mut U
    }

    /// Moves the value out.
    ///
    /// # Safety
    /// There must be a value.
    #[inline(always)]
    pub const unsafe fn read(self) -> T {
        // SAFETY: the caller's promise.
        unsafe { intrinsics::read_via_copy(self) }
    }

    /// Moves a value in; what was there is not dropped.
    ///
    /// # Safety
    /// `self` must be valid for a store.
    #[inline(always)]
    pub const unsafe fn write(self, value: T) {
        // SAFETY: the caller's promise.
        unsafe { intrinsics::write_via_move(self, value) }
    }

    /// Whether it points at nothing.
    #[inline(always)]
    pub fn is_null(self) -> bool {
        self as usize == 0
    }

    /// A reference, unless it points at nothing.
    ///
    /// # Safety
    /// What it points at must be a value that nobody else uses.
    #[inline(always)]
    pub unsafe fn as_mut<'a>(self) -> Option<&'a mut T> {
        // SAFETY: the caller's promise.
        if self.is_null() { None } else { Some(unsafe { &mut *self }) }
    }
}

/// Runs the Drop of what `to_drop` points at; the compiler writes the body.
///
/// # Safety
/// There must be a value, and it must not be used again.
#[cfg(not(since_1_97))]
#[lang = "drop_in_place"]
#[allow(unconditional_recursion)]
pub unsafe fn drop_in_place<T: ?Sized>(to_drop: *mut T) {
    // SAFETY: replaced by the compiler.
    unsafe { drop_in_place(to_drop) }
}

/// Runs the Drop of `to_drop`; the compiler writes the body.
///
/// # Safety
/// It must not be used again.
#[cfg(since_1_97)]
#[lang = "drop_glue"]
#[allow(unconditional_recursion)]
pub unsafe fn drop_glue<T: ?Sized>(to_drop: &mut T) {
    // SAFETY: replaced by the compiler.
    unsafe { drop_glue(to_drop) }
}
