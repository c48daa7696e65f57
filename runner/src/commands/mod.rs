//! One file a subcommand; each reads as the list of its stages.
//!
//! In: parsed arguments. Out: how the process ends, or a [`Failure`]. Only `main` exits.

mod cache;
mod explain;
mod fields;
mod front;
mod generate;
mod init;
mod list;
mod run;
mod schema;
mod snapshot;
mod validate;

use std::error::Error;
use std::io::Write;

use crate::cli::{Cli, Command};

/// How the process ends. The numbers are documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 0
    Ok,
    /// 1: `validate` found errors, `list` nothing.
    Findings,
    /// 5: events were lost, and `--strict-loss` was given.
    Lost,
}

/// Any error of a stage; commands work with several threads.
type Fault = Box<dyn Error + Send + Sync>;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// Faults in a config, already rendered. 2, or 4 where only the kernel lacks what is asked.
    Faults {
        /// What to show.
        text: String,
        /// Whether another kernel would have taken the config.
        kernel: bool,
    },
    /// The way the command was called. 2
    Usage(Fault),
    /// The compiler. 3
    Toolchain(Fault),
    /// The kernel, or the machine. 4
    Kernel(Fault),
    /// Nobody reads the output any more. 0
    ClosedOutput,
}

impl Failure {
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
        Some(Command::Cache(args)) => cache::cache(&args),
        Some(Command::Schema) => schema::schema(),
    }
}
