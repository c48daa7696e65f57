//! Values that are shown by name or in another form, in every format.

use serde_json::{Value, json};

use crate::harness::{Config, Running, pull};

/// An event without what no test knows beforehand.
fn known(mut event: Value) -> Value {
    let object = event.as_object_mut().unwrap();
    object.remove("ts");
    object.remove("probe");
    event
}

/// What the config shows of the trigger's calls, in JSON.
fn seen(config: &Config, arguments: &[&str]) -> Vec<Value> {
    let run = Running::start(config.and(&["-o", "json"]));
    pull(config.folder(), arguments);
    run.interrupt().objects().into_iter().map(known).collect()
}

#[test]
fn enums_of_the_kernel_are_shown_by_name() {
    let config = Config::probe(
        "tracepoint:timer:hrtimer_start",
        "where: comm == \"enums\"\n\
         fields: [mode, {number: (int)mode}, {hint: task->mm->exe_file->f_inode->i_write_hint}]",
    );
    // HRTIMER_MODE_REL is 1.
    let expected = json!({
        "mode": 1, "mode_text": "HRTIMER_MODE_REL", "number": 1,
        "hint": 0, "hint_text": "WRITE_LIFE_NOT_SET"
    });
    assert!(seen(&config, &["enums", "sleep", "1000"]).contains(&expected));
}

/// A config whose `fd` has an enum of its own.
fn descriptors() -> Config {
    Config::new(
        "version: 1\ntypes: 'enum which { NONE = -1, SEVEN = 7, SAME = 7 };'\nprobes:\n  \
         - name: probe\n    hook: syscall:write\n    where: comm == \"enums\"\n    \
         fields: [{fd: (enum which)fd}, {hex: {expr: fd, as: hex}}]\n    \
         print: '{fd:>5} {fd:x} {fd:d} {hex}'\n  \
         - hook: syscall:write\n    where: comm == \"enums\"\n    fields: [{fd: (enum which)fd}]\n",
    )
}

const WRITES: [&str; 12] =
    ["enums", "write", "7", "1", ",", "write", "-1", "1", ",", "write", "200", "1"];

#[test]
fn enums_of_the_config_are_shown_by_name() {
    let config = descriptors();
    let mut events = seen(&config, &WRITES);
    events.retain(|event| event.get("hex").is_some());
    let expected = [
        json!({"fd": 7, "fd_text": "SEVEN", "hex": 7, "hex_text": "0x7"}),
        json!({"fd": -1, "fd_text": "NONE", "hex": u32::MAX, "hex_text": "0xffffffff"}),
        // A value without a name has no text.
        json!({"fd": 200, "hex": 200, "hex_text": "0xc8"}),
    ];
    assert_eq!(events, expected);
}

#[test]
fn tables_and_csv_show_the_names() {
    let config = descriptors();
    let run = Running::start(config.and(&[]));
    pull(config.folder(), &WRITES);
    let text = run.interrupt().text();
    let lines: Vec<&str> = text.lines().collect();
    for line in ["SEVEN 0x7 7 0x7", " NONE 0xffffffff -1 0xffffffff", "  200 0xc8 200 0xc8"] {
        assert!(lines.contains(&line), "no `{line}` in\n{text}");
    }
    assert_eq!(lines.iter().filter(|line| ["SEVEN", "NONE", "200"].contains(line)).count(), 3);
    let run = Running::start(config.and(&["-o", "csv"]));
    pull(config.folder(), &WRITES);
    let text = run.interrupt().text();
    for end in [",\"SEVEN\",\"0x7\"", ",\"NONE\",\"0xffffffff\"", ",200,\"0xc8\""] {
        assert!(text.lines().any(|line| line.ends_with(end)), "no `{end}` in\n{text}");
    }
}
