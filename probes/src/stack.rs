//! The addresses of the callers, in a record's tail.

use crate::builtin::pid;
use crate::context::{Kprobe, Kretprobe, PerfEvent, RawTracepoint, Tracepoint, Trampoline};
use crate::helper;
use crate::read::{Read, Unread};
use crate::record::Text;
use crate::tail::Tail;

/// Asks `get_stack` for the process's stack instead of the kernel's.
const USER_STACK: u64 = 1 << 8;

/// A context that shows who called.
pub trait Frames: Copy {
    /// As the kernel handed it over.
    fn raw(self) -> *const u64;
}

macro_rules! frames {
    ($($context:ident)*) => { $(
        impl Frames for $context {
            #[inline(always)]
            fn raw(self) -> *const u64 {
                self.0
            }
        }
    )* };
}

frames! { Kprobe Kretprobe PerfEvent RawTracepoint Tracepoint Trampoline }

impl<const N: usize> Tail<N> {
    /// Appends the kernel's stack: a 0, then at most `size` bytes of addresses, the innermost first.
    #[inline(always)]
    pub fn kernel_stack(&mut self, context: impl Frames, size: u64) -> Read<Text> {
        self.stack(context.raw(), size, 0, 0)
    }

    /// Appends the process's stack: the process, then at most `size` bytes of addresses.
    #[inline(always)]
    pub fn user_stack(&mut self, context: impl Frames, size: u64) -> Read<Text> {
        self.stack(context.raw(), size, USER_STACK, pid())
    }

    #[inline(always)]
    fn stack(&mut self, context: *const u64, size: u64, flags: u64, pid: u64) -> Read<Text> {
        let to = self.place(8 + size).ok_or(Unread::at(0))?;
        // SAFETY: `place` leaves room for the process and `size` bytes, at a multiple of 8.
        let got = unsafe {
            to.cast::<u64>().write(pid);
            helper::get_stack(context, to.add(8), size as u32, flags)
        };
        if got <= 0 { Err(Unread::at(0)) } else { Ok(self.keep(8 + got as u64, false)) }
    }
}
