//! Tracepoints with their formatted record, as perf events.
//!
//! In: a program and the tracepoint's number. Out: what holds it there.

use std::io;
use std::os::fd::BorrowedFd;

use super::Reason;
use crate::bpf::{Attachment, KernelError, PerfEvent, Refusal};

/// Attaches to the tracepoint of that number, on all CPUs.
pub(super) fn attach(program: BorrowedFd<'_>, id: u64) -> Result<Attachment, Reason> {
    PerfEvent::tracepoint(id).map_err(explain_open)?.attach(program).map_err(explain_attach)
}

/// What the errors of `perf_trace_init` mean.
fn explain_open(error: io::Error) -> Reason {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::EINVAL) => Reason::NoTracepoint,
        Some(libc::EACCES) => KernelError::Refused(Refusal::find()).into(),
        _ => KernelError::from(error).into(),
    }
}

/// What the errors of `perf_event_set_bpf_prog` mean.
fn explain_attach(error: io::Error) -> Reason {
    match error.raw_os_error() {
        Some(libc::EACCES) => Reason::BeyondRecord,
        Some(libc::E2BIG) => Reason::Full,
        _ => KernelError::from(error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_errno_means_another_thing_at_each_step() {
        let error = || io::Error::from_raw_os_error(libc::EACCES);
        let refused = Reason::Kernel(KernelError::Refused(Refusal::Policy));
        let same = |a: &Reason, b: &Reason| std::mem::discriminant(a) == std::mem::discriminant(b);
        assert!(same(&explain_open(error()), &refused));
        assert!(same(&explain_attach(error()), &Reason::BeyondRecord));
        let unknown = explain_open(io::Error::from_raw_os_error(libc::EINVAL));
        assert!(same(&unknown, &Reason::NoTracepoint));
        let full = explain_attach(io::Error::from_raw_os_error(libc::E2BIG));
        assert!(same(&full, &Reason::Full));
    }
}
