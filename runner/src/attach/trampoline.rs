//! fentry and fexit, and kprobe.multi.
//!
//! In: a program that was loaded for one function, or the addresses of many. Out: what holds it there.

use std::io;
use std::os::fd::BorrowedFd;

use super::Reason;
use crate::bpf::{self, Attachment, KernelError};

/// Attaches to the function that the program was loaded for.
pub(super) fn attach(program: BorrowedFd<'_>, function: &str) -> Result<Attachment, Reason> {
    bpf::trampoline(program).map_err(|error| explain(error, function))
}

/// Attaches to every one of `functions`.
pub(super) fn attach_multi(
    program: BorrowedFd<'_>,
    functions: &[(String, u64)],
    cookies: &[u64],
    at_return: bool,
) -> Result<Attachment, Reason> {
    let mut pairs: Vec<(u64, u64)> =
        functions.iter().map(|(_, address)| *address).zip(cookies.iter().copied()).collect();
    pairs.sort_unstable();
    let (addresses, cookies): (Vec<u64>, Vec<u64>) = pairs.into_iter().unzip();
    let first = functions.first().map(|(name, _)| name.as_str()).unwrap_or_default();
    bpf::attach_multi(program, &addresses, &cookies, at_return)
        .map_err(|error| explain(error, first))
}

/// What the errors of `bpf_trampoline_link_prog` and `register_fprobe` mean.
fn explain(error: io::Error, function: &str) -> Reason {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ESRCH) => Reason::NoFunction { function: function.to_owned() },
        Some(libc::EINVAL | libc::EBUSY | libc::EOPNOTSUPP) => Reason::NotProbeable,
        Some(libc::E2BIG) => Reason::Full,
        _ => KernelError::from(error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_which_of_the_reasons_it_is() {
        let explain = |errno| explain(io::Error::from_raw_os_error(errno), "f");
        assert!(matches!(explain(libc::ENOENT), Reason::NoFunction { .. }));
        assert!(matches!(explain(libc::EBUSY), Reason::NotProbeable));
        assert!(matches!(explain(libc::EPERM), Reason::Kernel(KernelError::Refused(_))));
    }
}
