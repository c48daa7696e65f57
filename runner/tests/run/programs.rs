//! Builds and runs the programs of `tests/programs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Builds a program of the tests into `folder`, by gcc with `options`.
pub fn built(folder: &Path, program: &str, name: &str, options: &[&str]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let out = folder.join(name);
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=gnu11", "-O1", "-o"]).arg(&out).args(options);
    assert!(gcc.arg(source.join(format!("{program}.c"))).status().unwrap().success());
    out
}

/// The folder with those that the tests of the gallery run.
pub fn of_the_gallery() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
        fs::create_dir_all(&folder).unwrap();
        for program in ["report_struct", "static_probes"] {
            built(&folder, program, program, &[]);
        }
        folder
    })
}

/// Runs a program with `PATH` leading to its folder; its process.
pub fn run(program: &Path, arguments: &[&str]) -> u32 {
    let mut child = Command::new(program).args(arguments).stdout(Stdio::null()).spawn().unwrap();
    assert!(child.wait().unwrap().success());
    child.id()
}
