//! `runner replay`: a recording shown as `run` showed it, without a kernel.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::rc::Rc;

use super::run::summary;
use super::{Failure, Outcome};
use crate::cli::ReplayArgs;
use crate::read::Summary;
use crate::recording::{Entry, Reader, Recalled, RecordingError};
use crate::render::{Clock, Format, Machine, Renderer};

/// Text that is collected before it is written, bytes.
const CHUNK: usize = 100 << 10;

/// Shows the recording.
pub fn replay(args: &ReplayArgs) -> Result<Outcome, Failure> {
    let input: Box<dyn Read> = match args.file.as_str() {
        "-" => Box::new(io::stdin().lock()),
        path => Box::new(File::open(path).map_err(|fault| unread(path, &fault))?),
    };
    let mut stdout = io::stdout().lock();
    let mut replay = Replay::open(BufReader::new(input), args.output)
        .map_err(|fault| unread(&args.file, &fault))?;
    let mut text = Vec::new();
    let end = loop {
        let more = replay.next(&mut text);
        if text.len() >= CHUNK || !matches!(more, Ok(true)) {
            stdout.write_all(&text).and_then(|()| stdout.flush()).map_err(Failure::output)?;
            text.clear();
        }
        match more {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(fault) => break Err(fault),
        }
    };
    // Whoever was killed while recording has no last words; what there is, was shown.
    let end = match &replay.summary {
        Some(summary) => {
            summary::print(summary, &replay.renderer);
            end
        }
        None => end.and(Err(RecordingError::CutOff)),
    };
    end.map_err(|fault| unread(&args.file, &fault))?;
    Ok(Outcome::Ok)
}

fn unread(path: &str, fault: &dyn std::error::Error) -> Failure {
    let because = fault.source().map(|source| format!(": {source}")).unwrap_or_default();
    Failure::usage(format!("failed to replay `{path}`: {fault}{because}"))
}

/// A recording on its way to text.
pub struct Replay<R> {
    reader: Reader<R>,
    renderer: Renderer,
    names: Rc<RefCell<Recalled>>,
    /// What the recording ended with.
    summary: Option<Summary>,
    begun: bool,
}

impl<R: Read> Replay<R> {
    /// Reads up to the first event.
    pub fn open(input: R, format: Format) -> Result<Self, RecordingError> {
        let reader = Reader::new(input)?;
        let head = reader.head();
        let names = Rc::new(RefCell::new(Recalled::default()));
        let machine = Machine { clock: Clock::new(head.distance), names: Box::new(names.clone()) };
        let renderer = Renderer::new(format, head.probes.clone(), machine);
        Ok(Self { reader, renderer, names, summary: None, begun: false })
    }

    /// Appends what comes next to `out`; `false` at the end.
    pub fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, RecordingError> {
        if !self.begun {
            self.begun = true;
            self.renderer.header(out);
        }
        match self.reader.entry()? {
            None => return Ok(false),
            // What `run` could not parse was not recorded, so this is a fault of the file.
            Some(Entry::Event { base, bytes }) => {
                if let Err(fault) = self.renderer.event(base, bytes, out) {
                    return Err(self.reader.damaged(fault.to_string()));
                }
            }
            Some(Entry::Distance(nanos)) => self.renderer.set_distance(nanos),
            Some(Entry::Lost { probe, count }) => self.renderer.lost(probe, count, out),
            Some(Entry::Name(name)) => self.names.borrow_mut().add(name),
            Some(Entry::Case(_)) => {}
            Some(Entry::End(summary)) => self.summary = Some(summary),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::recording::testing::{Kept, head, recorded};
    use crate::recording::{Case, Name, Named};

    const FORMATS: [Format; 3] = [Format::Table, Format::Json, Format::Csv];

    fn shown(bytes: &[u8], format: Format) -> (Vec<u8>, Result<(), RecordingError>) {
        let mut out = Vec::new();
        let mut replay = match Replay::open(bytes, format) {
            Ok(replay) => replay,
            Err(fault) => return (out, Err(fault)),
        };
        loop {
            match replay.next(&mut out) {
                Ok(true) => {}
                Ok(false) => return (out, Ok(())),
                Err(fault) => return (out, Err(fault)),
            }
        }
    }

    /// A record of the first probe of [`head`], with a name in its tail.
    fn event() -> Vec<u8> {
        let comm = u64::from_le_bytes(*b"rm\0\0\0\0\0\0");
        let at = |start: u64, len: u64| start << 32 | len;
        let head = [7, 0, 0, 42, comm, 0, at(0, 4), (-2i64) as u64, 1, 0xffff, 1];
        let rest = [at(8, 7), at(16, 16), 0x10, 0x20, 7, 5];
        let tail =
            [u64::from_le_bytes(*b"gone\0\0\0\0"), u64::from_le_bytes(*b"rm\0bin\0\0"), 0, 0x30];
        [&head[..], &rest, &tail].concat().iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// One of each kind.
    fn entries() -> Vec<Kept> {
        let case =
            Case { test: "t".into(), run: vec!["x".into()], folder: "/tmp".into(), process: 7 };
        let rest = [Kept::Event(0, event()), Kept::Lost(1, 1), Kept::Case(case), Kept::Distance(5)];
        [&names()[..], &rest].concat()
    }

    /// Names of what [`event`] holds.
    fn names() -> [Kept; 3] {
        [
            (Named::Kernel(0x10), "vfs_read+0x2"),
            (Named::Process(7, 0x20), "main"),
            (Named::Cgroup(5), "/x"),
        ]
        .map(|(of, name)| Kept::Name(Name { of, name: Some(name.to_owned()) }))
    }

    #[test]
    fn every_entry_has_its_effect() {
        let second = [9u64, 0, (-3i64) as u64].iter().flat_map(|word| word.to_le_bytes()).collect();
        let rest = [
            Kept::Event(0, event()),
            Kept::Distance(1_700_000_001_000_000_000),
            Kept::Lost(1, 5),
            Kept::Event(1, second),
        ];
        let entries = [&names()[..], &rest].concat();
        let (bytes, _) = recorded(&head(), &entries);
        let (json, end) = shown(&bytes, Format::Json);
        assert!(end.is_ok());
        let time = "2023-11-14T22:13:20.000000007Z";
        let first = format!(
            "{{\"ts\":\"{time}\",\"probe\":\"unlink\",\"pid\":42,\"comm\":\"rm\",\
             \"filename\":\"gone\",\"ret\":-2,\"ok\":true,\"at\":\"0xffff\",\
             \"func\":\"unlinkat\",\"time\":\"{time}\",\"exe\":\"/bin/rm\",\
             \"stack\":[\"0x30\"],\"sym\":\"vfs_read+0x2\",\"user\":\"main\",\
             \"group\":\"/x\"}}\n"
        );
        let rest = "{\"lost\":5,\"probe\":\"write\"}\n\
            {\"ts\":\"2023-11-14T22:13:21.000000009Z\",\"probe\":\"write\",\"fd\":-3}\n";
        assert_eq!(String::from_utf8(json).unwrap(), first + rest);
        let (table, _) = shown(&bytes, Format::Table);
        let table = String::from_utf8(table).unwrap();
        assert_eq!(table.lines().last(), Some("FD   -3 0xfd 2023-11-14T22:13:21.000000009Z"));
    }

    #[test]
    fn an_event_that_no_probe_has_is_a_fault() {
        for entry in [Kept::Event(2, event()), Kept::Event(0, vec![0; 20])] {
            let (bytes, _) = recorded(&head(), &[entry]);
            let end = shown(&bytes, Format::Json).1;
            assert!(matches!(end, Err(RecordingError::Damaged { .. })), "{end:?}");
        }
    }

    proptest! {
        /// Bytes are changed behind the checksums' back, so that what reads them is reached.
        #[test]
        fn changed_recordings_never_panic(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            whole in any::<bool>(),
        ) {
            let (mut bytes, ends) = recorded(&head(), &entries());
            for (at, byte) in edits {
                let at = at.index(bytes.len() - 12) + 12;
                bytes[at] = byte;
            }
            if whole {
                let starts = std::iter::once(&12).chain(&ends);
                for (start, end) in starts.zip(&ends) {
                    let len = (end - start - 8) as u32;
                    let sum = crc32fast::hash(&bytes[start + 8..*end]);
                    bytes[*start..start + 4].copy_from_slice(&len.to_le_bytes());
                    bytes[start + 4..start + 8].copy_from_slice(&sum.to_le_bytes());
                }
            }
            for format in FORMATS {
                let _ = shown(&bytes, format);
            }
        }
    }
}
