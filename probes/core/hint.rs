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
