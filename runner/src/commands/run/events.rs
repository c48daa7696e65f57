//! The loop: drain the rings, render, write, and end for whatever reason comes first.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::super::{Failure, Outcome};
use super::command::Running;
use super::load::{Attached, Session};
use super::output::Output;
use super::save::Saver;
use super::signals::Signals;
use super::streams::{Sink, Streams};
use super::summary::{self, Counted, Losses};
use crate::bpf::{Poller, Token};
use crate::cli::RunArgs;
use crate::read::Summary;
use crate::render::{Distance, Renderer};

/// Shows what the streams bring.
struct Screen {
    renderer: Renderer,
    distance: Distance,
    saver: Option<Saver>,
    losses: Losses,
    output: Output,
    signals: Signals,
    /// Events that may still be shown.
    left: u64,
    /// Records that could not be parsed.
    malformed: u64,
    text: Vec<u8>,
}

/// Where events go.
pub struct Out {
    /// What they become.
    pub renderer: Renderer,
    /// That of the clocks, as the renderer has it.
    pub distance: Distance,
    /// The recording.
    pub saver: Option<Saver>,
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
    Out { renderer, distance, saver }: Out,
    signals: Signals,
    mut ends: Ends,
) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let deadline = args.time.and_then(|time| start.checked_add(time));
    let mut poller = Poller::new();
    let token = poller.add(&signals).map_err(Failure::kernel)?;
    let end = ends.add_to(&mut poller).map_err(Failure::kernel)?;
    let mut streams = Streams::open(sessions)?;
    streams.add_to(&mut poller)?;
    let losses = Losses::new(renderer.views().len());
    let left = args.count.unwrap_or(u64::MAX);
    let mut screen = Screen {
        renderer,
        distance,
        saver,
        losses,
        output: Output::new(),
        signals,
        left,
        malformed: 0,
        text: Vec::new(),
    };
    for (base, counted) in streams.counted() {
        screen.losses.begin(base, &counted);
    }
    screen.renderer.header(&mut screen.text);
    screen.write()?;
    loop {
        let drained = streams.drain(&mut screen)?;
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if screen.left == 0 || left == Some(Duration::ZERO) {
            break;
        }
        // While records wait, the only question is whether to end.
        let patience = if drained.left { Some(Duration::ZERO) } else { left };
        let ready = poller.wait(drained.active(), patience).map_err(Failure::kernel)?;
        if (ready.is(token) && screen.signals.pending()) || end.is_some_and(|end| ready.is(end)) {
            break;
        }
    }
    for (base, counted) in streams.counted() {
        screen.losses.end(base, &counted);
    }
    let unreturned: Vec<u64> = sessions.iter().flat_map(Session::unreturned).collect();
    attached.detach();
    while screen.left > 0 && streams.drain(&mut screen)?.active() {}
    let summary = Summary {
        nanos: start.elapsed().as_nanos() as u64,
        probes: screen.losses.missed(&unreturned),
        malformed: screen.malformed,
    };
    summary::print(&summary, &screen.renderer);
    screen.saver.take().map_or(Ok(()), |saver| saver.end(&summary))?;
    let status = ends.command.as_mut().and_then(Running::status);
    if let Some(status) = status.filter(|status| !status.success()) {
        eprintln!("  the command ended with {status}");
    }
    let lost = args.strict_loss && screen.losses.total() > 0;
    Ok(if lost { Outcome::Lost } else { Outcome::Ok })
}

impl Sink for Screen {
    fn event(&mut self, base: usize, bytes: &[u8]) {
        if self.left == 0 {
            return;
        }
        match self.renderer.event(base, bytes, &mut self.text) {
            Ok(()) => {
                self.left -= 1;
                if let Some(saver) = &mut self.saver {
                    saver.event(&mut self.renderer, base, bytes);
                }
            }
            Err(_) => self.malformed += 1,
        }
    }

    fn batch_end(&mut self, base: usize, counted: &[Counted]) -> Result<(), Failure> {
        self.losses.update(base, counted, |probe, count| {
            self.renderer.lost(probe, count, &mut self.text);
            if let Some(saver) = &mut self.saver {
                saver.entries().lost(probe, count);
            }
        });
        self.write()?;
        let distance = self.distance.refresh();
        if let Some(distance) = distance {
            self.renderer.set_distance(distance);
        }
        let Some(saver) = &mut self.saver else { return Ok(()) };
        if let Some(distance) = distance {
            saver.entries().distance(distance);
        }
        saver.flush()
    }
}

impl Screen {
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
