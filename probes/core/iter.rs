//! Iterators, as `for` needs them.

use crate::ops::{Range, RangeInclusive};

/// Gives one item after the other.
#[lang = "iterator"]
pub trait Iterator {
    /// What it gives.
    type Item;

    /// The next one, `None` at the end.
    #[lang = "next"]
    fn next(&mut self) -> Option<Self::Item>;
}

/// What can stand behind `in`.
pub trait IntoIterator {
    /// What it gives.
    type Item;
    /// The iterator.
    type IntoIter: Iterator<Item = Self::Item>;

    /// Turns into an iterator.
    #[lang = "into_iter"]
    fn into_iter(self) -> Self::IntoIter;
}

impl<I: Iterator> IntoIterator for I {
    type Item = I::Item;
    type IntoIter = I;

    #[inline(always)]
    fn into_iter(self) -> I {
        self
    }
}

/// Integers that a range can count through.
pub trait Step: Copy + PartialOrd {
    /// The next one.
    fn successor(self) -> Self;
}

macro_rules! step {
    ($($type:ty)*) => { $(
        impl Step for $type {
            #[inline(always)]
            fn successor(self) -> Self {
                self + 1
            }
        }
    )* };
}

step! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

impl<T: Step> Iterator for Range<T> {
    type Item = T;

    #[inline(always)]
    fn next(&mut self) -> Option<T> {
        if self.start < self.end {
            let item = self.start;
            self.start = item.successor();
            Some(item)
        } else {
            None
        }
    }
}

impl<T: Step> Iterator for RangeInclusive<T> {
    type Item = T;

    #[inline(always)]
    fn next(&mut self) -> Option<T> {
        if self.exhausted || self.start > self.end {
            return None;
        }
        let item = self.start;
        if item < self.end {
            self.start = item.successor();
        } else {
            self.exhausted = true;
        }
        Some(item)
    }
}
