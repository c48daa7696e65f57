//! `runner fields`: what can be named at a hook.

use super::{Failure, Outcome, front, print};
use crate::author::{outline, place};
use crate::cli::{FieldsArgs, Shape};

/// Prints names and types.
pub fn fields(args: &FieldsArgs) -> Result<Outcome, Failure> {
    let facts = front::kernel(&args.kernel)?;
    let place = place::choose(&args.hooks, &*facts).map_err(Failure::kernel)?;
    let place = place.map_err(|faults| front::failure(&faults))?;
    let outline = outline::outline(&place, &args.deep, &*facts);
    let outline = outline.map_err(|faults| front::failure(&faults))?;
    print(&match args.output {
        Shape::Text => outline::text(&outline),
        Shape::Json => outline::json(&outline).map_err(Failure::usage)?,
    })?;
    Ok(Outcome::Ok)
}
