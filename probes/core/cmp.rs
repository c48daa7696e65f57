//! Equality and order.

/// `==` and `!=`.
#[lang = "eq"]
pub trait PartialEq<Rhs: ?Sized = Self> {
    /// `self == other`.
    fn eq(&self, other: &Rhs) -> bool;

    /// `self != other`.
    #[inline(always)]
    fn ne(&self, other: &Rhs) -> bool {
        !self.eq(other)
    }
}

/// Derives [`PartialEq`]; the compiler's own.
#[rustc_builtin_macro]
#[allow_internal_unstable(core_intrinsics, structural_match)]
pub macro PartialEq($item:item) {}

/// [`PartialEq`] where everything equals itself.
pub trait Eq: PartialEq<Self> {
    /// Named by what `derive(Eq)` made up to 1.94.
    #[doc(hidden)]
    fn assert_receiver_is_total_eq(&self) {}
    /// Named by what `derive(Eq)` makes.
    #[doc(hidden)]
    fn assert_fields_are_eq(&self) {}
}

/// Derives [`Eq`]; the compiler's own.
#[rustc_builtin_macro]
#[allow_internal_unstable(core_intrinsics, derive_eq, derive_eq_internals, coverage_attribute)]
pub macro Eq($item:item) {}

/// Named by what `derive(Eq)` makes.
#[doc(hidden)]
pub struct AssertParamIsEq<T: Eq + ?Sized> {
    _field: crate::marker::PhantomData<T>,
}

/// What a comparison finds.
#[lang = "Ordering"]
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum Ordering {
    /// The first is less.
    Less = -1,
    /// They are equal.
    Equal = 0,
    /// The first is greater.
    Greater = 1,
}

/// `<`, `<=`, `>` and `>=`.
#[lang = "partial_ord"]
pub trait PartialOrd<Rhs: ?Sized = Self>: PartialEq<Rhs> {
    /// Which of the two is greater, if either.
    fn partial_cmp(&self, other: &Rhs) -> Option<Ordering>;

    /// `self < other`.
    #[inline(always)]
    fn lt(&self, other: &Rhs) -> bool {
        matches(self.partial_cmp(other), true, false, false)
    }

    /// `self <= other`.
    #[inline(always)]
    fn le(&self, other: &Rhs) -> bool {
        matches(self.partial_cmp(other), true, true, false)
    }

    /// `self > other`.
    #[inline(always)]
    fn gt(&self, other: &Rhs) -> bool {
        matches(self.partial_cmp(other), false, false, true)
    }

    /// `self >= other`.
    #[inline(always)]
    fn ge(&self, other: &Rhs) -> bool {
        matches(self.partial_cmp(other), false, true, true)
    }
}

#[inline(always)]
fn matches(found: Option<Ordering>, less: bool, equal: bool, greater: bool) -> bool {
    match found {
        Some(Ordering::Less) => less,
        Some(Ordering::Equal) => equal,
        Some(Ordering::Greater) => greater,
        None => false,
    }
}

/// Total order.
pub trait Ord: Eq + PartialOrd<Self> + Sized {
    /// Which of the two is greater.
    fn cmp(&self, other: &Self) -> Ordering;

    /// The greater of the two.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if other < self { self } else { other }
    }

    /// The lesser of the two.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }
}

macro_rules! compare {
    ($($type:ty)*) => { $(
        impl PartialEq for $type {
            #[inline(always)]
            fn eq(&self, other: &Self) -> bool {
                *self == *other
            }
            #[inline(always)]
            fn ne(&self, other: &Self) -> bool {
                *self != *other
            }
        }
        impl Eq for $type {}
        impl PartialOrd for $type {
            #[inline(always)]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
            #[inline(always)]
            fn lt(&self, other: &Self) -> bool {
                *self < *other
            }
            #[inline(always)]
            fn le(&self, other: &Self) -> bool {
                *self <= *other
            }
            #[inline(always)]
            fn gt(&self, other: &Self) -> bool {
                *self > *other
            }
            #[inline(always)]
            fn ge(&self, other: &Self) -> bool {
                *self >= *other
            }
        }
        impl Ord for $type {
            #[inline(always)]
            fn cmp(&self, other: &Self) -> Ordering {
                if *self < *other {
                    Ordering::Less
                } else if *self == *other {
                    Ordering::Equal
                } else {
                    Ordering::Greater
                }
            }
        }
    )* };
}

compare! { bool char u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

impl<T: PartialEq, const N: usize> PartialEq for [T; N] {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        let mut i = 0;
        while i < N {
            if self[i] != other[i] {
                return false;
            }
            i += 1;
        }
        true
    }
}
impl<T: Eq, const N: usize> Eq for [T; N] {}

impl<A: PartialEq<B> + ?Sized, B: ?Sized> PartialEq<&B> for &A {
    #[inline(always)]
    fn eq(&self, other: &&B) -> bool {
        **self == **other
    }
}

impl<T: ?Sized> PartialEq for *const T {
    #[inline(always)]
    #[allow(ambiguous_wide_pointer_comparisons)]
    fn eq(&self, other: &Self) -> bool {
        *self == *other
    }
}

impl<T: ?Sized> PartialEq for *mut T {
    #[inline(always)]
    #[allow(ambiguous_wide_pointer_comparisons)]
    fn eq(&self, other: &Self) -> bool {
        *self == *other
    }
}
