//! Numbers that are known only when the program is loaded: they are addresses of symbols that the
//! link stage resolves.

use core::arch::asm;

/// `value`, of which the compiler may assume nothing.
///
/// Without it the address of a symbol is known not to be zero, and a test for zero is dropped.
#[inline(always)]
pub fn opaque(value: u64) -> u64 {
    let mut result = value;
    // SAFETY: no instruction at all.
    unsafe {
        asm!("/* {0} */", inlateout(reg) result, options(pure, nomem, nostack, preserves_flags))
    };
    result
}

/// Declares functions whose value the link stage fills in, each with the symbol it stands for:
/// `core:<kind>:<type>:<path>` for what the kernel's types say, `run:<name>` for what this run says.
#[macro_export]
macro_rules! symbols {
    ($($(#[$about:meta])* $name:ident = $symbol:literal;)*) => { $(
        $(#[$about])*
        #[inline(always)]
        #[allow(non_snake_case)]
        fn $name() -> u64 {
            unsafe extern "C" {
                #[link_name = $symbol]
                static SYMBOL: u8;
            }
            $crate::opaque(&raw const SYMBOL as u64)
        }
    )* };
}
