//! What the generated programs call: contexts, checked reads, strings, maps, records.
//!
//! In: a program written as `#![no_std] #![no_main] use probes::*;`. Out: everything it names.
//! Every function is inlined into the program, for only the program's own object is loaded; so
//! nothing here may be called through a pointer or be kept in a `static`. Kernels from 5.10 up.

#![no_std]
#![feature(asm_experimental_arch)]

#[macro_use]
mod symbol;

mod builtin;
mod context;
mod family;
mod glob;
mod helper;
mod literal;
pub mod map;
mod namespace;
mod number;
mod path;
mod program;
mod read;
mod record;
mod registers;
mod stack;
mod tail;

pub use builtin::{
    Comm, cgroup, comm, cpu, gid, is_self, is_wanted, now, pid, pid_tgid, place, task, tid, uid,
};
pub use context::{Kprobe, Kretprobe, PerfEvent, RawTracepoint, Tracepoint, Trampoline};
pub use family::{family_exit, family_fork, in_family};
pub use glob::{Found, Pattern, Room, TextMap};
pub use literal::{Literal, words};
pub use map::{CallsMap, Counter, RingBuffer, ScratchMap, count};
pub use namespace::{nspid, nstid, pid_ns};
pub use number::{div_s64, div_u64, quotient, rem_s64, rem_u64, rest};
pub use read::{
    Read, Scalar, Step, Unread, element, kernel, kernel_bits, kernel_signed_bits,
    kernel_signed_wide_bits, kernel_str_is, kernel_str_starts_with, kernel_wide_bits, own_str_is,
    own_str_starts_with, require, require_or_postpone, user, user_bits, user_signed_bits,
    user_signed_wide_bits, user_str_is, user_str_starts_with, user_wide_bits,
};
pub use record::{Head, Nulls, Record, Slot, Text, UserAddress};
pub use registers::{Uprobe, Uretprobe};
pub use stack::Frames;
pub use symbol::opaque;
pub use tail::Tail;
