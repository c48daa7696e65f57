//! Text in a test with the variables `$TMP` and `$PID`.
//!
//! In: a scalar. Out: a [`Template`], or faults for every `$` that begins none of them. What stands
//! for the variables is known only when the test runs.

use super::scalar::Scalar;
use crate::diag::{Code, Diagnostic, Faults, nearest};

/// Text with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// In order; no two texts in a row.
    pub parts: Vec<Part>,
}

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// `$TMP`: a folder of the test's own.
    Folder,
    /// `$PID`: the process of the test's command.
    Process,
}

/// What stands for the variables of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variables {
    /// `$TMP`.
    pub folder: String,
    /// `$PID`.
    pub process: u32,
}

/// The variables' names.
const NAMES: [&str; 2] = ["TMP", "PID"];

impl Template {
    /// Text without variables.
    pub fn plain(text: &str) -> Self {
        Self { parts: vec![Part::Text(text.to_string())] }
    }

    /// Whether `part` stands in it.
    pub fn has(&self, part: &Part) -> bool {
        self.parts.contains(part)
    }

    /// The text without variables, if there are none.
    pub fn text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// As it is written in a config.
    pub fn written(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.replace('$', "$$"),
            Part::Folder => "${TMP}".to_string(),
            Part::Process => "${PID}".to_string(),
        };
        self.parts.iter().map(part).collect()
    }

    /// The text with the variables filled in.
    pub fn filled(&self, variables: &Variables) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Folder => variables.folder.clone(),
            Part::Process => variables.process.to_string(),
        };
        self.parts.iter().map(part).collect()
    }
}

/// Parses `scalar`. `pid` says whether `$PID` may stand there.
pub fn parse(scalar: &Scalar, pid: bool, faults: &mut Faults) -> Option<Template> {
    let text = scalar.text.as_str();
    let before = faults.list.len();
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut from = 0;
    while let Some(found) = text[from..].find('$') {
        let at = from + found;
        literal.push_str(&text[from..at]);
        let (name, len) = name(&text[at + 1..]);
        from = at + 1 + len;
        let part = match name {
            "$" => {
                literal.push('$');
                continue;
            }
            "TMP" => Part::Folder,
            "PID" if pid => Part::Process,
            _ => {
                faults.push(unknown(scalar, at..from, name));
                continue;
            }
        };
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        parts.push(part);
    }
    literal.push_str(&text[from..]);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    (faults.list.len() == before).then_some(Template { parts })
}

/// The name at the start of what follows a `$`, and its length with the braces around it.
fn name(rest: &str) -> (&str, usize) {
    if rest.starts_with('$') {
        return (&rest[..1], 1);
    }
    let word = |text: &str| {
        text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
    };
    match rest.strip_prefix('{') {
        Some(inner) if inner[word(inner)..].starts_with('}') => {
            (&inner[..word(inner)], word(inner) + 2)
        }
        _ => (&rest[..word(rest)], word(rest)),
    }
}

fn unknown(scalar: &Scalar, range: std::ops::Range<usize>, name: &str) -> Diagnostic {
    let written = &scalar.text[range.clone()];
    let fault = |message| Diagnostic::error(Code::BadVariable, scalar.at(range), message);
    if name == "PID" {
        return fault("the command's own process is not known before it runs".to_string())
            .help("use `$PID` in what is expected; a shell has its own in `$$$$`");
    }
    let dollar = format!("write `${written}` for a dollar");
    match NAMES.iter().find(|known| name.starts_with(**known)) {
        Some(known) => fault(format!("`{written}` is no variable of a test"))
            .help(format!("write `${{{known}}}` for the variable; {dollar}")),
        None if name.is_empty() => fault("this `$` begins no variable of a test".to_string())
            .note("the variables are: $TMP, $PID")
            .help(dollar),
        None => fault(format!("`{written}` is no variable of a test"))
            .note("the variables are: $TMP, $PID")
            .help(match nearest(name, NAMES) {
                Some(near) => format!("did you mean `${near}`? {dollar}"),
                None => dollar,
            }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::scalar::Style;
    use super::*;
    use crate::diag::{Source, Span};

    fn parsed(text: &str) -> Result<Template, Vec<(usize, usize)>> {
        let source = Source { path: "x".into(), text: text.into() };
        let mut faults = Faults::new(Arc::new(source));
        let scalar = Scalar::new(text, text.into(), Style::Plain, Span::new(0, text.len()));
        parse(&scalar, true, &mut faults).ok_or_else(|| {
            let spans = faults.list.iter().filter_map(|fault| fault.span);
            spans.map(|span| (span.start, span.end)).collect()
        })
    }

    #[test]
    fn variables_are_filled_in() {
        let variables = Variables { folder: "/tmp/$x".into(), process: 42 };
        for (text, filled) in [
            ("", ""),
            ("plain", "plain"),
            ("$TMP/a", "/tmp/$x/a"),
            ("${TMP}a$PID", "/tmp/$xa42"),
            ("$$TMP $$$PID $$$$", "$TMP $42 $$"),
            ("ä$TMP", "ä/tmp/$x"),
        ] {
            let template = parsed(text).unwrap();
            assert_eq!(template.filled(&variables), filled, "{text}");
            assert_eq!(parsed(&template.written()).unwrap(), template, "{text}");
        }
    }

    #[test]
    fn every_other_dollar_is_a_fault() {
        assert_eq!(parsed("a $x $TMP $").unwrap_err(), [(2, 4), (10, 11)]);
        assert_eq!(
            parsed("$TMPx ${TMP $(date) $1").unwrap_err(),
            [(0, 5), (6, 7), (12, 13), (20, 22)]
        );
    }
}
