//! `params:` and `--param`: what the command line sets is what the program computes with.

use serde_json::{Value, json};

use crate::harness::{Config, Running, finish, pull, runner};

const CONFIG: &str = "\
version: 1
params:
  who: {type: string, help: whose calls}
  add: {type: s16, default: 1}
  odd: {type: bool, default: true}
probes:
  - name: closes
    hook: syscall:close
    where: comm == $who && ((int)fd & 1) == $odd
    fields: [{fd: (int)fd}, {sum: (int)fd + $add}, {gone: {expr: task->no_such_member, default: $add}}]
";

#[test]
fn values_come_from_the_command_line() {
    let config = Config::new(CONFIG);
    let closes = |arguments: &[&str], comm: &str| {
        let watching = Running::start([&config.and(arguments)[..], &["-o", "json"]].concat());
        pull(config.folder(), &[comm, "close", "-5", ",", "close", "-6"]);
        let ended = watching.interrupt();
        let no_such = "`struct task_struct` has no member `no_such_member`: `gone` is its default";
        assert!(ended.stderr.contains(no_such), "{}", ended.stderr);
        let values = |event: &Value| json!([event["fd"], event["sum"], event["gone"]]);
        ended.objects().iter().map(values).collect::<Vec<_>>()
    };
    let set = ["--param", "who=params_a"];
    assert_eq!(closes(&set, "params_a"), [json!([-5, -4, 1])]);
    let set = [
        "--param",
        "who=none",
        "--param",
        "add=-300",
        "--param",
        "odd=false",
        "--param",
        "who=params_b",
    ];
    assert_eq!(closes(&set, "params_b"), [json!([-6, -306, -300])]);
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let config = Config::new(CONFIG);
    for (set, message) in [
        (vec![], "the parameter `who` has no value"),
        (vec!["who=a", "add=40000"], "the value `40000` of `add` is not a `s16`"),
        (vec!["who=a", "odd=yes"], "the value `yes` of `odd` is not a `bool`"),
        (vec!["who=a", "od=1"], "there is no parameter `od`: `--param od=1` means nothing"),
    ] {
        let set: Vec<&str> = set.into_iter().flat_map(|one| ["--param", one]).collect();
        let ended = finish(&mut runner(config.and(&set)));
        ended.assert(2, &[message]);
        let generate = [&["generate"], &config.and(&set)[..]].concat();
        finish(&mut runner(generate)).assert(2, &[message]);
    }
    // What is not known yet need not be known to check the rest.
    let validate =
        |more: &[&str]| finish(&mut runner([&["validate", config.path()], more].concat()));
    validate(&[]).assert(0, &[]);
    let ended = validate(&["--param", "add=five"]);
    ended.assert(1, &[]);
    assert!(ended.text().contains("error[bad-param]: the value `five`"), "{}", ended.text());
    let ended = validate(&["--param", "add_=5"]);
    ended.assert(1, &[]);
    assert!(ended.text().contains("did you mean `add` (s16)?"), "{}", ended.text());
}
