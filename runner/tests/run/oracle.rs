//! Random expressions have the values that gcc gives them: over a structure that a program fills, in
//! memory and in registers.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Config, Running};

/// How many expressions.
const COUNT: usize = 400;
/// Expressions of one probe.
const FIELDS: usize = 25;
/// How often the program calls the function, each time with other values.
const CALLS: usize = 6;

/// For `types:` and for gcc.
const TYPES: &str = "\
enum colour { RED = -3, GREEN, BLUE = 70000 };
enum large { LARGE = 0x1234567890 };
struct inner { int8_t a; uint16_t b; int32_t c; uint64_t d; };
struct values {
  int8_t byte; uint8_t ubyte; int16_t half; uint16_t uhalf; int32_t word; uint32_t uword;
  int64_t wide; uint64_t uwide; char letter; _Bool yes;
  unsigned three : 3; int seven : 7; unsigned beside : 31; unsigned full : 32; long twenty : 20;
  unsigned long forty : 40; int whole : 32; _Bool bit : 1; uint8_t five : 5; int16_t eleven : 11;
  struct inner inner; struct inner list[4]; int32_t table[3][4]; uint8_t bytes[8]; int64_t longs[4];
  struct values *next; struct inner *at; int64_t *far;
  enum colour colour; enum large large;
  union { uint32_t both; struct { int16_t low; uint16_t high; }; };
};
";

/// Numbers that look random (xorshift64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn one<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len())]
    }

    /// A value without operators.
    fn leaf(&mut self) -> String {
        const MEMBERS: &[&str] = &[
            "byte",
            "ubyte",
            "half",
            "uhalf",
            "word",
            "uword",
            "wide",
            "uwide",
            "letter",
            "yes",
            "three",
            "seven",
            "beside",
            "full",
            "twenty",
            "whole",
            "bit",
            "five",
            "eleven",
            "colour",
            "large",
            "both",
            "low",
            "high",
            "inner.a",
            "inner.b",
            "inner.c",
            "inner.d",
            "list[2].c",
            "list->b",
            "table[1][3]",
            "bytes[5]",
            "longs[3]",
            "at->a",
            "at->d",
            "at[1].c",
            "far[2]",
        ];
        const LITERALS: &[&str] = &[
            "0",
            "1",
            "2",
            "7u",
            "10",
            "'x'",
            "'\\n'",
            "'\\xff'",
            "'\\0'",
            "127",
            "128",
            "255",
            "32768",
            "0x7fffffff",
            "0x80000000",
            "0xffffffff",
            "2147483648",
            "4294967295u",
            "017",
            "0b1011",
            "0x7fffffffffffffff",
            "0xffffffffffffffff",
            "1ul",
            "3l",
            "1000000007",
            "RED",
            "GREEN",
            "BLUE",
            "LARGE",
            "sizeof(struct values)",
            "sizeof(int)",
            "sizeof s->list",
            "sizeof s->list[0]",
            "sizeof(struct inner *)",
            "sizeof s->inner.b",
        ];
        match self.roll(10) {
            0..6 => {
                let base = self.one(&["s", "s", "s->next", "s->next->next", "(*s)", "(&*s)"]);
                let member = self.one(MEMBERS);
                let whole = format!("{base}->{member}").replace("(*s)->", "(*s).");
                // To gcc a bitfield wider than `int` is a type of its own; to others it is not.
                match self.roll(12) {
                    0 => format!("({})s->forty", self.one(&["long", "uint64_t", "int"])),
                    _ => whole,
                }
            }
            6..8 => self.one(LITERALS).to_owned(),
            _ => self.one(&["n", "m", "h", "c", "u"]).to_owned(),
        }
    }

    /// A value by an index or an address that is known only when it is read.
    fn place(&mut self, depth: usize) -> String {
        let x = self.value(depth);
        match self.roll(9) {
            0 => format!("s->list[({x}) & 3].c"),
            1 => format!("s->bytes[({x}) & 7]"),
            2 => format!("s->table[({x}) & 1][({x}) & 3]"),
            3 => format!("s->next->list[({x}) & 3].a"),
            4 => format!("*(s->longs + (({x}) & 3))"),
            5 => format!("s->at[({x}) & 1].b"),
            6 => format!("(&s->list[({x}) & 3] - s->list)"),
            7 => format!("(({x}) & 1 ? s : s->next)->half"),
            _ => format!("((char *)&s->list[({x}) & 3] - (char *)s)"),
        }
    }

    /// An expression of a number.
    fn value(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.leaf();
        }
        let x = self.value(depth - 1);
        // One side is often short, so that there are long and bushy ones.
        let smaller = self.roll(depth);
        let y = self.value(smaller);
        match self.roll(16) {
            0..6 => {
                format!("{} {} {}", side(x), self.one(&["+", "-", "*", "&", "|", "^"]), side(y))
            }
            6 => format!("({x}) {} (({y} & 15) | 1)", self.one(&["/", "%"])),
            7 => format!(
                "({x}) {} {}",
                self.one(&["/", "%"]),
                self.one(&["7", "3u", "-5", "1000l", "9ul"])
            ),
            8 => format!("({x}) {} (({y}) & 31)", self.one(&["<<", ">>"])),
            9 => {
                format!("({x}) {} {}", self.one(&["<<", ">>"]), self.one(&["1", "7", "31", "5ul"]))
            }
            10 => {
                let sign = self.one(&["<", "<=", ">", ">=", "==", "!="]);
                format!("{} {sign} {}", side(x), side(y))
            }
            11 => format!("{} {} {}", side(x), self.one(&["&&", "||"]), side(y)),
            12 => format!("{}({x})", self.one(&["-", "~", "!", "+", "!!"])),
            13 => {
                let ty = self.one(&[
                    "int8_t",
                    "uint8_t",
                    "short",
                    "unsigned short",
                    "int",
                    "unsigned",
                    "long",
                    "uint64_t",
                    "_Bool",
                    "char",
                    "enum colour",
                ]);
                format!("({ty})({x})")
            }
            14 => {
                let z = self.leaf();
                format!("({z} ? {x} : {y})")
            }
            _ => self.place(smaller),
        }
    }
}

/// An operand, in brackets where it holds an operator: by chance some precedence is left to tell.
fn side(x: String) -> String {
    match x.len() % 3 {
        0 => x,
        _ => format!("({x})"),
    }
}

/// The program: it fills structures, prints each value, and calls the function that is watched.
fn program(expressions: &[String]) -> String {
    let shown: String = expressions.iter().map(|text| format!("  SHOW({text});\n")).collect();
    format!(
        r#"#include <stdint.h>
#include <stdio.h>
#include <string.h>
{TYPES}
#define SHOW(x) do {{ __auto_type v = +(x); \
  if ((__typeof__(v))-1 < (__typeof__(v))0) printf("%lld\n", (long long)v); \
  else printf("%llu\n", (unsigned long long)v); }} while (0)
__attribute__((noinline)) void probe(struct values *s, int n, unsigned long m, short h,
  unsigned char c, unsigned u)
{{
  __asm__ volatile("" : : "r"(s), "r"(n), "r"(m), "r"((int)h), "r"((int)c), "r"(u) : "memory");
{shown}}}
static uint64_t state = 0x9e3779b97f4a7c15;
static uint64_t any(void)
{{
  state ^= state << 13; state ^= state >> 7; state ^= state << 17;
  switch (state >> 61) {{
  case 0: return (state & 31) - 16;
  case 1: return 1ull << (state & 63);
  case 2: return ~0ull >> (state & 63);
  case 3: return -1ull << (state & 63);
  default: return state;
  }}
}}
static void fill(struct values *s, struct values *next)
{{
  for (unsigned i = 0; i < sizeof *s / 8; i++) {{ uint64_t x = any(); memcpy((char *)s + 8 * i, &x, 8); }}
  // A `_Bool` has no values but two.
  *(unsigned char *)&s->yes &= 1;
  s->letter = any(); s->seven = any(); s->twenty = any();
  static struct inner near[2]; static int64_t far[3];
  for (int i = 0; i < 2; i++) near[i] = (struct inner){{any(), any(), any(), any()}};
  for (int i = 0; i < 3; i++) far[i] = any();
  s->next = next; s->at = near; s->far = far;
}}
int main(void)
{{
  static struct values one, two;
  for (int i = 0; i < {CALLS}; i++) {{
    fill(&one, &two);
    fill(&two, &one);
    probe(&one, any(), any(), any(), any(), any());
  }}
}}
"#
    )
}

/// What gcc's program prints: for each call the value of each expression.
fn expected(folder: &Path, expressions: &[String]) -> Vec<Vec<i128>> {
    let source = folder.join("values.c");
    fs::write(&source, program(expressions)).unwrap();
    let mut gcc = Command::new("gcc");
    // What C leaves undefined wraps here as it does there.
    gcc.args(["-std=gnu17", "-O0", "-g0", "-w", "-fwrapv", "-o"]).arg(folder.join("values"));
    assert!(gcc.arg(source).status().unwrap().success());
    let output = Command::new(folder.join("values")).output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let values: Vec<i128> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(values.len(), expressions.len() * CALLS);
    values.chunks(expressions.len()).map(<[i128]>::to_vec).collect()
}

fn config(program: &Path, expressions: &[String]) -> String {
    let mut text = "version: 1\ntypes: |\n".to_owned();
    text.extend(TYPES.lines().map(|line| format!("  {line}\n")));
    text += "probes:\n";
    for (probe, fields) in expressions.chunks(FIELDS).enumerate() {
        text += &format!("  - name: p{probe}\n    hook: 'uprobe:{}:probe'\n", program.display());
        text += "    args: {s: 'struct values *', n: int, m: unsigned long, h: short, c: unsigned char, \
                 u: unsigned}\n    fields:\n";
        for (index, expression) in fields.iter().enumerate() {
            text += &format!("      - f{index}: '{}'\n", expression.replace('\'', "''"));
        }
    }
    text
}

fn number(value: &Value) -> Option<i128> {
    match value {
        Value::Bool(truth) => Some(i128::from(*truth)),
        value => value.as_i64().map(i128::from).or(value.as_u64().map(i128::from)),
    }
}

#[test]
fn random_expressions_have_the_values_of_c() {
    // Another seed tries others: RUNNER_SEED=7
    let seed = std::env::var("RUNNER_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut dice = Dice(seed.unwrap_or(0x2545_f491_4f6c_dd1d));
    let expressions: Vec<String> = (0..COUNT)
        .map(|index| {
            let depth = 1 + index % 4;
            dice.value(depth)
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let expected = expected(folder.path(), &expressions);
    let program = folder.path().join("values");
    let config = Config::new(&config(&program, &expressions));
    let watching = Running::start(config.and(&["-o", "json"]));
    assert!(Command::new(&program).output().unwrap().status.success());
    let ended = watching.interrupt();
    let mut wrong = Vec::new();
    for (probe, fields) in expressions.chunks(FIELDS).enumerate() {
        let events = ended.with("probe", format!("p{probe}"));
        assert_eq!(events.len(), CALLS, "{}", ended.stderr);
        for (index, expression) in fields.iter().enumerate() {
            let name = format!("f{index}");
            for (call, event) in events.iter().enumerate() {
                let (seen, of_c) = (&event[&name], expected[call][probe * FIELDS + index]);
                if number(seen) != Some(of_c) {
                    wrong.push(format!("{expression}: {seen}, in C {of_c}, call {call}"));
                    break;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} of {COUNT}", wrong.join("\n"), wrong.len());
}
