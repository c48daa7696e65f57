//! Which configs can run on this kernel, by which hooks, and why the others cannot.
//!
//! In: paths of configs, the kernel's facts. Out: a [`Verdict`] each. What is faulty whatever the
//! kernel is told apart from what only this one lacks.

use serde::Serialize;

use super::checks::Status;
use crate::config::{self, ReadError};
use crate::diag::{Faults, Severity, chain};
use crate::facts::Facts;
use crate::plan::survey::{Found, HookSurvey, ProbeSurvey, survey};

/// What became of one config.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// Its file.
    pub config: String,
    /// `ok`: it runs.
    pub status: Status,
    /// Its probes; none where the config is faulty.
    pub probes: Vec<Observed>,
    /// What is wrong with it on any kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// One probe.
#[derive(Debug, Serialize)]
pub struct Observed {
    /// Its name.
    pub probe: String,
    /// The hook by which it runs, if it does.
    pub hook: Option<String>,
    /// The hooks before that, or all, and why they do not serve.
    pub not: Vec<Refused>,
}

/// A hook that does not serve.
#[derive(Debug, Serialize)]
pub struct Refused {
    /// As it is written.
    pub hook: String,
    /// Why.
    pub why: String,
}

/// What becomes of the config at `path`.
pub fn judge(path: &str, facts: &dyn Facts) -> Verdict {
    let faulty = |fault: String, command: String| Verdict {
        config: path.to_owned(),
        status: Status::Fault,
        probes: Vec::new(),
        fault: Some(fault),
        command: Some(command),
    };
    let source = match config::read(path) {
        Ok(source) => source,
        Err(ReadError::Unfit(faults)) => return faulty(first(&faults), validate(path)),
        Err(fault) => return faulty(chain(&fault), format!("ls -l {path}")),
    };
    let mut faults = Faults::new(source.clone());
    let Some(config) = config::parse(source.clone(), &mut faults) else {
        return faulty(first(&faults), validate(path));
    };
    let mut found = Faults::new(source);
    let surveyed = match survey(&config, facts, &mut found) {
        Ok(surveyed) => surveyed,
        Err(fault) => return faulty(chain(&fault), validate(path)),
    };
    let unknown = surveyed.probes.iter().any(ProbeSurvey::is_unknown);
    let probes: Vec<Observed> = surveyed.probes.iter().map(observed).collect();
    let failed = probes.iter().find(|probe| probe.hook.is_none());
    let (status, command) = match failed {
        // What is chosen may be asked for what it has not.
        _ if found.any_error() && surveyed.probes.iter().any(is_faulty) => {
            return Verdict { probes, ..faulty(first(&found), validate(path)) };
        }
        None => (Status::Ok, None),
        Some(_) if unknown => (Status::Unknown, Some("sudo runner doctor …".to_owned())),
        Some(probe) => (Status::Fault, probe.not.first().map(|hook| instead(&hook.hook))),
    };
    Verdict { config: path.to_owned(), status, probes, fault: None, command }
}

fn validate(path: &str) -> String {
    format!("runner validate {path}")
}

/// The command that shows what else there is.
fn instead(hook: &str) -> String {
    let (kind, target) = hook.split_once(':').unwrap_or(("", hook));
    let in_kernel = matches!(kind, "kprobe" | "kretprobe" | "fentry" | "fexit" | "func");
    let words = target.split(|c: char| !c.is_ascii_alphanumeric());
    match words.max_by_key(|word| word.len()).filter(|word| in_kernel && word.len() > 2) {
        Some(word) => format!("runner list '*{word}*'   # other hooks, to add as alternatives"),
        None => format!("runner fields '{hook}'"),
    }
}

/// The first error.
fn first(faults: &Faults) -> String {
    let mut errors = faults.list.iter().filter(|fault| fault.severity == Severity::Error);
    errors.next().map(|fault| fault.message.clone()).unwrap_or_default()
}

/// Whether the hook that would be chosen does not give what the probe wants of it.
fn is_faulty(probe: &ProbeSurvey) -> bool {
    let there = probe.hooks.iter().find(|hook| !matches!(hook.found, Found::Absent(_)));
    there.is_some_and(|hook| matches!(hook.found, Found::Faulty))
}

fn observed(probe: &ProbeSurvey) -> Observed {
    let refused = |hook: &HookSurvey| {
        let why = match &hook.found {
            Found::Absent(why) | Found::Unknown(why) => why.clone(),
            Found::Faulty => "it does not have what the probe asks for".to_owned(),
            Found::There { .. } => return None,
        };
        Some(Refused { hook: hook.hook.clone(), why })
    };
    let before = probe.hooks.iter().map_while(refused).collect();
    let hook = probe.chosen().map(|hook| hook.hook.clone());
    Observed { probe: probe.name.clone(), hook, not: before }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::facts::testing::Kernel;

    const UNLINK: &str = "\
version: 1
probes:
  - name: one
    hook: [\"kprobe:do_unlinkat\", \"tracepoint:syscalls:sys_enter_unlink\"]
    fields: [pid]
";

    fn verdict(text: &str, kernel: &Kernel) -> Verdict {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        judge(&file.path().display().to_string(), kernel)
    }

    #[test]
    fn a_config_runs_by_the_first_hook_that_is_there() {
        let first = verdict(UNLINK, &Kernel::new());
        assert_eq!(first.status, Status::Ok);
        assert_eq!(first.probes[0].hook.as_deref(), Some("kprobe:do_unlinkat"));
        assert!(first.probes[0].not.is_empty());
        let second = verdict(UNLINK, &Kernel::new().without_kprobes());
        assert_eq!((second.status, second.command), (Status::Ok, None));
        let probe = &second.probes[0];
        assert_eq!(probe.hook.as_deref(), Some("tracepoint:syscalls:sys_enter_unlink"));
        assert_eq!(probe.not[0].hook, "kprobe:do_unlinkat");
        assert!(probe.not[0].why.contains("CONFIG_KPROBES"), "{}", probe.not[0].why);
    }

    #[test]
    fn what_this_kernel_lacks_and_what_is_wrong_anywhere_are_told_apart() {
        let only = UNLINK.replace(", \"tracepoint:syscalls:sys_enter_unlink\"", "");
        let lacking = verdict(&only, &Kernel::new().without_kprobes());
        assert_eq!((lacking.status, lacking.fault.clone()), (Status::Fault, None));
        assert_eq!(lacking.probes[0].hook, None);
        let command = lacking.command.unwrap();
        assert!(command.starts_with("runner list '*unlinkat*'"), "{command}");
        let typing = verdict(&UNLINK.replace("[pid]", "[pidd]"), &Kernel::new());
        assert!(typing.fault.unwrap().contains("pidd"));
        assert!(typing.command.unwrap().starts_with("runner validate /"));
        let broken = verdict("probes: [", &Kernel::new());
        assert_eq!(broken.status, Status::Fault);
        assert!(broken.fault.is_some() && broken.probes.is_empty());
        let absent = judge("/no/such.yaml", &Kernel::new());
        assert!(absent.fault.unwrap().contains("/no/such.yaml"));
    }

    #[test]
    fn the_command_for_a_missing_hook_can_be_pasted() {
        assert_eq!(instead("uprobe:/x:main"), "runner fields 'uprobe:/x:main'");
        assert!(instead("fexit:vfs_readlink").starts_with("runner list '*readlink*'"));
    }
}
