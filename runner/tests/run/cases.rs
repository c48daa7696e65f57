//! Walks the `.yaml` files beside this one: expressions on values that are known by construction.
//!
//! The comments of a config say what the trigger does (`# trigger: ACTION…`, a word in quotes is
//! passed as hexadecimal) and which events that makes, all of them and in this order
//! (`# event: {…}`, without `ts` and `probe`); `# summary: …` is a part of standard error. The
//! trigger is named as the file, and `where:` must go by that name. `"$PID"` and `"$PPID"` stand
//! for the trigger's process and its parent.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Config, Running, hex, pull};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

/// What stands behind `# key: ` in each of its lines.
fn marked<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let mark = format!("# {key}: ");
    text.lines().filter_map(|line| line.strip_prefix(mark.as_str())).collect()
}

/// The trigger's words; those in quotes become hexadecimal, with Rust's escapes `\xNN` and `\n`.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(hex(&unescaped(part)));
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut parts = text.split("\\x");
    out.extend(parts.next().unwrap().bytes());
    for part in parts {
        out.push(u8::from_str_radix(&part[..2], 16).unwrap());
        // `*N` behind an escape repeats it.
        match part[2..].strip_prefix('*').map(|count| count.parse::<usize>().unwrap()) {
            Some(count) => out.extend(vec![out[out.len() - 1]; count - 1]),
            None => out.extend(part[2..].bytes()),
        }
    }
    out
}

/// Why the case is wrong, if it is.
fn run(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_stem().unwrap().to_str().unwrap();
    let [trigger] = marked(&text, "trigger")[..] else { return Err("no trigger".into()) };
    if !text.contains(&format!("comm == \"{name}\"")) {
        return Err(format!("its where: does not go by `{name}`"));
    }
    let run = Running::start(["-c", path.to_str().unwrap(), "-o", "json"]);
    let words = words(trigger);
    let folder = Config::new("");
    let mut arguments = vec![name];
    arguments.extend(words.iter().map(String::as_str));
    let pulled = pull(folder.folder(), &arguments);
    let ended = run.interrupt();
    let events = marked(&text, "event");
    if events.is_empty() {
        return Err("it expects no event".into());
    }
    let expected: Vec<Value> = events
        .iter()
        .map(|event| {
            let event = event.replace("\"$PID\"", &pulled.pid.to_string());
            let event = event.replace("\"$PPID\"", &std::process::id().to_string());
            serde_json::from_str(&event).unwrap_or_else(|fault| panic!("{name}: {fault}: {event}"))
        })
        .collect();
    let mut seen = ended.objects();
    for object in seen.iter_mut().filter_map(Value::as_object_mut) {
        object.remove("ts");
        object.remove("probe");
    }
    if seen != expected {
        let lines = |list: &[Value]| list.iter().map(|v| format!("  {v}\n")).collect::<String>();
        return Err(format!("expected\n{}got\n{}", lines(&expected), lines(&seen)));
    }
    match marked(&text, "summary").iter().find(|part| !ended.stderr.contains(**part)) {
        Some(part) => Err(format!("no `{part}` in\n{}", ended.stderr)),
        None => Ok(()),
    }
}

#[test]
fn every_case_shows_exactly_its_events() {
    let files = files();
    assert!(files.len() > 10, "{files:?}");
    let wrong: Vec<String> = files
        .iter()
        .filter_map(|path| {
            let result = std::panic::catch_unwind(|| run(path));
            let fault = result.unwrap_or_else(|_| Err("it failed as told above".into())).err()?;
            Some(format!("{}: {fault}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
