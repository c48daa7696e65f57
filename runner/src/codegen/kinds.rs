//! Every row of [`KINDS`], with the example that the documentation gives, goes through all stages up
//! to the compiler on the test kernel.

use super::generate;
use super::tests::{cache, rustfmt};
use crate::compile::{Search, compile};
use crate::diag::{Code, Style, render};
use crate::facts::Facts;
use crate::facts::testing::Kernel;
use crate::hook::{HookKind, KINDS, Row};
use crate::link::link;
use crate::plan::Tasks;
use crate::plan::fixture::plan_of;

/// Kinds whose example the test kernel does not have, and the fault that says so. They have goldens
/// of their own in `tests/build`.
const ABSENT: &[(HookKind, Code)] = &[];

/// A config with a probe at the example; these fields are those of every hook.
fn config(row: &Row) -> String {
    let fields = "[pid, tid, uid, gid, comm, cpu, nsecs, time, ppid]";
    format!(
        "version: 1\nprobes:\n  - hook: \"{}\"\n    where: pid != 0\n    fields: {fields}\n",
        row.example
    )
}

fn absent(row: &Row) -> Option<Code> {
    ABSENT.iter().find(|(kind, _)| *kind == row.kind).map(|(_, code)| *code)
}

#[test]
fn the_example_of_every_kind_becomes_a_program() {
    let kernel = Kernel::new().with_fentry();
    let (_folder, cache) = cache();
    let mut wrong = Vec::new();
    let mut compiled = 0;
    for row in KINDS {
        for tasks in [Tasks::All, Tasks::Process, Tasks::Family] {
            let plan = match (plan_of(&config(row), &kernel, tasks), absent(row)) {
                (Ok(plan), None) => plan,
                (Err(faults), Some(code)) if faults.list.iter().all(|one| one.code == code) => {
                    continue;
                }
                (Ok(_), Some(code)) => {
                    wrong.push(format!("{}: is there after all, no {code:?}", row.name));
                    continue;
                }
                (Err(faults), _) => {
                    wrong.push(format!("{}: {}", row.name, render(&faults, Style::Plain)));
                    continue;
                }
            };
            let text = generate(&plan).unwrap();
            let difference = rustfmt(&text);
            if !difference.is_empty() {
                wrong.push(format!("{}, {tasks:?}: rustfmt: {difference}", row.name));
            }
            // What `tasks` changes is the same for all; one compilation a kind is enough.
            if tasks != Tasks::All {
                continue;
            }
            match compile(&text, &Search::from_environment(), &cache) {
                Err(error) => wrong.push(format!("{}: {error}", row.name)),
                Ok(object) => {
                    let run = [("run:self", 1), ("run:pid", 2)];
                    match link(object.object, kernel.btf().ok(), &run) {
                        Err(error) => wrong.push(format!("{}: {error}", row.name)),
                        Ok(_) => compiled += 1,
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compiled + ABSENT.len(), KINDS.len());
}

#[test]
fn kinds_that_a_kernel_lacks_say_so() {
    let bare = Kernel::new().without_kprobes().without_counters();
    for kind in [HookKind::Kprobe, HookKind::Kretprobe, HookKind::Hardware] {
        let faults = plan_of(&config(kind.row()), &bare, Tasks::All).unwrap_err();
        let codes: Vec<_> = faults.list.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [Code::HookUnavailable], "{kind:?}");
        assert!(faults.list[0].help.is_some(), "{kind:?}");
    }
}

#[test]
fn a_kind_that_is_there_comes_after_one_that_is_not() {
    let text = "version: 1\nprobes:\n  - hook: [\"hardware:cycles\", \"profile:hz:100001\", \
                \"profile:hz:99\"]\n    fields: [pid]\n";
    let kernel = Kernel::new().without_counters();
    let plan = plan_of(text, &kernel, Tasks::All).unwrap();
    assert_eq!(plan.probes[0].hook, "profile:hz:99");
    let passed = &plan.probes[0].passed_over;
    assert!(
        passed[0].starts_with("hardware:cpu-cycles:1000000: this machine has no"),
        "{passed:?}"
    );
    assert!(passed[1].contains("100001 times a second is more than"), "{passed:?}");
}

#[test]
fn samples_have_no_arguments_and_return_nothing() {
    for (field, code, said) in [
        ("x", Code::UnknownName, "only what runs"),
        ("retval", Code::NotAvailable, "nothing returns"),
        ("latency", Code::NotAvailable, "do not make one event"),
    ] {
        for hook in ["profile:hz:99", "interval:s:1", "software:cs", "hardware:cycles"] {
            let text = format!("version: 1\nprobes:\n  - hook: {hook}\n    fields: [{field}]\n");
            let faults = plan_of(&text, &Kernel::new(), Tasks::All).unwrap_err();
            assert_eq!(faults.list[0].code, code, "{hook}, {field}");
            let shown = render(&faults, Style::Plain);
            assert!(shown.contains(said), "{shown}");
        }
    }
}
