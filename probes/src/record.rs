//! What every record begins with, and the parts it is made of.
//!
//! A record is a `#[repr(C)]` structure: [`Head`], [`Nulls`], one slot for each field in order,
//! then, if any field is a string, a [`Tail`](crate::Tail). All slots are 8 bytes or a multiple of
//! it, so there is never padding, and no byte that was not written leaves the kernel.
//!
//! A record is put together on the stack only if it is small: up to 128 bytes, of which at most
//! four fields can be null. The verifier of Linux 5.10 follows each of their `None`s apart, as long
//! as it knows what the stack holds: 6 such fields took it 4,000 instructions, 10 took 68,000, 16
//! more than the million it allows. In a map's memory it knows nothing, and 76 fields take 4,000.

use crate::builtin::Comm;
use crate::helper;
use crate::read::{Read, require};

/// The start of every record.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Head {
    /// Nanoseconds since boot, without suspend.
    pub ts: u64,
    /// Which probe of the program sent it.
    pub probe: u32,
    /// Between the entry of a call and its return: a bit for each condition that is left to the
    /// return. Of what is sent 0.
    pub flags: u32,
}

impl Head {
    /// A record of `probe`, now.
    #[inline(always)]
    pub fn new(probe: u32) -> Self {
        // SAFETY: no pointers.
        Self { ts: unsafe { helper::ktime_get_ns() }, probe, flags: 0 }
    }

    /// Goes on only if the condition with that bit was not left to this return, or holds now.
    #[inline(always)]
    pub fn require_postponed(
        &mut self,
        bit: u32,
        probe: u32,
        condition: impl FnOnce() -> Read<bool>,
    ) -> Option<()> {
        if self.flags & 1 << bit == 0 {
            return Some(());
        }
        self.flags &= !(1 << bit);
        require(probe, condition)
    }

    /// Moves the record from the entry of its call to the return, which is now. Gives the
    /// nanoseconds between them.
    #[inline(always)]
    pub fn returned(&mut self) -> u64 {
        let entry = self.ts;
        // SAFETY: no pointers.
        self.ts = unsafe { helper::ktime_get_ns() };
        self.ts - entry
    }
}

/// One byte for each field that may have no value: 0 where it has one, else which step towards it
/// failed; the field then holds the address at which it did.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Nulls<const N: usize>([u64; N]);

impl<const N: usize> Nulls<N> {
    /// Every field has a value.
    #[inline(always)]
    pub const fn none() -> Self {
        Self([0; N])
    }

    /// What `value` gives; where that is nothing, marks `field` as null and gives the reason.
    #[inline(always)]
    pub fn read<T: Slot>(&mut self, field: usize, value: impl FnOnce() -> Read<T>) -> T {
        match value() {
            Ok(value) => value,
            Err(why) => {
                *self.of(field) = why.step;
                T::missing(why.address)
            }
        }
    }

    /// If `field` is null, reads it once more into `slot`.
    #[inline(always)]
    pub fn retry<T: Slot>(&mut self, field: usize, slot: &mut T, value: impl FnOnce() -> Read<T>) {
        if *self.of(field) != 0 {
            *slot = match value() {
                Ok(value) => {
                    *self.of(field) = 0;
                    value
                }
                Err(why) => {
                    *self.of(field) = why.step;
                    T::missing(why.address)
                }
            };
        }
    }

    /// The byte of `field`.
    #[inline(always)]
    fn of(&mut self, field: usize) -> &mut u8 {
        if field >= N * 8 {
            panic!("a field has a byte");
        }
        // SAFETY: just checked; bytes may have any value.
        unsafe { &mut *(&raw mut self.0).cast::<u8>().add(field) }
    }
}

/// The slot of a string: where its bytes are in the [`Tail`](crate::Tail).
///
/// In the lower half their number, without a NUL, to which [`Text::TRUNCATED`] may be added; in the
/// upper half their distance from the start of the tail.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Text(u64);

impl Text {
    /// The bit that marks a string that was longer than its field may be.
    pub const TRUNCATED: u64 = 1 << 31;

    /// `len` bytes from `start` on.
    #[inline(always)]
    pub(crate) const fn new(len: u64, start: u64, truncated: bool) -> Self {
        Self(len | start << 32 | if truncated { Self::TRUNCATED } else { 0 })
    }
}

/// What a field of a record holds.
pub trait Slot {
    /// In place of a value: the address that could not be read, in the first 8 bytes.
    fn missing(address: u64) -> Self;
}

impl Slot for u64 {
    #[inline(always)]
    fn missing(address: u64) -> Self {
        address
    }
}

impl Slot for i64 {
    #[inline(always)]
    fn missing(address: u64) -> Self {
        address as i64
    }
}

impl Slot for Text {
    #[inline(always)]
    fn missing(address: u64) -> Self {
        Self(address)
    }
}

impl Slot for Comm {
    #[inline(always)]
    fn missing(address: u64) -> Self {
        Self::of([address, 0])
    }
}

/// The slot of an address in a program: a symbol is looked up in the process that has it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct UserAddress {
    address: u64,
    pid: u64,
}

impl UserAddress {
    /// An address in the current process.
    #[inline(always)]
    pub fn new(address: u64) -> Self {
        Self { address, pid: crate::builtin::pid() }
    }
}

impl Slot for UserAddress {
    #[inline(always)]
    fn missing(address: u64) -> Self {
        Self { address, pid: 0 }
    }
}

/// A structure that can be sent; made by [`record!`](crate::record).
pub trait Record {
    /// Its start.
    fn head(&self) -> &Head;

    /// Bytes to send.
    fn size(&self) -> u64;
}

/// Makes a structure a [`Record`]: it has a `head`, perhaps strings in a `tail`, and perhaps, behind
/// them, what an entry `saved` for its return, which is not sent.
#[macro_export]
macro_rules! record {
    ($name:ident) => {
        $crate::record!(@ $name, record, size_of::<Self>() as u64);
    };
    ($name:ident, tail) => {
        $crate::record!(@ $name, record, record.tail.end_in(size_of::<Self>() as u64));
    };
    ($name:ident, saved $saved:ty) => {
        $crate::record!(@ $name, record, (size_of::<Self>() - size_of::<$saved>()) as u64);
    };
    ($name:ident, tail, saved $saved:ty) => {
        $crate::record!(
            @ $name,
            record,
            record.tail.end_in((size_of::<Self>() - size_of::<$saved>()) as u64)
        );
    };
    (@ $name:ident, $record:ident, $size:expr) => {
        impl $crate::Record for $name {
            #[inline(always)]
            fn head(&self) -> &$crate::Head {
                &self.head
            }

            #[inline(always)]
            fn size(&self) -> u64 {
                let $record = self;
                $size
            }
        }
    };
}
