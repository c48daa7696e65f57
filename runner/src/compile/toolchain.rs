//! The `rustc` to use: found, asked once who it is, and remembered.
//!
//! In: a [`Search`] and the cache. Out: a compiler and all that the name of an object depends on.
//! Asking costs three processes; it is done again only when a file changed that the answer depends
//! on. Compiles nothing.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cache::{Cache, Key, Kind};
use super::search::{Candidate, Search};
use super::{Compiled, child, library};

/// The oldest release that can compile the library crates, as in `1.85`.
pub const OLDEST: u32 = 85;
/// The newest release that they were tried with.
pub const NEWEST: u32 = 97;

/// The target, in `rustc`'s words.
const TARGET: &str = "bpfel-unknown-none";

/// One compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    known: Known,
    minor: u32,
    llvm: u32,
    key: Key,
}

/// What was learned by asking, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// The real compiler, not `rustup`'s stand-in.
    rustc: PathBuf,
    /// What the files were like when it was asked.
    stamps: Vec<(PathBuf, Option<Stamp>)>,
    /// All that `rustc -vV` says.
    identity: String,
    /// Its description of the target, with our changes.
    target: String,
}

/// What tells a file from a later one of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Why there is no compiler.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// None anywhere.
    #[error(
        "failed to find `rustc`: it is at none of {}\ninstall one with `curl --proto '=https' \
         --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal`, or, from Debian 13 \
         or Ubuntu 25.04 on, with `apt install rustc`; or name one in RUNNER_RUSTC",
        looked.join(", ")
    )]
    NotFound {
        /// Where it was looked for.
        looked: Vec<String>,
    },
    /// Only one that cannot compile the library crates.
    #[error(
        "failed to use `{}`: it is rustc {release}, and 1.{OLDEST} is the oldest that serves\n\
         bring it up to date with `rustup update stable`, or name another in RUNNER_RUSTC",
        path.display()
    )]
    TooOld {
        /// Which file.
        path: PathBuf,
        /// Its release.
        release: String,
    },
    /// Built without LLVM's BPF back end.
    #[error(
        "failed to use `{}`: rustc {release} was built without LLVM's BPF target\n\
         install one that has it with `rustup toolchain install stable`, or name another in \
         RUNNER_RUSTC\n{stderr}",
        path.display()
    )]
    NoBpf {
        /// Which file.
        path: PathBuf,
        /// Its release.
        release: String,
        /// All that it said.
        stderr: String,
    },
    /// It runs, but not as a compiler should.
    #[error("failed to ask `{}` for {what}\n{stderr}", path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// What was asked.
        what: &'static str,
        /// All that it said.
        stderr: String,
    },
    /// It does not run.
    #[error("failed to run `{}`", path.display())]
    Run {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Toolchain {
    /// The first compiler of `search` that serves.
    pub fn find(search: &Search, cache: &Cache) -> Result<Self, ToolchainError> {
        let mut refused = None;
        for candidate in search.candidates.iter().filter(|candidate| candidate.path.is_file()) {
            match Self::at(candidate, search, cache) {
                Ok(toolchain) => return Ok(toolchain),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| ToolchainError::NotFound {
            looked: search.candidates.iter().map(|c| format!("`{}`", c.path.display())).collect(),
        }))
    }

    /// All that were asked before, whether they are still there or not; the newest first.
    pub(super) fn remembered(cache: &Cache) -> Vec<Self> {
        let entries = cache.all(Kind::Rustc).into_iter();
        entries.filter_map(|bytes| Self::new(serde_json::from_slice(&bytes).ok()?).ok()).collect()
    }

    /// The compiler behind one path.
    fn at(candidate: &Candidate, search: &Search, cache: &Cache) -> Result<Self, ToolchainError> {
        let deciding = stamps(candidate.decided_by(&search.environment));
        let environment = candidate.environment(&search.environment);
        let key = Key::of(&[format!("{deciding:?} {environment:?}").as_bytes()]);
        let remembered = || {
            let bytes = cache.get(Kind::Rustc, &key)?;
            let known: Known = serde_json::from_slice(&bytes).ok()?;
            (known.stamps == stamps(files_of(&known.rustc))).then_some(known)
        };
        if let Some(known) = remembered() {
            return Self::new(known);
        }
        let _turn = cache.turn();
        if let Some(known) = remembered() {
            return Self::new(known); // asked by another process while this one waited
        }
        let known = ask(&candidate.path, &environment)?;
        if let Ok(bytes) = serde_json::to_vec(&known) {
            // Where it cannot be kept, the compiler is asked again the next time.
            let _ = cache.put(Kind::Rustc, &key, &bytes);
        }
        Self::new(known)
    }

    fn new(known: Known) -> Result<Self, ToolchainError> {
        let field = |name| {
            let mut lines = known.identity.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let release = field("release").unwrap_or_default();
        let mut numbers = release.split(['.', '-']).map(str::parse::<u32>);
        let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
            return Err(ToolchainError::Broken {
                path: known.rustc.clone(),
                what: "its release",
                stderr: known.identity,
            });
        };
        if (major, minor) < (1, OLDEST) {
            let release = release.to_owned();
            return Err(ToolchainError::TooOld { path: known.rustc, release });
        }
        let llvm = field("LLVM version").and_then(|text| text.split('.').next()?.parse().ok());
        let key = Key::of(&[
            known.identity.as_bytes(),
            known.target.as_bytes(),
            &library::digest(),
            super::build::flags(llvm.unwrap_or(0)).join(" ").as_bytes(),
            super::build::PROGRAM_FLAGS.join(" ").as_bytes(),
        ]);
        Ok(Self { minor, llvm: llvm.unwrap_or(0), key, known })
    }

    /// The compiler's file.
    pub fn rustc(&self) -> &Path {
        &self.known.rustc
    }

    /// Its release, such as `1.95.0` or `1.97.0-nightly`.
    pub fn release(&self) -> &str {
        let mut lines = self.known.identity.lines();
        lines.find_map(|line| line.strip_prefix("release: ")).unwrap_or("?")
    }

    /// The second number of its release.
    pub fn minor(&self) -> u32 {
        self.minor
    }

    /// The first number of its LLVM's version.
    pub fn llvm(&self) -> u32 {
        self.llvm
    }

    /// Its description of the target, for `--target`.
    pub(super) fn target(&self) -> &str {
        &self.known.target
    }

    /// The name of the library crates that it makes.
    pub(super) fn library_key(&self) -> Key {
        self.key
    }

    /// The name of the object that it makes of `source`.
    pub(super) fn object_key(&self, source: &str) -> Key {
        Key::of(&[self.key.bytes(), source.as_bytes()])
    }

    /// The object that it made of `source` before.
    pub(super) fn cached(&self, source: &str, cache: &Cache) -> Option<Compiled> {
        let object = cache.get(Kind::Object, &self.object_key(source))?;
        let release = self.release().to_owned();
        Some(Compiled { object, cached: true, release, not_kept: None })
    }
}

/// Files that a compiler cannot change without changing: its own, and the folder of its libraries,
/// whose names hold their versions.
fn files_of(rustc: &Path) -> Vec<PathBuf> {
    let mut files = vec![rustc.to_owned()];
    files.extend(rustc.ancestors().nth(2).map(|sysroot| sysroot.join("lib")));
    files
}

fn stamps(files: Vec<PathBuf>) -> Vec<(PathBuf, Option<Stamp>)> {
    let stamp = |path: &Path| {
        let about = fs::metadata(path).ok()?;
        Some(Stamp {
            inode: about.ino(),
            size: about.size(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        })
    };
    files.into_iter().map(|path| (path.clone(), stamp(&path))).collect()
}

/// Asks the compiler behind `path` who it is.
fn ask(path: &Path, environment: &[(&str, &OsStr)]) -> Result<Known, ToolchainError> {
    // From `/`, for a `rust-toolchain.toml` further down changes what `rustup` runs.
    let start = |rustc: &Path, arguments: &[&str], environment: &[(&str, &OsStr)]| {
        let run = |source| ToolchainError::Run { path: rustc.to_owned(), source };
        child::start(rustc, arguments, environment, Path::new("/")).map_err(run)
    };
    let finish = |rustc: &Path, what, running: child::Running| {
        let run = |source| ToolchainError::Run { path: rustc.to_owned(), source };
        let output = running.finish().map_err(run)?;
        if output.status.success() && !output.stdout.trim().is_empty() {
            return Ok(output.stdout);
        }
        let stderr = format!("{}\n{}", output.status, output.stderr);
        Err(ToolchainError::Broken { path: rustc.to_owned(), what, stderr })
    };

    let sysroot = finish(
        path,
        "its sysroot (`--print sysroot`)",
        start(path, &["--print", "sysroot"], environment)?,
    )?;
    let direct = Path::new(sysroot.trim_end()).join("bin/rustc");
    let rustc = if direct.is_file() { direct } else { path.to_owned() };
    let own = super::build::environment();
    let before = stamps(files_of(&rustc));
    let version = start(&rustc, &["-vV"], &own)?;
    let target = start(
        &rustc,
        &["-Z", "unstable-options", "--print", "target-spec-json", "--target", TARGET],
        &own,
    )?;
    let identity = finish(&rustc, "its version (`-vV`)", version)?;
    let known = |target| Known { rustc: rustc.clone(), stamps: before, identity, target };
    // Before 1.85 the target may not even be known, and its age is the better reason.
    match finish(&rustc, "its description of the target", target).and_then(|t| adapt(&rustc, &t)) {
        Ok(target) => Ok(known(target)),
        Err(error) => {
            Toolchain::new(known(String::new()))?;
            Err(error)
        }
    }
}

/// The compiler's description of the target, with an object instead of bitcode, and unreachable
/// places that are not calls.
fn adapt(rustc: &Path, description: &str) -> Result<String, ToolchainError> {
    let broken = |error: serde_json::Error| ToolchainError::Broken {
        path: rustc.to_owned(),
        what: "its description of the target",
        stderr: format!("{error}\n{description}"),
    };
    let mut target: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(description).map_err(broken)?;
    target.insert("obj-is-bitcode".to_owned(), false.into());
    target.insert("trap-unreachable".to_owned(), false.into());
    serde_json::to_string_pretty(&target).map_err(broken)
}
