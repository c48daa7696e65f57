//! The running kernel to the bytes of a snapshot.
//!
//! In: a [`Live`]. Out: the file's bytes, and what could not be had. Nothing is made up: what cannot
//! be read is missing from the snapshot, which says so.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::container::{self, Tag};
use super::{ARCHITECTURE, BTF, FORMATS, FUNCTIONS as FUNCTIONS_TAG, META, Meta, State};
use super::{formats, functions};
use crate::bpf::Refusal;
use crate::facts::{Facts, FactsError, Feature, Live};

/// What messages and [`Meta::lacking`] call the parts.
pub const TYPES: &str = "types (BTF)";
/// See [`TYPES`].
pub const TRACEPOINTS: &str = "tracepoint formats";
/// See [`TYPES`].
pub const FUNCTIONS: &str = "functions";

/// A snapshot, and what there is in it.
#[derive(Debug)]
pub struct Recording {
    /// The file.
    pub bytes: Vec<u8>,
    /// The kernel.
    pub release: String,
    /// How many types it has.
    pub types: usize,
    /// How many tracepoints.
    pub tracepoints: usize,
    /// How many names of functions.
    pub functions: usize,
    /// What the snapshot lacks, one line each.
    pub lacking: Vec<String>,
}

/// Why no snapshot could be made at all.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Probes are made for one architecture only.
    #[error(
        "failed to make a snapshot: this machine is `{}`, and only `{ARCHITECTURE}` is known",
        std::env::consts::ARCH
    )]
    Architecture,
    /// What was found could not be packed.
    #[error("failed to pack the snapshot")]
    Pack(#[source] io::Error),
}

/// Reads everything that planning may ask of the running kernel.
pub fn record(live: &Live) -> Result<Recording, RecordError> {
    if std::env::consts::ARCH != ARCHITECTURE {
        return Err(RecordError::Architecture);
    }
    let mut parts: Vec<(Tag, Vec<u8>)> = Vec::new();
    let mut lacking: BTreeMap<String, String> = BTreeMap::new();
    let mut counts = [0; 3];
    for (count, (tag, what, read)) in counts.iter_mut().zip(PARTS) {
        match read(live) {
            Ok((part, number)) => {
                *count = number;
                parts.push((tag, part));
            }
            Err(why) => {
                lacking.insert(what.to_owned(), why.to_string());
            }
        }
    }
    if parts.iter().any(|(tag, part)| *tag == FUNCTIONS_TAG && !functions::has_sizes(part)) {
        let why = "the kernel hides their addresses from this user (kernel.kptr_restrict)";
        lacking.insert("sizes of functions".to_owned(), why.to_owned());
    }
    let meta = Meta {
        release: live.release().to_owned(),
        architecture: ARCHITECTURE.to_owned(),
        runner: env!("CARGO_PKG_VERSION").to_owned(),
        max_sample_rate: live.max_sample_rate(),
        lists_traced: live.traceable().is_some(),
        features: features(live),
        lacking,
    };
    let json = serde_json::to_vec(&meta).map_err(|fault| RecordError::Pack(fault.into()))?;
    parts.insert(0, (META, json));
    let parts: Vec<(Tag, &[u8])> = parts.iter().map(|(tag, part)| (*tag, &**part)).collect();
    let bytes = container::write(&parts).map_err(RecordError::Pack)?;
    let [types, tracepoints, functions] = counts;
    let lacking = meta.unknown();
    Ok(Recording { bytes, release: meta.release, types, tracepoints, functions, lacking })
}

/// Reads one part; also gives the number of things in it.
type ReadPart = fn(&Live) -> Result<(Vec<u8>, usize), FactsError>;

/// The parts beside the one that speaks of the others.
const PARTS: [(Tag, &str, ReadPart); 3] = [
    (BTF, TYPES, types),
    (FORMATS, TRACEPOINTS, tracepoints),
    (FUNCTIONS_TAG, FUNCTIONS, all_functions),
];

fn types(live: &Live) -> Result<(Vec<u8>, usize), FactsError> {
    let btf = live.btf()?;
    Ok((btf.bytes().to_vec(), btf.count() as usize))
}

fn tracepoints(live: &Live) -> Result<(Vec<u8>, usize), FactsError> {
    let mut part = Vec::new();
    let mut count = 0;
    for full in live.tracepoints("*")?.iter().collect::<BTreeSet<_>>() {
        let Some((category, name)) = full.split_once(':') else { continue };
        // One that has gone since the list was read belongs to a module that was unloaded.
        if let Some(text) = live.format_text(category, name)? {
            formats::encode(&mut part, full, &text);
            count += 1;
        }
    }
    Ok((part, count))
}

fn all_functions(live: &Live) -> Result<(Vec<u8>, usize), FactsError> {
    let entries = live.symbols()?;
    Ok((functions::encode(&entries, live.traceable()), entries.len()))
}

/// Every feature. What an unprivileged process cannot try it does not know.
fn features(live: &Live) -> BTreeMap<String, State> {
    let unprivileged = Refusal::foreseen().map(|refusal| refusal.to_string());
    let state = |feature: Feature| {
        let by_trial = !matches!(feature, Feature::Kprobe | Feature::Uprobe);
        match (&unprivileged, live.lacks(feature)) {
            (Some(why), _) if by_trial => State::Unknown(why.clone()),
            (_, Some(why)) => State::No(why),
            (_, None) => State::Yes,
        }
    };
    Feature::all().map(|feature| (feature.to_string(), state(feature))).collect()
}
