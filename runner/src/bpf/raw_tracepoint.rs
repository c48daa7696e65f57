//! Raw tracepoints as places for programs.
//!
//! In: a name. Out: what keeps the program there. Closing it is quick, unlike a perf event.

use std::ffi::CStr;
use std::io;
use std::os::fd::BorrowedFd;

use super::perf::Attachment;
use super::sys;

/// Runs `program` at the raw tracepoint `name` until what this returns is dropped.
pub fn open(program: BorrowedFd<'_>, name: &CStr) -> io::Result<Attachment> {
    sys::raw_tracepoint_open(program, Some(name)).map(Attachment::from)
}
