//! Methods of the integers.

macro_rules! integers {
    ($($type:ident $unsigned:ident)*) => { $(
        impl $type {
            /// Bits of the type.
            pub const BITS: u32 = (crate::mem::size_of::<$type>() * 8) as u32;

            /// `self + rhs`, modulo 2^BITS.
            #[inline(always)]
            pub const fn wrapping_add(self, rhs: $type) -> $type {
                self + rhs
            }

            /// `self - rhs`, modulo 2^BITS.
            #[inline(always)]
            pub const fn wrapping_sub(self, rhs: $type) -> $type {
                self - rhs
            }

            /// `self * rhs`, modulo 2^BITS.
            #[inline(always)]
            pub const fn wrapping_mul(self, rhs: $type) -> $type {
                self * rhs
            }

            /// `-self`, modulo 2^BITS.
            #[inline(always)]
            pub const fn wrapping_neg(self) -> $type {
                0 - self
            }

            /// `self << rhs`, the count masked to the width.
            #[inline(always)]
            pub const fn wrapping_shl(self, rhs: u32) -> $type {
                self << (rhs & (Self::BITS - 1))
            }

            /// `self >> rhs`, the count masked to the width.
            #[inline(always)]
            pub const fn wrapping_shr(self, rhs: u32) -> $type {
                self >> (rhs & (Self::BITS - 1))
            }

            /// The bytes in reverse order.
            #[inline(always)]
            pub const fn swap_bytes(self) -> $type {
                crate::intrinsics::bswap(self as $unsigned) as $type
            }

            /// From big endian; the target is little endian.
            #[inline(always)]
            pub const fn from_be(value: $type) -> $type {
                value.swap_bytes()
            }

            /// `self + rhs`, unless it overflows.
            #[inline(always)]
            pub const fn checked_add(self, rhs: $type) -> Option<$type> {
                let sum = self + rhs;
                if (sum < self) != (rhs < (0 as $type)) { None } else { Some(sum) }
            }

            /// `self - rhs`, unless it overflows.
            #[inline(always)]
            pub const fn checked_sub(self, rhs: $type) -> Option<$type> {
                let difference = self - rhs;
                if (difference > self) != (rhs < (0 as $type)) { None } else { Some(difference) }
            }

            /// How many bits are set.
            #[inline(always)]
            pub const fn count_ones(self) -> u32 {
                crate::intrinsics::ctpop(self as $unsigned)
            }
        }
    )* };
}

integers! {
    u8 u8 u16 u16 u32 u32 u64 u64 usize usize
    i8 u8 i16 u16 i32 u32 i64 u64 isize usize
}

macro_rules! bounds {
    ($($unsigned:ident $signed:ident)*) => { $(
        impl $unsigned {
            /// The least value.
            pub const MIN: $unsigned = 0;
            /// The greatest value.
            pub const MAX: $unsigned = !0;
        }

        impl $signed {
            /// The least value.
            pub const MIN: $signed = 1 << (Self::BITS - 1);
            /// The greatest value.
            pub const MAX: $signed = !Self::MIN;

            /// The magnitude.
            #[inline(always)]
            pub const fn unsigned_abs(self) -> $unsigned {
                if self < 0 { (0 - self) as $unsigned } else { self as $unsigned }
            }
        }
    )* };
}

bounds! { u8 i8 u16 i16 u32 i32 u64 i64 usize isize }
