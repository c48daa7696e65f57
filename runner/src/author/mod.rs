//! What somebody who writes a config wants to know: which hooks there are, what can be named at one,
//! and a config to begin with.
//!
//! In: patterns and hooks from the command line, a kernel's [`crate::facts::Facts`]. Out: lists and
//! text. Nothing here prints or touches the machine.

pub mod catalog;
pub mod draft;
pub mod outline;
pub mod pattern;
pub mod place;

#[cfg(test)]
mod tests;
