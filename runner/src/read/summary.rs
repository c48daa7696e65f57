//! What a run says at its end of what it did not show.

use serde::{Deserialize, Serialize};

use crate::diag::plural;
use crate::expr::{Missing, Step};

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How long it took, nanoseconds.
    pub nanos: u64,
    /// By probe.
    pub probes: Vec<Missed>,
    /// Records that could not be parsed.
    pub malformed: u64,
}

/// What went missing of one probe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Events that found no room.
    pub lost: u64,
    /// Calls of which only one end was seen.
    pub unpaired: u64,
    /// Events left out because a condition could not be evaluated.
    pub undecided: u64,
    /// Why the last of them could not be.
    pub why: Missing,
    /// Calls whose return had not come by the end.
    pub unreturned: u64,
}

impl Missed {
    /// A line for each thing that went missing; `steps` are those of the probe's conditions.
    pub fn lines(&self, steps: &[Step]) -> Vec<String> {
        let Self { lost, unpaired, undecided, why, unreturned } = self;
        let failed =
            format!("left out: a read in `where:` failed; the last: {}", why.reason(steps));
        let all = [
            (lost, "event", "lost: the buffer was full; filter more in `where:`"),
            (unpaired, "call", "left out: only one end was seen"),
            (unreturned, "call", "had not returned, or the return was missed"),
            (undecided, "event", failed.as_str()),
        ];
        let some = all.iter().filter(|(count, ..)| **count > 0);
        some.map(|(count, what, why)| format!("{} {why}", plural(**count, what))).collect()
    }
}
