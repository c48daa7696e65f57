//! `--record`: the events of tests beside their config, and back for `--offline`.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::super::Failure;
use super::Verdict;
use super::judge::{Judge, Origin};
use super::live::written;
use crate::config::{Config, Test, Variables};
use crate::diag::Faults;
use crate::plan;
use crate::read::Summary;
use crate::recording::{Case, Entry, Head, Name, Reader, Recalled, Writer};

/// Where the recording of a config is: `recorded/STEM.events` beside it.
pub fn place(config: &Config) -> PathBuf {
    let path = Path::new(&config.source.path);
    let name = Path::new(path.file_stem().unwrap_or(path.as_os_str())).with_extension("events");
    path.parent().unwrap_or(Path::new("")).join("recorded").join(name)
}

/// A recording in memory, until it is known that all tests pass.
pub struct Tape {
    writer: Writer<Vec<u8>>,
    probes: usize,
}

impl Tape {
    /// Begins a recording.
    pub fn new(head: &Head) -> Result<Self, Failure> {
        let writer = Writer::new(Vec::new(), head).map_err(Failure::kernel)?;
        Ok(Self { writer, probes: head.probes.len() })
    }

    /// The events of `test` follow.
    pub fn case(&mut self, test: &Test, variables: &Variables) {
        let case = Case {
            test: test.name.value.clone(),
            run: written(&test.run),
            folder: variables.folder.clone(),
            process: variables.process,
        };
        self.writer.case(&case);
    }

    /// A record, and the names that are new with it.
    pub fn event(&mut self, names: &[Name], bytes: &[u8]) {
        names.iter().for_each(|name| self.writer.name(name));
        self.writer.event(0, bytes);
    }

    /// Writes the file at `path`, which is there as a whole or not at all.
    pub fn keep(self, path: &Path) -> Result<(), Failure> {
        let missed = vec![Default::default(); self.probes];
        let summary = Summary { nanos: 0, probes: missed, malformed: 0 };
        let write = || -> io::Result<()> {
            let bytes = self.writer.end(&summary)?;
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new()
                .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
                .tempfile_in(folder)?;
            file.write_all(&bytes)?;
            file.persist(path)?;
            Ok(())
        };
        let path = path.display();
        write().map_err(|fault| Failure::kernel(format!("failed to write `{path}`: {fault}")))
    }
}

/// The verdicts of `tests` on the events recorded beside `config`, in the same order.
pub fn judged(config: &Config, tests: &[&Test]) -> Result<Vec<Verdict>, Failure> {
    let path = place(config);
    let shown = path.display();
    let again = format!("record it: `runner test --record {}`", config.source.path);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
            return Ok(all(tests, &format!("there is no recording `{shown}`; {again}")));
        }
        Err(fault) => return Err(Failure::usage(format!("failed to open `{shown}`: {fault}"))),
    };
    let damaged = |fault: &dyn std::error::Error| {
        Failure::usage(format!("failed to read `{shown}`: {fault}; {again}"))
    };
    let mut reader = Reader::new(BufReader::new(file)).map_err(|fault| damaged(&fault))?;
    let head = reader.head().clone();
    let recorded = head.configs.first().map(|config| config.digest.as_str());
    if head.configs.len() != 1 || recorded != Some(config.digest.as_str()) {
        let why = format!("`{shown}` was recorded before the config was changed; {again}");
        return Ok(all(tests, &why));
    }
    check(config, &head)?;
    let why = format!("`{shown}` has no events of this test; {again}");
    let mut verdicts = all(tests, &why);
    let names = Rc::new(RefCell::new(Recalled::default()));
    let origin = Origin { distance: head.distance, names: names.clone() };
    let mut judge: Option<(usize, Judge)> = None;
    while let Some(entry) = reader.entry().map_err(|fault| damaged(&fault))? {
        match (entry, &mut judge) {
            (Entry::Event { bytes, .. }, Some((_, judge))) => judge.event(bytes),
            (Entry::Case(case), _) => {
                close(judge.take(), &mut verdicts);
                judge = open(config, tests, &case, &head, &origin);
            }
            (Entry::Name(name), _) => names.borrow_mut().add(name),
            (Entry::End(_), _) => close(judge.take(), &mut verdicts),
            _ => {}
        }
    }
    Ok(verdicts)
}

/// A judge of the test that `case` is of, if it is wanted, and still is what was run.
fn open<'a>(
    config: &'a Config,
    tests: &[&'a Test],
    case: &Case,
    head: &Head,
    origin: &Origin,
) -> Option<(usize, Judge<'a>)> {
    let index = tests.iter().position(|test| test.name.value == case.test)?;
    let test = tests[index];
    if written(&test.run) != case.run {
        return None;
    }
    let variables = Variables { folder: case.folder.clone(), process: case.process };
    Some((index, Judge::new(config, test, &head.probes, origin, &variables)))
}

fn close(judge: Option<(usize, Judge)>, verdicts: &mut [Verdict]) {
    let Some((index, judge)) = judge else { return };
    let wrong = judge.verdict();
    verdicts[index] = if wrong.is_empty() { Verdict::Passed } else { Verdict::Failed(wrong) };
}

/// The same for every test.
fn all(tests: &[&Test], why: &str) -> Vec<Verdict> {
    tests.iter().map(|_| Verdict::Failed(vec![why.to_owned()])).collect()
}

/// Whether what the tests expect can be, given the recorded fields.
fn check(config: &Config, head: &Head) -> Result<(), Failure> {
    let mut faults = Faults::new(config.source.clone());
    let layouts = head.probes.iter().map(|view| (view.name.as_str(), &view.layout));
    plan::check_expectations(config, layouts, &mut faults);
    if faults.any_error() { Err(super::front::failure(&faults)) } else { Ok(()) }
}
