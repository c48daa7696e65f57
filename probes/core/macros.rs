//! The macros that every program sees without asking: attributes, derives and assertions.

/// Derives the traits named in it; the compiler's own.
#[rustc_builtin_macro]
pub macro derive($item:item) {}

/// Joins literals into one `&'static str`; the compiler's own.
#[rustc_builtin_macro]
#[macro_export]
macro_rules! concat {
    ($($e:expr),* $(,)?) => {};
}

/// The text of its tokens; the compiler's own.
#[rustc_builtin_macro]
#[macro_export]
macro_rules! stringify {
    ($($t:tt)*) => {};
}

/// Ends the program: in the kernel with 0, while compiling constants with an error.
#[macro_export]
macro_rules! panic {
    ($($message:tt)*) => {
        $crate::panicking::panic("panic")
    };
}

/// Ends the program where it must not come.
#[macro_export]
macro_rules! unreachable {
    ($($message:tt)*) => {
        $crate::panicking::panic("unreachable")
    };
}

/// Ends the program unless the condition holds.
#[macro_export]
macro_rules! assert {
    ($condition:expr $(, $($message:tt)*)?) => {
        if !$condition {
            $crate::panicking::panic("assertion failed")
        }
    };
}
