//! The binary: arguments in, exit code out. The only place that ends the process.

use std::process::ExitCode;

use clap::Parser;
use runner::cli::Cli;
use runner::commands::dispatch;

fn main() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}
