//! The kernels that configs are held against, each with a short name.
//!
//! In: the command line. Out: the facts of each kernel, in the order of their versions.

use std::path::PathBuf;

use crate::cli::ValidateArgs;
use crate::commands::{Failure, files};
use crate::facts::{Facts, FactsError, Recorded, TypesOnly};

/// One kernel.
pub struct Kernel {
    /// What messages call it: as short as tells it from the others.
    pub name: String,
    /// What is known of it.
    pub facts: Box<dyn Facts + Send + Sync>,
}

/// The kernels, and why there are none if that was not asked for.
pub struct Kernels {
    /// In the order of their versions.
    pub list: Vec<Kernel>,
    /// Whether they were named: only then do faults say on which kernel they are.
    pub named: bool,
    /// Why nothing is held against a kernel.
    pub none: Option<FactsError>,
}

impl Kernels {
    /// Those that the command line names; without any, the types of the running kernel.
    pub fn open(args: &ValidateArgs) -> Result<Self, Failure> {
        if !args.kernels.is_empty() {
            let paths = files::find(&args.kernels, &["snap"])?;
            let list = recorded(paths, args.max_attach)?;
            return Ok(Self { list, named: true, none: None });
        }
        let types = match &args.btf {
            Some(path) => Ok(TypesOnly::open(path).map_err(Failure::usage)?),
            None => TypesOnly::of_this_kernel(),
        };
        Ok(match types {
            Ok(types) => {
                let facts = Box::new(types.with_attach_max(args.max_attach));
                let kernel = Kernel { name: facts.release().to_owned(), facts };
                Self { list: vec![kernel], named: false, none: None }
            }
            Err(fault) => Self { list: Vec::new(), named: false, none: Some(fault) },
        })
    }
}

/// Opens snapshots, all at a time: unpacking the types of one takes some 30 ms.
fn recorded(paths: Vec<PathBuf>, attach_max: usize) -> Result<Vec<Kernel>, Failure> {
    let open = |path: &PathBuf| {
        let recorded = Recorded::open(path)?.with_attach_max(attach_max);
        match recorded.btf() {
            Err(fault @ FactsError::Snapshot { .. }) => Err(fault),
            _ => Ok(recorded),
        }
    };
    let opened: Vec<Result<Recorded, FactsError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = paths.iter().map(|path| scope.spawn(move || open(path))).collect();
        // A thread ends without a result only by a panic, which ends the process.
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut found = Vec::new();
    for (path, recorded) in paths.into_iter().zip(opened) {
        found.push((path, recorded.map_err(Failure::usage)?));
    }
    found.sort_by_cached_key(|(_, recorded)| numbers(recorded.release()));
    let releases: Vec<(String, String)> = found
        .iter()
        .map(|(path, recorded)| (recorded.release().to_owned(), path.display().to_string()))
        .collect();
    let names = short_names(&releases);
    let kernel = |(name, (_, recorded))| Kernel { name, facts: Box::new(recorded) as Box<_> };
    Ok(names.into_iter().zip(found).map(kernel).collect())
}

/// The numbers in a release, so that 5.10 comes after 5.9.
fn numbers(release: &str) -> Vec<u64> {
    let digits = release.split(|c: char| !c.is_ascii_digit());
    digits.filter_map(|digits| digits.parse().ok()).collect()
}

/// A name for each kernel of this release and file: `6.1` where no other is called so, else the whole
/// release, else that with the file.
fn short_names(kernels: &[(String, String)]) -> Vec<String> {
    let short = |release: &str| {
        let mut parts = release.splitn(3, '.');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(major), Some(minor), Some(_)) => format!("{major}.{minor}"),
            _ => release.to_owned(),
        }
    };
    let count =
        |fits: &dyn Fn(&str) -> bool| kernels.iter().filter(|(release, _)| fits(release)).count();
    kernels
        .iter()
        .map(|(release, path)| {
            if count(&|other| short(other) == short(release)) == 1 {
                return short(release);
            }
            match count(&|other| other == release) {
                1 => release.clone(),
                _ => format!("{release} ({path})"),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_can_be() {
        let kernels =
            ["5.10.0-32-amd64", "6.1.0-49-amd64", "6.1.0-50-amd64", "6.12.1", "6.12.1", "odd"]
                .map(|release| (release.to_owned(), format!("{}.snap", release.len())));
        assert_eq!(
            short_names(&kernels),
            [
                "5.10",
                "6.1.0-49-amd64",
                "6.1.0-50-amd64",
                "6.12.1 (6.snap)",
                "6.12.1 (6.snap)",
                "odd"
            ]
        );
        assert!(numbers("5.9.1") < numbers("5.10.0-3-amd64"));
    }
}
