//! One config on types that were moved, renamed, retyped and are missing: its values stay right. The
//! types are those of programs, as gcc puts them into their BTF.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Config, Running, finish, runner};
use crate::programs::{built, run};

const NAMES: [&str; 5] = ["ORIGINAL", "MOVED", "RENAMED", "RETYPED", "MISSING"];

/// Expressions, and their values in each of the layouts, or the one of all.
fn fields() -> Vec<(&'static str, Value)> {
    vec![
        ("b->number", json!(-5)),
        ("b->count", json!(4_000_000_000u32)),
        ("b->name", json!("by name")),
        ("b->minus", json!(-31)),
        ("b->minus + b->plus", json!(4969)),
        ("b->plus", json!(5000)),
        ("b->wide", json!(-60_000_000)),
        ("b->both", json!(0x5678_1234)),
        ("b->high", json!(0x5678)),
        ("b->items[2].value", json!(102)),
        ("b->items[n].value", json!(103)),
        ("b->items[n].weight", json!(-3)),
        ("b->items[n].flag", json!(1)),
        ("b->items[n + 1].value", json!([null, 0, null, null, null])),
        ("(b->items + 1)->value", json!(101)),
        ("&b->items[3] - b->items", json!(3)),
        ("b->link->number", json!(6)),
        ("b->link->link->link->number", json!(6)),
        ("(*b->link).link == b", json!(true)),
        ("sizeof(struct box)", json!([80, 136, 80, 96, 72])),
        ("sizeof b->items / sizeof(struct item)", json!([4, 6, 4, 4, 4])),
        ("b->state == SECOND", json!(true)),
        ("(long)SECOND", json!([2, 40, 2, 70000, 2])),
        ("(long)THIRD ?? -1", json!([3, 70001, 3, 3, -1])),
        ("b->stamp ?? b->when ?? 0", json!([77, 77, 77, 77, 0])),
        ("exists(b->stamp)", json!([true, true, false, true, false])),
        ("exists(struct extra)", json!([true, true, true, true, false])),
        ("exists(THIRD)", json!([true, true, true, true, false])),
        ("exists(b->link->stamp) ? b->stamp : -2", json!([77, 77, -2, 77, -2])),
        ("b->tail[5] ?? 0", json!([9, 9, 9, 9, 0])),
    ]
}

fn config(program: &Path) -> Config {
    let mut text = format!(
        "version: 1\nprobes:\n  - name: box\n    hook: 'uprobe:{}:probe'\n    args: {{b: 'struct box *', \
         n: int}}\n    fields:\n      - optional: {{expr: b->stamp, default: null}}\n",
        program.display()
    );
    for (index, (expression, _)) in fields().iter().enumerate() {
        text += &format!("      - f{index}: '{expression}'\n");
    }
    Config::new(&text)
}

/// The program with its types in that layout, always under one name.
fn program(folder: &Path, layout: usize) -> PathBuf {
    let option = format!("-DLAYOUT={layout}");
    let built = built(folder, "layouts", NAMES[layout], &["-gbtf", &option]);
    let path = folder.join("layouts");
    fs::copy(built, &path).unwrap();
    path
}

#[test]
fn one_config_reads_every_layout() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    let mut texts = Vec::new();
    for (layout, name) in NAMES.iter().enumerate() {
        let program = program(folder.path(), layout);
        let config = config(&program);
        let types = program.to_str().unwrap();
        let watching = Running::start(config.and(&["-o", "json", "--btf", types]));
        run(&program, &[]);
        let ended = watching.interrupt();
        let events = ended.objects();
        assert_eq!(events.len(), 1, "{name}: {}", ended.stderr);
        for (index, (expression, expected)) in fields().iter().enumerate() {
            let expected = expected.as_array().map_or(expected, |each| &each[layout]);
            let seen = &events[0][format!("f{index}")];
            if seen != expected {
                wrong.push(format!("{name}: {expression}: {seen}, not {expected}"));
            }
        }
        let lacks = ["RENAMED", "MISSING"].contains(name);
        assert_eq!(events[0]["optional"], if lacks { json!(null) } else { json!(77) }, "{name}");
        let said = "`struct box` has no member `stamp`: `optional` is null";
        assert_eq!(ended.stderr.contains(said), lacks, "{name}: {}", ended.stderr);
        let generate = [&["generate", "--btf", types], &config.and(&[])[..]].concat();
        let text = finish(&mut runner(generate)).text();
        texts.push(text.replace(config.path(), "config"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What was only moved is no part of the program.
    assert!(texts[0] == texts[1] && texts[0].contains("core:byte_off:box:number"), "{}", texts[0]);
}
