//! For people.

use std::time::Duration;

use super::{Report, Result, Tally, Verdict, clean, indented, shown};

/// Remembers of which file the last result was.
#[derive(Default)]
pub struct Human {
    file: String,
}

const INDENT: &str = "         ";

impl Report for Human {
    fn begin(&mut self, _: &mut String) {}

    fn result(&mut self, result: Result, out: &mut String) {
        if self.file != result.file {
            self.file = result.file;
            out.push_str(&format!("{}\n", clean(&self.file)));
        }
        let (name, took) = (&result.name, shown(result.took));
        match result.verdict {
            Verdict::Passed => out.push_str(&format!("  ok     {name} ({took})\n")),
            Verdict::Failed(wrong) => {
                out.push_str(&format!("  FAILED {name} ({took})\n"));
                out.push_str(&indented(&wrong.join("\n"), INDENT));
            }
            Verdict::Error(why) => {
                out.push_str(&format!("  ERROR  {name} ({took})\n"));
                out.push_str(&indented(&why, INDENT));
            }
            Verdict::Skipped(why) => {
                out.push_str(&format!("  skip   {name}: {}\n", clean(&why)));
            }
        }
    }

    fn note(&mut self, text: &str, out: &mut String) {
        out.push_str(&format!("{}\n", clean(text)));
    }

    fn end(&mut self, tally: Tally, took: Duration, out: &mut String) {
        let Tally { passed, failed, errors, skipped } = tally;
        let mut parts = vec![format!("{passed} passed")];
        for (count, what) in [(failed, "failed"), (errors, "not run"), (skipped, "skipped")] {
            parts.extend((count > 0).then(|| format!("{count} {what}")));
        }
        let tests = if tally.total() == 1 { "test" } else { "tests" };
        let (total, parts, took) = (tally.total(), parts.join(", "), shown(took));
        out.push_str(&format!("{total} {tests}: {parts} in {took}\n"));
    }
}
