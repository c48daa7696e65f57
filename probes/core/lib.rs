//! A small crate named `core`, so that programs for the kernel are plain `#![no_std]` Rust.
//!
//! In: nothing but the compiler's language items. Out: what `probes` and the generated programs
//! use of the real `core`, under the same names, with operators that wrap and checks that end the
//! program quietly. It must not grow past the real `core`'s interface: both can compile the same
//! `probes`. Whatever differs between compiler versions is switched in this crate alone, by
//! `--cfg since_1_NN`.

#![no_core]
#![feature(
    allow_internal_unstable,
    asm_experimental_arch,
    auto_traits,
    const_trait_impl,
    decl_macro,
    freeze_impls,
    fundamental,
    intrinsics,
    lang_items,
    never_type,
    no_core,
    negative_impls,
    prelude_import,
    rustc_attrs,
    unboxed_closures
)]
#![rustc_coherence_is_core]
#![allow(internal_features, dead_code, unused_features, incomplete_features)]

/// Implements a marker trait for many types.
macro_rules! mark {
    ($trait:ident: $($type:ty)*) => { $(impl $trait for $type {})* };
}

#[macro_use]
mod macros;

pub mod arch;
pub mod array;
pub mod cell;
pub mod clone;
pub mod cmp;
pub mod convert;
pub mod default;
pub mod ffi;
pub mod hint;
pub mod intrinsics;
pub mod iter;
pub mod marker;
pub mod mem;
pub mod num;
pub mod ops;
pub mod option;
pub mod panicking;
pub mod prelude;
pub mod ptr;
pub mod result;
pub mod slice;

#[prelude_import]
#[allow(unused_imports)]
use prelude::rust_2024::*;
