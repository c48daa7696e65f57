//! Tracepoints with their raw arguments.
//!
//! In: a program and the tracepoint's name. Out: what holds it there.

use std::ffi::CString;
use std::io;
use std::os::fd::BorrowedFd;

use super::Reason;
use crate::bpf::{self, Attachment, KernelError};

/// Attaches to the tracepoint of that name.
pub(super) fn attach(program: BorrowedFd<'_>, name: &str) -> Result<Attachment, Reason> {
    let name = CString::new(name).map_err(|_| Reason::NoTracepoint)?;
    bpf::raw_tracepoint(program, &name).map_err(explain)
}

/// What the errors of `bpf_raw_tp_link_attach` mean.
fn explain(error: io::Error) -> Reason {
    match error.raw_os_error() {
        Some(libc::ENOENT) => Reason::NoTracepoint,
        // The program reads more arguments than the tracepoint has.
        Some(libc::EINVAL) => Reason::BeyondRecord,
        Some(libc::E2BIG) => Reason::Full,
        _ => KernelError::from(error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_which_of_the_reasons_it_is() {
        let explain = |errno| explain(io::Error::from_raw_os_error(errno));
        assert!(matches!(explain(libc::ENOENT), Reason::NoTracepoint));
        assert!(matches!(explain(libc::EINVAL), Reason::BeyondRecord));
        assert!(matches!(explain(libc::EPERM), Reason::Kernel(KernelError::Refused(_))));
    }
}
