//! What of Rust a program may use: every construct once, with its result in a field.
//!
//! Compiled by the tests of the stage `compile`. Run with two arguments, 10 and -3, it sends what
//! `EXPECTED` says.

#![no_std]
#![no_main]

use probes::*;

license!();

maps! {
    EVENTS: ring_buffer(4096);
    COUNTERS: counters(1);
}

/// All results, and how many of them are wrong.
#[repr(C)]
struct Results {
    head: Head,
    nulls: Nulls<1>,
    got: [i64; 24],
    wrong: u64,
}
record!(Results);

/// What `results` gives for 10 and -3.
static EXPECTED: [i64; 24] =
    [45, 55, 10, 3, 30, 11, 2, 1, 21, 7, -3, 1, 10, 2, 5, -7, 13, 40, 9, 3, 77, 6, 1, -30];

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Point,
    Line(i64),
    Box { width: i64, height: i64 },
}

trait Area {
    const UNIT: i64;
    fn area(&self) -> i64;
    fn in_units(&self) -> i64 {
        self.area() / Self::UNIT
    }
}

impl Area for Shape {
    const UNIT: i64 = 1;
    fn area(&self) -> i64 {
        match *self {
            Shape::Point => 0,
            Shape::Line(length) if length < 0 => 1,
            Shape::Line(_) => 2,
            Shape::Box { width, height } => width * height,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Pair<T, const N: usize> {
    first: T,
    second: T,
}

impl<T: Copy + core::ops::Add<Output = T>, const N: usize> Pair<T, N> {
    fn sum(self) -> T {
        self.first + self.second
    }
    const fn n() -> usize {
        N
    }
}

struct Counted<'a>(&'a mut i64);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        *self.0 += 1;
    }
}

const fn factorial(n: i64) -> i64 {
    if n <= 1 { 1 } else { n * factorial(n - 1) }
}

fn apply(f: impl Fn(i64) -> i64, x: i64) -> i64 {
    f(x)
}

fn positive(x: i64) -> Result<i64, i32> {
    if x > 0 { Ok(x) } else { Err(-1) }
}

fn both(x: i64, y: i64) -> Result<i64, i32> {
    Ok(positive(x)? + positive(y)?)
}

fn results(ten: i64, minus_three: i64) -> Option<[i64; 24]> {
    let mut got = [0; 24];
    for i in 0..10 {
        got[0] += i;
    }
    for i in 1..=10i64 {
        got[1] += i;
    }
    let mut n = 0;
    while n < ten && n < 32 {
        n += 1;
        got[2] += 1;
    }
    let mut square = 0;
    got[3] = loop {
        square += 1;
        if square * square > 8 {
            break square;
        }
    };
    let shape = Shape::Box { width: ten, height: -minus_three };
    got[4] = shape.in_units();
    got[5] = if let Shape::Box { width, .. } = shape { width + 1 } else { 0 };
    got[6] = Shape::Line(ten).area();
    got[7] = Shape::Line(minus_three).area();
    let pair = Pair::<i64, 21> { first: ten, second: minus_three };
    got[8] = Pair::<i64, 21>::n() as i64;
    got[9] = pair.sum();
    got[10] = apply(|x| x + minus_three, 0);
    got[11] = (shape != Shape::Point && pair == pair.clone()) as i64;
    let Some(value) = Some(ten).filter(|x| *x > 5) else { return None };
    got[12] = value;
    let mut dropped = 0;
    {
        let _one = Counted(&mut dropped);
    }
    {
        let _two = Counted(&mut dropped);
    }
    got[13] = dropped;
    got[14] = both(ten, -5).unwrap_or(5);
    got[15] = both(ten, ten).map(|x| x - 27).ok()?;
    got[16] = [1, 5, 7].into_iter().next()? + 12;
    let shift = ten as u32 + 56; // 66, masked to 2
    got[17] = 10i64 << shift;
    let (a, b) = (ten as u8, minus_three as u8);
    got[18] = (a.wrapping_add(b).wrapping_add(2)) as i64; // 10 + 253 + 2, modulo 256
    got[19] = (ten as u64 % 7) as i64;
    got[20] = i64::from((ten as u16) * 7) + 7;
    got[21] = const { factorial(3) };
    got[22] = (u32::MAX as i64 == 0xffff_ffff && i8::MIN as i64 == -128) as i64;
    got[23] = rest(ten * minus_three, 100) + div_s64(ten, minus_three).ok()? + 3;
    Some(got)
}

raw_tracepoint!(language, "sys_enter");
fn language(ctx: RawTracepoint) -> Option<()> {
    let got = results(ctx.arg(0) as i64, ctx.arg(1) as i64)?;
    let mut wrong = 0;
    let mut i = 0;
    while i < 24 {
        if got[i] != EXPECTED[i] {
            wrong += 1;
        }
        i += 1;
    }
    EVENTS.send(&Results { head: Head::new(0), nulls: Nulls::none(), got, wrong });
    Some(())
}
