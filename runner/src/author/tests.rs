//! Walks `tests/author`: what each command line says on the test kernel is in the file beside it.
//!
//! `NAME.args` holds the arguments, and may begin with a comment that changes the kernel (`# without
//! kprobes`, `# with fentry`, `# without types`). `BLESS=1` rewrites the `.out` files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;

use super::pattern::Pattern;
use super::{catalog, draft, outline, place};
use crate::check::{self, LintLevels};
use crate::cli::{Cli, Command, Shape};
use crate::diag::{Faults, Source, Style, render};
use crate::facts::testing::Kernel;
use crate::plan::Tasks;
use crate::plan::fixture::plan_file;
use crate::plan::survey::survey;
use crate::{codegen, config};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/author")
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "args"));
    files.sort();
    assert!(files.len() > 10, "{files:?}");
    files
}

fn kernel(text: &str) -> Kernel {
    let mut kernel = Kernel::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
        kernel = match line {
            "without kprobes" => kernel.without_kprobes(),
            "without types" => kernel.without_types(),
            "with fentry" => kernel.with_fentry(),
            other => panic!("{other}"),
        };
    }
    kernel
}

fn faults(faults: &Faults) -> String {
    render(faults, Style::Plain)
}

/// What the command line in `text` says.
fn said(text: &str) -> String {
    let kernel = kernel(text);
    let words = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    match Cli::parse_from(["runner"].into_iter().chain(words)).command {
        Some(Command::List(args)) => {
            let catalog = catalog::search(&Pattern::parse(&args.pattern).unwrap(), &kernel);
            let left_out = catalog
                .left_out
                .iter()
                .map(|one| format!("without {}: {}\n", one.kinds.join(", "), one.why));
            let near = catalog.near.iter().map(|near| format!("near: {near}\n"));
            let hooks = match args.output {
                Shape::Text => catalog::text(&catalog),
                Shape::Json => catalog::json(&catalog).unwrap(),
            };
            hooks + &left_out.chain(near).collect::<String>()
        }
        Some(Command::Fields(args)) => {
            let place = match place::choose(&args.hooks, &kernel).unwrap() {
                Ok(place) => place,
                Err(absent) => return faults(&absent),
            };
            match (outline::outline(&place, &args.deep, &kernel), args.output) {
                (Ok(outline), Shape::Text) => outline::text(&outline),
                (Ok(outline), Shape::Json) => outline::json(&outline).unwrap(),
                (Err(wrong), _) => faults(&wrong),
            }
        }
        Some(Command::Init(args)) => {
            match draft::draft(None, &args.hooks, args.any, &kernel).unwrap() {
                Ok(draft) => {
                    if draft.unavailable.is_empty() {
                        runs(&draft.text, &kernel);
                    }
                    draft.text
                }
                Err(absent) => faults(&absent),
            }
        }
        other => panic!("{other:?}"),
    }
}

/// A drafted config has a plan and a program, also with the condition that it suggests; no lint finds
/// anything in it, and `fmt` has nothing to change.
fn runs(text: &str, kernel: &Kernel) {
    for text in [text.to_owned(), text.replace("# where: ", "where: ")] {
        match plan_file("drafted.yaml", &text, kernel, Tasks::All) {
            Ok(plan) => drop(codegen::generate(&plan).unwrap()),
            Err(wrong) => panic!("{}\nin\n{text}", faults(&wrong)),
        }
    }
    let source = Arc::new(Source { path: "drafted.yaml".into(), text: text.into() });
    let mut found = Faults::new(source.clone());
    assert_eq!(config::format(&source).unwrap(), source.text);
    let config = config::parse(source, &mut found).unwrap();
    let survey = survey(&config, kernel, &mut found).unwrap();
    check::lint(&config, &[&survey.alternatives], &LintLevels::default(), &mut found);
    assert!(found.list.is_empty(), "{}\nin\n{text}", faults(&found));
}

#[test]
fn commands_say_what_is_in_the_golden_files() {
    let bless = std::env::var_os("BLESS").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for path in cases() {
        let said = said(&fs::read_to_string(&path).unwrap());
        let golden = path.with_extension("out");
        if bless {
            fs::write(&golden, &said).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != said {
            wrong.push(format!("{} is not:\n{said}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nBLESS=1 accepts these", wrong.join("\n"));
}

#[test]
fn whatever_is_listed_can_be_drafted() {
    let kernel = Kernel::new().with_fentry();
    let mut count = 0;
    for pattern in ["*", "uprobe:/x", "uretprobe:/x", "ufunc:/x", "usdt:/x", "profile", "interval"]
    {
        for hook in catalog::search(&Pattern::parse(pattern).unwrap(), &kernel).hooks {
            let hooks = [hook.hook.clone()];
            match draft::draft(None, &hooks, false, &kernel).unwrap() {
                Ok(draft) => runs(&draft.text, &kernel),
                Err(absent) => panic!("{}: {}", hook.hook, faults(&absent)),
            }
            count += 1;
        }
    }
    assert!(count > 80, "{count}");
}

#[test]
fn alternatives_have_the_same_fields() {
    let kernel = Kernel::new().with_fentry();
    for hooks in [
        ["func:do_unlinkat", "syscall:unlinkat"],
        ["kprobe:do_unlinkat", "kprobe:filename_unlinkat"],
        ["tracepoint:sched:sched_switch", "raw_tracepoint:wakeup"],
        ["kretprobe:narrow", "kretprobe:eight"],
        ["profile:hz:99", "interval:s:1"],
        ["uprobe:/x:report", "ufunc:/x:malloc"],
        ["uprobe:/x:report", "syscall:unlinkat"],
    ] {
        let hooks = hooks.map(str::to_owned);
        for order in [[0, 1], [1, 0]] {
            let hooks = order.map(|index: usize| hooks[index].clone());
            let draft = draft::draft(Some("any"), &hooks, true, &kernel).unwrap().unwrap();
            runs(&draft.text, &kernel);
            // The second, where the first is not there.
            let absent = draft.text.replacen(&hooks[0], "kprobe:absent", usize::MAX);
            runs(&absent, &kernel);
        }
    }
}
