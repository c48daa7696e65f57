//! Kernel functions as places for programs, by way of trampolines or many in one link.
//!
//! In: a program that was loaded for one function, or the addresses of many. Out: what keeps it there.
//! Also finds out, by trying, whether the kernel has these at all.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use aya_obj::generated::{bpf_attach_type, bpf_prog_type};

use super::attr::{self, object_name};
use super::perf::{Attachment, PerfEvent, Source};
use super::privilege::with_memlock;
use super::sys;

/// Runs `program` at the function that it was loaded for until what this returns is dropped.
pub fn attach(program: BorrowedFd<'_>) -> io::Result<Attachment> {
    sys::raw_tracepoint_open(program, None).map(Attachment::from)
}

/// Runs `program` at the functions with those addresses; it can ask for its own of `cookies`.
pub fn attach_multi(
    program: BorrowedFd<'_>,
    addresses: &[u64],
    cookies: &[u64],
    at_return: bool,
) -> io::Result<Attachment> {
    sys::link_kprobe_multi(program, addresses, cookies, at_return).map(Attachment::from)
}

/// Runs `program` at those offsets of the file at `path`; it can ask for its own of `cookies`. In one
/// `process` alone, if one is given.
pub fn attach_user_multi(
    program: BorrowedFd<'_>,
    path: &CStr,
    offsets: &[u64],
    cookies: &[u64],
    at_return: bool,
    process: Option<u32>,
) -> io::Result<Attachment> {
    let pid = process.unwrap_or_default();
    sys::link_uprobe_multi(program, path, offsets, cookies, at_return, pid).map(Attachment::from)
}

/// Whether the kernel has uprobe.multi: then a folder for a file is what it refuses.
pub fn has_uprobe_multi() -> bool {
    let kind = bpf_prog_type::BPF_PROG_TYPE_KPROBE as u32;
    let Ok(program) = nothing(kind, sys::TRACE_UPROBE_MULTI, 0) else { return false };
    match sys::link_uprobe_multi(program.as_fd(), c"/", &[0], &[0], false, 0) {
        Ok(_) => true,
        Err(error) => error.raw_os_error() == Some(libc::EBADF),
    }
}

/// What of a trial did not work.
#[derive(Debug)]
pub enum Trial {
    /// The program did not load.
    Load(io::Error),
    /// It could not be attached.
    Attach(io::Error),
}

/// Tries to attach a program that does nothing to the function with that number in the kernel's BTF.
pub fn try_trampoline(btf_id: u32) -> Result<(), Trial> {
    let kind = bpf_prog_type::BPF_PROG_TYPE_TRACING as u32;
    let program = nothing(kind, bpf_attach_type::BPF_TRACE_FENTRY as u32, btf_id);
    let program = program.map_err(Trial::Load)?;
    attach(program.as_fd()).map(drop).map_err(Trial::Attach)
}

/// Tries to attach a program that does nothing to the function at `address` by kprobe.multi.
pub fn try_multi(address: u64) -> Result<(), Trial> {
    let kind = bpf_prog_type::BPF_PROG_TYPE_KPROBE as u32;
    let program = nothing(kind, sys::TRACE_KPROBE_MULTI, 0).map_err(Trial::Load)?;
    attach_multi(program.as_fd(), &[address], &[0], false).map(drop).map_err(Trial::Attach)
}

/// Tries to open a kprobe on the function `name`.
pub fn try_kprobe(name: &CStr) -> io::Result<()> {
    let source =
        Source::find("kprobe")?.ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))?;
    PerfEvent::kprobe(source, name, 0, false).map(drop)
}

/// A program that ends at once.
fn nothing(prog_type: u32, expected_attach_type: u32, attach_btf_id: u32) -> io::Result<OwnedFd> {
    // r0 = 0; exit
    const TEXT: [u64; 2] = [0xb7, 0x95];
    let attr = attr::ProgLoad {
        prog_type,
        expected_attach_type,
        attach_btf_id,
        insn_cnt: TEXT.len() as u32,
        insns: TEXT.as_ptr() as u64,
        license: c"GPL".as_ptr() as u64,
        prog_name: object_name("trial"),
        ..Default::default()
    };
    // SAFETY: text and licence live on, and the text has that many instructions.
    with_memlock(|| unsafe { sys::prog_load(attr) })
}
