//! `--deny`, `--warn` and `--allow`: what becomes of each lint.

use std::str::FromStr;

use crate::diag::{Code, Level, one_of};

/// What a lint option names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lint {
    /// `all`: every lint.
    All,
    /// One of them.
    One(Code),
}

impl FromStr for Lint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Code::find(text) {
            _ if text == "all" => Ok(Self::All),
            Some(code) if code.lint().is_some() => Ok(Self::One(code)),
            Some(_) => Err(format!("`{text}` is always an error, not a lint")),
            None => {
                let mut names: Vec<&str> = Code::lints().map(Code::as_str).collect();
                names.push("all");
                Err(format!("there is no such lint; {}", one_of(text, "the lints are", &names)))
            }
        }
    }
}

/// The level of each lint.
#[derive(Debug, Clone, Default)]
pub struct LintLevels {
    given: Vec<(Lint, Level)>,
}

impl LintLevels {
    /// The levels that these options give. What names one lint counts before `all`; of two that name
    /// the same, the stricter.
    pub fn new(deny: &[Lint], warn: &[Lint], allow: &[Lint]) -> Self {
        let with =
            |lints: &[Lint], level| -> Vec<_> { lints.iter().map(|lint| (*lint, level)).collect() };
        let given =
            [with(deny, Level::Deny), with(warn, Level::Warn), with(allow, Level::Allow)].concat();
        Self { given }
    }

    /// What becomes of `code`.
    pub fn of(&self, code: Code) -> Level {
        let given = |lint| {
            let same = self.given.iter().filter(move |(given, _)| *given == lint);
            same.map(|(_, level)| *level).max()
        };
        let default = code.lint().unwrap_or(Level::Deny);
        given(Lint::One(code)).or_else(|| given(Lint::All)).unwrap_or(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_counts_before_all_and_the_stricter_before_the_laxer() {
        let hot = Lint::One(Code::HotHook);
        let level = |deny: &[Lint], warn: &[Lint], allow: &[Lint], code| {
            LintLevels::new(deny, warn, allow).of(code)
        };
        assert_eq!(level(&[], &[], &[], Code::HotHook), Level::Warn);
        assert_eq!(level(&[Lint::All], &[], &[hot], Code::HotHook), Level::Allow);
        assert_eq!(level(&[Lint::All], &[], &[hot], Code::BroadGlob), Level::Deny);
        assert_eq!(level(&[hot], &[], &[Lint::All], Code::HotHook), Level::Deny);
        assert_eq!(level(&[], &[hot], &[hot], Code::HotHook), Level::Warn);
    }

    #[test]
    fn names_are_lints_or_all() {
        assert_eq!("all".parse(), Ok(Lint::All));
        assert_eq!("hot-hook".parse(), Ok(Lint::One(Code::HotHook)));
        assert!("hot-hok".parse::<Lint>().unwrap_err().contains("did you mean `hot-hook`?"));
        assert!("unknown-key".parse::<Lint>().unwrap_err().contains("always an error"));
    }
}
