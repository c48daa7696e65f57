//! The times of the stages, for `-v`.

use std::time::{Duration, Instant};

/// Takes the time of one stage after the other.
pub struct Stages {
    shown: bool,
    start: Instant,
    last: Instant,
}

impl Stages {
    /// The first stage begins.
    pub fn new(shown: bool) -> Self {
        let now = Instant::now();
        Self { shown, start: now, last: now }
    }

    /// The stage `name` ends, and the next begins.
    pub fn end(&mut self, name: &str) {
        let now = Instant::now();
        if self.shown {
            eprintln!("{name:>18} {:>9}", millis(now - self.last));
        }
        self.last = now;
    }

    /// Everything is attached.
    pub fn attached(&mut self) {
        let time = self.start.elapsed();
        eprintln!("runner: attached after {}; Ctrl-C ends", millis(time));
        self.last = Instant::now();
    }

    /// The run is over.
    pub fn finished(&self) {
        if self.shown {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let field = |name: &str| {
                let line = status.lines().find(|line| line.starts_with(name));
                line.and_then(|line| line.split_once(':')).map_or("?", |(_, rest)| rest.trim())
            };
            let (now, file) = (field("RssAnon"), field("RssFile"));
            let (buffers, peak) = (field("RssShmem"), field("VmHWM"));
            eprintln!(
                "runner: resident memory: {now} own, {file} of files, {buffers} of buffers; peak {peak}"
            );
        }
    }
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
