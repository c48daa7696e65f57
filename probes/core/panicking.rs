//! What a failed check does: end the program with 0. There is nobody to tell in a kernel.
//!
//! Never inlined language items would be calls to another crate's object, so all are.

/// Ends the program. While constants are compiled it is an error that shows the place.
#[lang = "panic"]
#[inline(always)]
#[track_caller]
pub const fn panic(_message: &'static str) -> ! {
    end()
}

/// A panic whose message the compiler made.
#[lang = "panic_fmt"]
#[inline(always)]
#[track_caller]
pub const fn panic_fmt(_message: Arguments<'_>) -> ! {
    end()
}

/// An index past the end.
#[lang = "panic_bounds_check"]
#[inline(always)]
#[track_caller]
const fn panic_bounds_check(_index: usize, _len: usize) -> ! {
    end()
}

/// A panic where none may be.
#[lang = "panic_nounwind"]
#[inline(always)]
const fn panic_nounwind(_message: &'static str) -> ! {
    end()
}

/// A panic that would leave an `extern "C"` function.
#[lang = "panic_cannot_unwind"]
#[inline(always)]
const fn panic_cannot_unwind() -> ! {
    end()
}

/// A message, of which nothing is kept.
#[lang = "format_arguments"]
pub struct Arguments<'a> {
    _text: &'a str,
}

macro_rules! checks {
    ($($name:ident)*) => { $(
        #[lang = stringify!($name)]
        #[inline(always)]
        #[track_caller]
        const fn $name() -> ! {
            end()
        }
    )* };
}

/// The checks of arithmetic. Overflow wraps; dividing by zero ends the program.
mod arithmetic {
    use super::end;

    checks! {
        panic_const_add_overflow
        panic_const_sub_overflow
        panic_const_mul_overflow
        panic_const_div_overflow
        panic_const_rem_overflow
        panic_const_neg_overflow
        panic_const_shr_overflow
        panic_const_shl_overflow
        panic_const_div_by_zero
        panic_const_rem_by_zero
    }
}

/// Where a panic happened; the compiler makes it and nobody reads it.
#[lang = "panic_location"]
pub struct Location<'a> {
    _file: &'a str,
    _line: u32,
    _column: u32,
}

/// Ends the program with 0, from wherever it is. The compiler refuses it within a constant.
#[inline(always)]
#[rustc_do_not_const_check]
const fn end() -> ! {
    // SAFETY: `exit` leaves the function; all functions are inlined into the program's entry.
    unsafe { crate::arch::asm!("r0 = 0", "exit", options(noreturn, nomem, nostack)) }
}
