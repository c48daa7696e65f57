//! What a [`Machine`] has and lacks, and what mends it.
//!
//! In: a machine. Out: one [`Finding`] or more a subject. Asks nothing of the machine itself.

use serde::Serialize;

use super::machine::{Machine, Tracefs, Tried};
use crate::facts::Feature;

/// How it stands with one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing is missing.
    Ok,
    /// Something is missing that can be done without.
    Limit,
    /// Something is missing that is needed.
    Fault,
    /// It could not be found out.
    Unknown,
}

/// What was found out about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The subject.
    pub check: String,
    /// How it stands.
    pub status: Status,
    /// One line.
    pub said: String,
    /// The command that mends it. Every fault has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Finding {
    fn new(check: &str, status: Status, said: impl Into<String>) -> Self {
        Self { check: check.to_owned(), status, said: said.into(), command: None }
    }

    fn ok(check: &str, said: impl Into<String>) -> Self {
        Self::new(check, Status::Ok, said)
    }

    fn limit(check: &str, said: impl Into<String>) -> Self {
        Self::new(check, Status::Limit, said)
    }

    fn unknown(check: &str, said: impl Into<String>) -> Self {
        Self::new(check, Status::Unknown, said)
    }

    fn fault(check: &str, said: impl Into<String>, command: &str) -> Self {
        Self::new(check, Status::Fault, said).mended_by(command)
    }

    fn mended_by(self, command: &str) -> Self {
        Self { command: Some(command.to_owned()), ..self }
    }
}

/// The oldest kernel that programs are tested on.
const OLDEST: (u32, u32) = (5, 10);
/// Since then the memory of programs is not counted against a limit of the process.
const NO_MEMLOCK: (u32, u32) = (5, 11);

/// Every check, in the order in which they are shown.
pub fn check(machine: &Machine) -> Vec<Finding> {
    let mut found = vec![kernel(machine), privileges(machine), lockdown(machine)];
    found.extend(memlock(machine));
    found.extend([types(machine), tracefs(machine)]);
    found.extend(settings(machine));
    found.extend(features(machine));
    found.extend([compiler(machine), program(machine), cache(machine)]);
    found
}

fn kernel(machine: &Machine) -> Finding {
    let what = format!("Linux {} on {}", machine.release, machine.processor);
    if machine.processor != "x86_64" {
        let said = format!("{what}: programs are made for x86-64 alone");
        return Finding::fault("kernel", said, "uname -m   # use a machine that says x86_64");
    }
    match machine.version() {
        Some(version) if version < OLDEST => {
            let said = format!("{what}: {}.{} is the oldest that serves", OLDEST.0, OLDEST.1);
            Finding::fault("kernel", said, "sudo apt-get install linux-image-amd64 && sudo reboot")
        }
        _ => Finding::ok("kernel", what),
    }
}

fn privileges(machine: &Machine) -> Finding {
    const CHECK: &str = "privileges";
    let situation = &machine.situation;
    let missing = situation.missing();
    if !missing.is_empty() {
        let said = format!("this process lacks {}, so it loads no programs", missing.join(" and "));
        return Finding::fault(CHECK, said, "sudo runner doctor");
    }
    if !situation.initial_namespace {
        let said = "root in a container's user namespace is not root of the kernel";
        let command = "docker run --privileged --userns=host --pid=host …";
        return Finding::fault(CHECK, said, command);
    }
    if !situation.sees_addresses() {
        let said = "without CAP_SYSLOG the kernel hides its addresses: globs of functions are \
                    attached one by one, and stacks have no names";
        return Finding::limit(CHECK, said).mended_by("sudo runner doctor");
    }
    Finding::ok(CHECK, "CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN")
}

fn lockdown(machine: &Machine) -> Finding {
    const CHECK: &str = "lockdown";
    match machine.situation.lockdown.as_deref() {
        None => Finding::ok(CHECK, "none"),
        Some("integrity") => Finding::ok(CHECK, "integrity: reading is not affected"),
        Some(mode) => Finding::fault(
            CHECK,
            format!("{mode}: programs may not read the kernel's memory"),
            "sudo sed -i 's/ *lockdown=[a-z]*//' /etc/default/grub && sudo update-grub && sudo \
             reboot   # and turn Secure Boot off if it asks for it",
        ),
    }
}

fn memlock(machine: &Machine) -> Option<Finding> {
    const CHECK: &str = "locked memory";
    let old = machine.version().is_some_and(|version| version < NO_MEMLOCK);
    let limit = machine.situation.memlock.filter(|_| old)?;
    if machine.situation.lifts_limits() {
        return Some(Finding::ok(CHECK, format!("{limit} bytes; runner lifts the limit")));
    }
    let said = format!(
        "this kernel counts programs against the limit of locked memory ({limit} bytes), which \
         this process cannot lift"
    );
    Some(Finding::fault(CHECK, said, "sudo sh -c 'ulimit -l unlimited; runner doctor'"))
}

fn types(machine: &Machine) -> Finding {
    match &machine.types {
        Ok(count) => Finding::ok("BTF", format!("{count} types")),
        Err(why) => Finding::fault(
            "BTF",
            format!("{why}; only tracepoints, system calls and hooks in programs work"),
            "runner -c FILE --btf /usr/lib/debug/boot/vmlinux-$(uname -r)   # with the kernel's \
             debug package",
        ),
    }
}

fn tracefs(machine: &Machine) -> Finding {
    const CHECK: &str = "tracefs";
    const MOUNT: &str = "sudo mount -t tracefs tracefs /sys/kernel/tracing";
    match &machine.tracefs {
        Tracefs::Readable(path) => Finding::ok(CHECK, path.display().to_string()),
        Tracefs::RootOnly(path) => {
            let said = format!("`{}` is for root only", path.display());
            Finding::fault(CHECK, said, "sudo runner doctor")
        }
        // It is mounted when the first tracepoint is asked for.
        Tracefs::NotMounted if machine.situation.mounts() => {
            Finding::ok(CHECK, "not mounted; runner mounts it when it is wanted")
        }
        Tracefs::NotMounted => Finding::fault(CHECK, "it is not mounted", MOUNT),
        Tracefs::Absent => Finding::fault(
            CHECK,
            "the kernel has none (CONFIG_TRACING is off): no tracepoints, no system calls",
            "sudo apt-get install linux-image-amd64 && sudo reboot",
        ),
    }
}

fn settings(machine: &Machine) -> Vec<Finding> {
    let settings = &machine.settings;
    let mut found = Vec::new();
    let permitted = machine.situation.is_permitted();
    if let Some(value) = settings.perf_event_paranoid {
        let said = match permitted {
            true => "it is not asked of whoever has CAP_PERFMON",
            false => "without CAP_PERFMON no value of it is enough",
        };
        found.push(Finding::ok("perf_event_paranoid", format!("{value}: {said}")));
    }
    if let Some(value) = settings.unprivileged_bpf_disabled {
        let said = match (value, permitted) {
            (0, _) => "anybody may load some kinds of programs; none of them traces",
            (_, true) => "it is not asked of whoever has CAP_BPF",
            (_, false) => "without CAP_BPF no program is loaded",
        };
        found.push(Finding::ok("unprivileged_bpf_disabled", format!("{value}: {said}")));
    }
    if let Some(value) = settings.kptr_restrict {
        found.push(match value {
            2.. => Finding::limit(
                "kptr_restrict",
                format!(
                    "{value}: the kernel hides its addresses from everybody: globs of functions \
                     are attached one by one, and stacks have no names"
                ),
            )
            .mended_by("sudo sysctl -w kernel.kptr_restrict=1"),
            _ => Finding::ok("kptr_restrict", format!("{value}: root sees addresses")),
        });
    }
    if settings.bpf_jit_enable == Some(0) {
        let said = "0: programs are interpreted, ten times slower";
        let command = "sudo sysctl -w net.core.bpf_jit_enable=1";
        found.push(Finding::limit("bpf_jit_enable", said).mended_by(command));
    }
    found
}

/// What a feature is for, and what serves without it.
fn use_of(feature: Feature, kprobes: bool) -> (&'static str, &'static str) {
    const OTHER: &str = "use syscall, tracepoint and raw_tracepoint hooks";
    match feature {
        Feature::Kprobe => ("kprobe, kretprobe and func hooks", OTHER),
        Feature::Fentry if kprobes => ("fentry and fexit hooks", "func hooks go by kprobes"),
        Feature::Fentry => ("fentry and fexit hooks", OTHER),
        Feature::KprobeMulti if kprobes => {
            ("globs of kernel functions in one link", "they are attached one by one")
        }
        Feature::KprobeMulti => ("globs of kernel functions in one link", OTHER),
        Feature::Uprobe => {
            ("uprobe, uretprobe, ufunc and usdt hooks", "use hooks in the kernel, such as syscall")
        }
        Feature::UprobeMulti => {
            ("globs of functions of programs in one link", "they are attached one by one")
        }
        Feature::Counter(_) => (
            "hardware hooks",
            "use profile:hz:99 or software hooks; virtual machines seldom have these counters",
        ),
    }
}

fn features(machine: &Machine) -> Vec<Finding> {
    let Some(tried) = &machine.features else {
        let said = "kprobes, fentry and the like were not tried: that needs privileges";
        return vec![Finding::unknown("features", said).mended_by("sudo runner doctor")];
    };
    let has = |tried: &Tried| tried.feature == Feature::Kprobe && tried.lacks.is_none();
    let kprobes = tried.iter().any(has);
    let finding = |Tried { feature, lacks }: &Tried| {
        let name = feature.to_string();
        let (serves, instead) = use_of(*feature, kprobes);
        match lacks {
            None => Finding::ok(&name, serves),
            Some(why) => Finding::limit(&name, format!("no {serves}: {why}; {instead}")),
        }
    };
    tried.iter().map(finding).collect()
}

fn compiler(machine: &Machine) -> Finding {
    match &machine.compiler {
        Ok(compiler) => Finding::ok(
            "rustc",
            format!(
                "{} in `{}`; compiles in {:.1} s with nothing cached",
                compiler.release,
                compiler.path.display(),
                compiler.took.as_secs_f64()
            ),
        ),
        Err(why) => {
            let first = why.lines().next().unwrap_or_default();
            let command = if machine.names_compiler {
                "unset RUNNER_RUSTC"
            } else if why.contains("`rustup ") {
                "rustup update stable"
            } else {
                "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y \
                 --profile minimal"
            };
            Finding::fault("rustc", first, command)
        }
    }
}

fn program(machine: &Machine) -> Finding {
    const CHECK: &str = "program";
    match &machine.program {
        None if machine.compiler.is_err() => {
            Finding::unknown(CHECK, "none was loaded: there is no compiler")
        }
        None => Finding::unknown(CHECK, "none was loaded: that needs privileges")
            .mended_by("sudo runner doctor"),
        Some(None) => Finding::ok(CHECK, "one was compiled and loaded, with its ring buffer"),
        Some(Some(why)) => Finding::fault(
            CHECK,
            format!("one was compiled, and not loaded: {why}"),
            "sudo dmesg | tail; sudo journalctl -k -g denied   # what forbids it",
        ),
    }
}

fn cache(machine: &Machine) -> Finding {
    const CHECK: &str = "cache";
    let command = "export RUNNER_CACHE=/var/tmp/runner-$(id -u)";
    match &machine.cache {
        Ok(kept) => match &kept.temporary {
            Some(why) => {
                let said = format!("nothing is kept, so each start compiles: {why}");
                Finding::limit(CHECK, said).mended_by(command)
            }
            None => Finding::ok(
                CHECK,
                format!(
                    "`{}`: {} entries, {:.1} MiB",
                    kept.folder.display(),
                    kept.entries,
                    kept.bytes as f64 / f64::from(1 << 20)
                ),
            ),
        },
        Err(why) => Finding::fault(CHECK, why.as_str(), command),
    }
}
