//! `runner`: a YAML file declares which hook to watch and which fields to read; it becomes a small
//! Rust eBPF program that is compiled, relocated, loaded and attached, and whose events are printed.
//!
//! The modules below are the stages of that pipeline, in order: data only moves down.

pub mod attach;
pub mod author;
pub mod bpf;
pub mod cdecl;
pub mod check;
pub mod cli;
pub mod codegen;
pub mod commands;
pub mod compile;
pub mod config;
pub mod diag;
pub mod expr;
pub mod facts;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod hook;
pub mod layout;
pub mod link;
pub mod matching;
pub mod plan;
pub mod read;
pub mod recording;
pub mod render;
pub mod symbolize;
