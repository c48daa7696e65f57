//! Arrays. Indexing is the compiler's own, with its check.

impl<T: Copy, const N: usize> Clone for [T; N] {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Copy, const N: usize> Copy for [T; N] {}

impl<T: Copy + Default, const N: usize> Default for [T; N] {
    #[inline(always)]
    fn default() -> Self {
        [T::default(); N]
    }
}

impl<T, const N: usize> crate::ops::Index<usize> for [T; N] {
    type Output = T;

    #[inline(always)]
    fn index(&self, index: usize) -> &T {
        &self[index]
    }
}

impl<T, const N: usize> crate::ops::IndexMut<usize> for [T; N] {
    #[inline(always)]
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self[index]
    }
}

impl<T: Copy, const N: usize> IntoIterator for [T; N] {
    type Item = T;
    type IntoIter = IntoIter<T, N>;

    #[inline(always)]
    fn into_iter(self) -> IntoIter<T, N> {
        IntoIter { items: self, next: 0 }
    }
}

/// The elements of an array, one after the other.
pub struct IntoIter<T, const N: usize> {
    items: [T; N],
    next: usize,
}

impl<T: Copy, const N: usize> Iterator for IntoIter<T, N> {
    type Item = T;

    #[inline(always)]
    fn next(&mut self) -> Option<T> {
        if self.next >= N {
            return None;
        }
        let item = self.items[self.next];
        self.next += 1;
        Some(item)
    }
}
