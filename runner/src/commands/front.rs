//! What all commands begin with: a config read, parsed and planned, its faults shown at once.

use std::fs::File;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use super::{Blame, Failure};
use crate::cli::KernelArgs;
use crate::config::{self, Config, ReadError};
use crate::diag::{self, Code, Faults, Severity, Source, Style};
use crate::facts::{Facts, Live, Recorded};
use crate::plan::{self, Plan, Tasks};

/// The text of the config at `path`.
pub fn read(path: &str) -> Result<Arc<Source>, Failure> {
    config::read(path).map_err(|fault| match fault {
        ReadError::Unfit(faults) => failure(&faults),
        fault => Failure::usage(fault),
    })
}

/// The config at `path`.
pub fn parse(path: &str) -> Result<Config, Failure> {
    let source = read(path)?;
    let mut faults = Faults::new(source.clone());
    let config = config::parse(source, &mut faults);
    report(&faults)?;
    // Without a config there is a fault, and `report` has ended the command.
    config.ok_or_else(|| failure(&faults))
}

/// Gives those of `settings` that `config` declares to its parameters, all of which must then have
/// values.
pub fn set(config: &mut Config, settings: &[(String, String)]) -> Result<(), Failure> {
    let mut faults = Faults::new(config.source.clone());
    config.set(settings, &mut faults);
    if !faults.any_error() {
        config.check_set(&mut faults);
    }
    report(&faults)
}

/// Refuses `settings` that none of `configs` declares.
pub fn check_settings<'c>(
    configs: impl IntoIterator<Item = &'c Config>,
    settings: &[(String, String)],
) -> Result<(), Failure> {
    let configs: Vec<&Config> = configs.into_iter().collect();
    let Some(first) = configs.first() else { return Ok(()) };
    let mut faults = Faults::new(first.source.clone());
    let params = configs.iter().flat_map(|config| &config.params);
    config::check_settings(params, settings, &mut faults);
    report(&faults)
}

/// This kernel, with the types in `btf` in place of its own. That file is wanted even where no
/// config needs types: a name with a slip in it should not pass unseen.
pub fn facts(btf: Option<&Path>) -> Result<Live, Failure> {
    if let Some(path) = btf {
        let path = path.display().to_string();
        File::open(&path).map_err(|source| Failure::usage(ReadError::Read { path, source }))?;
    }
    Ok(Live::new(btf.map(Path::to_path_buf)))
}

/// The kernel that `args` name.
pub fn kernel(args: &KernelArgs) -> Result<Box<dyn Facts>, Failure> {
    match &args.kernel {
        Some(path) => Ok(Box::new(Recorded::open(path).map_err(Failure::usage)?)),
        None => Ok(Box::new(facts(args.btf.as_deref())?)),
    }
}

/// The plan of `config` on the kernel of `facts`.
pub fn plan(config: &Config, facts: &dyn Facts, tasks: Tasks) -> Result<Plan, Failure> {
    let mut faults = Faults::new(config.source.clone());
    let plan = plan::plan(config, facts, tasks, &mut faults).map_err(Failure::kernel)?;
    report(&faults)?;
    plan.ok_or_else(|| failure(&faults))
}

/// Shows warnings; errors end the command.
fn report(faults: &Faults) -> Result<(), Failure> {
    if faults.any_error() {
        return Err(failure(faults));
    }
    eprint!("{}", diag::render(faults, style()));
    Ok(())
}

/// The failure that shows all of `faults`.
pub fn failure(faults: &Faults) -> Failure {
    let errors: Vec<_> =
        faults.list.iter().filter(|fault| fault.severity == Severity::Error).collect();
    let mut text = diag::render(faults, style());
    if errors.len() > 1 {
        text.push_str(&format!("{} errors\n", errors.len()));
    }
    let all = |codes: &[Code]| errors.iter().all(|fault| codes.contains(&fault.code));
    let blame = if all(&[Code::HookUnavailable, Code::NoTypes]) {
        Blame::Unavailable
    } else if all(&[Code::HookUnavailable, Code::NoTypes, Code::Verifier]) {
        Blame::Refused
    } else {
        Blame::Config
    };
    Failure::Faults { text, blame }
}

/// The style of standard error.
fn style() -> Style {
    style_for(std::io::stderr().is_terminal())
}

/// Colours for a terminal only, and not if the user said no (no-color.org).
pub fn style_for(terminal: bool) -> Style {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if terminal && !plain { Style::Ansi } else { Style::Plain }
}
