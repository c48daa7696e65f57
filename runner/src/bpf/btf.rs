//! The object's own BTF, made acceptable to this kernel and loaded.
//!
//! In: a parsed object. Out: the loaded BTF, or why there is none. Programs load without it as
//! well; what is lost then is the source lines in the verifier's log, so a good deal is tried first.

use std::os::fd::OwnedFd;

use aya_obj::Object;
use aya_obj::btf::{Btf, BtfFeatures};

use super::log::with_log;
use super::privilege::with_memlock;
use super::sys;

/// What became of an object's BTF.
#[derive(Debug, Default)]
pub(super) struct ObjectBtf {
    /// As loaded; `None` if the object has none or the kernel would not take it.
    pub fd: Option<OwnedFd>,
    /// Why the kernel would not take it.
    pub refused: Option<String>,
}

/// Loads the BTF of `object`: with every kind of type first, then with ever fewer.
///
/// Kernels learned the kinds in the order of [`features`], so the first set that loads is the right
/// one, and a modern kernel is asked once.
pub(super) fn load(object: &mut Object) -> ObjectBtf {
    let Some(original) = object.btf.clone() else { return ObjectBtf::default() };
    let mut reason = String::new();
    for missing in 0..=OPTIONAL_KINDS {
        object.btf = Some(original.clone());
        let bytes = match object.fixup_and_sanitize_btf(&features(missing)) {
            Ok(Some(btf)) => clean_bytes(btf),
            Ok(None) => return ObjectBtf::default(),
            Err(error) => {
                reason = error.to_string();
                continue;
            }
        };
        if let Ok(fd) = with_memlock(|| sys::btf_load(&bytes, &mut [])) {
            return ObjectBtf { fd: Some(fd), refused: None };
        }
        if missing == OPTIONAL_KINDS {
            reason = match with_log(|log| sys::btf_load(&bytes, log)) {
                (Ok(fd), _) => return ObjectBtf { fd: Some(fd), refused: None },
                (Err(error), log) => format!("{error}\n{log}"),
            };
        }
    }
    ObjectBtf { fd: None, refused: Some(reason) }
}

/// How many kinds of types came after the oldest kernel that is supported, 5.10.
const OPTIONAL_KINDS: usize = 5;

/// All features but the youngest `missing` of the optional ones.
fn features(missing: usize) -> BtfFeatures {
    let has = |age: usize| age >= missing;
    BtfFeatures::new(
        true,   // FUNC, 5.0
        true,   // global FUNC, 5.6
        true,   // DATASEC, 5.2
        has(4), // empty DATASEC, 5.12
        has(3), // FLOAT, 5.13
        has(2), // DECL_TAG, 5.16
        has(1), // TYPE_TAG, 5.17
        has(0), // ENUM64, 6.0
    )
}

/// The bytes of `btf` with every name such as the kernel demands.
fn clean_bytes(btf: &Btf) -> Vec<u8> {
    let mut bytes = btf.to_bytes();
    clean_names(&mut bytes);
    bytes
}

/// Replaces what the kernel refuses in names: `Option<u32>` becomes `Option_u32_`.
///
/// Rust's generic types have such names, and one of them costs all source lines. Names are
/// identifiers of at most 127 bytes to the kernel (`btf_name_valid_identifier`).
fn clean_names(bytes: &mut [u8]) {
    let Some([header_len, type_off, type_len, str_off]) = header(bytes) else { return };
    let (types, strings) = (header_len + type_off, header_len + str_off);
    for name in type_names(bytes, types, types + type_len) {
        clean_name(bytes, strings + name as usize);
    }
}

/// `hdr_len`, `type_off`, `type_len` and `str_off`.
fn header(bytes: &[u8]) -> Option<[usize; 4]> {
    const HDR_LEN: usize = 4;
    let mut words = [0; 4];
    for (i, word) in words.iter_mut().enumerate() {
        *word = word_at(bytes, HDR_LEN + i * 4)? as usize;
    }
    Some(words)
}

fn word_at(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_ne_bytes(word.try_into().ok()?))
}

/// String offsets of all names that must be identifiers.
fn type_names(bytes: &[u8], start: usize, end: usize) -> Vec<u32> {
    const TYPE_SIZE: usize = 12;
    let mut names = Vec::new();
    let mut at = start;
    while at + TYPE_SIZE <= end {
        let (Some(name), Some(info)) = (word_at(bytes, at), word_at(bytes, at + 4)) else { break };
        let (kind, count) = ((info >> 24) & 0x1f, (info & 0xffff) as usize);
        // Whether the type's own name is an identifier; bytes of each member, and whether each
        // begins with its name.
        let (identifier, member, named) = match kind {
            4 | 5 | 19 => (true, 12, true),      // STRUCT, UNION, ENUM64
            6 => (true, 8, true),                // ENUM
            13 => (false, 8, true),              // FUNC_PROTO
            15 => (false, 12, false),            // DATASEC
            7 | 8 | 12 | 14 => (true, 0, false), // FWD, TYPEDEF, FUNC, VAR
            _ => (false, 0, false),
        };
        let fixed = match kind {
            1 | 14 | 17 => 4, // INT, VAR, DECL_TAG
            3 => 12,          // ARRAY
            _ => 0,
        };
        at += TYPE_SIZE;
        names.extend(identifier.then_some(name));
        if named {
            names.extend((0..count).filter_map(|i| word_at(bytes, at + i * member)));
        }
        at += fixed + count * member;
    }
    names.retain(|name| *name != 0);
    names
}

/// Makes the zero-terminated string at `at` an identifier, in place.
fn clean_name(bytes: &mut [u8], at: usize) {
    const LONGEST: usize = 127;
    let Some(tail) = bytes.get_mut(at..) else { return };
    for (i, byte) in tail.iter_mut().enumerate() {
        match *byte {
            0 => break,
            _ if i == LONGEST => {
                *byte = 0;
                break;
            }
            b'0'..=b'9' if i > 0 => {}
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' => {}
            _ => *byte = b'_',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BTF of an `INT` and a `STRUCT` with one member, bearing the first three of `names`.
    fn sample(names: &[&str]) -> (Vec<u8>, Vec<usize>) {
        let (mut strings, mut offsets) = (vec![0], Vec::new());
        for name in names {
            offsets.push(strings.len() as u32);
            strings.extend(name.bytes().chain([0]));
        }
        let int = [offsets[0], 1 << 24, 8, 64];
        let structure = [offsets[1], 4 << 24 | 1, 8, offsets[2], 1, 0];
        let types: Vec<u32> = int.into_iter().chain(structure).collect();
        let type_len = types.len() as u32 * 4;
        let header = [0x0001_eb9f, 24, 0, type_len, type_len, strings.len() as u32];
        let words = header.into_iter().chain(types);
        let mut bytes: Vec<u8> = words.flat_map(u32::to_ne_bytes).collect();
        let start = bytes.len();
        bytes.extend(strings);
        (bytes, offsets.into_iter().map(|offset| start + offset as usize).collect())
    }

    #[test]
    fn generic_names_become_identifiers_and_others_stay() {
        let line = "    let x = Some::<u32>(1);";
        let (mut bytes, offsets) = sample(&["unsigned long", "Option<&str>", "0field", line]);
        Btf::parse(&bytes, Default::default()).unwrap();
        clean_names(&mut bytes);
        let strings: Vec<_> = offsets
            .into_iter()
            .map(|at| std::ffi::CStr::from_bytes_until_nul(&bytes[at..]).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(strings, ["unsigned long", "Option__str_", "_field", line]);
    }

    #[test]
    fn long_names_are_cut() {
        let mut bytes = [b'a'; 200];
        bytes[199] = 0;
        clean_name(&mut bytes, 0);
        assert_eq!(bytes.iter().position(|b| *b == 0), Some(127));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        clean_names(&mut []);
        clean_names(&mut [0xff; 40]);
        let mut bytes = Btf::new().to_bytes();
        bytes[12..16].copy_from_slice(&u32::MAX.to_ne_bytes());
        clean_names(&mut bytes);
    }

    #[test]
    fn features_go_in_the_order_of_their_age() {
        let of = |missing| {
            let f = features(missing);
            let optional = [f.btf_enum64(), f.btf_type_tag(), f.btf_decl_tag(), f.btf_float()];
            assert!(f.btf_func() && f.btf_func_global() && f.btf_datasec());
            (optional, f.btf_datasec_zero())
        };
        assert_eq!(of(0), ([true; 4], true));
        assert_eq!(of(2), ([false, false, true, true], true));
        assert_eq!(of(OPTIONAL_KINDS), ([false; 4], false));
    }
}
