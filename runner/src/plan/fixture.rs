//! What tests of this stage share: a config's text to a plan on a test kernel.

use std::sync::Arc;

use super::{Plan, Tasks, plan};
use crate::config;
use crate::diag::{Faults, Source};
use crate::facts::Facts;

/// The plan of the config `text`, or its faults.
pub(crate) fn plan_of(text: &str, facts: &dyn Facts, tasks: Tasks) -> Result<Plan, Faults> {
    plan_file("test.yaml", text, facts, tasks)
}

/// As [`plan_of`], of a file called `path`.
pub(crate) fn plan_file(
    path: &str,
    text: &str,
    facts: &dyn Facts,
    tasks: Tasks,
) -> Result<Plan, Faults> {
    let source = Arc::new(Source { path: path.into(), text: text.into() });
    let mut faults = Faults::new(source.clone());
    let config = config::parse(source, &mut faults);
    let planned = config.and_then(|config| plan(&config, facts, tasks, &mut faults).unwrap());
    planned.ok_or(faults)
}
