//! What a command is given to the files that it is for.
//!
//! In: files and folders. Out: files, folders walked for those with wanted endings, each once.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;

/// Folders within folders before the walk ends.
const DEPTH: usize = 64;

/// The configs in `paths`, in the order given, those of a folder sorted.
pub fn configs(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    find(paths, &["yaml", "yml"])
}

/// Every file, in the order given, those of a folder sorted. `extensions` are those wanted of folders.
pub fn find(paths: &[PathBuf], extensions: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            found.push(path.clone());
            continue;
        }
        let about = fs::metadata(path).map_err(|fault| unreadable(path, &fault))?;
        if !about.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        walk(path, extensions, DEPTH, &mut found)?;
        if found.len() == before {
            let wanted: Vec<String> = extensions.iter().map(|own| format!("*.{own}")).collect();
            let text = format!(
                "failed to find anything in `{}`: no file is called {}",
                path.display(),
                wanted.join(" or ")
            );
            return Err(Failure::usage(text));
        }
    }
    let mut seen = HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

/// Adds the files below `folder`, sorted. What is hidden is left out, and so are links to folders,
/// which may lead anywhere.
fn walk(
    folder: &Path,
    extensions: &[&str],
    depth: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let failed = |fault: io::Error| unreadable(folder, &fault);
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(failed)?.collect();
    let mut entries = entries.map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let kind = entry.file_type().map_err(|fault| unreadable(&path, &fault))?;
        let wanted = path.extension().is_some_and(|own| extensions.iter().any(|one| own == *one));
        if hidden {
            continue;
        }
        if kind.is_dir() {
            if depth > 0 {
                walk(&path, extensions, depth - 1, found)?;
            }
        } else if wanted && (kind.is_file() || path.is_file()) {
            found.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path, fault: &io::Error) -> Failure {
    Failure::usage(format!("failed to read `{}`: {fault}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(failure: Failure) -> String {
        match failure {
            Failure::Usage(fault) => fault.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn folders_are_walked_in_order() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        for folder in ["b", "b/c", ".git", "empty"] {
            fs::create_dir(at(folder)).unwrap();
        }
        for file in ["z.yaml", "a.yml", "a.txt", "b/2.yaml", "b/c/1.yaml", ".git/x.yaml", ".h.yaml"]
        {
            fs::write(at(file), "").unwrap();
        }
        std::os::unix::fs::symlink(root.path(), at("b/loop")).unwrap();
        std::os::unix::fs::symlink(at("a.txt"), at("b/link.yaml")).unwrap();
        std::os::unix::fs::symlink(at("nowhere"), at("b/dangling.yaml")).unwrap();
        let found = |paths: &[PathBuf]| configs(paths).map_err(message);
        let all = ["a.yml", "b/2.yaml", "b/c/1.yaml", "b/link.yaml", "z.yaml"].map(at);
        assert_eq!(found(&[root.path().into()]).unwrap(), all);
        let twice = [at("a.txt"), at("b"), at("b/2.yaml"), PathBuf::from("-")];
        let wanted = [at("a.txt"), at("b/2.yaml"), at("b/c/1.yaml"), at("b/link.yaml"), "-".into()];
        assert_eq!(found(&twice).unwrap(), wanted);
        let empty = found(&[at("empty")]).unwrap_err();
        assert!(empty.ends_with("/empty`: no file is called *.yaml or *.yml"), "{empty}");
        let missing = found(&[at("none.yaml")]).unwrap_err();
        assert!(missing.contains("none.yaml`: No such file"), "{missing}");
    }
}
