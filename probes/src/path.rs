//! The path of a file, in a record's tail: its names from the last to the first.

use crate::builtin::task;
use crate::read::{Read, Space, Unread, kernel};
use crate::record::Text;
use crate::tail::Tail;

symbols! {
    /// Offset of `mm` in `task_struct`.
    task_mm = "core:byte_off:task_struct:mm";
    /// Offset of `exe_file` in `mm_struct`.
    mm_exe_file = "core:byte_off:mm_struct:exe_file";
    /// Offset of `f_path` in `file`.
    file_f_path = "core:byte_off:file:f_path";
    /// Offset of `mnt` in `path`.
    path_mnt = "core:byte_off:path:mnt";
    /// Offset of `dentry` in `path`.
    path_dentry = "core:byte_off:path:dentry";
    /// Offset of `d_parent` in `dentry`.
    dentry_parent = "core:byte_off:dentry:d_parent";
    /// Offset of `d_name.name` in `dentry`.
    dentry_name = "core:byte_off:dentry:d_name.name";
    /// Offset of `mnt_root` in `vfsmount`.
    vfsmount_root = "core:byte_off:vfsmount:mnt_root";
    /// Offset of `mnt`, the `vfsmount`, in `mount`.
    mount_mnt = "core:byte_off:mount:mnt";
    /// Offset of `mnt_parent` in `mount`.
    mount_parent = "core:byte_off:mount:mnt_parent";
    /// Offset of `mnt_mountpoint` in `mount`.
    mount_mountpoint = "core:byte_off:mount:mnt_mountpoint";
}

/// Bytes that one name can take with its NUL (`NAME_MAX` is 255).
const NAME: u64 = 256;
/// Most names of a path; the verifier follows each step.
const NAMES: u32 = 40;

/// Where the walk is.
struct Walk {
    dentry: u64,
    mount: u64,
    /// The top of `mount`.
    root: u64,
}

impl Walk {
    #[inline(always)]
    fn new(path: u64) -> Read<Self> {
        let mount = kernel::<u64>(path + path_mnt())? - mount_mnt();
        let dentry = kernel(path + path_dentry())?;
        Ok(Self { dentry, mount, root: root(mount)? })
    }

    /// Goes from the top of a mount to the place it is mounted at; `false` at the root of all.
    #[inline(always)]
    fn leave_mount(&mut self) -> Read<bool> {
        let parent = kernel(self.mount + mount_parent())?;
        if parent == self.mount {
            return Ok(false);
        }
        self.dentry = kernel(self.mount + mount_mountpoint())?;
        self.mount = parent;
        self.root = root(parent)?;
        Ok(true)
    }
}

#[inline(always)]
fn root(mount: u64) -> Read<u64> {
    kernel(mount + mount_mnt() + vfsmount_root())
}

impl<const N: usize> Tail<N> {
    /// Appends the names of the current process's executable, the last one first, each with its NUL:
    /// about `max` bytes of them. What is above is marked as truncated.
    #[inline(always)]
    pub fn exe(&mut self, max: u64) -> Read<Text> {
        let mm: u64 = kernel(task() + task_mm())?;
        let file: u64 = kernel(mm + mm_exe_file())?;
        let start = self.used;
        let truncated = self.names(file + file_f_path(), max);
        // What a walk that failed left behind is no part of the record.
        let len = self.used - start;
        self.used = start;
        Ok(self.keep(len, truncated?))
    }

    /// Appends the names on the way from `path` to the root; whether it was not reached.
    #[inline(always)]
    fn names(&mut self, path: u64, max: u64) -> Read<bool> {
        let start = self.used;
        let mut walk = Walk::new(path)?;
        let mut truncated = true;
        for _ in 0..NAMES {
            if walk.dentry == walk.root {
                if walk.leave_mount()? {
                    continue;
                }
                truncated = false;
                break;
            }
            let parent: u64 = kernel(walk.dentry + dentry_parent())?;
            // The top of what is not mounted anywhere.
            if parent == walk.dentry {
                truncated = false;
                break;
            }
            if self.used - start > max {
                break;
            }
            let Some(to) = self.place(NAME - 2) else { break };
            let name: u64 = kernel(walk.dentry + dentry_name())?;
            // SAFETY: `place` leaves room for a name and its NUL.
            let got = unsafe { Space::Kernel.copy_str(to, NAME as u32, name) };
            if got <= 0 {
                return Err(Unread::at(name));
            }
            self.used += got as u64;
            walk.dentry = parent;
        }
        Ok(truncated)
    }
}
