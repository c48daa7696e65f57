//! Types that are made of keywords alone.

use crate::cdecl::CType;
use crate::expr::{Int, Style};

/// The type that keywords make, in any order.
pub fn basic(words: &[String]) -> Option<CType> {
    let count = |word: &str| words.iter().filter(|own| *own == word).count();
    let (signed, unsigned, long) = (count("signed"), count("unsigned"), count("long"));
    let rest: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !["signed", "unsigned", "long"].contains(word))
        .collect();
    if signed + unsigned > 1 || long > 2 {
        return None;
    }
    let int = |bits| Some(CType::Int(Int::number(bits, unsigned == 0)));
    match (rest.as_slice(), long) {
        (["void"], 0) if signed + unsigned == 0 => Some(CType::Void),
        (["char"], 0) if signed + unsigned == 0 => {
            Some(CType::Int(Int { bits: 8, signed: true, style: Style::Char }))
        }
        (["char"], 0) => int(8),
        (["bool" | "_Bool"], 0) if signed + unsigned == 0 => {
            Some(CType::Int(Int { bits: 8, signed: false, style: Style::Bool }))
        }
        (["short"] | ["short", "int"] | ["int", "short"], 0) => int(16),
        (["int"] | [], 0) => int(32),
        (["int"] | [], 1 | 2) => int(64),
        (["float"], 0) if signed + unsigned == 0 => Some(CType::Opaque("float", 4)),
        (["double"], 0) if signed + unsigned == 0 => Some(CType::Opaque("double", 8)),
        (["double"], 1) if signed + unsigned == 0 => Some(CType::Opaque("long double", 16)),
        (["__int128"], 0) => Some(CType::Opaque("__int128", 16)),
        (["_Float128" | "__float128"], 0) => Some(CType::Opaque("_Float128", 16)),
        _ => None,
    }
}
