//! Perf events of clocks and counters: which there are, and opening one on a CPU.
//!
//! In: a [`Sampled`] event. Out: it, opened on the CPUs that are online now; a CPU that comes later
//! has none.

use std::io;

use super::perf::{PerfEvent, event};
use super::{attr, cpu, sys};

/// An event that interrupts now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampled {
    /// `PERF_TYPE_HARDWARE`, else `PERF_TYPE_SOFTWARE`.
    pub hardware: bool,
    /// The `PERF_COUNT_` number of that type.
    pub number: u64,
    /// How often.
    pub when: When,
}

/// How often an event interrupts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Each time it has counted so many; nanoseconds, where a clock counts.
    Every(u64),
    /// So many times a second.
    Hertz(u64),
}

impl Sampled {
    /// The clock of a CPU, which goes on when the CPU is idle.
    pub fn clock(when: When) -> Self {
        const PERF_COUNT_SW_CPU_CLOCK: u64 = 0;
        Self { hardware: false, number: PERF_COUNT_SW_CPU_CLOCK, when }
    }

    /// Opens the event on every CPU, at least one.
    pub fn open_everywhere(self) -> io::Result<Vec<PerfEvent>> {
        let mut events = Vec::new();
        let mut gone = io::Error::from_raw_os_error(libc::ENODEV);
        for cpu in cpu::online() {
            match self.open(cpu) {
                Ok(event) => events.push(event),
                // No such event, or the CPU went offline since the list was read.
                Err(error) if error.raw_os_error() == Some(libc::ENODEV) => gone = error,
                Err(error) => return Err(error),
            }
        }
        if events.is_empty() { Err(gone) } else { Ok(events) }
    }

    /// Opens the event on one CPU.
    pub fn open_once(self) -> io::Result<PerfEvent> {
        self.open(cpu::first_online())
    }

    /// Whether something here counts that and can interrupt; `true` also where that cannot be found
    /// out, as for want of privileges.
    pub fn exists(self) -> bool {
        let absent = [libc::ENOENT, libc::ENODEV, libc::EOPNOTSUPP, libc::EINVAL];
        match self.open_once() {
            Ok(_) => true,
            Err(error) => !error.raw_os_error().is_some_and(|errno| absent.contains(&errno)),
        }
    }

    fn open(self, cpu: i32) -> io::Result<PerfEvent> {
        // SAFETY: these kinds of events take no address.
        unsafe { sys::perf_event_open(&self.attributes(), cpu) }.map(PerfEvent)
    }

    fn attributes(self) -> attr::PerfEvent {
        const PERF_TYPE_HARDWARE: u32 = 0;
        const PERF_TYPE_SOFTWARE: u32 = 1;
        // `sample_period` is a rate in Hz.
        const FREQ: u64 = 1 << 10;
        let kind = if self.hardware { PERF_TYPE_HARDWARE } else { PERF_TYPE_SOFTWARE };
        let (flags, sample_period) = match self.when {
            When::Every(count) => (0, count),
            When::Hertz(rate) => (FREQ, rate),
        };
        attr::PerfEvent { kind, config: self.number, sample_period, flags, ..event() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_as_the_kernel_numbers_them() {
        let numbers = |sampled: Sampled| {
            let attr = sampled.attributes();
            (attr.kind, attr.config, attr.sample_period, attr.flags)
        };
        assert_eq!(numbers(Sampled::clock(When::Hertz(99))), (1, 0, 99, 1 << 10));
        assert_eq!(numbers(Sampled::clock(When::Every(1_000_000))), (1, 0, 1_000_000, 0));
        let cycles = Sampled { hardware: true, number: 9, when: When::Every(1000) };
        assert_eq!(numbers(cycles), (0, 9, 1000, 0));
    }

    #[test]
    fn what_nothing_counts_does_not_exist() {
        assert!(!Sampled { hardware: false, number: 1 << 20, when: When::Every(1) }.exists());
    }
}
