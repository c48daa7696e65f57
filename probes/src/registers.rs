//! The registers of a program that stopped at a probe, by name: static probes say which they use.

use crate::context::{Kprobe, Kretprobe, load};

/// A place in a program or library: the registers, as x86-64 has them.
pub type Uprobe = Kprobe;

/// A function's return in a program or library.
pub type Uretprobe = Kretprobe;

/// Gives each register, at its offset in `struct pt_regs`, a method.
macro_rules! registers {
    ($($name:ident $offset:literal)*) => {
        impl Kprobe { $(
            /// The register of that name.
            #[inline(always)]
            pub fn $name(self) -> u64 {
                load::<$offset>(self.0)
            }
        )* }
    };
}

registers! {
    rax 80
    rbx 40
    rcx 88
    rdx 96
    rsi 104
    rdi 112
    rbp 32
    rsp 152
    r8 72
    r9 64
    r10 56
    r11 48
    r12 24
    r13 16
    r14 8
    r15 0
    rip 128
}
