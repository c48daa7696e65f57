//! Why the kernel said no: EPERM turned into what is missing and what to do about it.
//!
//! In: the error of a system call and what /proc and /sys say of this process. Out: a [`Refusal`]
//! whose text ends with the cure. Changes nothing but `RLIMIT_MEMLOCK`.

use std::fs;
use std::io;

/// What the kernel answered to a system call.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// It did not permit it.
    #[error(transparent)]
    Refused(Refusal),
    /// It does not have the call.
    #[error("this kernel is built without CONFIG_BPF_SYSCALL; boot one that has it")]
    NoBpf,
    /// Anything else.
    #[error(transparent)]
    Os(io::Error),
}

impl From<io::Error> for KernelError {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::EPERM) => Self::Refused(Refusal::find()),
            Some(libc::ENOSYS) => Self::NoBpf,
            _ => Self::Os(error),
        }
    }
}

/// Why a privileged call was not permitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The process lacks capabilities.
    #[error(
        "not permitted: this process lacks {}; run it as root: `sudo runner …`",
        missing.join(" and ")
    )]
    Capabilities {
        /// Their names.
        missing: Vec<&'static str>,
    },
    /// It is root, but only within a user namespace.
    #[error(
        "not permitted: root in a container's user namespace is not root of the kernel; run it \
         outside, or in a container with `--privileged --userns=host`"
    )]
    UserNamespace,
    /// The kernel is locked down.
    #[error(
        "not permitted: the kernel is locked down (mode `{mode}`), as Secure Boot asks for; boot \
         without `lockdown={mode}` or turn Secure Boot off"
    )]
    Lockdown {
        /// `integrity` or `confidentiality`.
        mode: String,
    },
    /// Kernels before 5.11 count maps and programs against a limit that may not be raised.
    #[error(
        "not permitted: this kernel counts maps and programs against the limit of locked memory \
         ({limit} bytes), which cannot be raised from here; run `ulimit -l unlimited` as root first"
    )]
    Memlock {
        /// `RLIMIT_MEMLOCK`.
        limit: u64,
    },
    /// None of the above.
    #[error(
        "not permitted, although the capabilities are there: a seccomp filter or a security module \
         forbids it; see `grep Seccomp /proc/self/status` and `journalctl -k -g denied`"
    )]
    Policy,
}

/// What there is to know about the privileges of this process.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The effective capabilities, a bit each.
    pub capabilities: u64,
    /// Whether it lives in the first user namespace.
    pub initial_namespace: bool,
    /// The lockdown mode, unless `none`.
    pub lockdown: Option<String>,
    /// The limit of locked memory, where this kernel counts against it.
    pub memlock: Option<u64>,
}

const CAP_SYS_ADMIN: u32 = 21;
const CAP_SYS_RESOURCE: u32 = 24;
const CAP_SYSLOG: u32 = 34;
const CAP_PERFMON: u32 = 38;
const CAP_BPF: u32 = 39;

impl Refusal {
    /// The likeliest reason why this process was refused just now.
    pub fn find() -> Self {
        Situation::of_this_process().reason()
    }

    /// Why this process would be refused whatever the kernel can do: for want of capabilities, or in
    /// a user namespace.
    pub fn foreseen() -> Option<Self> {
        let reason = Situation::of_this_process().reason();
        matches!(reason, Self::Capabilities { .. } | Self::UserNamespace).then_some(reason)
    }
}

impl Situation {
    /// What this process may do now.
    pub fn of_this_process() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        Self {
            capabilities: effective_capabilities(&read("/proc/self/status")),
            initial_namespace: is_initial_namespace(&read("/proc/self/uid_map")),
            lockdown: lockdown_mode(&read("/sys/kernel/security/lockdown")),
            memlock: memlock_limit().filter(|_| kernel_version() < version(5, 11, 0)),
        }
    }

    fn reason(&self) -> Refusal {
        let missing = self.missing();
        if !missing.is_empty() {
            Refusal::Capabilities { missing }
        } else if !self.initial_namespace {
            Refusal::UserNamespace
        } else if let Some(mode) = &self.lockdown {
            Refusal::Lockdown { mode: mode.clone() }
        } else if let Some(limit) = self.memlock {
            Refusal::Memlock { limit }
        } else {
            Refusal::Policy
        }
    }

    /// The capabilities that are needed and not there. `CAP_SYS_ADMIN` stands for both of the
    /// others, which exist since 5.8.
    pub fn missing(&self) -> Vec<&'static str> {
        const NEEDED: [(u32, &str); 2] = [(CAP_BPF, "CAP_BPF"), (CAP_PERFMON, "CAP_PERFMON")];
        if self.has(CAP_SYS_ADMIN) {
            return Vec::new();
        }
        NEEDED.iter().filter(|(bit, _)| !self.has(*bit)).map(|(_, name)| *name).collect()
    }

    fn has(&self, bit: u32) -> bool {
        self.capabilities & (1 << bit) != 0
    }

    /// Whether it may load and attach programs, as far as capabilities tell.
    pub fn is_permitted(&self) -> bool {
        self.missing().is_empty() && self.initial_namespace
    }

    /// Whether the kernel shows it addresses where `kptr_restrict` is 1.
    pub fn sees_addresses(&self) -> bool {
        self.has(CAP_SYSLOG)
    }

    /// Whether it may mount file systems.
    pub fn mounts(&self) -> bool {
        self.has(CAP_SYS_ADMIN) && self.initial_namespace
    }

    /// Whether it may lift the limit of locked memory.
    pub fn lifts_limits(&self) -> bool {
        self.has(CAP_SYS_RESOURCE)
    }
}

/// The `CapEff:` line of a `status` file; none where it cannot be read.
fn effective_capabilities(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or(0)
}

/// Whether a `uid_map` maps every user to itself, as only that of the first namespace does.
fn is_initial_namespace(uid_map: &str) -> bool {
    uid_map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// The mode in brackets of `none [integrity] confidentiality`.
fn lockdown_mode(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('[')?;
    let (mode, _) = rest.split_once(']')?;
    (mode != "none").then(|| mode.to_owned())
}

/// `RLIMIT_MEMLOCK`; `None` for no limit.
fn memlock_limit() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is ours and of the type that the call fills.
    let result = unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) };
    (result == 0 && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

/// Lifts the limit of locked memory; whether that changed anything.
fn raise_memlock() -> bool {
    if memlock_limit().is_none() {
        return false;
    }
    let limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the structure is ours and only read.
    unsafe { libc::setrlimit(libc::RLIMIT_MEMLOCK, &raw const limit) == 0 }
}

/// Runs `call`; if it is not permitted and the limit of locked memory can be lifted, once more.
///
/// Kernels before 5.11 answer EPERM when that limit is exceeded. It is lifted only then, as the
/// commands that `runner` starts inherit it.
pub(super) fn with_memlock<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    match call() {
        Err(error) if error.raw_os_error() == Some(libc::EPERM) && raise_memlock() => call(),
        result => result,
    }
}

/// A kernel version as `LINUX_VERSION_CODE` counts it.
const fn version(major: u32, minor: u32, patch: u32) -> u32 {
    (major << 16) + (minor << 8) + if patch > 255 { 255 } else { patch }
}

/// The version of the running kernel; 0 where its release does not begin with one.
pub(super) fn kernel_version() -> u32 {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    parse_version(&release).unwrap_or(0)
}

fn parse_version(release: &str) -> Option<u32> {
    let mut numbers =
        release.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse::<u32>().ok());
    let (major, minor) = (numbers.next()??, numbers.next()??);
    Some(version(major, minor, numbers.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: u64 = (1 << 41) - 1;

    fn root() -> Situation {
        Situation { capabilities: ALL, initial_namespace: true, lockdown: None, memlock: None }
    }

    #[test]
    fn names_what_is_missing_in_the_order_of_likelihood() {
        let user = Situation { capabilities: 0, initial_namespace: false, ..root() };
        let missing = vec!["CAP_BPF", "CAP_PERFMON"];
        assert_eq!(user.reason(), Refusal::Capabilities { missing });
        let half = Situation { capabilities: 1 << 39, ..root() };
        assert_eq!(half.reason(), Refusal::Capabilities { missing: vec!["CAP_PERFMON"] });
        let admin = Situation { capabilities: 1 << 21, ..root() };
        assert_eq!(admin.reason(), Refusal::Policy);
        let container = Situation { initial_namespace: false, memlock: Some(1), ..root() };
        assert_eq!(container.reason(), Refusal::UserNamespace);
        let mode = || "integrity".to_owned();
        let locked = Situation { lockdown: Some(mode()), memlock: Some(1), ..root() };
        assert_eq!(locked.reason(), Refusal::Lockdown { mode: mode() });
        let old = Situation { memlock: Some(65536), ..root() };
        assert_eq!(old.reason(), Refusal::Memlock { limit: 65536 });
    }

    #[test]
    fn reads_the_files_of_the_kernel() {
        let status = "Name:\trunner\nCapPrm:\t0000000000000001\nCapEff:\t000001ffffffffff\n";
        assert_eq!(effective_capabilities(status), ALL);
        assert_eq!(effective_capabilities(""), 0);
        assert!(is_initial_namespace("         0          0 4294967295\n"));
        assert!(!is_initial_namespace("         0     100000      65536\n"));
        assert_eq!(lockdown_mode("[none] integrity confidentiality\n"), None);
        assert_eq!(lockdown_mode("none integrity [confidentiality]\n").unwrap(), "confidentiality");
        assert_eq!(lockdown_mode(""), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(parse_version("5.10.0-35-cloud-amd64\n"), Some(0x05_0a_00));
        assert_eq!(parse_version("6.18.44-fc\n"), Some(0x06_12_2c));
        assert_eq!(parse_version("7.2"), Some(0x07_02_00));
        assert_eq!(parse_version("4.19.307"), Some(0x04_13_ff));
        assert_eq!(parse_version("generic"), None);
        assert!(parse_version("5.9.1") < parse_version("5.11.0"));
    }

    #[test]
    fn only_eperm_is_a_refusal() {
        let error = |errno| KernelError::from(io::Error::from_raw_os_error(errno));
        assert!(matches!(error(libc::EPERM), KernelError::Refused(_)));
        assert!(matches!(error(libc::ENOSYS), KernelError::NoBpf));
        assert!(matches!(error(libc::EACCES), KernelError::Os(_)));
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let capabilities = Refusal::Capabilities { missing: vec!["CAP_BPF", "CAP_PERFMON"] };
        let text = capabilities.to_string();
        assert!(text.contains("CAP_BPF and CAP_PERFMON") && text.contains("sudo"), "{text}");
        assert!(Refusal::Memlock { limit: 65536 }.to_string().contains("ulimit -l unlimited"));
    }
}
