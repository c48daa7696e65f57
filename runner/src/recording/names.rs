//! Names of addresses and cgroups as they were when their event was recorded.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::read::Owner;
use crate::render::Names;

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Named {
    /// An address in the kernel.
    Kernel(u64),
    /// An address in a process.
    Process(u32, u64),
    /// A cgroup, by its number.
    Cgroup(u64),
}

/// What something was called from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// What.
    pub of: Named,
    /// Its name, if it had any.
    pub name: Option<String>,
}

impl Named {
    fn address(of: Owner, address: u64) -> Self {
        match of {
            Owner::Kernel => Self::Kernel(address),
            Owner::Process(pid) => Self::Process(pid, address),
        }
    }
}

/// A machine's names, of which is noted what was asked for an event. Of one event, a question has
/// one answer, though the process may end meanwhile.
pub struct Noted<N> {
    names: N,
    event: HashMap<Named, Option<String>>,
    /// The last answers that were taken.
    taken: HashMap<Named, Option<String>>,
}

/// Answers that are compared with those before; beyond, all are noted again.
const COMPARED: usize = 1 << 16;

impl<N: Names> Noted<N> {
    /// Notes what `names` answers.
    pub fn new(names: N) -> Self {
        Self { names, event: HashMap::new(), taken: HashMap::new() }
    }

    /// Ends an event, and gives the answers that are not those of an event before.
    pub fn take(&mut self) -> Vec<Name> {
        let mut fresh = Vec::new();
        for (of, name) in self.event.drain() {
            if self.taken.get(&of) == Some(&name) {
                continue;
            }
            if self.taken.len() < COMPARED || self.taken.contains_key(&of) {
                self.taken.insert(of, name.clone());
            }
            fresh.push(Name { of, name });
        }
        fresh
    }
}

impl<N: Names> Names for Noted<N> {
    fn symbol(&mut self, of: Owner, address: u64) -> Option<String> {
        let names = &mut self.names;
        let known = self.event.entry(Named::address(of, address));
        known.or_insert_with(|| names.symbol(of, address)).clone()
    }

    fn cgroup(&mut self, id: u64) -> Option<String> {
        let names = &mut self.names;
        self.event.entry(Named::Cgroup(id)).or_insert_with(|| names.cgroup(id)).clone()
    }
}

/// The names of a recording, as far as it was read.
#[derive(Debug, Default)]
pub struct Recalled(HashMap<Named, Option<String>>);

impl Recalled {
    /// Takes a name that holds from here on.
    pub fn add(&mut self, name: Name) {
        self.0.insert(name.of, name.name);
    }
}

impl Names for Recalled {
    fn symbol(&mut self, of: Owner, address: u64) -> Option<String> {
        self.0.get(&Named::address(of, address)).cloned().flatten()
    }

    fn cgroup(&mut self, id: u64) -> Option<String> {
        self.0.get(&Named::Cgroup(id)).cloned().flatten()
    }
}
