//! `runner doctor`: what this machine can run, what is missing, and the command that mends it.
//!
//! [`doctor`] is the list of the stages: look at the machine, judge, report.

mod checks;
mod configs;
mod machine;
mod report;
#[cfg(test)]
mod tests;

use super::{Failure, Outcome, files, print};
use crate::cli::{DoctorArgs, DoctorFormat};
use crate::facts::Live;

use machine::Machine;
use report::Report;

/// Looks at the machine, and at the configs that are named.
pub fn doctor(args: &DoctorArgs) -> Result<Outcome, Failure> {
    let paths = files::configs(&args.configs)?;
    let live = Live::new(None);
    let machine = Machine::examine(&live);
    let findings = checks::check(&machine);
    let verdicts =
        paths.iter().map(|path| configs::judge(&path.to_string_lossy(), &live)).collect();
    let report = Report::new(machine.release, findings, verdicts);
    print(&match args.format {
        DoctorFormat::Human => report::human(&report),
        DoctorFormat::Json => report::json(&report).map_err(Failure::usage)?,
    })?;
    Ok(if report.ok { Outcome::Ok } else { Outcome::Findings })
}
