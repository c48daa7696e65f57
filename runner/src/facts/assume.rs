//! The same kernel, taken to be able to do everything.
//!
//! What is written for another kernel is looked up on this one, which may lack kprobes and still
//! describe its functions.

use std::collections::HashMap;
use std::sync::Arc;

use super::btf::Btf;
use super::elf::{Binary, ElfError};
use super::{Facts, FactsError, Feature, TracepointFormat};

/// [`Facts`] that lack no [`Feature`]. Everything else is asked of the kernel within.
pub struct Able<'a>(pub &'a dyn Facts);

impl Facts for Able<'_> {
    fn release(&self) -> &str {
        self.0.release()
    }

    fn btf(&self) -> Result<&Btf, FactsError> {
        self.0.btf()
    }

    fn tracepoint(
        &self,
        category: &str,
        name: &str,
    ) -> Result<Option<Arc<TracepointFormat>>, FactsError> {
        self.0.tracepoint(category, name)
    }

    fn tracepoints(&self, category: &str) -> Result<Vec<String>, FactsError> {
        self.0.tracepoints(category)
    }

    fn has_function(&self, name: &str) -> Result<bool, FactsError> {
        self.0.has_function(name)
    }

    fn functions(&self) -> Result<Vec<&str>, FactsError> {
        self.0.functions()
    }

    fn binary(&self, name: &str) -> Result<Arc<Binary>, ElfError> {
        self.0.binary(name)
    }

    fn max_sample_rate(&self) -> Option<u64> {
        self.0.max_sample_rate()
    }

    fn function_size(&self, name: &str) -> Result<Option<u64>, FactsError> {
        self.0.function_size(name)
    }

    fn addresses(&self, names: &[&str]) -> Result<HashMap<String, Vec<u64>>, FactsError> {
        self.0.addresses(names)
    }

    fn is_traceable(&self, name: &str) -> Option<bool> {
        self.0.is_traceable(name)
    }

    fn attach_max(&self) -> usize {
        self.0.attach_max()
    }

    fn lacks(&self, _feature: Feature) -> Option<String> {
        None
    }

    fn unknown(&self) -> Vec<String> {
        self.0.unknown()
    }
}
