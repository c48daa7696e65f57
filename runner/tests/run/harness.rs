//! Starts `runner` and the processes that it watches, and keeps what they say.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The longest that anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often to look again.
const STEP: Duration = Duration::from_millis(10);

/// A command that runs `runner`, with the cache of these tests.
pub fn runner<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.args(arguments);
    command.env("RUNNER_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
}

impl Ended {
    /// The exit code; a signal fails the test.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("{}: {}", self.status, self.stderr))
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// The objects of the JSON stream, loss included.
    pub fn objects(&self) -> Vec<Value> {
        let lines = self.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| {
                serde_json::from_slice(line)
                    .unwrap_or_else(|fault| panic!("{fault}: {}", String::from_utf8_lossy(line)))
            })
            .collect()
    }

    /// The objects in which `key` is `value`.
    pub fn with(&self, key: &str, value: impl Into<Value>) -> Vec<Value> {
        let value = value.into();
        self.objects().into_iter().filter(|object| object[key] == value).collect()
    }

    /// Fails unless the code is `code` and standard error holds each of `parts`.
    #[track_caller]
    pub fn assert(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code(), code, "{}", self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in:\n{}", self.stderr);
        }
    }
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Ended {
    Running::of(command).wait()
}

/// A `runner` that is attached.
pub struct Running {
    child: Option<Child>,
    stdout: Option<Receiver<Vec<u8>>>,
    stderr: Receiver<String>,
    attached: Receiver<()>,
}

impl Running {
    /// Starts `runner` with `arguments`, and waits until it is attached.
    #[track_caller]
    pub fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Self {
        Self::of(&mut runner(arguments)).attached()
    }

    /// Starts `command`, and does not wait.
    pub fn of(command: &mut Command) -> Self {
        let (mut run, pipe) = Self::unread(command);
        run.stdout = pipe.map(|mut pipe| {
            let (tell, stdout) = channel();
            thread::spawn(move || {
                let mut bytes = Vec::new();
                pipe.read_to_end(&mut bytes).unwrap();
                tell.send(bytes)
            });
            stdout
        });
        run
    }

    /// Starts `command`; its standard output, if it is a pipe, is left to the test.
    pub fn unread(command: &mut Command) -> (Self, Option<ChildStdout>) {
        let mut child = command.spawn().unwrap();
        let pipe = child.stderr.take().unwrap();
        let (tell, attached) = channel();
        let (tell_all, stderr) = channel();
        thread::spawn(move || tell_all.send(listen(pipe, &tell)));
        let stdout = child.stdout.take();
        (Self { child: Some(child), stdout: None, stderr, attached }, stdout)
    }

    /// Waits until it says that it is attached; its end before that fails the test.
    #[track_caller]
    pub fn attached(self) -> Self {
        if self.attached.recv_timeout(PATIENCE).is_err() {
            let ended = self.kill();
            panic!("not attached: {}\n{}", ended.status, ended.stderr);
        }
        self
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Sends `signal` and waits for the end.
    pub fn stop(self, signal: i32) -> Ended {
        send(self.pid(), signal);
        self.wait()
    }

    /// Ctrl-C, an exit code of 0, and what was seen.
    #[track_caller]
    pub fn interrupt(self) -> Ended {
        let ended = self.stop(libc::SIGINT);
        assert_eq!(ended.code(), 0, "{}", ended.stderr);
        ended
    }

    /// Kills it and waits for the end.
    pub fn kill(self) -> Ended {
        self.stop(libc::SIGKILL)
    }

    /// Waits for the end.
    pub fn wait(mut self) -> Ended {
        let mut child = self.child.take().unwrap();
        let status = wait(&mut child);
        // It ends in time only if no other process was left that holds the pipes.
        let held = "a process was left that holds the pipes";
        let stdout = self.stdout.take().map(|all| all.recv_timeout(PATIENCE).expect(held));
        let stderr = self.stderr.recv_timeout(PATIENCE).expect(held);
        Ended { status, stdout: stdout.unwrap_or_default(), stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal to a process that this test started.
pub fn send(pid: u32, signal: i32) {
    // SAFETY: the call has no memory in it.
    assert_eq!(unsafe { libc::kill(pid as i32, signal) }, 0);
}

/// Waits for a child; one that does not end is killed and fails the test.
#[track_caller]
pub fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it did not end within {} s", PATIENCE.as_secs());
        }
        thread::sleep(STEP);
    }
}

/// Waits until `done` holds.
#[track_caller]
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "{what}: not within {} s", PATIENCE.as_secs());
        thread::sleep(STEP);
    }
}

fn listen(pipe: ChildStderr, tell: &Sender<()>) -> String {
    let mut text = String::new();
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).unwrap() > 0 {
        let shown = String::from_utf8_lossy(&line);
        if shown.starts_with("runner: attached") {
            // Nobody may be waiting any more.
            let _ = tell.send(());
        }
        text.push_str(&shown);
        line.clear();
    }
    text
}

/// A folder with one config.
pub struct Config {
    folder: TempDir,
    path: PathBuf,
}

impl Config {
    /// A config of `text`, in a file `probe.yaml` of its own folder.
    pub fn new(text: &str) -> Self {
        Self::bytes(text.as_bytes())
    }

    /// A config of any bytes.
    pub fn bytes(bytes: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("probe.yaml");
        fs::write(&path, bytes).unwrap();
        Self { folder, path }
    }

    /// One probe, by the lines below its `- name: probe`.
    pub fn probe(hook: &str, rest: &str) -> Self {
        let rest = rest.lines().map(|line| format!("    {line}\n")).collect::<String>();
        Self::new(&format!("version: 1\nprobes:\n  - name: probe\n    hook: \"{hook}\"\n{rest}"))
    }

    /// The file.
    pub fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// The folder, empty but for the file.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `-c FILE` and more.
    pub fn and<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        ["-c", self.path()].into_iter().chain(more.iter().copied()).collect()
    }
}

/// A config of the gallery.
pub fn gallery(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs").join(name).display().to_string()
}

/// The program that makes system calls whose arguments are known.
pub fn trigger() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run/trigger.c");
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trigger");
        let mut gcc = Command::new("gcc");
        gcc.args([
            "-static",
            "-O1",
            "-fno-omit-frame-pointer",
            "-Wall",
            "-Werror",
            "-pthread",
            "-o",
        ]);
        let status = gcc.arg(&program).arg(source).status().unwrap();
        assert!(status.success(), "gcc: {status}");
        program
    })
}

/// What the trigger did.
pub struct Triggered {
    /// Its process.
    pub pid: u32,
    /// What it printed.
    pub stdout: String,
}

/// Runs the trigger to its end, in `folder`.
#[track_caller]
pub fn pull(folder: &Path, arguments: &[&str]) -> Triggered {
    let mut command = Command::new(trigger());
    command.args(arguments).current_dir(folder).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "trigger {arguments:?}: {}", output.status);
    Triggered { pid, stdout: String::from_utf8(output.stdout).unwrap() }
}

/// Bytes as the trigger takes them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
