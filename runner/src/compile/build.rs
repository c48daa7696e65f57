//! Runs the compiler: the library crates once, then the program.
//!
//! In: the program's text and a [`Toolchain`]. Out: the object's bytes, kept in the cache. All
//! files are written to a folder of this process's own, whose name never gets into an object.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::cache::{Cache, CacheError, Kind};
use super::child::{self, Output};
use super::library::{self, Crate};
use super::toolchain::{NEWEST, Toolchain, ToolchainError};
use super::{CompileError, Compiled};

/// Releases since which the core crate is written differently.
const SWITCHES: [u32; 5] = [86, 88, 89, 93, 97];

/// LLVM has `-bpf-disable-trap-unreachable`, and needs it, since this version.
const LLVM_WITH_TRAPS: u32 = 21;

/// The path that stands for the working folder in objects and messages.
const SHOWN_AS: &str = "/runner";

/// What all crates are compiled with. Part of every key.
///
/// The instruction set is v3, which Linux 5.10 has. Loops over constants are unrolled and all
/// functions inlined, whatever their size and however seldom they are reached: the verifier of 5.10
/// follows neither loops over the stack nor bounds that were found in another function.
pub fn flags(llvm: u32) -> Vec<&'static str> {
    let mut flags = vec![
        "-Zunstable-options",
        "--edition=2024",
        "-Copt-level=2",
        "-Cpanic=abort",
        "-Ccodegen-units=1",
        "-Ctarget-cpu=v3",
        "-Cllvm-args=-inline-threshold=100000",
        "-Cllvm-args=-inline-cold-callsite-threshold=100000",
        "-Cllvm-args=-unroll-threshold=100000",
        "--cap-lints=allow",
    ];
    if llvm >= LLVM_WITH_TRAPS {
        flags.push("-Cllvm-args=-bpf-disable-trap-unreachable");
    }
    flags
}

/// What programs are compiled with besides. Part of every key.
///
/// BTF is made from debug information, and 1 gives a broken one. The source goes into the object,
/// so that the verifier's log can show its lines although the file is gone. The library crates
/// need none of it, and a program is compiled a fifth faster without theirs.
pub const PROGRAM_FLAGS: [&str; 3] = ["-Cdebuginfo=2", "-Zembed-source=yes", "-Zdwarf-version=5"];

/// The environment of the compiler itself.
pub fn environment() -> Vec<(&'static str, &'static OsStr)> {
    vec![("RUSTC_BOOTSTRAP", OsStr::new("1")), ("RUSTC_ICE", OsStr::new("0"))]
}

/// Compiles `source` and keeps the object.
pub fn build(source: &str, toolchain: &Toolchain, cache: &Cache) -> Result<Compiled, CompileError> {
    let _turn = cache.turn();
    if let Some(compiled) = toolchain.cached(source, cache) {
        return Ok(compiled); // made by another process while this one waited
    }
    let build = Build { toolchain, workspace: cache.workspace()? };
    let kept = cache.path(Kind::Library, &toolchain.library_key());
    let object = if is_whole(&kept) {
        match build.program(source, &kept) {
            // Someone may have emptied the cache meanwhile.
            Err(CompileError::Program { .. }) if !is_whole(&kept) => {
                build.program(source, &build.libraries()?)?
            }
            result => result?,
        }
    } else {
        let own = build.libraries()?;
        let object = build.program(source, &own)?;
        // Where it cannot be kept, it is built again the next time.
        let _ = cache.put_folder(Kind::Library, &toolchain.library_key(), &own);
        object
    };
    let not_kept = cache.put(Kind::Object, &toolchain.object_key(source), &object).err();
    Ok(Compiled {
        object,
        cached: false,
        release: toolchain.release().to_owned(),
        not_kept: not_kept.map(|error| error.to_string()),
    })
}

/// One run of the compiler after the other, in a folder of their own.
struct Build<'a> {
    toolchain: &'a Toolchain,
    workspace: TempDir,
}

impl Build<'_> {
    /// The program's object, made with the library crates in `libraries`.
    fn program(&self, source: &str, libraries: &Path) -> Result<Vec<u8>, CompileError> {
        self.write("program.rs", source.as_bytes())?;
        let object = self.path("program.o");
        let mut arguments = self.common(&libraries.join("bpf.json"))?;
        arguments.extend(PROGRAM_FLAGS.map(OsString::from));
        arguments.extend(["--crate-type=lib", "--emit=obj"].map(OsString::from));
        arguments.push(self.path("program.rs").into());
        arguments.extend([OsString::from("-o"), object.clone().into()]);
        arguments.extend(externs(libraries, &["core", "probes"]));
        let output = self.finish(self.start(&arguments)?)?;
        if !output.status.success() {
            let release = self.toolchain.release().to_owned();
            return Err(CompileError::Program { release, stderr: said(output) });
        }
        fs::read(&object).map_err(|source| CacheError::Write { path: object, source }.into())
    }

    /// A folder with the library crates, the target's description and their digest.
    fn libraries(&self) -> Result<PathBuf, CompileError> {
        let folder = self.path("library");
        let failed = |source| CacheError::Write { path: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(failed)?;
        self.write("library/bpf.json", self.toolchain.target().as_bytes())?;
        for (path, text) in library::ALL.iter().flat_map(|library| library.files) {
            self.write(&format!("probes/{path}"), text.as_bytes())?;
        }
        let builtins = self.library(&library::COMPILER_BUILTINS, &folder, &[], &[])?;
        self.core(&folder)?;
        self.library_done(&library::COMPILER_BUILTINS, self.finish(builtins)?)?;
        let probes = self.library(&library::PROBES, &folder, &[], &["core"])?;
        self.library_done(&library::PROBES, self.finish(probes)?)?;
        let digest = digest_of(&folder).map_err(failed)?;
        self.write("library/digest", &digest)?;
        Ok(folder)
    }

    /// The core crate. A nightly compiler may be older than the change that its release is named
    /// for, so the release before is tried, too.
    fn core(&self, folder: &Path) -> Result<(), CompileError> {
        let minor = self.toolchain.minor().min(NEWEST);
        let attempt = |minor| {
            let switches = SWITCHES.iter().filter(|since| **since <= minor);
            let switches: Vec<_> =
                switches.map(|since| OsString::from(format!("--cfg=since_1_{since}"))).collect();
            let running = self.library(&library::CORE, folder, &switches, &[])?;
            self.library_done(&library::CORE, self.finish(running)?)
        };
        let first = attempt(minor);
        let nightly = self.toolchain.release().contains('-');
        if first.is_err() && nightly && SWITCHES.contains(&minor) && attempt(minor - 1).is_ok() {
            return Ok(());
        }
        first
    }

    /// Starts compiling one of the library crates.
    fn library(
        &self,
        library: &Crate,
        folder: &Path,
        switches: &[OsString],
        needs: &[&str],
    ) -> Result<child::Running, CompileError> {
        let mut arguments = self.common(&folder.join("bpf.json"))?;
        arguments.extend(["--crate-type=rlib", "--crate-name", library.name].map(OsString::from));
        arguments.extend_from_slice(switches);
        arguments.push(self.path("probes").join(library.files[0].0).into());
        arguments.extend([OsString::from("--out-dir"), folder.into()]);
        arguments.extend(externs(folder, needs));
        self.start(&arguments)
    }

    /// Sorts out why a library crate could not be compiled.
    fn library_done(&self, library: &Crate, output: Output) -> Result<(), CompileError> {
        if output.status.success() {
            return Ok(());
        }
        let release = self.toolchain.release().to_owned();
        let stderr = said(output);
        if stderr.contains("No available targets are compatible") {
            let path = self.toolchain.rustc().to_owned();
            return Err(ToolchainError::NoBpf { path, release, stderr }.into());
        }
        Err(CompileError::Library { crate_name: library.name, release, stderr })
    }

    /// The arguments that all crates have in common.
    fn common(&self, target: &Path) -> Result<Vec<OsString>, CompileError> {
        let mut arguments: Vec<_> =
            flags(self.toolchain.llvm()).into_iter().map(OsString::from).collect();
        arguments.extend([OsString::from("--target"), target.into()]);
        let mut remap = OsString::from("--remap-path-prefix=");
        remap.push(self.workspace.path());
        remap.push("=");
        remap.push(SHOWN_AS);
        arguments.push(remap);
        Ok(arguments)
    }

    fn start(&self, arguments: &[OsString]) -> Result<child::Running, CompileError> {
        let rustc = self.toolchain.rustc();
        let mut environment = environment();
        environment.push(("TMPDIR", self.workspace.path().as_os_str()));
        child::start(rustc, arguments, &environment, Path::new("/"))
            .map_err(|source| CompileError::Run { path: rustc.to_owned(), source })
    }

    fn finish(&self, running: child::Running) -> Result<Output, CompileError> {
        let failed = |source| CompileError::Run { path: self.toolchain.rustc().to_owned(), source };
        running.finish().map_err(failed)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.workspace.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CacheError> {
        let path = self.path(name);
        let write = || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&path, bytes)
        };
        write().map_err(|source| CacheError::Write { path: path.clone(), source })
    }
}

/// `--extern` for the crates of `names`, all in `folder`.
fn externs(folder: &Path, names: &[&str]) -> Vec<OsString> {
    let mut arguments = vec![OsString::from("-L"), folder.into()];
    for name in names {
        let mut argument = OsString::from(format!("--extern={name}="));
        argument.push(folder.join(format!("lib{name}.rlib")));
        arguments.push(argument);
    }
    arguments
}

/// All that the compiler said, and how it ended if it was not by itself.
fn said(output: Output) -> String {
    match output.status.code() {
        Some(_) => output.stderr,
        None => format!("{}{}", output.stderr, output.status),
    }
}

/// Whether the library crates in `folder` are as they were made.
fn is_whole(folder: &Path) -> bool {
    let digest = fs::read(folder.join("digest"));
    digest.is_ok_and(|digest| digest_of(folder).is_ok_and(|now| now == digest))
}

/// The SHA-256 of the files that make up the library crates.
fn digest_of(folder: &Path) -> std::io::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    for name in ["bpf.json", "libcore.rlib", "libcompiler_builtins.rlib", "libprobes.rlib"] {
        let bytes = fs::read(folder.join(name))?;
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    Ok(hash.finalize().to_vec())
}
