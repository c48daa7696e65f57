//! Operators: arithmetic, ranges, `*`, `[]`, calls, `?` and Drop.

/// One operator on integers, its trait and its assigning trait.
macro_rules! operator {
    ($trait:ident $lang:literal $method:ident, $assign:ident $assign_lang:literal
        $assign_method:ident, $op:tt, $about:literal: $($type:ty)*) => {
        #[doc = $about]
        #[lang = $lang]
        pub trait $trait<Rhs = Self> {
            /// What comes out.
            type Output;
            /// Computes it.
            fn $method(self, rhs: Rhs) -> Self::Output;
        }

        #[doc = $about]
        #[lang = $assign_lang]
        pub trait $assign<Rhs = Self> {
            /// Computes it in place.
            fn $assign_method(&mut self, rhs: Rhs);
        }

        $(
            impl $trait for $type {
                type Output = $type;
                #[inline(always)]
                fn $method(self, rhs: $type) -> $type {
                    self $op rhs
                }
            }
            impl $assign for $type {
                #[inline(always)]
                fn $assign_method(&mut self, rhs: $type) {
                    *self = *self $op rhs;
                }
            }
        )*
    };
}

macro_rules! operators {
    ($($trait:ident $lang:literal $method:ident, $assign:ident $assign_lang:literal
        $assign_method:ident, $op:tt, $about:literal;)*) => { $(
        operator! {
            $trait $lang $method, $assign $assign_lang $assign_method, $op, $about:
            u8 u16 u32 u64 usize i8 i16 i32 i64 isize
        }
    )* };
}

operators! {
    Add "add" add, AddAssign "add_assign" add_assign, +, "`+`, which wraps";
    Sub "sub" sub, SubAssign "sub_assign" sub_assign, -, "`-`, which wraps";
    Mul "mul" mul, MulAssign "mul_assign" mul_assign, *, "`*`, which wraps";
    Div "div" div, DivAssign "div_assign" div_assign, /, "`/`; by zero ends the program";
    Rem "rem" rem, RemAssign "rem_assign" rem_assign, %, "`%`; by zero ends the program";
}

macro_rules! bit_operators {
    ($($trait:ident $lang:literal $method:ident, $assign:ident $assign_lang:literal
        $assign_method:ident, $op:tt, $about:literal;)*) => { $(
        operator! {
            $trait $lang $method, $assign $assign_lang $assign_method, $op, $about:
            bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize
        }
    )* };
}

bit_operators! {
    BitAnd "bitand" bitand, BitAndAssign "bitand_assign" bitand_assign, &, "`&`";
    BitOr "bitor" bitor, BitOrAssign "bitor_assign" bitor_assign, |, "`|`";
    BitXor "bitxor" bitxor, BitXorAssign "bitxor_assign" bitxor_assign, ^, "`^`";
}

/// Shifts, whose right side may be of the types that counts have.
macro_rules! shift {
    ($trait:ident $lang:literal $method:ident, $assign:ident $assign_lang:literal
        $assign_method:ident, $op:tt) => {
        /// A shift; the count is masked to the type's width.
        #[lang = $lang]
        pub trait $trait<Rhs = Self> {
            /// What comes out.
            type Output;
            /// Computes it.
            fn $method(self, rhs: Rhs) -> Self::Output;
        }

        /// A shift; the count is masked to the type's width.
        #[lang = $assign_lang]
        pub trait $assign<Rhs = Self> {
            /// Computes it in place.
            fn $assign_method(&mut self, rhs: Rhs);
        }

        shift! { @each $trait $method $assign $assign_method $op:
            u8 u16 u32 u64 usize i8 i16 i32 i64 isize }
    };
    (@each $trait:ident $method:ident $assign:ident $assign_method:ident $op:tt:
        $($type:ty)*) => { $(
        shift! { @pairs $type, $trait $method $assign $assign_method $op:
            u8 u32 u64 usize i32 i64 }
    )* };
    (@pairs $type:ty, $trait:ident $method:ident $assign:ident $assign_method:ident $op:tt:
        $($rhs:ty)*) => { $(
        impl $trait<$rhs> for $type {
            type Output = $type;
            #[inline(always)]
            fn $method(self, rhs: $rhs) -> $type {
                self $op rhs
            }
        }
        impl $assign<$rhs> for $type {
            #[inline(always)]
            fn $assign_method(&mut self, rhs: $rhs) {
                *self = *self $op rhs;
            }
        }
    )* };
}

shift! { Shl "shl" shl, ShlAssign "shl_assign" shl_assign, << }
shift! { Shr "shr" shr, ShrAssign "shr_assign" shr_assign, >> }

/// `!`
#[lang = "not"]
pub trait Not {
    /// What comes out.
    type Output;
    /// Computes it.
    fn not(self) -> Self::Output;
}

/// `-`, which wraps
#[lang = "neg"]
pub trait Neg {
    /// What comes out.
    type Output;
    /// Computes it.
    fn neg(self) -> Self::Output;
}

macro_rules! unary {
    ($trait:ident $method:ident $op:tt: $($type:ty)*) => { $(
        impl $trait for $type {
            type Output = $type;
            #[inline(always)]
            fn $method(self) -> $type {
                $op self
            }
        }
    )* };
}

unary! { Not not !: bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize }
unary! { Neg neg -: i8 i16 i32 i64 isize }

/// `*x`
#[lang = "deref"]
pub trait Deref {
    /// What it points at.
    #[lang = "deref_target"]
    type Target: ?Sized;
    /// Where that is.
    fn deref(&self) -> &Self::Target;
}

/// `*x = …`
#[lang = "deref_mut"]
pub trait DerefMut: Deref {
    /// Where that is.
    fn deref_mut(&mut self) -> &mut Self::Target;
}

impl<T: ?Sized> Deref for &T {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        *self
    }
}

impl<T: ?Sized> Deref for &mut T {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        *self
    }
}

impl<T: ?Sized> DerefMut for &mut T {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        *self
    }
}

/// `x[i]`, for what is not an array or a slice.
#[lang = "index"]
pub trait Index<Idx: ?Sized> {
    /// What lies there.
    type Output: ?Sized;
    /// Where that is.
    fn index(&self, index: Idx) -> &Self::Output;
}

/// `x[i] = …`, for what is not an array or a slice.
#[lang = "index_mut"]
pub trait IndexMut<Idx: ?Sized>: Index<Idx> {
    /// Where that is.
    fn index_mut(&mut self, index: Idx) -> &mut Self::Output;
}

/// What happens at the end of a value's life.
#[lang = "drop"]
pub trait Drop {
    /// Does it.
    fn drop(&mut self);
}

/// A call that uses the closure up.
#[lang = "fn_once"]
#[fundamental]
#[rustc_paren_sugar]
pub trait FnOnce<Args: crate::marker::Tuple> {
    /// What it returns.
    #[lang = "fn_once_output"]
    type Output;
    /// Calls it.
    extern "rust-call" fn call_once(self, args: Args) -> Self::Output;
}

/// A call that may change what the closure holds.
#[lang = "fn_mut"]
#[fundamental]
#[rustc_paren_sugar]
pub trait FnMut<Args: crate::marker::Tuple>: FnOnce<Args> {
    /// Calls it.
    extern "rust-call" fn call_mut(&mut self, args: Args) -> Self::Output;
}

/// A call that changes nothing of the closure.
#[lang = "fn"]
#[fundamental]
#[rustc_paren_sugar]
pub trait Fn<Args: crate::marker::Tuple>: FnMut<Args> {
    /// Calls it.
    extern "rust-call" fn call(&self, args: Args) -> Self::Output;
}

/// A reference that becomes one to an unsized type, as `&[T; N]` does.
#[lang = "coerce_unsized"]
pub trait CoerceUnsized<T: ?Sized> {}

impl<'a, 'b: 'a, T: ?Sized + crate::marker::Unsize<U>, U: ?Sized> CoerceUnsized<&'a U> for &'b T {}
impl<'a, T: ?Sized + crate::marker::Unsize<U>, U: ?Sized> CoerceUnsized<&'a mut U> for &'a mut T {}
impl<T: ?Sized + crate::marker::Unsize<U>, U: ?Sized> CoerceUnsized<*const U> for *const T {}
impl<T: ?Sized + crate::marker::Unsize<U>, U: ?Sized> CoerceUnsized<*mut U> for *mut T {}

/// `a..b`
#[lang = "Range"]
#[derive(Clone, PartialEq)]
pub struct Range<Idx> {
    /// The first.
    pub start: Idx,
    /// One past the last.
    pub end: Idx,
}

/// `..`
#[lang = "RangeFull"]
#[derive(Clone, Copy, PartialEq)]
pub struct RangeFull;

/// `a..=b`
#[lang = "RangeInclusive"]
#[derive(Clone, PartialEq)]
pub struct RangeInclusive<Idx> {
    pub(crate) start: Idx,
    pub(crate) end: Idx,
    pub(crate) exhausted: bool,
}

impl<Idx> RangeInclusive<Idx> {
    /// What `start..=end` means.
    #[lang = "range_inclusive_new"]
    #[inline(always)]
    pub const fn new(start: Idx, end: Idx) -> Self {
        Self { start, end, exhausted: false }
    }
}

/// Whether `?` goes on or returns.
#[derive(Clone, Copy)]
pub enum ControlFlow<B, C = ()> {
    /// Go on with the value.
    #[lang = "Continue"]
    Continue(C),
    /// Return the value.
    #[lang = "Break"]
    Break(B),
}

/// What `?` can be applied to.
#[lang = "Try"]
pub trait Try: FromResidual<Self::Residual> {
    /// The value of `x?`.
    type Output;
    /// What is returned instead.
    type Residual;

    /// Wraps a value.
    #[lang = "from_output"]
    fn from_output(output: Self::Output) -> Self;
    /// Goes on or returns.
    #[lang = "branch"]
    fn branch(self) -> ControlFlow<Self::Residual, Self::Output>;
}

/// What `?` can return as.
pub trait FromResidual<R> {
    /// Wraps what is returned.
    #[lang = "from_residual"]
    fn from_residual(residual: R) -> Self;
}
