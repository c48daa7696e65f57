//! The rings and counters of what is attached, drained in turn.

use std::sync::atomic::Ordering;

use super::super::Failure;
use super::load::Session;
use super::summary::{self, Counted};
use crate::bpf::{Counters, Drained, Poller, Ring};

/// Records that are handed on before the next ring's turn: what they are rendered to, about 100 KiB,
/// stays in the cache until it is written.
const BATCH: usize = 1024;

/// Takes what the kernel gives.
pub trait Sink {
    /// One event of the config whose first probe has the index `base`.
    fn event(&mut self, base: usize, bytes: &[u8]);

    /// The batch ends. What has been `counted` by now of the probes from `base` on was lost before or
    /// among its events.
    fn batch_end(&mut self, base: usize, counted: &[Counted]) -> Result<(), Failure>;
}

/// The rings of all configs.
pub struct Streams(Vec<Stream>);

/// One config's way to here.
struct Stream {
    /// The index of its first probe.
    base: usize,
    probes: usize,
    ring: Ring,
    counters: Counters,
}

impl Stream {
    fn counted(&self) -> Vec<Counted> {
        summary::counted(self.counters.words(), self.probes, Ordering::Relaxed)
    }
}

impl Streams {
    /// Opens the rings of `sessions`.
    pub fn open(sessions: &[Session]) -> Result<Self, Failure> {
        let mut base = 0;
        let mut streams = Vec::new();
        for session in sessions {
            let probes = session.plan.probes.len();
            let (ring, counters) = (session.ring()?, session.counters()?);
            streams.push(Stream { base, probes, ring, counters });
            base += probes;
        }
        Ok(Self(streams))
    }

    /// Lets `poller` wait for records.
    pub fn add_to(&self, poller: &mut Poller) -> Result<(), Failure> {
        self.0.iter().try_for_each(|stream| poller.add_ring(&stream.ring)).map_err(Failure::kernel)
    }

    /// What is counted now, by the first probe of each config.
    pub fn counted(&self) -> impl Iterator<Item = (usize, Vec<Counted>)> {
        self.0.iter().map(|stream| (stream.base, stream.counted()))
    }

    /// Hands on what the rings hold, up to a batch of each.
    pub fn drain(&mut self, sink: &mut impl Sink) -> Result<Drained, Failure> {
        let mut all = Drained::default();
        for stream in &mut self.0 {
            // Read first: what is counted by now was lost before or among the records drained below.
            let counted = stream.counted();
            let base = stream.base;
            let one = stream.ring.drain(BATCH, |bytes| sink.event(base, bytes));
            sink.batch_end(base, &counted)?;
            all.records += one.records;
            all.bytes += one.bytes;
            all.left |= one.left;
        }
        Ok(all)
    }
}
