//! The rules on the kernel of [`crate::facts::testing`], and the configs of `tests/fail_lint`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::config;
use crate::diag::fixture::{cases, mismatch};
use crate::diag::{Source, Style, render};
use crate::facts::testing::Kernel;
use crate::plan::survey::survey;

/// The faults of `text` as `runner validate` finds them, on kernels with and without kprobes.
fn linted(name: &str, text: &str, kernels: &[Kernel], levels: &LintLevels) -> Faults {
    let source = Arc::new(Source { path: name.into(), text: text.into() });
    let mut faults = Faults::new(source.clone());
    let config = config::parse(source, &mut faults).expect("a config");
    let surveys = kernels.iter().map(|kernel| survey(&config, kernel, &mut faults).unwrap());
    let surveys: Vec<_> = surveys.collect();
    assert!(!faults.any_error(), "{}", render(&faults, Style::Plain));
    let plans: Vec<&Plan> = surveys.iter().map(|survey| &survey.alternatives).collect();
    lint(&config, &plans, levels, &mut faults);
    faults
}

/// The faults of one case; `# without kernel` and `# two kernels` choose those.
fn case(path: &Path) -> Faults {
    let name = path.file_name().unwrap().to_str().unwrap();
    case_of(name, &fs::read_to_string(path).unwrap())
}

fn case_of(name: &str, text: &str) -> Faults {
    let mut kernels = Vec::new();
    if !text.contains("# without kernel\n") {
        kernels.push(Kernel::new().with_functions(300));
    }
    if text.contains("# two kernels\n") {
        kernels.push(Kernel::new().without_function("eight"));
    }
    linted(name, text, &kernels, &LintLevels::default())
}

#[test]
fn lints_are_reported_where_they_are_marked() {
    let wrong: Vec<_> =
        cases("fail_lint").iter().filter_map(|path| mismatch(path, &case(path))).collect();
    assert!(wrong.is_empty(), "{}\nBLESS=1 accepts the texts", wrong.join("\n"));
}

#[test]
fn a_laid_out_config_has_the_same_lints() {
    let codes = |faults: Faults| {
        let mut codes: Vec<_> = faults.list.iter().map(|fault| fault.code).collect();
        codes.sort_by_key(|code| code.as_str());
        codes
    };
    for path in cases("fail_lint") {
        let text = fs::read_to_string(&path).unwrap();
        let source = Arc::new(Source { path: "x.yaml".into(), text });
        let laid_out = config::format(&source).unwrap();
        assert_eq!(codes(case_of("x.yaml", &laid_out)), codes(case(&path)), "{}", path.display());
    }
}

/// Codes with their severity, of a config without description at these levels.
fn at(levels: &LintLevels, comment: &str) -> Vec<(Code, Severity)> {
    let text =
        format!("{comment}\nversion: 1\nprobes:\n  - {{hook: 'kprobe:eight', fields: [pid]}}\n");
    let faults = linted("x.yaml", &text, &[], levels);
    faults.list.iter().map(|fault| (fault.code, fault.severity)).collect()
}

#[test]
fn levels_and_comments_decide_what_is_reported() {
    let lint = Lint::One(Code::MissingDescription);
    let default = LintLevels::default();
    let deny = LintLevels::new(&[lint], &[], &[]);
    let allow = LintLevels::new(&[Lint::All], &[], &[lint]);
    let own = "# runner: allow(missing-description)";
    assert_eq!(at(&default, ""), [(Code::MissingDescription, Severity::Warning)]);
    assert_eq!(at(&deny, ""), [(Code::MissingDescription, Severity::Error)]);
    assert_eq!(at(&allow, ""), []);
    assert_eq!(at(&deny, own), []);
    let needless = "# runner: allow(missing-description, hot-hook)";
    assert_eq!(at(&default, needless), [(Code::UnusedAllow, Severity::Warning)]);
    assert_eq!(at(&default, &format!("{needless}\n# runner: allow(unused-allow)")), []);
    // Without a kernel it cannot be known whether this one is needed.
    assert_eq!(at(&default, &format!("{own}\n# runner: allow(ambiguous-name)")), []);
}

#[test]
fn every_lint_has_a_rule() {
    let rules: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
    let lints: Vec<_> = Code::lints().filter(|code| *code != Code::UnusedAllow).collect();
    assert_eq!(rules, lints);
}
