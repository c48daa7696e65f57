//! Surveys on the kernel of [`crate::facts::testing`].

use std::sync::Arc;

use super::survey::{Found, ProbeSurvey, Survey, survey};
use crate::config;
use crate::diag::{Code, Faults, Source};
use crate::facts::testing::Kernel;
use crate::facts::{Facts, TypesOnly};

/// The survey of a config with one probe of these lines.
fn surveyed(lines: &str, facts: &dyn Facts) -> (Survey, Faults) {
    let text = format!("version: 1\nprobes:\n  - {}\n", lines.trim().replace('\n', "\n    "));
    let source = Arc::new(Source { path: "test.yaml".into(), text });
    let mut faults = Faults::new(source.clone());
    let config = config::parse(source, &mut faults).unwrap();
    let survey = survey(&config, facts, &mut faults).unwrap();
    (survey, faults)
}

/// `there`, `faulty`, `absent` or `unknown` for each hook.
fn found(survey: &Survey) -> Vec<&'static str> {
    let word = |found: &Found| match found {
        Found::There { .. } => "there",
        Found::Faulty => "faulty",
        Found::Absent(_) => "absent",
        Found::Unknown(_) => "unknown",
    };
    survey.probes[0].hooks.iter().map(|hook| word(&hook.found)).collect()
}

fn chosen(survey: &Survey) -> Option<&str> {
    survey.probes[0].chosen().map(|hook| hook.hook.as_str())
}

const UNLINK: &str = "name: unlink
any:
  - {hook: ['func:do_unlinkat', 'func:filename_unlinkat'], fields: [{f: name->name}, {ret: retval}]}
  - {hook: 'syscall:unlink*', fields: [{f: pathname}, {ret: retval}]}
fields: [pid]";

#[test]
fn all_alternatives_are_looked_at_and_the_first_is_chosen() {
    let (all, faults) = surveyed(UNLINK, &Kernel::new());
    assert_eq!((found(&all), faults.list.len()), (vec!["there", "there", "there"], 0));
    assert_eq!(chosen(&all), Some("func:do_unlinkat"));
    let (renamed, faults) = surveyed(UNLINK, &Kernel::new().without_function("do_unlinkat"));
    assert_eq!((found(&renamed), faults.list.len()), (vec!["absent", "there", "there"], 0));
    assert_eq!(chosen(&renamed), Some("func:filename_unlinkat"));
    assert_eq!(renamed.plan.probes[0].hook, "func:filename_unlinkat");
    let (bare, faults) = surveyed(UNLINK, &Kernel::new().without_kprobes());
    assert_eq!((found(&bare), faults.list.len()), (vec!["absent", "absent", "there"], 0));
    let Found::There { places: 4, .. } = bare.probes[0].hooks[2].found else { panic!("{bare:?}") };
}

#[test]
fn an_alternative_that_is_not_chosen_is_typed_too() {
    let lines = "any:\n  - {hook: 'kprobe:do_unlinkat', fields: [{f: name->name}]}\n  \
                 - {hook: 'kprobe:wake_up_new_task', fields: [{f: p->commm}]}\nfields: [pid]";
    let (survey, faults) = surveyed(lines, &Kernel::new());
    assert_eq!(found(&survey), ["there", "faulty"]);
    let [fault] = &faults.list[..] else { panic!("{faults:?}") };
    assert_eq!(fault.code, Code::UnknownMember);
    assert_eq!(fault.notes, ["with `kprobe:wake_up_new_task`"]);
    // Where the kernel lacks it, there is nothing to say.
    let without = Kernel::new().without_function("wake_up_new_task");
    assert_eq!(surveyed(lines, &without).1.list, []);
}

#[test]
fn what_all_alternatives_have_wrong_stands_once() {
    let lines = "hook: [kprobe:do_unlinkat, kprobe:filename_unlinkat]\nfields: [{f: name->nam}]";
    let (survey, faults) = surveyed(lines, &Kernel::new());
    assert_eq!(found(&survey), ["faulty", "faulty"]);
    let [fault] = &faults.list[..] else { panic!("{faults:?}") };
    assert!(fault.notes.iter().all(|note| !note.starts_with("with ")), "{fault:?}");
    assert_eq!(survey.plan.probes.len(), 0);
}

#[test]
fn alternatives_give_the_same_types() {
    let variants = |one: &str, two: &str| {
        format!(
            "any:\n  - {{hook: 'kprobe:narrow', fields: [{{x: '{one}'}}]}}\n  \
             - {{hook: 'kprobe:wake_up_new_task', fields: [{{x: '{two}'}}]}}\nfields: [pid]"
        )
    };
    for (one, two) in [("s", "p->tgid"), ("u", "(u64)p"), ("comm", "p->comm"), ("yes", "p->on_cpu")]
    {
        assert_eq!(surveyed(&variants(one, two), &Kernel::new()).1.list, [], "{one} {two}");
    }
    for (one, two, message) in [
        (
            "u",
            "p->tgid",
            "`x` is a signed number at `kprobe:wake_up_new_task`, and an unsigned \
                          number at `kprobe:narrow`",
        ),
        (
            "s",
            "p",
            "`x` is an address at `kprobe:wake_up_new_task`, and a signed number at \
                    `kprobe:narrow`",
        ),
        (
            "s",
            "p->comm",
            "`x` is text at `kprobe:wake_up_new_task`, and a signed number at \
                          `kprobe:narrow`",
        ),
    ] {
        let (survey, faults) = surveyed(&variants(one, two), &Kernel::new());
        assert_eq!(found(&survey), ["there", "faulty"]);
        assert_eq!(
            (faults.list[0].code, faults.list[0].message.as_str()),
            (Code::VariantMismatch, message)
        );
    }
}

#[test]
fn a_probe_without_any_hook_is_one_fault() {
    let lines = "hook: [kprobe:do_unlinkatt, 'tracepoint:sched:sched_proces_exec']\nfields: [pid]";
    let (survey, faults) = surveyed(lines, &Kernel::new());
    assert_eq!(found(&survey), ["absent", "absent"]);
    assert!(survey.probes[0].chosen().is_none() && !survey.probes[0].is_unknown());
    let [fault] = &faults.list[..] else { panic!("{faults:?}") };
    assert_eq!(fault.code, Code::UnknownHook);
    assert_eq!(fault.help.as_deref(), Some("did you mean `do_unlinkat`?"));
}

/// Only the types of the test kernel.
fn types() -> TypesOnly {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), Kernel::new().btf().unwrap().bytes()).unwrap();
    TypesOnly::open(file.path()).unwrap()
}

fn state(probe: &ProbeSurvey) -> (Option<&str>, bool) {
    (probe.chosen().map(|hook| hook.hook.as_str()), probe.is_unknown())
}

#[test]
fn what_is_not_known_is_no_fault() {
    let types = types();
    let tracepoint = "hook: 'tracepoint:sched:sched_switch'\nfields: [prev_pid]";
    let (survey, faults) = surveyed(tracepoint, &types);
    assert_eq!((found(&survey), faults.list.len()), (vec!["unknown"], 0));
    assert_eq!(state(&survey.probes[0]), (None, true));
    // The first is there for certain, so the second does not matter; the other way round it does.
    let (survey, _) = surveyed(UNLINK, &types);
    assert_eq!(found(&survey), ["there", "there", "unknown"]);
    assert_eq!(state(&survey.probes[0]), (Some("func:do_unlinkat"), false));
    let lines = "hook: ['syscall:unlink', 'func:do_unlinkat']\nfields: [pid]";
    let (survey, _) = surveyed(lines, &types);
    assert_eq!(state(&survey.probes[0]), (None, true));
    // A slip is one all the same.
    let (_, faults) = surveyed("hook: kprobe:do_unlinkatt\nfields: [pid]", &types);
    assert_eq!(faults.list[0].help.as_deref(), Some("did you mean `do_unlinkat`?"));
}

#[test]
fn hooks_in_programs_are_typed_without_the_program() {
    let types = types();
    let lines = "hook: 'uprobe:/opt/x:f'\nargs: {t: 'struct pair *'}\nfields: [{a: t->first}]";
    let (survey, faults) = surveyed(lines, &types);
    assert_eq!((found(&survey), faults.list.len()), (vec!["unknown"], 0));
    assert_eq!(survey.plan.probes.len(), 1);
    let (_, faults) = surveyed(&lines.replace("first", "frist"), &types);
    assert_eq!(faults.list[0].code, Code::UnknownMember);
    let (_, faults) = surveyed("hook: 'usdt:/opt/x:p:n'\nfields: [{a: arg3}, {b: agr4}]", &types);
    assert_eq!(faults.list.iter().map(|fault| fault.code).collect::<Vec<_>>(), [Code::UnknownName]);
}
