//! Test Anything Protocol, version 14 (<https://testanything.org/tap-version-14-specification.html>).

use std::time::Duration;

use super::{Report, Result, Tally, Verdict, clean, indented};

/// Numbers the results.
#[derive(Default)]
pub struct Tap {
    count: usize,
}

impl Report for Tap {
    fn begin(&mut self, out: &mut String) {
        out.push_str("TAP version 14\n");
    }

    fn result(&mut self, result: Result, out: &mut String) {
        self.count += 1;
        let good = matches!(result.verdict, Verdict::Passed | Verdict::Skipped(_));
        let ok = if good { "ok" } else { "not ok" };
        let title = escaped(&format!("{}: {}", result.file, result.name));
        out.push_str(&format!("{ok} {} - {title}", self.count));
        let (severity, message) = match result.verdict {
            Verdict::Passed => return out.push('\n'),
            Verdict::Skipped(why) => {
                let why = escaped(&why);
                return out.push_str(&format!(" # SKIP {why}\n"));
            }
            Verdict::Failed(wrong) => ("", wrong.join("\n")),
            Verdict::Error(why) => ("  severity: error\n", why),
        };
        let time = result.took.as_millis();
        out.push_str(&format!("\n  ---\n  duration_ms: {time}\n{severity}  message: |\n"));
        out.push_str(&indented(&message, "    "));
        out.push_str("  ...\n");
    }

    fn note(&mut self, text: &str, out: &mut String) {
        out.push_str(&format!("# {}\n", clean(text)));
    }

    fn end(&mut self, _: Tally, _: Duration, out: &mut String) {
        out.push_str(&format!("1..{}\n", self.count));
    }
}

/// `#` would begin a directive.
fn escaped(text: &str) -> String {
    clean(text).replace('\\', "\\\\").replace('#', "\\#")
}
