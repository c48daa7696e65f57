//! The consumer of a BPF ring buffer.
//!
//! In: the descriptor of a `BPF_MAP_TYPE_RINGBUF`. Out: the bytes of each committed record, in the
//! order of their reservation. Records are seen in place, never copied; what they mean is not
//! known here. Waiting is the business of [`super::Poller`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};

use super::sys::{self, Mapping};

/// Set in a record's header while the program still writes it.
const BUSY: u32 = 1 << 31;
/// Set in a record's header when the program gave it up.
const DISCARD: u32 = 1 << 30;
/// Bytes of a header: the length with the two bits above, and a page offset for the kernel.
const HEADER: usize = 8;
/// How many bytes are consumed before the kernel is told, so that it can reuse them: each such
/// store takes the line that all producers read away from them.
const BATCH: usize = 64 << 10;

/// What a call of [`Ring::drain`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Records handed over.
    pub records: usize,
    /// Their bytes, headers excluded.
    pub bytes: usize,
    /// Whether something is left: the limit was reached, or a record is still being written.
    pub left: bool,
}

impl Drained {
    /// Whether there was, or soon will be, something to read: what [`super::Poller::wait`] asks.
    pub fn active(self) -> bool {
        self.records > 0 || self.left
    }
}

/// A mapped ring buffer.
#[derive(Debug)]
pub struct Ring {
    fd: OwnedFd,
    cursor: Cursor,
    // The memory that the cursor points into.
    _consumer: Mapping,
    _producer: Mapping,
}

impl Ring {
    /// Maps the ring of `map`, whose data area has `size` bytes (its `max_entries`).
    pub fn new(map: impl AsFd, size: u32) -> io::Result<Self> {
        let map = map.as_fd();
        let (page, size) = (sys::page_size(), size as usize);
        if !size.is_power_of_two() || !size.is_multiple_of(page) {
            let text = format!("a ring cannot have {size} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        // The kernel lays out a page for our position, one for the producers', and the data twice
        // in a row, so that a record that wraps round the end is whole nevertheless.
        let consumer = Mapping::new(map, 0, page, true)?;
        let producer = Mapping::new(map, page, page + 2 * size, false)?;
        let cursor = Cursor {
            consumer: consumer.start().cast(),
            producer: producer.start().cast(),
            // SAFETY: the mapping is longer than a page.
            data: unsafe { producer.start().add(page) },
            size,
            position: 0,
        };
        let fd = map.try_clone_to_owned()?;
        let mut ring = Self { fd, cursor, _consumer: consumer, _producer: producer };
        ring.cursor.position = ring.cursor.published();
        Ok(ring)
    }

    /// Hands up to `max` records to `f`, and gives their space back to the kernel.
    ///
    /// Stops where a record is still being written: what lies behind it may be ready, but comes
    /// after it.
    pub fn drain(&mut self, max: usize, f: impl FnMut(&[u8])) -> Drained {
        self.cursor.drain(max, f)
    }

    /// Bytes that are in the ring and not yet consumed, headers included.
    pub fn pending(&self) -> usize {
        self.cursor.pending()
    }

    /// Bytes of the data area.
    pub fn size(&self) -> usize {
        self.cursor.size
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The three places in shared memory, and how far we are.
///
/// `consumer` and `producer` stay valid, as do `2 * size` bytes from `data`, for as long as this is
/// used; [`Ring`] sees to that, and in tests an ordinary buffer.
#[derive(Debug)]
struct Cursor {
    consumer: NonNull<AtomicUsize>,
    producer: NonNull<AtomicUsize>,
    data: NonNull<u8>,
    size: usize,
    position: usize,
}

// SAFETY: the pointers are into shared memory that is bound to no thread.
unsafe impl Send for Cursor {}

/// What stands at a position.
enum Head {
    Busy,
    Discarded { step: usize },
    Record { len: usize, step: usize },
}

impl Cursor {
    fn drain(&mut self, max: usize, mut f: impl FnMut(&[u8])) -> Drained {
        let batch = BATCH.min(self.size / 4);
        let mut drained = Drained::default();
        let mut published = self.position;
        let mut end = self.produced();
        loop {
            while self.position != end {
                let step = match self.head(end) {
                    Head::Busy => {
                        drained.left = true;
                        break;
                    }
                    Head::Record { .. } if drained.records == max => {
                        drained.left = true;
                        break;
                    }
                    Head::Discarded { step } => step,
                    Head::Record { len, step } => {
                        f(self.record(len));
                        drained.records += 1;
                        drained.bytes += len;
                        step
                    }
                };
                self.position = self.position.wrapping_add(step);
                if self.position.wrapping_sub(published) >= batch {
                    published = self.publish();
                }
            }
            if published != self.position {
                published = self.publish();
            }
            if drained.left {
                return drained;
            }
            // A producer wakes us only if it commits at the position that we published. This fence
            // between our store and the next load, against the exchange that commits a record,
            // makes sure that either we see its record or it sees our position.
            fence(Ordering::SeqCst);
            let seen = end;
            end = self.produced();
            if end == seen {
                return drained;
            }
        }
    }

    /// Reads the header at our position, where something was reserved up to `end`.
    fn head(&self, end: usize) -> Head {
        let at = self.position & (self.size - 1);
        // SAFETY: `at` is within the data, and 8-aligned as all steps are multiples of 8.
        let header = unsafe { self.data.add(at).cast::<AtomicU32>().as_ref() };
        // Acquire: the record's bytes were written before its busy bit was cleared.
        let word = header.load(Ordering::Acquire);
        let len = (word & !(BUSY | DISCARD)) as usize;
        let step = (len + HEADER).next_multiple_of(8);
        // The second cannot be; but no length may lead out of what was produced.
        if word & BUSY != 0 || step > end.wrapping_sub(self.position) {
            Head::Busy
        } else if word & DISCARD != 0 {
            Head::Discarded { step }
        } else {
            Head::Record { len, step }
        }
    }

    /// The `len` bytes of the committed record at our position.
    fn record(&self, len: usize) -> &[u8] {
        let at = (self.position & (self.size - 1)) + HEADER;
        // SAFETY: `head` has checked that the record lies within what was produced, hence it is no
        // longer than the data, and `at + len` is within its two copies. The kernel does not write
        // it again before our position is published.
        unsafe { slice::from_raw_parts(self.data.add(at).as_ptr(), len) }
    }

    fn publish(&self) -> usize {
        // SAFETY: valid by the invariant of the type.
        let consumer = unsafe { self.consumer.as_ref() };
        // Release: all reads of the records are done before the kernel may overwrite them.
        consumer.store(self.position, Ordering::Release);
        self.position
    }

    fn published(&self) -> usize {
        // SAFETY: valid by the invariant of the type.
        unsafe { self.consumer.as_ref() }.load(Ordering::Relaxed)
    }

    fn produced(&self) -> usize {
        // SAFETY: valid by the invariant of the type.
        unsafe { self.producer.as_ref() }.load(Ordering::Acquire)
    }

    fn pending(&self) -> usize {
        self.produced().wrapping_sub(self.position)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A ring in ordinary memory, with the kernel's side of the protocol.
    struct Fake {
        consumer: Box<AtomicUsize>,
        producer: Box<AtomicUsize>,
        data: Vec<u64>,
        size: usize,
    }

    impl Fake {
        fn new(size: usize) -> Self {
            let data = vec![0; 2 * size / 8];
            Self { consumer: Box::default(), producer: Box::default(), data, size }
        }

        fn cursor(&mut self) -> Cursor {
            Cursor {
                consumer: NonNull::from(&*self.consumer),
                producer: NonNull::from(&*self.producer),
                data: NonNull::from(self.data.as_mut_slice()).cast(),
                size: self.size,
                position: self.consumer.load(Ordering::Relaxed),
            }
        }

        /// Writes to both copies of the data.
        fn write(&mut self, position: usize, bytes: &[u8]) {
            let data: NonNull<u8> = NonNull::from(self.data.as_mut_slice()).cast();
            for (i, byte) in bytes.iter().enumerate() {
                let at = (position + i) % self.size;
                for copy in [at, at + self.size] {
                    // SAFETY: both are within the buffer of twice the size.
                    unsafe { data.add(copy).write(*byte) };
                }
            }
        }

        /// Reserves, fills and, with `bits` 0, commits; `None` if there is no space.
        fn push(&mut self, payload: &[u8], bits: u32) -> Option<usize> {
            let position = self.producer.load(Ordering::Relaxed);
            let step = (payload.len() + HEADER).next_multiple_of(8);
            if position + step - self.consumer.load(Ordering::Relaxed) > self.size - 1 {
                return None;
            }
            self.write(position, &[0; HEADER]);
            self.write(position + HEADER, payload);
            self.head(position, payload.len(), bits);
            self.producer.store(position + step, Ordering::Relaxed);
            Some(position)
        }

        fn head(&mut self, position: usize, len: usize, bits: u32) {
            self.write(position, &(len as u32 | bits).to_ne_bytes());
        }
    }

    fn collect(cursor: &mut Cursor, max: usize) -> (Vec<Vec<u8>>, Drained) {
        let mut records = Vec::new();
        let drained = cursor.drain(max, |record| records.push(record.to_vec()));
        (records, drained)
    }

    #[test]
    fn an_empty_ring_has_nothing() {
        let mut fake = Fake::new(4096);
        let mut cursor = fake.cursor();
        let (records, drained) = collect(&mut cursor, usize::MAX);
        assert!(records.is_empty());
        assert_eq!(drained, Drained::default());
        assert!(!drained.active());
    }

    #[test]
    fn records_come_in_order_and_their_space_is_given_back() {
        let mut fake = Fake::new(4096);
        let mut cursor = fake.cursor();
        for payload in [&b"one"[..], b"", b"three..."] {
            fake.push(payload, 0).unwrap();
        }
        assert_eq!(cursor.pending(), 16 + 8 + 16);
        let (records, drained) = collect(&mut cursor, usize::MAX);
        assert_eq!(records, [&b"one"[..], b"", b"three..."]);
        assert_eq!(drained, Drained { records: 3, bytes: 11, left: false });
        assert_eq!(fake.consumer.load(Ordering::Relaxed), 40);
        assert_eq!(cursor.pending(), 0);
    }

    #[test]
    fn a_busy_record_holds_back_those_behind_it() {
        let mut fake = Fake::new(4096);
        let mut cursor = fake.cursor();
        fake.push(b"first", 0).unwrap();
        let busy = fake.push(b"second", BUSY).unwrap();
        fake.push(b"third", 0).unwrap();
        let (records, drained) = collect(&mut cursor, usize::MAX);
        assert_eq!(records, [b"first"]);
        assert_eq!(drained, Drained { records: 1, bytes: 5, left: true });
        let (records, drained) = collect(&mut cursor, usize::MAX);
        assert!(records.is_empty() && drained.active(), "it is about to come");
        fake.head(busy, 6, 0);
        assert_eq!(collect(&mut cursor, usize::MAX).0, [&b"second"[..], b"third"]);
    }

    #[test]
    fn discarded_records_are_passed_over_and_freed() {
        let mut fake = Fake::new(4096);
        let mut cursor = fake.cursor();
        fake.push(b"gone", DISCARD).unwrap();
        fake.push(b"kept", 0).unwrap();
        fake.push(b"gone", DISCARD).unwrap();
        let (records, drained) = collect(&mut cursor, usize::MAX);
        assert_eq!(records, [b"kept"]);
        assert_eq!(drained, Drained { records: 1, bytes: 4, left: false });
        assert_eq!(fake.consumer.load(Ordering::Relaxed), 48);
    }

    #[test]
    fn the_limit_counts_records_and_says_what_is_left() {
        let mut fake = Fake::new(4096);
        let mut cursor = fake.cursor();
        for payload in [b"a", b"b", b"c"] {
            fake.push(payload, 0).unwrap();
        }
        let (records, drained) = collect(&mut cursor, 2);
        assert_eq!(records, [b"a", b"b"]);
        assert!(drained.left);
        assert_eq!(fake.consumer.load(Ordering::Relaxed), 32);
        let (records, drained) = collect(&mut cursor, 1);
        assert_eq!(records, [b"c"]);
        assert!(!drained.left);
    }

    #[test]
    fn a_record_that_wraps_is_whole() {
        let mut fake = Fake::new(4096);
        let mut cursor = fake.cursor();
        fake.push(&[1; 3000], 0).unwrap();
        assert_eq!(collect(&mut cursor, usize::MAX).0.len(), 1);
        let payload: Vec<u8> = (0..2000).map(|i| i as u8).collect();
        assert!(fake.push(&payload, 0).unwrap() + payload.len() > 4096, "it does wrap");
        assert_eq!(collect(&mut cursor, usize::MAX).0, [payload]);
    }

    #[test]
    fn long_drains_give_space_back_on_the_way() {
        const SIZE: usize = 1 << 20;
        let mut fake = Fake::new(SIZE);
        let mut cursor = fake.cursor();
        while fake.push(&[0; 1016], 0).is_some() {}
        let consumer: *const AtomicUsize = &*fake.consumer;
        let mut seen = Vec::new();
        cursor.drain(usize::MAX, |_| {
            // SAFETY: the box lives on, and all access is atomic.
            seen.push(unsafe { &*consumer }.load(Ordering::Relaxed));
        });
        seen.dedup();
        assert_eq!(seen.len(), SIZE / BATCH);
        assert!(seen.windows(2).all(|pair| pair[1] - pair[0] == BATCH));
    }

    #[test]
    fn a_length_beyond_what_was_produced_is_not_followed() {
        let mut fake = Fake::new(4096);
        let mut cursor = fake.cursor();
        let position = fake.push(b"x", 0).unwrap();
        fake.head(position, 0x3fff_ffff, 0);
        let (records, drained) = collect(&mut cursor, usize::MAX);
        assert!(records.is_empty() && drained.left);
    }

    #[test]
    fn positions_may_overflow() {
        let mut fake = Fake::new(4096);
        let start = usize::MAX - 15;
        fake.consumer.store(start, Ordering::Relaxed);
        fake.producer.store(start.wrapping_add(32), Ordering::Relaxed);
        fake.head(start % 4096, 8, 0);
        fake.head(start.wrapping_add(16), 8, 0);
        let mut cursor = fake.cursor();
        assert_eq!(collect(&mut cursor, usize::MAX).0.len(), 2);
        assert_eq!(fake.consumer.load(Ordering::Relaxed), 16);
    }

    proptest! {
        /// Whatever the producers do, the committed records come out, once and in order.
        #[test]
        fn nothing_is_lost_or_doubled(
            steps in prop::collection::vec((0..600usize, 0..4u8, 0..5usize), 1..200)
        ) {
            let mut fake = Fake::new(4096);
            let mut cursor = fake.cursor();
            let (mut sent, mut got) = (Vec::new(), Vec::new());
            for (i, (len, fate, max)) in steps.into_iter().enumerate() {
                let payload = vec![i as u8; len];
                let bits = if fate == 0 { DISCARD } else { 0 };
                if fake.push(&payload, bits).is_some() && bits == 0 {
                    sent.push(payload);
                }
                got.extend(collect(&mut cursor, max).0);
            }
            got.extend(collect(&mut cursor, usize::MAX).0);
            prop_assert_eq!(sent, got);
            prop_assert_eq!(cursor.pending(), 0);
        }
    }
}
