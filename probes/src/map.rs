//! The maps of a program: how they are declared, and what can be done with each kind.
//!
//! A map is a `static` of a structure of its own, for the kernel's type information has no
//! generic types; the traits here give each kind its methods.

use crate::helper;
use crate::record::Record;

/// Declares the maps of a program, as `libbpf` reads them from the section `.maps`.
///
/// A pointer to an array carries a number: that of its elements.
#[macro_export]
macro_rules! maps {
    ($($(#[$about:meta])* $name:ident: $kind:ident $(($($arg:tt)*))?;)*) => { $(
        $crate::map!($(#[$about])* $name $kind $($($arg)*)?);
    )* };
}

/// One map of [`maps!`](crate::maps).
#[doc(hidden)]
#[macro_export]
macro_rules! map {
    // Kind 27, BPF_MAP_TYPE_RINGBUF.
    ($(#[$about:meta])* $name:ident ring_buffer $bytes:expr) => {
        $crate::map!(@ $(#[$about])* $name { max_entries: $bytes, r#type: 27 });
        impl $crate::RingBuffer for $name {}
    };
    // Kind 2, BPF_MAP_TYPE_ARRAY; 1024 is BPF_F_MMAPABLE.
    ($(#[$about:meta])* $name:ident counters $probes:expr) => {
        $crate::map!(@ $(#[$about])* $name {
            r#type: 2,
            key_size: 4,
            value_size: 8,
            max_entries: $probes * $crate::Counter::PER_PROBE as usize,
            map_flags: 1024
        });
    };
    // Kind 6, BPF_MAP_TYPE_PERCPU_ARRAY.
    ($(#[$about:meta])* $name:ident scratch $record:ty) => {
        $crate::map!(@ $(#[$about])* $name {
            r#type: 6,
            key_size: 4,
            value_size: size_of::<$record>(),
            max_entries: 1
        });
        impl $crate::ScratchMap for $name {
            type Record = $record;
        }
    };
    // Kind 6, BPF_MAP_TYPE_PERCPU_ARRAY.
    ($(#[$about:meta])* $name:ident text) => {
        $crate::map!(@ $(#[$about])* $name {
            r#type: 6,
            key_size: 4,
            value_size: size_of::<$crate::Room>(),
            max_entries: 1
        });
        impl $crate::TextMap for $name {}
    };
    // Kind 1, BPF_MAP_TYPE_HASH.
    ($(#[$about:meta])* $name:ident calls $record:ty) => {
        $crate::map!(@ $(#[$about])* $name {
            r#type: 1,
            key_size: 8,
            value_size: size_of::<$record>(),
            max_entries: 10240
        });
        impl $crate::CallsMap for $name {
            type Record = $record;
        }
    };
    // Kind 1, BPF_MAP_TYPE_HASH.
    ($(#[$about:meta])* $name:ident family) => {
        $crate::map!(@ $(#[$about])* $name {
            r#type: 1,
            key_size: 4,
            value_size: 1,
            max_entries: 65536
        });
    };
    (@ $(#[$about:meta])* $name:ident { $($key:ident: $number:expr),* }) => {
        $(#[$about])*
        #[unsafe(no_mangle)]
        #[unsafe(link_section = ".maps")]
        static $name: $name = $name { $($key: 0 as *const [i32; $number]),* };

        #[repr(C)]
        #[allow(non_camel_case_types)]
        struct $name {
            $($key: *const [i32; $number]),*
        }

        // SAFETY: nobody reads it; the kernel takes only its address.
        unsafe impl Sync for $name {}

        impl $crate::map::Map for $name {}
    };
}

/// Any map.
pub trait Map {
    /// How helpers name it.
    #[inline(always)]
    fn id(&self) -> *const u8
    where
        Self: Sized,
    {
        (self as *const Self).cast()
    }
}

unsafe extern "C" {
    /// The program's counters.
    #[link_name = "COUNTERS"]
    static COUNTERS: u8;
}

/// What is counted for each probe.
#[derive(Clone, Copy)]
pub enum Counter {
    /// Events that could not be sent or kept.
    Lost = 0,
    /// Calls of which only the entry or only the return was seen.
    Unpaired = 1,
    /// Events left out because a condition could not be evaluated: a read in it failed.
    Undecided = 2,
    /// No count: which step of the last of them failed.
    Step = 3,
    /// No count: the address at which it failed.
    Address = 4,
}

impl Counter {
    /// How many there are for each probe; the number of a probe's first is a multiple of it.
    pub const PER_PROBE: u32 = 8;
}

/// Counts one more of `counter` for `probe`.
#[inline(always)]
pub fn count(probe: u32, counter: Counter) {
    let value = counter_of(probe, counter);
    if !value.is_null() {
        // SAFETY: the map keeps the place.
        unsafe {
            core::arch::asm!(
                "lock *(u64 *)({value} + 0) += {one}",
                value = in(reg) value,
                one = in(reg) 1u64,
                options(nostack),
            );
        }
    }
}

/// Keeps `word` as what `counter` holds for `probe`.
#[inline(always)]
pub fn keep(probe: u32, counter: Counter, word: u64) {
    let value = counter_of(probe, counter);
    if !value.is_null() {
        // SAFETY: the map keeps the place.
        unsafe { *value = word };
    }
}

/// Where a counter is; null never happens.
#[inline(always)]
fn counter_of(probe: u32, counter: Counter) -> *mut u64 {
    let index = probe * Counter::PER_PROBE + counter as u32;
    // SAFETY: the map is an array of `u64`, and the key is one of its indexes.
    unsafe { helper::map_lookup_elem(&raw const COUNTERS, (&raw const index).cast()).cast() }
}

/// The way of records to user space.
pub trait RingBuffer: Map + Sized {
    /// Sends a record; where there is no room, counts it as lost.
    ///
    /// The kernel wakes the reader only for the first record after it had read all: a reader that
    /// sleeps a millisecond while there is traffic is woken once in that time, not for each record.
    #[inline(always)]
    fn send<R: Record>(&self, record: &R) {
        const WAKE_IF_IDLE: u64 = 0;
        let data = (record as *const R).cast();
        // SAFETY: the record has that many bytes, and all were written.
        let status =
            unsafe { helper::ringbuf_output(self.id(), data, record.size(), WAKE_IF_IDLE) };
        if status != 0 {
            count(record.head().probe, Counter::Lost);
        }
    }
}

/// Room for one record that is too large for the stack.
pub trait ScratchMap: Map + Sized {
    /// What it holds.
    type Record;

    /// The room, with whatever was left in it. Once in a program, for there is only one.
    #[inline(always)]
    fn get(&self) -> Option<&'static mut Self::Record> {
        let index = 0u32;
        // SAFETY: the value is of that size; the program runs alone on its processor, so the room
        // is its own, and any bytes are a record.
        unsafe {
            let value = helper::map_lookup_elem(self.id(), (&raw const index).cast());
            value.cast::<Self::Record>().as_mut()
        }
    }
}

/// Records of calls that were entered and have not returned.
///
/// `call` names one among all calls of all threads that are under way, so that one within another is
/// told from it. Nothing is forgotten in silence: a call for which there is no room counts as lost,
/// and one whose place another takes, because its return was missed, counts as unpaired.
pub trait CallsMap: Map + Sized {
    /// What it holds.
    type Record: Record;

    /// Keeps what is known at the entry.
    #[inline(always)]
    fn save(&self, call: u64, record: &Self::Record) {
        let key = call;
        let value = (record as *const Self::Record).cast();
        // SAFETY: key and value are of the map's sizes.
        const ANY: u64 = 0;
        const IF_ABSENT: u64 = 1;
        const EXISTS: i32 = -17;
        let mut status = unsafe {
            helper::map_update_elem(self.id(), (&raw const key).cast(), value, IF_ABSENT)
        };
        if status == EXISTS {
            count(record.head().probe, Counter::Unpaired);
            // SAFETY: as above.
            status =
                unsafe { helper::map_update_elem(self.id(), (&raw const key).cast(), value, ANY) };
        }
        if status != 0 {
            count(record.head().probe, Counter::Lost);
        }
    }

    /// What was kept at the entry of the call that now returns.
    #[inline(always)]
    fn take(&self, call: u64) -> Option<Call<'_, Self>> {
        let key = call;
        // SAFETY: the key is of the map's size; the value is of the record's, and only this
        // thread uses it.
        unsafe {
            let value = helper::map_lookup_elem(self.id(), (&raw const key).cast());
            let record = value.cast::<Self::Record>().as_mut()?;
            Some(Call { map: self, key, record })
        }
    }

    /// As [`Self::take`], where every entry is kept: if this one was not, counts the call of `probe`
    /// as unpaired.
    #[inline(always)]
    fn take_or_count(&self, call: u64, probe: u32) -> Option<Call<'_, Self>> {
        let taken = self.take(call);
        if taken.is_none() {
            count(probe, Counter::Unpaired);
        }
        taken
    }
}

/// A call that returns. When this is dropped, the map forgets it.
pub struct Call<'a, M: CallsMap> {
    map: &'a M,
    key: u64,
    record: &'a mut M::Record,
}

impl<M: CallsMap> Call<'_, M> {
    /// What was kept at its entry.
    #[inline(always)]
    pub fn record(&mut self) -> &mut M::Record {
        self.record
    }
}

impl<M: CallsMap> Drop for Call<'_, M> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the key is of the map's size.
        unsafe { helper::map_delete_elem(self.map.id(), (&raw const self.key).cast()) };
    }
}
