//! The binary: arguments in, exit code out. The only place that ends the process.

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use runner::cli::Cli;
use runner::commands::{Failure, Outcome, dispatch};

fn main() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(Outcome::Ok) | Err(Failure::ClosedOutput) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Lost) => ExitCode::from(5),
        Err(Failure::Faults { text, kernel }) => {
            eprint!("{text}");
            ExitCode::from(if kernel { 4 } else { 2 })
        }
        Err(Failure::Usage(fault)) => failed(&*fault, 2),
        Err(Failure::Toolchain(fault)) => failed(&*fault, 3),
        Err(Failure::Kernel(fault)) => failed(&*fault, 4),
    }
}

/// Shows the fault with everything that led to it, and gives the exit code.
fn failed(fault: &dyn Error, code: u8) -> ExitCode {
    eprintln!("error: {fault}");
    let mut cause = fault.source();
    while let Some(fault) = cause {
        eprintln!("  because: {fault}");
        cause = fault.source();
    }
    ExitCode::from(code)
}
