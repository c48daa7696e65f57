//! C declarations: `struct`, `union`, `enum` and `typedef`, with attributes `packed` and `aligned`.

use std::ops::Range;

use super::layout::{Attributes, Layout, SIZE_MAX, size_of};
use super::lex::{Kind, Token, lex};
use super::{CType, Fault, Member, Struct, Types};
use crate::expr::{Int, Style, Type};

/// Bound on everything that nests.
const DEPTH_MAX: u32 = 64;
/// Pointers to pointers.
const STARS_MAX: u32 = 16;
/// Declarators in brackets within each other.
const BRACKETS_MAX: u32 = 4;
/// Members and types of one text together.
const PARTS_MAX: usize = 20_000;

/// Parses a text of declarations.
pub fn parse(text: &str) -> Result<Types, Fault> {
    let tokens = lex(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        end: text.len(),
        depth: 0,
        parts: 0,
        brackets: 0,
        open: Vec::new(),
        types: Types::default(),
    };
    while parser.peek().is_some() {
        if !parser.eat(';') {
            parser.declaration()?;
        }
    }
    Ok(parser.types)
}

pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    end: usize,
    depth: u32,
    parts: usize,
    /// Declarators in brackets that are open: each is gone through twice.
    brackets: u32,
    /// Structures whose members are being declared.
    open: Vec<usize>,
    types: Types,
}

/// A declared name and its type.
struct Declared {
    name: String,
    ty: CType,
    range: Range<usize>,
    attributes: Attributes,
}

/// The part of a declarator that stands behind its name.
enum Suffix {
    Array(Option<u64>),
    Function,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    pub(super) fn next(&mut self) {
        self.next += 1;
    }

    pub(super) fn here(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.end..self.end, |token| token.range.clone())
    }

    pub(super) fn types(&self) -> &Types {
        &self.types
    }

    pub(super) fn enumerator(&self, name: &str) -> Option<i128> {
        self.types.constant(name).map(|(value, _)| value)
    }

    pub(super) fn eat(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Kind::Sign(sign));
        self.next += usize::from(found);
        found
    }

    /// Eats all of the signs if they follow.
    pub(super) fn eat_all(&mut self, signs: &str) -> bool {
        let follows = |(index, sign): (usize, char)| {
            let token = self.tokens.get(self.next + index);
            token.is_some_and(|token| token.kind == Kind::Sign(sign))
        };
        let found = signs.chars().enumerate().all(follows);
        self.next += if found { signs.len() } else { 0 };
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Word(own)) if own == word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn demand(&mut self, sign: char) -> Result<(), Fault> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        let message = match self.peek() {
            None => format!("the declarations end where {expected} should follow"),
            Some(_) => format!("expected {expected}"),
        };
        Fault::new(self.here(), message)
    }

    fn fault<T>(&self, range: Range<usize>, message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::new(range, message))
    }

    /// The fault of `ty`, which has no size.
    fn sizeless<T>(&self, range: Range<usize>, ty: &CType) -> Result<T, Fault> {
        match ty {
            CType::Array(of, _) => self.sizeless(range, of),
            CType::Record(index) if self.open.contains(index) => {
                let name = match self.types.records[*index].name.as_str() {
                    "" => "a structure without a name".to_owned(),
                    name => format!("`{name}`"),
                };
                let fault = Fault::new(range, format!("{name} would hold itself"));
                Err(Fault { recursive: true, ..fault })
            }
            _ => self.fault(range, "its type has no size: not declared yet, or too large"),
        }
    }

    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => self.fault(self.here(), "this is nested too deeply"),
            false => Ok(()),
        }
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    fn count(&mut self) -> Result<(), Fault> {
        self.parts += 1;
        match self.parts > PARTS_MAX {
            true => self.fault(self.here(), format!("more than {PARTS_MAX} members and types")),
            false => Ok(()),
        }
    }

    fn declaration(&mut self) -> Result<(), Fault> {
        let is_typedef = self.word("typedef");
        let (base, _) = self.specifiers()?;
        if self.eat(';') {
            return Ok(());
        }
        if !is_typedef {
            let message = "only types are declared here; variables and functions are not";
            return self.fault(self.here(), message);
        }
        loop {
            let declared = self.declarator(base.clone(), false)?;
            if declared.attributes != Attributes::default() {
                return self.fault(declared.range, "attributes of a typedef are not supported");
            }
            self.count()?;
            if let CType::Record(index) = &declared.ty
                && let Some(record) = self.types.records.get_mut(*index)
                && record.name.is_empty()
            {
                record.name = declared.name.clone();
            }
            self.define(declared.name, declared.ty, declared.range)?;
            if !self.eat(',') {
                return self.demand(';');
            }
        }
    }

    fn define(&mut self, name: String, ty: CType, range: Range<usize>) -> Result<(), Fault> {
        match self.types.names.insert(name.clone(), ty.clone()) {
            Some(before) if before != ty => {
                self.fault(range, format!("`{name}` is declared twice, and differently"))
            }
            _ => Ok(()),
        }
    }

    /// A type without a name, as in `sizeof(type)`.
    pub(super) fn type_name(&mut self) -> Result<CType, Fault> {
        let (base, _) = self.specifiers()?;
        Ok(self.declarator(base, true)?.ty)
    }

    /// What stands before the declarators.
    fn specifiers(&mut self) -> Result<(CType, Attributes), Fault> {
        let start = self.here();
        let mut words: Vec<String> = Vec::new();
        let mut found: Option<CType> = None;
        let mut attributes = Attributes::default();
        loop {
            attributes = self.attributes(attributes)?;
            let Some(Kind::Word(word)) = self.peek().cloned() else { break };
            match word.as_str() {
                "const" | "volatile" | "restrict" | "__restrict" | "__extension__" => self.next(),
                "struct" | "union" if found.is_none() && words.is_empty() => {
                    self.next();
                    found = Some(self.record(word == "union")?);
                }
                "enum" if found.is_none() && words.is_empty() => {
                    self.next();
                    found = Some(self.enumeration()?);
                }
                "void" | "char" | "short" | "int" | "long" | "signed" | "unsigned" | "bool"
                | "_Bool" | "float" | "double" | "__int128" | "_Float128" | "__float128"
                    if found.is_none() =>
                {
                    self.next();
                    words.push(word);
                }
                "static" | "extern" | "inline" | "register" | "auto" | "_Thread_local"
                | "_Complex" | "_Atomic" | "typeof" | "__typeof__" | "typedef" => {
                    return self.fault(self.here(), format!("`{word}` has no place here"));
                }
                _ if found.is_none() && words.is_empty() => {
                    found = Some(self.named(&word)?);
                    self.next();
                }
                _ => break,
            }
        }
        match (found, words.is_empty()) {
            (Some(ty), _) => Ok((ty, attributes)),
            (None, true) => Err(self.unexpected("a type")),
            (None, false) => match basic(&words) {
                Some(ty) => Ok((ty, attributes)),
                None => self.fault(start, format!("`{}` is no type", words.join(" "))),
            },
        }
    }

    /// A typedef of this text, or one that everybody has.
    fn named(&self, name: &str) -> Result<CType, Fault> {
        if let Some(ty) = self.types.names.get(name) {
            return Ok(ty.clone());
        }
        match Type::named_integer(name) {
            Some(Type::Int(int)) => Ok(CType::Int(int)),
            _ => self.fault(self.here(), format!("there is no type `{name}` here")),
        }
    }

    /// Behind `struct` or `union`.
    fn record(&mut self, is_union: bool) -> Result<CType, Fault> {
        self.enter()?;
        let mut attributes = self.attributes(Attributes::default())?;
        let keyword = if is_union { "union" } else { "struct" };
        let range = self.here();
        let tag = match self.peek().cloned() {
            Some(Kind::Word(tag)) => {
                self.next();
                Some(format!("{keyword} {tag}"))
            }
            _ => None,
        };
        let index = match tag.as_ref().and_then(|tag| self.types.names.get(tag)) {
            Some(CType::Record(index)) => *index,
            _ => {
                self.count()?;
                let index = self.types.records.len();
                let name = tag.clone().unwrap_or_default();
                self.types.records.push(Struct {
                    name,
                    is_union,
                    size: 0,
                    align: 1,
                    members: Vec::new(),
                    complete: false,
                });
                if let Some(tag) = &tag {
                    self.types.names.insert(tag.clone(), CType::Record(index));
                }
                index
            }
        };
        if !self.eat('{') {
            if tag.is_none() {
                return Err(self.unexpected("a name or `{`"));
            }
            self.leave();
            return Ok(CType::Record(index));
        }
        if self.types.records[index].complete {
            let tag = tag.unwrap_or_default();
            return self.fault(range, format!("`{tag}` is declared twice"));
        }
        // Attributes behind the brace count for the members before them.
        attributes = self.attributes_behind(attributes)?;
        let mut layout = Layout::new(is_union, attributes.packed);
        let mut members = Vec::new();
        self.open.push(index);
        while !self.eat('}') {
            self.members(&mut layout, attributes.packed, &mut members)?;
        }
        self.open.pop();
        self.attributes(Attributes::default())?;
        let (size, align) = layout.finish(attributes.aligned);
        members.iter_mut().for_each(|member| keep_within(member, size));
        let record = &mut self.types.records[index];
        (record.size, record.align, record.members, record.complete) = (size, align, members, true);
        self.leave();
        Ok(CType::Record(index))
    }

    /// The attributes behind the `}` that closes the braces which are open here.
    fn attributes_behind(&mut self, before: Attributes) -> Result<Attributes, Fault> {
        let start = self.next;
        let mut open = 1;
        while open > 0 {
            match self.peek() {
                None => return Err(self.unexpected("`}`")),
                Some(Kind::Sign('{')) => open += 1,
                Some(Kind::Sign('}')) => open -= 1,
                _ => {}
            }
            self.next();
        }
        let all = self.attributes(before);
        self.next = start;
        all
    }

    /// One declaration of members.
    fn members(
        &mut self,
        layout: &mut Layout,
        packed: bool,
        members: &mut Vec<Member>,
    ) -> Result<(), Fault> {
        let start = self.here();
        let (base, own) = self.specifiers()?;
        if self.eat(';') {
            return match &base {
                CType::Record(index) if self.types.records[*index].name.is_empty() => {
                    self.place(layout, members, String::new(), base.clone(), own, start)
                }
                _ => self.fault(start, "this declares no member"),
            };
        }
        loop {
            if self.eat(':') {
                self.bitfield(layout, members, String::new(), base.clone(), packed, start.clone())?;
            } else {
                let declared = self.declarator(base.clone(), false)?;
                let Declared { name, ty, range, attributes } = declared;
                if members.iter().any(|member| member.name == name) {
                    return self.fault(range, format!("two members are called `{name}`"));
                }
                if self.eat(':') {
                    self.bitfield(layout, members, name, ty, packed, range)?;
                } else {
                    let aligned = own.aligned.max(attributes.aligned);
                    let packed = own.packed || attributes.packed;
                    let own = Attributes { packed, aligned };
                    self.place(layout, members, name, ty, own, range)?;
                }
            }
            if !self.eat(',') {
                return self.demand(';');
            }
        }
    }

    fn place(
        &mut self,
        layout: &mut Layout,
        members: &mut Vec<Member>,
        name: String,
        ty: CType,
        own: Attributes,
        range: Range<usize>,
    ) -> Result<(), Fault> {
        self.count()?;
        let Some((size, align)) = size_of(&self.types, &ty) else {
            return self.sizeless(range, &ty);
        };
        match layout.member(size, align, own) {
            Some(offset) => {
                members.push(Member::whole(name, ty, offset));
                Ok(())
            }
            None => self.fault(range, format!("more than {SIZE_MAX} bytes")),
        }
    }

    fn bitfield(
        &mut self,
        layout: &mut Layout,
        members: &mut Vec<Member>,
        name: String,
        ty: CType,
        packed: bool,
        range: Range<usize>,
    ) -> Result<(), Fault> {
        self.count()?;
        let CType::Int(int) = ty else { return self.fault(range, "a bitfield is an integer") };
        let at = self.here();
        let width = self.constant()?;
        let widest = if int.style == Style::Bool { 1 } else { i128::from(int.bits) };
        let least = i128::from(!name.is_empty());
        if !(least..=widest).contains(&width) {
            return self.fault(at, format!("the width of a bitfield here is {least} to {widest}"));
        }
        let own = self.attributes(Attributes::default())?;
        if own != Attributes::default() {
            return self.fault(at, "attributes of a bitfield are not supported");
        }
        let place = layout.bitfield(width as u32, u64::from(int.bits / 8), !name.is_empty());
        match place {
            _ if name.is_empty() => Ok(()),
            Some((offset, start)) => {
                // A packed one is read by the bytes that it touches, so as not to read past the end.
                let bits = if packed { narrowest(start + width as u32) } else { int.bits };
                let ty = CType::Int(Int { bits, ..int });
                members.push(Member { name, ty, offset, bits: Some((start, width as u32)) });
                Ok(())
            }
            None => {
                self.fault(range, "this bitfield lies across two units, which is not supported")
            }
        }
    }

    /// Pointers, name and what follows; `abstract` ones have no name.
    fn declarator(&mut self, base: CType, is_abstract: bool) -> Result<Declared, Fault> {
        self.enter()?;
        let mut ty = base;
        let mut stars = 0;
        loop {
            if self.eat('*') {
                stars += 1;
                if stars > STARS_MAX {
                    return self.fault(self.here(), "too many pointers");
                }
                ty = CType::Pointer(Box::new(ty));
            } else if !["const", "volatile", "restrict", "__restrict"]
                .iter()
                .any(|word| self.word(word))
            {
                break;
            }
        }
        let range = self.here();
        // `(*name)`: the inner part wraps what the suffixes make.
        let inner = match self.tokens.get(self.next + 1).map(|token| &token.kind) {
            Some(Kind::Sign('*')) if self.peek() == Some(&Kind::Sign('(')) => {
                self.next();
                self.brackets += 1;
                if self.brackets > BRACKETS_MAX {
                    return self.fault(range, "declarators are nested too deeply");
                }
                let start = self.next;
                self.declarator(CType::Void, is_abstract)?;
                self.demand(')')?;
                Some(start)
            }
            _ => None,
        };
        let name = match self.peek().cloned() {
            Some(Kind::Word(name)) if inner.is_none() && !is_abstract => {
                self.next();
                name
            }
            _ if inner.is_some() || is_abstract => String::new(),
            _ => return Err(self.unexpected("a name")),
        };
        let mut suffixes = Vec::new();
        loop {
            if self.eat('[') {
                suffixes.push(Suffix::Array(self.length()?));
            } else if self.eat('(') {
                self.skip_parameters()?;
                suffixes.push(Suffix::Function);
            } else {
                break;
            }
        }
        for suffix in suffixes.into_iter().rev() {
            ty = match suffix {
                Suffix::Function => CType::Function,
                Suffix::Array(len) => {
                    let array = CType::Array(Box::new(ty), len.unwrap_or(0));
                    let sized = size_of(&self.types, &array).is_some();
                    if !sized && inner.is_none() {
                        return self.sizeless(range, &array);
                    }
                    if !sized {
                        return self.fault(range, "its elements have no size, or it is too large");
                    }
                    array
                }
            };
        }
        let attributes = self.attributes(Attributes::default())?;
        let declared = match inner {
            None => Declared { name, ty, range, attributes },
            Some(start) => {
                let end = std::mem::replace(&mut self.next, start);
                let inner = self.declarator(ty, is_abstract)?;
                self.next = end;
                self.brackets -= 1;
                Declared { attributes, ..inner }
            }
        };
        self.leave();
        Ok(declared)
    }

    fn length(&mut self) -> Result<Option<u64>, Fault> {
        if self.eat(']') {
            return Ok(None);
        }
        let range = self.here();
        let length = self.constant()?;
        self.demand(']')?;
        match u64::try_from(length).ok().filter(|length| *length <= SIZE_MAX) {
            Some(length) => Ok(Some(length)),
            None => self.fault(range, format!("{length} is no length of an array")),
        }
    }

    /// Up to the `)` that belongs to the `(` before.
    fn skip_parameters(&mut self) -> Result<(), Fault> {
        let mut open = 1;
        while open > 0 {
            match self.peek() {
                None => return Err(self.unexpected("`)`")),
                Some(Kind::Sign('(')) => open += 1,
                Some(Kind::Sign(')')) => open -= 1,
                _ => {}
            }
            self.next();
        }
        Ok(())
    }

    /// Behind `enum`.
    fn enumeration(&mut self) -> Result<CType, Fault> {
        let range = self.here();
        self.attributes(Attributes::default())?;
        let tag = match self.peek().cloned() {
            Some(Kind::Word(tag)) => {
                self.next();
                Some(format!("enum {tag}"))
            }
            _ => None,
        };
        if !self.eat('{') {
            let known = tag.as_ref().and_then(|tag| self.types.names.get(tag));
            return match (known, tag.as_ref()) {
                (Some(ty), _) => Ok(ty.clone()),
                (None, Some(tag)) => self.fault(range, format!("there is no `{tag}` here")),
                (None, None) => Err(self.unexpected("a name or `{`")),
            };
        }
        let (mut least, mut greatest, mut value) = (0, 0, -1);
        let mut names = Vec::new();
        while !self.eat('}') {
            self.count()?;
            let at = self.here();
            let Some(Kind::Word(name)) = self.peek().cloned() else {
                return Err(self.unexpected("a name"));
            };
            self.next();
            value = if self.eat('=') { self.constant()? } else { value + 1 };
            if i64::try_from(value).is_err() && u64::try_from(value).is_err() {
                return self.fault(at, "its value does not fit");
            }
            (least, greatest) = (least.min(value), greatest.max(value));
            let int = Int::number(32, true);
            let known = self.types.constants.insert(name.clone(), (value, int));
            if known.is_some_and(|(known, _)| known != value) {
                let message = format!("`{name}` is declared twice, and differently");
                return self.fault(at, message);
            }
            names.push(name);
            if !self.eat(',') && self.peek() != Some(&Kind::Sign('}')) {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        let after = self.attributes(Attributes::default())?;
        if after != Attributes::default() {
            return self.fault(range, "attributes of an enum are not supported");
        }
        let signed = least < 0;
        let limit = if signed { i128::from(i32::MAX) } else { i128::from(u32::MAX) };
        let wide = least < i128::from(i32::MIN) || greatest > limit;
        let int = Int::number(if wide { 64 } else { 32 }, signed);
        for name in &names {
            self.types.constants.entry(name.clone()).and_modify(|(_, of)| *of = int);
        }
        let ty = CType::Int(int);
        if let Some(tag) = tag {
            self.define(tag, ty.clone(), range)?;
        }
        Ok(ty)
    }

    /// `__attribute__((packed, aligned(8)))`, as many as follow, added to those `before`.
    fn attributes(&mut self, before: Attributes) -> Result<Attributes, Fault> {
        let mut all = before;
        while self.word("__attribute__") || self.word("__attribute") {
            self.demand('(')?;
            self.demand('(')?;
            while !self.eat(')') {
                let range = self.here();
                let Some(Kind::Word(word)) = self.peek().cloned() else {
                    return Err(self.unexpected("an attribute"));
                };
                self.next();
                match word.as_str() {
                    "packed" | "__packed__" => all.packed = true,
                    "aligned" | "__aligned__" => {
                        let mut aligned = 16;
                        if self.eat('(') {
                            aligned = self.constant()?;
                            self.demand(')')?;
                        }
                        let aligned = u64::try_from(aligned).unwrap_or_default();
                        if !aligned.is_power_of_two() || aligned > 1 << 16 {
                            return self.fault(range, "an alignment is a power of two up to 65536");
                        }
                        all.aligned = all.aligned.max(aligned);
                    }
                    other => {
                        let message = format!("the attribute `{other}` is not supported");
                        return self.fault(range, message);
                    }
                }
                self.eat(',');
            }
            self.demand(')')?;
        }
        Ok(all)
    }
}

/// Moves the unit of a packed bitfield back where it would end behind the structure.
fn keep_within(member: &mut Member, size: u64) {
    let (Some((start, _)), CType::Int(int)) = (&mut member.bits, &member.ty) else { return };
    let end = member.offset + u64::from(int.bits / 8);
    let over = end.saturating_sub(size);
    if (1..=member.offset).contains(&over) {
        member.offset -= over;
        *start += over as u32 * 8;
    }
}

/// The narrowest integer that holds so many bits.
fn narrowest(bits: u32) -> u8 {
    [8, 16, 32].into_iter().find(|width| bits <= u32::from(*width)).unwrap_or(64)
}

/// The type that keywords make, in any order.
fn basic(words: &[String]) -> Option<CType> {
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
