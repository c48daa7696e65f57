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

    /// What the process takes once everything is attached.
    pub fn memory(&self) {
        if self.shown {
            let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
            let (buffers, rest) = resident(&smaps);
            eprintln!("runner: resident memory: {rest} KiB, and {buffers} KiB of buffers");
        }
    }
}

/// KiB in memory: of maps shared with the kernel, and of everything else.
fn resident(smaps: &str) -> (u64, u64) {
    let (mut buffers, mut rest) = (0, 0);
    let mut in_buffer = false;
    for line in smaps.lines() {
        match line.strip_prefix("Rss:") {
            Some(size) => {
                let size: u64 = size.trim().trim_end_matches(" kB").parse().unwrap_or_default();
                *(if in_buffer { &mut buffers } else { &mut rest }) += size;
            }
            // The head of a mapping begins with its addresses in lower-case hexadecimal.
            None if !line.starts_with(|c: char| c.is_ascii_uppercase()) => {
                in_buffer = line.contains("bpf-map");
            }
            None => {}
        }
    }
    (buffers, rest)
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_told_apart() {
        let smaps = "\
55d0-55d1 r--p 00000000 08:01 12 /usr/bin/runner
Size:                100 kB
Rss:                  40 kB
7f00-7f01 rw-s 00000000 00:0e 1 anon_inode:bpf-map
Rss:                8192 kB
Pss:                8192 kB
7f02-7f03 rw-p 00000000 00:00 0
Rss:                   2 kB
";
        assert_eq!(resident(smaps), (8192, 42));
    }
}
