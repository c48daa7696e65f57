//! Where tracefs is mounted, and mounting it where it is not.
//!
//! Out: the folder that holds `events`. Mounts once, only as root and only at its usual place.

use std::ffi::CStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::FactsError;

/// Where it belongs, and where it stands on systems that mount only debugfs.
const PLACES: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const MOUNT_POINT: &CStr = c"/sys/kernel/tracing";

/// The folder in which this kernel's tracefs is mounted.
pub fn find() -> Result<PathBuf, FactsError> {
    match look() {
        Err(FactsError::NoTracefs { .. }) => {}
        found => return found,
    }
    mount().map_err(|source| match source.kind() {
        ErrorKind::PermissionDenied => FactsError::Permission { path: PLACES[0].to_owned() },
        _ => FactsError::NoTracefs { source: Some(source) },
    })?;
    look()
}

/// The folder in which it is mounted already.
pub fn look() -> Result<PathBuf, FactsError> {
    find_in(&PLACES.map(Path::new))
}

/// The first of `places` that holds `events`.
fn find_in(places: &[&Path]) -> Result<PathBuf, FactsError> {
    let mut denied = None;
    for place in places {
        match fs::metadata(place.join("events")) {
            Ok(_) => return Ok(place.to_path_buf()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                denied.get_or_insert_with(|| place.display().to_string());
            }
            Err(_) => {}
        }
    }
    match denied {
        Some(path) => Err(FactsError::Permission { path }),
        None => Err(FactsError::NoTracefs { source: None }),
    }
}

/// Mounts tracefs at its usual place.
fn mount() -> io::Result<()> {
    let kind = c"tracefs";
    // SAFETY: the three strings are static and end in NUL; the options may be null.
    let result = unsafe {
        libc::mount(kind.as_ptr(), MOUNT_POINT.as_ptr(), kind.as_ptr(), 0, std::ptr::null())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_that_has_events_counts() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        fs::create_dir_all(&one).unwrap();
        let missing = find_in(&[&one, &two]).unwrap_err();
        assert!(matches!(missing, FactsError::NoTracefs { .. }));
        assert!(missing.to_string().ends_with("mount -t tracefs tracefs /sys/kernel/tracing"));
        fs::create_dir_all(two.join("events")).unwrap();
        assert_eq!(find_in(&[&one, &two]).unwrap(), two);
        fs::create_dir_all(one.join("events")).unwrap();
        assert_eq!(find_in(&[&one, &two]).unwrap(), one);
    }
}
