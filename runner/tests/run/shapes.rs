//! Every shape that a value in memory can have: a structure whose values the program sets, read
//! through `types:`.

use serde_json::{Value, json};

use crate::harness::{Config, Running, finish, runner};
use crate::programs::{built, run};

/// As in the program.
const TYPES: &str = "\
enum colour { RED = -3, GREEN, BLUE = 70000 };
enum large { LARGE = 0x1234567890 };
struct point { int16_t x; int32_t y; };
struct __attribute__((packed)) tight {
  char first; unsigned a : 3; unsigned b : 14; int c : 11; uint64_t last;
};
struct __attribute__((packed)) nine { char a : 3; long far : 62; unsigned long whole : 64; };
struct shapes {
  unsigned low : 3; int minus : 7; enum colour shade : 18; unsigned : 0; int alone : 30; int beyond : 9; _Bool yes : 1;
  long wide : 40; unsigned long rest : 24;
  struct point points[4]; short table[3][2]; char names[2][8];
  enum colour colour; enum large large; const volatile unsigned flags; int (*callback)(int);
  struct shapes *next; struct point *first; struct point **firsts; struct point (*all)[4];
  union { uint64_t both; struct { uint32_t half; int32_t other; }; };
  struct tight tight; const char *text; const char *const *texts; struct nine *nine; int count;
  struct point tail[];
};
";

/// The events of the program with these fields, by name, and the expected values of each field in
/// the program's three calls.
fn values(fields: &[(&str, Value)]) {
    let folder = tempfile::tempdir().unwrap();
    let program = built(folder.path(), "shapes", "shapes", &["-g0"]);
    let mut text = "version: 1\ntypes: |\n".to_owned();
    text.extend(TYPES.lines().map(|line| format!("  {line}\n")));
    text += &format!("probes:\n  - name: shapes\n    hook: 'uprobe:{}:probe'\n", program.display());
    text += "    args: {s: 'struct shapes *', n: int, far: long, byte: unsigned char}\n";
    text += "    fields:\n";
    for (index, (expr, _)) in fields.iter().enumerate() {
        text += &format!("      - f{index}: '{}'\n", expr.replace('\'', "''"));
    }
    let config = Config::new(&text);
    let watching = Running::start(config.and(&["-o", "json"]));
    run(&program, &[]);
    let ended = watching.interrupt();
    let events = ended.objects();
    assert_eq!(events.len(), 3, "{}", ended.stderr);
    let mut wrong = Vec::new();
    for (index, (expr, expected)) in fields.iter().enumerate() {
        // What stands in an object is the text of the number.
        let (name, expected) = match expected {
            Value::Object(shown) => (format!("f{index}_text"), &shown["text"]),
            value => (format!("f{index}"), value),
        };
        let seen: Vec<Value> = events.iter().map(|event| event[&name].clone()).collect();
        // One value stands for three that are the same.
        let expected = match expected {
            Value::Array(each) => each.clone(),
            same => vec![same.clone(); 3],
        };
        if seen != expected {
            wrong.push(format!("{expr}: {seen:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn members_of_every_shape() {
    values(&[
        ("s->low", json!(5)),
        ("s->minus", json!(-37)),
        ("s->shade", json!(70_000)),
        ("s->shade", json!({"text": "BLUE"})),
        ("s->colour", json!({"text": "GREEN"})),
        ("s->shade == BLUE && s->shade - 70001 < 0", json!(true)),
        ("s->alone", json!(-500_000_000)),
        ("s->beyond", json!(-200)),
        ("s->yes", json!(true)),
        ("s->wide", json!(-500_000_000_000i64)),
        ("s->rest", json!(0xab_cdef)),
        ("s->points[3].x", json!(-30)),
        ("s->points[3].y", json!(3_000_000)),
        ("(*s).points[1].y", json!(1_000_000)),
        ("s->points->y", json!(0)),
        ("s->table[2][1]", json!(16)),
        ("**s->table", json!(-5)),
        ("*s->table[2] + **(s->table + 1)", json!(20)),
        ("s->names[0]", json!("brief")),
        ("s->names[1]", json!("entirely")),
        ("s->names[1][7]", json!(121)),
        ("(int)s->colour", json!(-2)),
        ("s->colour == GREEN", json!(true)),
        ("s->colour < RED", json!(false)),
        ("(long)s->large == LARGE", json!(true)),
        ("s->flags", json!(0xf00d_cafeu32)),
        ("s->callback == s->callback", json!(true)),
        ("s->next->next == s", json!(true)),
        ("s->next->count", json!(77)),
        ("s->next->next->count", json!(3)),
        ("s->first->x", json!(1)),
        ("s->first[2].y", json!(6)),
        ("(*s->firsts)->x", json!(5)),
        ("(**s->firsts).x", json!(5)),
        ("s->firsts[2]->y", json!(2)),
        ("(*s->all)[2].x", json!(-20)),
        ("s->both", json!(0xffff_fffe_89ab_cdefu64)),
        ("s->half", json!(0x89ab_cdefu32)),
        ("s->other", json!(-2)),
        ("s->tight.first == 'f'", json!(true)),
        ("s->tight.a", json!(6)),
        ("s->tight.b", json!(0x2bcd)),
        ("s->tight.c", json!(-1000)),
        ("s->tight.last", json!(0x1122_3344_5566_7788u64)),
        ("s->nine->far", json!(-1_234_567_890_123_456_789i64)),
        ("s->nine->whole", json!(0xfedc_ba98_7654_3210u64)),
        ("s->text", json!("some text")),
        ("s->text[5]", json!(116)),
        ("*s->text", json!(115)),
        ("s->text + 5", json!("text")),
        ("s->texts[2]", json!("two")),
        ("*s->texts", json!("nought")),
        ("*(s->texts + 1)", json!("one")),
        ("s->texts[3]", json!(null)),
        ("s->tail[1].x", json!(101)),
    ]);
}

#[test]
fn indexes_arithmetic_and_choices() {
    values(&[
        // The last two indexes are outside of every array here.
        ("s->points[n].y", json!([2_000_000, null, null])),
        ("s->points[byte].y", json!([null, 0, null])),
        ("s->points[far].y", json!([null, null, 0])),
        ("s->table[n][1]", json!([16, null, null])),
        ("s->names[byte]", json!([null, "brief", null])),
        ("s->names[1][n]", json!([116, 114, null])),
        ("n == 2 ? s->tail[n].y : 0", json!([-102, 0, 0])),
        ("n == 2 ? (s->points + n)->x : 0", json!([-20, 0, 0])),
        ("n > 0 ? s->first[n - 2].x : 0", json!([1, 5, 0])),
        ("&s->points[3] - s->points", json!(3)),
        ("(char *)&s->points[3] - (char *)s->points", json!(24)),
        ("&s->points[n] == &s->points[2]", json!([true, null, null])),
        ("&s->tight.last - (u64 *)&s->tight", json!(0)),
        ("(u64)&s->count - (u64)s", json!(192)),
        ("*(u16 *)s->points", json!(0)),
        ("*(s32 *)&s->points[2].y", json!(2_000_000)),
        ("((struct point *)s->firsts[1])->y", json!(4)),
        ("sizeof(struct shapes)", json!(200)),
        ("sizeof s->points / sizeof s->points[0]", json!(4)),
        ("sizeof(struct tight) + sizeof(u16[3])", json!(19)),
        ("n > 2 ? 1 : n < 0 ? -1 : 0", json!([0, 1, -1])),
        ("n == 2 ? s->text : s->texts[1]", json!(["some text", "one", "one"])),
        ("n == 2 ? \"two\" : n < 0 ? \"\" : \"many\"", json!(["two", "many", ""])),
        ("n == 2 ? s->names[1] : \"other\"", json!(["entirely", "other", "other"])),
        ("n == 2 ? comm : s->text", json!(["shapes", "some text", "some text"])),
        ("(n == 2 ? s->names[1] : \"other\") == \"other\"", json!([false, true, true])),
        ("(n < 0 ? s : s->next)->count", json!([77, 77, 3])),
        // Of what C does not evaluate, nothing can fail.
        ("n == 2 ? s->count : s->points[n].x", json!([3, null, null])),
        ("n == 2 || s->points[n].x", json!([true, null, null])),
        ("n < 4 && n >= 0 && s->points[n].x == -20", json!([true, false, false])),
        ("byte ? 100 / byte : -1", json!([0, -1, 0])),
        ("100 / byte", json!([0, null, 0])),
        ("100 % (n - 4)", json!([0, null, 0])),
        ("+byte - ~n", json!([203, 5, 255])),
    ]);
}

/// The guests' case of this kernel's structures.
#[test]
fn structures_of_this_kernel() {
    let folder = tempfile::tempdir().unwrap();
    built(folder.path(), "kernel_shapes", "kernel_shapes", &[]);
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/guest/shapes.yaml");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let ended = finish(runner(["test", config]).env("PATH", path));
    ended.assert(0, &[]);
    assert!(ended.text().contains("1 test: 1 passed"), "{}", ended.text());
}
