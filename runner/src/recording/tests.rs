//! What was written is read again; what was cut off, as far as it goes; anything else is an error.

use proptest::prelude::*;

use super::testing::{Kept, head, recorded};
use super::*;
use crate::config::PrintFormat;
use crate::layout::SlotKind;

/// All entries, and how the file ended.
fn all(bytes: &[u8]) -> (Vec<Kept>, Result<(), RecordingError>) {
    let mut reader = match Reader::new(bytes) {
        Ok(reader) => reader,
        Err(fault) => return (Vec::new(), Err(fault)),
    };
    let mut kept = Vec::new();
    loop {
        match reader.entry() {
            Ok(Some(entry)) => kept.push(entry.into()),
            Ok(None) => return (kept, Ok(())),
            Err(fault) => return (kept, Err(fault)),
        }
    }
}

fn kept() -> impl Strategy<Value = Kept> {
    let bytes = prop::collection::vec(any::<u8>(), 0..80);
    prop_oneof![
        (0..3usize, bytes).prop_map(|(base, bytes)| Kept::Event(base, bytes)),
        any::<i64>().prop_map(Kept::Distance),
        (0..2usize, any::<u64>()).prop_map(|(probe, count)| Kept::Lost(probe, count)),
        (any::<u64>(), any::<Option<String>>()).prop_map(|(address, name)| {
            Kept::Name(Name { of: Named::Process(7, address), name })
        }),
        ("\\PC*", any::<u32>()).prop_map(|(test, process)| {
            let run = vec!["sh".to_string(), test.clone()];
            Kept::Case(Case { test, run, folder: "/tmp/x".into(), process })
        }),
    ]
}

proptest! {
    #[test]
    fn what_was_written_is_read(entries in prop::collection::vec(kept(), 0..20)) {
        let (bytes, _) = recorded(&head(), &entries);
        let (mut read, end) = all(&bytes);
        prop_assert!(end.is_ok());
        prop_assert!(matches!(read.pop(), Some(Kept::End(_))));
        prop_assert_eq!(read, entries);
        let reader = Reader::new(&bytes[..]).unwrap();
        prop_assert_eq!(reader.head(), &head());
    }

    #[test]
    fn a_recording_is_good_up_to_its_last_whole_entry(
        entries in prop::collection::vec(kept(), 1..10),
        cut in any::<prop::sample::Index>(),
    ) {
        let (bytes, ends) = recorded(&head(), &entries);
        let cut = cut.index(bytes.len());
        let (read, end) = all(&bytes[..cut]);
        // The first end is that of the head.
        let whole = ends.iter().filter(|end| **end <= cut).count();
        prop_assert_eq!(&read[..], &entries[..whole.saturating_sub(1).min(entries.len())]);
        match end {
            Ok(()) => prop_assert!(ends.contains(&cut)),
            Err(RecordingError::CutOff) => prop_assert!(!ends.contains(&cut)),
            Err(RecordingError::Foreign) => prop_assert_eq!(cut, 0),
            Err(fault) => prop_assert!(false, "{}", fault),
        }
    }

    #[test]
    fn one_changed_byte_is_noticed(
        entries in prop::collection::vec(kept(), 1..5),
        at in any::<prop::sample::Index>(),
        bit in 0..8u32,
    ) {
        let (mut bytes, _) = recorded(&head(), &entries);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(all(&bytes).1.is_err(), "byte {at}");
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = all(&bytes);
        let mut after_magic = MAGIC.to_vec();
        after_magic.extend(VERSION.to_le_bytes());
        after_magic.extend(bytes);
        let _ = all(&after_magic);
    }
}

#[test]
fn other_files_and_versions_are_named() {
    assert!(matches!(all(b"version: 1\n").1, Err(RecordingError::Foreign)));
    let (mut bytes, _) = recorded(&head(), &[]);
    bytes[8] = 2;
    assert!(matches!(all(&bytes).1, Err(RecordingError::Version(2))));
}

#[test]
fn a_length_beyond_reason_takes_no_memory() {
    let (mut bytes, ends) = recorded(&head(), &[Kept::Distance(1)]);
    bytes[ends[0]..ends[0] + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(all(&bytes).1, Err(RecordingError::Damaged { .. })));
    bytes[ends[0]..ends[0] + 4].copy_from_slice(&MAX_ENTRY.to_le_bytes());
    assert!(matches!(all(&bytes).1, Err(RecordingError::CutOff)));
}

/// The fault of a recording whose head was changed.
fn refused(change: impl FnOnce(&mut Head)) -> String {
    let mut head = head();
    change(&mut head);
    match all(&recorded(&head, &[]).0).1 {
        Err(fault) => fault.to_string(),
        Ok(()) => panic!("{head:?} was taken"),
    }
}

#[test]
fn a_head_is_held_against_this_runner() {
    let laid_out = "a record is laid out as this runner does not";
    assert!(refused(|head| head.probes[0].layout.slots[1].offset += 8).contains(laid_out));
    assert!(refused(|head| head.probes[0].layout.fixed = usize::MAX).contains(laid_out));
    assert!(refused(|head| head.probes[0].layout.slots[2].null_index = Some(9)).contains(laid_out));
    let wider = SlotKind::Text(4096);
    assert!(refused(|head| head.probes[0].layout.slots[2].kind = wider).contains(laid_out));
    assert!(refused(|head| head.probes[1].name = "\x1b[31m".into()).contains("no identifier"));
    let name = "a\",\"b".to_string();
    assert!(refused(|head| head.probes[0].layout.slots[0].name = name).contains("no identifier"));
    assert!(refused(|head| head.configs[0].probes = 7).contains("other probes"));
    assert!(refused(|head| head.configs[0].probes = usize::MAX).contains("other probes"));
}

#[test]
fn a_print_format_stands_as_its_text() {
    let format = PrintFormat::try_from("{pid:>4} {{x}}".to_string()).unwrap();
    let text = serde_json::to_string(&format).unwrap();
    assert_eq!(text, "\"{pid:>4} {{x}}\"");
    assert_eq!(serde_json::from_str::<PrintFormat>(&text).unwrap(), format);
    assert!(serde_json::from_str::<PrintFormat>("\"{pid:>99999}\"").is_err());
}

#[test]
fn a_name_is_noted_when_it_is_new_or_another() {
    use crate::read::Owner;
    use crate::render::Names;

    struct Counting(u64);
    impl Names for Counting {
        fn symbol(&mut self, _: Owner, address: u64) -> Option<String> {
            self.0 += 1;
            Some(format!("f{}", (self.0 / 3).max(address)))
        }
        fn cgroup(&mut self, id: u64) -> Option<String> {
            (id > 1).then(|| "/a".to_owned())
        }
    }
    let mut noted = Noted::new(Counting(0));
    let name = |of, name: Option<&str>| Name { of, name: name.map(str::to_owned) };
    // Of one event there is one answer, whatever becomes of the process meanwhile.
    for _ in 0..5 {
        assert_eq!(noted.symbol(Owner::Process(7), 0).as_deref(), Some("f0"));
    }
    assert_eq!(noted.take(), [name(Named::Process(7, 0), Some("f0"))]);
    assert_eq!(noted.symbol(Owner::Process(7), 0).as_deref(), Some("f0"));
    assert_eq!(noted.take(), []);
    assert_eq!(noted.symbol(Owner::Process(7), 0).as_deref(), Some("f1"));
    assert_eq!(noted.cgroup(1), None);
    let mut recalled = Recalled::default();
    let taken = noted.take();
    assert_eq!(taken.len(), 2);
    taken.into_iter().for_each(|name| recalled.add(name));
    assert_eq!(recalled.symbol(Owner::Process(7), 0).as_deref(), Some("f1"));
    assert_eq!((recalled.symbol(Owner::Kernel, 0), recalled.cgroup(1)), (None, None));
}
