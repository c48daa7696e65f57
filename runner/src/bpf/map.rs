//! Maps: creation from the object's definitions, and the operations on single keys.
//!
//! In: a definition and the sizes that the caller wants otherwise. Out: [`Map`], whose keys and
//! values are plain bytes with their lengths checked, and [`Counters`], shared memory.

use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::AtomicU64;

use aya_obj::EbpfSectionKind;
use aya_obj::generated::{
    BPF_F_MMAPABLE, BPF_F_RDONLY_PROG,
    bpf_map_type::{
        self, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY,
        BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERF_EVENT_ARRAY, BPF_MAP_TYPE_RINGBUF,
    },
};

use super::attr::{self, object_name};
use super::cpu;
use super::privilege::{KernelError, with_memlock};
use super::sys::{self, Elem, Mapping};

/// A map in the kernel; it goes when the last program that uses it and this are gone.
#[derive(Debug)]
pub struct Map {
    name: String,
    fd: OwnedFd,
    kind: u32,
    key_size: usize,
    value_size: usize,
    max_entries: u32,
    flags: u32,
}

/// Why an operation on a map failed.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The kernel refused.
    #[error("failed to {verb} map `{map}`")]
    Kernel {
        /// Such as `read a value of`.
        verb: &'static str,
        /// Its name.
        map: String,
        /// Why.
        source: KernelError,
    },
    /// A key or value of another length than the map's.
    #[error("failed to use {given} bytes as {what} of map `{map}`, which takes {want}")]
    Size {
        /// `key` or `value`.
        what: &'static str,
        /// The map's name.
        map: String,
        /// Bytes given.
        given: usize,
        /// Bytes that it takes.
        want: usize,
    },
    /// The map cannot be shared memory of counters.
    #[error("failed to map `{map}` as counters: it is no mmapable array of 64-bit words")]
    NotCounters {
        /// The map's name.
        map: String,
    },
}

impl Map {
    /// Its name in the object.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type as the kernel numbers it (`enum bpf_map_type`).
    pub fn kind(&self) -> u32 {
        self.kind
    }

    /// Bytes of a key.
    pub fn key_size(&self) -> usize {
        self.key_size
    }

    /// Entries; for a ring, its bytes.
    pub fn max_entries(&self) -> u32 {
        self.max_entries
    }

    /// Bytes that a look-up gives: for per-CPU maps those of all CPUs, each rounded up to 8.
    pub fn value_size(&self) -> usize {
        const PER_CPU: [bpf_map_type; 3] =
            [BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_PERCPU_HASH];
        if PER_CPU.iter().any(|kind| self.kind == *kind as u32) {
            self.value_size.next_multiple_of(8) * cpu::possible()
        } else {
            self.value_size
        }
    }

    /// Copies the value of `key` to `value`; false if there is no such key.
    pub fn lookup_into(&self, key: &[u8], value: &mut [u8]) -> Result<bool, MapError> {
        self.check("key", key.len(), self.key_size)?;
        self.check("value", value.len(), self.value_size())?;
        let (key, value) = (key.as_ptr(), value.as_mut_ptr());
        // SAFETY: both lengths were checked against what the kernel moves.
        let result = unsafe { sys::map_elem(Elem::Lookup, self.fd.as_fd(), key, value) };
        self.found("read a value of", result)
    }

    /// The value of `key`, if there is such a key.
    pub fn lookup(&self, key: &[u8]) -> Result<Option<Vec<u8>>, MapError> {
        let mut value = vec![0; self.value_size()];
        Ok(self.lookup_into(key, &mut value)?.then_some(value))
    }

    /// Stores `value` under `key`.
    pub fn update(&self, key: &[u8], value: &[u8]) -> Result<(), MapError> {
        self.check("key", key.len(), self.key_size)?;
        self.check("value", value.len(), self.value_size())?;
        let (key, value) = (key.as_ptr(), value.as_ptr().cast_mut());
        // SAFETY: both lengths were checked against what the kernel moves, and it only reads them.
        let result = unsafe { sys::map_elem(Elem::Update, self.fd.as_fd(), key, value) };
        result.map_err(|error| self.error("store a value in", error))
    }

    /// Removes `key`; false if there is no such key.
    pub fn delete(&self, key: &[u8]) -> Result<bool, MapError> {
        self.check("key", key.len(), self.key_size)?;
        // SAFETY: the key's length was checked; this command takes no value.
        let result =
            unsafe { sys::map_elem(Elem::Delete, self.fd.as_fd(), key.as_ptr(), ptr::null_mut()) };
        self.found("remove a key from", result)
    }

    /// Copies the key after `key` (the first, for `None`) to `next`; false at the end.
    ///
    /// A key that was removed meanwhile makes the kernel start over, so a caller that walks a map
    /// while programs remove from it may see keys twice.
    pub fn next_key(&self, key: Option<&[u8]>, next: &mut [u8]) -> Result<bool, MapError> {
        if let Some(key) = key {
            self.check("key", key.len(), self.key_size)?;
        }
        self.check("key", next.len(), self.key_size)?;
        let key = key.map_or(ptr::null(), <[u8]>::as_ptr);
        // SAFETY: both are as long as a key, or the first is null.
        let result =
            unsafe { sys::map_elem(Elem::NextKey, self.fd.as_fd(), key, next.as_mut_ptr()) };
        self.found("walk the keys of", result)
    }

    fn check(&self, what: &'static str, given: usize, want: usize) -> Result<(), MapError> {
        let map = || self.name.clone();
        if given == want { Ok(()) } else { Err(MapError::Size { what, map: map(), given, want }) }
    }

    fn found(&self, verb: &'static str, result: io::Result<()>) -> Result<bool, MapError> {
        match result {
            Ok(()) => Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(false),
            Err(error) => Err(self.error(verb, error)),
        }
    }

    fn error(&self, verb: &'static str, error: io::Error) -> MapError {
        MapError::Kernel { verb, map: self.name.clone(), source: error.into() }
    }
}

impl AsFd for Map {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Creates the map `name` as `definition` has it, with `entries` in place of its size if given.
///
/// Data sections get their content and, where they are read-only, are frozen, so that the verifier
/// knows their values; writable ones can be mapped as [`Counters`].
pub(super) fn create(
    name: &str,
    definition: &aya_obj::Map,
    entries: Option<u32>,
    btf: Option<BorrowedFd<'_>>,
) -> Result<Map, MapError> {
    let mut attr = attributes(name, definition, entries);
    let describe = |verb, error: io::Error| MapError::Kernel {
        verb,
        map: name.to_owned(),
        source: error.into(),
    };
    let fd = create_with_types(&mut attr, definition, btf).map_err(|e| describe("create", e))?;
    let map = Map {
        name: name.to_owned(),
        fd,
        kind: attr.map_type,
        key_size: attr.key_size as usize,
        value_size: attr.value_size as usize,
        max_entries: attr.max_entries,
        flags: attr.map_flags,
    };
    match definition.section_kind() {
        EbpfSectionKind::Rodata => {
            map.update(&0u32.to_ne_bytes(), definition.data())?;
            sys::map_freeze(map.as_fd()).map_err(|e| describe("freeze", e))?;
        }
        EbpfSectionKind::Data => map.update(&0u32.to_ne_bytes(), definition.data())?,
        _ => {}
    }
    Ok(map)
}

/// Creates the map with its BTF types; without them, if the kernel wants none for its kind.
fn create_with_types(
    attr: &mut attr::MapCreate,
    definition: &aya_obj::Map,
    btf: Option<BorrowedFd<'_>>,
) -> io::Result<OwnedFd> {
    use std::os::fd::AsRawFd;

    if let (aya_obj::Map::Btf(map), Some(btf)) = (definition, btf) {
        let typed = attr::MapCreate {
            btf_fd: btf.as_raw_fd() as u32,
            btf_key_type_id: map.def.btf_key_type_id,
            btf_value_type_id: map.def.btf_value_type_id,
            ..*attr
        };
        if typed.btf_value_type_id != 0
            && let Ok(fd) = with_memlock(|| sys::map_create(typed))
        {
            return Ok(fd);
        }
    }
    with_memlock(|| sys::map_create(*attr))
}

/// What BPF_MAP_CREATE takes, apart from types.
fn attributes(name: &str, definition: &aya_obj::Map, entries: Option<u32>) -> attr::MapCreate {
    let kind = definition.map_type();
    let mut max_entries = entries.unwrap_or(definition.max_entries());
    let mut map_flags = definition.map_flags();
    if kind == BPF_MAP_TYPE_RINGBUF as u32 {
        max_entries = ring_size(max_entries, sys::page_size());
    } else if kind == BPF_MAP_TYPE_PERF_EVENT_ARRAY as u32 && max_entries == 0 {
        max_entries = cpu::possible() as u32;
    }
    if matches!(definition.section_kind(), EbpfSectionKind::Data | EbpfSectionKind::Bss) {
        map_flags |= BPF_F_MMAPABLE;
    } else if definition.section_kind() == EbpfSectionKind::Rodata {
        map_flags |= BPF_F_RDONLY_PROG;
    }
    attr::MapCreate {
        map_type: kind,
        key_size: definition.key_size(),
        value_size: definition.value_size(),
        max_entries,
        map_flags,
        map_name: object_name(name),
        map_extra: definition.map_extra(),
        ..Default::default()
    }
}

/// The least size of a ring that holds `wanted` bytes: the kernel takes powers of two of pages.
fn ring_size(wanted: u32, page: usize) -> u32 {
    const LARGEST: u32 = 1 << 31;
    wanted.clamp(page as u32, LARGEST).next_power_of_two()
}

/// An array of 64-bit words that programs add to and that is read without a system call.
#[derive(Debug)]
pub struct Counters {
    mapping: Mapping,
    words: usize,
    shared: PhantomData<[AtomicU64]>,
}

impl Counters {
    /// Maps `map`, which must be an array with `BPF_F_MMAPABLE` and values of 8-byte words.
    pub fn new(map: &Map) -> Result<Self, MapError> {
        let mmapable_array =
            map.kind == BPF_MAP_TYPE_ARRAY as u32 && map.flags & BPF_F_MMAPABLE != 0;
        let words = map.value_size / 8 * map.max_entries as usize;
        if !mmapable_array || !map.value_size.is_multiple_of(8) || words == 0 {
            return Err(MapError::NotCounters { map: map.name.clone() });
        }
        let len = (words * 8).next_multiple_of(sys::page_size());
        // A frozen map, or one that is read-only for user space, could still be read so.
        let mapping = Mapping::new(map.as_fd(), 0, len, false)
            .map_err(|error| map.error("share the memory of", error))?;
        Ok(Self { mapping, words, shared: PhantomData })
    }

    /// All words, entry after entry. The memory is mapped read-only: only loads may be done.
    pub fn words(&self) -> &[AtomicU64] {
        let start: NonNull<AtomicU64> = self.mapping.start().cast();
        // SAFETY: the mapping is page-aligned, at least so many words long, lives as long as `self`,
        // and is only ever accessed atomically. The kernel writes it with 8-byte stores.
        unsafe { slice::from_raw_parts(start.as_ptr(), self.words) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_powers_of_two_of_pages() {
        assert_eq!(ring_size(0, 4096), 4096);
        assert_eq!(ring_size(4097, 4096), 8192);
        assert_eq!(ring_size(8 << 20, 4096), 8 << 20);
        assert_eq!(ring_size(u32::MAX, 4096), 1 << 31);
        assert_eq!(ring_size(1, 65536), 65536);
    }

    #[test]
    fn definitions_become_attributes() {
        let ring = aya_obj::Map::new_from_params(BPF_MAP_TYPE_RINGBUF as u32, 0, 0, 5000, 0);
        let attr = attributes("events", &ring, None);
        assert_eq!(attr.max_entries as usize, 5000usize.next_power_of_two().max(sys::page_size()));
        assert_eq!(&attr.map_name[..7], b"events\0");
        assert_eq!(attributes("events", &ring, Some(1 << 20)).max_entries, 1 << 20);

        let perf = aya_obj::Map::new_from_params(BPF_MAP_TYPE_PERF_EVENT_ARRAY as u32, 4, 4, 0, 0);
        assert_eq!(attributes("perf", &perf, None).max_entries as usize, cpu::possible());

        let hash = aya_obj::Map::new_from_params(1, 12, 40, 77, 1);
        let attr = attributes("state", &hash, None);
        let sizes = (attr.map_type, attr.key_size, attr.value_size, attr.max_entries);
        assert_eq!((sizes, attr.map_flags), ((1, 12, 40, 77), 1));
    }

    /// A map that is none: its descriptor is /dev/null.
    fn fake(kind: bpf_map_type, key_size: usize, value_size: usize) -> Map {
        let fd = std::fs::File::open("/dev/null").unwrap().into();
        let (name, kind) = ("m".to_owned(), kind as u32);
        Map { name, fd, kind, key_size, value_size, max_entries: 1, flags: 0 }
    }

    #[test]
    fn wrong_lengths_never_reach_the_kernel() {
        let map = fake(BPF_MAP_TYPE_ARRAY, 4, 8);
        let mut long = [0; 9];
        assert!(matches!(map.lookup(&[0; 3]), Err(MapError::Size { given: 3, want: 4, .. })));
        assert!(matches!(
            map.lookup_into(&[0; 4], &mut long),
            Err(MapError::Size { what: "value", given: 9, want: 8, .. })
        ));
        assert!(matches!(map.update(&[0; 4], &[0; 7]), Err(MapError::Size { .. })));
        assert!(matches!(map.delete(&[0; 5]), Err(MapError::Size { .. })));
        assert!(matches!(map.next_key(None, &mut long), Err(MapError::Size { .. })));
        assert!(matches!(map.lookup(&[0; 4]), Err(MapError::Kernel { .. })));
    }

    #[test]
    fn per_cpu_values_are_those_of_all_cpus() {
        assert_eq!(fake(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12).value_size(), 16 * cpu::possible());
        assert_eq!(fake(BPF_MAP_TYPE_ARRAY, 4, 12).value_size(), 12);
    }

    #[test]
    fn only_mmapable_arrays_of_words_are_counters() {
        let map = fake(BPF_MAP_TYPE_ARRAY, 4, 8);
        assert!(matches!(Counters::new(&map), Err(MapError::NotCounters { .. })));
    }
}
