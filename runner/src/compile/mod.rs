//! Rust text to a BPF object, by the machine's own `rustc`.
//!
//! In: the text of a program written against `probes`. Out: the object's bytes, from the cache if
//! the same text was compiled before. It runs no compiler but one found by [`Toolchain::find`],
//! and writes nowhere but into the [`Cache`] and temporary folders of its own.
//!
//! An object's name in the cache depends on the compiler's identity, its description of the
//! target, the flags, and the texts of all crates. The identity is remembered beside the objects,
//! so a cached object needs no `rustc` process; where no `rustc` is found at all, the remembered
//! ones serve, and a cache folder copied to a machine without a compiler goes on working.

mod build;
mod cache;
mod child;
mod library;
mod search;
#[cfg(test)]
mod tests;
mod toolchain;

use std::path::PathBuf;

pub use cache::{Cache, CacheError, Usage};
pub use search::Search;
pub use toolchain::{Toolchain, ToolchainError};

/// A compiled program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The ELF object; `core:` and `run:` symbols are still undefined.
    pub object: Vec<u8>,
    /// Whether it was in the cache.
    pub cached: bool,
    /// Which compiler made it, such as `1.95.0`.
    pub release: String,
    /// Why it could not be kept in the cache, if it could not.
    pub not_kept: Option<String>,
}

/// Why there is no object.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// No compiler that can do it.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The cache, or the temporary folder in its place.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The compiler refused the library crates.
    #[error(
        "failed to compile the crate `{crate_name}` with rustc {release}; install a release \
         between 1.{oldest} and 1.{newest} (`rustup toolchain install 1.{newest}`) and name its \
         rustc in RUNNER_RUSTC\n{stderr}",
        oldest = toolchain::OLDEST, newest = toolchain::NEWEST
    )]
    Library {
        /// Which crate.
        crate_name: &'static str,
        /// The compiler's release.
        release: String,
        /// All that it said.
        stderr: String,
    },
    /// The compiler refused the program.
    #[error("failed to compile the generated program with rustc {release}\n{stderr}")]
    Program {
        /// The compiler's release.
        release: String,
        /// All that it said.
        stderr: String,
    },
    /// The compiler could not be run or did not end.
    #[error("failed to run `{}`", path.display())]
    Run {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Compiles `source`, or takes what was compiled before.
pub fn compile(source: &str, search: &Search, cache: &Cache) -> Result<Compiled, CompileError> {
    let toolchain = match Toolchain::find(search, cache) {
        Ok(toolchain) => toolchain,
        Err(error) => return known(source, cache).ok_or_else(|| error.into()),
    };
    if let Some(compiled) = toolchain.cached(source, cache) {
        return Ok(compiled);
    }
    build::build(source, &toolchain, cache)
}

/// An object that any compiler known to the cache made of `source`.
fn known(source: &str, cache: &Cache) -> Option<Compiled> {
    Toolchain::remembered(cache).into_iter().find_map(|toolchain| toolchain.cached(source, cache))
}
