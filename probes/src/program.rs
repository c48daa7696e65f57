//! From a plain function to a program that the kernel can call.
//!
//! The function returns `Option<()>`, so that `?` ends it quietly. Its section says what the
//! program is, in the words of libbpf.

/// Makes a program of a kind: its name, its section, the context that the function takes.
#[doc(hidden)]
#[macro_export]
macro_rules! program {
    ($name:ident, $section:expr, $context:ty) => {
        mod $name {
            #[unsafe(no_mangle)]
            #[unsafe(link_section = $section)]
            extern "C" fn $name(context: *const u64) -> i32 {
                super::$name(<$context>::new(context));
                0
            }
        }
    };
}

/// Makes a function the program for the entry of a kernel function.
#[macro_export]
macro_rules! kprobe {
    ($name:ident, $function:literal) => {
        $crate::program!($name, concat!("kprobe/", $function), $crate::Kprobe);
    };
}

/// Makes a function the program for the return of a kernel function.
#[macro_export]
macro_rules! kretprobe {
    ($name:ident, $function:literal) => {
        $crate::program!($name, concat!("kretprobe/", $function), $crate::Kretprobe);
    };
}

/// Makes a function the program for the entry of a kernel function, by way of a trampoline.
#[macro_export]
macro_rules! fentry {
    ($name:ident, $function:literal) => {
        $crate::program!($name, concat!("fentry/", $function), $crate::Trampoline);
    };
}

/// Makes a function the program for the return of a kernel function, by way of a trampoline.
#[macro_export]
macro_rules! fexit {
    ($name:ident, $function:literal) => {
        $crate::program!($name, concat!("fexit/", $function), $crate::Trampoline);
    };
}

/// Makes a function the program for an instruction of a program or library.
#[macro_export]
macro_rules! uprobe {
    ($name:ident, $place:literal) => {
        $crate::program!($name, concat!("uprobe/", $place), $crate::Uprobe);
    };
}

/// Makes a function the program for a function's return in a program or library.
#[macro_export]
macro_rules! uretprobe {
    ($name:ident, $place:literal) => {
        $crate::program!($name, concat!("uretprobe/", $place), $crate::Uretprobe);
    };
}

/// Makes a function the program for a tracepoint, `category/name`.
#[macro_export]
macro_rules! tracepoint {
    ($name:ident, $event:literal) => {
        $crate::program!($name, concat!("tracepoint/", $event), $crate::Tracepoint);
    };
}

/// Makes a function the program for a raw tracepoint.
#[macro_export]
macro_rules! raw_tracepoint {
    ($name:ident, $event:literal) => {
        $crate::program!($name, concat!("raw_tp/", $event), $crate::RawTracepoint);
    };
}

/// Makes a function the program for a clock or a counter, written as the hook is.
#[macro_export]
macro_rules! perf_event {
    ($name:ident, $hook:literal) => {
        $crate::program!($name, concat!("perf_event/", $hook), $crate::PerfEvent);
    };
}

/// The license that the kernel asks for before it lets a program call all helpers.
#[macro_export]
macro_rules! license {
    () => {
        #[unsafe(no_mangle)]
        #[unsafe(link_section = "license")]
        static _license: [u8; 13] = *b"Dual MIT/GPL\0";
    };
}
