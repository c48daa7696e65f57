//! The crate that rustc demands of every `no_std` program. Programs call none of its functions.

#![no_std]
#![feature(compiler_builtins)]
#![compiler_builtins]
#![allow(internal_features)]
