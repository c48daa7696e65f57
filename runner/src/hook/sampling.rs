//! Hooks that fire by the clock or by a count: `profile`, `interval`, `software`, `hardware`.
//!
//! In: what stands behind the first colon. Out: a [`Sampling`], whose numbers make sense on some
//! machine. What this one's limits are is asked in `plan`.

use std::fmt;
use std::ops::Range;

use super::HookKind;
use crate::diag::{Code, Diagnostic, one_of};

/// When the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// At that pace on every processor, whatever runs there.
    Profile(Pace),
    /// At that pace on one processor.
    Interval(Pace),
    /// On every processor, when `event` has happened there `every` times more.
    Count {
        /// What is counted.
        event: &'static Counter,
        /// How many make one event.
        every: u64,
    },
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pace {
    unit: Unit,
    count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unit {
    Hertz,
    Seconds,
    Milliseconds,
}

/// One day: the longest time between two events that is taken for meant.
const SECONDS_MAX: u64 = 24 * 60 * 60;
/// The most that `perf_event_max_sample_rate` may be set to, with a tick of 1000 Hz.
const HERTZ_MAX: u64 = 1_000_000;
/// The largest count that is taken for meant: a processor's cycles of several minutes.
const COUNT_MAX: u64 = 1_000_000_000_000;

/// The units: how they are written, the most of each, what they are.
const UNITS: &[(Unit, &str, u64, &str)] = &[
    (Unit::Hertz, "hz", HERTZ_MAX, "times a second"),
    (Unit::Seconds, "s", SECONDS_MAX, "seconds (a day)"),
    (Unit::Milliseconds, "ms", SECONDS_MAX * 1000, "milliseconds (a day)"),
];

/// Every unit of a pace: how it is written, the most of it, what it is.
pub fn units() -> impl Iterator<Item = (&'static str, u64, &'static str)> {
    UNITS.iter().map(|(_, name, most, what)| (*name, *most, *what))
}

impl Pace {
    /// Times a second, where it is given so.
    pub fn hertz(self) -> Option<u64> {
        (self.unit == Unit::Hertz).then_some(self.count)
    }

    /// Nanoseconds from one event to the next.
    pub fn nanoseconds(self) -> u64 {
        match self.unit {
            Unit::Hertz => 1_000_000_000 / self.count.max(1),
            Unit::Seconds => self.count * 1_000_000_000,
            Unit::Milliseconds => self.count * 1_000_000,
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.iter().find(|(unit, ..)| *unit == self.unit).map_or("", |unit| unit.1);
        write!(f, "{unit}:{}", self.count)
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(pace) => write!(f, "profile:{pace}"),
            Self::Interval(pace) => write!(f, "interval:{pace}"),
            Self::Count { event, every } => {
                write!(f, "{}:{}:{every}", event.kind.row().name, event.name)
            }
        }
    }
}

/// Something that the kernel or the processor counts.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Counter {
    /// [`HookKind::Software`] or [`HookKind::Hardware`].
    pub kind: HookKind,
    /// As `perf list` calls it.
    pub name: &'static str,
    /// Other names, of `perf`'s.
    pub aliases: &'static [&'static str],
    /// The `PERF_COUNT_` number.
    pub number: u64,
    /// How many make one event, unless the hook says so.
    pub every: u64,
    /// Fewer than these the kernel does not keep apart.
    pub least: u64,
}

const fn software(
    name: &'static str,
    aliases: &'static [&'static str],
    number: u64,
    every: u64,
) -> Counter {
    Counter { kind: HookKind::Software, name, aliases, number, every, least: 1 }
}

/// The kernel fires clocks no more often than every 10 µs (`perf_swevent_start_hrtimer`).
const fn clock(name: &'static str, number: u64) -> Counter {
    let kind = HookKind::Software;
    Counter { kind, name, aliases: &[], number, every: 10_000_000, least: 10_000 }
}

/// Processors round small counts up or refuse them, by model; 128 is the least of Broadwell.
const fn hardware(
    name: &'static str,
    aliases: &'static [&'static str],
    number: u64,
    every: u64,
) -> Counter {
    Counter { kind: HookKind::Hardware, name, aliases, number, every, least: 128 }
}

/// Every counter, in the kernel's order. `dummy` and `bpf-output` never fire and are left out.
pub const COUNTERS: &[Counter] = &[
    clock("cpu-clock", 0),
    clock("task-clock", 1),
    software("page-faults", &["faults"], 2, 100),
    software("context-switches", &["cs"], 3, 100),
    software("cpu-migrations", &["migrations"], 4, 1),
    software("minor-faults", &[], 5, 100),
    software("major-faults", &[], 6, 1),
    software("alignment-faults", &[], 7, 1),
    software("emulation-faults", &[], 8, 1),
    hardware("cpu-cycles", &["cycles"], 0, 1_000_000),
    hardware("instructions", &[], 1, 1_000_000),
    hardware("cache-references", &[], 2, 100_000),
    hardware("cache-misses", &[], 3, 10_000),
    hardware("branch-instructions", &["branches"], 4, 100_000),
    hardware("branch-misses", &[], 5, 10_000),
    hardware("bus-cycles", &[], 6, 100_000),
    hardware("stalled-cycles-frontend", &["idle-cycles-frontend"], 7, 1_000_000),
    hardware("stalled-cycles-backend", &["idle-cycles-backend"], 8, 1_000_000),
    hardware("ref-cycles", &[], 9, 1_000_000),
];

/// A fault at `range` of the hook's text.
pub(super) type Fault<'a> = dyn Fn(Code, Range<usize>, String) -> Diagnostic + 'a;

/// `UNIT:COUNT`, which begins at byte `start` of the hook.
pub(super) fn pace(target: &str, start: usize, fault: &Fault) -> Result<Pace, Diagnostic> {
    let end = start + target.len();
    let Some((word, count)) = target.split_once(':') else {
        let message = format!("`{target}` lacks the unit or the number");
        return Err(fault(Code::BadHook, start..end, message));
    };
    let at = start..start + word.len();
    let Some((unit, _, most, what)) = UNITS.iter().find(|(_, name, ..)| *name == word) else {
        let names: Vec<&str> = UNITS.iter().map(|unit| unit.1).collect();
        return Err(fault(Code::BadHook, at, format!("there is no unit `{word}`")).help(one_of(
            word,
            "the units are",
            &names,
        )));
    };
    let count = number(count, at.end + 1..end, (1, *most, what), fault)?;
    Ok(Pace { unit: *unit, count })
}

/// `EVENT` or `EVENT:COUNT` of the counters of `kind`.
pub(super) fn count(
    kind: HookKind,
    target: &str,
    start: usize,
    fault: &Fault,
) -> Result<Sampling, Diagnostic> {
    let (name, count) = target.split_once(':').map_or((target, None), |(a, b)| (a, Some(b)));
    let at = start..start + name.len();
    let own = || COUNTERS.iter().filter(|counter| counter.kind == kind);
    let Some(event) = own().find(|one| one.name == name || one.aliases.contains(&name)) else {
        let names: Vec<&str> = own().map(|counter| counter.name).collect();
        let message = format!("there is no {} event `{name}`", kind.row().name);
        return Err(fault(Code::UnknownHook, at, message).help(one_of(
            name,
            "the events are",
            &names,
        )));
    };
    let every = match count {
        None => event.every,
        Some(count) => {
            let limits = (event.least, COUNT_MAX, event.name);
            number(count, at.end + 1..start + target.len(), limits, fault)?
        }
    };
    Ok(Sampling::Count { event, every })
}

/// A number from the least up to the most of something.
fn number(
    text: &str,
    range: Range<usize>,
    (least, most, what): (u64, u64, &str),
    fault: &Fault,
) -> Result<u64, Diagnostic> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        let message = format!("`{text}` is not a whole number");
        return Err(fault(Code::BadNumber, range, message));
    }
    // More digits than a u64 has are above the most of anything.
    let number = text.parse().unwrap_or(u64::MAX);
    if number < least {
        let message = format!("{text} is too few; {least} {what} is the least");
        return Err(fault(Code::BadNumber, range, message));
    }
    if number > most {
        let message = format!("{text} is too many; {most} {what} is the most");
        return Err(fault(Code::BadNumber, range, message));
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::super::Target;
    use super::*;
    use crate::diag::Span;

    fn parsed(text: &str) -> Result<super::super::Hook, Diagnostic> {
        super::super::parse(text, &|range| Span::new(range.start, range.end))
    }

    fn sampling(text: &str) -> Sampling {
        match parsed(text).expect(text).target {
            Target::Sampling(sampling) => sampling,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn paces_are_times() {
        for (text, hertz, nanoseconds) in [
            ("profile:hz:99", Some(99), 10_101_010),
            ("profile:ms:10", None, 10_000_000),
            ("interval:s:1", None, 1_000_000_000),
            ("interval:ms:86400000", None, 86_400_000_000_000),
            ("interval:s:86400", None, 86_400_000_000_000),
            ("interval:hz:2", Some(2), 500_000_000),
        ] {
            let (Sampling::Profile(pace) | Sampling::Interval(pace)) = sampling(text) else {
                panic!("{text} is a count");
            };
            assert_eq!((pace.hertz(), pace.nanoseconds()), (hertz, nanoseconds), "{text}");
            assert_eq!(parsed(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn counts_have_defaults_and_events_have_aliases() {
        for (text, shown) in [
            ("software:page-faults", "software:page-faults:100"),
            ("software:faults:7", "software:page-faults:7"),
            ("software:cs:1", "software:context-switches:1"),
            ("hardware:cycles", "hardware:cpu-cycles:1000000"),
            ("hardware:branches:5000", "hardware:branch-instructions:5000"),
        ] {
            assert_eq!(sampling(text).to_string(), shown);
        }
    }

    #[test]
    fn every_counter_can_be_written_with_its_default_and_its_least() {
        for counter in COUNTERS {
            assert!(counter.least <= counter.every, "{}", counter.name);
            for name in counter.aliases.iter().chain([&counter.name]) {
                for count in [counter.every, counter.least] {
                    let text = format!("{}:{name}:{count}", counter.kind.row().name);
                    let expected = Sampling::Count { event: counter, every: count };
                    assert_eq!(sampling(&text), expected, "{text}");
                }
            }
        }
    }

    #[test]
    fn faults_point_at_the_guilty_part_and_say_the_limit() {
        use Code::{BadHook, BadNumber, UnknownHook};
        for (text, code, span, said) in [
            ("profile:99", BadHook, 8..10, "lacks"),
            ("profile:khz:1", BadHook, 8..11, "no unit `khz`"),
            ("profile:hz:0", BadNumber, 11..12, "1 times a second is the least"),
            ("profile:hz:", BadNumber, 11..11, "not a whole number"),
            ("profile:hz:-1", BadNumber, 11..13, "not a whole number"),
            ("profile:hz:1.5", BadNumber, 11..14, "not a whole number"),
            ("profile:hz:1000001", BadNumber, 11..18, "1000000 times a second"),
            ("profile:hz:99999999999999999999", BadNumber, 11..31, "too many"),
            ("interval:s:86401", BadNumber, 11..16, "a day"),
            ("interval:ms:86400001", BadNumber, 12..20, "a day"),
            ("interval:ms:0", BadNumber, 12..13, "too few"),
            ("software:", UnknownHook, 9..9, "no software event"),
            ("software:page-fault", UnknownHook, 9..19, "`page-fault`"),
            ("software:cpu-cycles", UnknownHook, 9..19, "no software event"),
            ("software:bpf-output", UnknownHook, 9..19, "no software event"),
            ("software:page-faults:0", BadNumber, 21..22, "1 page-faults is the least"),
            ("software:page-faults:", BadNumber, 21..21, "not a whole number"),
            ("software:cpu-clock:9999", BadNumber, 19..23, "10000 cpu-clock"),
            ("hardware:cycles:1", BadNumber, 16..17, "128 cpu-cycles is the least"),
            ("hardware:cycles:1000000000001", BadNumber, 16..29, "too many"),
            ("hardware:faults", UnknownHook, 9..15, "no hardware event"),
        ] {
            let fault = parsed(text).expect_err(text);
            assert_eq!(fault.code, code, "{text}");
            assert_eq!(fault.span, Some(Span::new(span.start, span.end)), "{text}");
            assert!(fault.message.contains(said), "{text}: {}", fault.message);
            assert!(fault.help.is_some(), "{text}");
        }
    }

    #[test]
    fn unknown_events_list_what_there_is() {
        let help = parsed("software:xyzzy").unwrap_err().help.unwrap();
        for counter in COUNTERS {
            let listed = help.contains(counter.name);
            assert_eq!(listed, counter.kind == HookKind::Software, "{}: {help}", counter.name);
        }
    }
}
