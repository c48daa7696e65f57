//! What went missing, while it happens and at the end.

use std::process::ExitStatus;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::expr::Missing;
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
    /// Why the last of them could not be: the step and the address.
    pub reason: (u64, u64),
}

/// The counts of each of `probes` probes.
pub fn counted(words: &[AtomicU64], probes: usize, order: Ordering) -> Vec<Counted> {
    let word = |index: usize| words.get(index).map_or(0, |word| word.load(order));
    (0..probes)
        .map(|probe| Counted {
            lost: word(probe * PER_PROBE),
            unpaired: word(probe * PER_PROBE + 1),
            undecided: word(probe * PER_PROBE + 2),
            reason: (word(probe * PER_PROBE + 3), word(probe * PER_PROBE + 4)),
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

    /// Takes new counts of the probes from `base` on, and says in the stream what was lost since.
    pub fn update(
        &mut self,
        base: usize,
        counted: &[Counted],
        renderer: &Renderer,
        out: &mut Vec<u8>,
    ) {
        for (probe, now) in (base..).zip(counted) {
            let lost = now.lost - self.counted[probe].lost;
            if lost > 0 && !renderer.lost(probe, lost, out) {
                eprintln!("runner: {lost} events of {} lost", renderer.views()[probe].name);
            }
            self.counted[probe] = *now;
        }
    }

    /// All events lost.
    pub fn total(&self) -> u64 {
        self.counted.iter().map(|counted| counted.lost).sum()
    }
}

/// The last words on standard error.
pub fn print(
    renderer: &Renderer,
    losses: &Losses,
    malformed: u64,
    unreturned: &[u64],
    time: Duration,
    command: Option<ExitStatus>,
) {
    let probes = 0..renderer.views().len();
    let events: u64 = probes.clone().map(|probe| renderer.events(probe)).sum();
    let lost = match losses.total() {
        0 => "none lost".to_owned(),
        lost => format!("{lost} lost"),
    };
    eprintln!("runner: {events} events in {:.1} s, {lost}", time.as_secs_f64());
    for probe in probes {
        let name = &renderer.views()[probe].name;
        let Counted { lost, unpaired, undecided, reason } = losses.of(probe);
        for (field, count, why) in renderer.nulls(probe) {
            let of = renderer.events(probe);
            eprintln!("  {name}: `{field}` could not be read in {count} of {of} events: {why}");
        }
        if lost > 0 {
            eprintln!("  {name}: {lost} events lost: the buffer was full; filter more in `where:`");
        }
        if unpaired > 0 {
            eprintln!("  {name}: {unpaired} calls left out: only one end of them was seen");
        }
        let unreturned = unreturned.get(probe).copied().unwrap_or_default();
        if unreturned > 0 {
            eprintln!("  {name}: {unreturned} calls had not returned, or their return was missed");
        }
        if undecided > 0 {
            let (step, address) = reason;
            let missing = Missing { step: step as u8, address };
            let why = renderer.undecided(probe, missing);
            eprintln!(
                "  {name}: {undecided} events left out: a read in `where:` failed; the last: {why}"
            );
        }
    }
    if malformed > 0 {
        eprintln!("  {malformed} records could not be parsed; please report this");
    }
    if let Some(status) = command.filter(|status| !status.success()) {
        eprintln!("  the command ended with {status}");
    }
}
