//! Layouts held against gcc's own, and texts that nobody would write.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};

use super::*;

/// A C program that prints size, alignment and offsets of every structure, and sets one bit after
/// the other of each bitfield to find where it is.
fn program(text: &str, types: &Types) -> String {
    let mut out = "#include <stdio.h>\n#include <stddef.h>\n#include <string.h>\n".to_owned();
    let _ = write!(
        out,
        "typedef unsigned char u8; typedef unsigned short u16;\n{text}\nint main(void) {{\n"
    );
    for name in named(types) {
        let Some(CType::Record(index)) = types.find(name) else { continue };
        let _ = writeln!(out, "printf(\"{name} %zu %zu\\n\", sizeof({name}), _Alignof({name}));");
        for member in types.member_names(*index) {
            let found = types.member(*index, member).unwrap();
            match found.member.bits {
                None => {
                    let _ =
                        writeln!(out, "printf(\" {member} %zu\\n\", offsetof({name}, {member}));");
                }
                Some(_) => {
                    let _ = writeln!(
                        out,
                        "{{ {name} x; memset(&x, 0, sizeof x); x.{member} = -1; unsigned char *p = (void *)&x; \
                         int first = -1, count = 0; for (size_t i = 0; i < 8 * sizeof x; i++) \
                         if (p[i / 8] >> i % 8 & 1) {{ if (first < 0) first = i; count++; }} \
                         printf(\" {member} bit %d %d\\n\", first, count); }}"
                    );
                }
            }
        }
    }
    out.push_str("return 0; }\n");
    out
}

fn named(types: &Types) -> Vec<&str> {
    types.names().into_iter().filter(|name| !name.starts_with("enum ")).collect()
}

/// What [`program`] prints if the layout is right.
fn expected(types: &Types) -> String {
    let mut out = String::new();
    for name in named(types) {
        let Some(CType::Record(index)) = types.find(name) else { continue };
        let record = types.record(*index).unwrap();
        assert!(record.complete, "{name}");
        let _ = writeln!(out, "{name} {} {}", record.size, record.align);
        for member in types.member_names(*index) {
            let found = types.member(*index, member).unwrap();
            let _ = match found.member.bits {
                None => writeln!(out, " {member} {}", found.offset),
                Some((first, width)) => {
                    assert!(first < 8 && first + width <= 64);
                    let end = found.offset * 8 + u64::from(first + width);
                    assert!(end <= record.size * 8, "{name}.{member} reads past the end");
                    writeln!(out, " {member} bit {} {width}", found.offset * 8 + u64::from(first))
                }
            };
        }
    }
    out
}

fn check(text: &str) {
    let types = parse(text).unwrap_or_else(|fault| panic!("{fault:?} in\n{text}"));
    let folder = tempfile::tempdir().unwrap();
    let (source, out) = (folder.path().join("a.c"), folder.path().join("a"));
    fs::write(&source, program(text, &types)).unwrap();
    let gcc = Command::new("gcc")
        .args(["-std=gnu11", "-w", "-O0", "-o"])
        .args([&out, &source])
        .output()
        .unwrap();
    assert!(gcc.status.success(), "{}\n{text}", String::from_utf8_lossy(&gcc.stderr));
    let got = Command::new(&out).output().unwrap();
    let (got, expected) = (String::from_utf8(got.stdout).unwrap(), expected(&types));
    assert!(expected.lines().count() > 1);
    assert_eq!(got, expected, "{text}");
}

#[test]
fn declarations_of_every_form() {
    check(
        "struct exp_s { int num; char name[35]; };\n\
         typedef struct { char c; long l; } pair_t;\n\
         enum color { RED, GREEN = 5, BLUE }; enum { WIDTH = 4 * (1 + 1), MASK = 0x0f << 2 };\n\
         typedef struct node { struct node *next, *prev; pair_t pairs[WIDTH]; enum color color; } node;\n\
         union u { char c; double d; int a[3]; };\n\
         struct deep { char a; struct { short b; union { int c; long d; }; } ; char e; struct { char f; } g; };\n\
         struct ops { int (*open)(struct ops *, int); void *(*all[3])(void); char (*text)[16]; \
           const char *const name; unsigned long int flags; long long unsigned big; };\n\
         struct grid { short a[3][sizeof(int) + 1]; char tail[]; };\n\
         struct packed { char a; int b; short c; } __attribute__((packed));\n\
         struct __attribute__((packed, aligned(4))) both { char a; long b; char c; };\n\
         struct lined { char a; int b __attribute__((aligned(16))); char c; };\n\
         struct member { char a; int b __attribute__((packed)); short c; };\n\
         struct inside { char a; struct packed p; struct lined l; };\n\
         struct other { float f; double d; long double ld; char c; _Bool b; unsigned u; signed char s; u8 x; u16 y; };\n\
         struct forward; struct user { struct forward *f; struct exp_s *n; };\n\
         struct forward { int x; };\n\
         struct bits { unsigned a : 3; int b : 7; unsigned c : 30; char d; unsigned short e : 9; long f : 40; \
           unsigned : 0; _Bool g : 1; int : 5; int h : 2; };\n\
         typedef int wide_int __attribute__((aligned(16))); typedef long near_long __attribute__((aligned(2)));\n\
         typedef struct { char c; int i; } spread __attribute__((aligned(32)));\n\
         struct typedefs { char a; wide_int b; char c; near_long d; spread e; } ;\n\
         struct typedefs_packed { char a; wide_int b; near_long d; spread e; } __attribute__((packed));\n\
         enum small { A = 1, B = 200 } __attribute__((packed)); enum __attribute__((packed)) less { C = -1, D = 200 };\n\
         enum large { E = 1ull << 40 }; struct enums { enum small a; enum less b; enum large c; char d; };\n\
         struct across { unsigned a : 7; int b : 30; long c : 45; _Bool d : 1; } __attribute__((packed));\n\
         struct own_bits { char a; int b : 5 __attribute__((packed)); int c : 31 __attribute__((packed)); int d : 3 __attribute__((aligned(8))); };\n\
         struct tight { unsigned a : 3; unsigned b : 14; char c; int d : 4; } __attribute__((packed));\n\
         union mixed { unsigned a : 5; char b; };\n",
    );
}

/// A member's declaration without its name's number.
fn member() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(vec![
        "char @",
        "signed char @",
        "short @",
        "int @",
        "unsigned @",
        "long @",
        "unsigned long @",
        "float @",
        "double @",
        "long double @",
        "void *@",
        "char @[35]",
        "int @[3]",
        "short @[2][3]",
        "struct base @",
        "union base_u @",
        "struct base @[2]",
        "_Bool @",
        "int (*@)(int)",
        "int @ __attribute__((aligned(8)))",
        "char @ __attribute__((aligned(32)))",
        "long @ __attribute__((packed))",
        "struct { char x@; int y@; }",
        "union { char z@; short w@; }",
        "struct { int in; char q; } @",
        "near_long @",
        "wide_int @",
        "enum small @",
        "int @ : 31 __attribute__((packed))",
        "unsigned @ : 9 __attribute__((aligned(4)))",
        "int : 0",
        "char : 3",
    ]);
    let kinds =
        vec![("char", 8u32), ("unsigned short", 16), ("int", 32), ("unsigned", 32), ("long", 64)];
    let bitfield = (prop::sample::select(kinds), 1u32..=64)
        .prop_map(|((kind, widest), width)| format!("{kind} @ : {}", (width - 1) % widest + 1));
    prop_oneof![plain.prop_map(str::to_owned), bitfield]
}

fn record() -> impl Strategy<Value = (bool, &'static str, Vec<String>)> {
    let attributes = prop::sample::select(vec![
        "",
        "",
        "",
        " __attribute__((packed))",
        " __attribute__((aligned(16)))",
        " __attribute__((packed, aligned(2)))",
    ]);
    (prop::bool::weighted(0.2), attributes, prop::collection::vec(member(), 1..10))
}

#[test]
fn layouts_are_those_of_gcc() {
    // One program of many structures: gcc is started once.
    let rng = TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut text =
        "struct base { char a; long b; short c; };\nunion base_u { char a[5]; int b; };\n\
         typedef int wide_int __attribute__((aligned(16))); typedef long near_long __attribute__((aligned(2)));\n\
         enum small { A = 1, B = 200 } __attribute__((packed));\n"
            .to_owned();
    for number in 0..400 {
        let (is_union, attributes, members) = record().new_tree(&mut runner).unwrap().current();
        let keyword = if is_union { "union" } else { "struct" };
        let mut one = format!("{keyword} s{number} {{ char first; ");
        for (index, member) in members.iter().enumerate() {
            let _ = write!(one, "{}; ", member.replace('@', &format!("m{index}")));
        }
        let _ = writeln!(one, "}}{attributes};");
        text.push_str(&one);
    }
    check(&text);
}

#[test]
fn faults_point_at_the_guilty_part() {
    for (text, at, why) in [
        ("struct s { int a }", "}", "`;`"),
        ("struct s { foo a; };", "foo", "no type `foo`"),
        ("struct s { struct s a; };", "a", "`struct s` would hold itself"),
        ("struct s { int n; struct s a[2]; };", "a", "`struct s` would hold itself"),
        ("union u { struct { union u x; } y; };", "x", "`union u` would hold itself"),
        ("struct s { struct t { struct s *p; struct s x; } y; };", "x", "would hold itself"),
        ("struct s { struct s (*p)[2]; };", "(", "no size"),
        ("struct s { struct t a; };", "a", "has no size"),
        ("struct s { void v; };", "v", "has no size"),
        ("struct s { int a; char a; };", "a; };", "two members"),
        ("struct s { int a; }; struct s { int a; };", "s { int a; };", "twice"),
        ("int x;", "x", "only types"),
        ("int f(void);", "f", "only types"),
        ("struct s { int a[-1]; };", "-", "-1 is no length"),
        ("struct s { int a[N]; };", "N", "not a constant"),
        ("struct s { int a[1 / 0]; };", "/", "no value"),
        ("struct s { long a[1 << 30]; };", "a[", "too large"),
        ("struct s { int a : 33; };", "33", "width"),
        ("struct s { float a : 3; };", "a : 3", "integer"),
        ("struct s { int a __attribute__((section(1))); };", "section", "not supported"),
        ("struct s { int a __attribute__((aligned(3))); };", "aligned", "power of two"),
        ("#include <a.h>", "#", "preprocessor"),
        ("struct s { int a; /* };", "/*", "does not end"),
        ("struct s {", "", "end where"),
        ("struct s { short long a; };", "short", "no type"),
        ("typedef int t; typedef long t;", "t;", "differently"),
    ] {
        let fault = parse(text).expect_err(text);
        assert!(fault.message.contains(why), "{text}: {fault:?}");
        let rest = text.get(fault.range.start..).unwrap();
        assert!(rest.starts_with(at) && (!at.is_empty() || rest.is_empty()), "{text}: {fault:?}");
    }
}

#[test]
fn large_constants_have_the_type_of_their_enum() {
    let types =
        parse("enum large { LARGE = 0x1234567890, SMALL = 1 }; enum { MINUS = -1 };").unwrap();
    assert_eq!(types.constant("LARGE"), Some((0x12_3456_7890, Int::number(64, false))));
    assert_eq!(types.constant("MINUS"), Some((-1, Int::number(32, true))));
}

#[test]
fn size_and_depth_are_bounded() {
    for text in [
        "struct s { int a[".to_owned() + &"(".repeat(100_000),
        "struct { ".repeat(100_000),
        "typedef int ".to_owned() + &"*".repeat(100_000) + "x;",
        "typedef int ".to_owned() + &"(*".repeat(100_000),
        "struct s { int a[".to_owned() + &"-".repeat(100_000) + "1]; };",
        (0..30_000).map(|n| format!("struct s{n} {{ int a; }};")).collect(),
        "struct s { int x".to_owned() + &"[2]".repeat(100_000) + "; };",
    ] {
        assert!(parse(&text).is_err());
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_row_of_tokens_panics(words in prop::collection::vec(prop::sample::select(vec![
        "struct", "union", "enum", "typedef", "s", "int", "{", "}", ";", ",", "*", "(", ")", "[",
        "]", ":", "3", "=", "-", "__attribute__", "((packed))", "char", "unsigned", "sizeof",
    ]), 0..30)) {
        let _ = parse(&words.join(" "));
    }
}
