//! What the fuzz targets of `fuzz/` call: what users, files and kernels hand in, as bytes.
//!
//! In: any bytes. Out: nothing; a panic is the finding. Each stage behind a parser that asks no
//! machine is run as well, since bytes that parse may still be hostile to what comes after. Of the
//! crate only where it is built for fuzzing or for tests.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::check::{self, LintLevels};
use crate::commands::replay::Replay;
use crate::config::FormatError;
use crate::diag::{DiagFormat, Faults, Report, Source, Style, write};
use crate::facts::btf::Btf;
use crate::facts::elf::Binary;
use crate::facts::testing::Kernel;
use crate::facts::{Facts, Recorded, recorded};
use crate::plan::survey::survey;
use crate::render::Format;
use crate::{codegen, config};

/// A fuzz target: its name, which is the name of a file in `fuzz/fuzz_targets`, and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// All fuzz targets.
pub const TARGETS: [Target; 6] = [
    ("config", config),
    ("layout", layout),
    ("btf", btf),
    ("elf", elf),
    ("recording", recording),
    ("snapshot", snapshot),
];

thread_local! {
    /// What configs are held against.
    static KERNELS: [Kernel; 3] =
        [Kernel::new(), Kernel::new().without_kprobes(), Kernel::new().with_fentry()];
}

/// A config, from its text to the generated program, and its faults in every format.
pub fn config(bytes: &[u8]) {
    let source = match config::from_bytes("any.yaml", bytes.to_vec()) {
        Ok(source) => source,
        Err(faults) => return show(faults),
    };
    let mut faults = Faults::new(source.clone());
    if let Some(config) = config::parse(source, &mut faults) {
        let mut plans = Vec::new();
        KERNELS.with(|kernels| {
            for kernel in kernels {
                let mut own = Faults::new(config.source.clone());
                if let Ok(survey) = survey(&config, kernel, &mut own) {
                    if !own.any_error() {
                        let _ = codegen::generate(&survey.plan);
                    }
                    plans.push(survey.alternatives);
                }
                faults.list.append(&mut own.list);
            }
        });
        let plans: Vec<_> = plans.iter().collect();
        check::lint(&config, &plans, &LintLevels::default(), &mut faults);
    }
    show(faults);
}

/// A config laid out: it keeps its meaning, and what is laid out stays as it is.
pub fn layout(bytes: &[u8]) {
    let Ok(source) = config::from_bytes("any.yaml", bytes.to_vec()) else { return };
    let text = match config::format(&source) {
        Ok(text) => text,
        Err(FormatError::Faulty(_)) => return,
        Err(changed) => panic!("{changed}"),
    };
    let source = Arc::new(Source { path: "any.yaml".into(), text });
    assert!(matches!(config::format(&source), Ok(again) if again == source.text), "{source:?}");
}

fn show(faults: Faults) {
    let report = Report { sources: vec![faults] };
    let formats = [
        DiagFormat::Human,
        DiagFormat::Concise,
        DiagFormat::Json,
        DiagFormat::Sarif,
        DiagFormat::Github,
    ];
    for format in formats {
        let mut out = Vec::new();
        // Writing to memory does not fail.
        let _ = write(&report, format, Style::Plain, &mut out);
        assert!(std::str::from_utf8(&out).is_ok(), "{format:?}");
    }
}

/// A kernel's type information, as `--btf` reads it.
pub fn btf(bytes: &[u8]) {
    let Ok(btf) = Btf::from_bytes(bytes.to_vec()) else { return };
    for name in ["do_unlinkat", "task_struct", "int", "AF_INET"] {
        let _ = btf.find(name);
        let _ = btf.find_tag(name);
        let _ = btf.function_ids(name);
        let _ = btf.enum_constant(name);
        let _ = btf.nearest_function(name);
    }
    let _ = btf.function_table();
}

/// A program or library, as the user-space hooks read it.
pub fn elf(bytes: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join("a");
    if fs::write(&path, bytes).is_err() {
        return;
    }
    let Ok(binary) = Binary::open(Path::new(&path)) else { return };
    if let Ok(function) = binary.function("malloc") {
        let _ = binary.within(&function, 4);
    }
    let _ = binary.functions("*");
    let _ = binary.static_probe("libc", "setjmp");
    let _ = binary.static_probes();
}

/// A recording, as `runner replay` reads it.
pub fn recording(bytes: &[u8]) {
    for format in [Format::Table, Format::Json, Format::Csv] {
        let Ok(mut replay) = Replay::open(bytes, format) else { return };
        let mut out = Vec::new();
        while let Ok(true) = replay.next(&mut out) {
            out.clear();
        }
    }
}

/// A snapshot, as `validate --kernel` reads it: the file, and what a file with the right checksums
/// may hold.
pub fn snapshot(bytes: &[u8]) {
    let kernel = |bytes: Vec<u8>| {
        let Ok(kernel) = Recorded::new("any.snap".into(), bytes) else { return };
        let _ = kernel.btf().map(|btf| btf.has_function("do_unlinkat"));
        let _ = kernel.functions();
        let _ = kernel.has_function("do_unlinkat");
        let _ = kernel.addresses(&["do_unlinkat"]);
        let _ = kernel.tracepoint("sched", "sched_switch");
        let _ = kernel.tracepoints("*");
    };
    kernel(bytes.to_vec());
    if let Ok(sealed) = recorded::sealed(bytes) {
        kernel(sealed);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn every_target_has_its_program() {
        for (name, _) in TARGETS {
            let path = root().join("fuzz/fuzz_targets").join(name).with_extension("rs");
            let program = fs::read_to_string(path).unwrap();
            assert!(program.contains(&format!("runner::fuzzing::{name}(bytes)")), "{name}");
            let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }

    /// The inputs that once were found, and the examples; unchanged, and cut off in the middle.
    #[test]
    fn no_target_panics_on_what_is_there() {
        for (name, target) in TARGETS {
            let folders = match name {
                "config" | "layout" => vec!["configs", "runner/tests/pass", "runner/tests/fail"],
                "recording" => vec!["configs/recorded"],
                _ => vec![],
            };
            let seeds = format!("fuzz/seeds/{name}");
            for folder in folders.into_iter().chain([seeds.as_str()]) {
                let Ok(files) = fs::read_dir(root().join(folder)) else { continue };
                for file in files {
                    let Ok(bytes) = fs::read(file.unwrap().path()) else { continue };
                    target(&bytes);
                    target(&bytes[..bytes.len() / 2]);
                }
            }
            target(b"");
        }
    }
}
