//! kprobe and kretprobe, through the kernel's event source of that name.
//!
//! In: a program and a function. Out: what holds it there. Not through tracefs'
//! `kprobe_events`, where a killed process would leave its probe behind.

use std::ffi::CString;
use std::io;
use std::os::fd::BorrowedFd;

use super::Reason;
use crate::bpf::{Attachment, KernelError, PerfEvent, Refusal, Source};

/// Attaches to the instruction `offset` bytes into `function`.
pub(super) fn entry(
    program: BorrowedFd<'_>,
    function: &str,
    offset: u64,
) -> Result<Attachment, Reason> {
    attach(program, function, offset, false)
}

/// Attaches to the return of `function`.
pub(super) fn exit(program: BorrowedFd<'_>, function: &str) -> Result<Attachment, Reason> {
    attach(program, function, 0, true)
}

fn attach(
    program: BorrowedFd<'_>,
    function: &str,
    offset: u64,
    at_return: bool,
) -> Result<Attachment, Reason> {
    let source = Source::find("kprobe").map_err(KernelError::Os)?.ok_or(Reason::NoKprobes)?;
    let name = CString::new(function).map_err(|_| no_function(function))?;
    let event = PerfEvent::kprobe(source, &name, offset, at_return)
        .map_err(|error| explain(error, function, offset))?;
    event.attach(program).map_err(|error| match error.raw_os_error() {
        Some(libc::E2BIG) => Reason::Full,
        _ => KernelError::from(error).into(),
    })
}

fn no_function(function: &str) -> Reason {
    Reason::NoFunction { function: function.to_owned() }
}

/// What the errors of `register_kprobe` mean.
fn explain(error: io::Error, function: &str, offset: u64) -> Reason {
    let no_instruction = || Reason::NoInstruction { function: function.to_owned(), offset };
    match error.raw_os_error() {
        Some(libc::ENOENT) => no_function(function),
        // Since 6.7; before that the kernel takes the first of them.
        Some(libc::EADDRNOTAVAIL) => Reason::Ambiguous { function: function.to_owned() },
        Some(libc::EILSEQ) => no_instruction(),
        // Past the end of the function, or of the kernel's text.
        Some(libc::EINVAL | libc::ERANGE) if offset > 0 => no_instruction(),
        Some(libc::EINVAL | libc::EBUSY | libc::EOPNOTSUPP) => Reason::NotProbeable,
        Some(libc::EACCES) => KernelError::Refused(Refusal::find()).into(),
        _ => KernelError::from(error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_which_of_the_reasons_it_is() {
        let explain =
            |errno, offset| explain(io::Error::from_raw_os_error(errno), "do_unlinkat", offset);
        assert!(matches!(explain(libc::ENOENT, 0), Reason::NoFunction { .. }));
        assert!(matches!(explain(libc::EADDRNOTAVAIL, 0), Reason::Ambiguous { .. }));
        assert!(matches!(explain(libc::EINVAL, 0), Reason::NotProbeable));
        assert!(matches!(explain(libc::EINVAL, 3), Reason::NoInstruction { offset: 3, .. }));
        assert!(matches!(explain(libc::EILSEQ, 1), Reason::NoInstruction { offset: 1, .. }));
        let refused = |reason| matches!(reason, Reason::Kernel(KernelError::Refused(_)));
        assert!(refused(explain(libc::EPERM, 0)) && refused(explain(libc::EACCES, 0)));
        assert!(matches!(explain(libc::ENOMEM, 0), Reason::Kernel(KernelError::Os(_))));
        assert!(
            explain(libc::ENOENT, 0).to_string().contains("runner list 'kprobe:*do_unlinkat*'")
        );
    }
}
