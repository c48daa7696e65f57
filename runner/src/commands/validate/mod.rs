//! `runner validate`: configs held against kernels that need not be this machine's. Needs no
//! privileges, no compiler and no network, and changes nothing.
//!
//! [`validate`] is the list of the stages; the files beside it are those of this command alone.

mod kernels;
mod matrix;
mod merge;
mod summary;
#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Failure, Outcome, files, front};
use crate::check::{self, LintLevels};
use crate::cli::ValidateArgs;
use crate::config::{self, ReadError};
use crate::diag::{self, DiagFormat, Faults, Report, Severity, Style};
use crate::expr::Param;
use crate::plan::survey::{self, Survey};

use kernels::Kernels;

/// Checks all files and reports everything that was found.
pub fn validate(args: &ValidateArgs) -> Result<Outcome, Failure> {
    let files = files::configs(&args.files)?;
    let kernels = Kernels::open(args)?;
    let levels = LintLevels::new(&args.lints.deny, &args.lints.warn, &args.lints.allow);
    let mut out = io::stdout().lock();
    let style = front::style_for(out.is_terminal());
    let settings = &args.params.settings;
    let against = Against { kernels: &kernels, settings, levels: &levels };
    report(&files, against, args.format, style, &mut out)
}

/// What configs are held against.
#[derive(Clone, Copy)]
struct Against<'a> {
    kernels: &'a Kernels,
    settings: &'a [Setting],
    levels: &'a LintLevels,
}

/// Checks all `files` and writes the report. A file that cannot be read is told after the others.
fn report(
    files: &[PathBuf],
    against: Against<'_>,
    format: DiagFormat,
    style: Style,
    out: &mut dyn Write,
) -> Result<Outcome, Failure> {
    let (mut checked, mut failures) = (Vec::new(), Vec::new());
    for result in check_all(files, against) {
        match result {
            Ok(config) => checked.push(config),
            Err(failure) => failures.push(failure),
        }
    }
    let params: Vec<_> = checked.iter().flat_map(|config| config.params.clone()).collect();
    if let Some(first) = checked.first_mut() {
        config::check_settings(&params, against.settings, &mut first.faults);
    }
    let report = Report { sources: checked.iter().map(|config| config.faults.clone()).collect() };
    diag::write(&report, format, style, out).map_err(Failure::output)?;
    if format == DiagFormat::Human {
        for line in summary::lines(&checked, &report, against.kernels) {
            // Names of files and what a snapshot says of itself may come from anywhere.
            writeln!(out, "{}", diag::printable(&line)).map_err(Failure::output)?;
        }
    }
    match (failures.into_iter().next(), report.count(Severity::Error)) {
        (Some(failure), _) => Err(failure),
        (None, 0) => Ok(Outcome::Ok),
        (None, _) => Ok(Outcome::Findings),
    }
}

/// A parameter's name, and the value that the command line gives it.
type Setting = (String, String);

/// One config, and what became of it.
struct Checked {
    faults: Faults,
    /// Its parameters; none where it cannot be read.
    params: Vec<Param>,
    /// For each kernel; none where the config is faulty by itself.
    kernels: Vec<OnKernel>,
}

/// One config on one kernel.
struct OnKernel {
    survey: Survey,
    /// Whether it has errors there.
    faulty: bool,
}

impl Checked {
    fn path(&self) -> &str {
        &self.faults.source.path
    }

    fn on(&self, kernel: usize) -> Option<&OnKernel> {
        self.kernels.get(kernel)
    }
}

/// Checks every file, several at a time, and gives the results in their order.
fn check_all(files: &[PathBuf], against: Against<'_>) -> Vec<Result<Checked, Failure>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = files.get(index) else { return done };
            done.push((index, check(path, against)));
        }
    };
    let count = std::thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let mut done: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
        // A thread ends without a result only by a panic, which ends the process.
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, checked)| checked).collect()
}

/// Checks one file against every kernel, and lints it.
fn check(path: &Path, against: Against<'_>) -> Result<Checked, Failure> {
    let Against { kernels, settings, levels } = against;
    let faulty = |faults| Ok(Checked { faults, params: Vec::new(), kernels: Vec::new() });
    let Some(text) = path.to_str() else {
        let text = format!("failed to read `{}`: its name is not UTF-8", path.display());
        return Err(Failure::usage(text));
    };
    let source = match config::read(text) {
        Ok(source) => source,
        Err(ReadError::Unfit(faults)) => return faulty(faults),
        Err(fault) => return Err(Failure::usage(fault)),
    };
    let mut faults = Faults::new(source.clone());
    let Some(mut config) = config::parse(source.clone(), &mut faults) else {
        return faulty(faults);
    };
    config.set(settings, &mut faults);
    let mut found = Vec::new();
    let mut lists = Vec::new();
    for kernel in &kernels.list {
        let mut own = Faults::new(source.clone());
        let survey = survey::survey(&config, &*kernel.facts, &mut own).map_err(Failure::usage)?;
        found.push(OnKernel { survey, faulty: own.any_error() });
        lists.push(own.list);
    }
    let names: Vec<&str> = kernels.list.iter().map(|kernel| kernel.name.as_str()).collect();
    faults.list.extend(merge::merge(lists, kernels.named.then_some(&names)));
    let plans: Vec<_> = found.iter().map(|kernel| &kernel.survey.alternatives).collect();
    check::lint(&config, &plans, levels, &mut faults);
    Ok(Checked { faults, params: config.params, kernels: found })
}
