//! BTF, the kernel's own types: one mapped blob and one offset for each type.
//!
//! In: the bytes of `/sys/kernel/btf/vmlinux` or of a file. Out: types by number and by name.
//! Nothing is copied: strings and members are read where they stand.

/// A type's number in a [`Btf`]; 0 is `void`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

/// The types of one kernel.
pub struct Btf {
    _data: Vec<u8>,
}
