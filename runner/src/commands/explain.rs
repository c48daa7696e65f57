//! `runner explain`: what a code means, with an example and how to mend it.

use std::io::Write;

use super::{Failure, Outcome};
use crate::cli::ExplainArgs;
use crate::diag::{self, Code, one_of};

/// Prints the explanation of one code, or the list of all.
pub fn explain(args: &ExplainArgs) -> Result<Outcome, Failure> {
    let text = match &args.code {
        None => diag::list(),
        Some(name) => diag::explain(Code::find(name).ok_or_else(|| unknown(name))?),
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::output)?;
    Ok(Outcome::Ok)
}

fn unknown(name: &str) -> Failure {
    let all: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let help = one_of(name, "some of the codes are", &all);
    Failure::usage(format!("there is no code `{}`; {help}", diag::clip(name)))
}
