//! [`Default`].

/// A type with a value to start from.
pub trait Default: Sized {
    /// That value.
    fn default() -> Self;
}

/// Derives [`Default`]; the compiler's own.
#[rustc_builtin_macro]
#[allow_internal_unstable(core_intrinsics)]
pub macro Default($item:item) {}

macro_rules! zero {
    ($($type:ty)*) => { $(
        impl Default for $type {
            #[inline(always)]
            fn default() -> Self {
                0
            }
        }
    )* };
}

zero! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

impl Default for bool {
    #[inline(always)]
    fn default() -> Self {
        false
    }
}
