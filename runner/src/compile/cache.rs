//! What was compiled before, by the SHA-256 of everything it was made from.
//!
//! In: a key and bytes. Out: the same bytes later, or nothing. Each entry carries its own digest,
//! so that a torn one is as good as none. Entries appear by renaming: any number of processes may
//! use the folder at once, and one that is killed leaves nothing in the way.

use std::ffi::CString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// The name of an entry: a SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 32]);

/// What an entry holds; each has its own folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A compiled program.
    Object,
    /// The library crates as one compiler made them: a folder.
    Library,
    /// What is known of one `rustc`.
    Rustc,
}

/// The folder of all entries.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    /// Why the folder is a temporary one that ends with this process.
    warning: Option<String>,
    _temporary: Option<TempDir>,
}

/// How much the cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Compiled programs.
    pub objects: usize,
    /// Compilers with their library crates.
    pub libraries: usize,
    /// Of all files, finished or not.
    pub bytes: u64,
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A file or folder could not be written.
    #[error(
        "failed to write `{}`; free some space, or name another folder in RUNNER_CACHE",
        path.display()
    )]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be emptied.
    #[error("failed to remove `{}`", path.display())]
    Remove {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The folder of what is being made.
const UNFINISHED: &str = "unfinished";

/// The folder of the files that [`Cache::turn`] locks.
const TURNS: &str = "turns";

/// How long to wait for a turn. Whoever holds one that long is stopped, not working.
const PATIENCE: Duration = Duration::from_secs(30);

/// Unfinished work that is older than this was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(3600);

impl Key {
    /// Of several parts. Where one ends and the next begins makes a difference.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The digest itself, as a part of another key.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn name(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Kind {
    const ALL: [Self; 3] = [Self::Object, Self::Library, Self::Rustc];

    fn folder(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Library => "library",
            Self::Rustc => "rustc",
        }
    }
}

impl Cache {
    /// The user's: RUNNER_CACHE, else XDG_CACHE_HOME/runner, else HOME/.cache/runner. Where that
    /// cannot be written, a temporary one, with a [`warning`](Self::warning).
    pub fn from_environment() -> Result<Self, CacheError> {
        let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let folder = variable("RUNNER_CACHE")
            .or_else(|| variable("XDG_CACHE_HOME").map(|home| home.join("runner")))
            .or_else(|| variable("HOME").map(|home| home.join(".cache/runner")));
        let Some(folder) = folder else {
            return Self::temporary("neither RUNNER_CACHE nor HOME is set".to_owned());
        };
        match Self::open(&folder) {
            Ok(cache) => Ok(cache),
            Err(error) => Self::temporary(format!("`{}`: {error}", folder.display())),
        }
    }

    /// In `folder`, which is made if it is not there, for this user alone.
    ///
    /// What it holds is loaded into the kernel, so a folder that another user owns or may write to
    /// is refused.
    pub fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let about = fs::metadata(folder)?;
        // SAFETY: it cannot fail and has no arguments.
        if about.uid() != unsafe { libc::geteuid() } || about.mode() & 0o022 != 0 {
            let message = "another user owns it or may write to it";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        for name in Kind::ALL.map(Kind::folder).iter().chain(&[UNFINISHED, TURNS]) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder.join(name))?;
        }
        Ok(Self { folder: folder.to_owned(), warning: None, _temporary: None })
    }

    fn temporary(warning: String) -> Result<Self, CacheError> {
        let failed =
            |source| CacheError::Write { path: std::env::temp_dir().join("runner"), source };
        let temporary = TempDir::with_prefix("runner-cache-").map_err(failed)?;
        let mut cache = Self::open(temporary.path()).map_err(failed)?;
        cache.warning = Some(warning);
        cache._temporary = Some(temporary);
        Ok(cache)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why nothing will be there the next time, if so.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Where the entry of that name is or would be.
    pub fn path(&self, kind: Kind, key: &Key) -> PathBuf {
        self.folder.join(kind.folder()).join(key.name())
    }

    /// The bytes of an entry, if it is there and whole.
    pub fn get(&self, kind: Kind, key: &Key) -> Option<Vec<u8>> {
        read_whole(&self.path(kind, key))
    }

    /// Adds an entry; one of that name is replaced.
    pub fn put(&self, kind: Kind, key: &Key, bytes: &[u8]) -> Result<(), CacheError> {
        let path = self.path(kind, key);
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(self.folder.join(UNFINISHED))?;
            file.write_all(&Sha256::digest(bytes))?;
            file.write_all(bytes)?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|source| CacheError::Write { path: path.clone(), source })
    }

    /// All whole entries of a kind, the newest first.
    pub fn all(&self, kind: Kind) -> Vec<Vec<u8>> {
        let mut found: Vec<_> = entries(&self.folder.join(kind.folder()))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        found.into_iter().filter_map(|(_, path)| read_whole(&path)).collect()
    }

    /// A folder to work in, removed when dropped: in the cache, else where temporary files go.
    pub fn workspace(&self) -> Result<TempDir, CacheError> {
        let unfinished = self.folder.join(UNFINISHED);
        remove_abandoned(&unfinished);
        TempDir::new_in(&unfinished)
            .or_else(|_| TempDir::with_prefix("runner-"))
            .map_err(|source| CacheError::Write { path: unfinished, source })
    }

    /// Waits until fewer processes compile than there are processors: a hundred compilers at once
    /// need 10 GB. Ends when dropped, or with the process, however that ends. It only spares the
    /// machine: where none can be had, the work is done all the same.
    pub fn turn(&self) -> Option<File> {
        let turns = std::thread::available_parallelism().map_or(1, usize::from);
        let deadline = Instant::now() + PATIENCE;
        loop {
            for turn in 0..turns {
                let path = self.folder.join(TURNS).join(turn.to_string());
                let options = OpenOptions::new().create(true).append(true).to_owned();
                let file = options.open(path).ok()?;
                if file.try_lock().is_ok() {
                    return Some(file);
                }
            }
            if Instant::now() > deadline {
                return None;
            }
            std::thread::sleep(Duration::from_millis(4));
        }
    }

    /// Moves a finished folder into the cache, over a broken one of that name.
    pub fn put_folder(&self, kind: Kind, key: &Key, folder: &Path) -> Result<(), CacheError> {
        let path = self.path(kind, key);
        if fs::rename(folder, &path).is_ok() {
            return Ok(());
        }
        // The name is taken. Swapping leaves no moment without the folder for those who use it.
        exchange(folder, &path).map_err(|source| CacheError::Write { path, source })
    }

    /// How much there is.
    pub fn usage(&self) -> Usage {
        let count = |kind: Kind| entries(&self.folder.join(kind.folder())).count();
        Usage {
            objects: count(Kind::Object),
            libraries: count(Kind::Library),
            bytes: bytes_below(&self.folder),
        }
    }

    /// Removes everything that is in it, but not what other processes are making.
    pub fn clear(&self) -> Result<(), CacheError> {
        remove_abandoned(&self.folder.join(UNFINISHED));
        for kind in Kind::ALL {
            for entry in entries(&self.folder.join(kind.folder())) {
                remove(&entry.path())
                    .map_err(|source| CacheError::Remove { path: entry.path(), source })?;
            }
        }
        Ok(())
    }
}

/// The payload of a file that begins with the payload's digest.
fn read_whole(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = fs::read(path).ok()?;
    let payload = bytes.split_off_checked(32)?;
    (Sha256::digest(&payload)[..] == bytes[..]).then_some(payload)
}

/// `Vec::split_off` without its panic.
trait SplitOffChecked: Sized {
    fn split_off_checked(&mut self, at: usize) -> Option<Self>;
}

impl SplitOffChecked for Vec<u8> {
    fn split_off_checked(&mut self, at: usize) -> Option<Self> {
        (self.len() >= at).then(|| self.split_off(at))
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = fs::DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

fn bytes_below(folder: &Path) -> u64 {
    entries(folder)
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => bytes_below(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Removes a file or a folder; that it is gone already is no error.
fn remove(path: &Path) -> io::Result<()> {
    let result = match path.symlink_metadata() {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Removes what killed processes left. Failing changes nothing, so it is not reported.
fn remove_abandoned(unfinished: &Path) {
    let now = SystemTime::now();
    for entry in entries(unfinished) {
        let modified = entry.metadata().and_then(|about| about.modified());
        let age = modified.ok().and_then(|then| now.duration_since(then).ok());
        if age.is_some_and(|age| age > ABANDONED) {
            let _ = remove(&entry.path());
        }
    }
}

/// Swaps two paths in one step (Linux 3.15).
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    let a = CString::new(a.as_os_str().as_bytes())?;
    let b = CString::new(b.as_os_str().as_bytes())?;
    // SAFETY: both are C strings that live through the call.
    let status = unsafe {
        libc::renameat2(
            libc::AT_FDCWD,
            a.as_ptr(),
            libc::AT_FDCWD,
            b.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
