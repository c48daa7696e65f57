//! Why a place in a binary cannot be probed, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why a place in a binary cannot be probed.
#[derive(Debug, thiserror::Error)]
pub enum ElfError {
    /// The file cannot be read.
    #[error("failed to open `{path}`: {source}", path = path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No library or command of that name.
    #[error("there is no library or command `{name}` where the dynamic loader and the shell look")]
    NotFound {
        /// The name.
        name: String,
        /// One that is there and much like it.
        near: Option<String>,
    },
    /// Several libraries of that name.
    #[error("there are several libraries `{name}`: {}", list.join(", "))]
    SeveralLibraries {
        /// The name.
        name: String,
        /// Their paths.
        list: Vec<String>,
    },
    /// Something else than an ELF file.
    #[error("`{path}` is not an ELF file", path = path.display())]
    NotElf {
        /// Which.
        path: PathBuf,
    },
    /// An ELF file for another machine.
    #[error("`{path}` is for another machine ({machine})", path = path.display())]
    OtherMachine {
        /// Which.
        path: PathBuf,
        /// In words.
        machine: String,
    },
    /// Headers that contradict the file.
    #[error("the headers of `{path}` are damaged", path = path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// No symbols at all.
    #[error("`{path}` is stripped: it names no functions", path = path.display())]
    Stripped {
        /// Which.
        path: PathBuf,
    },
    /// No function of that name.
    #[error("`{path}` has no function `{name}`{}", if *.partly { " among those it exports; the others were stripped" } else { "" }, path = path.display())]
    NoFunction {
        /// Which file.
        path: PathBuf,
        /// The name.
        name: String,
        /// One that is there and much like it.
        near: Option<String>,
        /// Only exported functions are known.
        partly: bool,
    },
    /// Several functions of that name.
    #[error("`{path}` has {} functions `{name}`: {}", list.len(), list.join(", "), path = path.display())]
    SeveralFunctions {
        /// Which file.
        path: PathBuf,
        /// The name.
        name: String,
        /// Their full names and addresses.
        list: Vec<String>,
    },
    /// A function that is chosen when the program is loaded.
    #[error("`{name}` in `{path}` is chosen among several functions when the program is loaded (STT_GNU_IFUNC)", path = path.display())]
    Indirect {
        /// Which file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The function's address is not in the file.
    #[error("`{name}` in `{path}` is not within the file's code", path = path.display())]
    NotCode {
        /// Which file.
        path: PathBuf,
        /// The function or offset.
        name: String,
    },
    /// An offset past the end of its function.
    #[error("`{name}` has only {size} bytes, so nothing of it is at +{offset:#x}")]
    OutsideFunction {
        /// The function.
        name: String,
        /// Its bytes.
        size: u64,
        /// As given.
        offset: u64,
    },
    /// An offset into the middle of an instruction.
    #[error("no instruction of `{name}` starts at +{offset:#x}; one starts at +{before:#x}")]
    InsideInstruction {
        /// The function.
        name: String,
        /// As given.
        offset: u64,
        /// Where the instruction around it starts.
        before: u64,
    },
    /// No static probe of that name.
    #[error("`{path}` has no static probe `{name}`", path = path.display())]
    NoProbe {
        /// Which file.
        path: PathBuf,
        /// `provider:name`.
        name: String,
        /// Those that are there.
        list: Vec<String>,
    },
    /// This source of facts holds no binaries.
    #[error("binaries are not part of the recorded facts")]
    NotRecorded,
}

impl ElfError {
    /// What to do.
    pub fn help(&self) -> Option<String> {
        let near =
            |near: &Option<String>| near.as_ref().map(|near| format!("did you mean `{near}`?"));
        Some(match self {
            Self::Open { .. } => "give the path of a program or library that is there".into(),
            Self::NotFound { near: n, .. } => {
                near(n).unwrap_or_else(|| "give its path, such as `/usr/bin/bash`".into())
            }
            Self::SeveralLibraries { .. } => "name one of them, by its version or its path".into(),
            Self::NotElf { .. } => "of a script, probe the interpreter that runs it".into(),
            Self::OtherMachine { .. } => "only 64-bit x86 programs can be probed here".into(),
            Self::Damaged { .. } => "look at it with `readelf -aW`".into(),
            Self::Stripped { .. } => {
                "install its symbols, or give the place in the file: `uprobe:BINARY:0x1234`".into()
            }
            Self::NoFunction { near: n, path, .. } => near(n).unwrap_or_else(|| {
                format!("see which there are: `readelf -sW {}`", path.display())
            }),
            Self::SeveralFunctions { .. } => {
                "give the full name, or the place in the file: `uprobe:BINARY:0x1234`".into()
            }
            Self::Indirect { .. } => {
                "probe the functions it chooses from, or one of its callers".into()
            }
            Self::NotCode { path, .. } => {
                format!("see where its code is: `readelf -lW {}`", path.display())
            }
            Self::OutsideFunction { .. } => "give an offset within the function".into(),
            Self::InsideInstruction { before, .. } => format!("write +{before:#x}"),
            Self::NoProbe { list, path, name } => {
                match crate::diag::nearest(name, list.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if list.is_empty() => "the file has no static probes at all".into(),
                    None => {
                        let all: Vec<&str> = list.iter().map(String::as_str).collect();
                        let what = format!("those of `{}` are", path.display());
                        crate::diag::one_of("", &what, &all)
                    }
                }
            }
            Self::NotRecorded => return None,
        })
    }
}
