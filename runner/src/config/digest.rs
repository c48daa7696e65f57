//! What a config watches, as one number: the same while only comments, layout, description or tests
//! change.
//!
//! In: the document's root. Out: SHA-256 in hexadecimal.

use sha2::{Digest, Sha256};

use super::node::{Kind, Node};

/// Keys of the file that do not change what is recorded.
const PASSED_OVER: [&str; 3] = ["name", "description", "tests"];

/// The key whose mapping's order says something.
const ORDERED: &str = "args";

/// The digest of the file with this root.
pub fn digest(root: &Node) -> String {
    let passed_over = |key: &Node| matches!(&key.kind, Kind::Scalar(key) if PASSED_OVER.contains(&key.text.as_str()));
    let mut hash = Sha256::new();
    if let Kind::Mapping { entries, .. } = &root.kind {
        for (key, value) in sorted(entries).into_iter().filter(|(key, _)| !passed_over(key)) {
            add(key, false, &mut hash);
            add(value, false, &mut hash);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The entries of a mapping, however they are arranged in the file.
fn sorted(entries: &[(Node, Node)]) -> Vec<&(Node, Node)> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| match &key.kind {
        Kind::Scalar(key) => key.text.as_str(),
        _ => "",
    });
    entries
}

/// Adds a node, as it stands in the file if it is `ordered`. The depth is that of the file, which is
/// limited.
fn add(node: &Node, ordered: bool, hash: &mut Sha256) {
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
            items.iter().for_each(|item| add(item, false, hash));
        }
        Kind::Mapping { entries, .. } => {
            head(3, entries.len());
            let entries = if ordered { entries.iter().collect() } else { sorted(entries) };
            for (key, value) in entries {
                let ordered = matches!(&key.kind, Kind::Scalar(key) if key.text == ORDERED);
                add(key, false, hash);
                add(value, ordered, hash);
            }
        }
    }
}
