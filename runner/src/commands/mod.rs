//! One file a subcommand; each reads as the list of its stages.
//!
//! In: parsed arguments. Out: how the process ends, or a [`Failure`]. Only `main` exits.

mod cache;
mod completions;
mod doctor;
mod explain;
mod fields;
mod files;
mod fmt;
mod front;
mod generate;
mod init;
mod list;
mod man;
pub mod replay;
mod run;
mod schema;
mod snapshot;
mod test;
mod validate;

use std::error::Error;
use std::io::Write;

use crate::cli::{Cli, Command};

/// How the process ends. The numbers are documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 0
    Ok,
    /// 1: `validate` or `doctor` found faults, a test failed, `fmt --check` would change something, or
    /// `list` found nothing.
    Findings,
    /// 5: events were lost, and `--strict-loss` was given.
    Lost,
}

/// Any error of a stage; commands work with several threads.
type Fault = Box<dyn Error + Send + Sync>;

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Findings => 1,
            Self::Lost => 5,
        }
    }
}

/// Why a command failed. Shown as what belongs on standard error.
#[derive(Debug)]
pub enum Failure {
    /// Faults in a config, already rendered. 2 or 4
    Faults {
        /// What to show.
        text: String,
        /// What they mean for the config.
        blame: Blame,
    },
    /// The way the command was called. 2
    Usage(Fault),
    /// The compiler. 3
    Toolchain(Fault),
    /// The kernel, or the machine. 4
    Kernel(Fault),
    /// Nobody reads the output any more. 0
    ClosedOutput,
    /// All has been said; only the exit code is left.
    Shown(u8),
}

/// What the faults of a config come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The config itself. 2
    Config,
    /// This kernel, which lacks what is asked for; another may have it. 4
    Unavailable,
    /// The kernel's verifier. 4
    Refused,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Faults { text, .. } => f.write_str(text),
            Self::Usage(fault) | Self::Toolchain(fault) | Self::Kernel(fault) => {
                writeln!(f, "error: {fault}")?;
                let mut cause = fault.source();
                while let Some(fault) = cause {
                    writeln!(f, "  because: {fault}")?;
                    cause = fault.source();
                }
                Ok(())
            }
            Self::ClosedOutput | Self::Shown(_) => Ok(()),
        }
    }
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Faults { blame: Blame::Config, .. } | Self::Usage(_) => 2,
            Self::Toolchain(_) => 3,
            Self::Faults { .. } | Self::Kernel(_) => 4,
            Self::ClosedOutput => 0,
            Self::Shown(code) => *code,
        }
    }

    fn usage(fault: impl Into<Fault>) -> Self {
        Self::Usage(fault.into())
    }

    fn toolchain(fault: impl Into<Fault>) -> Self {
        Self::Toolchain(fault.into())
    }

    fn kernel(fault: impl Into<Fault>) -> Self {
        Self::Kernel(fault.into())
    }

    /// Of a write to standard output.
    fn output(fault: std::io::Error) -> Self {
        match fault.kind() {
            std::io::ErrorKind::BrokenPipe => Self::ClosedOutput,
            _ => Self::Kernel(format!("failed to write to standard output: {fault}").into()),
        }
    }
}

/// Writes to standard output.
fn print(text: &str) -> Result<(), Failure> {
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::output)
}

/// Runs what the command line asks for.
pub fn dispatch(cli: Cli) -> Result<Outcome, Failure> {
    match cli.command {
        None => run::run(&cli.run),
        Some(Command::Run(args)) => run::run(&args),
        Some(Command::Generate(args)) => generate::generate(&args),
        Some(Command::Validate(args)) => validate::validate(&args),
        Some(Command::Snapshot(args)) => snapshot::snapshot(&args),
        Some(Command::Explain(args)) => explain::explain(&args),
        Some(Command::List(args)) => list::list(&args),
        Some(Command::Fields(args)) => fields::fields(&args),
        Some(Command::Init(args)) => init::init(&args),
        Some(Command::Doctor(args)) => doctor::doctor(&args),
        Some(Command::Cache(args)) => cache::cache(&args),
        Some(Command::Test(args)) => test::test(&args),
        Some(Command::Replay(args)) => replay::replay(&args),
        Some(Command::Schema) => schema::schema(),
        Some(Command::Fmt(args)) => fmt::fmt(&args),
        Some(Command::Completions(args)) => completions::completions(&args),
        Some(Command::Man(args)) => man::man(&args),
    }
}
