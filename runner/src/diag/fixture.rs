//! What tests share that walk the folders `tests/fail*`: one config a file, each guilty line marked
//! with `# error: [code]`, once for each fault, and the text that is shown beside it as `.stderr`.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Diagnostic, Faults, Style, render};

/// The `.yaml` files of a folder of `tests`, sorted; there must be some.
pub(crate) fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() > 3, "{files:?}");
    files
}

/// Lines and codes of the `# error: [code]` comments, sorted.
pub(crate) fn marked(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let Some((_, marks)) = text.split_once("# error:") else { continue };
        let codes = marks.split('[').skip(1).filter_map(|part| part.split(']').next());
        all.extend(codes.map(|code| (line + 1, code.to_owned())));
    }
    all.sort();
    all
}

/// How the faults of the case at `path` differ from its marks and its golden text. `BLESS=1` rewrites
/// only the latter.
pub(crate) fn mismatch(path: &Path, faults: &Faults) -> Option<String> {
    let place =
        |fault: &Diagnostic| faults.source.position(fault.span.map_or(0, |span| span.start)).0;
    let mut reported: Vec<_> =
        faults.list.iter().map(|fault| (place(fault), fault.code.as_str().to_owned())).collect();
    reported.sort();
    let shown = render(faults, Style::Plain);
    let expected = marked(&faults.source.text);
    if reported != expected || expected.is_empty() {
        return Some(format!("{}: expected {expected:?}\n{shown}", path.display()));
    }
    let golden = path.with_extension("stderr");
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        fs::write(&golden, &shown).unwrap();
    }
    let same = fs::read_to_string(&golden).unwrap_or_default() == shown;
    (!same).then(|| format!("{} is not:\n{shown}", golden.display()))
}
