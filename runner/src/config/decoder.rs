//! The table of decoders: what a field's `as:` may name, and the text of that key.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::name::is_identifier;
use super::scalar::Scalar;
use crate::diag::{Code, Diagnostic, Spanned, clip, one_of};

/// How a field is shown in place of its type's own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoder {
    /// A number in hexadecimal.
    Hex,
    /// A number in octal.
    Oct,
    /// A number in decimal, also where its type has names for it.
    Dec,
    /// An IP address.
    Ip,
    /// A hardware address.
    Mac,
    /// An error number by its name.
    Errno {
        /// Positive numbers are errors, not negative ones.
        positive: bool,
    },
    /// A signal by its name.
    Signal,
    /// A system call by its name.
    Syscall,
    /// Bits by the names of the constants with that prefix, or of the value's own enum.
    Flags(Option<String>),
    /// Nanoseconds.
    Duration,
    /// An amount of memory.
    Bytes,
    /// A point in time.
    Time(Epoch),
    /// The mode of a file.
    Mode,
    /// A device.
    Dev(DevCode),
}

/// What a point in time counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Epoch {
    /// Nanoseconds of CLOCK_MONOTONIC, as the builtin `nsecs` has them.
    Boot,
    /// Nanoseconds since 1970.
    Unix,
    /// Seconds since 1970.
    UnixSeconds,
}

/// How a device's two numbers are put into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DevCode {
    /// As in the kernel's own structures: 12 bits, then 20.
    Kernel,
    /// As programs see it (`makedev(3)`).
    User,
}

/// One decoder.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Every way to write it; the first is the usual one.
    pub usage: &'static [&'static str],
    /// What it takes.
    pub takes: Takes,
    /// One line of documentation.
    pub doc: &'static str,
    /// The decoder by the text between its parentheses, if there are any.
    make: fn(Option<&str>) -> Option<Decoder>,
}

/// What values a decoder takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Integers of at least so many bits, and addresses.
    Words(u8),
    /// Integers of at least so many bits.
    Integers(u8),
    /// What can hold an IP address.
    Ip,
    /// What can hold a hardware address.
    Mac,
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(8) => f.write_str("integers and addresses"),
            Self::Words(bits) => write!(f, "addresses and integers of {bits} bits or more"),
            Self::Ip => f.write_str(
                "`u32`, `in_addr`, `in6_addr`, `sockaddr`, 4 or 16 bytes, and pointers to these",
            ),
            Self::Mac => f.write_str("arrays of 6 bytes, and pointers to bytes"),
            Self::Integers(8) => f.write_str("integers"),
            Self::Integers(bits) => write!(f, "integers of {bits} bits or more"),
        }
    }
}

/// Every decoder, in the order of the documentation.
pub const DECODERS: &[Row] = &[
    Row {
        name: "hex",
        usage: &["hex"],
        takes: Takes::Words(8),
        doc: "in hexadecimal: `0xff`",
        make: |argument| bare(argument, Decoder::Hex),
    },
    Row {
        name: "oct",
        usage: &["oct"],
        takes: Takes::Words(8),
        doc: "in octal: `0644`",
        make: |argument| bare(argument, Decoder::Oct),
    },
    Row {
        name: "dec",
        usage: &["dec"],
        takes: Takes::Words(8),
        doc: "in decimal, also where the type has names for its values",
        make: |argument| bare(argument, Decoder::Dec),
    },
    Row {
        name: "ip",
        usage: &["ip"],
        takes: Takes::Ip,
        doc: "an IP address, version 4 or 6, in the network's order",
        make: |argument| bare(argument, Decoder::Ip),
    },
    Row {
        name: "mac",
        usage: &["mac"],
        takes: Takes::Mac,
        doc: "a hardware address: `00:00:5e:00:53:01`",
        make: |argument| bare(argument, Decoder::Mac),
    },
    Row {
        name: "errno",
        usage: &["errno", "errno(positive)"],
        takes: Takes::Words(16),
        doc: "an error by name, what is none as a number; errors are negative unless they are said \
              to be positive",
        make: |argument| match argument {
            None => Some(Decoder::Errno { positive: false }),
            Some("positive") => Some(Decoder::Errno { positive: true }),
            Some(_) => None,
        },
    },
    Row {
        name: "signal",
        usage: &["signal"],
        takes: Takes::Integers(8),
        doc: "a signal by name",
        make: |argument| bare(argument, Decoder::Signal),
    },
    Row {
        name: "syscall",
        usage: &["syscall"],
        takes: Takes::Integers(16),
        doc: "a system call by name, from its number on x86-64",
        make: |argument| bare(argument, Decoder::Syscall),
    },
    Row {
        name: "flags",
        usage: &["flags(PREFIX_)", "flags"],
        takes: Takes::Integers(8),
        doc: "the constants with that prefix that are set, or those of the value's own enum",
        make: |argument| match argument {
            None => Some(Decoder::Flags(None)),
            Some(prefix) => is_identifier(prefix).then(|| Decoder::Flags(Some(prefix.into()))),
        },
    },
    Row {
        name: "duration",
        usage: &["duration"],
        takes: Takes::Integers(8),
        doc: "nanoseconds as `1.234ms`",
        make: |argument| bare(argument, Decoder::Duration),
    },
    Row {
        name: "bytes",
        usage: &["bytes"],
        takes: Takes::Integers(8),
        doc: "an amount of memory as `1.5KiB`",
        make: |argument| bare(argument, Decoder::Bytes),
    },
    Row {
        name: "time",
        usage: &["time", "time(unix)", "time(unix_seconds)"],
        takes: Takes::Integers(32),
        doc: "nanoseconds on the clock of `nsecs`, or nanoseconds or seconds since 1970, as a date",
        make: |argument| match argument {
            None => Some(Decoder::Time(Epoch::Boot)),
            Some("unix") => Some(Decoder::Time(Epoch::Unix)),
            Some("unix_seconds") => Some(Decoder::Time(Epoch::UnixSeconds)),
            Some(_) => None,
        },
    },
    Row {
        name: "mode",
        usage: &["mode"],
        takes: Takes::Integers(16),
        doc: "the mode of a file: `-rw-r--r--`, or `0644` without a type",
        make: |argument| bare(argument, Decoder::Mode),
    },
    Row {
        name: "dev",
        usage: &["dev", "dev(user)"],
        takes: Takes::Integers(32),
        doc: "a device as `8:1`: as the kernel's structures have it, or as programs do",
        make: |argument| match argument {
            None => Some(Decoder::Dev(DevCode::Kernel)),
            Some("user") => Some(Decoder::Dev(DevCode::User)),
            Some(_) => None,
        },
    },
];

fn bare(argument: Option<&str>, decoder: Decoder) -> Option<Decoder> {
    argument.is_none().then_some(decoder)
}

/// Parses the text of an `as:`.
pub fn parse(scalar: &Scalar) -> Result<Spanned<Decoder>, Diagnostic> {
    let text = scalar.text.trim();
    let (name, argument) = match text.split_once('(') {
        Some((name, rest)) => (name.trim_end(), rest.strip_suffix(')').map(str::trim)),
        None => (text, None),
    };
    let Some(row) = DECODERS.iter().find(|row| row.name == name) else {
        let names: Vec<&str> = DECODERS.iter().map(|row| row.name).collect();
        let message = format!("there is no decoder `{}`", clip(name));
        let fault = Diagnostic::error(Code::BadDecoder, scalar.span, message);
        return Err(fault.help(one_of(name, "decoders", &names)));
    };
    let broken = argument.is_none() && text.contains('(');
    match (row.make)(argument).filter(|_| !broken) {
        Some(value) => Ok(Spanned { value, span: scalar.span }),
        None => {
            let message = format!("`{}` is not how `{name}` is written", clip(text));
            let fault = Diagnostic::error(Code::BadDecoder, scalar.span, message);
            Err(fault.help(format!("write `as: {}`", row.usage.join("`, or `as: "))))
        }
    }
}

impl Decoder {
    /// Its row in the table.
    pub fn row(&self) -> &'static Row {
        let name = match self {
            Self::Hex => "hex",
            Self::Oct => "oct",
            Self::Dec => "dec",
            Self::Ip => "ip",
            Self::Mac => "mac",
            Self::Errno { .. } => "errno",
            Self::Signal => "signal",
            Self::Syscall => "syscall",
            Self::Flags(_) => "flags",
            Self::Duration => "duration",
            Self::Bytes => "bytes",
            Self::Time(_) => "time",
            Self::Mode => "mode",
            Self::Dev(_) => "dev",
        };
        // The table has a row for each; a test holds it to that.
        DECODERS.iter().find(|row| row.name == name).unwrap_or(&DECODERS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::super::scalar::Style;
    use super::*;
    use crate::diag::Span;

    fn parsed(text: &str) -> Result<Decoder, Diagnostic> {
        let span = Span::new(0, text.len());
        parse(&Scalar::new(text, text.into(), Style::Plain, span)).map(|found| found.value)
    }

    #[test]
    fn every_usage_is_understood_and_leads_back_to_its_row() {
        for row in DECODERS {
            for usage in row.usage {
                assert_eq!(parsed(usage).unwrap().row().name, row.name, "{usage}");
            }
        }
    }

    #[test]
    fn what_is_not_written_like_a_row_is_refused() {
        for wrong in [
            "",
            "hx",
            "hex()",
            "hex(1)",
            "hex(",
            "hex)",
            "(hex)",
            "errno(-)",
            "flags()",
            "flags(O_|)",
            "time(boot)",
            "dev()",
        ] {
            assert_eq!(parsed(wrong).unwrap_err().code, Code::BadDecoder, "{wrong}");
        }
    }
}
