//! `runner cache`: what compiled programs are kept, and their removal.

use super::{Failure, Outcome, print};
use crate::cli::{CacheAction, CacheArgs};
use crate::compile::Cache;

/// Shows or clears the cache.
pub fn cache(args: &CacheArgs) -> Result<Outcome, Failure> {
    let cache = Cache::from_environment().map_err(Failure::toolchain)?;
    match args.action {
        CacheAction::Show => {
            let usage = cache.usage();
            let entries = usage.objects + usage.libraries;
            let line = format!(
                "{}: {} entries, {:.1} MiB\n",
                cache.folder().display(),
                entries,
                usage.bytes as f64 / f64::from(1 << 20)
            );
            print(&line)?;
        }
        CacheAction::Clear => cache.clear().map_err(Failure::toolchain)?,
    }
    Ok(Outcome::Ok)
}
