//! The BTF reader against blobs made here: every kind of type, damage of every sort.

use proptest::prelude::*;

use super::testing::Builder;
use super::*;

/// A small kernel: `struct inner` with a nested anonymous union, `struct outer`, and friends.
fn sample() -> Builder {
    let mut b = Builder::new();
    let int = b.int("int", 4, true);
    let ulong = b.int("long unsigned int", 8, false);
    let char = b.int("char", 1, false);
    let name = b.array(char, 16);
    let const_char = b.constant(char);
    let text = b.ptr(const_char);
    let anon_struct = b.structure("", 8, &[("lo", int, 0, 0), ("hi", int, 32, 0)]);
    let anon_union = b.union("", 8, &[("both", ulong, 0, 0), ("", anon_struct, 0, 0)]);
    let inner = b.structure(
        "inner",
        32,
        &[("comm", name, 0, 0), ("", anon_union, 128, 0), ("text", text, 192, 0)],
    );
    let inners = b.array(inner, 3);
    let u32_ = b.typedef("u32", int);
    let flags = b.structure("flags", 4, &[("low", u32_, 0, 3), ("high", int, 3, 5)]);
    b.structure(
        "outer",
        108,
        &[("many", inners, 0, 0), ("id", u32_, 768, 0), ("f", flags, 800, 0)],
    );
    b.enumeration("state", &[("RUNNING", 0), ("DEAD", -7)]);
    b.enumeration64("wide", &[("HUGE", 1 << 40)]);
    let outer_ptr = b.ptr(TypeId(13));
    let proto = b.proto(int, &[("file", outer_ptr), ("name", text)]);
    b.function("do_it", proto);
    b.ptr(proto);
    b
}

#[test]
fn members_are_found_through_anonymous_ones_and_arrays() {
    let btf = sample().btf();
    let outer = btf.find("struct outer").unwrap();
    assert_eq!(btf.find("struct outer"), Ok(TypeId(13)));
    for (path, bits) in [
        ("id", 768),
        ("many", 0),
        ("many[1].comm", 256),
        ("many[1].comm[3]", 280),
        ("many[2].hi", 512 + 128 + 32),
        ("many[0].text", 192),
    ] {
        assert_eq!(btf.path(outer, path).map(|m| m.bit_offset), Ok(bits), "{path}");
    }
    let high = btf.path(outer, "f.high").unwrap();
    assert_eq!((high.bit_offset, high.bitfield_bits), (803, 5));
}

#[test]
fn wrong_paths_say_what_is_wrong() {
    let btf = sample().btf();
    let outer = btf.find("struct outer").unwrap();
    let text = |path| btf.path(outer, path).unwrap_err().to_string();
    assert_eq!(text("many[1].com"), "`struct inner` has no member `com`");
    assert_eq!(btf.path(outer, "many[1].com").unwrap_err().nearest(), Some("comm"));
    assert_eq!(text("many[3]"), "`struct inner[3]` has no element `[3]`");
    assert_eq!(text("id[0]"), "`u32` is no array, so it has no element `[0]`");
    assert_eq!(text("id.x"), "`u32` is no struct or union, so it has no member `x`");
    for path in ["", ".", "id.", "many[", "many[x]", "many[1]x", "many[-1]"] {
        assert_eq!(text(path), format!("`{path}` is no path of members"));
    }
}

#[test]
fn names_are_c() {
    let btf = sample().btf();
    let name = |id| btf.type_name(TypeId(id));
    assert_eq!(name(2), "unsigned long");
    assert_eq!(name(4), "char[16]");
    assert_eq!(name(6), "const char *");
    assert_eq!(name(8), "union {…}");
    assert_eq!(name(16), "struct outer *");
    assert_eq!(name(19), "int (*)(…)");
    assert_eq!(name(0), "void");
    assert_eq!(name(99), "(unknown type)");
}

#[test]
fn pointers_and_qualifiers_stand_in_their_places() {
    let mut b = Builder::new();
    let char = b.int("char", 1, false);
    let const_char = b.constant(char);
    let text = b.ptr(const_char);
    let const_text = b.constant(text);
    let argv = b.ptr(const_text);
    let texts = b.array(text, 4);
    let to_array = b.ptr(texts);
    let btf = b.btf();
    assert_eq!(btf.type_name(const_text), "const char *const");
    assert_eq!(btf.type_name(argv), "const char *const *");
    assert_eq!(btf.type_name(texts), "const char *[4]");
    assert_eq!(btf.type_name(to_array), "const char *(*)[4]");
}

#[test]
fn sizes_and_enums_and_functions() {
    let btf = sample().btf();
    assert_eq!(btf.size_of(btf.find("struct outer").unwrap()), Some(108));
    assert_eq!(btf.size_of(TypeId(10)), Some(96));
    assert_eq!(btf.size_of(btf.find("u32").unwrap()), Some(4));
    assert_eq!(btf.size_of(TypeId::VOID), None);
    let state = btf.find("enum state").unwrap();
    assert_eq!(btf.enum_constant("DEAD"), Ok(Some((state, -7))));
    assert_eq!(btf.enum_constant("HUGE").unwrap().map(|c| c.1), Some(1 << 40));
    assert_eq!(btf.enum_constant("NONE"), Ok(None));
    let proto = btf.function("do_it").unwrap().unwrap();
    let names: Vec<_> = btf.params(proto).map(|p| (p.name, btf.type_name(p.ty))).collect();
    assert_eq!(names, [("file", "struct outer *".to_owned()), ("name", "const char *".to_owned())]);
    assert_eq!(btf.function("do_it_not"), Ok(None));
    assert!(btf.has_function("do_it") && !btf.has_function("inner"));
}

#[test]
fn types_are_found_under_the_names_that_c_gives_them() {
    let btf = sample().btf();
    assert_eq!(btf.find("unsigned long"), Ok(TypeId(2)));
    assert_eq!(btf.find("unsigned long int"), Ok(TypeId(2)));
    assert_eq!(btf.find("char"), Ok(TypeId(3)));
    assert_eq!(btf.find("void"), Ok(TypeId::VOID));
    assert_eq!(btf.find(" struct  outer "), Ok(TypeId(13)));
    assert_eq!(btf.find_tag("outer"), Ok(TypeId(13)));
    assert_eq!(btf.find_tag("u32"), btf.find("u32"));
    assert_eq!(btf.find("struct outr").unwrap_err().nearest(), Some("struct outer"));
    assert_eq!(btf.find("outer").unwrap_err().nearest(), Some("struct outer"));
    assert_eq!(btf.find_tag("outr").unwrap_err().nearest(), Some("struct outer"));
    assert_eq!(btf.find("struct u32").unwrap_err().nearest(), None);
}

#[test]
fn different_definitions_of_one_name_are_refused_and_like_ones_are_not() {
    let mut b = Builder::new();
    let int = b.int("int", 4, true);
    let id = b.typedef("id_t", int);
    b.forward("a", false);
    let a = b.structure("a", 4, &[("x", int, 0, 0)]);
    b.structure("a", 4, &[("x", id, 0, 0)]);
    let b1 = b.structure("b", 8, &[("x", int, 0, 0)]);
    let b2 = b.structure("b", 8, &[("x", int, 32, 0)]);
    b.typedef("id_t", id);
    let only = b.forward("only", true);
    let to_a = b.ptr(TypeId(3));
    let to_a_too = b.ptr(a);
    let c = b.structure("c", 8, &[("a", to_a, 0, 0)]);
    b.structure("c", 8, &[("a", to_a_too, 0, 0)]);
    b.enumeration("e1", &[("SAME", 1), ("DIFFERENT", 2)]);
    b.enumeration("e2", &[("SAME", 1), ("DIFFERENT", 3)]);
    let p1 = b.proto(int, &[("x", int)]);
    let p2 = b.proto(int, &[("x", id)]);
    let p3 = b.proto(int, &[("y", id)]);
    b.function("twice", p1);
    b.function("twice", p2);
    b.function("clash", p1);
    b.function("clash", p3);
    let btf = b.btf();
    assert_eq!(btf.find("struct a"), Ok(a));
    let ambiguous = Lookup::Ambiguous { name: "struct b".to_owned(), ids: vec![b1, b2] };
    assert_eq!(btf.find("struct b"), Err(ambiguous.clone()));
    assert_eq!(ambiguous.to_string(), "the kernel has 2 different definitions of `struct b`");
    assert_eq!(btf.find("id_t"), Ok(id));
    assert_eq!(btf.find("union only"), Ok(only));
    assert_eq!(btf.find("struct c"), Ok(c));
    assert!(matches!(btf.find_tag("b"), Err(Lookup::Ambiguous { .. })));
    assert_eq!(btf.enum_constant("SAME").unwrap().map(|c| c.1), Some(1));
    assert!(matches!(btf.enum_constant("DIFFERENT"), Err(Lookup::Ambiguous { .. })));
    assert_eq!(btf.function("twice"), Ok(Some(p1)));
    assert!(matches!(btf.function("clash"), Err(Lookup::Ambiguous { .. })));
}

#[test]
fn the_index_answers_as_the_scan_does() {
    let names = [
        "struct inner",
        "struct outer",
        "u32",
        "unsigned long",
        "enum state",
        "do_it",
        "outer",
        "nothing",
        "",
        "int",
        "RUNNING",
        "HUGE",
        "a\0b",
    ];
    let ask = |btf: &Btf| {
        names.map(|name| {
            (btf.find(name), btf.find_tag(name), btf.function_ids(name), btf.enum_constant(name))
        })
    };
    let indexed = sample().btf();
    (0..100).for_each(|_| drop(ask(&indexed)));
    for (index, name) in names.iter().enumerate() {
        // A new one has no index yet.
        let fresh = ask(&sample().btf());
        assert_eq!(ask(&indexed)[index], fresh[index], "{name}");
    }
}

#[test]
fn old_bitfields_are_in_the_integer() {
    let mut b = Builder::new();
    // Three bits, one bit up, in an unsigned int.
    let bits = b.raw("unsigned int", 1, 0, false, 4, &[1 << 16 | 3]);
    let record = b.structure("old", 4, &[("field", bits, 8, 0)]);
    let member = b.btf().member(record, "field").map(|m| (m.bit_offset, m.bitfield_bits));
    assert_eq!(member, Some((9, 3)));
}

#[test]
fn constants_tell_the_sign_that_old_enums_do_not_say() {
    let old = |b: &mut Builder, name: &str, value: i32| {
        let tail = [b.string(name), value.cast_unsigned()];
        b.raw(name, 6, 1, false, 4, &tail)
    };
    let mut b = Builder::new();
    let minus = old(&mut b, "minus", -1);
    let flag = old(&mut b, "flag", i32::MIN);
    let value = |btf: &super::Btf, id| btf.enumerators(id).map(|one| one.value).next();
    let btf = b.btf();
    assert_eq!((value(&btf, minus), value(&btf, flag)), (Some(-1), Some(1 << 31)));
    let signed = matches!(btf.kind(minus), Some(Kind::Enum { signed: true, .. }));
    assert!(signed && matches!(btf.kind(flag), Some(Kind::Enum { signed: false, .. })));
    // Who marks one enum marks all.
    b.enumeration("marked", &[("LESS", -1)]);
    assert_eq!(value(&b.btf(), minus), Some(u32::MAX.into()));
}

#[test]
fn circles_end() {
    let mut b = Builder::new();
    let a = b.typedef("a", TypeId(2));
    b.typedef("b", a);
    let record = b.structure("", 8, &[("", TypeId(3), 0, 0), ("", TypeId(3), 0, 0)]);
    let array = b.array(TypeId(4), 2);
    let pointer = b.ptr(TypeId(5));
    let btf = b.btf();
    assert_eq!(btf.strip(a), TypeId::VOID);
    assert_eq!(btf.member(record, "x"), None);
    assert_eq!(btf.size_of(array), None);
    assert!(btf.type_name(pointer).starts_with("… "));
    assert!(btf.type_name(array).starts_with("…"));
}

#[test]
fn what_is_not_btf_is_refused() {
    let good = sample().bytes();
    let refused = |bytes: &[u8]| Btf::from_bytes(bytes.to_vec()).unwrap_err().to_string();
    assert_eq!(refused(b""), "failed to parse the BTF: it is shorter than its header");
    assert_eq!(refused(&[0; 64]), "failed to parse the BTF: it is neither BTF nor an ELF file");
    assert_eq!(refused(&good[..60]), "failed to parse the BTF: it is shorter than it says");
    let mut swapped = good.clone();
    swapped.swap(0, 1);
    assert!(refused(&swapped).contains("other byte order"));
    let mut kind = good.clone();
    kind[24 + 7] = 31;
    assert!(refused(&kind).contains("unknown kind"));
    assert!(Btf::open(Path::new("/nonexistent")).unwrap_err().to_string().contains("/nonexistent"));
}

#[test]
fn an_elf_file_is_searched_for_its_types() {
    let object = crate::link::testing::Builder::new().btf(sample().bytes()).bytes();
    assert_eq!(Btf::from_bytes(object).unwrap().find("struct outer"), Ok(TypeId(13)));
    let bare = crate::link::testing::Builder::new().btf(vec![]).bytes();
    assert!(Btf::from_bytes(bare).is_err());
}

/// Asks everything of every type.
fn exercise(btf: &Btf) {
    for id in btf.ids().chain([TypeId(0), TypeId(u32::MAX)]) {
        btf.kind(id);
        btf.strip(id);
        btf.size_of(id);
        btf.type_name(id);
        btf.named_members(id);
        let _ = btf.path(id, "many[1].comm[2]");
        assert!(btf.members(id).count() <= 65535);
        assert!(btf.enumerators(id).count() <= 65535);
        assert!(btf.params(id).count() <= 65535);
    }
    for name in ["struct inner", "struct outer", "u32", "unsigned long", "enum state", "nothing"] {
        let _ = btf.find(name);
        let _ = btf.find_tag(name);
    }
    let _ = btf.function("do_it");
    let _ = btf.enum_constant("DEAD");
}

proptest! {
    #[test]
    fn damaged_btf_is_refused_or_safe(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = sample().bytes();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(btf) = Btf::from_bytes(bytes) {
            exercise(&btf);
        }
    }

    #[test]
    fn references_may_go_anywhere(
        types in prop::collection::vec((0u32..20, 0u32..30, 0u32..30, 0u32..4), 1..30),
    ) {
        let mut b = Builder::new();
        for (kind, to, other, vlen) in types {
            let tail = vec![other; match kind {
                1 | 14 | 17 => 1,
                3 => 3,
                4 | 5 | 15 | 19 => vlen * 3,
                6 | 13 => vlen * 2,
                _ => 0,
            } as usize];
            let name = if kind % 2 == 0 { "struct_" } else { "u32" };
            if kind != 0 {
                b.raw(name, kind, vlen, other % 2 == 0, to, &tail);
            }
        }
        exercise(&b.btf());
    }

    #[test]
    fn any_bytes_behind_a_header(types in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = Builder::new().bytes();
        bytes[12..16].copy_from_slice(&(types.len() as u32).to_ne_bytes());
        bytes[16..20].copy_from_slice(&0u32.to_ne_bytes());
        bytes.truncate(24);
        bytes.extend(types);
        if let Ok(btf) = Btf::from_bytes(bytes) {
            exercise(&btf);
        }
    }
}
