//! All constants of the interface to programs by their names, as expressions have them.

use super::{Arch, GROUPS, errors, signals};

/// Those that no decoder shows: what stands for a folder, and flags of which some bits mean another
/// thing to each call.
const OTHERS: &[(&str, i64)] = names! {
    AT_FDCWD AT_SYMLINK_NOFOLLOW AT_REMOVEDIR AT_EACCESS AT_SYMLINK_FOLLOW AT_NO_AUTOMOUNT
    AT_EMPTY_PATH AT_RECURSIVE R_OK W_OK X_OK F_OK
};

/// Every constant on `arch` with its value; errors are positive.
pub fn constants(arch: Arch) -> impl Iterator<Item = (String, i64)> {
    let groups = GROUPS.iter().flat_map(move |group| group.constants(arch));
    let groups = groups.map(|constant| (constant.name, constant.value as i64));
    let errors = errors().map(|(number, name)| (name.to_owned(), number));
    let signals = signals().map(|(number, name)| (name, number));
    let others = OTHERS.iter().map(|(name, value)| ((*name).to_owned(), *value));
    groups.chain(errors).chain(signals).chain(others)
}

/// The value of the constant `name`.
pub fn constant(name: &str, arch: Arch) -> Option<i64> {
    // As names of constants are; most others need not be looked for.
    let capitals = name.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_');
    if !capitals {
        return None;
    }
    constants(arch).find(|(own, _)| own == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_name_has_one_value() {
        for arch in Arch::ALL {
            let mut all = HashMap::new();
            for (name, value) in constants(arch) {
                assert_eq!(*all.entry(name.clone()).or_insert(value), value, "{name}");
            }
        }
    }

    #[test]
    fn values_are_those_of_c() {
        let value = |name| constant(name, Arch::X86_64);
        assert_eq!(
            (value("AT_FDCWD"), value("ENOENT"), value("SIGKILL")),
            (Some(-100), Some(2), Some(9))
        );
        assert_eq!((value("O_CREAT"), value("AF_INET6")), (Some(0o100), Some(10)));
        assert_eq!(value("CLONE_IO"), Some(0x8000_0000));
        assert_eq!(constant("O_DIRECTORY", Arch::Aarch64), Some(0o40000));
        assert_eq!((value("O_NONE"), value("comm")), (None, None));
    }
}
