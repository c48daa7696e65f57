//! The few compiler intrinsics in use. Misused ones crash the compiler, so they stay few.

use crate::marker::DiscriminantKind;

/// Declares intrinsics: without a body since 1.86, before that with one that is never used.
macro_rules! intrinsics {
    ($($(#[$about:meta])* [$($kind:tt)*] $name:ident<$($generic:ident),*>
        ($($arg:ident: $type:ty),*) -> $output:ty;)*) => { $(
        $(#[$about])*
        #[cfg(since_1_86)]
        #[rustc_intrinsic]
        pub $($kind)* fn $name<$($generic),*>($($arg: $type),*) -> $output;

        $(#[$about])*
        #[cfg(not(since_1_86))]
        #[rustc_intrinsic]
        #[rustc_intrinsic_must_be_overridden]
        #[allow(unused_variables)]
        pub $($kind)* fn $name<$($generic),*>($($arg: $type),*) -> $output {
            loop {}
        }
    )* };
}

intrinsics! {
    /// Bytes of a `T`.
    [const] size_of<T>() -> usize;
    /// The same bytes as another type.
    [const unsafe] transmute<Src, Dst>(src: Src) -> Dst;
    /// A place that is never reached.
    [const unsafe] unreachable<>() -> !;
    /// The pointer, so many elements further.
    [const unsafe] arith_offset<T>(base: *const T, count: isize) -> *const T;
    /// A value moved out of memory.
    [const unsafe] read_via_copy<T>(from: *const T) -> T;
    /// A value moved into memory.
    [const unsafe] write_via_move<T>(to: *mut T, value: T) -> ();
    /// A load that is neither left out nor doubled.
    [unsafe] volatile_load<T>(from: *const T) -> T;
    /// A store that is neither left out nor doubled.
    [unsafe] volatile_store<T>(to: *mut T, value: T) -> ();
    /// The bytes in reverse order.
    [const] bswap<T>(value: T) -> T;
    /// Which variant of an enum a value is.
    [const] discriminant_value<T>(value: &T) -> <T as DiscriminantKind>::Discriminant;
    /// A place that is seldom reached.
    #[cold]
    [const] cold_path<>() -> ();
    /// How many bits are set.
    [const] ctpop<T>(value: T) -> u32;
}
