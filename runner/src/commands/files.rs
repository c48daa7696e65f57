//! The configs that a command is given: files, and folders of files.

use std::fs;
use std::path::Path;

use super::Failure;

/// Levels of folders that are looked into.
const MAX_DEPTH: usize = 32;

/// The configs in `paths`, those of a folder sorted, each once. A folder without any is a slip.
pub fn configs(paths: &[String]) -> Result<Vec<String>, Failure> {
    let mut all: Vec<String> = Vec::new();
    for path in paths {
        if !Path::new(path).is_dir() {
            // Whether a file can be read is seen, and said, when it is.
            all.push(path.clone());
            continue;
        }
        let mut found = Vec::new();
        collect(Path::new(path), MAX_DEPTH, &mut found)?;
        if found.is_empty() {
            return Err(Failure::usage(format!("there are no configs (*.yaml) in `{path}`")));
        }
        found.sort();
        all.extend(found);
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|path| seen.insert(path.clone()));
    Ok(all)
}

/// Adds the configs in `folder` and below. What is hidden is passed over, and links to folders are
/// not followed, since they may lead round in circles.
fn collect(folder: &Path, depth: usize, found: &mut Vec<String>) -> Result<(), Failure> {
    let failed = |fault| Failure::usage(format!("failed to read `{}`: {fault}", folder.display()));
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, found)?;
            }
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml")
            && path.is_file()
        {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_their_configs_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("sub/.hidden")).unwrap();
        for name in ["b.yaml", "a.yml", "c.txt", ".d.yaml", "sub/e.yaml", "sub/.hidden/f.yaml"] {
            fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("sub/circle")).unwrap();
        let path = |name: &str| at(name).display().to_string();
        let all = [path("c.txt"), folder.path().display().to_string(), path("b.yaml")];
        let expected = [path("c.txt"), path("a.yml"), path("b.yaml"), path("sub/e.yaml")];
        assert_eq!(configs(&all).unwrap(), expected);
        assert_eq!(configs(&[path("nothing")]).unwrap(), [path("nothing")]);
        fs::remove_file(at("sub/e.yaml")).unwrap();
        assert!(configs(&[path("sub")]).is_err());
    }
}
