//! The gallery on recorded events: what its tests expect, what `replay` shows. Needs no root, no
//! kernel and no compiler.
//!
//! Where a record's layout or a config was changed on purpose, the events are recorded again:
//! `scripts/vm record 6.12`.
#![allow(clippy::unwrap_used, reason = "the functions around the tests are tests, too")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use runner::config::{self, Config};
use runner::diag::Faults;
use serde_json::Value;

fn gallery() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs")
}

/// The files in a folder with this extension, sorted.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|own| own == extension));
    files.sort();
    files
}

fn parsed(path: &Path) -> Config {
    let source = config::read(path.to_str().unwrap()).unwrap();
    let mut faults = Faults::new(Arc::clone(&source));
    config::parse(source, &mut faults).unwrap_or_else(|| panic!("{:?}", faults.list))
}

/// Recordings of the gallery with their configs.
fn recorded() -> Vec<(PathBuf, PathBuf)> {
    let recordings = files(&gallery().join("recorded"), "events");
    let with_config = |recording: PathBuf| {
        let config = gallery().join(recording.file_stem().unwrap()).with_extension("yaml");
        assert!(config.exists(), "{} is of no config", recording.display());
        (recording, config)
    };
    let all: Vec<_> = recordings.into_iter().map(with_config).collect();
    assert!(all.len() >= 10, "{all:?}");
    all
}

fn runner(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.args(arguments).env("RUNNER_RUSTC", "/no/such/compiler").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn every_config_of_the_gallery_has_tests() {
    for path in files(&gallery(), "yaml") {
        let reason = "# No tests: ";
        let excused = fs::read_to_string(&path).unwrap().contains(reason);
        let tested = !parsed(&path).tests.is_empty();
        assert_ne!(tested, excused, "{}: write `tests:`, or `{reason}WHY`", path.display());
    }
}

#[test]
fn the_gallery_passes_its_tests_on_recorded_events() {
    let configs: Vec<_> = recorded().into_iter().map(|(_, config)| config).collect();
    let tests: usize = configs.iter().map(|path| parsed(path).tests.len()).sum();
    let paths = configs.iter().map(|path| path.to_str().unwrap());
    let arguments: Vec<_> =
        ["test", "--offline", "--format", "tap"].into_iter().chain(paths).collect();
    let ended = runner(&arguments);
    let out = text(&ended.stdout);
    let cure = "if the change is meant: scripts/vm record 6.12";
    assert_eq!(ended.status.code(), Some(0), "{out}{}{cure}", text(&ended.stderr));
    assert_eq!(out.lines().filter(|line| line.starts_with("ok ")).count(), tests, "{out}");
}

/// What `replay` shows of a recording.
fn replayed(recording: &Path, format: &str) -> String {
    let ended = runner(&["replay", recording.to_str().unwrap(), "-o", format]);
    let (out, err) = (text(&ended.stdout), text(&ended.stderr));
    assert_eq!(ended.status.code(), Some(0), "{}: {err}", recording.display());
    assert!(err.starts_with("runner: ") && err.contains("none lost"), "{err}");
    out
}

#[test]
fn each_format_shows_every_event_with_every_field() {
    for (recording, config) in recorded() {
        let name = recording.display();
        let probes = parsed(&config).probes;
        let json = replayed(&recording, "json");
        let events: Vec<Value> =
            json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!events.is_empty(), "{name}");
        for event in &events {
            assert_eq!(event["ts"].as_str().unwrap().len(), "2026-01-01T00:00:00.123456789Z".len());
            let probe = probes.iter().find(|probe| event["probe"] == probe.name.value.as_str());
            let of_all = probe.unwrap().variants.iter().flat_map(|variant| &variant.fields);
            for field in of_all {
                assert!(event.get(&field.name.value).is_some(), "{name}: {event}");
            }
        }
        // With one probe there is one header; with several they come where the probe changes.
        let csv = replayed(&recording, "csv");
        assert!(csv.lines().count() > events.len(), "{name}:\n{csv}");
        assert!(csv.starts_with("ts,probe,"), "{name}:\n{csv}");
        let table = replayed(&recording, "table");
        assert!(table.lines().count() >= events.len(), "{name}:\n{table}");
        for event in &events {
            let comm = event["comm"].as_str().unwrap_or_default();
            let printed = probes.iter().any(|probe| probe.print.is_some());
            assert!(printed || table.contains(comm), "{name}: no {comm} in\n{table}");
        }
    }
}

#[test]
fn a_recording_that_is_not_whole_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.events");
    let refused = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let ended = runner(&["replay", file.to_str().unwrap(), "-o", "json"]);
        let err = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{err}");
        assert!(err.starts_with("error: failed to replay `"), "{err}");
        err
    };
    let (recording, _) = &recorded()[0];
    let bytes = fs::read(recording).unwrap();
    for cut in (0..bytes.len()).step_by(bytes.len() / 24) {
        refused(&bytes[..cut]);
    }
    for at in (0..bytes.len()).step_by(bytes.len() / 24) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        refused(&changed);
    }
    let mut newer = bytes.clone();
    newer[8] += 1;
    assert!(refused(&newer).contains("version 2 of the format, and this runner reads version 1"));
    assert!(refused(b"version: 1\n").contains("no recording"));
}

#[test]
fn a_damaged_recording_fails_the_tests_that_need_it() {
    let folder = tempfile::tempdir().unwrap();
    let (recording, config) = &recorded()[0];
    let own = folder.path().join(config.file_name().unwrap());
    fs::copy(config, &own).unwrap();
    fs::create_dir(folder.path().join("recorded")).unwrap();
    let bytes = fs::read(recording).unwrap();
    let kept = folder.path().join("recorded").join(recording.file_name().unwrap());
    let again = "record it: `runner test --record ";
    let judged = |bytes: &[u8]| {
        fs::write(&kept, bytes).unwrap();
        let ended = runner(&["test", "--offline", own.to_str().unwrap()]);
        (ended.status.code(), text(&ended.stdout))
    };
    assert_eq!(judged(&bytes).0, Some(0));
    for cut in [0, 5, 40, bytes.len() / 2, bytes.len() - 1] {
        let (code, out) = judged(&bytes[..cut]);
        assert!(matches!(code, Some(1 | 2)) && out.contains(again), "{cut}: {code:?} {out}");
    }
    fs::remove_file(&kept).unwrap();
    let ended = runner(&["test", "--offline", own.to_str().unwrap()]);
    let out = text(&ended.stdout);
    assert!(ended.status.code() == Some(1) && out.contains(again), "{out}");
}
