//! `runner generate`: the Rust program that a config becomes on this kernel.

use super::{Failure, Outcome, front, print};
use crate::cli::GenerateArgs;
use crate::codegen;
use crate::plan::Tasks;

/// Prints the program.
pub fn generate(args: &GenerateArgs) -> Result<Outcome, Failure> {
    let mut config = front::parse(&args.config)?;
    front::set(&mut config, &args.params.settings)?;
    front::check_settings([&config], &args.params.settings)?;
    let facts = front::facts(args.btf.as_deref())?;
    let plan = front::plan(&config, &facts, Tasks::All)?;
    let text = codegen::generate(&plan).map_err(Failure::usage)?;
    print(&text)?;
    Ok(Outcome::Ok)
}
