//! The names and types that a resolved hook brings into its expressions.

use crate::expr::{ArgPlace, Int, Named, Scope, Space, Type};
use crate::facts::btf::{Btf, Kind, TypeId};
use crate::facts::{Facts, TracepointField, TracepointFormat};
use crate::hook::HookKind;

use super::passing::{ON_STACK, Passing};

/// Arguments that a tracepoint can have (`MAX_BPF_FUNC_ARGS` in the kernel).
const RAW_MAX: u8 = 12;

/// The scope of a kernel function's hook.
pub fn function(
    hook: String,
    kind: HookKind,
    offset: u64,
    proto: &Result<TypeId, String>,
    facts: &dyn Facts,
) -> Scope {
    let known = match (proto, facts.btf()) {
        (Ok(proto), Ok(btf)) => Ok((btf, *proto)),
        (Err(why), _) => Err(why.clone()),
        (_, Err(fault)) => Err(fault.to_string()),
    };
    let args = match (&known, kind, offset) {
        (Err(why), ..) => Err(why.clone()),
        (_, _, 1..) => Err("within the function they may have left their registers".into()),
        (_, HookKind::Kretprobe, _) => {
            Err("at the return their registers hold something else; use a `func:` hook".into())
        }
        (Ok((btf, proto)), ..) => Ok(arguments(btf, *proto)),
    };
    let retval = match (&known, kind) {
        (_, HookKind::Kprobe | HookKind::Fentry) => Err("the function has not returned yet".into()),
        (Err(why), _) => Err(why.clone()),
        (Ok((btf, proto)), _) => returned(btf, *proto),
    };
    Scope { hook, args, retval, call: kind == HookKind::Func, space: Space::Kernel }
}

/// The arguments of a function at its entry.
fn arguments(btf: &Btf, proto: TypeId) -> Vec<Named> {
    let mut passing = Passing::new(Space::Kernel);
    let mut list = Vec::new();
    for (index, param) in btf.params(proto).enumerate() {
        let ty = Type::from_btf(btf, param.ty, Space::Kernel);
        let place = match ty {
            // `...` ends the list.
            Type::Void => break,
            Type::Int(_) | Type::Pointer(..) => passing.scalar(),
            _ => match (&ty, passing.record(btf.size_of(param.ty).unwrap_or(8))) {
                (Type::Record(_), Some(register)) => Ok(ArgPlace::Part { register, offset: 0 }),
                (_, Some(_)) => Err(format!("a `{}` passed by value", ty.c_name(Some(btf)))),
                (_, None) => Err(ON_STACK.to_owned()),
            },
        };
        let name = match param.name {
            "" => format!("arg{index}"),
            name => name.to_owned(),
        };
        list.push(named_at(name, ty, place));
    }
    list
}

/// An argument of that type, if it has a place.
pub fn named_at(name: String, ty: Type, place: Result<ArgPlace, String>) -> Named {
    match place {
        Ok(place) => Named { name, ty: Ok(ty), place },
        Err(why) => Named { name, ty: Err(why), place: ArgPlace::Register(0) },
    }
}

fn returned(btf: &Btf, proto: TypeId) -> Result<Type, String> {
    let Some(Kind::Proto { ret, .. }) = btf.kind(proto) else {
        return Err("the kernel's BTF does not describe the function".into());
    };
    match Type::from_btf(btf, ret, Space::Kernel) {
        Type::Void => Err("the function returns nothing".into()),
        ty @ (Type::Int(_) | Type::Pointer(..)) => Ok(ty),
        other => Err(format!("it returns a `{}` by value", other.c_name(Some(btf)))),
    }
}

/// The scope of a tracepoint with its raw arguments.
pub fn raw_tracepoint(hook: String, proto: &Result<TypeId, String>, facts: &dyn Facts) -> Scope {
    let args = match (proto, facts.btf()) {
        (Ok(proto), Ok(btf)) => Ok(raw_arguments(btf, *proto)),
        (Err(why), _) => Err(why.clone()),
        (_, Err(fault)) => Err(fault.to_string()),
    };
    let retval = Err("a tracepoint returns nothing; its values are its arguments".into());
    Scope { hook, args, retval, call: false, space: Space::Kernel }
}

/// The arguments of a tracepoint: each takes one word, whatever its type, and the first is the
/// probe's own.
fn raw_arguments(btf: &Btf, proto: TypeId) -> Vec<Named> {
    let params = btf.params(proto).skip(1).zip(0..RAW_MAX);
    params
        .map(|(param, index)| {
            let ty = match Type::from_btf(btf, param.ty, Space::Kernel) {
                ty @ (Type::Int(_) | Type::Pointer(..)) => Ok(ty),
                other => Err(format!("a `{}` passed by value", other.c_name(Some(btf)))),
            };
            let name = match param.name {
                "" => format!("arg{index}"),
                name => name.to_owned(),
            };
            Named { name, ty, place: ArgPlace::Register(index) }
        })
        .collect()
}

/// The scope of a tracepoint's hook.
pub fn tracepoint(hook: String, format: &TracepointFormat, facts: &dyn Facts) -> Scope {
    let retval = Err("a tracepoint returns nothing; its values are its fields".into());
    Scope { hook, args: Ok(fields(format, facts)), retval, call: false, space: space(format) }
}

/// The scope of a system call, by the format of its entry.
pub fn syscall(hook: String, enter: &TracepointFormat, facts: &dyn Facts) -> Scope {
    let retval = Ok(Type::Int(Int::number(64, true)));
    let mut args = fields(enter, facts);
    // It stands before the arguments, and the hook says it already.
    args.retain(|arg| arg.name != "__syscall_nr");
    Scope { hook, args: Ok(args), retval, call: true, space: Space::User }
}

/// The scope of a clock's or counter's hook.
pub fn sampling(hook: String) -> Scope {
    let args = Err("a sample has none, only what runs: `pid`, `comm`, `cpu` and the like".into());
    let retval = Err("a sample is taken in the midst of what runs; nothing returns".into());
    Scope { hook, args, retval, call: false, space: Space::Kernel }
}

fn fields(format: &TracepointFormat, facts: &dyn Facts) -> Vec<Named> {
    let syscall = format.category == "syscalls";
    let own = format.fields.iter().filter(|field| !field.name.starts_with("common_"));
    // Linux 6.19 and later copy user strings into `__NAME_val`, in ftrace's own records only.
    let own = own.filter(|field| !(syscall && field.name.ends_with("_val")));
    let space = space(format);
    own.map(|field| named(field, space, facts.btf().ok())).collect()
}

/// What system calls are given are addresses of the process, whatever their declared type.
fn space(format: &TracepointFormat) -> Space {
    match format.category.as_str() {
        "syscalls" | "raw_syscalls" => Space::User,
        _ => Space::Kernel,
    }
}

fn named(field: &TracepointField, space: Space, btf: Option<&Btf>) -> Named {
    let name = field.name.clone();
    let (ty, place) = match field.c_type.strip_prefix("__data_loc ") {
        Some("char[]") => (Ok(Type::Text), ArgPlace::DataLoc { offset: field.offset }),
        Some(other) => (Err(format!("a `{other}`")), ArgPlace::DataLoc { offset: field.offset }),
        None if field.array > 0 && field.c_type.trim_start_matches("const ") == "char" => {
            (Ok(Type::Text), ArgPlace::Inline { offset: field.offset, len: field.array })
        }
        None if field.array > 0 && is_byte(&field.c_type) => {
            let bytes = Type::Array(Type::Int(Int::number(8, false)).into(), field.array);
            (Ok(bytes), ArgPlace::Inline { offset: field.offset, len: field.array })
        }
        None => {
            let place = ArgPlace::Field { offset: field.offset, size: field.size };
            let shown = format!("a `{}` of {} bytes", field.c_type, field.size);
            match scalar(field, space, btf) {
                Some(ty) if field.array == 0 && matches!(field.size, 1 | 2 | 4 | 8) => {
                    (Ok(ty), place)
                }
                _ => (Err(shown), place),
            }
        }
    };
    Named { name, ty, place }
}

fn is_byte(c_type: &str) -> bool {
    let name = c_type.trim_start_matches("const ");
    matches!(Type::named_integer(name), Some(Type::Int(Int { bits: 8, .. })))
}

/// The declared type of a scalar field. The kernel calls system call arguments `size:8` whatever
/// their type, so the C type decides; where it says nothing, size and sign do.
fn scalar(field: &TracepointField, space: Space, btf: Option<&Btf>) -> Option<Type> {
    let stars = field.c_type.matches('*').count();
    let base: Vec<&str> = field
        .c_type
        .split(|c: char| c.is_whitespace() || c == '*')
        .filter(|word| !word.is_empty() && *word != "const" && *word != "volatile")
        .collect();
    let base = base.join(" ");
    let named = Type::named_integer(&base).or_else(|| {
        let btf = btf?;
        Some(Type::from_btf(btf, btf.find(&base).ok()?, space))
    });
    if stars == 0 {
        let bits = u8::try_from(field.size * 8).ok()?;
        return match named {
            Some(Type::Int(int)) if int.bits <= bits => Some(Type::Int(int)),
            Some(Type::Pointer(to, _)) if bits == 64 => Some(Type::Pointer(to, space)),
            _ => Some(Type::Int(Int::number(bits, field.signed))),
        };
    }
    let base = named.unwrap_or(Type::Void);
    Some((0..stars).fold(base, |to, _| Type::Pointer(Box::new(to), space)))
}
