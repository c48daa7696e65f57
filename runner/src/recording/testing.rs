//! Recordings made by hand, for tests.

use super::{Case, Entry, Head, Name, Recorded, Writer};
use crate::config::PrintFormat;
use crate::expr::Steps;
use crate::layout::{Layout, Show, SlotKind};
use crate::read::{Missed, Summary};
use crate::render::View;

/// An [`Entry`] that borrows nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kept {
    Event(usize, Vec<u8>),
    Distance(i64),
    Lost(usize, u64),
    Case(Case),
    End(Summary),
    Name(Name),
}

impl From<Entry<'_>> for Kept {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Event { base, bytes } => Self::Event(base, bytes.to_vec()),
            Entry::Distance(nanos) => Self::Distance(nanos),
            Entry::Lost { probe, count } => Self::Lost(probe, count),
            Entry::Case(case) => Self::Case(case),
            Entry::End(summary) => Self::End(summary),
            Entry::Name(name) => Self::Name(name),
        }
    }
}

/// Two configs of a probe each; the second prints its own line.
pub(crate) fn head() -> Head {
    let layout = |fields: &[(&str, SlotKind, Show, bool)]| Layout::new(fields.iter().cloned());
    let symbol = Show::Only(Show::Symbol.into());
    let unlink = layout(&[
        ("pid", SlotKind::Unsigned(32), Show::Plain, false),
        ("comm", SlotKind::Comm, Show::Plain, false),
        ("filename", SlotKind::Text(255), Show::Plain, true),
        ("ret", SlotKind::Signed(32), Show::Plain, true),
        ("ok", SlotKind::Bool, Show::Plain, false),
        ("at", SlotKind::Address, Show::Plain, false),
        ("func", SlotKind::Place, Show::Plain, false),
        ("time", SlotKind::Time, Show::Plain, false),
        ("exe", SlotKind::Path(512), Show::Plain, true),
        ("stack", SlotKind::Stack(512), Show::Plain, true),
        ("sym", SlotKind::Address, symbol.clone(), false),
        ("user", SlotKind::UserAddress, symbol, false),
        ("group", SlotKind::Unsigned(64), Show::Only(Show::Cgroup.into()), false),
    ]);
    let unlink = unlink.with_places(vec!["unlink".into(), "unlinkat".into()]);
    let write = layout(&[("fd", SlotKind::Signed(8), Show::Plain, false)]);
    let print = PrintFormat::try_from("FD {fd:>4} {fd:x} {ts}".to_string()).unwrap();
    let config = |name: &str| Recorded { name: name.into(), digest: "0".repeat(64), probes: 1 };
    Head {
        runner: "0.1.0".into(),
        kernel: "6.18".into(),
        configs: vec![config("unlink"), config("write")],
        probes: vec![
            View { name: "unlink".into(), layout: unlink, print: None, steps: Steps::default() },
            View {
                name: "write".into(),
                layout: write,
                print: Some(print),
                steps: Steps::default(),
            },
        ],
        distance: 1_700_000_000_000_000_000,
    }
}

/// A recording of `entries` and an end, and where the head and each entry end.
pub(crate) fn recorded(head: &Head, entries: &[Kept]) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, head).unwrap();
    for entry in entries {
        match entry {
            Kept::Event(base, bytes) => writer.event(*base, bytes),
            Kept::Distance(nanos) => writer.distance(*nanos),
            Kept::Lost(probe, count) => writer.lost(*probe, *count),
            Kept::Case(case) => writer.case(case),
            Kept::Name(name) => writer.name(name),
            Kept::End(_) => {}
        }
    }
    let missed = Missed { lost: 3, ..Missed::default() };
    let summary = Summary { nanos: 7, probes: vec![missed; head.probes.len()], malformed: 0 };
    writer.end(&summary).unwrap();
    let (mut ends, mut at) = (Vec::new(), 12);
    while at < bytes.len() {
        at += 8 + u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        ends.push(at);
    }
    (bytes, ends)
}
