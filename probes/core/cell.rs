//! The one type whose value may change behind a shared reference.

/// A value that may change behind a shared reference.
#[lang = "unsafe_cell"]
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized> {
    value: T,
}

impl<T: ?Sized> !Sync for UnsafeCell<T> {}

impl<T> UnsafeCell<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self { value }
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// The value's address.
    #[inline(always)]
    pub const fn get(&self) -> *mut T {
        &raw const self.value as *mut T
    }
}
