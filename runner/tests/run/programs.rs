//! Builds and runs the programs of `tests/programs`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Builds a program of the tests into `folder`, by gcc with `options`.
pub fn built(folder: &Path, program: &str, name: &str, options: &[&str]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let out = folder.join(name);
    let mut gcc = Command::new("gcc");
    gcc.args(["-std=gnu11", "-O1", "-o"]).arg(&out).args(options);
    assert!(gcc.arg(source.join(format!("{program}.c"))).status().unwrap().success());
    out
}

/// Runs a program with `PATH` leading to its folder; its process.
pub fn run(program: &Path, arguments: &[&str]) -> u32 {
    let mut child = Command::new(program).args(arguments).stdout(Stdio::null()).spawn().unwrap();
    assert!(child.wait().unwrap().success());
    child.id()
}
