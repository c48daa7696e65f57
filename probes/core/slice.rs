//! Slices, of which programs need the length and little else.

impl<T> [T] {
    /// How many elements.
    #[lang = "slice_len_fn"]
    #[inline(always)]
    pub const fn len(&self) -> usize {
        /// A slice reference as it lies in memory.
        #[repr(C)]
        union Parts<'a, T> {
            slice: &'a [T],
            parts: (*const T, usize),
        }
        // SAFETY: a slice reference is a pointer and a length, in this order.
        unsafe { Parts { slice: self }.parts.1 }
    }

    /// Whether there are none.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The address of the first element.
    #[inline(always)]
    pub const fn as_ptr(&self) -> *const T {
        self as *const [T] as *const T
    }

    /// The address of the first element.
    #[inline(always)]
    pub const fn as_mut_ptr(&mut self) -> *mut T {
        self as *mut [T] as *mut T
    }
}

impl<T> crate::ops::Index<usize> for [T] {
    type Output = T;

    #[inline(always)]
    fn index(&self, index: usize) -> &T {
        &self[index]
    }
}

impl<T> crate::ops::IndexMut<usize> for [T] {
    #[inline(always)]
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self[index]
    }
}

impl str {
    /// Bytes of the text.
    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// The text's bytes.
    #[inline(always)]
    pub const fn as_bytes(&self) -> &[u8] {
        // SAFETY: a `str` lies in memory as its bytes.
        unsafe { crate::intrinsics::transmute(self) }
    }
}
