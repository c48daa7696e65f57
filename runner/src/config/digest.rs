//! What a config watches, as one number: the same while only comments, layout, description or tests
//! change.
//!
//! In: the document's root. Out: SHA-256 in hexadecimal.

use sha2::{Digest, Sha256};

use super::node::{Kind, Node};

/// Keys of the file that do not change what is recorded.
const PASSED_OVER: [&str; 3] = ["name", "description", "tests"];

/// The digest of the file with this root.
pub fn digest(root: &Node) -> String {
    let mut hash = Sha256::new();
    if let Kind::Mapping { entries, .. } = &root.kind {
        for (key, value) in entries {
            let passed_over =
                matches!(&key.kind, Kind::Scalar(key) if PASSED_OVER.contains(&key.text.as_str()));
            if !passed_over {
                add(key, &mut hash);
                add(value, &mut hash);
            }
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The depth is that of the file, which is limited.
fn add(node: &Node, hash: &mut Sha256) {
    let mut head = |kind: u8, len: usize| {
        hash.update([kind]);
        hash.update((len as u64).to_le_bytes());
    };
    match &node.kind {
        Kind::Null | Kind::Bad => head(0, 0),
        Kind::Scalar(scalar) => {
            head(1, scalar.text.len());
            hash.update(scalar.text.as_bytes());
        }
        Kind::Sequence { items } => {
            head(2, items.len());
            items.iter().for_each(|item| add(item, hash));
        }
        Kind::Mapping { entries, .. } => {
            head(3, entries.len());
            for (key, value) in entries {
                add(key, hash);
                add(value, hash);
            }
        }
    }
}
