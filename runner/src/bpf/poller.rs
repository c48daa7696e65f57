//! Waiting for records, and for anything else that has a descriptor.
//!
//! In: rings and descriptors. Out: which of them want attention. While records flow it naps a
//! millisecond instead of waiting on the ring, so that programs have to wake it at most that often;
//! only when a ring ran dry does it sleep until one does.
//!
//! poll(2), not epoll: it looks at every ring anew, so a wake-up that fell between two drains is not
//! missed, and for a handful of descriptors it costs no more.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use super::ring::Ring;

/// How long to nap while records flow.
const NAP: Duration = Duration::from_millis(1);

/// Waits on rings and other descriptors together.
#[derive(Debug, Default)]
pub struct Poller {
    // Duplicates, so that a ring can be drained while it is registered here.
    others: Vec<OwnedFd>,
    rings: Vec<OwnedFd>,
    polled: Vec<libc::pollfd>,
}

/// Stands for a descriptor that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(usize);

/// What [`Poller::wait`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ready {
    /// Whether the rings are worth draining.
    pub rings: bool,
    others: u64,
}

impl Ready {
    /// Whether that descriptor is readable, or was closed at the other end.
    pub fn is(self, token: Token) -> bool {
        self.others & (1 << token.0) != 0
    }
}

impl Poller {
    /// Nothing to wait for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also waits for records in `ring`.
    pub fn add_ring(&mut self, ring: &Ring) -> io::Result<()> {
        self.rings.push(ring.as_fd().try_clone_to_owned()?);
        self.arrange();
        Ok(())
    }

    /// Also waits until `fd` (a signalfd, pidfd, timerfd, pipe…) is readable. At most 64 of them.
    pub fn add(&mut self, fd: impl AsFd) -> io::Result<Token> {
        if self.others.len() == u64::BITS as usize {
            return Err(io::Error::other("too many descriptors to wait for"));
        }
        self.others.push(fd.as_fd().try_clone_to_owned()?);
        self.arrange();
        Ok(Token(self.others.len() - 1))
    }

    /// Waits until something is ready, `timeout` is over, or a signal handler ran.
    ///
    /// `active` says whether the last drain had records or left some
    /// ([`Drained::active`](super::Drained::active)): then it only naps, and asks for another drain.
    pub fn wait(&mut self, active: bool, timeout: Option<Duration>) -> io::Result<Ready> {
        let (count, timeout) = if active {
            (self.others.len(), Some(timeout.map_or(NAP, |timeout| timeout.min(NAP))))
        } else {
            (self.polled.len(), timeout)
        };
        let polled = &mut self.polled[..count];
        if !poll(polled, timeout)? {
            return Ok(Ready { rings: active, others: 0 });
        }
        let mut ready = Ready { rings: active, others: 0 };
        for (i, _) in polled.iter().enumerate().filter(|(_, entry)| entry.revents != 0) {
            if i < self.others.len() {
                ready.others |= 1 << i;
            } else {
                ready.rings = true;
            }
        }
        Ok(ready)
    }

    /// Puts the rings last, so that a nap can leave them out.
    fn arrange(&mut self) {
        let entry =
            |fd: &OwnedFd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        self.polled = self.others.iter().chain(&self.rings).map(entry).collect();
    }
}

/// Calls ppoll(2); false if nothing is ready, be it for the time or for a signal.
fn poll(entries: &mut [libc::pollfd], timeout: Option<Duration>) -> io::Result<bool> {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the entries are ours and counted; the time, if any, lives beyond the call.
    let result = unsafe {
        libc::ppoll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, timeout, ptr::null())
    };
    if result >= 0 {
        return Ok(result > 0);
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::Interrupted { Ok(false) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use std::io::{Write, pipe};
    use std::time::Instant;

    use super::*;

    const LONG: Option<Duration> = Some(Duration::from_secs(20));

    #[test]
    fn tells_which_descriptor_is_ready() {
        let (first, _keep) = pipe().unwrap();
        let (second, mut writer) = pipe().unwrap();
        let mut poller = Poller::new();
        let (first, second) = (poller.add(&first).unwrap(), poller.add(&second).unwrap());
        writer.write_all(b"x").unwrap();
        let ready = poller.wait(false, LONG).unwrap();
        assert!(ready.is(second) && !ready.is(first) && !ready.rings);
    }

    #[test]
    fn a_closed_end_is_ready() {
        let (reader, writer) = pipe().unwrap();
        let mut poller = Poller::new();
        let token = poller.add(&reader).unwrap();
        drop(writer);
        assert!(poller.wait(false, LONG).unwrap().is(token));
    }

    #[test]
    fn while_records_flow_it_only_naps() {
        let (reader, _writer) = pipe().unwrap();
        let mut poller = Poller::new();
        let token = poller.add(&reader).unwrap();
        let start = Instant::now();
        let ready = poller.wait(true, LONG).unwrap();
        assert!(ready.rings && !ready.is(token));
        assert!(start.elapsed() >= NAP && start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn the_time_ends_the_wait() {
        let ready = Poller::new().wait(false, Some(Duration::from_millis(2))).unwrap();
        assert_eq!(ready, Ready::default());
    }
}
