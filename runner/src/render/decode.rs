//! Numbers to the text that people read, by the slot's [`Show`].

use std::fmt::Display;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use super::{Clock, Machine};
use crate::config::{DevCode, Epoch};
use crate::layout::{Flags, Show, SlotKind};
use crate::read::{Owner, Value};

/// Appends the text that `show` makes of `value`, which lies in its record as `kind`. `false`, and
/// nothing is appended, where it leaves the value as it is.
pub fn decoded(
    show: &Show,
    kind: SlotKind,
    value: Value,
    machine: &mut Machine,
    out: &mut Vec<u8>,
) -> bool {
    if let Value::Bytes { bytes, .. } = value {
        return network(show, bytes, out);
    }
    let Some(number) = number(value) else { return false };
    // As the slot holds it: signed ones extended.
    let word = number as u64;
    match show {
        Show::Plain => return false,
        Show::Dec => match value {
            Value::Address(address) => push(out, address),
            _ => return false,
        },
        Show::Hex => push(out, format_args!("{:#x}", own_width(word, kind))),
        Show::Oct => octal(own_width(word, kind), out),
        Show::Names(names) => match names.get(word) {
            Some(name) => push(out, name),
            None => return false,
        },
        Show::Flags(known) => return flags(known, own_width(word, kind), out),
        Show::Duration => duration(number, out),
        Show::Bytes => bytes(number, out),
        Show::Time(epoch) => return time(number, *epoch, &mut machine.clock, out),
        Show::Mode => mode(own_width(word, kind), out),
        Show::Dev(code) => dev(own_width(word, kind), *code, out),
        // The bytes of the number are in the network's order as they lie in memory.
        Show::Ip => push(out, Ipv4Addr::from((word as u32).to_le_bytes())),
        Show::SocketAddress | Show::Mac => return false,
        Show::Symbol => push(out, machine.symbol(owner(value), word)),
        Show::Cgroup => match machine.names.cgroup(word) {
            Some(path) => push(out, path),
            None => return false,
        },
        Show::Only(show) => return decoded(show, kind, value, machine, out),
    }
    true
}

/// What bytes in memory stand for; nothing if they cannot.
fn network(show: &Show, bytes: &[u8], out: &mut Vec<u8>) -> bool {
    /// `AF_INET` and `AF_INET6`, in the machine's order.
    const FAMILIES: [[u8; 2]; 2] = [2u16.to_le_bytes(), 10u16.to_le_bytes()];
    let (show, bytes) = match (show, bytes) {
        (Show::Only(show), _) => (show.as_ref(), bytes),
        _ => (show, bytes),
    };
    // The family is followed by the port, then by the address: after 4 bytes more, if it is v6.
    let address = match (show, bytes.first_chunk()) {
        (Show::SocketAddress, Some(family)) if *family == FAMILIES[0] => bytes.get(4..8),
        (Show::SocketAddress, Some(family)) if *family == FAMILIES[1] => bytes.get(8..24),
        (Show::Ip, _) => Some(bytes),
        (Show::Mac, _) => {
            let Ok([first, rest @ ..]) = <[u8; 6]>::try_from(bytes) else { return false };
            push(out, format_args!("{first:02x}"));
            rest.iter().for_each(|byte| push(out, format_args!(":{byte:02x}")));
            return true;
        }
        _ => None,
    };
    let address = address.unwrap_or_default();
    if let Ok(four) = <[u8; 4]>::try_from(address) {
        push(out, Ipv4Addr::from(four));
    } else if let Ok(sixteen) = <[u8; 16]>::try_from(address) {
        push(out, Ipv6Addr::from(sixteen));
    } else {
        return false;
    }
    true
}

/// Whose code an address is in.
fn owner(value: Value) -> Owner {
    match value {
        Value::UserAddress { process, .. } => Owner::Process(process),
        _ => Owner::Kernel,
    }
}

/// The value as a number; `None` of what is none.
fn number(value: Value) -> Option<i128> {
    match value {
        Value::Unsigned(word) | Value::Address(word) | Value::UserAddress { address: word, .. } => {
            Some(word.into())
        }
        Value::Signed(number) => Some(number.into()),
        _ => None,
    }
}

/// -1 of an `int` is 0xffffffff: as wide as its type.
pub fn own_width(word: u64, kind: SlotKind) -> u64 {
    match kind {
        SlotKind::Signed(bits @ 1..=64) => word & (u64::MAX >> (64 - bits)),
        _ => word,
    }
}

fn push(out: &mut Vec<u8>, text: impl Display) {
    out.extend_from_slice(text.to_string().as_bytes());
}

/// As C writes it: 0644.
fn octal(number: u64, out: &mut Vec<u8>) {
    match number {
        0 => out.push(b'0'),
        _ => push(out, format_args!("0{number:o}")),
    }
}

/// `O_WRONLY|O_CREAT|0x400000`; nothing where no bit is set that means something.
fn flags(known: &Flags, word: u64, out: &mut Vec<u8>) -> bool {
    let (names, rest) = known.of(word);
    let start = out.len();
    for name in names {
        part(out, start, |out| push(out, name));
    }
    if rest != 0 {
        part(out, start, |out| push(out, format_args!("{rest:#x}")));
    }
    out.len() > start
}

fn part(out: &mut Vec<u8>, start: usize, write: impl FnOnce(&mut Vec<u8>)) {
    if out.len() > start {
        out.push(b'|');
    }
    write(out);
}

/// `999ns`, `1.234us`, `1.234ms`, `1.234s`, `1m02s`, `1h02m`; what comes behind is cut off.
fn duration(nanos: i128, out: &mut Vec<u8>) {
    if nanos < 0 {
        out.push(b'-');
    }
    let nanos = nanos.unsigned_abs();
    let fraction = |unit: u128, name: &str, out: &mut Vec<u8>| {
        push(out, format_args!("{}.{:03}{name}", nanos / unit, nanos % unit / (unit / 1000)));
    };
    let seconds = nanos / 1_000_000_000;
    match nanos {
        0..1_000 => push(out, format_args!("{nanos}ns")),
        1_000..1_000_000 => fraction(1_000, "us", out),
        1_000_000..1_000_000_000 => fraction(1_000_000, "ms", out),
        1_000_000_000..60_000_000_000 => fraction(1_000_000_000, "s", out),
        60_000_000_000..3_600_000_000_000 => {
            push(out, format_args!("{}m{:02}s", seconds / 60, seconds % 60));
        }
        _ => push(out, format_args!("{}h{:02}m", seconds / 3600, seconds / 60 % 60)),
    }
}

/// `512B`, `1.5KiB`, `64KiB`; what comes behind the first decimal is cut off.
fn bytes(amount: i128, out: &mut Vec<u8>) {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if amount < 0 {
        out.push(b'-');
    }
    let amount = amount.unsigned_abs();
    let step = (amount.checked_ilog2().unwrap_or_default() / 10).min(6);
    let unit = 1u128 << (10 * step);
    let tenth = amount % unit * 10 / unit;
    push(out, amount / unit);
    if tenth > 0 {
        push(out, format_args!(".{tenth}"));
    }
    push(out, UNITS[step as usize]);
}

/// RFC 3339, in UTC; nothing of a time before 1970 or after 9999.
fn time(number: i128, epoch: Epoch, clock: &mut Clock, out: &mut Vec<u8>) -> bool {
    let Ok(number) = u64::try_from(number) else { return false };
    let (since, seconds_only) = match epoch {
        Epoch::Boot => {
            clock.rfc3339(number, out);
            return true;
        }
        Epoch::Unix => (Duration::from_nanos(number), false),
        Epoch::UnixSeconds => (Duration::from_secs(number), true),
    };
    /// 9999-12-31T23:59:59Z, the last that the text has digits for.
    const LAST: u64 = 253_402_300_799;
    if since.as_secs() > LAST {
        return false;
    }
    let time = SystemTime::UNIX_EPOCH + since;
    match seconds_only {
        true => push(out, humantime::format_rfc3339_seconds(time)),
        false => push(out, humantime::format_rfc3339_nanos(time)),
    }
    true
}

/// As `ls -l` shows it; permissions alone, or what is no mode, in octal.
fn mode(word: u64, out: &mut Vec<u8>) {
    let sort = match word & !0o7777 {
        0o140000 => b's',
        0o120000 => b'l',
        0o100000 => b'-',
        0o060000 => b'b',
        0o040000 => b'd',
        0o020000 => b'c',
        0o010000 => b'p',
        0 => return push(out, format_args!("{word:04o}")),
        _ => return octal(word, out),
    };
    out.push(sort);
    for (shift, special, letter) in [(6, 0o4000, b's'), (3, 0o2000, b's'), (0, 0o1000, b't')] {
        let bits = word >> shift;
        out.push(if bits & 4 != 0 { b'r' } else { b'-' });
        out.push(if bits & 2 != 0 { b'w' } else { b'-' });
        out.push(match (word & special != 0, bits & 1 != 0) {
            (false, false) => b'-',
            (false, true) => b'x',
            (true, false) => letter.to_ascii_uppercase(),
            (true, true) => letter,
        });
    }
}

/// `8:1`.
fn dev(word: u64, code: DevCode, out: &mut Vec<u8>) {
    let (major, minor) = match code {
        DevCode::Kernel => (word >> 20, word & 0xf_ffff),
        DevCode::User => {
            (word >> 8 & 0xfff | word >> 32 & 0xffff_f000, word & 0xff | word >> 12 & 0xffff_ff00)
        }
    };
    push(out, format_args!("{major}:{minor}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Flag;
    use proptest::prelude::*;

    /// What `show` makes of `value` in a slot of `kind`; `None` if nothing.
    fn text(show: Show, kind: SlotKind, value: Value) -> Option<String> {
        let names = Box::new(crate::recording::Recalled::default());
        let mut machine = Machine { clock: Clock::new(0), names };
        let mut out = Vec::new();
        let changed = decoded(&show, kind, value, &mut machine, &mut out);
        assert_eq!(changed, !out.is_empty());
        changed.then(|| String::from_utf8(out).unwrap())
    }

    fn signed(show: Show, number: i64) -> Option<String> {
        text(show, SlotKind::Signed(64), Value::Signed(number))
    }

    fn word(show: Show, word: u64) -> String {
        text(show, SlotKind::Unsigned(64), Value::Unsigned(word)).unwrap()
    }

    #[test]
    fn numbers_in_another_base_are_as_wide_as_their_type() {
        let int = |number| (SlotKind::Signed(32), Value::Signed(number));
        for (show, (kind, value), shown) in [
            (Show::Hex, int(-1), Some("0xffffffff")),
            (Show::Hex, (SlotKind::Unsigned(64), Value::Unsigned(255)), Some("0xff")),
            (Show::Oct, int(0o644), Some("0644")),
            (Show::Dec, int(-1), None),
            (Show::Dec, (SlotKind::Address, Value::Address(16)), Some("16")),
            (Show::Hex, (SlotKind::Signed(8), Value::Signed(-2)), Some("0xfe")),
            (Show::Hex, int(0), Some("0x0")),
            (Show::Hex, (SlotKind::Address, Value::Null), None),
        ] {
            assert_eq!(text(show.clone(), kind, value).as_deref(), shown, "{show:?} {value:?}");
        }
    }

    #[test]
    fn flags_that_have_no_name_are_hexadecimal() {
        let flag = |mask, value, name: &str| Flag { mask, value, name: name.into() };
        let open = [flag(3, 0, "R"), flag(3, 1, "W"), flag(0o100, 0o100, "CREAT")];
        let open = Show::Flags(Flags::new(open));
        assert_eq!(word(open.clone(), 0o101), "W|CREAT");
        assert_eq!(word(open.clone(), 0), "R");
        assert_eq!(word(open.clone(), 0x40_0001), "W|0x400000");
        let int = |number| text(open.clone(), SlotKind::Signed(32), Value::Signed(number));
        assert_eq!(int(i64::from(i32::MIN)).unwrap(), "R|0x80000000");
        let bare = Show::Flags(Flags::new([flag(4, 4, "FOUR")]));
        assert_eq!(signed(bare, 0), None);
    }

    #[test]
    fn durations_have_three_digits_behind_the_point() {
        for (nanos, shown) in [
            (0, "0ns"),
            (999, "999ns"),
            (1_000, "1.000us"),
            (1_234_567, "1.234ms"),
            (999_999_999, "999.999ms"),
            (59_999_000_000, "59.999s"),
            (62_000_000_000, "1m02s"),
            (7_380_000_000_000, "2h03m"),
            (-1_500, "-1.500us"),
        ] {
            assert_eq!(signed(Show::Duration, nanos).unwrap(), shown);
        }
        assert_eq!(word(Show::Duration, u64::MAX), "5124095h34m");
    }

    #[test]
    fn amounts_have_a_decimal_where_it_says_something() {
        for (amount, shown) in [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1KiB"),
            (1536, "1.5KiB"),
            (65_536, "64KiB"),
            (1_048_575, "1023.9KiB"),
            (-2048, "-2KiB"),
        ] {
            assert_eq!(signed(Show::Bytes, amount).unwrap(), shown);
        }
        assert_eq!(word(Show::Bytes, u64::MAX), "15.9EiB");
    }

    #[test]
    fn times_count_from_boot_or_1970() {
        assert_eq!(word(Show::Time(Epoch::Boot), 42), "1970-01-01T00:00:00.000000042Z");
        let nanos = 1_700_000_000_000_000_042;
        assert_eq!(word(Show::Time(Epoch::Unix), nanos), "2023-11-14T22:13:20.000000042Z");
        let seconds = Show::Time(Epoch::UnixSeconds);
        assert_eq!(word(seconds.clone(), 1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(word(seconds.clone(), 253_402_300_799), "9999-12-31T23:59:59Z");
        assert_eq!(signed(seconds.clone(), 253_402_300_800), None);
        assert_eq!(signed(seconds, -1), None);
    }

    #[test]
    fn modes_are_those_of_ls() {
        for (mode, shown) in [
            (0o100644, "-rw-r--r--"),
            (0o104755, "-rwsr-xr-x"),
            (0o041777, "drwxrwxrwt"),
            (0o102640, "-rw-r-S---"),
            (0o140000, "s---------"),
            (0o644, "0644"),
            (0, "0000"),
            (0o1777, "1777"),
            (0o1_000_000, "01000000"),
        ] {
            assert_eq!(word(Show::Mode, mode), shown);
        }
    }

    #[test]
    fn devices_are_put_together_in_two_ways() {
        assert_eq!(word(Show::Dev(DevCode::Kernel), 8 << 20 | 1), "8:1");
        assert_eq!(word(Show::Dev(DevCode::User), 0x801), "8:1");
        let user = |major, minor| word(Show::Dev(DevCode::User), libc::makedev(major, minor));
        assert_eq!(user(259, 70_000), "259:70000");
        assert_eq!(user(0xf_ffff, 0xf_ffff), "1048575:1048575");
    }

    fn bytes_as(show: Show, bytes: &[u8]) -> Option<String> {
        text(show, SlotKind::Bytes(32), Value::Bytes { bytes, truncated: false })
    }

    #[test]
    fn addresses_are_as_people_write_them() {
        assert_eq!(word(Show::Ip, 0x0100_007f), "127.0.0.1");
        assert_eq!(bytes_as(Show::Ip, &[192, 0, 2, 1]).unwrap(), "192.0.2.1");
        let mut six = [0; 28];
        (six[0], six[8], six[9], six[23]) = (10, 0xfe, 0x80, 1);
        assert_eq!(bytes_as(Show::Ip, &six[8..24]).unwrap(), "fe80::1");
        assert_eq!(bytes_as(Show::SocketAddress, &six).unwrap(), "fe80::1");
        // A path, and an address of version 6 of which only the half is there.
        assert_eq!(bytes_as(Show::SocketAddress, b"\x01\0/run/socket"), None);
        assert_eq!(bytes_as(Show::SocketAddress, &six[..16]), None);
        assert_eq!(bytes_as(Show::Mac, &[0, 0, 0x5e, 0, 0x53, 0xff]).unwrap(), "00:00:5e:00:53:ff");
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            for show in [Show::Ip, Show::SocketAddress, Show::Mac, Show::Hex, Show::Symbol] {
                let only = Show::Only(show.clone().into());
                prop_assert_eq!(bytes_as(show, &bytes), bytes_as(only, &bytes));
            }
        }

        #[test]
        fn addresses_read_back(four: [u8; 4], six: [u8; 16], mac: [u8; 6]) {
            let shown = bytes_as(Show::Ip, &four).unwrap();
            prop_assert_eq!(shown.parse::<Ipv4Addr>().unwrap().octets(), four);
            prop_assert_eq!(word(Show::Ip, u32::from_le_bytes(four).into()), shown);
            let shown = bytes_as(Show::Ip, &six).unwrap();
            prop_assert_eq!(shown.parse::<Ipv6Addr>().unwrap().octets(), six);
            let shown = bytes_as(Show::Mac, &mac).unwrap();
            let back = shown.split(':').map(|byte| u8::from_str_radix(byte, 16).unwrap());
            prop_assert_eq!(back.collect::<Vec<_>>(), mac);
        }

        #[test]
        fn numbers_read_back(number: i32) {
            let int = |show| text(show, SlotKind::Signed(32), Value::Signed(number.into())).unwrap();
            let hex = int(Show::Hex);
            let back = u32::from_str_radix(hex.strip_prefix("0x").unwrap(), 16).unwrap();
            prop_assert_eq!(back.cast_signed(), number);
            let back = u32::from_str_radix(&int(Show::Oct), 8).unwrap();
            prop_assert_eq!(back.cast_signed(), number);
            let user = word(Show::Dev(DevCode::User), number as u32 as u64);
            let (major, minor) = user.split_once(':').unwrap();
            let back = libc::makedev(major.parse().unwrap(), minor.parse().unwrap());
            prop_assert_eq!(back, u64::from(number as u32));
        }

        #[test]
        fn any_number_has_a_text_and_none_panics(number: i64) {
            for show in [Show::Duration, Show::Bytes, Show::Mode, Show::Hex, Show::Oct] {
                prop_assert!(signed(show, number).is_some());
            }
            for epoch in [Epoch::Boot, Epoch::Unix, Epoch::UnixSeconds] {
                signed(Show::Time(epoch), number);
            }
        }
    }
}
