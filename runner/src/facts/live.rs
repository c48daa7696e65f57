//! The running kernel as [`Facts`].
//!
//! In: `/sys/kernel/btf`, tracefs, `/proc/kallsyms`, sysfs. Out: answers, each read when first asked
//! for and then kept. Dropping a [`Live`] gives all of it back.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::bpf::{self, Sampled, Trial, When};
use crate::hook::{HookKind, matches};

use super::btf::{self, Btf, BtfError};
use super::elf::{Binary, ElfError};
use super::{Facts, FactsError, Feature, TracepointFormat, symbols, tracefs, tracepoint};

/// The functions of the kernel and its modules.
const KALLSYMS: &str = "/proc/kallsyms";
/// There if and only if the kernel has `CONFIG_KPROBE_EVENTS`, which attaching needs.
const KPROBE: &str = "/sys/bus/event_source/devices/kprobe/type";
/// There if and only if the kernel has `CONFIG_UPROBE_EVENTS`.
const UPROBE: &str = "/sys/bus/event_source/devices/uprobe/type";
/// The kernel lowers it by itself when samples take too long.
const MAX_SAMPLE_RATE: &str = "/proc/sys/kernel/perf_event_max_sample_rate";
/// Functions that exist to be traced in tests, or that seldom run.
const HARMLESS: [&str; 2] = ["bpf_fentry_test1", "kernel_restart"];
const RELEASE: &str = "/proc/sys/kernel/osrelease";

/// Formats by category and name; `None` for tracepoints that do not exist.
type Formats = HashMap<(String, String), Option<Arc<TracepointFormat>>>;

/// The kernel that this process runs on.
#[derive(Debug)]
pub struct Live {
    release: String,
    attach_max: usize,
    btf_file: Option<PathBuf>,
    btf: OnceLock<Btf>,
    tracefs: OnceLock<PathBuf>,
    formats: Mutex<Formats>,
    /// By the name that hooks give them.
    binaries: Mutex<HashMap<String, Arc<Binary>>>,
    kallsyms_file: PathBuf,
    /// Kept as it was read: one block, which goes back to the kernel as a whole.
    kallsyms: OnceLock<Vec<u8>>,
    /// Why there is no fentry, if it was asked for; so with kprobe.multi.
    fentry: OnceLock<Option<String>>,
    multi: OnceLock<Option<String>>,
    traceable: OnceLock<Option<HashSet<String>>>,
}

impl Live {
    /// The running kernel, with the types in `btf_file` in place of its own if one is given. Reads
    /// almost nothing yet.
    pub fn new(btf_file: Option<PathBuf>) -> Self {
        let release = fs::read_to_string(RELEASE).unwrap_or_default();
        Self {
            release: release.trim().to_owned(),
            attach_max: crate::hook::ATTACH_MAX,
            btf_file,
            btf: OnceLock::new(),
            tracefs: OnceLock::new(),
            formats: Mutex::default(),
            binaries: Mutex::default(),
            kallsyms_file: KALLSYMS.into(),
            kallsyms: OnceLock::new(),
            fentry: OnceLock::new(),
            multi: OnceLock::new(),
            traceable: OnceLock::new(),
        }
    }

    /// A kernel made of files: `btf`, `kallsyms`, and tracefs's `events`, all in `folder`.
    #[cfg(test)]
    pub(super) fn of_files(folder: &Path) -> Self {
        let live = Self::new(Some(folder.join("btf")));
        Self {
            kallsyms_file: folder.join("kallsyms"),
            tracefs: OnceLock::from(folder.to_owned()),
            ..live
        }
    }

    /// With another limit to the places of one hook.
    pub fn with_attach_max(self, attach_max: usize) -> Self {
        Self { attach_max, ..self }
    }

    /// The functions that the kernel lists as traceable, if it does.
    pub(super) fn traceable(&self) -> Option<&HashSet<String>> {
        let read = || {
            let path = self.tracefs().ok()?.join("available_filter_functions");
            let text = fs::read_to_string(path).ok()?;
            // A module's name may follow in brackets.
            let names = text.lines().filter_map(|line| line.split_whitespace().next());
            Some(names.map(Into::into).collect())
        };
        self.traceable.get_or_init(read).as_ref()
    }

    /// Attaches a program that does nothing by a trampoline, and says why that does not work.
    fn try_fentry(&self) -> Option<String> {
        if self.btf_file.is_some() {
            return Some(
                "the numbers of functions in the file of `--btf` may not be this kernel's".into(),
            );
        }
        let Ok(btf) = self.btf() else { return Some("this kernel has no BTF".into()) };
        let function = HARMLESS.iter().find_map(|name| btf.function_ids(name).ok().flatten());
        let Some((id, _)) = function else {
            return Some("this kernel has no function to try it on".into());
        };
        match bpf::try_trampoline(id.0) {
            Ok(()) => None,
            Err(Trial::Load(error)) => {
                Some(format!("this kernel loads no program for fentry ({})", reason(&error)))
            }
            Err(Trial::Attach(error)) => {
                Some(format!("this kernel attaches no program by fentry ({})", reason(&error)))
            }
        }
    }

    /// Attaches a program that does nothing by kprobe.multi, and says why that does not work.
    fn try_multi(&self) -> Option<String> {
        let addresses = self.addresses(&HARMLESS).ok()?;
        let address = HARMLESS.iter().find_map(|name| addresses.get(*name)?.first());
        let Some(address) = address else { return Some("no function to try it on".into()) };
        match bpf::try_multi(*address) {
            Ok(()) => None,
            Err(_) => Some("the kernel has no kprobe.multi".into()),
        }
    }

    /// Where tracefs is mounted; mounts it if it is not.
    fn tracefs(&self) -> Result<&Path, FactsError> {
        if let Some(root) = self.tracefs.get() {
            return Ok(root);
        }
        let found = tracefs::find()?;
        Ok(self.tracefs.get_or_init(|| found))
    }

    /// `/proc/kallsyms`, which takes the kernel some 40 ms to write.
    fn kallsyms(&self) -> Result<&[u8], FactsError> {
        if let Some(kallsyms) = self.kallsyms.get() {
            return Ok(kallsyms);
        }
        let bytes =
            fs::read(&self.kallsyms_file).map_err(|error| failed(&self.kallsyms_file, error))?;
        Ok(self.kallsyms.get_or_init(|| bytes))
    }

    /// The `format` file of a tracepoint.
    fn format_file(&self, category: &str, name: &str) -> Result<PathBuf, FactsError> {
        Ok(self.tracefs()?.join("events").join(category).join(name).join("format"))
    }

    /// What the kernel writes of one tracepoint's record; `None` if there is no such tracepoint.
    pub(super) fn format_text(
        &self,
        category: &str,
        name: &str,
    ) -> Result<Option<String>, FactsError> {
        let path = self.format_file(category, name)?;
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed(&path, error)),
        }
    }

    /// Reads one tracepoint's format.
    fn read_format(
        &self,
        category: &str,
        name: &str,
    ) -> Result<Option<Arc<TracepointFormat>>, FactsError> {
        let Some(text) = self.format_text(category, name)? else { return Ok(None) };
        match tracepoint::parse(category, &text) {
            Ok(format) => Ok(Some(Arc::new(format))),
            Err(line) => {
                let path = self.format_file(category, name)?.display().to_string();
                Err(FactsError::Format { path, line })
            }
        }
    }

    /// Every name of functions, sorted.
    pub(super) fn symbols(&self) -> Result<Vec<symbols::Entry<'_>>, FactsError> {
        Ok(symbols::entries(self.kallsyms()?))
    }
}

impl Facts for Live {
    fn release(&self) -> &str {
        &self.release
    }

    fn btf(&self) -> Result<&Btf, FactsError> {
        if let Some(btf) = self.btf.get() {
            return Ok(btf);
        }
        let path = self.btf_file.as_deref().unwrap_or(Path::new(btf::VMLINUX));
        let opened = Btf::open(path).map_err(|error| match error {
            BtfError::Read { source, .. }
                if self.btf_file.is_none() && source.kind() == ErrorKind::NotFound =>
            {
                FactsError::NoBtf
            }
            BtfError::Read { source, .. } => failed(path, source),
            source => FactsError::Btf { path: path.display().to_string(), source },
        })?;
        Ok(self.btf.get_or_init(|| opened))
    }

    fn tracepoint(
        &self,
        category: &str,
        name: &str,
    ) -> Result<Option<Arc<TracepointFormat>>, FactsError> {
        if !is_name(category) || !is_name(name) {
            return Ok(None);
        }
        let key = (category.to_owned(), name.to_owned());
        let mut formats = self.formats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = formats.get(&key) {
            return Ok(known.clone());
        }
        let format = self.read_format(category, name)?;
        formats.insert(key, format.clone());
        Ok(format)
    }

    fn tracepoints(&self, category: &str) -> Result<Vec<String>, FactsError> {
        // Not `available_events`: the kernel writes it under the lock that every attachment of
        // every tracer takes, so reading it can wait for tens of milliseconds.
        let mut all = walk(&self.tracefs()?.join("events"), category)?;
        all.sort_unstable();
        Ok(all)
    }

    fn has_function(&self, name: &str) -> Result<bool, FactsError> {
        // Modules and functions that only assembly knows are not in the kernel's BTF, so its "no"
        // is not the last word.
        if self.btf().is_ok_and(|btf| btf.has_function(name)) {
            return Ok(true);
        }
        Ok(symbols::has(self.kallsyms()?, name))
    }

    fn functions(&self) -> Result<Vec<&str>, FactsError> {
        Ok(symbols::functions(self.kallsyms()?))
    }

    fn attach_max(&self) -> usize {
        self.attach_max
    }

    fn function_size(&self, name: &str) -> Result<Option<u64>, FactsError> {
        Ok(symbols::size(self.kallsyms()?, name))
    }

    fn addresses(&self, names: &[&str]) -> Result<HashMap<String, Vec<u64>>, FactsError> {
        Ok(symbols::addresses(self.kallsyms()?, names))
    }

    fn is_traceable(&self, name: &str) -> Option<bool> {
        Some(self.traceable()?.contains(name))
    }

    fn binary(&self, name: &str) -> Result<Arc<Binary>, ElfError> {
        let mut binaries = self.binaries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = binaries.get(name) {
            return Ok(known.clone());
        }
        let binary = Arc::new(Binary::find(name)?);
        binaries.insert(name.to_owned(), binary.clone());
        Ok(binary)
    }

    fn lacks(&self, feature: Feature) -> Option<String> {
        let unless = |there: bool, why: &str| (!there).then(|| why.to_owned());
        match feature {
            Feature::Kprobe => unless(Path::new(KPROBE).exists(), "the kernel has no kprobes"),
            Feature::KprobeMulti => self.multi.get_or_init(|| self.try_multi()).clone(),
            Feature::UprobeMulti => {
                unless(bpf::has_uprobe_multi(), "the kernel has no uprobe.multi")
            }
            Feature::Fentry => self.fentry.get_or_init(|| self.try_fentry()).clone(),
            Feature::Uprobe => unless(Path::new(UPROBE).exists(), "the kernel has no uprobes"),
            Feature::Counter(counter) => {
                let hardware = counter.kind == HookKind::Hardware;
                let when = When::Every(counter.every);
                let sampled = Sampled { hardware, number: counter.number, when };
                unless(sampled.exists(), "the machine has no such counter")
            }
        }
    }

    fn max_sample_rate(&self) -> Option<u64> {
        fs::read_to_string(MAX_SAMPLE_RATE).ok()?.trim().parse().ok()
    }
}

/// An error of the kernel in words, without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Whether `text` can be the name of a tracepoint or its category, and no way out of the folder.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && !text.starts_with('.')
}

/// Every `CATEGORY/NAME` below `events` whose category fits the glob. Those of `ftrace` are no
/// tracepoints: they describe records of ftrace itself.
fn walk(events: &Path, glob: &str) -> Result<Vec<String>, FactsError> {
    let mut all = Vec::new();
    let categories = folders(events)?;
    let wanted = |category: &&String| *category != "ftrace" && matches(glob, category);
    for category in categories.iter().filter(wanted) {
        let names = folders(&events.join(category))?;
        all.extend(names.iter().map(|name| format!("{category}:{name}")));
    }
    Ok(all)
}

/// The names of the folders in `path`.
fn folders(path: &Path) -> Result<Vec<String>, FactsError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| failed(path, error))? {
        let entry = entry.map_err(|error| failed(path, error))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            names.extend(entry.file_name().into_string().ok());
        }
    }
    Ok(names)
}

/// A file that could not be read, told apart by what the user can do about it.
fn failed(path: &Path, source: io::Error) -> FactsError {
    let path = path.display().to_string();
    match source.kind() {
        ErrorKind::PermissionDenied => FactsError::Permission { path },
        _ => FactsError::Read { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::btf::testing::Builder;

    const FORMAT: &str = "\
name: switch
ID: 7
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
";

    /// A kernel made of files: one type-checked function, one known only to kallsyms.
    fn kernel(dir: &Path) -> Live {
        let mut builder = Builder::new();
        let proto = builder.proto(btf::TypeId::VOID, &[]);
        builder.function("typed", proto);
        fs::write(dir.join("btf"), builder.bytes()).unwrap();
        fs::write(dir.join("kallsyms"), "0 T untyped\n").unwrap();
        for (category, name, file) in
            [("sched", "switch", "enable"), ("ftrace", "print", "id"), ("a", "b", "enable")]
        {
            let folder = dir.join("events").join(category).join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(file), "0").unwrap();
        }
        fs::write(dir.join("events/sched/switch/format"), FORMAT).unwrap();
        fs::write(dir.join("events/a/b/format"), "\tfield:what\n").unwrap();
        Live::of_files(dir)
    }

    #[test]
    fn functions_come_from_types_first() {
        let dir = tempfile::tempdir().unwrap();
        let live = kernel(dir.path());
        assert!(live.has_function("typed").unwrap());
        assert!(live.kallsyms.get().is_none());
        assert!(live.has_function("untyped").unwrap());
        assert!(!live.has_function("neither").unwrap());
        assert_eq!(live.functions().unwrap(), ["untyped"]);
    }

    #[test]
    fn functions_need_no_types() {
        let dir = tempfile::tempdir().unwrap();
        let mut live = kernel(dir.path());
        live.btf_file = Some(dir.path().join("none"));
        assert!(live.has_function("untyped").unwrap());
    }

    #[test]
    fn tracepoints_are_listed_by_category() {
        let dir = tempfile::tempdir().unwrap();
        let live = kernel(dir.path());
        assert_eq!(live.tracepoints("*").unwrap(), ["a:b", "sched:switch"]);
        assert_eq!(live.tracepoints("s*d").unwrap(), ["sched:switch"]);
        assert_eq!(live.tracepoints("none").unwrap(), [""; 0]);
    }

    #[test]
    fn formats_are_found_or_not_or_broken() {
        let dir = tempfile::tempdir().unwrap();
        let live = kernel(dir.path());
        let format = live.tracepoint("sched", "switch").unwrap().unwrap();
        assert_eq!((format.id, format.fields.len()), (7, 1));
        fs::remove_file(dir.path().join("events/sched/switch/format")).unwrap();
        assert!(live.tracepoint("sched", "switch").unwrap().is_some());
        for (category, name) in
            [("sched", "none"), ("none", "x"), ("sched", "../sched/switch"), ("", ""), ("a", "..")]
        {
            assert_eq!(live.tracepoint(category, name).unwrap(), None, "{category}:{name}");
        }
        let broken = live.tracepoint("a", "b").unwrap_err().to_string();
        assert!(broken.ends_with("events/a/b/format`: `field:what`"), "{broken}");
    }

    #[test]
    fn missing_types_say_where_to_get_some() {
        let dir = tempfile::tempdir().unwrap();
        let live = Live::new(Some(dir.path().join("none")));
        let error = live.btf().map(|_| ()).unwrap_err();
        assert!(matches!(error, FactsError::Read { .. }), "{error}");
        fs::write(dir.path().join("text"), "not BTF, whatever its name says").unwrap();
        let live = Live::new(Some(dir.path().join("text")));
        let error = live.btf().map(|_| ()).unwrap_err();
        assert!(matches!(error, FactsError::Btf { .. }), "{error}");
        assert!(FactsError::NoBtf.to_string().contains("--btf FILE"));
    }
}
