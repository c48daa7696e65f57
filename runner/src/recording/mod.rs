//! A run's raw records in a file, and back: what `--save` writes, and `replay` and `test --offline`
//! read.
//!
//! ```text
//! magic    8 bytes, "\x89RUNNER\n"
//! version  u32, 1
//! entries  each u32 length of what follows the checksum,
//!               u32 CRC-32 (IEEE) of that,
//!               u8 kind, the rest by its kind:
//!   1 head      JSON: the machine, the configs, the probes with their layouts, the clocks' distance
//!   2 event     u32 index of the first probe of its config, the record as the kernel gave it
//!   3 distance  i64 new distance of the clocks, nanoseconds
//!   4 lost      u32 index of the probe, u64 events that were lost here
//!   5 case      JSON: the events up to the next one are those of this test
//!   6 end       JSON: the summary; missing where the recording was cut off
//!   7 name      JSON: what an address or a cgroup is called from here on
//! ```
//!
//! Numbers are little-endian. An entry stands in the file as soon as it is written, so a recording
//! that was killed is good up to its last whole entry. Nothing in a file is trusted.

mod names;
mod reader;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod writer;

use std::io;

use serde::{Deserialize, Serialize};

use crate::config::MAX_NAME;
use crate::layout::Layout;
use crate::read::Summary;
use crate::render::{View, is_deceptive};

pub use names::{Name, Named, Noted, Recalled};
pub use reader::Reader;
pub use writer::Writer;

/// What a recording begins with.
const MAGIC: &[u8; 8] = b"\x89RUNNER\n";
/// The version of the format: raised with every change of an entry, or of a record's bytes
/// ([`crate::layout`]). The recordings of the gallery show when that was forgotten.
const VERSION: u32 = 1;
/// The longest entry, bytes: a head with every field that a config can have.
const MAX_ENTRY: u32 = 64 << 20;

/// What was recorded, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Version of the `runner` that recorded.
    pub runner: String,
    /// Release of the kernel.
    pub kernel: String,
    /// In the order of the probes.
    pub configs: Vec<Recorded>,
    /// What is shown of each probe.
    pub probes: Vec<View>,
    /// CLOCK_REALTIME minus CLOCK_MONOTONIC at the start, nanoseconds.
    pub distance: i64,
}

/// One config of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The config's name.
    pub name: String,
    /// The config's digest ([`crate::config::Config::digest`]).
    pub digest: String,
    /// How many probes it has.
    pub probes: usize,
}

/// A test of which the events follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its name.
    pub test: String,
    /// Its command, as the config has it.
    pub run: Vec<String>,
    /// `$TMP` of that time.
    pub folder: String,
    /// `$PID` of that time.
    pub process: u32,
}

/// What stands in a recording behind its head.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry<'a> {
    /// A record.
    Event {
        /// Index of the first probe of its config.
        base: usize,
        /// As the kernel gave it.
        bytes: &'a [u8],
    },
    /// The distance of the clocks from here on.
    Distance(i64),
    /// Events lost here.
    Lost {
        /// Index of the probe.
        probe: usize,
        /// How many.
        count: u64,
    },
    /// The events of another test begin.
    Case(Case),
    /// The end.
    End(Summary),
    /// What something is called from here on.
    Name(Name),
}

/// Why a recording cannot be read, or not further.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// Reading failed.
    #[error("failed to read the recording")]
    Read(#[source] io::Error),
    /// It is something else.
    #[error("this is no recording of `runner run --save`")]
    Foreign,
    /// Of another version.
    #[error("the recording has version {0} of the format, and this runner reads version {VERSION}")]
    Version(u32),
    /// It ends within an entry, or without the last one.
    #[error("the recording is cut off: its end is missing")]
    CutOff,
    /// Its bytes are not those that were written.
    #[error("the recording is damaged at byte {at}: {what}")]
    Damaged {
        /// Where the entry begins.
        at: u64,
        /// What is wrong with it.
        what: String,
    },
}

impl Head {
    /// What must hold before anything is shown by it; else what is wrong.
    fn check(&self) -> Result<(), String> {
        let counted: Option<usize> =
            self.configs.iter().try_fold(0, |sum: usize, config| sum.checked_add(config.probes));
        if counted != Some(self.probes.len()) {
            return Err("its configs have other probes".to_string());
        }
        for view in &self.probes {
            // Names go into the output as they are.
            let names = view.layout.slots.iter().map(|slot| &slot.name).chain([&view.name]);
            for name in names {
                if !crate::config::is_identifier(name) || name.len() > MAX_NAME {
                    return Err("a name is no identifier".to_string());
                }
            }
            let plain = |text: &str| !text.contains(|c: char| c.is_control() || is_deceptive(c));
            if !view.steps.all_texts(plain) {
                return Err("an expression holds control characters".to_string());
            }
            let slots = view.layout.slots.iter();
            let fields = slots.map(|slot| {
                (slot.name.as_str(), slot.kind, slot.show.clone(), slot.null_index.is_some())
            });
            if Layout::new(fields).with_places(view.layout.places.clone()) != view.layout {
                let text = "a record is laid out as this runner does not; record it again";
                return Err(text.to_string());
            }
        }
        Ok(())
    }
}
