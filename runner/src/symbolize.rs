//! Names of this machine's addresses and cgroups; the only user of blazesym.
//!
//! In: numbers out of records. Out: names, or nothing where a process or a cgroup is gone by now.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::fd::{AsRawFd, FromRawFd};
use std::path::PathBuf;

use blazesym::symbolize::source::{Kernel, Process, Source};
use blazesym::symbolize::{Input, Symbolizer};
use blazesym::{MaybeDefault, Pid};

use crate::layout::{Layout, Show, Slot, SlotKind};
use crate::read::Owner;
use crate::render::Names;

/// Kernel symbols that are remembered; more than a program's probes can reach in practice.
const REMEMBERED: usize = 1 << 16;
/// `FILEID_KERNFS`: a file handle that holds a cgroup's number (`include/linux/exportfs.h`).
const HANDLE_KERNFS: i32 = 0xfe;

/// The running machine's names. Nothing is opened before the first question.
#[derive(Default)]
pub struct LiveNames {
    symbolizer: Option<Symbolizer>,
    kernel: HashMap<u64, Option<String>>,
    cgroups: HashMap<u64, String>,
    /// The mounted hierarchy of version 2; `Some(None)` if there is none.
    hierarchy: Option<Option<Hierarchy>>,
}

struct Hierarchy {
    folder: File,
    path: PathBuf,
}

impl Names for LiveNames {
    fn symbol(&mut self, of: Owner, address: u64) -> Option<String> {
        match of {
            Owner::Kernel => {
                if let Some(known) = self.kernel.get(&address) {
                    return known.clone();
                }
                let kernel = Kernel { vmlinux: MaybeDefault::None, ..Kernel::default() };
                let symbol = self.look_up(&Source::Kernel(kernel), address);
                if self.kernel.len() < REMEMBERED {
                    self.kernel.insert(address, symbol.clone());
                }
                symbol
            }
            // Not remembered: the number may belong to another process a moment later.
            Owner::Process(pid) => {
                self.look_up(&Source::Process(Process::new(Pid::from(pid))), address)
            }
        }
    }

    fn cgroup(&mut self, id: u64) -> Option<String> {
        if let Some(known) = self.cgroups.get(&id) {
            return Some(known.clone());
        }
        let hierarchy = self.hierarchy.get_or_insert_with(Hierarchy::open).as_ref()?;
        let path = hierarchy.path(id)?;
        if self.cgroups.len() < REMEMBERED {
            self.cgroups.insert(id, path.clone());
        }
        Some(path)
    }
}

impl LiveNames {
    /// Names for records of those layouts. The kernel's symbols are read now if they will be needed:
    /// it takes a while, in which a process whose symbols are wanted may end.
    pub fn new<'a>(layouts: impl IntoIterator<Item = &'a Layout>) -> Self {
        let mut names = Self::default();
        let kernel = |slot: &Slot| match slot.kind {
            SlotKind::Stack(_) => true,
            SlotKind::Address => slot.show == Show::Only(Show::Symbol.into()),
            _ => false,
        };
        if layouts.into_iter().any(|layout| layout.slots.iter().any(kernel)) {
            names.symbol(Owner::Kernel, 0);
        }
        names
    }

    fn look_up(&mut self, source: &Source, address: u64) -> Option<String> {
        let symbolizer = self.symbolizer.get_or_insert_with(|| {
            Symbolizer::builder().enable_code_info(false).enable_inlined_fns(false).build()
        });
        let found = symbolizer.symbolize_single(source, Input::AbsAddr(address)).ok()?;
        let symbol = found.as_sym()?;
        Some(match symbol.offset {
            0 => symbol.name.to_string(),
            offset => format!("{}+{offset:#x}", symbol.name),
        })
    }
}

impl Hierarchy {
    /// The first mount of type `cgroup2` that shows the hierarchy from its root.
    fn open() -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let path = mounts.lines().find_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            let mut words = mount.split(' ').skip(3);
            let (root, place) = (words.next()?, words.next()?);
            (root == "/" && kind.starts_with("cgroup2 ")).then(|| PathBuf::from(place))
        })?;
        Some(Self { folder: File::open(&path).ok()?, path })
    }

    /// The path of the cgroup `id`, from the root of the hierarchy.
    fn path(&self, id: u64) -> Option<String> {
        #[repr(C)]
        struct Handle {
            bytes: u32,
            kind: i32,
            id: [u8; 8],
        }
        let mut handle = Handle { bytes: 8, kind: HANDLE_KERNFS, id: id.to_ne_bytes() };
        // SAFETY: `Handle` is a `file_handle` of 8 bytes; the kernel only reads it.
        let fd = unsafe {
            libc::open_by_handle_at(
                self.folder.as_raw_fd(),
                (&raw mut handle).cast(),
                libc::O_PATH | libc::O_CLOEXEC,
            )
        };
        if fd < 0 {
            return None;
        }
        // SAFETY: it was opened just now, and nobody else has it.
        let file = unsafe { File::from_raw_fd(fd) };
        let path = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
        let path = path.strip_prefix(&self.path).ok()?;
        Some(format!("/{}", path.to_string_lossy()))
    }
}
