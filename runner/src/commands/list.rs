//! `runner list`: the hooks that fit a pattern.

use std::sync::Arc;

use super::{Failure, Outcome, front, print};
use crate::author::catalog::{self, CatalogError};
use crate::author::pattern::Pattern;
use crate::cli::{ListArgs, Shape};
use crate::diag::{Faults, Source, chain};

/// Prints the hooks.
pub fn list(args: &ListArgs) -> Result<Outcome, Failure> {
    let pattern = Pattern::parse(&args.pattern).map_err(|fault| {
        let source = Source { path: "PATTERN".into(), text: args.pattern.clone() };
        let mut faults = Faults::new(Arc::new(source));
        faults.push(fault);
        front::failure(&faults)
    })?;
    let facts = front::kernel(&args.kernel)?;
    let mut catalog = catalog::search(&pattern, &*facts);
    let left_out: usize = catalog.left_out.iter().map(|left_out| left_out.kinds.len()).sum();
    if left_out == pattern.kinds.len() {
        return Err(unsearchable(catalog.left_out.swap_remove(0).why));
    }
    print(&match args.output {
        Shape::Text => catalog::text(&catalog),
        Shape::Json => catalog::json(&catalog).map_err(Failure::usage)?,
    })?;
    for left_out in &catalog.left_out {
        eprintln!("runner: without {}: {}", left_out.kinds.join(", "), chain(&left_out.why));
    }
    if !catalog.hooks.is_empty() {
        return Ok(Outcome::Ok);
    }
    eprintln!("runner: no hook fits `{}`", args.pattern);
    for near in &catalog.near {
        eprintln!("  near: {near}");
    }
    Ok(Outcome::Findings)
}

/// Why nothing at all could be searched.
fn unsearchable(why: CatalogError) -> Failure {
    match why {
        CatalogError::Binary(fault) => match fault.help() {
            Some(help) => Failure::usage(format!("{}; {help}", chain(&fault))),
            None => Failure::usage(fault),
        },
        why => Failure::kernel(why),
    }
}
