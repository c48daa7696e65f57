//! The loop: drain the rings, render, write, and end for whatever reason comes first.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::{Failure, Outcome};
use super::command::Running;
use super::load::{Attached, Session};
use super::output::Output;
use super::signals::Signals;
use super::summary::{self, Counted, Losses};
use crate::bpf::{Counters, Drained, Poller, Ring, Token};
use crate::cli::RunArgs;
use crate::render::Renderer;

/// Records that are rendered before they are written: about 100 KiB, so that they stay in the cache.
const BATCH: usize = 1024;

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

/// What the loop works with.
struct Loop<'a> {
    streams: Vec<Stream>,
    renderer: Renderer,
    losses: Losses,
    output: Output,
    signals: &'a mut Signals,
    /// Events that may still be shown.
    left: u64,
    /// Records that could not be parsed.
    malformed: u64,
    text: Vec<u8>,
}

/// Whose end is the end of the run; at most one of them is there.
pub struct Ends {
    /// The command.
    pub command: Option<Running>,
    /// The process of `-p`: readable once it has ended.
    pub process: Option<OwnedFd>,
}

impl Ends {
    fn add_to(&self, poller: &mut Poller) -> io::Result<Option<Token>> {
        let command = self.command.as_ref().map(AsFd::as_fd);
        let one = command.or(self.process.as_ref().map(AsFd::as_fd));
        one.map(|fd| poller.add(fd)).transpose()
    }
}

/// Shows events until a signal, the time, the count, the end of the command or of the process, or a
/// closed output.
pub fn run(
    args: &RunArgs,
    sessions: &[Session],
    attached: Attached,
    renderer: Renderer,
    mut signals: Signals,
    mut ends: Ends,
) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let deadline = args.time.and_then(|time| start.checked_add(time));
    let mut poller = Poller::new();
    let token = poller.add(&signals).map_err(Failure::kernel)?;
    let end = ends.add_to(&mut poller).map_err(Failure::kernel)?;
    let streams = streams(sessions, &mut poller)?;
    let mut losses = Losses::new(renderer.views().len());
    for stream in &streams {
        losses.begin(stream.base, &stream.counted());
    }
    let mut state = Loop {
        streams,
        renderer,
        losses,
        output: Output::new(),
        signals: &mut signals,
        left: args.count.unwrap_or(u64::MAX),
        malformed: 0,
        text: Vec::new(),
    };
    state.renderer.header(&mut state.text);
    state.write()?;
    loop {
        let drained = state.drain()?;
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if state.left == 0 || left == Some(Duration::ZERO) {
            break;
        }
        // While records wait, the only question is whether to end.
        let patience = if drained.left { Some(Duration::ZERO) } else { left };
        let ready = poller.wait(drained.active(), patience).map_err(Failure::kernel)?;
        if (ready.is(token) && state.signals.pending()) || end.is_some_and(|end| ready.is(end)) {
            break;
        }
    }
    for stream in &state.streams {
        state.losses.end(stream.base, &stream.counted());
    }
    let unreturned: Vec<u64> = sessions.iter().flat_map(Session::unreturned).collect();
    attached.detach();
    while state.left > 0 && state.drain()?.active() {}
    let status = ends.command.as_mut().and_then(Running::status);
    let Loop { renderer, losses, malformed, .. } = &state;
    summary::print(renderer, losses, *malformed, &unreturned, start.elapsed(), status);
    let lost = args.strict_loss && state.losses.total() > 0;
    Ok(if lost { Outcome::Lost } else { Outcome::Ok })
}

fn streams(sessions: &[Session], poller: &mut Poller) -> Result<Vec<Stream>, Failure> {
    let mut base = 0;
    let mut streams = Vec::new();
    for session in sessions {
        let ring = session.ring()?;
        poller.add_ring(&ring).map_err(Failure::kernel)?;
        let probes = session.plan.probes.len();
        streams.push(Stream { base, probes, ring, counters: session.counters()? });
        base += probes;
    }
    Ok(streams)
}

impl Loop<'_> {
    /// Shows what the rings hold, up to a batch of each.
    fn drain(&mut self) -> Result<Drained, Failure> {
        let mut all = Drained::default();
        for index in 0..self.streams.len() {
            let one = self.drain_one(index)?;
            all.records += one.records;
            all.bytes += one.bytes;
            all.left |= one.left;
        }
        Ok(all)
    }

    fn drain_one(&mut self, index: usize) -> Result<Drained, Failure> {
        let Stream { base, probes, ring, counters } = &mut self.streams[index];
        // Read first: what is counted by now was lost before or among the records drained below.
        let counted = summary::counted(counters.words(), *probes, Ordering::Relaxed);
        let (renderer, text) = (&mut self.renderer, &mut self.text);
        let (left, malformed) = (&mut self.left, &mut self.malformed);
        let drained = ring.drain(BATCH, |bytes| {
            if *left == 0 {
                return;
            }
            match renderer.event(*base, bytes, text) {
                Ok(()) => *left -= 1,
                Err(_) => *malformed += 1,
            }
        });
        self.losses.update(*base, &counted, renderer, text);
        self.write()?;
        Ok(drained)
    }

    fn write(&mut self) -> Result<(), Failure> {
        let result = self.output.write(&self.text, self.signals.as_fd());
        self.text.clear();
        match result {
            // The reader did nothing for a second after Ctrl-C: it gets no more.
            Err(fault) if fault.kind() == io::ErrorKind::TimedOut => Err(Failure::ClosedOutput),
            result => result.map_err(Failure::output),
        }
    }
}
