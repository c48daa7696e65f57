//! What values stand for on the machine they come from: times, symbols, cgroups.

use std::cell::RefCell;
use std::rc::Rc;

use super::Clock;
use crate::read::Owner;

/// Names of what records hold as numbers.
pub trait Names {
    /// The symbol at `address`, with the distance from its start: `vfs_read+0x12`.
    fn symbol(&mut self, of: Owner, address: u64) -> Option<String>;

    /// The path of a cgroup, from the root of its hierarchy.
    fn cgroup(&mut self, id: u64) -> Option<String>;
}

/// Names that several ask for.
impl<N: Names + ?Sized> Names for Rc<RefCell<N>> {
    fn symbol(&mut self, of: Owner, address: u64) -> Option<String> {
        self.borrow_mut().symbol(of, address)
    }

    fn cgroup(&mut self, id: u64) -> Option<String> {
        self.borrow_mut().cgroup(id)
    }
}

/// The machine that the records come from.
pub struct Machine {
    /// Its time.
    pub clock: Clock,
    /// Its names.
    pub names: Box<dyn Names>,
}

impl Machine {
    /// The symbol at `address`, or the address itself.
    pub fn symbol(&mut self, of: Owner, address: u64) -> String {
        self.names.symbol(of, address).unwrap_or_else(|| format!("{address:#x}"))
    }
}
