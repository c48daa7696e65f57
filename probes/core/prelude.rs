//! What every program has in scope without asking.

/// The prelude of edition 2024, the one in use.
pub mod rust_2024 {
    pub use crate::clone::Clone;
    pub use crate::cmp::{Eq, Ord, PartialEq, PartialOrd};
    pub use crate::convert::{From, Into};
    pub use crate::default::Default;
    pub use crate::iter::{IntoIterator, Iterator};
    pub use crate::macros::derive;
    pub use crate::marker::{Copy, Sized, Sync, Unpin};
    pub use crate::mem::{drop, size_of};
    pub use crate::ops::{Drop, Fn, FnMut, FnOnce};
    pub use crate::option::Option::{self, None, Some};
    pub use crate::result::Result::{self, Err, Ok};
    pub use crate::{assert, concat, panic, stringify, unreachable};
}
