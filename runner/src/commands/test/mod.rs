//! `runner test`: the tests that stand in configs, on this kernel or on recorded events.
//!
//! [`test()`] is the list of the stages; a config is done with before the next one begins.

mod difference;
mod judge;
mod live;
mod record;
mod report;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::time::{Duration, Instant};

use super::run::load::Loading;
use super::run::save;
use super::run::signals::Signals;
use super::{Blame, Failure, Outcome, files, front};
use crate::cli::TestArgs;
use crate::config::{Config, Test};
use crate::recording::Head;

use live::{Interrupted, Live};
use record::Tape;
use report::{Report, Result as Outcomes, Tally, Verdict};

/// Runs the tests of all configs.
pub fn test(args: &TestArgs) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let files = files::configs(&args.files)?;
    let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
    let parsed: Vec<_> = files.iter().map(|file| front::parse(file)).collect();
    front::check_settings(parsed.iter().flatten(), &args.params.settings)?;
    let mut run = Run {
        args,
        report: report::new(args.format),
        tally: Tally::default(),
        worst: 0,
        without: 0,
        filtered: 0,
        live: None,
    };
    run.say(|report, out| report.begin(out))?;
    let mut interrupted = false;
    for (file, parsed) in files.iter().zip(parsed) {
        if run.config(file, parsed)?.is_err() {
            interrupted = true;
            break;
        }
    }
    let (tally, took) = (run.tally, start.elapsed());
    run.say(|report, out| report.end(tally, took, out))?;
    if interrupted {
        eprintln!("runner: interrupted; the other tests were not run");
        return Ok(Outcome::Findings);
    }
    run.outcome()
}

/// What is known so far.
struct Run<'a> {
    args: &'a TestArgs,
    report: Box<dyn Report>,
    tally: Tally,
    /// The exit code of the first failure to run tests at all; 0 if there was none.
    worst: u8,
    /// Configs without tests.
    without: usize,
    /// Tests that the filter leaves out.
    filtered: usize,
    /// Made for the first config that wants it.
    live: Option<Live>,
}

impl Run<'_> {
    /// All tests of one config; the inner error is Ctrl-C.
    fn config(
        &mut self,
        file: &str,
        parsed: Result<Config, Failure>,
    ) -> Result<Result<(), Interrupted>, Failure> {
        let start = Instant::now();
        let set = |mut config: Config| {
            front::set(&mut config, &self.args.params.settings).map(|()| config)
        };
        let config = match parsed.and_then(set) {
            Ok(config) => config,
            Err(fault) => return self.unfit(file, fault, start.elapsed()).map(Ok),
        };
        if config.tests.is_empty() {
            self.without += 1;
            return self
                .say(|report, out| report.note(&format!("{file} has no tests"), out))
                .map(Ok);
        }
        let wanted = |test: &&Test| match &self.args.filter {
            Some(filter) => format!("{file}: {}", test.name.value).contains(filter),
            None => true,
        };
        let tests: Vec<&Test> = config.tests.iter().filter(wanted).collect();
        self.filtered += config.tests.len() - tests.len();
        if tests.is_empty() {
            return Ok(Ok(()));
        }
        let result = if self.args.offline {
            self.offline(&config, &tests).map(Ok)
        } else {
            self.live(&config, &tests)
        };
        match result {
            Err(Failure::ClosedOutput) => Err(Failure::ClosedOutput),
            Err(Failure::Faults { text, blame: Blame::Unavailable })
                if self.args.skip_unavailable =>
            {
                for test in tests {
                    let verdict = Verdict::Skipped(reason(&text));
                    self.result(file, &test.name.value, verdict, Duration::ZERO)?;
                }
                Ok(Ok(()))
            }
            Err(fault) => self.unfit(file, fault, start.elapsed()).map(Ok),
            Ok(result) => Ok(result),
        }
    }

    /// On recorded events.
    fn offline(&mut self, config: &Config, tests: &[&Test]) -> Result<(), Failure> {
        let verdicts = record::judged(config, tests)?;
        for (test, verdict) in tests.iter().zip(verdicts) {
            self.result(&config.source.path, &test.name.value, verdict, Duration::ZERO)?;
        }
        Ok(())
    }

    /// On this kernel.
    fn live(
        &mut self,
        config: &Config,
        tests: &[&Test],
    ) -> Result<Result<(), Interrupted>, Failure> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.kernel()?,
        };
        let result = self.on(&mut live, config, tests);
        self.live = Some(live);
        result
    }

    fn on(
        &mut self,
        live: &mut Live,
        config: &Config,
        tests: &[&Test],
    ) -> Result<Result<(), Interrupted>, Failure> {
        let head = save::head(std::slice::from_ref(config), &live.kernel);
        let mut stage = live.attach(config)?;
        let (views, distance) = stage.views();
        let head = Head { probes: views.to_vec(), distance, ..head };
        let mut tape = self.args.record.then(|| Tape::new(&head)).transpose()?;
        for test in tests {
            let start = Instant::now();
            let verdict = match stage.run(test, tape.as_mut())? {
                Ok(verdict) => verdict,
                Err(interrupted) => return Ok(Err(interrupted)),
            };
            if !matches!(verdict, Verdict::Passed) {
                tape = None;
            }
            self.result(&config.source.path, &test.name.value, verdict, start.elapsed())?;
        }
        stage.detach();
        // A recording of some of the tests would take the place of one of all.
        match tape.filter(|_| tests.len() == config.tests.len()) {
            Some(tape) => tape.keep(&record::place(config)).map(Ok),
            None if self.args.record => {
                eprintln!(
                    "warning: {}: not recorded: not all its tests were run and passed",
                    config.source.path
                );
                Ok(Ok(()))
            }
            None => Ok(Ok(())),
        }
    }

    fn kernel(&self) -> Result<Live, Failure> {
        let kernel = front::facts(self.args.btf.as_deref())?.with_attach_max(self.args.max_attach);
        let signals = Signals::take().map_err(Failure::kernel)?;
        let how = Loading { buffer: self.args.buffer, verbose: self.args.verbose };
        Ok(Live { kernel, signals, how })
    }

    /// A config whose tests could not be run.
    fn unfit(&mut self, file: &str, fault: Failure, took: Duration) -> Result<(), Failure> {
        if self.worst == 0 {
            self.worst = fault.code();
        }
        self.result(file, "the config loads", Verdict::Error(fault.to_string()), took)
    }

    fn result(
        &mut self,
        file: &str,
        name: &str,
        verdict: Verdict,
        took: Duration,
    ) -> Result<(), Failure> {
        self.tally.add(&verdict);
        let result = Outcomes { file: file.to_owned(), name: name.to_owned(), verdict, took };
        self.say(|report, out| report.result(result, out))
    }

    /// Writes what the report has to say.
    fn say(&mut self, what: impl FnOnce(&mut dyn Report, &mut String)) -> Result<(), Failure> {
        let mut out = String::new();
        what(&mut *self.report, &mut out);
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(out.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::output)
    }

    /// How it all went. A run that tested nothing is no success.
    fn outcome(&self) -> Result<Outcome, Failure> {
        let Tally { passed, failed, skipped, .. } = self.tally;
        if self.worst != 0 {
            return Err(Failure::Shown(self.worst));
        }
        if self.tally.total() == 0 && self.filtered > 0 {
            let filter = self.args.filter.as_deref().unwrap_or_default();
            return Err(Failure::usage(format!("no test has `{filter}` in its `FILE: NAME`")));
        }
        if failed > 0 || (self.args.require_tests && self.without > 0) {
            return Ok(Outcome::Findings);
        }
        if passed == 0 && skipped > 0 {
            eprintln!("error: all tests were skipped, so nothing was tested");
            return Ok(Outcome::Findings);
        }
        if passed == 0 {
            let help = "write some under `tests:`";
            return Err(Failure::usage(format!("no config has tests; {help}")));
        }
        Ok(Outcome::Ok)
    }
}

/// The message and the notes of the first of a config's faults, without its lines.
fn reason(text: &str) -> String {
    let mut lines = text.lines().take_while(|line| !line.is_empty());
    let message = lines.next().and_then(|line| line.split_once("]: ")).map_or(text, |(_, why)| why);
    let notes = lines.filter_map(|line| line.trim_start().strip_prefix("= note: "));
    [message].into_iter().chain(notes).collect::<Vec<_>>().join("; ")
}
