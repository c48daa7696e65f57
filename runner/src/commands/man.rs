//! `runner man`: manual pages, made from the definition of the command line.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use super::{Failure, Outcome};
use crate::cli::{Cli, ManArgs};

/// Prints the page of `runner`, or writes one for each command into a folder.
pub fn man(args: &ManArgs) -> Result<Outcome, Failure> {
    match &args.folder {
        Some(folder) => pages(folder).map_err(|fault| {
            let text = format!("failed to write manual pages to `{}`: {fault}", folder.display());
            Failure::usage(text)
        })?,
        None => {
            let mut page = Vec::new();
            Man::new(command()).render(&mut page).map_err(Failure::output)?;
            io::stdout().write_all(&page).map_err(Failure::output)?;
        }
    }
    Ok(Outcome::Ok)
}

/// Writes all pages, `runner-COMMAND.1` those of the commands.
fn pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command(), folder)
}

/// The command line without `help`, which has no page.
fn command() -> clap::Command {
    Cli::command().disable_help_subcommand(true)
}
