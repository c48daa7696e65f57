//! Ctrl-C, SIGTERM and SIGHUP as something to poll.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, FromRawFd};

/// A fault of the system calls for signals.
#[derive(Debug, thiserror::Error)]
#[error("failed to take signals")]
pub struct SignalsError(#[from] io::Error);

/// The signals that ask for an orderly end. Blocked from now on, in this thread and those it makes.
pub struct Signals(File);

/// The signals that ask for an orderly end.
const ENDS: [libc::c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

impl Signals {
    /// Takes the signals over from their default, which would end the process at once.
    pub fn take() -> Result<Self, SignalsError> {
        let set = set()?;
        // SAFETY: `set` was initialised; the old mask is not wanted.
        if unsafe { libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error().into());
        }
        // SAFETY: -1 asks for a new descriptor; `set` was initialised.
        let fd = unsafe { libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error().into());
        }
        // SAFETY: the descriptor is new, and nobody else has it.
        Ok(Self(unsafe { File::from_raw_fd(fd) }))
    }

    /// Whether one has come.
    pub fn pending(&mut self) -> bool {
        let mut info = [0; size_of::<libc::signalfd_siginfo>()];
        matches!(self.0.read(&mut info), Ok(len) if len > 0)
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Gives the signals back to their default; for the child before its command begins.
pub fn release() -> io::Result<()> {
    let set = set()?;
    // SAFETY: `set` was initialised; the call is async-signal-safe.
    match unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &set, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn set() -> io::Result<libc::sigset_t> {
    // SAFETY: a `sigset_t` of zeros is a value; it is initialised before it is used.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: `set` is ours.
    unsafe { libc::sigemptyset(&mut set) };
    for signal in ENDS {
        // SAFETY: `set` was initialised.
        if unsafe { libc::sigaddset(&mut set, signal) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(set)
}
