//! `runner schema`: the JSON Schema of config files, for editors.

use std::io::Write;

use super::{Failure, Outcome};
use crate::config;

/// Prints the schema.
pub fn schema() -> Result<Outcome, Failure> {
    let text = format!("{:#}\n", config::schema());
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::output)?;
    Ok(Outcome::Ok)
}
