//! The tests of a config on this kernel: one attachment, and one command after the other.
//!
//! Only what a command and its descendants do is traced, so that nothing else on the machine
//! disturbs. Between two tests the family is emptied and the ring drained.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::super::run::command::{Running, Waiting};
use super::super::run::load::{Attached, Loading, Session, announce};
use super::super::run::signals::Signals;
use super::super::run::stages::Stages;
use super::super::run::streams::{Sink, Streams};
use super::super::run::summary::{Counted, Losses};
use super::super::run::{object, tasks, views};
use super::super::{Failure, front};
use super::Verdict;
use super::judge::{Judge, Origin};
use super::record::Tape;
use crate::bpf::Poller;
use crate::config::{Config, Template, Test, Variables};
use crate::diag::plural;
use crate::facts::Live as Kernel;
use crate::plan::Tasks;
use crate::recording::Noted;
use crate::render::{Distance, View};
use crate::symbolize::LiveNames;

/// Bytes of a command's output that are shown when its test fails.
const SHOWN: u64 = 4096;
/// Ctrl-C came.
pub struct Interrupted;

/// This kernel, and how tests are run on it.
pub struct Live {
    pub kernel: Kernel,
    pub signals: Signals,
    pub how: Loading,
}

/// A config whose probes are attached.
pub struct Stage<'a> {
    config: &'a Config,
    signals: &'a mut Signals,
    session: Session,
    streams: Streams,
    losses: Losses,
    attached: Attached,
    views: Vec<View>,
    origin: Origin,
    /// Those of the origin.
    names: Rc<RefCell<Noted<LiveNames>>>,
}

/// How a command ended.
enum End {
    Exited(ExitStatus),
    TooLate(Duration),
    Unstarted(String),
}

impl Live {
    /// Loads and attaches the probes of `config`.
    pub fn attach<'a>(&'a mut self, config: &'a Config) -> Result<Stage<'a>, Failure> {
        let mut stages = Stages::new(self.how.verbose);
        let plan = front::plan(config, &self.kernel, tasks(None, true)?)?;
        debug_assert!(plan.tasks == Tasks::Family, "only the command's events are of interest");
        stages.end("plan");
        let object = object(&plan, &self.kernel, None, &mut stages)?;
        let sessions = [Session::load(plan, object, self.how)?];
        stages.end("load");
        let attached = Attached::new(&sessions, None)?;
        stages.end("attach");
        if self.how.verbose {
            announce(&sessions, &attached);
        }
        let views = views(&sessions);
        let streams = Streams::open(&sessions)?;
        let [session] = sessions;
        let losses = Losses::new(views.len());
        let names = LiveNames::new(views.iter().map(|view| &view.layout));
        let names = Rc::new(RefCell::new(Noted::new(names)));
        let origin = Origin { distance: Distance::measure().nanos(), names: names.clone() };
        let signals = &mut self.signals;
        Ok(Stage { config, signals, session, streams, losses, attached, views, origin, names })
    }
}

/// Gives events to the judge, and to the recording.
struct Court<'a, 'c> {
    judge: Judge<'c>,
    tape: Option<&'a mut Tape>,
    names: &'a RefCell<Noted<LiveNames>>,
    losses: &'a mut Losses,
    lost: Vec<(usize, u64)>,
}

impl Sink for Court<'_, '_> {
    fn event(&mut self, _: usize, bytes: &[u8]) {
        self.judge.event(bytes);
        let names = self.names.borrow_mut().take();
        if let Some(tape) = &mut self.tape {
            tape.event(&names, bytes);
        }
    }

    fn batch_end(&mut self, base: usize, counted: &[Counted]) -> Result<(), Failure> {
        self.losses.update(base, counted, |probe, count| self.lost.push((probe, count)));
        Ok(())
    }
}

impl Stage<'_> {
    /// What is recorded of the probes.
    pub fn views(&self) -> (&[View], i64) {
        (&self.views, self.origin.distance)
    }

    /// Runs one test; the inner error is Ctrl-C.
    pub fn run(
        &mut self,
        test: &Test,
        mut tape: Option<&mut Tape>,
    ) -> Result<Result<Verdict, Interrupted>, Failure> {
        let folder = TempDir::with_prefix("runner-test-").map_err(|fault| {
            Failure::kernel(format!("failed to make a folder for the test: {fault}"))
        })?;
        let path = folder.path().to_string_lossy().into_owned();
        let mut variables = Variables { folder: path, process: 0 };
        let (waiting, mut output) = match start(self.config, test, &variables) {
            Ok(started) => started,
            Err(fault) => return Ok(Ok(Verdict::Failed(vec![fault]))),
        };
        variables.process = waiting.pid;
        self.session.adopt(waiting.pid)?;
        if let Some(tape) = &mut tape {
            tape.case(test, &variables);
        }
        let judge = Judge::new(self.config, test, &self.views, &self.origin, &variables);
        let losses = &mut self.losses;
        let names = &self.names;
        let mut court = Court { judge, tape, names, losses, lost: Vec::new() };
        let end = watch(waiting, test, &mut self.streams, self.signals, &mut court)?;
        // Whatever was left behind makes no events for the next test.
        self.session.disown()?;
        while self.streams.drain(&mut court)?.active() {}
        let Court { judge, lost, .. } = court;
        let Some(end) = end else { return Ok(Err(Interrupted)) };
        if let End::Unstarted(fault) = end {
            return Ok(Ok(Verdict::Failed(vec![fault])));
        }
        let mut wrong: Vec<String> = end.fault().into_iter().collect();
        wrong.extend(lost.iter().map(|(probe, count)| {
            let name = self.views.get(*probe).map_or("?", |view| view.name.as_str());
            let lost = plural(*count, "event");
            format!("{lost} of `{name}` lost: `--buffer` makes room for more")
        }));
        wrong.extend(judge.verdict());
        if let Err(fault) = folder.close() {
            wrong.push(format!("failed to remove the test's folder: {fault}"));
        }
        if wrong.is_empty() {
            return Ok(Ok(Verdict::Passed));
        }
        wrong.extend(said(&mut output));
        Ok(Ok(Verdict::Failed(wrong)))
    }

    /// Takes the probes away again.
    pub fn detach(self) {
        self.attached.detach();
    }
}

/// Makes the command's process, which waits for its turn, and the file of its output.
fn start(config: &Config, test: &Test, variables: &Variables) -> Result<(Waiting, File), String> {
    let words: Vec<String> = test.run.iter().map(|word| word.filled(variables)).collect();
    let [program, arguments @ ..] = words.as_slice() else { return Err("no command".to_owned()) };
    let output = tempfile::tempfile().map_err(|fault| format!("no file for output: {fault}"))?;
    let copy = || output.try_clone().map_err(|fault| format!("no file for output: {fault}"));
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(copy()?).stderr(copy()?);
    let folder = Path::new(&config.source.path).parent();
    if let Some(folder) = folder.filter(|folder| folder.as_os_str() != "") {
        command.current_dir(folder);
    }
    let waiting = Waiting::spawn(command, true)
        .map_err(|fault| format!("failed to start `{program}`: {fault}"))?;
    Ok((waiting, output))
}

/// Lets the command begin, and takes events until it has ended; `None` for Ctrl-C.
fn watch(
    waiting: Waiting,
    test: &Test,
    streams: &mut Streams,
    signals: &mut Signals,
    court: &mut Court,
) -> Result<Option<End>, Failure> {
    let mut poller = Poller::new();
    let token = poller.add(&*signals).map_err(Failure::kernel)?;
    streams.add_to(&mut poller)?;
    let mut running = match waiting.release() {
        Ok(running) => running,
        Err(fault) => return Ok(Some(End::Unstarted(fault.to_string()))),
    };
    let over = poller.add(running.as_fd()).map_err(Failure::kernel)?;
    let deadline = Instant::now() + test.timeout;
    let end = loop {
        let drained = streams.drain(court)?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break Some(End::TooLate(test.timeout));
        }
        let patience = if drained.left { Duration::ZERO } else { left };
        let ready = poller.wait(drained.active(), Some(patience)).map_err(Failure::kernel)?;
        if ready.is(token) && signals.pending() {
            break None;
        }
        if ready.is(over) {
            break Some(End::Exited(ended(&mut running)?));
        }
    };
    if !matches!(end, Some(End::Exited(_))) {
        ended(&mut running)?;
    }
    Ok(end)
}

/// Ends what is left of the command's processes.
fn ended(running: &mut Running) -> Result<ExitStatus, Failure> {
    running.kill_group();
    running.wait().map_err(|fault| Failure::kernel(format!("failed to wait: {fault}")))
}

impl End {
    /// What is wrong with it.
    fn fault(&self) -> Option<String> {
        match self {
            Self::Unstarted(_) => None,
            Self::Exited(status) if status.success() => None,
            Self::Exited(status) => Some(format!("the command ended with {status}")),
            Self::TooLate(time) => {
                let time = humantime::format_duration(*time);
                Some(format!("the command took longer than {time} (`timeout:`), and was killed"))
            }
        }
    }
}

/// The last of what the command said.
fn said(output: &mut File) -> Option<String> {
    let mut read = || -> io::Result<(Vec<u8>, bool)> {
        let len = output.seek(SeekFrom::End(0))?;
        output.seek(SeekFrom::Start(len.saturating_sub(SHOWN)))?;
        let mut bytes = Vec::new();
        output.take(SHOWN).read_to_end(&mut bytes)?;
        Ok((bytes, len > SHOWN))
    };
    let (bytes, cut) = read().ok().filter(|(bytes, _)| !bytes.is_empty())?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: String = text.lines().map(|line| format!("\n  {line}")).collect();
    Some(format!("the command said{}:{lines}", if cut { ", at the end" } else { "" }))
}

/// The command as the config has it.
pub fn written(run: &[Template]) -> Vec<String> {
    run.iter().map(Template::written).collect()
}
