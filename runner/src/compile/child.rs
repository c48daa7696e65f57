//! One child process: run to its end, all output kept, never outliving its parent.
//!
//! In: a program, arguments, a folder. Out: its status and both outputs. Nothing of this
//! process's environment reaches it but what is listed.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A compiler that takes longer than this hangs: 80 functions take less than a second.
const LIMIT: Duration = Duration::from_secs(120);

/// What a child left behind.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// A child that runs.
pub struct Running {
    child: Child,
    deadline: Instant,
}

/// Starts `program` in the folder `cwd`, with nothing in its environment but `environment`.
pub fn start<S: AsRef<OsStr>>(
    program: &Path,
    arguments: &[S],
    environment: &[(&str, &OsStr)],
    cwd: &Path,
) -> io::Result<Running> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let parent = std::process::id();
    // SAFETY: between fork and exec only system calls are made.
    unsafe {
        command.pre_exec(move || {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                return Err(io::Error::last_os_error());
            }
            // The parent may have ended before the call above.
            if libc::getppid() != parent as libc::pid_t {
                return Err(io::Error::from_raw_os_error(libc::ESRCH));
            }
            Ok(())
        });
    }
    Ok(Running { child: command.spawn()?, deadline: Instant::now() + LIMIT })
}

impl Running {
    /// Waits for its end. Where it takes too long, it is killed, and that is an error.
    pub fn finish(mut self) -> io::Result<Output> {
        let output = self.drain();
        if output.is_err() {
            // Whether it can be killed or has ended meanwhile makes no difference.
            let _ = self.child.kill();
        }
        let status = self.child.wait()?;
        let (stdout, stderr) = output?;
        Ok(Output { status, stdout, stderr })
    }

    /// Reads both outputs to their end.
    fn drain(&mut self) -> io::Result<(String, String)> {
        let mut stdout = self.child.stdout.take();
        let mut stderr = self.child.stderr.take();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while stdout.is_some() || stderr.is_some() {
            let fd = |open: Option<i32>| libc::pollfd {
                fd: open.unwrap_or(-1),
                events: libc::POLLIN,
                revents: 0,
            };
            let mut fds = [
                fd(stdout.as_ref().map(AsRawFd::as_raw_fd)),
                fd(stderr.as_ref().map(AsRawFd::as_raw_fd)),
            ];
            wait_for(&mut fds, self.deadline)?;
            if fds[0].revents != 0 {
                read_some(&mut stdout, &mut out)?;
            }
            if fds[1].revents != 0 {
                read_some(&mut stderr, &mut err)?;
            }
        }
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok((text(out), text(err)))
    }
}

/// Waits until one of `fds` has something, or fails at the deadline.
fn wait_for(fds: &mut [libc::pollfd; 2], deadline: Instant) -> io::Result<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let message = format!("it did not end within {} s", LIMIT.as_secs());
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        let milliseconds = i32::try_from(left.as_millis()).unwrap_or(i32::MAX).max(1);
        // SAFETY: the array has as many entries as said.
        match unsafe { libc::poll(fds.as_mut_ptr(), 2, milliseconds) } {
            -1 => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            0 => {}
            _ => return Ok(()),
        }
    }
}

/// Reads what there is; at its end closes the pipe.
fn read_some<R: Read>(pipe: &mut Option<R>, to: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = [0; 16384];
    let Some(reader) = pipe else { return Ok(()) };
    match reader.read(&mut buffer) {
        Ok(0) => *pipe = None,
        Ok(count) => to.extend_from_slice(&buffer[..count]),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Running {
        start(Path::new("/bin/sh"), &["-c", script], &[("A", OsStr::new("1"))], Path::new("/"))
            .unwrap()
    }

    #[test]
    fn both_outputs_are_kept_whole() {
        let script = "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890; \
                      echo error$i >&2; i=$((i+1)); done; exit 3";
        let output = sh(script).finish().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(output.stdout.len(), 3000 * 32);
        assert!(output.stderr.ends_with("error2999\n"));
    }

    #[test]
    fn the_environment_is_what_was_given() {
        let output = sh("/usr/bin/env; pwd; cat").finish().unwrap();
        let names: Vec<_> = output.stdout.lines().filter_map(|line| line.split_once('=')).collect();
        assert!(names.contains(&("A", "1")));
        assert!(names.iter().all(|(name, _)| ["A", "PWD", "SHLVL", "_", "OLDPWD"].contains(name)));
        assert!(output.stdout.ends_with("\n/\n"), "standard input was not empty");
    }

    #[test]
    fn a_child_that_hangs_is_killed() {
        let mut running = sh("sleep 60 & wait");
        running.deadline = Instant::now() + Duration::from_millis(50);
        let started = Instant::now();
        let error = running.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let none: &[&str] = &[];
        let error = start(Path::new("/no/such/rustc"), none, &[], Path::new("/")).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
