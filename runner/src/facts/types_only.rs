//! A kernel of which only the types are known, as [`Facts`]: less than a snapshot, but every machine
//! with BTF has it, and anybody may read it.
//!
//! In: a file with BTF. Out: types and the functions among them. Tracepoint formats are not known;
//! what else a kernel may lack is taken to be there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::btf::{self, Btf, BtfError};
use super::{Facts, FactsError, Feature, TracepointFormat};

/// The types in one file.
#[derive(Debug)]
pub struct TypesOnly {
    release: String,
    attach_max: usize,
    btf: Btf,
}

impl TypesOnly {
    /// The types in the file at `path`: raw BTF, or an ELF file that has it.
    pub fn open(path: &Path) -> Result<Self, FactsError> {
        let failed = |source| FactsError::Btf { path: path.display().to_string(), source };
        let btf = Btf::open(path).map_err(|fault| match fault {
            BtfError::Read { path, source } => FactsError::Read { path, source },
            other => failed(other),
        })?;
        let release = format!("the types in {}", path.display());
        Ok(Self { release, attach_max: crate::hook::ATTACH_MAX, btf })
    }

    /// The types of the running kernel.
    pub fn of_this_kernel() -> Result<Self, FactsError> {
        let path = PathBuf::from(btf::VMLINUX);
        Ok(Self { release: "the running kernel's types".into(), ..Self::open(&path)? })
    }

    /// With another limit to the places of one hook.
    pub fn with_attach_max(self, attach_max: usize) -> Self {
        Self { attach_max, ..self }
    }
}

impl Facts for TypesOnly {
    fn release(&self) -> &str {
        &self.release
    }

    fn btf(&self) -> Result<&Btf, FactsError> {
        Ok(&self.btf)
    }

    fn tracepoint(&self, _: &str, _: &str) -> Result<Option<Arc<TracepointFormat>>, FactsError> {
        Err(no_formats())
    }

    fn tracepoints(&self, _: &str) -> Result<Vec<String>, FactsError> {
        Err(no_formats())
    }

    fn has_function(&self, name: &str) -> Result<bool, FactsError> {
        Ok(self.btf.has_function(name))
    }

    fn functions(&self) -> Result<Vec<&str>, FactsError> {
        let mut names: Vec<&str> = self.btf.functions().collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn attach_max(&self) -> usize {
        self.attach_max
    }

    fn lacks(&self, _: Feature) -> Option<String> {
        None
    }

    fn unknown(&self) -> Vec<String> {
        vec![
            "tracepoints and system calls: types alone do not describe them".into(),
            "whether the kernel has kprobes, fentry and the like".into(),
            "functions of modules and of assembly: types alone do not list them".into(),
        ]
    }
}

fn no_formats() -> FactsError {
    FactsError::NotKnown {
        what: "tracepoint formats",
        why: "types alone do not describe them".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::btf::testing::Builder;

    #[test]
    fn functions_come_from_the_types() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("btf");
        let mut builder = Builder::new();
        let proto = builder.proto(btf::TypeId::VOID, &[]);
        for name in ["b", "a", "b"] {
            builder.function(name, proto);
        }
        std::fs::write(&path, builder.bytes()).unwrap();
        let types = TypesOnly::open(&path).unwrap().with_attach_max(7);
        assert_eq!(types.functions().unwrap(), ["a", "b"]);
        assert!(types.has_function("a").unwrap() && !types.has_function("c").unwrap());
        assert!(matches!(types.tracepoint("a", "b"), Err(FactsError::NotKnown { .. })));
        assert!(matches!(types.tracepoints("*"), Err(FactsError::NotKnown { .. })));
        assert_eq!((types.attach_max(), types.lacks(Feature::Kprobe)), (7, None));
        assert!(types.release().ends_with("/btf"));
        let missing = TypesOnly::open(&folder.path().join("none")).unwrap_err();
        assert!(matches!(missing, FactsError::Read { .. }), "{missing}");
        std::fs::write(&path, "no types").unwrap();
        let fault = TypesOnly::open(&path).unwrap_err();
        assert!(matches!(fault, FactsError::Btf { .. }), "{fault}");
    }
}
