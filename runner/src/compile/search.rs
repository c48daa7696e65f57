//! Where a `rustc` may be, without running any.
//!
//! In: the environment. Out: an ordered list of files. Under `sudo` the caller's own folders are
//! looked at, too, for root's PATH often lacks them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// In this order.
    pub(super) candidates: Vec<Candidate>,
    /// What `rustup`'s stand-in for `rustc` goes by.
    pub(super) environment: Vec<(&'static str, OsString)>,
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The file, if it is there.
    pub path: PathBuf,
    /// The home that `rustup` must be told, where it is not the current user's.
    pub home: Option<PathBuf>,
}

/// What reaches the first `rustc`, which may be `rustup`'s stand-in or a script.
const PASSED: [&str; 6] =
    ["PATH", "HOME", "RUSTUP_HOME", "CARGO_HOME", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"];

impl Search {
    /// As the environment of this process says: RUNNER_RUSTC alone if it is set, else the PATH and
    /// the usual places.
    pub fn from_environment() -> Self {
        Self::new(
            |name| std::env::var_os(name),
            || fs::read_to_string("/etc/passwd").unwrap_or_default(),
        )
    }

    /// This one file.
    pub fn only(rustc: &Path) -> Self {
        let named = |name: &str| (name == "RUNNER_RUSTC").then(|| rustc.as_os_str().to_owned());
        let mut search = Self::new(named, String::new);
        search.environment = Self::from_environment().environment;
        search
    }

    fn new(variable: impl Fn(&str) -> Option<OsString>, passwd: impl Fn() -> String) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let environment = PASSED.iter().filter_map(|name| Some((*name, variable(name)?))).collect();
        if let Some(path) = variable("RUNNER_RUSTC") {
            let only = Candidate { path: PathBuf::from(path), home: None };
            return Self { candidates: vec![only], environment };
        }
        let mut candidates = Vec::<Candidate>::new();
        let mut add = |folder: PathBuf, home: Option<PathBuf>| {
            let path = folder.join("rustc");
            if folder.is_absolute() && candidates.iter().all(|known| known.path != path) {
                candidates.push(Candidate { path, home });
            }
        };
        if let Some(path) = variable("PATH") {
            std::env::split_paths(&path).for_each(|folder| add(folder, None));
        }
        if let Some(home) = variable("CARGO_HOME") {
            add(PathBuf::from(home).join("bin"), None);
        }
        if let Some(home) = variable("HOME") {
            add(PathBuf::from(home).join(".cargo/bin"), None);
        }
        if let Some(home) = variable("SUDO_USER").and_then(|user| home_of(&user, &passwd())) {
            add(home.join(".cargo/bin"), Some(home));
        }
        add(PathBuf::from("/root/.cargo/bin"), Some(PathBuf::from("/root")));
        add(PathBuf::from("/usr/bin"), None);
        add(PathBuf::from("/usr/local/bin"), None);
        Self { candidates, environment }
    }
}

impl Candidate {
    /// `environment`, with this place's home in it. A home that is not the user's own has its
    /// `rustup` folder below it, whatever the user's variables say.
    pub fn environment<'a>(
        &'a self,
        environment: &'a [(&'static str, OsString)],
    ) -> Vec<(&'static str, &'a OsStr)> {
        let mut result = vec![("RUSTUP_AUTO_INSTALL", OsStr::new("0"))];
        for (name, value) in environment {
            let of_home = ["HOME", "RUSTUP_HOME", "CARGO_HOME", "RUSTUP_TOOLCHAIN"];
            if self.home.is_none() || !of_home.contains(name) {
                result.push((*name, value));
            }
        }
        if let Some(home) = &self.home {
            result.push(("HOME", home.as_os_str()));
        }
        result
    }

    /// Files that say which compiler `rustup`'s stand-in runs from the folder `/`.
    pub fn decided_by(&self, environment: &[(&'static str, OsString)]) -> Vec<PathBuf> {
        let environment = self.environment(environment);
        let value = |wanted| environment.iter().find(|(name, _)| *name == wanted).map(|(_, v)| *v);
        let rustup = value("RUSTUP_HOME")
            .map(PathBuf::from)
            .or_else(|| value("HOME").map(|home| Path::new(home).join(".rustup")));
        let mut files = vec![
            self.path.clone(),
            PathBuf::from("/rust-toolchain"),
            PathBuf::from("/rust-toolchain.toml"),
        ];
        files.extend(rustup.map(|folder| folder.join("settings.toml")));
        files
    }
}

/// A user's home, by the text of `/etc/passwd`.
fn home_of(user: &OsStr, passwd: &str) -> Option<PathBuf> {
    let user = user.to_str()?;
    let line = passwd.lines().find(|line| line.split(':').next() == Some(user))?;
    line.split(':').nth(5).filter(|home| home.starts_with('/')).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n";

    fn search(variables: &[(&str, &str)]) -> Search {
        let value = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        };
        Search::new(value, || PASSWD.to_owned())
    }

    fn paths(search: &Search) -> Vec<&str> {
        search.candidates.iter().map(|c| c.path.to_str().unwrap()).collect()
    }

    #[test]
    fn a_named_rustc_is_the_only_one() {
        let found = search(&[("RUNNER_RUSTC", "/opt/rustc"), ("PATH", "/usr/bin")]);
        assert_eq!(paths(&found), ["/opt/rustc"]);
    }

    #[test]
    fn the_path_comes_first_and_nothing_twice() {
        let found = search(&[("PATH", "/a:relative::/usr/bin"), ("HOME", "/root")]);
        assert_eq!(
            paths(&found),
            ["/a/rustc", "/usr/bin/rustc", "/root/.cargo/bin/rustc", "/usr/local/bin/rustc"]
        );
    }

    #[test]
    fn under_sudo_the_callers_home_serves() {
        let found = search(&[
            ("PATH", "/usr/bin"),
            ("HOME", "/root"),
            ("SUDO_USER", "ann"),
            ("RUSTUP_HOME", "/root/.rustup"),
        ]);
        let candidate = found.candidates.iter().find(|c| c.path.starts_with("/home/ann")).unwrap();
        let environment = candidate.environment(&found.environment);
        assert!(environment.contains(&("HOME", OsStr::new("/home/ann"))));
        assert!(environment.iter().all(|(name, _)| *name != "RUSTUP_HOME"));
        let decided = candidate.decided_by(&found.environment);
        assert!(decided.contains(&PathBuf::from("/home/ann/.rustup/settings.toml")));
    }
}
