//! `-- COMMAND`: a process that exists, so that it can be traced, but begins only when all is ready.

use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::thread::{self, JoinHandle};

use super::super::Failure;
use super::signals;

/// A process that waits just before it becomes the command.
pub struct Waiting {
    /// The process.
    pub pid: u32,
    program: String,
    go: PipeWriter,
    /// `spawn` returns only when the command has begun, so it has a thread to itself.
    spawn: JoinHandle<io::Result<Child>>,
}

/// The command, running.
pub struct Running {
    child: Child,
    /// Readable once the process has ended.
    end: OwnedFd,
}

impl Waiting {
    /// Makes the process; `None` for no command.
    pub fn start(words: &[String]) -> Result<Option<Self>, Failure> {
        let [program, arguments @ ..] = words else { return Ok(None) };
        let mut command = Command::new(program);
        command.args(arguments);
        Self::spawn(command, false).map(Some).map_err(|fault| unstarted(program, &fault))
    }

    /// Makes the process of `command`, in a session of its own if that is wanted: away from the
    /// terminal, and with a process group that can be killed as a whole.
    pub fn spawn(mut command: Command, own_session: bool) -> io::Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let (mut started, here) = pipe()?;
        let (stop, go) = pipe()?;
        let copy = go.as_raw_fd();
        let before = move || {
            // With its own copy of this end open, the new process would never see that `runner`
            // ended.
            // SAFETY: the number is that of the copy, which nothing in the new process uses.
            unsafe { libc::close(copy) };
            signals::release()?;
            if own_session {
                // SAFETY: the call has no memory in it; it cannot fail for a new process.
                unsafe { libc::setsid() };
            }
            wait_for_go(&here, &stop)
        };
        // SAFETY: between fork and exec it makes only async-signal-safe calls.
        unsafe { command.pre_exec(before) };
        let spawn = thread::spawn(move || command.spawn());
        let mut pid = [0; 4];
        // Where fork itself failed, the closure with the pipe's end is gone, and this sees the end.
        if started.read_exact(&mut pid).is_err() {
            drop(go);
            return Err(join(spawn).err().unwrap_or_else(|| io::Error::other("it did not start")));
        }
        let pid = u32::from_le_bytes(pid);
        Ok(Self { pid, program, go, spawn })
    }

    /// Lets the command begin.
    pub fn release(mut self) -> Result<Running, Failure> {
        let begun = self.go.write_all(b"g").and_then(|()| join(self.spawn)).and_then(|child| {
            // The process is our child and was not waited for, so its number is its own.
            let end = end_of(child.id())?;
            Ok(Running { child, end })
        });
        begun.map_err(|fault| unstarted(&self.program, &fault))
    }
}

impl Running {
    /// Kills it and all that is left of its process group; it must have been made with a session of
    /// its own, and its status must not have been taken yet.
    pub fn kill_group(&self) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // SAFETY: the call has no memory in it. As long as the process has not been waited for,
            // the number is that of its group and of no other.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
    }

    /// Waits until it has ended.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    /// How it ended, if it has.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl AsFd for Running {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.end.as_fd()
    }
}

fn unstarted(program: &str, fault: &io::Error) -> Failure {
    Failure::usage(format!("failed to start `{program}`: {fault}"))
}

fn join(spawn: JoinHandle<io::Result<Child>>) -> io::Result<Child> {
    spawn.join().unwrap_or_else(|_| Err(io::Error::other("the thread that starts it ended")))
}

/// What is readable once the process of `-p` has ended. One that is not there is the user's slip:
/// nothing would ever be shown.
pub fn watch(pid: Option<u32>) -> Result<Option<OwnedFd>, Failure> {
    let Some(pid) = pid else { return Ok(None) };
    end_of(pid).map(Some).map_err(|fault| {
        let why = match fault.raw_os_error() {
            Some(libc::ESRCH) => "there is no such process".to_owned(),
            // The kernel's answers to the number of a thread that is not its process's first.
            Some(libc::EINVAL | libc::ENOENT) => {
                format!("it is a thread; see whose: `grep Tgid /proc/{pid}/status`")
            }
            _ => fault.to_string(),
        };
        Failure::usage(format!("failed to watch process {pid}: {why}"))
    })
}

/// A descriptor that is readable once the process has ended.
fn end_of(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: the call has no memory in it.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// In the new process: tells its number, and waits. The end of the pipe means that `runner` gave up.
fn wait_for_go(here: &PipeWriter, stop: &PipeReader) -> io::Result<()> {
    let pid = std::process::id().to_le_bytes();
    let mut byte = 0u8;
    // SAFETY: both buffers are ours and of the lengths given; the calls are async-signal-safe.
    let (wrote, read) = unsafe {
        let wrote = libc::write(here.as_raw_fd(), pid.as_ptr().cast(), pid.len());
        (wrote, libc::read(stop.as_raw_fd(), (&raw mut byte).cast(), 1))
    };
    match (wrote, read) {
        (4, 1) => Ok(()),
        _ => Err(io::ErrorKind::Interrupted.into()),
    }
}
