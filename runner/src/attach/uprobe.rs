//! uprobe, uretprobe and usdt, through the kernel's event source `uprobe`.
//!
//! In: a program and a place in a file. Out: what holds it there. With a process given, the kernel
//! puts the breakpoint into that process's memory alone.

use std::ffi::CString;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;

use super::Reason;
use crate::bpf::{self, Attachment, KernelError, PerfEvent, Refusal, Source};
use crate::hook::UserAt;

/// Attaches at the instruction `at`, or to the return of the function that starts there.
pub(super) fn attach(
    program: BorrowedFd<'_>,
    at: &UserAt,
    at_return: bool,
    process: Option<u32>,
) -> Result<Attachment, Reason> {
    let source = Source::find("uprobe").map_err(KernelError::Os)?.ok_or(Reason::NoUprobes)?;
    let path = at.binary.as_os_str().as_bytes();
    let path = CString::new(path).map_err(|_| no_file(at))?;
    let semaphore = at.semaphore.map(u32::try_from).transpose().map_err(|_| Reason::Semaphore)?;
    PerfEvent::uprobe(source, &path, at.offset, at_return, semaphore, process)
        .map_err(|error| explain(error, at, process))?
        .attach(program)
        .map_err(|error| match error.raw_os_error() {
            Some(libc::E2BIG) => Reason::Full,
            _ => KernelError::from(error).into(),
        })
}

/// Attaches at all of `all`, which are places of one file, in one link.
pub(super) fn attach_multi(
    program: BorrowedFd<'_>,
    all: &[UserAt],
    cookies: &[u64],
    at_return: bool,
    process: Option<u32>,
) -> Result<Attachment, Reason> {
    let Some(first) = all.first() else { return Err(Reason::NoUprobes) };
    let path = CString::new(first.binary.as_os_str().as_bytes()).map_err(|_| no_file(first))?;
    let offsets: Vec<u64> = all.iter().map(|at| at.offset).collect();
    bpf::attach_user_multi(program, &path, &offsets, cookies, at_return, process)
        .map_err(|error| explain(error, first, process))
}

fn no_file(at: &UserAt) -> Reason {
    Reason::NoFile { path: at.binary.display().to_string() }
}

/// The kernel's own errno for instructions that it cannot step over, such as those with `lock`.
const ENOTSUPP: i32 = 524;

/// What the errors of `create_local_trace_uprobe` and `uprobe_register` mean.
fn explain(error: io::Error, at: &UserAt, process: Option<u32>) -> Reason {
    match error.raw_os_error() {
        Some(libc::ENOENT) => no_file(at),
        Some(libc::ESRCH) => Reason::NoProcess { process: process.unwrap_or_default() },
        // A file system without mappings, an offset past its end, or an instruction that the
        // kernel cannot step over.
        Some(libc::EINVAL | libc::EIO | libc::EOPNOTSUPP | ENOTSUPP) => {
            Reason::NoUserInstruction { path: at.binary.display().to_string(), offset: at.offset }
        }
        Some(libc::EACCES) => KernelError::Refused(Refusal::find()).into(),
        _ => KernelError::from(error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_which_of_the_reasons_it_is() {
        let at = UserAt { binary: "/x".into(), offset: 16, name: "f".into(), semaphore: None };
        let explain = |errno| explain(io::Error::from_raw_os_error(errno), &at, Some(7));
        assert!(matches!(explain(libc::ENOENT), Reason::NoFile { .. }));
        assert!(matches!(explain(libc::ESRCH), Reason::NoProcess { process: 7 }));
        assert!(matches!(explain(libc::EINVAL), Reason::NoUserInstruction { offset: 16, .. }));
        assert!(matches!(explain(libc::EPERM), Reason::Kernel(KernelError::Refused(_))));
        assert!(matches!(explain(libc::ENOMEM), Reason::Kernel(KernelError::Os(_))));
    }
}
