//! The results of tests as text, in one of several formats.

mod human;
mod junit;
mod tap;

use std::time::Duration;

use crate::cli::Results;
use crate::render::escaped;

/// How one test went.
#[derive(Debug)]
pub struct Result {
    /// The config's file.
    pub file: String,
    /// The test's name.
    pub name: String,
    /// What came out.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

/// What came out of a test.
#[derive(Debug)]
pub enum Verdict {
    /// All is as expected.
    Passed,
    /// It is not: what is wrong, one thing an entry.
    Failed(Vec<String>),
    /// It could not be run: why.
    Error(String),
    /// It was left out, as asked for: why.
    Skipped(String),
}

/// How many tests came out how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// As expected.
    pub passed: usize,
    /// Not as expected.
    pub failed: usize,
    /// Not run.
    pub errors: usize,
    /// Left out.
    pub skipped: usize,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, verdict: &Verdict) {
        *match verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Failed(_) => &mut self.failed,
            Verdict::Error(_) => &mut self.errors,
            Verdict::Skipped(_) => &mut self.skipped,
        } += 1;
    }

    /// All of them.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.errors + self.skipped
    }
}

/// Turns results into text, which is appended to a buffer.
pub trait Report {
    /// What stands before all.
    fn begin(&mut self, out: &mut String);
    /// One result, when it is there.
    fn result(&mut self, result: Result, out: &mut String);
    /// Something worth knowing that is no result.
    fn note(&mut self, text: &str, out: &mut String);
    /// What stands after all.
    fn end(&mut self, tally: Tally, took: Duration, out: &mut String);
}

/// The report in that format.
pub fn new(format: Results) -> Box<dyn Report> {
    match format {
        Results::Human => Box::new(human::Human::default()),
        Results::Tap => Box::new(tap::Tap::default()),
        Results::Junit => Box::new(junit::Junit::default()),
    }
}

/// `text` with every line behind `indent`, and nothing in it that drives a terminal.
fn indented(text: &str, indent: &str) -> String {
    text.lines().map(|line| format!("{indent}{}\n", clean(line))).collect()
}

/// `text` as one line without anything that drives a terminal.
fn clean(text: &str) -> String {
    let mut out = Vec::new();
    escaped(text.lines().collect::<Vec<_>>().join(" ").as_bytes(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Milliseconds, or seconds where that is enough.
fn shown(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{} ms", time.as_millis()),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(name: &str, verdict: Verdict) -> Result {
        Result {
            file: "a/b.yaml".into(),
            name: name.into(),
            verdict,
            took: Duration::from_millis(12),
        }
    }

    /// One of each.
    fn all(format: Results) -> String {
        let mut report = new(format);
        let mut out = String::new();
        let mut tally = Tally::default();
        report.begin(&mut out);
        let failed = vec!["not seen:\n  - <a> & \"b\"".to_owned(), "\x1b ]]> twice".to_owned()];
        for (name, verdict) in [
            ("one # two \\ three", Verdict::Passed),
            ("it's <not> \"right\"", Verdict::Failed(failed)),
            ("broken", Verdict::Error("error: no\n  because: so\n".into())),
            ("not here", Verdict::Skipped("no kprobes\nhere".into())),
        ] {
            tally.add(&verdict);
            report.result(result(name, verdict), &mut out);
        }
        report.note("c.yaml has no tests", &mut out);
        report.end(tally, Duration::from_millis(34), &mut out);
        out
    }

    #[test]
    fn for_people() {
        let expected = "\
a/b.yaml
  ok     one # two \\ three (12 ms)
  FAILED it's <not> \"right\" (12 ms)
         not seen:
           - <a> & \"b\"
         \\x1b ]]> twice
  ERROR  broken (12 ms)
         error: no
           because: so
  skip   not here: no kprobes here
c.yaml has no tests
4 tests: 1 passed, 1 failed, 1 not run, 1 skipped in 34 ms
";
        assert_eq!(all(Results::Human), expected);
    }

    #[test]
    fn as_tap() {
        let expected = "\
TAP version 14
ok 1 - a/b.yaml: one \\# two \\\\ three
not ok 2 - a/b.yaml: it's <not> \"right\"
  ---
  duration_ms: 12
  message: |
    not seen:
      - <a> & \"b\"
    \\x1b ]]> twice
  ...
not ok 3 - a/b.yaml: broken
  ---
  duration_ms: 12
  severity: error
  message: |
    error: no
      because: so
  ...
ok 4 - a/b.yaml: not here # SKIP no kprobes here
# c.yaml has no tests
1..4
";
        assert_eq!(all(Results::Tap), expected);
    }

    #[test]
    fn as_junit() {
        let expected = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"0.034\">
  <testsuite name=\"a/b.yaml\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"0.048\">
    <testcase classname=\"a/b.yaml\" name=\"one # two \\ three\" time=\"0.012\"/>
    <testcase classname=\"a/b.yaml\" name=\"it&apos;s &lt;not&gt; &quot;right&quot;\" time=\"0.012\">
      <failure message=\"not seen:\">not seen:
  - &lt;a&gt; &amp; &quot;b&quot;
\u{fffd} ]]&gt; twice</failure>
    </testcase>
    <testcase classname=\"a/b.yaml\" name=\"broken\" time=\"0.012\">
      <error message=\"error: no\">error: no
  because: so
</error>
    </testcase>
    <testcase classname=\"a/b.yaml\" name=\"not here\" time=\"0.012\">
      <skipped message=\"no kprobes here\"/>
    </testcase>
  </testsuite>
</testsuites>
";
        assert_eq!(all(Results::Junit), expected);
    }
}
