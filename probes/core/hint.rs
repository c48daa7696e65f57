//! What the programmer knows and the compiler cannot.

/// A place that is never reached.
///
/// # Safety
/// It must never be reached.
#[inline(always)]
pub const unsafe fn unreachable_unchecked() -> ! {
    // SAFETY: the caller's promise.
    unsafe { crate::intrinsics::unreachable() }
}

/// A place that is seldom reached: what leads here is laid out apart.
#[inline(always)]
pub const fn cold_path() {
    crate::intrinsics::cold_path()
}
