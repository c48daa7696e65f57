//! What every kernel says alike: the numbers of the interface to programs on x86-64, by name.
//!
//! Values come from the libc crate, so that the compiler compares them with what programs use; what
//! it lacks is written out. Touches no machine.

/// Constants of the libc crate, each with its name.
macro_rules! names {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

mod errno;
mod flags;
mod syscall;

pub use errno::{errors, signals};
pub use flags::{Constant, GROUPS, Group};
pub use syscall::syscalls;

/// `name` without `prefix`.
fn name_of(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_number_has_one_name() {
        let mut all: Vec<(&str, Vec<(i64, String)>)> = vec![("signal", signals().collect())];
        all.push(("errno", errors().map(|(number, name)| (number, name.to_owned())).collect()));
        all.push(("syscall", syscalls().map(|(number, name)| (number, name.to_owned())).collect()));
        for (what, list) in all {
            let numbers: HashSet<i64> = list.iter().map(|(number, _)| *number).collect();
            let names: HashSet<&str> = list.iter().map(|(_, name)| name.as_str()).collect();
            assert_eq!((numbers.len(), names.len()), (list.len(), list.len()), "{what}");
        }
    }

    #[test]
    fn known_numbers() {
        let of = |number| syscalls().find(|(own, _)| *own == number).unwrap().1;
        assert_eq!((of(0), of(1), of(257), of(469)), ("read", "write", "openat", "file_setattr"));
        assert_eq!(errors().find(|(own, _)| *own == 2).unwrap().1, "ENOENT");
        let signal = |number| signals().find(|(own, _)| *own == number).unwrap().1;
        assert_eq!((signal(9).as_str(), signal(35).as_str()), ("SIGKILL", "SIGRTMIN+1"));
    }
}
