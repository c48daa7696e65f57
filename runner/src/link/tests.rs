//! Linking whole objects: offsets that move with the types, and refusals.

use std::collections::HashSet;

use proptest::prelude::*;

use super::testing::Builder;
use super::*;
use crate::facts::btf::testing::Builder as Types;

/// Two kernels with one structure whose members stand in other places.
fn kernel(moved: bool) -> Types {
    let mut b = Types::new();
    let int = b.int("int", 4, true);
    let uint = b.int("unsigned int", 4, false);
    let long = b.int("long int", 8, true);
    let char = b.int("char", 1, false);
    let comm = b.array(char, 16);
    let low = b.structure("", 8, &[("lo", int, 0, 0), ("hi", uint, 32, 0)]);
    let both = b.union("", 8, &[("both", long, 0, 0), ("", low, 0, 0)]);
    let at = if moved { 64 } else { 0 };
    let inner = b.structure("inner", 24, &[("pad", long, 64 - at, 0), ("", both, at, 0)]);
    let inners = b.array(inner, 4);
    let (first, second) = if moved { (256, 0) } else { (0, 768) };
    b.structure(
        "task",
        160,
        &[("in", inners, first, 0), ("comm", comm, second, 0), ("pid", int, 1024 + at, 0)],
    );
    b.structure("bits", 8, &[("a", uint, 0, 3), ("b", int, 3, 7), ("c", uint, 30, 4)]);
    let id = b.typedef("id_t", long);
    b.enumeration("state", &[("RUNNING", i32::from(moved)), ("DEAD", -1)]);
    b.enumeration64("", &[("HUGE", 1 << 40)]);
    let unnamed = b.structure("", 4, &[("counter", int, 0, 0)]);
    b.typedef("atomic_t", unnamed);
    b.structure("twice", 4, &[("x", int, 0, 0)]);
    b.structure("twice", 8, &[("x", id, 0, 0)]);
    b
}

/// What each symbol became: the 64-bit immediates of the program that loads them, through the
/// loader's eyes.
fn loaded(symbols: &[&str], moved: bool) -> Result<Vec<u64>, LinkError> {
    let object = symbols.iter().fold(Builder::new(), |object, symbol| object.load(symbol, 0));
    let linked = link(object.bytes(), Some(&kernel(moved).btf()), &[("run:pid", u64::MAX - 1)])?;
    Ok(immediates(&linked))
}

fn immediates(linked: &[u8]) -> Vec<u64> {
    let mut object = aya_obj::Object::parse(linked).unwrap();
    let text: HashSet<usize> = object.functions.keys().map(|(section, _)| *section).collect();
    object.relocate_maps(std::iter::empty(), &text).unwrap();
    object.relocate_calls(&text).unwrap();
    let program = &object.programs["program"];
    let code = &object.functions[&program.function_key()].instructions;
    let mut values = Vec::new();
    for pair in code.windows(2).filter(|pair| pair[0].code == 0x18) {
        assert_eq!((pair[0].dst_reg(), pair[0].src_reg()), (1, 0));
        let halves = (pair[0].imm.cast_unsigned(), pair[1].imm.cast_unsigned());
        values.push(u64::from(halves.1) << 32 | u64::from(halves.0));
    }
    values
}

#[test]
fn offsets_follow_the_kernel() {
    let symbols = [
        "core:byte_off:task:in",
        "core:byte_off:task:in[1].hi",
        "core:byte_off:task:in[3].both",
        "core:byte_off:task:comm",
        "core:byte_off:task:comm[5]",
        "core:byte_off:task:pid",
        "core:byte_off:struct task:pid",
        "core:byte_off:atomic_t:counter",
    ];
    // Each `inner` has 24 bytes; its anonymous union is at 0, or moved to 8.
    assert_eq!(loaded(&symbols, false).unwrap(), [0, 28, 72, 96, 101, 128, 128, 0]);
    assert_eq!(loaded(&symbols, true).unwrap(), [32, 68, 112, 0, 5, 136, 136, 0]);
}

#[test]
fn every_kind_of_question_is_answered() {
    for (symbol, value) in [
        ("core:byte_size:task:comm", 16),
        ("core:byte_size:task:in[0].both", 8),
        ("core:signed:task:pid", 1),
        ("core:signed:task:in[0].hi", 0),
        ("core:lshift:task:pid", 32),
        ("core:rshift:task:pid", 32),
        ("core:field_exists:task:pid", 1),
        ("core:field_exists:task:in[1].both", 1),
        ("core:field_exists:task:in[4]", 0),
        ("core:field_exists:task:tgid", 0),
        ("core:field_exists:missing:pid", 0),
        ("core:type_exists:task", 1),
        ("core:type_exists:missing", 0),
        ("core:type_exists:id_t", 1),
        ("core:type_size:task", 160),
        ("core:type_size:unsigned int", 4),
        ("core:enum_value:state:RUNNING", 1),
        ("core:enum_value:state:DEAD", u64::MAX),
        ("core:enum_value:enum state:RUNNING", 1),
        ("core:enum_value:_:HUGE", 1 << 40),
        ("core:enum_exists:state:RUNNING", 1),
        ("core:enum_exists:state:HUGE", 0),
        ("core:enum_exists:missing:HUGE", 0),
        ("run:pid", u64::MAX - 1),
    ] {
        assert_eq!(loaded(&[symbol], true).unwrap(), [value], "{symbol}");
    }
}

#[test]
fn bitfields_are_covered_by_an_aligned_load() {
    let ask = |kind: &str, field: &str| {
        loaded(&[&format!("core:{kind}:bits:{field}")], false).unwrap()[0]
    };
    let bits = 0xfedc_ba98_7654_3210u64;
    for (field, start, width) in [("a", 0, 3), ("b", 3, 7), ("c", 30, 4)] {
        let (offset, size) = (ask("byte_off", field), ask("byte_size", field));
        assert_eq!(offset % size, 0);
        let bytes = &bits.to_le_bytes()[offset as usize..][..size as usize];
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let found = u64::from_le_bytes(word) << ask("lshift", field) >> ask("rshift", field);
        assert_eq!(found, bits >> start & ((1 << width) - 1), "{field}");
    }
    assert_eq!(ask("byte_size", "a"), 4);
    assert_eq!(ask("byte_size", "c"), 8);
}

#[test]
fn what_cannot_be_resolved_is_named() {
    for (symbol, message, reason) in [
        (
            "core:byte_off:task:comn",
            "failed to resolve `core:byte_off:task:comn`; did you mean `comm`?",
            "`struct task` has no member `comn`",
        ),
        (
            "core:byte_off:tsk:comm",
            "failed to resolve `core:byte_off:tsk:comm`; did you mean `struct task`?",
            "the kernel has no type `tsk`",
        ),
        (
            "core:byte_off:twice:x",
            "failed to resolve `core:byte_off:twice:x`",
            "the kernel has 2 different definitions of `twice`",
        ),
        (
            "core:type_exists:twice",
            "failed to resolve `core:type_exists:twice`",
            "the kernel has 2 different definitions of `twice`",
        ),
        (
            "core:enum_value:state:RUNING",
            "failed to resolve `core:enum_value:state:RUNING`; did you mean `RUNNING`?",
            "`enum state` has no constant `RUNING`",
        ),
        ("memmove", "failed to resolve `memmove`", "nothing defines this symbol"),
        ("run:tid", "failed to resolve `run:tid`", "nothing defines this symbol"),
        (
            "core:wrong:task:pid",
            "failed to resolve `core:wrong:task:pid`",
            "its kind of question is not known",
        ),
        (
            "core:byte_off",
            "failed to resolve `core:byte_off`",
            "it is not core:<kind>:<type>:<path>",
        ),
        (
            "core:lshift:task:comm",
            "failed to resolve `core:lshift:task:comm`",
            "`task.comm` is no number of up to 8 bytes",
        ),
    ] {
        let error = loaded(&[symbol], false).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(
            matches!(&error, LinkError::Resolve { source, .. } if source.to_string() == reason)
        );
    }
    let object = Builder::new().load("core:type_size:task", 0).bytes();
    let error = link(object, None, &[]).unwrap_err();
    assert!(matches!(error, LinkError::Resolve { source: ResolveError::NoBtf, .. }));
}

#[test]
fn a_call_of_nothing_is_refused() {
    let object = Builder::new().call("memmove").bytes();
    let error = link(object, None, &[]).unwrap_err();
    assert_eq!(error.to_string(), "failed to resolve `memmove`");
}

#[test]
fn values_may_only_be_loaded() {
    let values = [("x", 1)];
    for object in [
        Builder::new().data("x"),
        Builder::new().call("x").load("x", 0),
        Builder::new().load("y", 0).relocation("x", 8, 1),
        Builder::new().load("y", 0).relocation("x", 4, 1),
        Builder::new().load("y", 0).relocation("x", 0, 2),
    ] {
        let error = link(object.bytes(), None, &[values[0], ("y", 2)]).unwrap_err();
        let LinkError::Object(ObjectError::WrongUse { symbol, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(symbol, "x");
    }
    let outside = Builder::new().load("y", 0).relocation("x", 1 << 40, 1).bytes();
    let error = link(outside, None, &[values[0], ("y", 2)]).unwrap_err();
    assert!(matches!(error, LinkError::Object(ObjectError::Malformed(_))));
}

#[test]
fn addends_count_and_other_relocations_stay() {
    let object = Builder::new().load("x", 8).load_static().load("x", -1).load("y", 0).bytes();
    let before = relocations(&object);
    let linked = link(object, None, &[("x", 1 << 32), ("y", 7)]).unwrap();
    // The static's relocation is the loader's, so its register and number are still what they were.
    assert_eq!(before.len(), 4);
    assert_eq!(relocations(&linked), before[1..2]);
    let code = &goblin_section(&linked, "kprobe/x")[..64];
    let halves = |at: usize| (word(code, at + 4), word(code, at + 12));
    assert_eq!([halves(0), halves(32), halves(48)], [(8, 1), (u32::MAX, 0), (7, 0)]);
    assert_eq!((code[1], code[17], code[33]), (0x01, 0x51, 0x01));
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn goblin_section(bytes: &[u8], name: &str) -> Vec<u8> {
    bytes[Object::parse(bytes.to_vec()).unwrap().section(name).unwrap()].to_vec()
}

/// Offset and type of each relocation of the program.
fn relocations(bytes: &[u8]) -> Vec<(u64, u32)> {
    let elf = goblin::elf::Elf::parse(bytes).unwrap();
    elf.shdr_relocs
        .iter()
        .flat_map(|(_, section)| section.iter())
        .map(|relocation| (relocation.r_offset, relocation.r_type))
        .collect()
}

#[test]
fn names_that_the_kernel_refuses_are_cleared() {
    let mut types = Types::new();
    let int = types.int("i32", 4, true);
    let pointer = types.raw("*mut i32", 2, 0, false, int.0, &[]);
    types.raw("constant", 10, 0, false, pointer.0, &[]);
    types.structure("kept", 8, &[("p", pointer, 0, 0)]);
    let object = Builder::new().btf(types.bytes()).bytes();
    let linked = link(object.clone(), None, &[]).unwrap();
    let names = |bytes: &[u8]| {
        let btf = Btf::from_bytes(goblin_section(bytes, ".BTF")).unwrap();
        (btf.refused_names().count(), btf.find("i32").is_ok(), btf.find("struct kept").is_ok())
    };
    assert_eq!(names(&object), (2, true, true));
    assert_eq!(names(&linked), (0, true, true));
}

#[test]
fn what_is_no_bpf_object_is_refused() {
    let refused = |bytes: Vec<u8>| link(bytes, None, &[]).unwrap_err();
    assert!(matches!(refused(vec![]), LinkError::Object(ObjectError::Elf(_))));
    let mut other = Builder::new().bytes();
    other[18] = 62;
    assert!(matches!(refused(other), LinkError::Object(ObjectError::NotBpf)));
}

proptest! {
    #[test]
    fn damaged_objects_are_refused_or_safe(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = Builder::new()
            .load("core:byte_off:task:in[1].hi", 0)
            .load_static()
            .load("run:pid", 4)
            .btf(kernel(false).bytes())
            .bytes();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = link(bytes, Some(&kernel(true).btf()), &[("run:pid", 1)]);
    }

    #[test]
    fn damaged_headers_are_refused_or_safe(
        section in 0usize..10,
        field in 0usize..16,
        value in prop_oneof![any::<u32>(), 0u32..2000],
    ) {
        let mut bytes = Builder::new()
            .load("core:byte_off:task:in[1].hi", 0)
            .load("run:pid", 4)
            .btf(kernel(false).bytes())
            .bytes();
        let at = bytes.len() - 640 + section * 64 + field * 4;
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        let _ = link(bytes, Some(&kernel(true).btf()), &[("run:pid", 1)]);
    }

    #[test]
    fn any_symbol_is_refused_or_answered(
        symbol in "core:(byte_off|byte_size|lshift|rshift|signed|field_exists|type_size|enum_value):(task|bits|state|_|id_t|[a-z ]*):[a-z0-9\\[\\].]*",
    ) {
        let _ = loaded(&[&symbol], false);
    }
}
