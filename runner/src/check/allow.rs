//! `# runner: allow(code, …)` comments: on the guilty line, on a line of their own above it, or, before
//! everything else, for the whole file. Text behind the bracket may say why.
//!
//! In: the source. Out: [`Allows`]; a comment that is not understood is a fault.

use std::collections::HashSet;
use std::ops::Range;

use crate::config::{self, Comment};
use crate::diag::{Code, Diagnostic, Faults, Source, Span, Spanned, nearest, one_of};

/// What begins a comment that is meant for `runner`.
const PREFIX: &str = "runner:";

/// One code in one comment.
struct Allow {
    code: Code,
    span: Span,
    scope: Scope,
    used: bool,
}

/// Where a comment holds.
enum Scope {
    File,
    Line(usize),
}

/// Every allowance of a file.
pub struct Allows<'a> {
    source: &'a Source,
    list: Vec<Allow>,
}

impl<'a> Allows<'a> {
    /// Those in the comments of `source`.
    pub fn read(source: &'a Source, faults: &mut Faults) -> Self {
        let mut allows = Self { source, list: Vec::new() };
        if !source.text.contains(PREFIX) {
            return allows;
        }
        let comments = config::comments(&source.text);
        let lone: HashSet<usize> = comments
            .iter()
            .filter(|comment| comment.alone)
            .map(|comment| source.position(comment.text.span.start).0)
            .collect();
        for comment in &comments {
            if is_directive(&comment.text.value) {
                allows.add(comment, &lone, faults);
            }
        }
        allows
    }

    fn add(&mut self, comment: &Comment, lone: &HashSet<usize>, faults: &mut Faults) {
        let codes = match codes(&comment.text) {
            Ok(codes) => codes,
            Err(fault) => return faults.push(fault),
        };
        for Spanned { value: name, span } in codes {
            let scope = match comment {
                Comment { first: true, .. } => Scope::File,
                Comment { alone: true, .. } => Scope::Line(self.below(span, lone)),
                _ => Scope::Line(self.source.position(span.start).0),
            };
            match Code::find(&name).filter(|code| code.lint().is_some()) {
                Some(code) => self.list.push(Allow { code, span, scope, used: false }),
                None => faults.push(not_a_lint(&name, span)),
            }
        }
    }

    /// The number of the first line below `span` that is neither blank nor only a comment.
    fn below(&self, span: Span, lone: &HashSet<usize>) -> usize {
        let number = self.source.position(span.start).0;
        let lines = self.source.text.lines().enumerate().skip(number);
        let content =
            |(index, line): &(usize, &str)| !line.trim().is_empty() && !lone.contains(&(index + 1));
        lines.into_iter().find(content).map_or(number, |(index, _)| index + 1)
    }

    /// Whether `fault` is allowed.
    pub fn silence(&mut self, fault: &Diagnostic) -> bool {
        let line = fault.span.map(|span| self.source.position(span.start).0);
        let mut silenced = false;
        for allow in &mut self.list {
            let here = match allow.scope {
                Scope::File => true,
                Scope::Line(number) => line == Some(number),
            };
            if here && allow.code == fault.code {
                allow.used = true;
                silenced = true;
            }
        }
        silenced
    }

    /// What has silenced nothing: the code, and where it stands.
    pub fn unused(&self) -> Vec<(Code, Span)> {
        // This one is there for what follows from the others.
        let unused =
            self.list.iter().filter(|allow| !allow.used && allow.code != Code::UnusedAllow);
        unused.map(|allow| (allow.code, allow.span)).collect()
    }
}

/// Whether a comment is meant for `runner`: others quote what it prints.
fn is_directive(text: &str) -> bool {
    const VERBS: [&str; 5] = ["allow", "deny", "warn", "ignore", "disable"];
    let Some(rest) = text.trim_start().strip_prefix(PREFIX) else { return false };
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (verb, rest) = rest.split_at(end);
    rest.starts_with('(') || nearest(verb, VERBS).is_some()
}

/// The fault of an allowance that silences nothing.
pub fn unused(code: Code, span: Span) -> Diagnostic {
    let message = format!("nothing here is a case of `{}`", code.as_str());
    Diagnostic::warning(Code::UnusedAllow, span, message)
        .help("remove it; it would hide the next case")
}

/// The codes within the brackets.
fn codes(comment: &Spanned<String>) -> Result<Vec<Spanned<String>>, Diagnostic> {
    let text = comment.value.as_str();
    let at = |range: Range<usize>| {
        Span::new(comment.span.start + range.start, comment.span.start + range.end)
    };
    let start = text.find(PREFIX).unwrap_or(0);
    let bad = |why: &str| {
        Diagnostic::error(Code::BadDirective, at(start..text.trim_end().len()), why)
            .help("write `# runner: allow(code)` or `# runner: allow(code, code)`")
    };
    let rest = text[start + PREFIX.len()..].trim_start();
    let Some(list) = rest.strip_prefix("allow").map(str::trim_start) else {
        return Err(bad("`runner:` comments can only allow lints"));
    };
    let Some(list) = list.strip_prefix('(') else {
        return Err(bad("`allow` needs the codes of lints in brackets"));
    };
    let Some((list, _)) = list.split_once(')') else {
        return Err(bad("the closing bracket is missing"));
    };
    let mut from = text[start..].find('(').map_or(text.len(), |open| start + open + 1);
    let mut found = Vec::new();
    for part in list.split(',') {
        let name = part.trim();
        let first = from + (part.len() - part.trim_start().len());
        from += part.len() + 1;
        if name.is_empty() {
            return Err(bad("`allow` needs the codes of lints in brackets"));
        }
        let span = at(first..first + name.len());
        found.push(Spanned { value: name.to_owned(), span });
    }
    Ok(found)
}

fn not_a_lint(name: &str, span: Span) -> Diagnostic {
    if Code::find(name).is_some() {
        let message = format!("`{name}` is always an error, not a lint");
        return Diagnostic::error(Code::BadDirective, span, message)
            .help(format!("see what it means: runner explain {name}"));
    }
    let names: Vec<&str> = Code::lints().map(Code::as_str).collect();
    let message = format!("there is no lint `{}`", crate::diag::clip(name));
    Diagnostic::error(Code::BadDirective, span, message).help(one_of(name, "the lints are", &names))
}
