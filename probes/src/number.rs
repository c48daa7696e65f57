//! Division as in C, but by zero it gives `None`. BPF has no signed division before Linux 6.6.

/// `a / b`
#[inline(always)]
pub fn div_u64(a: u64, b: u64) -> Option<u64> {
    if b == 0 { None } else { Some(a / b) }
}

/// `a % b`
#[inline(always)]
pub fn rem_u64(a: u64, b: u64) -> Option<u64> {
    if b == 0 { None } else { Some(a % b) }
}

/// `a / b`, rounded towards zero. The least value by -1 wraps to itself.
#[inline(always)]
pub fn div_s64(a: i64, b: i64) -> Option<i64> {
    let quotient = div_u64(a.unsigned_abs(), b.unsigned_abs())?;
    Some(with_sign_of(a ^ b, quotient))
}

/// `a % b`, with the sign of `a`.
#[inline(always)]
pub fn rem_s64(a: i64, b: i64) -> Option<i64> {
    let rest = rem_u64(a.unsigned_abs(), b.unsigned_abs())?;
    Some(with_sign_of(a, rest))
}

#[inline(always)]
fn with_sign_of(sign: i64, magnitude: u64) -> i64 {
    if sign < 0 { (magnitude as i64).wrapping_neg() } else { magnitude as i64 }
}
