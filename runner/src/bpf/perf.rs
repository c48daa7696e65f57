//! Perf events as places for programs: opening them, and attaching a program to one.
//!
//! In: the kind of event. Out: descriptors that detach when closed, so that nothing stays behind
//! when the process is killed. What an errno means for a hook is the business of `attach`.

use std::ffi::CStr;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use super::deferred::Deferred;
use super::{attr, cpu, sys};

/// An open perf event, without a program yet.
#[derive(Debug)]
pub struct PerfEvent(pub(super) OwnedFd);

/// What the kernel says of its dynamic event source `kprobe` (or `uprobe`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    kind: u32,
    retprobe_bit: u32,
}

impl Source {
    /// Reads /sys/bus/event_source/devices/`name`; `None` if the kernel has no such source.
    pub fn find(name: &str) -> io::Result<Option<Self>> {
        let folder = format!("/sys/bus/event_source/devices/{name}");
        let kind = match fs::read_to_string(format!("{folder}/type")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let retprobe = fs::read_to_string(format!("{folder}/format/retprobe"))?;
        Self::parse(&kind, &retprobe)
            .map(Some)
            .ok_or_else(|| io::Error::other(format!("unknown format in {folder}")))
    }

    /// From a number and the likes of `config:0`.
    fn parse(kind: &str, retprobe: &str) -> Option<Self> {
        let kind = kind.trim().parse().ok()?;
        let retprobe_bit = retprobe.trim().strip_prefix("config:")?.parse().ok()?;
        (retprobe_bit < u64::BITS).then_some(Self { kind, retprobe_bit })
    }
}

impl PerfEvent {
    /// The event of the tracepoint with that number. It counts on one CPU, but a program on it runs
    /// on all of them.
    pub fn tracepoint(id: u64) -> io::Result<Self> {
        const PERF_TYPE_TRACEPOINT: u32 = 2;
        let attr = attr::PerfEvent { kind: PERF_TYPE_TRACEPOINT, config: id, ..event() };
        // SAFETY: a tracepoint event takes no address.
        unsafe { open(&attr) }
    }

    /// The event of `offset` bytes into the kernel function `name`, or of its return.
    pub fn kprobe(source: Source, name: &CStr, offset: u64, at_return: bool) -> io::Result<Self> {
        let attr = attr::PerfEvent {
            kind: source.kind,
            config: u64::from(at_return) << source.retprobe_bit,
            config1: name.as_ptr() as u64,
            config2: offset,
            ..event()
        };
        // SAFETY: `config1` is a C string that lives beyond the call, as this source demands.
        unsafe { open(&attr) }
    }

    /// The event of the instruction `offset` bytes into the file `path`, or of the return of the
    /// function that starts there; of all processes, or of one. A counter of the process at
    /// `semaphore` in the file is kept above 0 meanwhile.
    pub fn uprobe(
        source: Source,
        path: &CStr,
        offset: u64,
        at_return: bool,
        semaphore: Option<u32>,
        process: Option<u32>,
    ) -> io::Result<Self> {
        // `ref_ctr_offset`: config:32-63 since Linux 4.20.
        const SEMAPHORE_BIT: u32 = 32;
        let semaphore = u64::from(semaphore.unwrap_or_default());
        let attr = attr::PerfEvent {
            kind: source.kind,
            config: u64::from(at_return) << source.retprobe_bit | semaphore << SEMAPHORE_BIT,
            config1: path.as_ptr() as u64,
            config2: offset,
            ..event()
        };
        match process {
            // SAFETY: `config1` is a C string that lives beyond the call.
            None => unsafe { open(&attr) },
            Some(process) => {
                const ANY_CPU: i32 = -1;
                // SAFETY: as above.
                unsafe { sys::perf_event_open_of(&attr, process as i32, ANY_CPU) }.map(Self)
            }
        }
    }

    /// Runs `program` at this event until what this returns is dropped.
    ///
    /// A link where the kernel has them (5.15), else an ioctl; which of the two is found out once.
    pub fn attach(self, program: BorrowedFd<'_>) -> io::Result<Attachment> {
        static NO_LINKS: AtomicBool = AtomicBool::new(false);
        let event = self.0;
        if !NO_LINKS.load(Ordering::Relaxed) {
            match sys::link_perf_event(program, event.as_fd()) {
                // The link keeps the event open by itself. Without a deferral it closes slowly.
                Ok(fd) => return Ok(Attachment { fd, _later: Deferred::new(event.as_fd()).ok() }),
                // What kernels without such links answer, among others.
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {}
                Err(error) => return Err(error),
            }
        }
        sys::perf_event_set_bpf(event.as_fd(), program)?;
        NO_LINKS.store(true, Ordering::Relaxed);
        // Here the program runs as long as the event lives, so that is not prolonged.
        Ok(event.into())
    }
}

/// Keeps a program attached; dropping it detaches.
#[derive(Debug)]
pub struct Attachment {
    // Dropped in this order: the program stops at once, its event is closed later.
    fd: OwnedFd,
    _later: Option<Deferred>,
}

impl From<OwnedFd> for Attachment {
    fn from(fd: OwnedFd) -> Self {
        Self { fd, _later: None }
    }
}

impl AsFd for Attachment {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// What all events have in common.
pub(super) fn event() -> attr::PerfEvent {
    attr::PerfEvent { size: size_of::<attr::PerfEvent>() as u32, ..Default::default() }
}

/// Opens the event on CPU 0, or on another if that is offline.
///
/// # Safety
/// As for [`sys::perf_event_open`].
unsafe fn open(attr: &attr::PerfEvent) -> io::Result<PerfEvent> {
    // SAFETY: as the caller vouches.
    let result = match unsafe { sys::perf_event_open(attr, 0) } {
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => {
            // SAFETY: as the caller vouches.
            unsafe { sys::perf_event_open(attr, cpu::first_online()) }
        }
        result => result,
    };
    result.map(PerfEvent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_the_kernel_writes_them() {
        let source = Source { kind: 8, retprobe_bit: 0 };
        assert_eq!(Source::parse("8\n", "config:0\n"), Some(source));
        assert_eq!(Source::parse("8\n", "config:64\n"), None);
        assert_eq!(Source::parse("8\n", "config1:0-7\n"), None);
        assert_eq!(Source::parse("\n", "config:0\n"), None);
    }

    #[test]
    fn an_absent_source_is_no_error() {
        assert!(Source::find("no_such_source").unwrap().is_none());
    }
}
