//! What the kernel hands to a program, by kind of hook.
//!
//! The verifier allows only loads at a constant offset from the context, so they are written as
//! the very instruction: the compiler cannot merge two of them into one at a computed address.

use core::arch::asm;

/// Loads the 8 bytes at `OFFSET`.
#[inline(always)]
pub(crate) fn load<const OFFSET: i16>(context: *const u64) -> u64 {
    let value;
    // SAFETY: the verifier refuses offsets outside of the context.
    unsafe {
        asm!(
            "{value} = *(u64 *)({context} + {offset})",
            value = lateout(reg) value,
            context = in(reg) context,
            offset = const OFFSET,
            options(pure, nomem, nostack, preserves_flags),
        )
    };
    value
}

/// A kprobe: the registers, as x86-64 has them.
#[derive(Clone, Copy)]
pub struct Kprobe(pub(crate) *const u64);

impl Kprobe {
    /// From what the kernel handed over.
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(context: *const u64) -> Self {
        Self(context)
    }

    /// Argument `n` of the function, from 0 up to 5. Only at its entry.
    #[inline(always)]
    pub fn arg(self, n: u32) -> u64 {
        match n {
            0 => load::<112>(self.0), // rdi
            1 => load::<104>(self.0), // rsi
            2 => load::<96>(self.0),  // rdx
            3 => load::<88>(self.0),  // rcx
            4 => load::<72>(self.0),  // r8
            5 => load::<64>(self.0),  // r9
            _ => panic!("the sixth argument is the last in a register"),
        }
    }

    /// The stack pointer.
    #[inline(always)]
    pub fn sp(self) -> u64 {
        load::<152>(self.0)
    }

    /// Which of the link's functions this is: a number whose name the reader knows.
    #[inline(always)]
    pub fn place(self) -> u64 {
        // SAFETY: the context is the program's own.
        unsafe { crate::helper::get_attach_cookie(self.0) }
    }

    /// Which of the thread's calls this is. Only at the function's entry.
    #[inline(always)]
    pub fn call(self) -> u64 {
        call_at(self.sp())
    }
}

/// A kretprobe: the registers when the function has returned.
#[derive(Clone, Copy)]
pub struct Kretprobe(pub(crate) *const u64);

impl Kretprobe {
    /// From what the kernel handed over.
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(context: *const u64) -> Self {
        Self(context)
    }

    /// What the function returns.
    #[inline(always)]
    pub fn retval(self) -> u64 {
        load::<80>(self.0) // rax
    }

    /// The stack pointer.
    #[inline(always)]
    pub fn sp(self) -> u64 {
        load::<152>(self.0)
    }

    /// Which of the link's functions this is: a number whose name the reader knows.
    #[inline(always)]
    pub fn place(self) -> u64 {
        // SAFETY: the context is the program's own.
        unsafe { crate::helper::get_attach_cookie(self.0) }
    }

    /// Which of the thread's calls this is. By now the return address is off the stack.
    #[inline(always)]
    pub fn call(self) -> u64 {
        call_at(self.sp() - 8)
    }
}

/// The call of the current thread whose frame is at `place` on its stack: nested calls of one
/// function have places of their own.
#[inline(always)]
fn call_at(place: u64) -> u64 {
    crate::builtin::tid() << 32 | place & 0xffff_ffff
}

/// A function's entry or return, by way of the kernel's trampolines: the arguments, and at the
/// return behind them what the function returns.
#[derive(Clone, Copy)]
pub struct Trampoline(pub(crate) *const u64);

impl Trampoline {
    /// From what the kernel handed over.
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(context: *const u64) -> Self {
        Self(context)
    }

    /// Argument `n`, from 0; at the return, the one behind the last is what the function returns.
    #[inline(always)]
    pub fn arg(self, n: u32) -> u64 {
        RawTracepoint(self.0).arg(n)
    }

    /// As [`Self::arg`], of a type that the verifier lets no program load: it is copied from the stack,
    /// where the trampoline keeps it.
    #[inline(always)]
    pub fn copied(self, n: u32) -> u64 {
        let mut value = 0u64;
        let to = (&raw mut value).cast();
        // SAFETY: there is room for 8 bytes. It cannot fail: the address is the kernel's own.
        unsafe { crate::helper::probe_read_kernel(to, 8, self.0 as u64 + n as u64 * 8) };
        value
    }

    /// Which of the thread's calls this is: the trampoline keeps the arguments on the stack, in one
    /// place for the entry and the return.
    #[inline(always)]
    pub fn call(self) -> u64 {
        let place: u64;
        // SAFETY: a move of 32 bits, by which the verifier takes the address for a number.
        unsafe {
            asm!(
                "w0 = w1",
                in("r1") self.0,
                lateout("r0") place,
                options(pure, nomem, nostack, preserves_flags),
            )
        };
        call_at(place)
    }
}

/// A clock or a counter that fired: only the stacks of what ran are read of it.
#[derive(Clone, Copy)]
pub struct PerfEvent(pub(crate) *const u64);

impl PerfEvent {
    /// From what the kernel handed over.
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(context: *const u64) -> Self {
        Self(context)
    }
}

/// A raw tracepoint: its arguments, as the kernel passes them.
#[derive(Clone, Copy)]
pub struct RawTracepoint(pub(crate) *const u64);

impl RawTracepoint {
    /// From what the kernel handed over.
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(context: *const u64) -> Self {
        Self(context)
    }

    /// Argument `n`, from 0 up to 11.
    #[inline(always)]
    pub fn arg(self, n: u32) -> u64 {
        match n {
            0 => load::<0>(self.0),
            1 => load::<8>(self.0),
            2 => load::<16>(self.0),
            3 => load::<24>(self.0),
            4 => load::<32>(self.0),
            5 => load::<40>(self.0),
            6 => load::<48>(self.0),
            7 => load::<56>(self.0),
            8 => load::<64>(self.0),
            9 => load::<72>(self.0),
            10 => load::<80>(self.0),
            11 => load::<88>(self.0),
            _ => panic!("a tracepoint has at most 12 arguments"),
        }
    }
}

/// A tracepoint: its record, as the `format` file describes it.
#[derive(Clone, Copy)]
pub struct Tracepoint(pub(crate) *const u64);

/// A number that is a field of a tracepoint's record.
pub trait Field {
    /// Loads it from `OFFSET`.
    #[doc(hidden)]
    fn load<const OFFSET: i16>(context: *const u64) -> Self;
}

macro_rules! fields {
    ($($width:literal: $($type:ty)*;)*) => { $($(
        impl Field for $type {
            #[inline(always)]
            fn load<const OFFSET: i16>(context: *const u64) -> Self {
                let value: u64;
                // SAFETY: the verifier refuses offsets outside of the record.
                unsafe {
                    asm!(
                        concat!("{value} = *(", $width, " *)({context} + {offset})"),
                        value = lateout(reg) value,
                        context = in(reg) context,
                        offset = const OFFSET,
                        options(pure, nomem, nostack, preserves_flags),
                    )
                };
                value as $type
            }
        }
    )*)* };
}

fields! {
    "u8": u8 i8;
    "u16": u16 i16;
    "u32": u32 i32;
    "u64": u64 i64;
}

impl Tracepoint {
    /// From what the kernel handed over.
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(context: *const u64) -> Self {
        Self(context)
    }

    /// Which of the thread's calls this is: a thread has one system call at a time.
    #[inline(always)]
    pub fn call(self) -> u64 {
        crate::builtin::pid_tgid()
    }

    /// The number at `OFFSET`.
    #[inline(always)]
    pub fn field<T: Field, const OFFSET: i16>(self) -> T {
        T::load::<OFFSET>(self.0)
    }

    /// Where the data of the `__data_loc` field at `OFFSET` are, in the kernel's memory, and how
    /// many bytes they have.
    #[inline(always)]
    pub fn data_loc<const OFFSET: i16>(self) -> (u64, u64) {
        let place = self.field::<u32, OFFSET>() as u64;
        (self.address(place & 0xffff), place >> 16)
    }

    /// Where the record's byte at `offset` is, in the kernel's memory: for arrays.
    #[inline(always)]
    pub fn address(self, offset: u64) -> u64 {
        self.0 as u64 + offset
    }
}
