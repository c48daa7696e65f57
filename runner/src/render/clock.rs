//! The kernel's monotonic nanoseconds to wall-clock time, fast enough for millions a second.
//!
//! How far the clocks are apart is not asked here but told, so that a recording shows the same times.

use std::time::{Duration, Instant, SystemTime};

/// How often the distance between the clocks is measured again: NTP moves it slowly.
const REFRESH: Duration = Duration::from_secs(1);

/// How far this machine's wall clock is from its monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Distance {
    nanos: i64,
    measured: Instant,
}

impl Distance {
    /// Measures it.
    pub fn measure() -> Self {
        let nanos = read(libc::CLOCK_REALTIME) - read(libc::CLOCK_MONOTONIC);
        Self { nanos, measured: Instant::now() }
    }

    /// CLOCK_REALTIME minus CLOCK_MONOTONIC, nanoseconds.
    pub fn nanos(&self) -> i64 {
        self.nanos
    }

    /// Measures it again if the last time was long ago; the new distance, if it is another.
    pub fn refresh(&mut self) -> Option<i64> {
        if self.measured.elapsed() < REFRESH {
            return None;
        }
        let before = self.nanos;
        *self = Self::measure();
        (self.nanos != before).then_some(self.nanos)
    }
}

/// Converts times of events.
pub struct Clock {
    /// CLOCK_REALTIME minus CLOCK_MONOTONIC, nanoseconds.
    distance: i64,
    /// The second whose text is in `text`.
    second: u64,
    /// `2026-11-20T19:16:31`.
    text: String,
}

impl Clock {
    /// A clock of a machine with that [`Distance`].
    pub fn new(distance: i64) -> Self {
        Self { distance, second: u64::MAX, text: String::new() }
    }

    /// Takes a new [`Distance`].
    pub fn set(&mut self, distance: i64) {
        self.distance = distance;
    }

    /// Appends RFC 3339 in UTC with nanoseconds: `2026-11-20T19:16:31.000000000Z`.
    pub fn rfc3339(&mut self, monotonic: u64, out: &mut Vec<u8>) {
        let nanos = self.second_of(monotonic);
        out.extend_from_slice(self.text.as_bytes());
        out.push(b'.');
        digits(nanos, 9, out);
        out.push(b'Z');
    }

    /// Appends the time of day in UTC with microseconds: `19:16:31.000000`.
    pub fn time_of_day(&mut self, monotonic: u64, out: &mut Vec<u8>) {
        let nanos = self.second_of(monotonic);
        out.extend_from_slice(self.text.as_bytes().get(11..).unwrap_or_default());
        out.push(b'.');
        digits(nanos / 1000, 6, out);
    }

    /// Brings `text` to the second of `monotonic`, and gives the nanoseconds beyond it.
    fn second_of(&mut self, monotonic: u64) -> u32 {
        let wall = monotonic.saturating_add_signed(self.distance);
        let second = wall / 1_000_000_000;
        if second != self.second {
            self.second = second;
            // The text is good to year 9999, which 64-bit nanoseconds do not reach.
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            self.text = humantime::format_rfc3339_seconds(time).to_string();
            self.text.pop();
        }
        (wall % 1_000_000_000) as u32
    }
}

/// A clock's nanoseconds.
fn read(clock: libc::clockid_t) -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place to write to; both clocks exist on every Linux, so the call
    // cannot fail, and if it did the zeros would stay.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Appends `value` with leading zeros to `width` digits.
fn digits(mut value: u32, width: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + width, b'0');
    for byte in out[start..].iter_mut().rev() {
        *byte = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_rfc3339_with_nanoseconds() {
        let mut clock = Clock::new(0);
        let mut out = Vec::new();
        clock.rfc3339(1_700_000_000_000_000_042, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "2023-11-14T22:13:20.000000042Z");
        let mut out = Vec::new();
        clock.time_of_day(1_700_000_001_000_007_000, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "22:13:21.000007");
    }

    #[test]
    fn now_is_now() {
        let mut clock = Clock::new(Distance::measure().nanos());
        let mut out = Vec::new();
        clock.rfc3339(read(libc::CLOCK_MONOTONIC) as u64, &mut out);
        let text = String::from_utf8(out).unwrap();
        let shown = humantime::parse_rfc3339(&text).unwrap();
        let apart = SystemTime::now().duration_since(shown).unwrap_or_default();
        assert!(apart < Duration::from_secs(5), "{text}");
    }
}
