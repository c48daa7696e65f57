//! What every kernel says alike: the numbers of the interface to programs, by name.
//!
//! Where all architectures agree, values come from the libc crate; what it lacks, and what differs,
//! is written out. A test holds all of them against the C headers. Touches no machine.

/// Constants of the libc crate, each with its name.
macro_rules! names {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

mod constant;
mod errno;
mod flags;
#[cfg(test)]
mod headers;
mod syscall;

pub use constant::{constant, constants};
pub use errno::{errors, signals};
pub use flags::{Constant, GROUPS, Group};
pub use syscall::syscalls;

/// An architecture whose numbers are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arch {
    /// 64-bit x86.
    X86_64,
    /// 64-bit ARM.
    Aarch64,
}

impl Arch {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Aarch64];

    /// That of this machine.
    pub fn own() -> Self {
        // Probes are made for 64-bit x86 alone, so nothing else reads records.
        Self::find(std::env::consts::ARCH).unwrap_or(Self::X86_64)
    }

    /// By its name as Rust and uname(1) have it.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Aarch64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_number_has_one_name() {
        let owned = |(number, name): (i64, &str)| (number, name.to_owned());
        let mut all: Vec<Vec<(i64, String)>> = vec![signals().collect()];
        all.push(errors().map(owned).collect());
        all.extend(Arch::ALL.map(|arch| syscalls(arch).map(owned).collect()));
        for list in all {
            let numbers: HashSet<i64> = list.iter().map(|(number, _)| *number).collect();
            let names: HashSet<&str> = list.iter().map(|(_, name)| name.as_str()).collect();
            assert_eq!((numbers.len(), names.len()), (list.len(), list.len()), "{list:?}");
        }
    }

    #[test]
    fn known_numbers() {
        let of =
            |arch, number| syscalls(arch).find(|(own, _)| *own == number).map(|(_, name)| name);
        assert_eq!(of(Arch::X86_64, 257), Some("openat"));
        assert_eq!(of(Arch::Aarch64, 56), Some("openat"));
        assert_eq!(of(Arch::Aarch64, 250), None);
        assert!(Arch::ALL.iter().all(|arch| of(*arch, 469) == Some("file_setattr")));
        let signal = |number| signals().find(|(own, _)| *own == number).unwrap().1;
        assert_eq!((signal(9).as_str(), signal(35).as_str()), ("SIGKILL", "SIGRTMIN+1"));
    }
}
