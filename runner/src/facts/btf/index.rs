//! Names to types, for those who ask often.
//!
//! In: a [`Btf`]. Out: the types, or enums by their constants, that bear a name. One question is
//! answered soonest by scanning; from the [`WORTH`]th on an index is made, in one pass, and used.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Btf, TypeId};

/// Scans that take as long as making the index does.
const WORTH: u32 = 24;

/// Hashes of names with the types that bear them, sorted.
#[derive(Debug, Default)]
pub(super) struct Index {
    asked: AtomicU32,
    table: OnceLock<Vec<(u32, TypeId)>>,
}

impl Index {
    /// The types that may bear `name`, in their order, each once; `None` while that is not worth an
    /// index. `names` gives every type with the string offset of its name.
    pub fn candidates<I: Iterator<Item = (TypeId, u32)>>(
        &self,
        btf: &Btf,
        name: &str,
        names: impl FnOnce() -> I,
    ) -> Option<impl Iterator<Item = TypeId>> {
        if self.table.get().is_none() && self.asked.fetch_add(1, Ordering::Relaxed) < WORTH {
            return None;
        }
        let table = self.table.get_or_init(|| {
            let named = names().filter(|(_, offset)| *offset != 0);
            let mut table: Vec<(u32, TypeId)> =
                named.map(|(id, offset)| (hash(btf.string(offset).as_bytes()), id)).collect();
            table.sort_unstable();
            table.dedup();
            table
        });
        let wanted = hash(name.as_bytes());
        let start = table.partition_point(|(hash, _)| *hash < wanted);
        let same = table.get(start..).unwrap_or_default().iter();
        Some(same.take_while(move |(hash, _)| *hash == wanted).map(|(_, id)| *id))
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
