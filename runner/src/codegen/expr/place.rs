//! Places in memory: their addresses, and reads of what stands there.

use crate::expr::{Bitfield, Element, Member, Node, Space, Type, Typed};

use super::text::{Block, OPERANDS_MAX, Strength, Text, hint, is_name, named, narrowed};
use super::{Writer, rust_type, space_name};

impl Writer<'_> {
    /// Whose memory a place is in, and its address.
    pub(super) fn place(&mut self, typed: &Typed, block: &mut Block) -> (Space, Text) {
        match &typed.node {
            Node::Member(member) => (member.space, self.address(member, block)),
            Node::Deref { address, space } => (*space, self.value(address, block)),
            // Typing takes no other node for a place.
            _ => (Space::Kernel, Text::atom("0")),
        }
    }

    /// The value at a place, or, of what is not one value, its address.
    pub(super) fn read(&mut self, typed: &Typed, block: &mut Block) -> Text {
        if let Node::Member(member @ Member { bits: Some(bits), .. }) = &typed.node {
            return self.bitfield(member, *bits, typed, block);
        }
        let (space, address) = self.place(typed, block);
        let (space, step) = (space_name(space), self.step(typed));
        match &typed.ty {
            Type::Int(_) => {
                Text::atom(format!("{space}::<{}>({}){step}?", rust_type(&typed.ty), address.text))
            }
            Type::Pointer(..) => {
                let read = format!("{space}({}){step}?", address.text);
                if let Some((_, name)) = block.known.iter().find(|(known, _)| *known == read) {
                    return Text::atom(name.clone());
                }
                let name = block.names.unique(hint(typed));
                block.lines.push(format!("let {name}: u64 = {read};"));
                block.known.push((read, name.clone()));
                Text::atom(name)
            }
            _ => address,
        }
    }

    /// A bitfield: as many bytes as cover it, with the other bits shifted out.
    fn bitfield(
        &mut self,
        member: &Member,
        bits: Bitfield,
        typed: &Typed,
        block: &mut Block,
    ) -> Text {
        let address = self.address(member, block);
        let address = if is_name(&address.text) { address } else { named(address, "bits", block) };
        let signed = typed.int().is_some_and(|int| int.signed);
        let (wide, sign) = if signed { ("i64", "signed_") } else { ("u64", "") };
        let (call, place) = match bits {
            // Little endian: the upper bits of the last byte are the field's upper bits.
            Bitfield::At(first, width) => {
                let end = first + width;
                let down = u64::BITS.saturating_sub(width);
                match u64::BITS.checked_sub(end) {
                    Some(up) => ("bits", format!("{}, {up}, {down}", end.div_ceil(8))),
                    // Of a packed structure: one byte more than a word.
                    None => ("wide_bits", format!("{first}, {down}")),
                }
            }
            // Names of structures and members are long: one line each.
            Bitfield::Asked => {
                let functions = self.symbols.bits(&member.record, &member.path);
                let mut shift = |name: &str, function: &str| {
                    named(Text::atom(format!("{function}()")), name, block).text
                };
                let [size, left, right] = &functions;
                let (size, left) = (shift("size", size), shift("left", left));
                ("bits", format!("{size}, {left}, {}", shift("right", right)))
            }
        };
        let call = format!(
            "{}_{sign}{call}({}, {place}){}?",
            space_name(member.space),
            address.text,
            self.step(typed)
        );
        narrowed(Text::atom(call), wide, &rust_type(&typed.ty))
    }

    fn address(&mut self, member: &Member, block: &mut Block) -> Text {
        let base = self.value(&member.base, block);
        let base = match base.text.len() > OPERANDS_MAX / 2 && !is_name(&base.text) {
            true => named(base, hint(&member.base), block),
            false => base,
        };
        let base = base.at_least(Strength::Sum);
        match member.offset {
            Some(0) => return Text::new(base, Strength::Sum),
            Some(offset) => return Text::new(format!("{base} + {offset}"), Strength::Sum),
            None => {}
        }
        let symbol = self.symbols.offset(&member.record, &member.path);
        Text::new(format!("{base} + {symbol}()"), Strength::Sum)
    }

    /// The address of an element, by an index that may be outside.
    pub(super) fn element(&mut self, element: &Element, step: &str, block: &mut Block) -> Text {
        let parts = [
            (&element.array, "array"),
            (&element.index, "index"),
            (&element.size, "size"),
            (&element.total, "total"),
        ];
        let texts = parts.map(|(part, name)| {
            let text = match part.node {
                Node::Int(value) => Text::atom(value.to_string()),
                _ => self.value(part, block),
            };
            // All four must fit into one line.
            match text.text.len() > OPERANDS_MAX / 4 {
                true => named(text, name, block).text,
                false => text.text,
            }
        });
        Text::atom(format!("element({}){step}?", texts.join(", ")))
    }
}
