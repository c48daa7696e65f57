//! Division as in C, but by zero it gives no value. BPF has no signed division before Linux 6.6.

use crate::read::{Read, Unread};

/// `a / b`
#[inline(always)]
pub fn div_u64(a: u64, b: u64) -> Read<u64> {
    if b == 0 { Err(Unread::at(0)) } else { Ok(a / b) }
}

/// `a % b`
#[inline(always)]
pub fn rem_u64(a: u64, b: u64) -> Read<u64> {
    if b == 0 { Err(Unread::at(0)) } else { Ok(a % b) }
}

/// `a / b`, rounded towards zero. The least value by -1 wraps to itself.
#[inline(always)]
pub fn div_s64(a: i64, b: i64) -> Read<i64> {
    if b == 0 { Err(Unread::at(0)) } else { Ok(quotient(a, b)) }
}

/// `a % b`, with the sign of `a`.
#[inline(always)]
pub fn rem_s64(a: i64, b: i64) -> Read<i64> {
    if b == 0 { Err(Unread::at(0)) } else { Ok(rest(a, b)) }
}

/// `a / b` by a constant that is not zero.
#[inline(always)]
pub fn quotient(a: i64, b: i64) -> i64 {
    with_sign_of(a ^ b, a.unsigned_abs() / b.unsigned_abs())
}

/// `a % b` by a constant that is not zero.
#[inline(always)]
pub fn rest(a: i64, b: i64) -> i64 {
    with_sign_of(a, a.unsigned_abs() % b.unsigned_abs())
}

#[inline(always)]
fn with_sign_of(sign: i64, magnitude: u64) -> i64 {
    if sign < 0 { (magnitude as i64).wrapping_neg() } else { magnitude as i64 }
}
