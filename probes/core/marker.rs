//! Traits that say what a type is, most of them given by the compiler.

/// Anything that a pointer may point at.
#[cfg(since_1_89)]
#[lang = "pointee_sized"]
pub trait PointeeSized {}

/// A type whose size is known from its pointer.
#[cfg(since_1_89)]
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}

/// A type whose size the compiler knows.
#[cfg(since_1_89)]
#[lang = "sized"]
#[fundamental]
#[rustc_specialization_trait]
pub trait Sized: MetaSized {}

/// A type whose size the compiler knows.
#[cfg(not(since_1_89))]
#[lang = "sized"]
#[fundamental]
#[rustc_specialization_trait]
pub trait Sized {}

/// `[T; N]` to `[T]`.
#[lang = "unsize"]
pub trait Unsize<T: ?Sized> {}

/// A value that is copied by copying its bytes.
#[lang = "copy"]
pub trait Copy: Clone {}

mark!(Copy: bool char u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
impl Copy for ! {}
impl<T: ?Sized> Copy for &T {}
impl<T: ?Sized> Copy for *const T {}
impl<T: ?Sized> Copy for *mut T {}

/// Derives [`Copy`]; the compiler's own.
#[rustc_builtin_macro]
#[allow_internal_unstable(core_intrinsics, derive_clone_copy)]
pub macro Copy($item:item) {}

/// A value that a `static` may hold. Programs run on many processors at once.
///
/// # Safety
/// Shared access to it must be sound.
#[lang = "sync"]
pub unsafe auto trait Sync {}

impl<T: ?Sized> !Sync for *const T {}
impl<T: ?Sized> !Sync for *mut T {}

/// A value without inner mutability.
#[lang = "freeze"]
pub unsafe auto trait Freeze {}

impl<T: ?Sized> !Freeze for crate::cell::UnsafeCell<T> {}
unsafe impl<T: ?Sized> Freeze for PhantomData<T> {}
unsafe impl<T: ?Sized> Freeze for *const T {}
unsafe impl<T: ?Sized> Freeze for *mut T {}
unsafe impl<T: ?Sized> Freeze for &T {}
unsafe impl<T: ?Sized> Freeze for &mut T {}

/// A value that may be moved.
#[lang = "unpin"]
pub auto trait Unpin {}

/// A value whose unique references are truly unique.
#[cfg(since_1_88)]
#[lang = "unsafe_unpin"]
pub unsafe auto trait UnsafeUnpin {}

/// A type argument that is not stored.
#[lang = "phantom_data"]
pub struct PhantomData<T: ?Sized>;

impl<T: ?Sized> Clone for PhantomData<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized> Copy for PhantomData<T> {}

/// A tuple: the arguments of a closure.
#[lang = "tuple_trait"]
pub trait Tuple {}

/// A type with a discriminant.
#[lang = "discriminant_kind"]
pub trait DiscriminantKind {
    /// Its type.
    #[lang = "discriminant_type"]
    type Discriminant;
}

/// A type that can be dropped, in constants too.
#[lang = "destruct"]
pub trait Destruct {}

/// A derived [`PartialEq`], as patterns demand it.
#[lang = "structural_peq"]
pub trait StructuralPartialEq {}

/// A type that can stand before the dot of a method call.
#[lang = "legacy_receiver"]
pub trait LegacyReceiver {}

impl<T: ?Sized> LegacyReceiver for &T {}
impl<T: ?Sized> LegacyReceiver for &mut T {}
