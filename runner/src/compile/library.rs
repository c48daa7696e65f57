//! The texts of the kernel-side crates, as this binary carries them.

use sha2::{Digest, Sha256};

/// One of the crates that every program is built from.
pub struct Crate {
    /// Its name.
    pub name: &'static str,
    /// Its files: path below the crate's folder and text; the first is the root.
    pub files: &'static [(&'static str, &'static str)],
}

macro_rules! sources {
    ($name:literal: $folder:literal, $($file:literal)*) => {
        Crate {
            name: $name,
            files: &[$((
                concat!($folder, "/", $file),
                include_str!(concat!("../../../probes/", $folder, "/", $file)),
            )),*],
        }
    };
}

/// The core crate, which the others need.
pub const CORE: Crate = sources! {
    "core": "core",
    "lib.rs" "arch.rs" "array.rs" "cell.rs" "clone.rs" "cmp.rs" "convert.rs" "default.rs" "ffi.rs"
    "hint.rs" "intrinsics.rs" "iter.rs" "macros.rs" "marker.rs" "mem.rs" "num.rs" "ops.rs"
    "option.rs" "panicking.rs" "prelude.rs" "ptr.rs" "result.rs" "slice.rs"
};

/// The crate that `rustc` demands of every `no_std` program.
pub const COMPILER_BUILTINS: Crate = sources! { "compiler_builtins": "builtins", "lib.rs" };

/// The library that programs are written against.
pub const PROBES: Crate = sources! {
    "probes": "src",
    "lib.rs" "builtin.rs" "context.rs" "family.rs" "glob.rs" "helper.rs" "literal.rs" "map.rs"
    "namespace.rs" "number.rs" "path.rs" "stack.rs"
    "program.rs" "read.rs" "record.rs" "registers.rs" "symbol.rs" "tail.rs"
};

/// All of them.
pub const ALL: [&Crate; 3] = [&CORE, &COMPILER_BUILTINS, &PROBES];

/// The SHA-256 of all their texts, with names and lengths.
pub fn digest() -> [u8; 32] {
    let mut hash = Sha256::new();
    for (path, text) in ALL.iter().flat_map(|library| library.files) {
        for part in [path.as_bytes(), text.as_bytes()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_file_of_the_crates_is_carried() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../probes");
        let mut there = BTreeSet::new();
        for folder in ["core", "builtins", "src"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                there.insert(format!("{folder}/{name}"));
            }
        }
        let carried: BTreeSet<_> =
            ALL.iter().flat_map(|c| c.files).map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(carried, there);
        assert!(carried.len() > 30);
    }
}
