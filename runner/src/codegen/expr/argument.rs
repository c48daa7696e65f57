//! A hook's arguments: where the program finds them in its context.

use crate::expr::{Arg, ArgPlace, Int, Type};
use crate::facts::elf::{Operand, Register};

use super::text::{Strength, Text, narrowed, rust_int};
use super::{rust_type, space_name};

/// The value of `arg` in the Rust type of `ty`; `step` tells a read of it from others.
pub fn argument(arg: &Arg, ty: &Type, step: &str) -> Text {
    let ty_name = rust_type(ty);
    match arg.place {
        ArgPlace::Register(n) => narrowed(Text::atom(format!("ctx.arg({n})")), "u64", &ty_name),
        ArgPlace::Part { register, offset } => {
            let word = Text::atom(format!("ctx.arg({register})"));
            let part = match offset {
                0 => word,
                _ => Text::new(format!("{} >> {}", word.text, offset * 8), Strength::Shift),
            };
            narrowed(part, "u64", &ty_name)
        }
        // As wide as it is: what stands above it in its word is left to chance.
        ArgPlace::Stack { word, space } => {
            let (space, offset) = (space_name(space), 8 + 8 * u32::from(word));
            Text::atom(format!("{space}::<{ty_name}>(ctx.sp() + {offset}){step}?"))
        }
        ArgPlace::Copied(n) => narrowed(Text::atom(format!("ctx.copied({n})")), "u64", &ty_name),
        ArgPlace::Field { offset, size } => {
            // The field's own width; its C type may be narrower.
            let signed = ty_name.starts_with('i');
            let own = rust_int(Int::number(size as u8 * 8, signed));
            narrowed(Text::atom(format!("ctx.field::<{own}, {offset}>()")), &own, &ty_name)
        }
        ArgPlace::DataLoc { offset } => Text::atom(format!("ctx.data_loc::<{offset}>().0")),
        ArgPlace::Inline { offset, .. } => Text::atom(format!("ctx.address({offset})")),
        ArgPlace::Operand { size, signed, operand } => {
            operand_value(size, signed, operand, ty, step)
        }
    }
}

/// What stands at an operand of a static probe: so many bytes of it, in the type `ty`.
fn operand_value(size: u8, signed: bool, operand: Operand, ty: &Type, step: &str) -> Text {
    let ty_name = rust_type(ty);
    let own = rust_int(Int::number(size * 8, signed));
    let register = |register: Register| format!("ctx.{}()", register.name());
    match operand {
        Operand::Constant(value) => {
            // Cut to the argument's width, as the register would be.
            let shift = 64 - u32::from(size) * 8;
            let value = (value as u64) << shift;
            let text = match own.starts_with('i') {
                true => format!("{}{own}", value as i64 >> shift),
                false => format!("{}{own}", value >> shift),
            };
            let strength = if text.starts_with('-') { Strength::Unary } else { Strength::Atom };
            narrowed(Text::new(text, strength), &own, &ty_name)
        }
        Operand::Register { register: name, shift } => {
            let whole = Text::atom(register(name));
            let value = match shift {
                0 => whole,
                shift => Text::new(format!("{} >> {shift}", whole.text), Strength::Shift),
            };
            let value = narrowed(value, "u64", &own);
            narrowed(value, &own, &ty_name)
        }
        Operand::Memory { base, index, scale, offset } => {
            let mut parts: Vec<String> = base.map(register).into_iter().collect();
            parts.extend(index.map(|index| match scale {
                1 => register(index),
                scale => format!("{} * {scale}", register(index)),
            }));
            let mut address = parts.join(" + ");
            match offset {
                0 => {}
                1.. => address.push_str(&format!(" + {offset}")),
                _ => address.push_str(&format!(" - {}", offset.unsigned_abs())),
            }
            narrowed(Text::atom(format!("user::<{own}>({address}){step}?")), &own, &ty_name)
        }
    }
}
