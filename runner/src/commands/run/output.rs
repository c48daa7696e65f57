//! Standard output that can be given up on.
//!
//! A write to a pipe or terminal blocks while its reader does nothing, and Ctrl-C must work then
//! too. So such a write happens only when poll(2) says that it will not block.

use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

/// What a pipe takes without blocking once poll(2) says that it takes anything (`PIPE_BUF`).
const CHUNK: usize = 4096;
/// How long a reader may do nothing after the end was asked for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Standard output.
pub struct Output {
    stdout: io::Stdout,
    /// A regular file takes any write at once.
    is_file: bool,
}

impl Output {
    /// Takes standard output.
    pub fn new() -> Self {
        let stdout = io::stdout();
        // SAFETY: a `stat` of zeros is a value.
        let mut stat: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: `stat` is ours; where the call fails, its zeros say that it is no file.
        unsafe { libc::fstat(stdout.as_raw_fd(), &mut stat) };
        Self { stdout, is_file: stat.st_mode & libc::S_IFMT == libc::S_IFREG }
    }

    /// Writes all of `bytes`. While it waits, it watches `signals`; once they are readable the
    /// reader has [`PATIENCE`] left, then [`io::ErrorKind::TimedOut`].
    pub fn write(&mut self, bytes: &[u8], signals: BorrowedFd) -> io::Result<()> {
        if self.is_file {
            let mut stdout = self.stdout.lock();
            return stdout.write_all(bytes).and_then(|()| stdout.flush());
        }
        let mut rest = bytes;
        let mut ending: Option<Instant> = None;
        while !rest.is_empty() {
            if !self.ready(signals, &mut ending)? {
                continue;
            }
            let chunk = &rest[..rest.len().min(CHUNK)];
            // SAFETY: the bytes are ours and counted.
            let wrote =
                unsafe { libc::write(self.stdout.as_raw_fd(), chunk.as_ptr().cast(), chunk.len()) };
            match usize::try_from(wrote) {
                Ok(wrote) => rest = &rest[wrote.min(rest.len())..],
                Err(_) => match io::Error::last_os_error() {
                    fault if fault.kind() == io::ErrorKind::Interrupted => {}
                    fault if fault.kind() == io::ErrorKind::WouldBlock => {}
                    fault => return Err(fault),
                },
            }
        }
        Ok(())
    }

    /// Whether a chunk can be written now. Waits for that, or for the signals.
    fn ready(&self, signals: BorrowedFd, ending: &mut Option<Instant>) -> io::Result<bool> {
        let timeout = match ending {
            None => -1,
            Some(since) => match PATIENCE.checked_sub(since.elapsed()) {
                Some(left) => left.as_millis() as i32 + 1,
                None => return Err(io::ErrorKind::TimedOut.into()),
            },
        };
        let entry =
            |fd: BorrowedFd, events| libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
        let mut polled = [entry(self.stdout.as_fd(), libc::POLLOUT), entry(signals, libc::POLLIN)];
        // A signal that has come once stays readable: it is looked at only until then.
        let count = if ending.is_some() { 1 } else { 2 };
        // SAFETY: the entries are ours and counted.
        if unsafe { libc::poll(polled.as_mut_ptr(), count, timeout) } < 0 {
            let fault = io::Error::last_os_error();
            return if fault.kind() == io::ErrorKind::Interrupted { Ok(false) } else { Err(fault) };
        }
        if polled[1].revents != 0 {
            ending.get_or_insert_with(Instant::now);
        }
        Ok(polled[0].revents != 0)
    }
}
