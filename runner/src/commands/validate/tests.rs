//! The report on configs made here, on kernels made here.

use super::*;
use crate::check::Lint;
use crate::diag::Code;
use crate::facts::testing::Kernel as TestKernel;
use crate::facts::{Facts, FactsError};
use kernels::Kernel;

/// Two kernels: one with all functions, one without kprobes.
fn kernels() -> Kernels {
    let named = |name: &str, facts: TestKernel| Kernel {
        name: name.into(),
        facts: Box::new(facts) as Box<dyn Facts + Send + Sync>,
    };
    let list =
        vec![named("6.1", TestKernel::new()), named("6.18", TestKernel::new().without_kprobes())];
    Kernels { list, named: true, none: None }
}

/// What lints find is told apart, below.
fn no_lints() -> LintLevels {
    LintLevels::new(&[], &[], &[Lint::All])
}

/// What is said of these files, with the folder's name left out, and how it ends.
fn reported(files: &[(&str, &str)], kernels: &Kernels, format: DiagFormat) -> (String, Outcome) {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (name, text) in files {
        paths.push(folder.path().join(name));
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut out = Vec::new();
    let against = Against { kernels, settings: &[], levels: &no_lints() };
    let outcome = report(&paths, against, format, Style::Plain, &mut out).unwrap();
    let own = format!("{}/", folder.path().display());
    // The head of the table has spaces in its place.
    let head = format!("\n{}", " ".repeat(own.len()));
    let text =
        format!("\n{}", String::from_utf8(out).unwrap()).replace(&own, "").replace(&head, "\n");
    (text[1..].to_owned(), outcome)
}

const UNLINK: &str = "\
version: 1
probes:
  - name: unlink
    any:
      - {hook: 'func:do_unlinkat', fields: [{f: name->name}, {ret: retval}]}
      - {hook: 'syscall:unlink*', fields: [{f: pathname}, {ret: retval}]}
    fields: [pid]
";

const SLIPS: &str = "\
version: 1
probes:
  - {name: slip, hook: 'tracepoint:sched:sched_switch', fields: [prev_pidd]}
  - {name: only, hook: 'kprobe:do_unlinkat', fields: [{f: name->name}]}
";

#[test]
fn the_whole_report() {
    let files =
        [("bad.yaml", "version: 1\nprobs: []\n"), ("slips.yaml", SLIPS), ("unlink.yaml", UNLINK)];
    let (text, outcome) = reported(&files, &kernels(), DiagFormat::Human);
    assert_eq!(outcome, Outcome::Findings);
    insta::assert_snapshot!(text, @"
        error[unknown-key]: a config has no key `probs`
         --> bad.yaml:2:1
          |
        2 | probs: []
          | ^^^^^
          |
          = help: did you mean `probes`?

        error[unknown-name]: `tracepoint:sched:sched_switch` has no `prev_pidd`
         --> slips.yaml:3:66
          |
        3 |   - {name: slip, hook: 'tracepoint:sched:sched_switch', fields: [prev_pidd]}
          |                                                                  ^^^^^^^^^
          |
          = note: its arguments are: prev_comm (string), prev_pid (int), prev_prio (int), prev_state (long), next_comm (string), next_pid (int), next_prio (int)
          = note: on every kernel
          = help: did you mean `prev_pid` (int)?

        error[hook-unavailable]: `kprobe:do_unlinkat` is not there: this kernel has no kprobes (CONFIG_KPROBES is off)
         --> slips.yaml:4:24
          |
        4 |   - {name: only, hook: 'kprobe:do_unlinkat', fields: [{f: name->name}]}
          |                        ^^^^^^^^^^^^^^^^^^^^
          |
          = note: on 6.18
          = help: give an alternative that it has, such as a `tracepoint:` or `syscall:` hook

                     6.1    6.18
        bad.yaml     -      -
        slips.yaml   fault  fault
          slip: tracepoint:sched:sched_switch: faulty
          only: kprobe:do_unlinkat  on 6.1
                none                on 6.18
        unlink.yaml  ok     ok
          unlink: func:do_unlinkat, by kprobe and kretprobe  on 6.1
                  syscall:unlink* (4 places)                 on 6.18

        3 configs, 2 kernels: 3 errors
    ");
}

#[test]
fn without_faults_only_the_table_is_left() {
    let (text, outcome) = reported(&[("unlink.yaml", UNLINK)], &kernels(), DiagFormat::Human);
    assert_eq!(outcome, Outcome::Ok);
    insta::assert_snapshot!(text, @"
                     6.1    6.18
        unlink.yaml  ok     ok
          unlink: func:do_unlinkat, by kprobe and kretprobe  on 6.1
                  syscall:unlink* (4 places)                 on 6.18

        1 config, 2 kernels: no faults
    ");
}

#[test]
fn without_a_kernel_the_config_alone_is_checked() {
    let none = Kernels { list: Vec::new(), named: false, none: Some(FactsError::NoBtf) };
    let (text, outcome) = reported(&[("slips.yaml", SLIPS)], &none, DiagFormat::Human);
    assert_eq!(outcome, Outcome::Ok);
    insta::assert_snapshot!(text, @"
        not checked: anything that depends on a kernel: failed to find `/sys/kernel/btf/vmlinux`: this kernel was built without CONFIG_DEBUG_INFO_BTF; give its types with: --btf FILE; name kernels: --kernel SNAPSHOT, made by `runner snapshot -o SNAPSHOT`
        1 config: no faults
    ");
}

#[test]
fn tools_get_the_faults_alone() {
    let (text, outcome) = reported(&[("slips.yaml", SLIPS)], &kernels(), DiagFormat::Concise);
    assert_eq!(outcome, Outcome::Findings);
    insta::assert_snapshot!(text, @"
        slips.yaml:3:66: error[unknown-name]: `tracepoint:sched:sched_switch` has no `prev_pidd`
        slips.yaml:4:24: error[hook-unavailable]: `kprobe:do_unlinkat` is not there: this kernel has no kprobes (CONFIG_KPROBES is off)
    ");
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["none.yaml", "slips.yaml"].map(|name| folder.path().join(name));
    std::fs::write(&paths[1], SLIPS).unwrap();
    let mut out = Vec::new();
    let format = DiagFormat::Concise;
    let against = Against { kernels: &kernels(), settings: &[], levels: &no_lints() };
    let failure = report(&paths, against, format, Style::Plain, &mut out).unwrap_err();
    assert!(matches!(failure, Failure::Usage(_)), "{failure:?}");
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 2);
}

#[test]
fn what_kernels_lack_is_said() {
    let text = "\
version: 1
probes:
  - name: shape
    hook: [kprobe:shape, 'syscall:unlink']
    fields:
      - gone: {expr: task->gone, default: null}
      - pid: task->tgid_ ?? task->tgid
";
    let (text, outcome) = reported(&[("x.yaml", text)], &kernels(), DiagFormat::Human);
    assert_eq!(outcome, Outcome::Ok, "{text}");
    for line in [
        "  shape: `struct task_struct` has no member `gone`: `gone` is null, on 6.1, 6.18\n",
        "  shape: `struct task_struct` has no member `tgid_`: `task->tgid` is taken instead, on 6.1, 6.18\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn lints_are_reported_at_their_level() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("unlink.yaml")];
    std::fs::write(&paths[0], UNLINK).unwrap();
    let said = |levels: LintLevels| {
        let against = Against { kernels: &kernels(), settings: &[], levels: &levels };
        let mut out = Vec::new();
        let outcome = report(&paths, against, DiagFormat::Concise, Style::Plain, &mut out);
        let text = String::from_utf8(out).unwrap();
        let lines = text.lines().map(|line| line.rsplit('/').next().unwrap().to_owned());
        (outcome.unwrap(), lines.collect::<Vec<_>>())
    };
    let (outcome, lines) = said(LintLevels::default());
    assert_eq!(outcome, Outcome::Ok, "warnings are no failure");
    // What only the alternative for one of the kernels has, is found, too.
    for start in [
        "unlink.yaml: warning[missing-description]",
        "unlink.yaml:5:45: warning[truncated-string]",
        "unlink.yaml:6:44: warning[truncated-string]",
    ] {
        assert!(lines.iter().any(|line| line.starts_with(start)), "no {start} in {lines:#?}");
    }
    let deny = [Lint::One(Code::MissingDescription)];
    let (outcome, lines) = said(LintLevels::new(&deny, &[], &[Lint::All]));
    assert_eq!(outcome, Outcome::Findings);
    let [line] = lines.as_slice() else { panic!("{lines:#?}") };
    assert!(line.starts_with("unlink.yaml: error[missing-description]"), "{line}");
}
