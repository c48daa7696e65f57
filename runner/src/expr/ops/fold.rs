//! Arithmetic on constants, with C's widths and signs. What overflows wraps.

use super::super::ty::Int;
use super::super::typed::Arith;
use super::truncated;

/// `x op y`, or, of an operator with one operand, `op y`, of constants of the type `int`; of a shift, `y` is less than its width. Division is
/// never by zero.
pub fn fold(op: Arith, x: u64, y: u64, int: Int) -> u64 {
    let (a, b) = (x as i64, y as i64);
    let value = match op {
        Arith::Add => x.wrapping_add(y),
        Arith::Sub | Arith::Neg => x.wrapping_sub(y),
        Arith::Mul => x.wrapping_mul(y),
        Arith::Div if int.signed => a.checked_div(b).unwrap_or(a) as u64,
        Arith::Div => x.checked_div(y).unwrap_or_default(),
        Arith::Rem if int.signed => a.checked_rem(b).unwrap_or_default() as u64,
        Arith::Rem => x.checked_rem(y).unwrap_or_default(),
        Arith::Shl => x.wrapping_shl(y as u32),
        Arith::Shr if int.signed => a.wrapping_shr(y as u32) as u64,
        Arith::Shr => x.wrapping_shr(y as u32),
        Arith::And => x & y,
        Arith::Or => x | y,
        Arith::Xor | Arith::Complement => x ^ y,
        Arith::SwapBytes => y.swap_bytes() >> (64 - u32::from(int.bits)),
    };
    truncated(value, int)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_have_the_values_of_c() {
        let (int, uint) = (Int::number(32, true), Int::number(32, false));
        let (long, ulong) = (Int::number(64, true), Int::number(64, false));
        let minus = |n: i64| (-n) as u64;
        for (op, x, y, ty, value) in [
            (Arith::Add, 0x7fff_ffff, 1, int, minus(0x8000_0000)),
            (Arith::Sub, 0, 1, uint, 0xffff_ffff),
            (Arith::Mul, 0x1_0000, 0x1_0000, uint, 0),
            (Arith::Div, minus(7), 2, int, minus(3)),
            (Arith::Rem, minus(7), 2, int, minus(1)),
            (Arith::Div, u64::MAX, 2, ulong, u64::MAX / 2),
            (Arith::Div, 1 << 63, minus(1), long, 1 << 63),
            (Arith::Rem, 1 << 63, minus(1), long, 0),
            (Arith::Shl, 1, 31, int, minus(0x8000_0000)),
            (Arith::Shl, 3, 31, uint, 0x8000_0000),
            (Arith::Shr, minus(8), 1, int, minus(4)),
            (Arith::Shr, 0xffff_fff8, 1, uint, 0x7fff_fffc),
            (Arith::Xor, minus(1), 1, long, minus(2)),
        ] {
            assert_eq!(fold(op, x, y, ty), value, "{op:?} {x} {y}");
        }
    }
}
