//! What is known of a kernel: its types, tracepoint formats, functions and features; and of the
//! programs that run on it.
//!
//! Later stages ask a [`Facts`] and never the machine, so a recorded kernel serves as well as the
//! running one.

mod assume;
pub mod btf;
pub mod elf;
mod live;
pub mod recorded;
pub mod symbols;
#[cfg(any(test, fuzzing))]
#[allow(clippy::unwrap_used)] // it is of tests
#[cfg_attr(fuzzing, allow(dead_code))] // which take more of it than fuzzing
pub(crate) mod testing;
mod tracefs;
pub mod tracepoint;
mod types_only;
pub mod uapi;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::hook::{COUNTERS, Counter};
pub use assume::Able;
use btf::{Btf, BtfError};
pub use live::Live;
pub use recorded::{Recorded, SnapshotError};
pub use tracefs::look as find_tracefs;
pub use types_only::TypesOnly;
use uapi::Arch;

/// What later stages may ask of a kernel. Answers are lazy where they cost time.
pub trait Facts {
    /// The kernel's release, as `uname -r` gives it.
    fn release(&self) -> &str;

    /// Its architecture, which decides some of the numbers of its interface.
    fn arch(&self) -> Arch {
        Arch::own()
    }

    /// The kernel's own types, or why there are none.
    fn btf(&self) -> Result<&Btf, FactsError>;

    /// The format of one tracepoint; `None` if there is no such tracepoint.
    fn tracepoint(
        &self,
        category: &str,
        name: &str,
    ) -> Result<Option<Arc<TracepointFormat>>, FactsError>;

    /// The tracepoints of every category that fits the glob, as `category:name`, sorted.
    fn tracepoints(&self, category: &str) -> Result<Vec<String>, FactsError>;

    /// Whether the kernel has a function of that name (in its image or a module).
    fn has_function(&self, name: &str) -> Result<bool, FactsError>;

    /// All functions, sorted, without duplicates; for globs and suggestions.
    fn functions(&self) -> Result<Vec<&str>, FactsError>;

    /// The program or library that a hook names: a path, or the bare name of a library.
    fn binary(&self, _name: &str) -> Result<Arc<elf::Binary>, elf::ElfError> {
        Err(elf::ElfError::NotRecorded)
    }

    /// Samples a second that the kernel allows, if it says so.
    fn max_sample_rate(&self) -> Option<u64> {
        None
    }

    /// Bytes of the function of that name; `None` if that cannot be told.
    fn function_size(&self, _name: &str) -> Result<Option<u64>, FactsError> {
        Ok(None)
    }

    /// Where each of these functions is; several places for one name are several functions.
    fn addresses(&self, _names: &[&str]) -> Result<HashMap<String, Vec<u64>>, FactsError> {
        Ok(HashMap::new())
    }

    /// Whether a function can be traced, where the kernel tells.
    fn is_traceable(&self, _name: &str) -> Option<bool> {
        None
    }

    /// The most places that one hook may be attached to (`--max-attach`).
    fn attach_max(&self) -> usize {
        crate::hook::ATTACH_MAX
    }

    /// Whether the kernel can do `feature`.
    fn has(&self, feature: Feature) -> bool {
        self.lacks(feature).is_none()
    }

    /// Why the kernel cannot do `feature`; `None` if it can, or if that is not known.
    fn lacks(&self, feature: Feature) -> Option<String>;

    /// What these facts say nothing of, one line each.
    fn unknown(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a kernel may or may not be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// `CONFIG_KPROBES`: kprobe and kretprobe.
    Kprobe,
    /// The event source `uprobe`: every kind of hook in user space.
    Uprobe,
    /// Something counts this, and can interrupt at a count.
    Counter(&'static Counter),
    /// kprobe.multi: one link for many functions.
    KprobeMulti,
    /// uprobe.multi: one link for many places in a file.
    UprobeMulti,
    /// fentry and fexit.
    Fentry,
}

impl Feature {
    /// Every feature; whoever adds one meets the compiler in [`fmt::Display`], below.
    pub fn all() -> impl Iterator<Item = Self> {
        let single =
            [Self::Kprobe, Self::Uprobe, Self::KprobeMulti, Self::UprobeMulti, Self::Fentry];
        single.into_iter().chain(COUNTERS.iter().map(Self::Counter))
    }
}

/// Its name in snapshots and messages; stable over releases.
impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kprobe => "kprobe",
            Self::Uprobe => "uprobe",
            Self::KprobeMulti => "kprobe.multi",
            Self::UprobeMulti => "uprobe.multi",
            Self::Fentry => "fentry",
            Self::Counter(counter) => {
                return write!(f, "{}:{}", counter.kind.row().name, counter.name);
            }
        })
    }
}

/// The record of one tracepoint, from its `format` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracepointFormat {
    /// Category, such as `syscalls`.
    pub category: String,
    /// Name, such as `sys_enter_write`.
    pub name: String,
    /// What `perf_event_open` takes.
    pub id: u64,
    /// Every field, the `common_` ones first.
    pub fields: Vec<TracepointField>,
}

/// One `field:` line of a `format` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracepointField {
    /// Its name.
    pub name: String,
    /// The C type without the array part: `const char *`, `unsigned short`, `__data_loc char[]`.
    pub c_type: String,
    /// Elements, where the declaration has `[n]`; 0 for none.
    pub array: u32,
    /// Bytes from the start of the record.
    pub offset: u32,
    /// Bytes.
    pub size: u32,
    /// Whether the kernel calls it signed. For syscall arguments this says nothing of the C type.
    pub signed: bool,
}

/// Why a fact could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// The file could not be read.
    #[error("failed to read `{path}`")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file or folder is for root only.
    #[error("failed to read `{path}`: it is for root only; run: sudo runner …")]
    Permission {
        /// Which.
        path: String,
    },
    /// The kernel does not describe its own types.
    #[error(
        "failed to find `/sys/kernel/btf/vmlinux`: this kernel was built without \
         CONFIG_DEBUG_INFO_BTF; give its types with: --btf FILE"
    )]
    NoBtf,
    /// The types could not be used.
    #[error("failed to use the types in `{path}`")]
    Btf {
        /// The file that holds them.
        path: String,
        /// Why.
        source: BtfError,
    },
    /// There are no tracepoint formats, and mounting them did not work.
    #[error("failed to find tracefs; as root, run: mount -t tracefs tracefs /sys/kernel/tracing")]
    NoTracefs {
        /// Why it could not be mounted, if that was tried.
        source: Option<std::io::Error>,
    },
    /// What is asked for is not among the facts that are known of the kernel.
    #[error("{what} of this kernel are not known: {why}")]
    NotKnown {
        /// Such as "tracepoint formats".
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// The snapshot could not be used.
    #[error("failed to use the snapshot `{path}`")]
    Snapshot {
        /// Its file.
        path: String,
        /// Why.
        source: SnapshotError,
    },
    /// A tracepoint's format is written in a way that is not known.
    #[error("failed to parse `{path}`: `{line}`")]
    Format {
        /// The format file.
        path: String,
        /// The line in it.
        line: String,
    },
}
