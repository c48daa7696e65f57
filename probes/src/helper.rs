//! The kernel's helper functions, by their numbers in `include/uapi/linux/bpf.h`. None but
//! `get_attach_cookie` is newer than Linux 5.10.
//!
//! Memory is read by helpers that say whose it is. The older `probe_read` (4) and `probe_read_str`
//! (45) take any address; they are left out, so that no kernel can mistake one memory for the other.

use core::arch::asm;
use core::mem::transmute;

/// Declares helpers: number, name, arguments and result.
macro_rules! helpers {
    ($($(#[$about:meta])* $number:literal $name:ident($($arg:ident: $type:ty),*) -> $output:ty;)*) => { $(
        $(#[$about])*
        ///
        /// # Safety
        /// Pointers must be what the helper expects; the verifier refuses anything else.
        #[inline(always)]
        pub unsafe fn $name($($arg: $type),*) -> $output {
            // SAFETY: a call to a small constant address is how BPF names a helper.
            let helper: unsafe extern "C" fn($($type),*) -> $output =
                unsafe { transmute($number as usize) };
            // SAFETY: the caller's promise.
            unsafe { helper($($arg),*) }
        }
    )* };
}

helpers! {
    /// The value of a key, or null.
    1 map_lookup_elem(map: *const u8, key: *const u8) -> *mut u8;
    /// Stores a value; 0 or a negative errno. Kernels up to 6.3 leave rubbish in the upper half: the
    /// call goes straight to a function of the map's kind, which returned an `int` then.
    2 map_update_elem(map: *const u8, key: *const u8, value: *const u8, flags: u64) -> i32;
    /// Forgets a key; 0 or a negative errno, as of [`map_update_elem`].
    3 map_delete_elem(map: *const u8, key: *const u8) -> i32;
    /// Nanoseconds since boot, without suspend.
    5 ktime_get_ns() -> u64;
    /// The task's name, padded with zeros; 0 or a negative errno.
    16 get_current_comm(to: *mut u8, size: u32) -> i64;
    /// Writes the addresses of the callers into a buffer, the innermost first; bytes written, or a
    /// negative errno.
    67 get_stack(ctx: *const u64, to: *mut u8, size: u32, flags: u64) -> i64;
    /// Copies user memory; 0 or a negative errno.
    112 probe_read_user(to: *mut u8, size: u32, from: u64) -> i64;
    /// Copies kernel memory; 0 or a negative errno.
    113 probe_read_kernel(to: *mut u8, size: u32, from: u64) -> i64;
    /// Copies a string from user memory; its length with the NUL, or a negative errno.
    114 probe_read_user_str(to: *mut u8, size: u32, from: u64) -> i64;
    /// Copies a string from kernel memory; its length with the NUL, or a negative errno.
    115 probe_read_kernel_str(to: *mut u8, size: u32, from: u64) -> i64;
    /// The number that was given for this place when the program was attached (Linux 5.15).
    174 get_attach_cookie(ctx: *const u64) -> u64;
    /// Copies a record into a ring buffer; 0 or a negative errno.
    130 ringbuf_output(map: *const u8, record: *const u8, size: u64, flags: u64) -> i64;
}

/// Declares helpers whose result cannot change while a program runs. They are written as the call
/// instruction, with the registers it changes, so that the compiler may keep the first result.
macro_rules! steady {
    ($($(#[$about:meta])* $number:literal $name:ident;)*) => { $(
        $(#[$about])*
        #[inline(always)]
        pub fn $name() -> u64 {
            let result;
            // SAFETY: the helper takes nothing and changes nothing.
            unsafe {
                asm!(
                    concat!("call ", $number),
                    lateout("r0") result,
                    lateout("r1") _,
                    lateout("r2") _,
                    lateout("r3") _,
                    lateout("r4") _,
                    lateout("r5") _,
                    options(pure, nomem, nostack),
                )
            };
            result
        }
    )* };
}

steady! {
    /// The processor's number.
    8 get_smp_processor_id;
    /// The process in the upper half, the thread in the lower.
    14 get_current_pid_tgid;
    /// The group in the upper half, the user in the lower.
    15 get_current_uid_gid;
    /// The address of the current `struct task_struct`.
    35 get_current_task;
    /// The number of the task's group in the cgroup hierarchy of version 2.
    80 get_current_cgroup_id;
}
