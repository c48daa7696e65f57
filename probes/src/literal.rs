//! Text of the config as numbers, so that a comparison needs no data section.

/// Bytes of text, padded with zeros to `W` words; made by [`literal!`](crate::literal).
#[derive(Clone, Copy)]
pub struct Literal<const W: usize> {
    words: [u64; W],
    len: usize,
}

/// The words that [`Literal`] needs for `len` bytes: with room for a NUL and one byte more.
pub const fn words(len: usize) -> usize {
    (len + 2 + 7) / 8
}

/// A byte string as a [`Literal`], worked out by the compiler.
#[macro_export]
macro_rules! literal {
    ($text:expr) => {
        const { $crate::Literal::<{ $crate::words($text.len()) }>::new($text) }
    };
}

impl<const W: usize> Literal<W> {
    /// Packs `text`, first byte lowest, as it lies in memory.
    pub const fn new(text: &[u8]) -> Self {
        let mut words = [0; W];
        let mut i = 0;
        while i < text.len() {
            words[i / 8] |= (text[i] as u64) << (i % 8 * 8);
            i += 1;
        }
        Self { words, len: text.len() }
    }

    /// Bytes of the text.
    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Writes the text to `to`, a word at a time, with zeros behind it.
    ///
    /// # Safety
    /// `to` must have room for `W` words, and be aligned to them.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, to: *mut u8) {
        let to = to.cast::<u64>();
        let mut i = 0;
        while i < W {
            // SAFETY: the caller's promise. Volatile, lest the words become a copy of constant data,
            // which a program has no section for.
            unsafe { core::ptr::write_volatile(to.add(i), self.words[i]) };
            i += 1;
        }
    }

    /// Whether `found` begins with the text.
    #[inline(always)]
    pub(crate) fn starts<const N: usize>(&self, found: &[u64; N]) -> bool {
        self.equals(found, self.len)
    }

    /// Whether `found` begins with the text and a NUL.
    #[inline(always)]
    pub(crate) fn is<const N: usize>(&self, found: &[u64; N]) -> bool {
        self.equals(found, self.len + 1)
    }

    /// Whether the first `count` bytes are equal. All words are compared, without branches.
    #[inline(always)]
    fn equals<const N: usize>(&self, found: &[u64; N], count: usize) -> bool {
        if count > N * 8 || count > W * 8 {
            return false;
        }
        let mut different = 0;
        let mut i = 0;
        while i * 8 < count {
            different |= (found[i] ^ self.words[i]) & first_bytes(count - i * 8);
            i += 1;
        }
        different == 0
    }
}

/// A mask of the first `count` bytes of a word.
#[inline(always)]
const fn first_bytes(count: usize) -> u64 {
    if count >= 8 { !0 } else { (1 << (count * 8)) - 1 }
}
