//! How many CPUs per-CPU values are for, and which CPU can carry a perf event.
//!
//! In: the lists in /sys/devices/system/cpu. Out: numbers. Reads only.

use std::fs;
use std::sync::OnceLock;

/// How many CPUs the kernel sizes per-CPU values for; they may be more than are online.
pub(super) fn possible() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| ranges("possible").map(|(first, last)| (last - first + 1) as usize).sum())
}

/// The first CPU that is online, nearly always 0.
pub(super) fn first_online() -> i32 {
    ranges("online").map(|(first, _)| first as i32).next().unwrap_or(0)
}

/// All CPUs that are online.
pub(super) fn online() -> Vec<i32> {
    ranges("online").flat_map(|(first, last)| first as i32..=last as i32).collect()
}

fn ranges(list: &str) -> impl Iterator<Item = (u32, u32)> + use<> {
    let text = fs::read_to_string(format!("/sys/devices/system/cpu/{list}"));
    parse(&text.unwrap_or_else(|_| "0".to_owned())).into_iter()
}

/// `0-3,8` as first and last of each range; what is not a range is left out.
fn parse(list: &str) -> Vec<(u32, u32)> {
    list.trim()
        .split(',')
        .filter_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some((first, last))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_lists_of_ranges() {
        assert_eq!(parse("0\n"), [(0, 0)]);
        assert_eq!(parse("0-3,8,10-11\n"), [(0, 3), (8, 8), (10, 11)]);
        assert_eq!(parse("3-1,x,"), []);
    }

    #[test]
    fn there_is_a_cpu() {
        assert!(possible() >= 1);
        assert!((1..=possible()).contains(&online().len()));
        assert_eq!(online()[0], first_online());
    }
}
