//! From the bare name of a library or command to its file.
//!
//! In: `libc`, `libreadline.so.8`, `bash`. Out: the file that the dynamic loader, or the shell,
//! would take; several that differ are an error, never a guess.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Binary, ElfError};
use crate::diag::nearest;
use crate::hook::matches;

/// Where the loader looks without being told, on distributions of both habits.
const FOLDERS: &[&str] = &[
    "/lib64",
    "/usr/lib64",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib",
    "/usr/lib",
    "/usr/local/lib",
];
/// `include` lines that are followed within each other.
const DEPTH_MAX: u32 = 8;

/// Where to look.
#[derive(Debug)]
pub struct Search {
    cache: PathBuf,
    conf: PathBuf,
    folders: Vec<PathBuf>,
    commands: Vec<PathBuf>,
}

impl Default for Search {
    fn default() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self {
            cache: "/etc/ld.so.cache".into(),
            conf: "/etc/ld.so.conf".into(),
            folders: FOLDERS.iter().map(PathBuf::from).collect(),
            commands: std::env::split_paths(&path).collect(),
        }
    }
}

impl Search {
    /// Opens the file that `name` means.
    pub fn find(&self, name: &str) -> Result<Binary, ElfError> {
        if name.contains('/') {
            return Binary::open(Path::new(name));
        }
        let mut seen = Vec::new();
        let mut found = self.cached(name, &mut seen);
        if found.is_empty() {
            found = self.listed(name, &mut seen);
        }
        let mut found: Vec<Binary> =
            found.iter().filter_map(|path| Binary::open(path).ok()).collect();
        if found.len() > 1 {
            let list = found.iter().map(|binary| binary.path.display().to_string()).collect();
            return Err(ElfError::SeveralLibraries { name: name.to_owned(), list });
        }
        match found.pop() {
            Some(binary) => Ok(binary),
            None => self.command(name).unwrap_or_else(|| {
                let near = nearest(name, seen.iter().map(String::as_str)).map(str::to_owned);
                Err(ElfError::NotFound { name: name.to_owned(), near })
            }),
        }
    }

    fn command(&self, name: &str) -> Option<Result<Binary, ElfError>> {
        let file = self.commands.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
        file.map(|file| Binary::open(&file.canonicalize().unwrap_or(file)))
    }

    /// The files of that name in the loader's cache.
    fn cached(&self, name: &str, seen: &mut Vec<String>) -> BTreeSet<PathBuf> {
        let bytes = fs::read(&self.cache).unwrap_or_default();
        let mut found = BTreeSet::new();
        for (own, path) in entries(&bytes) {
            if fits(own, name) {
                found.extend(Path::new(path).canonicalize());
            }
            seen.push(own.to_owned());
        }
        found
    }

    /// The files of that name in the folders of `/etc/ld.so.conf` and the usual ones.
    fn listed(&self, name: &str, seen: &mut Vec<String>) -> BTreeSet<PathBuf> {
        let mut folders = Vec::new();
        configured(&self.conf, &mut folders, DEPTH_MAX);
        folders.extend(self.folders.iter().cloned());
        let mut found = BTreeSet::new();
        for folder in folders {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(own) = entry.file_name().into_string() else { continue };
                if fits(&own, name) {
                    found.extend(entry.path().canonicalize());
                }
                if own.contains(".so") {
                    seen.push(own);
                }
            }
        }
        // What is no library for this machine must not make the others ambiguous.
        found.retain(|path| Binary::open(path).is_ok());
        found
    }
}

/// Whether the file `own` is the library `name`: `libc.so.6` is `libc`, `libc.so` and itself.
fn fits(own: &str, name: &str) -> bool {
    let rest = match own.strip_prefix(name) {
        Some(rest) if name.contains(".so") => return rest.is_empty() || rest.starts_with('.'),
        Some(rest) => rest,
        None => return false,
    };
    rest == ".so" || rest.starts_with(".so.")
}

/// The folders that a file like `/etc/ld.so.conf` lists.
fn configured(file: &Path, folders: &mut Vec<PathBuf>, depth: u32) {
    let Ok(text) = fs::read_to_string(file) else { return };
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        match line.strip_prefix("include").map(str::trim) {
            Some(pattern) if depth > 0 => {
                let pattern = file.parent().unwrap_or(Path::new("/")).join(pattern);
                let (Some(folder), Some(glob)) = (pattern.parent(), pattern.file_name()) else {
                    continue;
                };
                let entries = fs::read_dir(folder).into_iter().flatten().flatten();
                let mut files: Vec<_> = entries
                    .filter(|entry| {
                        matches(&glob.to_string_lossy(), &entry.file_name().to_string_lossy())
                    })
                    .map(|entry| entry.path())
                    .collect();
                files.sort();
                files.iter().for_each(|file| configured(file, folders, depth - 1));
            }
            Some(_) => {}
            None if line.starts_with('/') => folders.push(line.into()),
            None => {}
        }
    }
}

/// Names and paths in the loader's cache for 64-bit x86, in its own order (`struct
/// cache_file_new` of glibc's `dl-cache.h`).
fn entries(bytes: &[u8]) -> Vec<(&str, &str)> {
    const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
    const HEADER: usize = 48;
    const ENTRY: usize = 24;
    /// FLAG_X8664_LIB64 and FLAG_ELF_LIBC6.
    const FLAGS: u32 = 0x0303;
    // Older ones begin with the old format.
    let Some(start) = memchr::memmem::find(bytes, MAGIC) else { return Vec::new() };
    let cache = &bytes[start..];
    let word =
        |at: usize| Some(u32::from_le_bytes(cache.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let text = |at: u32| std::str::from_utf8(super::string(cache, at as usize)?).ok();
    let count = word(MAGIC.len()).unwrap_or_default() as usize;
    let count = count.min(cache.len() / ENTRY);
    let entry = |index: usize| {
        let at = HEADER + index * ENTRY;
        let ours = word(at)? == FLAGS;
        Some((text(word(at + 4)?)?, text(word(at + 8)?)?)).filter(|_| ours)
    };
    (0..count).filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_leave_the_version_out() {
        for (own, name, is) in [
            ("libc.so.6", "libc", true),
            ("libc.so.6", "libc.so", true),
            ("libc.so.6", "libc.so.6", true),
            ("libc.so.6", "libc.so.60", false),
            ("libc.so.60", "libc.so.6", false),
            ("libcap.so.2", "libc", false),
            ("libc-2.31.so", "libc", false),
            ("libc.a", "libc", false),
        ] {
            assert_eq!(fits(own, name), is, "{own} {name}");
        }
    }

    fn search(root: &Path) -> Search {
        Search {
            cache: root.join("cache"),
            conf: root.join("conf"),
            folders: vec![root.join("lib")],
            commands: vec![root.join("bin")],
        }
    }

    #[test]
    fn folders_are_searched_where_there_is_no_cache() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for folder in ["lib", "more", "bin", "conf.d"] {
            fs::create_dir(at(folder)).unwrap();
        }
        let own = std::env::current_exe().unwrap();
        fs::write(at("conf"), "include conf.d/*.conf\n# /lib\n").unwrap();
        fs::write(at("conf.d/a.conf"), format!("{}\n", at("more").display())).unwrap();
        std::os::unix::fs::symlink(&own, at("more/libone.so.1")).unwrap();
        std::os::unix::fs::symlink(&own, at("lib/libone.so")).unwrap();
        fs::copy("/bin/true", at("lib/libtwo.so.2")).unwrap();
        fs::copy("/bin/true", at("lib/libtwo.so.3")).unwrap();
        fs::write(at("lib/libtwo.so"), "GROUP ( libtwo.so.2 )").unwrap();
        fs::copy("/bin/true", at("bin/tool")).unwrap();
        let search = search(root.path());
        let found = |name: &str| search.find(name).map(|binary| binary.path);
        assert_eq!(found("libone").unwrap(), own.canonicalize().unwrap());
        assert!(
            matches!(found("libtwo"), Err(ElfError::SeveralLibraries { list, .. }) if list.len() == 2)
        );
        assert!(found("libtwo.so.3").unwrap().ends_with("lib/libtwo.so.3"));
        assert!(found("tool").unwrap().ends_with("bin/tool"));
        let near = found("libon.so").unwrap_err();
        assert!(matches!(near, ElfError::NotFound { near: Some(near), .. } if near == "libone.so"));
    }

    #[test]
    fn the_cache_is_read_as_glibc_writes_it() {
        let mut cache = b"ld.so-1.7.0\0\0\0\0\0glibc-ld.so.cache1.1".to_vec();
        let start = 16;
        cache.extend(2u32.to_le_bytes());
        cache.resize(start + 48, 0);
        let strings = 48 + 2 * 24;
        for (flags, name, path) in [(0x0003u32, 0u32, 10u32), (0x0303, 0, 10)] {
            for word in [flags, strings + name, strings + path, 0, 0, 0] {
                cache.extend(word.to_le_bytes());
            }
        }
        cache.extend(b"libc.so.6\0/lib/x/libc.so.6\0");
        assert_eq!(entries(&cache), [("libc.so.6", "/lib/x/libc.so.6")]);
        for cut in 0..cache.len() {
            entries(&cache[..cut]);
        }
    }

    #[test]
    fn this_machine_has_a_libc() {
        let binary = Search::default().find("libc").unwrap();
        assert!(binary.path.to_string_lossy().contains("libc"), "{:?}", binary.path);
    }
}
