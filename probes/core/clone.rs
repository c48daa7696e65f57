//! [`Clone`] and its derive.

/// A value that can be doubled.
#[lang = "clone"]
pub trait Clone: Sized {
    /// Another one like it.
    #[lang = "clone_fn"]
    fn clone(&self) -> Self;
}

/// Derives [`Clone`]; the compiler's own.
#[rustc_builtin_macro]
#[allow_internal_unstable(core_intrinsics, derive_clone_copy, trivial_clone)]
pub macro Clone($item:item) {}

/// A [`Clone`] that copies bytes; named by what `derive(Clone)` makes.
///
/// # Safety
/// Copying the bytes must be all that `clone` does.
#[cfg(since_1_93)]
#[lang = "trivial_clone"]
pub unsafe trait TrivialClone: Clone {}

/// Named by what `derive(Clone)` makes.
#[doc(hidden)]
pub struct AssertParamIsClone<T: Clone + ?Sized> {
    _field: crate::marker::PhantomData<T>,
}

/// Named by what `derive(Clone)` makes for unions.
#[doc(hidden)]
pub struct AssertParamIsCopy<T: Copy + ?Sized> {
    _field: crate::marker::PhantomData<T>,
}

macro_rules! clone {
    ($($type:ty)*) => { $(
        impl Clone for $type {
            #[inline(always)]
            fn clone(&self) -> Self {
                *self
            }
        }
    )* };
}

clone! { bool char u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

impl Clone for ! {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Clone for &T {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Clone for *const T {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Clone for *mut T {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
