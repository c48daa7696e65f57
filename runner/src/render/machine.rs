//! What values stand for on the machine they come from: times, symbols, cgroups, paths.

use std::cell::RefCell;
use std::rc::Rc;

use super::Clock;
use crate::read::{Owner, Value};

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

/// A value of a record as a text of its own.
pub struct Text {
    /// Any bytes, but no NUL.
    pub bytes: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
}

impl Machine {
    /// The text of a value that is shown as one but lies otherwise in its record; `None` of all
    /// others. `Some(None)`: nothing is known by that number any more.
    pub fn text(&mut self, value: Value) -> Option<Option<Text>> {
        let whole = |text: String| Text { bytes: text.into_bytes(), truncated: false };
        match value {
            Value::Path { names, truncated } => {
                Some(Some(Text { bytes: path(names, truncated), truncated }))
            }
            Value::Symbol { of, address } => Some(Some(whole(self.symbol(of, address)))),
            Value::Cgroup(id) => Some(self.names.cgroup(id).map(whole)),
            _ => None,
        }
    }

    /// The symbols of a stack's addresses.
    pub fn frames(&mut self, of: Owner, addresses: &[u8]) -> Vec<String> {
        let (addresses, _) = addresses.as_chunks();
        addresses.iter().map(|bytes| self.symbol(of, u64::from_le_bytes(*bytes))).collect()
    }

    /// The symbol at `address`, or the address itself.
    fn symbol(&mut self, of: Owner, address: u64) -> String {
        self.names.symbol(of, address).unwrap_or_else(|| format!("{address:#x}"))
    }
}

/// The path of `names`, which stand from the last to the first; without the slash in front where
/// the first are missing.
fn path(names: &[u8], truncated: bool) -> Vec<u8> {
    let names = names.strip_suffix(b"\0").unwrap_or(names);
    let mut path = Vec::with_capacity(names.len() + 1);
    for (index, name) in names.rsplit(|byte| *byte == 0).enumerate() {
        if index > 0 || !truncated {
            path.push(b'/');
        }
        path.extend_from_slice(name);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_put_together_from_their_end() {
        assert_eq!(path(b"rm\0bin\0usr\0", false), b"/usr/bin/rm");
        assert_eq!(path(b"rm\0bin\0", true), b"bin/rm");
        assert_eq!(path(b"", false), b"/");
    }
}
