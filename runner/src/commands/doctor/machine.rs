//! What there is to know of this machine.
//!
//! Out: a [`Machine`], plain data that tests make up as they like. Looks and tries, and leaves nothing
//! behind: what is attached is detached at once, what is compiled goes into a temporary folder.

use std::ffi::CStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::bpf::{self, Situation};
use crate::compile::{self, Cache, Search};
use crate::diag::{Faults, Source, chain};
use crate::facts::{Facts, FactsError, Feature, Live};
use crate::hook::COUNTERS;
use crate::plan::{self, Tasks};
use crate::{codegen, config, link};

/// What doctor looks at.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The kernel's release.
    pub release: String,
    /// The processor's family, as Rust has it.
    pub processor: &'static str,
    /// How many types the kernel's BTF has, or why they cannot be had.
    pub types: Result<u32, String>,
    /// Where tracepoints are described.
    pub tracefs: Tracefs,
    /// What this process may do.
    pub situation: Situation,
    /// Settings of the kernel that matter.
    pub settings: Settings,
    /// What was tried; `None` without the privileges to try it.
    pub features: Option<Vec<Tried>>,
    /// The compiler and what it did, or why there is none.
    pub compiler: Result<Compiler, String>,
    /// Whether the environment names the one compiler that is looked for.
    pub names_compiler: bool,
    /// Why a small program does not load; `None` inside if it does; `None` outside if it was not tried.
    pub program: Option<Option<String>>,
    /// Where compiled programs are kept, or why nowhere.
    pub cache: Result<Kept, String>,
}

/// The file system that describes tracepoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tracefs {
    /// It can be read here.
    Readable(PathBuf),
    /// It is mounted here, for root only.
    RootOnly(PathBuf),
    /// It is not mounted.
    NotMounted,
    /// The kernel does not have it.
    Absent,
}

/// Numbers from `/proc/sys`; `None` where the kernel does not tell.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `kernel.perf_event_paranoid`
    pub perf_event_paranoid: Option<i64>,
    /// `kernel.kptr_restrict`
    pub kptr_restrict: Option<i64>,
    /// `kernel.unprivileged_bpf_disabled`
    pub unprivileged_bpf_disabled: Option<i64>,
    /// `net.core.bpf_jit_enable`
    pub bpf_jit_enable: Option<i64>,
}

/// One feature, and why the kernel does not have it, if so.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Which.
    pub feature: Feature,
    /// Why it is not there.
    pub lacks: Option<String>,
}

/// A compiler that works.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// Its file.
    pub path: PathBuf,
    /// Such as `1.95.0`.
    pub release: String,
    /// What it took to compile the support library and a small program.
    pub took: Duration,
}

/// The cache of compiled programs.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its folder.
    pub folder: PathBuf,
    /// Programs and libraries in it.
    pub entries: usize,
    /// Of all of them.
    pub bytes: u64,
    /// Why nothing is kept beyond the end of a process, if so.
    pub temporary: Option<String>,
}

/// A function that seldom runs.
const HARMLESS: &CStr = c"kernel_restart";

/// A program that needs nothing but that programs can be loaded at all.
const SMALL: &str = "\
version: 1
name: doctor
description: Whether programs can be loaded.
probes:
  - name: tick
    hook: interval:s:1
    fields: [cpu, comm]
";

impl Machine {
    /// This one, whose kernel is `live`.
    pub fn examine(live: &Live) -> Self {
        let situation = Situation::of_this_process();
        let may_try = situation.is_permitted();
        let setting = |path: &str| fs::read_to_string(path).ok()?.trim().parse().ok();
        let (compiler, program) = match compiled(live) {
            Ok((compiler, object)) => (Ok(compiler), may_try.then(|| loaded(object, live))),
            Err(why) => (Err(why), None),
        };
        Self {
            release: live.release().to_owned(),
            processor: std::env::consts::ARCH,
            types: live.btf().map(|btf| btf.count()).map_err(|fault| chain(&fault)),
            tracefs: tracefs(),
            features: may_try.then(|| features(live)),
            situation,
            settings: Settings {
                perf_event_paranoid: setting("/proc/sys/kernel/perf_event_paranoid"),
                kptr_restrict: setting("/proc/sys/kernel/kptr_restrict"),
                unprivileged_bpf_disabled: setting("/proc/sys/kernel/unprivileged_bpf_disabled"),
                bpf_jit_enable: setting("/proc/sys/net/core/bpf_jit_enable"),
            },
            compiler,
            names_compiler: std::env::var_os("RUNNER_RUSTC").is_some_and(|name| !name.is_empty()),
            program,
            cache: kept(),
        }
    }

    /// The first two numbers of the kernel's release.
    pub fn version(&self) -> Option<(u32, u32)> {
        let mut numbers = self.release.split(|c: char| !c.is_ascii_digit());
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

/// Where tracefs is. Unlike [`Live`], it does not mount it.
fn tracefs() -> Tracefs {
    match crate::facts::find_tracefs() {
        Ok(path) => match fs::read_dir(path.join("events/sched")) {
            Ok(_) => Tracefs::Readable(path),
            Err(_) => Tracefs::RootOnly(path),
        },
        Err(FactsError::Permission { path }) => Tracefs::RootOnly(path.into()),
        Err(_) => {
            let known = fs::read_to_string("/proc/filesystems").unwrap_or_default();
            match known.split_whitespace().any(|word| word == "tracefs") {
                true => Tracefs::NotMounted,
                false => Tracefs::Absent,
            }
        }
    }
}

/// Every feature, tried; of the counters one stands for all.
fn features(live: &Live) -> Vec<Tried> {
    let hardware = COUNTERS.iter().find(|counter| counter.name == "cpu-cycles");
    let plain = Feature::all().filter(|feature| !matches!(feature, Feature::Counter(_)));
    let all = plain.chain(hardware.map(Feature::Counter));
    all.map(|feature| Tried { feature, lacks: lacks(live, feature) }).collect()
}

fn lacks(live: &Live, feature: Feature) -> Option<String> {
    match (live.lacks(feature), feature) {
        // That there is a source of such events says nothing of whether one can be opened.
        (None, Feature::Kprobe) => {
            let opened = bpf::try_kprobe(HARMLESS);
            opened.err().map(|error| format!("the kernel opens no kprobe ({error})"))
        }
        (lacks, _) => lacks,
    }
}

/// Compiles a small program with nothing kept from before, and what it took.
fn compiled(live: &Live) -> Result<(Compiler, Vec<u8>), String> {
    let said = |fault: &dyn std::error::Error| chain(fault);
    let folder = tempfile::tempdir().map_err(|fault| said(&fault))?;
    let cache = Cache::open(folder.path()).map_err(|fault| said(&fault))?;
    let text = program(live)?;
    let start = Instant::now();
    let search = Search::from_environment();
    let found = compile::Toolchain::find(&search, &cache).map_err(|fault| said(&fault))?;
    let compiled = compile::compile(&text, &search, &cache).map_err(|fault| said(&fault))?;
    let compiler = Compiler {
        path: found.rustc().to_owned(),
        release: found.release().to_owned(),
        took: start.elapsed(),
    };
    Ok((compiler, compiled.object))
}

/// The text of the small program.
fn program(live: &Live) -> Result<String, String> {
    let source = Arc::new(Source { path: "doctor.yaml".into(), text: SMALL.into() });
    let mut faults = Faults::new(source.clone());
    let first = |faults: &Faults| faults.list.first().map(|fault| fault.message.clone());
    let plan = match config::parse(source, &mut faults) {
        Some(config) => plan::plan(&config, live, Tasks::All, &mut faults),
        None => Ok(None),
    };
    match plan.map_err(|fault| chain(&fault))? {
        Some(plan) => codegen::generate(&plan).map_err(|fault| chain(&fault)),
        None => Err(first(&faults).unwrap_or_default()),
    }
}

/// Why the kernel does not load `object`, if so.
fn loaded(object: Vec<u8>, live: &Live) -> Option<String> {
    let own = match bpf::own_pid() {
        Ok(own) => u64::from(own),
        Err(fault) => return Some(chain(&fault)),
    };
    let constants = [("run:place", bpf::PLACE), ("run:self", own), ("run:pid", 0)];
    let bytes = match link::link(object, live.btf().ok(), &constants) {
        Ok(bytes) => bytes,
        Err(fault) => return Some(chain(&fault)),
    };
    bpf::load(&bytes, &bpf::Options::default()).err().map(|fault| chain(&fault))
}

fn kept() -> Result<Kept, String> {
    let cache = Cache::from_environment().map_err(|fault| chain(&fault))?;
    let usage = cache.usage();
    Ok(Kept {
        folder: Path::to_owned(cache.folder()),
        entries: usage.objects + usage.libraries,
        bytes: usage.bytes,
        temporary: cache.warning().map(str::to_owned),
    })
}
