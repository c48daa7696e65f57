//! A kernel's facts in a file, made by `runner snapshot`, as [`Facts`].
//!
//! In: the file. Out: the answers that the kernel gave where it was made. Parts are unpacked when
//! first asked for. Asks no machine, and needs no privileges.

mod container;
mod formats;
mod functions;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::btf::{Btf, BtfError};
use super::uapi::Arch;
use super::{Facts, FactsError, Feature, TracepointFormat};
use container::{Container, Tag};
use formats::Formats;
use functions::Functions;
pub use record::{Recording, record};

const META: Tag = *b"META";
const BTF: Tag = *b"BTF ";
const FORMATS: Tag = *b"TRCP";
const FUNCTIONS: Tag = *b"FUNC";

/// Why a file cannot serve as a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It could not be read.
    #[error("the file cannot be read")]
    Read(#[source] std::io::Error),
    /// Something else.
    #[error("it is not a snapshot; make one with: runner snapshot -o FILE")]
    NotASnapshot,
    /// Of a runner that writes them otherwise.
    #[error(
        "it is of format {version}, and this runner knows only format {}; make it anew with this \
         runner: runner snapshot -o FILE",
        container::VERSION
    )]
    Version {
        /// Its format.
        version: u32,
    },
    /// Of another architecture.
    #[error("it is of a kernel for `{0}`, and this runner knows only `{ARCHITECTURE}`")]
    Architecture(String),
    /// Only its beginning is there.
    #[error("it is cut off; copy it again, or make it anew with: runner snapshot -o FILE")]
    CutOff,
    /// Not as it was written.
    #[error("it is damaged: {0}; copy it again, or make it anew with: runner snapshot -o FILE")]
    Damaged(&'static str),
    /// No snapshot is so large.
    #[error("it is larger than {} MiB, so it is not a snapshot", container::FILE_MAX >> 20)]
    TooLarge,
}

/// The only architecture that probes are made for.
const ARCHITECTURE: &str = "x86_64";

/// What a snapshot says in one small part; JSON, so that later runners can add to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Meta {
    /// `uname -r`.
    release: String,
    /// Such as `x86_64`.
    architecture: String,
    /// The version of the runner that wrote it.
    runner: String,
    max_sample_rate: Option<u64>,
    /// Whether the kernel listed what can be traced.
    lists_traced: bool,
    /// By the name of the feature.
    features: BTreeMap<String, State>,
    /// What could not be had, each with the reason.
    lacking: BTreeMap<String, String>,
}

impl Meta {
    /// What the snapshot does not say, one line each.
    fn unknown(&self) -> Vec<String> {
        let mut features: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for feature in Feature::all() {
            let why = match self.features.get(&feature.to_string()) {
                Some(State::Unknown(why)) => why.as_str(),
                Some(_) => continue,
                None => "the runner that made the snapshot did not know of it",
            };
            let known = features.entry(why).or_default();
            let name = match feature {
                Feature::Counter(_) => "the counters of `perf list`".to_owned(),
                feature => feature.to_string(),
            };
            if !known.contains(&name) {
                known.push(name);
            }
        }
        let features = features.into_iter().map(|(why, features)| {
            format!("whether the kernel has {}: {why}", features.join(", "))
        });
        let parts = self.lacking.iter().map(|(what, why)| format!("{what}: {why}"));
        parts.chain(features).collect()
    }
}

/// What is known of a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// The kernel has it.
    Yes,
    /// It lacks it; why.
    No(String),
    /// It could not be tried; why.
    Unknown(String),
}

/// A kernel of which a snapshot was made.
#[derive(Debug)]
pub struct Recorded {
    path: String,
    meta: Meta,
    attach_max: usize,
    container: Container,
    btf: OnceLock<Btf>,
    formats: OnceLock<Formats>,
    functions: OnceLock<Functions>,
}

impl Recorded {
    /// Opens the snapshot at `path`.
    pub fn open(path: &Path) -> Result<Self, FactsError> {
        let path_text = path.display().to_string();
        let opened = read(path).and_then(|bytes| Self::new(path_text.clone(), bytes));
        opened.map_err(|source| FactsError::Snapshot { path: path_text, source })
    }

    /// The snapshot that is `bytes`; `path` is what messages call it.
    pub fn new(path: String, bytes: Vec<u8>) -> Result<Self, SnapshotError> {
        let container = Container::new(bytes)?;
        let meta =
            container.part(META)?.ok_or(SnapshotError::Damaged("it says nothing of itself"))?;
        let meta: Meta = serde_json::from_slice(&meta)
            .map_err(|_| SnapshotError::Damaged("what it says of itself makes no sense"))?;
        if meta.architecture != ARCHITECTURE {
            return Err(SnapshotError::Architecture(meta.architecture));
        }
        Ok(Self {
            path,
            meta,
            attach_max: crate::hook::ATTACH_MAX,
            container,
            btf: OnceLock::new(),
            formats: OnceLock::new(),
            functions: OnceLock::new(),
        })
    }

    /// With another limit to the places of one hook.
    pub fn with_attach_max(self, attach_max: usize) -> Self {
        Self { attach_max, ..self }
    }

    /// The part `tag`, taken apart when first asked for.
    fn part<'a, T>(
        &'a self,
        cell: &'a OnceLock<T>,
        (tag, what): (Tag, &'static str),
        decode: impl FnOnce(Vec<u8>) -> Result<T, SnapshotError>,
    ) -> Result<&'a T, FactsError> {
        if let Some(known) = cell.get() {
            return Ok(known);
        }
        let failed = |source| FactsError::Snapshot { path: self.path.clone(), source };
        match self.container.part(tag).map_err(failed)? {
            Some(part) => {
                let decoded = decode(part).map_err(failed)?;
                Ok(cell.get_or_init(|| decoded))
            }
            None => {
                let why = self.meta.lacking.get(what).cloned();
                let why = why.unwrap_or_else(|| "the snapshot lacks them".into());
                Err(FactsError::NotKnown { what, why })
            }
        }
    }

    fn formats(&self) -> Result<&Formats, FactsError> {
        self.part(&self.formats, (FORMATS, record::TRACEPOINTS), |part| {
            Formats::decode(part).ok_or(SnapshotError::Damaged("its tracepoints make no sense"))
        })
    }

    fn table(&self) -> Result<&Functions, FactsError> {
        self.part(&self.functions, (FUNCTIONS, record::FUNCTIONS), |part| {
            Functions::decode(&part).ok_or(SnapshotError::Damaged("its functions make no sense"))
        })
    }
}

/// The whole file, unless it is too large to be a snapshot.
fn read(path: &Path) -> Result<Vec<u8>, SnapshotError> {
    let file = File::open(path).map_err(SnapshotError::Read)?;
    let mut bytes = Vec::new();
    file.take(container::FILE_MAX + 1).read_to_end(&mut bytes).map_err(SnapshotError::Read)?;
    if bytes.len() as u64 > container::FILE_MAX { Err(SnapshotError::TooLarge) } else { Ok(bytes) }
}

impl Facts for Recorded {
    fn release(&self) -> &str {
        &self.meta.release
    }

    fn arch(&self) -> Arch {
        Arch::find(&self.meta.architecture).unwrap_or(Arch::own())
    }

    fn btf(&self) -> Result<&Btf, FactsError> {
        let btf = self.part(&self.btf, (BTF, record::TYPES), |part| {
            Btf::from_bytes(part).map_err(|fault| match fault {
                BtfError::ByteOrder => {
                    SnapshotError::Damaged("its types have the other byte order")
                }
                _ => SnapshotError::Damaged("its types make no sense"),
            })
        });
        match btf {
            Err(FactsError::NotKnown { .. }) => Err(FactsError::NoBtf),
            known => known,
        }
    }

    fn tracepoint(
        &self,
        category: &str,
        name: &str,
    ) -> Result<Option<Arc<TracepointFormat>>, FactsError> {
        match self.formats()?.get(category, name).transpose() {
            Ok(format) => Ok(format),
            Err(line) => {
                let path = format!("{}: {category}/{name}/format", self.path);
                Err(FactsError::Format { path, line })
            }
        }
    }

    fn tracepoints(&self, category: &str) -> Result<Vec<String>, FactsError> {
        Ok(self.formats()?.names(category))
    }

    fn has_function(&self, name: &str) -> Result<bool, FactsError> {
        if self.btf().is_ok_and(|btf| btf.has_function(name)) {
            return Ok(true);
        }
        Ok(self.table()?.has(name))
    }

    fn functions(&self) -> Result<Vec<&str>, FactsError> {
        Ok(self.table()?.names().collect())
    }

    fn max_sample_rate(&self) -> Option<u64> {
        self.meta.max_sample_rate
    }

    fn function_size(&self, name: &str) -> Result<Option<u64>, FactsError> {
        Ok(self.table()?.size(name))
    }

    fn addresses(&self, names: &[&str]) -> Result<HashMap<String, Vec<u64>>, FactsError> {
        let table = self.table()?;
        // Where they are is not recorded, only how many there are.
        let places = |name: &&str| ((*name).to_owned(), vec![0; table.places(name)]);
        Ok(names.iter().map(places).collect())
    }

    fn is_traceable(&self, name: &str) -> Option<bool> {
        if !self.meta.lists_traced {
            return None;
        }
        Some(self.table().ok()?.is_traced(name))
    }

    fn attach_max(&self) -> usize {
        self.attach_max
    }

    fn lacks(&self, feature: Feature) -> Option<String> {
        match self.meta.features.get(&feature.to_string()) {
            Some(State::No(why)) => Some(why.clone()),
            _ => None,
        }
    }

    fn unknown(&self) -> Vec<String> {
        self.meta.unknown()
    }
}

/// A snapshot whose checksums are right: `bytes` as one of the parts, which by their first byte.
#[cfg(any(test, fuzzing))]
pub(crate) fn sealed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let meta = Meta {
        release: "6.0".into(),
        architecture: ARCHITECTURE.into(),
        runner: "0".into(),
        max_sample_rate: None,
        lists_traced: true,
        features: BTreeMap::new(),
        lacking: BTreeMap::new(),
    };
    let meta = serde_json::to_vec(&meta)?;
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let tag = [META, BTF, FORMATS, FUNCTIONS][usize::from(*first) % 4];
    let meta = (tag != META).then_some((META, meta.as_slice()));
    container::write(&meta.into_iter().chain([(tag, rest)]).collect::<Vec<_>>())
}
