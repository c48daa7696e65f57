//! Types of C.

/// C's `void`, behind a pointer.
#[lang = "c_void"]
#[repr(u8)]
#[allow(non_camel_case_types)]
pub enum c_void {
    #[doc(hidden)]
    __variant1,
    #[doc(hidden)]
    __variant2,
}
