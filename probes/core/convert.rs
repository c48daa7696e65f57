//! Conversions that cannot fail.

/// A type made from another.
pub trait From<T>: Sized {
    /// Converts.
    fn from(value: T) -> Self;
}

/// A type that becomes another.
pub trait Into<T>: Sized {
    /// Converts.
    fn into(self) -> T;
}

impl<T, U: From<T>> Into<U> for T {
    #[inline(always)]
    fn into(self) -> U {
        U::from(self)
    }
}

impl<T> From<T> for T {
    #[inline(always)]
    fn from(value: T) -> T {
        value
    }
}

macro_rules! widen {
    ($($from:ty => $($to:ty)*;)*) => { $($(
        impl From<$from> for $to {
            #[inline(always)]
            fn from(value: $from) -> Self {
                value as $to
            }
        }
    )*)* };
}

widen! {
    bool => u8 u16 u32 u64 i8 i16 i32 i64;
    u8 => u16 u32 u64 i16 i32 i64 usize;
    u16 => u32 u64 i32 i64 usize;
    u32 => u64 i64;
    i8 => i16 i32 i64;
    i16 => i32 i64;
    i32 => i64;
}

/// An error that never is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Infallible {}
