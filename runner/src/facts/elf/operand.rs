//! How a static probe says where its arguments are: the assembler's operands, with widths.
//!
//! In: the text of a note, such as `-4@%edi 8@16(%rax,%rbx,8)`. Out: each argument, or its text
//! where the form is not known. See `sys/sdt.h`.

/// One argument of a static probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Bytes: 1, 2, 4 or 8.
    pub size: u8,
    /// Two's complement.
    pub signed: bool,
    /// Where it is.
    pub operand: Operand,
}

/// Where a value is when the program stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// Nowhere: it is this number.
    Constant(i64),
    /// In a register, `high` bytes from its lowest.
    Register {
        /// Which.
        register: Register,
        /// Bits to the right of it: 8 for `%ah`, else 0.
        shift: u8,
    },
    /// In the process's memory.
    Memory {
        /// Added if given.
        base: Option<Register>,
        /// Added `scale` times if given.
        index: Option<Register>,
        /// 1, 2, 4 or 8.
        scale: u8,
        /// Added.
        offset: i64,
    },
}

/// A register of x86-64, all of its 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The processor's own.
pub enum Register {
    Rax,
    Rbx,
    Rcx,
    Rdx,
    Rsi,
    Rdi,
    Rbp,
    Rsp,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    Rip,
}

impl Register {
    /// Its name, as in `struct pt_regs` with an `r`.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

const ALL: [Register; 17] = [
    Register::Rax,
    Register::Rbx,
    Register::Rcx,
    Register::Rdx,
    Register::Rsi,
    Register::Rdi,
    Register::Rbp,
    Register::Rsp,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
    Register::R12,
    Register::R13,
    Register::R14,
    Register::R15,
    Register::Rip,
];
const NAMES: [&str; 17] = [
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15", "rip",
];

/// Every argument of a note. `address` gives the distance of a symbol from the probe's own place.
pub fn parse(text: &str, address: &dyn Fn(&str) -> Option<i64>) -> Vec<Result<Argument, String>> {
    let argument = |word: &str| argument(word, address).ok_or_else(|| word.to_owned());
    text.split_ascii_whitespace().map(argument).collect()
}

fn argument(word: &str, address: &dyn Fn(&str) -> Option<i64>) -> Option<Argument> {
    let (size, place) = word.split_once('@')?;
    let (signed, size) = match size.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, size),
    };
    let size = match size {
        "1" => 1,
        "2" => 2,
        "4" => 4,
        "8" => 8,
        _ => return None,
    };
    let operand = if let Some(number) = place.strip_prefix('$') {
        Operand::Constant(number_of(number)?)
    } else if let Some(name) = place.strip_prefix('%') {
        let (register, shift) = register(name)?;
        Operand::Register { register, shift }
    } else {
        memory(place, address)?
    };
    Some(Argument { size, signed, operand })
}

/// `DISPLACEMENT(BASE,INDEX,SCALE)`, each part of which may be absent.
fn memory(text: &str, address: &dyn Fn(&str) -> Option<i64>) -> Option<Operand> {
    let (before, inner) = match text.split_once('(') {
        Some((before, rest)) => (before, rest.strip_suffix(')')?),
        None => (text, ""),
    };
    let mut parts = inner.split(',');
    let whole = |part: Option<&str>| match part.map(str::trim).unwrap_or_default() {
        "" => Some(None),
        part => match register(part.strip_prefix('%')?)? {
            (register, 0) => Some(Some(register)),
            _ => None,
        },
    };
    let base = whole(parts.next())?;
    let index = whole(parts.next())?;
    let scale = match parts.next().map(str::trim) {
        None | Some("") | Some("1") => 1,
        Some("2") => 2,
        Some("4") => 4,
        Some("8") => 8,
        Some(_) => return None,
    };
    if parts.next().is_some() || (base.is_none() && index.is_none()) {
        // An absolute address, which only programs that are not moved have.
        return None;
    }
    let offset = match (before, base) {
        ("", _) => 0,
        (_, Some(Register::Rip)) => symbolic(before, address)?,
        _ => sum(before)?,
    };
    Some(Operand::Memory { base, index, scale, offset })
}

/// `symbol`, `symbol+8`, `8+symbol`: from the probe's own place.
fn symbolic(text: &str, address: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    let mut total = 0i64;
    let mut symbols = 0;
    for (sign, part) in terms(text) {
        match number_of(part) {
            Some(number) => total = total.checked_add(number.checked_mul(sign)?)?,
            None if sign > 0 => {
                total = total.checked_add(address(part)?)?;
                symbols += 1;
            }
            None => return None,
        }
    }
    (symbols == 1).then_some(total)
}

/// Numbers added and subtracted, as the compiler writes `-8+4(%rbp)`.
fn sum(text: &str) -> Option<i64> {
    let mut total = 0i64;
    for (sign, part) in terms(text) {
        total = total.checked_add(number_of(part)?.checked_mul(sign)?)?;
    }
    Some(total)
}

fn terms(text: &str) -> Vec<(i64, &str)> {
    let mut all = Vec::new();
    let mut sign = 1;
    let mut start = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| "+-".contains(*c)) {
        if at > start {
            all.push((sign, &text[start..at]));
        }
        sign = if c == '-' { -1 } else { 1 };
        start = at + 1;
    }
    all.push((sign, &text[start..]));
    all
}

fn number_of(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse::<u64>(),
    };
    let value = value.ok()? as i64;
    Some(if negative { value.wrapping_neg() } else { value })
}

/// A register by any of its names, and how far right of it the value is.
fn register(name: &str) -> Option<(Register, u8)> {
    if let Some(at) = NAMES.iter().position(|own| *own == name) {
        return Some((ALL[at], 0));
    }
    let whole = |at: usize| Some((ALL[at], 0));
    // r8d, r8w, r8b.
    if let Some(number) = name.strip_prefix('r') {
        let number = number.strip_suffix(['d', 'w', 'b'])?;
        let at = NAMES.iter().position(|own| own[1..] == *number)?;
        return if at >= 8 { whole(at) } else { None };
    }
    if name == "eip" {
        return None;
    }
    // eax, ax, and the bytes.
    let find = |stem: &str| NAMES[..8].iter().position(|own| own[1..] == *stem);
    if let Some(at) = name.strip_prefix('e').and_then(find).or_else(|| find(name)) {
        return whole(at);
    }
    let letters = name.as_bytes();
    match letters {
        [b'a'..=b'd', b'l'] => whole(find(&format!("{}x", letters[0] as char))?),
        [b'a'..=b'd', b'h'] => Some((ALL[find(&format!("{}x", letters[0] as char))?], 8)),
        [_, _, b'l'] => whole(find(&name[..2])?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Register::*;
    use proptest::prelude::*;

    fn one(text: &str) -> Option<Argument> {
        argument(text, &|name| (name == "counter").then_some(0x100))
    }

    #[test]
    fn every_form_of_the_compiler() {
        let register = |register, shift| Operand::Register { register, shift };
        let at = |base, offset| Operand::Memory { base: Some(base), index: None, scale: 1, offset };
        for (text, size, signed, operand) in [
            ("-4@$-5", 4, true, Operand::Constant(-5)),
            ("8@$0xffffffffffffffff", 8, false, Operand::Constant(-1)),
            ("8@%rdi", 8, false, register(Rdi, 0)),
            ("-4@%eax", 4, true, register(Rax, 0)),
            ("2@%ax", 2, false, register(Rax, 0)),
            ("1@%al", 1, false, register(Rax, 0)),
            ("-1@%dh", 1, true, register(Rdx, 8)),
            ("1@%sil", 1, false, register(Rsi, 0)),
            ("1@%bpl", 1, false, register(Rbp, 0)),
            ("4@%r8d", 4, false, register(R8, 0)),
            ("2@%r15w", 2, false, register(R15, 0)),
            ("1@%r10b", 1, false, register(R10, 0)),
            ("-4@-20(%rbp)", 4, true, at(Rbp, -20)),
            ("8@(%rax)", 8, false, at(Rax, 0)),
            ("8@-8+4(%rsp)", 8, false, at(Rsp, -4)),
            ("4@counter(%rip)", 4, false, at(Rip, 0x100)),
            ("4@counter+4(%rip)", 4, false, at(Rip, 0x104)),
            (
                "8@8(%rax,%rbx,4)",
                8,
                false,
                Operand::Memory { base: Some(Rax), index: Some(Rbx), scale: 4, offset: 8 },
            ),
            (
                "8@16(,%rcx,8)",
                8,
                false,
                Operand::Memory { base: None, index: Some(Rcx), scale: 8, offset: 16 },
            ),
        ] {
            assert_eq!(one(text), Some(Argument { size, signed, operand }), "{text}");
        }
        for text in [
            "",
            "8",
            "8@",
            "3@%rax",
            "8f@%xmm0",
            "8@%xmm0",
            "8@$",
            "8@$x",
            "8@(%rax",
            "8@(%ah)",
            "4@other(%rip)",
            "4@counter",
            "8@(%rax,%rbx,3)",
            "8@%rdil",
            "1@%r8h",
            "8@1,2(%rax)",
            "8@(%rax,%rbx,1,1)",
            "8@a(%rax)",
            "8@%es:(%rax)",
        ] {
            assert_eq!(one(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-0-9$%@(),+a-z ]{0,30}") {
            parse(&text, &|_| None);
        }
    }
}
