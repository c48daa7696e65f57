//! The system calls: bpf(2), perf_event_open(2), its ioctls, and mmap(2).
//!
//! In: argument structures and borrowed descriptors. Out: owned descriptors (close-on-exec) or the
//! error of the kernel as it is. No policy: no retry, no fallback, no explanation.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};

use aya_obj::generated::{bpf_attach_type, bpf_cmd};

use super::attr::{self, Attr};

/// `BPF_TRACE_KPROBE_MULTI`.
pub(super) const TRACE_KPROBE_MULTI: u32 = 42;
/// `BPF_TRACE_UPROBE_MULTI`, which aya-obj 0.3 does not know yet.
pub(super) const TRACE_UPROBE_MULTI: u32 = 48;

/// Calls bpf(2) with `attr`.
///
/// # Safety
/// Every address in `attr` must point at as many bytes as `command` reads or writes there.
unsafe fn bpf<T: Attr>(command: bpf_cmd, attr: &mut T) -> io::Result<RawFd> {
    // SAFETY: `attr` is exclusive for the time of the call and its size is given; the caller vouches
    // for the addresses in it.
    let result = unsafe {
        libc::syscall(libc::SYS_bpf, command as libc::c_uint, ptr::from_mut(attr), size_of::<T>())
    };
    status(result)
}

/// Calls bpf(2) for a command that gives a new descriptor.
///
/// # Safety
/// As for [`bpf`]; and `command` must be one that returns a descriptor.
unsafe fn bpf_fd<T: Attr>(command: bpf_cmd, attr: &mut T) -> io::Result<OwnedFd> {
    // SAFETY: as the caller vouches.
    let fd = unsafe { bpf(command, attr) }?;
    // SAFETY: the kernel just gave this descriptor to us alone. bpf(2) sets close-on-exec itself.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The result of a system call.
fn status(result: libc::c_long) -> io::Result<RawFd> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result as RawFd) }
}

/// A descriptor as the kernel's structures hold it.
fn raw(fd: BorrowedFd<'_>) -> u32 {
    fd.as_raw_fd() as u32
}

/// Creates a map.
pub(super) fn map_create(mut attr: attr::MapCreate) -> io::Result<OwnedFd> {
    // SAFETY: the structure holds no address.
    unsafe { bpf_fd(bpf_cmd::BPF_MAP_CREATE, &mut attr) }
}

/// Makes a map read-only for user space.
pub(super) fn map_freeze(map: BorrowedFd<'_>) -> io::Result<()> {
    let mut attr = attr::MapFreeze { map_fd: raw(map) };
    // SAFETY: the structure holds no address.
    unsafe { bpf(bpf_cmd::BPF_MAP_FREEZE, &mut attr) }.map(drop)
}

/// One of the commands on a single key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Elem {
    /// Copies the value of the key to `value`.
    Lookup,
    /// Stores `value` under the key.
    Update,
    /// Removes the key.
    Delete,
    /// Copies the key that follows to `value`; the first, where the key is null.
    NextKey,
}

/// Runs `op` on one key of a map.
///
/// # Safety
/// `key` must point at the map's key size (or be null for [`Elem::NextKey`]), and `value` at what
/// `op` moves: the value size (for per-CPU maps, of every possible CPU), or the key size.
pub(super) unsafe fn map_elem(
    op: Elem,
    map: BorrowedFd<'_>,
    key: *const u8,
    value: *mut u8,
) -> io::Result<()> {
    let command = match op {
        Elem::Lookup => bpf_cmd::BPF_MAP_LOOKUP_ELEM,
        Elem::Update => bpf_cmd::BPF_MAP_UPDATE_ELEM,
        Elem::Delete => bpf_cmd::BPF_MAP_DELETE_ELEM,
        Elem::NextKey => bpf_cmd::BPF_MAP_GET_NEXT_KEY,
    };
    let mut attr = attr::MapElem {
        map_fd: raw(map),
        key: key as u64,
        value: value as u64,
        ..Default::default()
    };
    // SAFETY: as the caller vouches.
    unsafe { bpf(command, &mut attr) }.map(drop)
}

/// Loads a program.
///
/// # Safety
/// Every address in `attr` must point at as much as the count or size beside it says.
pub(super) unsafe fn prog_load(mut attr: attr::ProgLoad) -> io::Result<OwnedFd> {
    // SAFETY: as the caller vouches.
    unsafe { bpf_fd(bpf_cmd::BPF_PROG_LOAD, &mut attr) }
}

/// Runs a program that looks at no context, once, in this process; gives what it returns.
pub(super) fn prog_test_run(program: BorrowedFd<'_>) -> io::Result<u32> {
    let mut attr = attr::TestRun { prog_fd: raw(program), ..Default::default() };
    // SAFETY: the structure holds no address.
    unsafe { bpf(bpf_cmd::BPF_PROG_TEST_RUN, &mut attr) }?;
    Ok(attr.retval)
}

/// Loads BTF; the kernel writes its reasons to `log` unless that is empty.
pub(super) fn btf_load(btf: &[u8], log: &mut [u8]) -> io::Result<OwnedFd> {
    let mut attr = attr::BtfLoad {
        btf: btf.as_ptr() as u64,
        btf_size: btf.len() as u32,
        ..Default::default()
    };
    if !log.is_empty() {
        attr.btf_log_buf = log.as_mut_ptr() as u64;
        attr.btf_log_size = log.len() as u32;
        attr.btf_log_level = 1;
    }
    // SAFETY: both addresses are of live slices, whose lengths are given.
    unsafe { bpf_fd(bpf_cmd::BPF_BTF_LOAD, &mut attr) }
}

/// Links a program to a perf event (Linux 5.15). The link keeps the event open.
pub(super) fn link_perf_event(prog: BorrowedFd<'_>, event: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut attr = attr::LinkCreate {
        prog_fd: raw(prog),
        target_fd: raw(event),
        attach_type: bpf_attach_type::BPF_PERF_EVENT as u32,
        ..Default::default()
    };
    // SAFETY: the structure holds no address.
    unsafe { bpf_fd(bpf_cmd::BPF_LINK_CREATE, &mut attr) }
}

/// Links a program to many functions (Linux 5.18), each with a number that the program can ask for.
pub(super) fn link_kprobe_multi(
    prog: BorrowedFd<'_>,
    addresses: &[u64],
    cookies: &[u64],
    at_return: bool,
) -> io::Result<OwnedFd> {
    const AT_RETURN: u32 = 1;
    if addresses.len() != cookies.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut attr = attr::LinkMulti {
        prog_fd: raw(prog),
        attach_type: TRACE_KPROBE_MULTI,
        multi_flags: if at_return { AT_RETURN } else { 0 },
        cnt: addresses.len() as u32,
        addrs: addresses.as_ptr() as u64,
        cookies: cookies.as_ptr() as u64,
        ..Default::default()
    };
    // SAFETY: both addresses are of live slices of that many words.
    unsafe { bpf_fd(bpf_cmd::BPF_LINK_CREATE, &mut attr) }
}

/// Links a program to many places of the file at `path` (Linux 6.6), each with a number that the
/// program can ask for; in one process if `pid` is not 0.
pub(super) fn link_uprobe_multi(
    prog: BorrowedFd<'_>,
    path: &CStr,
    offsets: &[u64],
    cookies: &[u64],
    at_return: bool,
    pid: u32,
) -> io::Result<OwnedFd> {
    const AT_RETURN: u32 = 1;
    if offsets.len() != cookies.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut attr = attr::LinkUprobes {
        prog_fd: raw(prog),
        attach_type: TRACE_UPROBE_MULTI,
        path: path.as_ptr() as u64,
        offsets: offsets.as_ptr() as u64,
        cookies: cookies.as_ptr() as u64,
        cnt: offsets.len() as u32,
        multi_flags: if at_return { AT_RETURN } else { 0 },
        pid,
        ..Default::default()
    };
    // SAFETY: the path ends in a zero byte, and the others are of live slices of that many words.
    unsafe { bpf_fd(bpf_cmd::BPF_LINK_CREATE, &mut attr) }
}

/// Attaches a program to a raw tracepoint until the descriptor is closed; without a name, to the
/// function that it was loaded for.
pub(super) fn raw_tracepoint_open(
    prog: BorrowedFd<'_>,
    name: Option<&CStr>,
) -> io::Result<OwnedFd> {
    let mut attr = attr::RawTracepointOpen {
        name: name.map_or(0, |name| name.as_ptr() as u64),
        prog_fd: raw(prog),
        ..Default::default()
    };
    // SAFETY: the name ends in a zero byte and lives beyond the call.
    unsafe { bpf_fd(bpf_cmd::BPF_RAW_TRACEPOINT_OPEN, &mut attr) }
}

/// Opens a perf event of all processes on one CPU.
///
/// # Safety
/// `config1` must be an address only where the kind of event takes one, and then of a C string.
pub(super) unsafe fn perf_event_open(attr: &attr::PerfEvent, cpu: i32) -> io::Result<OwnedFd> {
    const ALL_PROCESSES: libc::pid_t = -1;
    // SAFETY: as the caller vouches.
    unsafe { perf_event_open_of(attr, ALL_PROCESSES, cpu) }
}

/// Opens a perf event of one thread, or of all for -1; on one CPU, or on all for -1.
///
/// # Safety
/// As for [`perf_event_open`].
pub(super) unsafe fn perf_event_open_of(
    attr: &attr::PerfEvent,
    thread: libc::pid_t,
    cpu: i32,
) -> io::Result<OwnedFd> {
    const PERF_FLAG_FD_CLOEXEC: libc::c_ulong = 8;
    const NO_GROUP: libc::c_int = -1;
    // SAFETY: the structure gives its own size; the caller vouches for the address in it.
    let result = unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            ptr::from_ref(attr),
            thread,
            cpu,
            NO_GROUP,
            PERF_FLAG_FD_CLOEXEC,
        )
    };
    let fd = status(result)?;
    // SAFETY: the kernel just gave this descriptor to us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Attaches a program to a perf event and enables the event; for kernels without perf links.
pub(super) fn perf_event_set_bpf(event: BorrowedFd<'_>, prog: BorrowedFd<'_>) -> io::Result<()> {
    const SET_BPF: libc::c_ulong = 0x4004_2408;
    const ENABLE: libc::c_ulong = 0x2400;
    for (request, argument) in [(SET_BPF, prog.as_raw_fd()), (ENABLE, 0)] {
        // SAFETY: both requests take an integer, not an address.
        let result = unsafe { libc::ioctl(event.as_raw_fd(), request as _, argument) };
        status(result.into())?;
    }
    Ok(())
}

/// Bytes of a page.
pub(super) fn page_size() -> usize {
    // SAFETY: sysconf reads no memory of ours.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}

/// Memory shared with the kernel; unmapped when dropped.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: a mapping is an address range, bound to no thread.
unsafe impl Send for Mapping {}
// SAFETY: it gives out only its address; who reads through that answers for races.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `len` bytes of `fd` from `offset` on.
    pub fn new(fd: BorrowedFd<'_>, offset: usize, len: usize, writable: bool) -> io::Result<Self> {
        let protection =
            if writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
        let offset = libc::off_t::try_from(offset).map_err(io::Error::other)?;
        // SAFETY: the kernel chooses the address, so no memory in use is replaced.
        let start = unsafe {
            libc::mmap(ptr::null_mut(), len, protection, libc::MAP_SHARED, fd.as_raw_fd(), offset)
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(|| io::Error::other("mapped at 0"))?;
        Ok(Self { start, len })
    }

    /// The first byte; page-aligned.
    pub fn start(&self) -> NonNull<u8> {
        self.start
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is ours alone, and who holds a pointer into it borrows or owns `self`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}
