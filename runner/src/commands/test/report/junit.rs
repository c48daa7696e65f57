//! JUnit's XML, as CI servers read it: a suite for each config.

use std::time::Duration;

use super::{Report, Result, Tally, Verdict, clean};

/// Collects everything: the counts stand before the results.
#[derive(Default)]
pub struct Junit {
    suites: Vec<Suite>,
}

struct Suite {
    file: String,
    cases: String,
    tally: Tally,
    took: Duration,
}

impl Report for Junit {
    fn begin(&mut self, _: &mut String) {}

    fn result(&mut self, result: Result, _: &mut String) {
        if self.suites.last().is_none_or(|suite| suite.file != result.file) {
            self.suites.push(Suite {
                file: result.file.clone(),
                cases: String::new(),
                tally: Tally::default(),
                took: Duration::ZERO,
            });
        }
        let Some(suite) = self.suites.last_mut() else { return };
        suite.tally.add(&result.verdict);
        suite.took += result.took;
        let (file, name) = (escaped(&result.file), escaped(&result.name));
        let head = format!(
            "    <testcase classname=\"{file}\" name=\"{name}\" time=\"{}\"",
            seconds(result.took)
        );
        suite.cases.push_str(&head);
        let body = match result.verdict {
            Verdict::Passed => return suite.cases.push_str("/>\n"),
            Verdict::Failed(wrong) => element("failure", &wrong.join("\n")),
            Verdict::Error(why) => element("error", &why),
            Verdict::Skipped(why) => {
                let why = escaped(&clean(&why));
                format!("<skipped message=\"{why}\"/>")
            }
        };
        suite.cases.push_str(&format!(">\n      {body}\n    </testcase>\n"));
    }

    /// XML has no place for it that servers would show.
    fn note(&mut self, text: &str, _: &mut String) {
        eprintln!("{}", clean(text));
    }

    fn end(&mut self, tally: Tally, took: Duration, out: &mut String) {
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        out.push_str(&format!("<testsuites {}>\n", counts(tally, took)));
        for suite in &self.suites {
            let (name, counts) = (escaped(&suite.file), counts(suite.tally, suite.took));
            out.push_str(&format!("  <testsuite name=\"{name}\" {counts}>\n"));
            out.push_str(&suite.cases);
            out.push_str("  </testsuite>\n");
        }
        out.push_str("</testsuites>\n");
    }
}

fn counts(tally: Tally, took: Duration) -> String {
    let Tally { failed, errors, skipped, .. } = tally;
    format!(
        "tests=\"{}\" failures=\"{failed}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{}\"",
        tally.total(),
        seconds(took)
    )
}

fn element(name: &str, text: &str) -> String {
    let first = escaped(text.lines().next().unwrap_or_default());
    format!("<{name} message=\"{first}\">{}</{name}>", escaped(text))
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Text for content and attributes alike. XML 1.0 has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
