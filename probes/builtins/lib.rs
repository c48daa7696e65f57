//! The crate that rustc demands of every `no_std` program. Programs call none of its functions.
//!
//! It is empty, and needs not even `core`, so both can be compiled at once.

#![feature(compiler_builtins, no_core)]
#![compiler_builtins]
#![no_core]
#![allow(internal_features)]
