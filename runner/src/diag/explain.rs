//! The explanations of codes, for a terminal and as the page `docs/codes.md`.

use super::{Code, Level};

/// The explanation of `code` as plain text.
pub fn explain(code: Code) -> String {
    let mut text = format!("{} ({})\n\n", code.as_str(), sort(code));
    let mut within = false;
    for line in code.explanation().lines() {
        match (line.starts_with("```"), within) {
            (true, _) => within = !within,
            (false, true) if !line.is_empty() => text.push_str(&format!("    {line}\n")),
            (false, _) => text.push_str(&format!("{line}\n")),
        }
    }
    text
}

/// One line a code: what it is called, what it is, what it means.
pub fn list() -> String {
    let width = Code::ALL.iter().map(|code| code.as_str().len()).max().unwrap_or_default();
    let line =
        |code: &Code| format!("{:width$}  {:13}  {}\n", code.as_str(), sort(*code), code.meaning());
    Code::ALL.iter().map(line).collect()
}

/// Whether it is an error or a lint, and of which level.
fn sort(code: Code) -> &'static str {
    match code.lint() {
        None => "error",
        Some(Level::Allow) => "lint, allowed",
        Some(Level::Warn) => "lint, warns",
        Some(Level::Deny) => "lint, denied",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use super::super::fixture::{cases, marked};
    use super::super::{Faults, Source, Style, render};
    use super::*;
    use crate::check;
    use crate::config;
    use crate::facts::testing::Kernel;
    use crate::plan::survey::survey;

    /// What no config that is a text, is short and stands in a file can show.
    const APART: &[Code] = &[Code::NotUtf8, Code::TooLarge, Code::Verifier];

    /// The page `docs/codes.md`.
    fn page() -> String {
        let mut text = "# Codes\n\n<!-- Written by `BLESS=1 cargo test --lib explain`, from \
            runner/src/diag/explain. -->\n\nEvery fault of a config has a code, which stays the same \
            over releases. `runner explain CODE` shows the same as this page. Lints are of what runs \
            but may not do what is wanted: only `runner validate` looks for them. `--deny`, `--warn` \
            and `--allow CODE` (or `all`) set their level, and `# runner: allow(code)` silences one, \
            on the guilty line or above it, or, before everything else, in the whole file.\n\n\
            | code | | meaning |\n|---|---|---|\n"
            .to_owned();
        for code in Code::ALL {
            let name = code.as_str();
            text += &format!("| [`{name}`](#{name}) | {} | {} |\n", sort(*code), code.meaning());
        }
        for code in Code::ALL {
            text += &format!("\n## {}\n\n{}", code.as_str(), code.explanation());
        }
        text
    }

    #[test]
    fn the_page_of_codes_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/codes.md");
        if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
            fs::write(&path, page()).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == page(), "docs/codes.md is out of date; BLESS=1 rewrites it");
        let listed = |code: &&Code| found.contains(&format!("\n## {}\n", code.as_str()));
        assert_eq!(Code::ALL.iter().filter(listed).count(), Code::ALL.len());
    }

    #[test]
    fn every_code_has_a_case() {
        let files = ["fail", "fail_kernel", "fail_lint"].into_iter().flat_map(cases);
        let texts = files.map(|path| fs::read_to_string(path).unwrap());
        let seen: Vec<String> =
            texts.flat_map(|text| marked(&text)).map(|(_, code)| code).collect();
        for code in Code::ALL {
            let name = code.as_str();
            assert_ne!(seen.iter().any(|seen| seen == name), APART.contains(code), "{name}");
        }
    }

    /// The blocks of an explanation: what stands behind the backticks, and the lines within.
    fn blocks(text: &str) -> Vec<(String, String)> {
        let parts: Vec<&str> = text.split("```").collect();
        assert_eq!(parts.len() % 2, 1, "a block is not closed");
        let split = |part: &&str| {
            let (info, lines) = part.split_once('\n').unwrap();
            (info.to_owned(), lines.to_owned())
        };
        parts.iter().skip(1).step_by(2).map(split).collect()
    }

    /// What is found in an example; the words behind `yaml` choose the kernel.
    fn faults(info: &str, text: &str) -> Faults {
        let kernels = match info.strip_prefix("yaml").unwrap().trim() {
            "" => vec![Kernel::new()],
            "without kprobes" => vec![Kernel::new().without_kprobes()],
            "without types" => vec![Kernel::new().without_types()],
            "with many functions" => vec![Kernel::new().with_functions(300)],
            "two kernels" => vec![Kernel::new(), Kernel::new().without_function("eight")],
            other => panic!("no such kernel: {other}"),
        };
        let source = Arc::new(Source { path: "example.yaml".into(), text: text.into() });
        let mut faults = Faults::new(source.clone());
        let Some(config) = config::parse(source, &mut faults) else { return faults };
        let surveys: Vec<_> =
            kernels.iter().map(|kernel| survey(&config, kernel, &mut faults).unwrap()).collect();
        let plans: Vec<_> = surveys.iter().map(|survey| &survey.alternatives).collect();
        check::lint(&config, &plans, &check::LintLevels::default(), &mut faults);
        faults
    }

    #[test]
    fn examples_show_the_fault_and_how_to_mend_it() {
        for code in Code::ALL {
            let name = code.as_str();
            let blocks = blocks(code.explanation());
            assert!(blocks.len() >= 2, "{name}");
            if APART.contains(code) {
                continue;
            }
            let [bad, good] = [0, 1].map(|n: usize| faults(&blocks[n].0, &blocks[n].1));
            let shown = render(&bad, Style::Plain);
            assert!(bad.list.iter().any(|fault| fault.code == *code), "{name}:\n{shown}");
            let others = bad.list.iter().filter(|fault| fault.code.lint().is_none());
            assert!(others.clone().all(|fault| fault.code == *code), "{name}:\n{shown}");
            let shown = render(&good, Style::Plain);
            assert!(!good.any_error(), "{name}, mended:\n{shown}");
            assert!(good.list.iter().all(|fault| fault.code != *code), "{name}, mended:\n{shown}");
        }
    }

    #[test]
    fn a_terminal_sees_no_markup() {
        let text = explain(Code::HotHook);
        assert!(text.starts_with("hot-hook (lint, warns)\n\nThe hook fires"), "{text}");
        assert!(text.contains("\n    version: 1\n") && !text.contains("```"), "{text}");
        assert_eq!(list().lines().count(), Code::ALL.len());
    }
}
