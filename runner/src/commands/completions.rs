//! `runner completions`: the script by which a shell completes this command line.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Failure, Outcome};
use crate::cli::{Cli, CompletingShell, CompletionsArgs};

/// Prints the script.
pub fn completions(args: &CompletionsArgs) -> Result<Outcome, Failure> {
    std::io::stdout().write_all(&script(args.shell)).map_err(Failure::output)?;
    Ok(Outcome::Ok)
}

/// The whole script: the generator writes as it goes, and a pipe may close in the middle.
fn script(shell: CompletingShell) -> Vec<u8> {
    let shell = match shell {
        CompletingShell::Bash => Shell::Bash,
        CompletingShell::Zsh => Shell::Zsh,
        CompletingShell::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "runner", &mut script);
    script
}
