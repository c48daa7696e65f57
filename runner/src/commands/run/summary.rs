//! What went missing, while it happens and at the end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::diag::plural;
use crate::expr::Missing;
use crate::read::{Missed, Summary};
use crate::render::Renderer;

/// Counters of one probe in the program's map; `probes/src/map.rs` has their order.
const PER_PROBE: usize = 8;

/// What the programs of one probe have counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Events that found no room.
    pub lost: u64,
    /// Calls whose return was never seen.
    pub unpaired: u64,
    /// Events left out because a condition could not be evaluated.
    pub undecided: u64,
    /// Why the last of them could not be.
    pub why: Missing,
}

/// The counts of each of `probes` probes.
pub fn counted(words: &[AtomicU64], probes: usize, order: Ordering) -> Vec<Counted> {
    let word = |index: usize| words.get(index).map_or(0, |word| word.load(order));
    (0..probes)
        .map(|probe| Counted {
            lost: word(probe * PER_PROBE),
            unpaired: word(probe * PER_PROBE + 1),
            undecided: word(probe * PER_PROBE + 2),
            why: Missing {
                step: word(probe * PER_PROBE + 3) as u8,
                address: word(probe * PER_PROBE + 4),
            },
        })
        .collect()
}

/// What has been counted of all probes so far.
pub struct Losses {
    counted: Vec<Counted>,
    /// By probe: calls unpaired while its places were attached one after the other.
    begun: Vec<u64>,
    /// By probe: calls unpaired before the first of its places was left.
    ended: Vec<Option<u64>>,
}

impl Losses {
    /// Nothing yet.
    pub fn new(probes: usize) -> Self {
        Self {
            counted: vec![Counted::default(); probes],
            begun: vec![0; probes],
            ended: vec![None; probes],
        }
    }

    /// Takes what the probes from `base` on have counted until all was attached: calls whose entry
    /// came too early for them are not their loss.
    pub fn begin(&mut self, base: usize, counted: &[Counted]) {
        for (begun, now) in self.begun.iter_mut().skip(base).zip(counted) {
            *begun = now.unpaired;
        }
    }

    /// Takes what the probes from `base` on have counted before the first place is left: calls of
    /// which one end was left before the other are not their loss either.
    pub fn end(&mut self, base: usize, counted: &[Counted]) {
        for (ended, now) in self.ended.iter_mut().skip(base).zip(counted) {
            *ended = Some(now.unpaired);
        }
    }

    /// What went missing of one probe.
    fn of(&self, probe: usize) -> Counted {
        let counted = self.counted[probe];
        let unpaired = self.ended[probe].unwrap_or(counted.unpaired);
        Counted { unpaired: unpaired.saturating_sub(self.begun[probe]), ..counted }
    }

    /// Takes new counts of the probes from `base` on, and tells what was lost of each since.
    pub fn update(&mut self, base: usize, counted: &[Counted], mut lost: impl FnMut(usize, u64)) {
        for (probe, now) in (base..).zip(counted) {
            let count = now.lost - self.counted[probe].lost;
            if count > 0 {
                lost(probe, count);
            }
            self.counted[probe] = *now;
        }
    }

    /// What went missing of each probe, with the calls that are left in its map.
    pub fn missed(&self, unreturned: &[u64]) -> Vec<Missed> {
        let missed = |probe: usize| {
            let Counted { lost, unpaired, undecided, why } = self.of(probe);
            let unreturned = unreturned.get(probe).copied().unwrap_or_default();
            Missed { lost, unpaired, undecided, why, unreturned }
        };
        (0..self.counted.len()).map(missed).collect()
    }

    /// All events lost.
    pub fn total(&self) -> u64 {
        self.counted.iter().map(|counted| counted.lost).sum()
    }
}

/// The last words on standard error: how a run went whose events `renderer` showed.
pub fn print(summary: &Summary, renderer: &Renderer) {
    let names = renderer.views().iter().map(|view| view.name.as_str());
    let events: u64 = (0..names.len()).map(|probe| renderer.events(probe)).sum();
    let lost = match summary.probes.iter().map(|probe| u128::from(probe.lost)).sum::<u128>() {
        0 => "none lost".to_owned(),
        lost => format!("{lost} lost"),
    };
    let time = Duration::from_nanos(summary.nanos).as_secs_f64();
    eprintln!("runner: {} in {time:.1} s, {lost}", plural(events, "event"));
    for (probe, name) in names.enumerate() {
        for (field, count, why) in renderer.nulls(probe) {
            let of = renderer.events(probe);
            eprintln!("  {name}: `{field}` could not be read in {count} of {of} events: {why}");
        }
        let steps = &renderer.views()[probe].steps.conditions;
        let missed = summary.probes.get(probe);
        for line in missed.map(|missed| missed.lines(steps)).unwrap_or_default() {
            eprintln!("  {name}: {line}");
        }
    }
    if summary.malformed > 0 {
        eprintln!("  {} records could not be parsed; please report this", summary.malformed);
    }
}
