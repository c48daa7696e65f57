//! Expressions put together at random: typing survives them, and what it says of them holds.

use proptest::prelude::*;

use super::*;

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "i",
        "u",
        "l",
        "n",
        "s",
        "c",
        "yes",
        "name",
        "sock",
        "p",
        "h",
        "shapes",
        "text",
        "data",
        "texts",
        "comm",
        "pid",
        "task",
        "retval",
        "latency",
        "nsecs",
        "time",
        "ppid",
        "0",
        "1",
        "-1",
        "7u",
        "0xffffffff",
        "2s",
        "'x'",
        "\"x\"",
        "\"\"",
        "\"*a?\"",
        "args",
        "missing",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 2, |inner| {
        let member = prop::sample::select(vec![
            "name",
            "sk",
            "__sk_common",
            "skc_family",
            "points",
            "minus",
            "tail",
            "all",
            "high",
            "counts",
            "comm",
            "real_parent",
            "refcnt",
            "counter",
            "iname",
            "words",
            "twice",
            "x",
            "ratio",
            "in_execve",
            "pid",
        ]);
        let op = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "<<", ">>", "<", "<=", ">", ">=", "==", "!=", "&", "^", "|",
            "&&", "||", "~",
        ]);
        let cast = prop::sample::select(vec![
            "u8",
            "struct sock *",
            "struct twice *",
            "bool",
            "long",
            "char *",
            "void *",
            "enum sk_state",
            "int (*)[4]",
            "struct task_struct",
            "nope",
        ]);
        prop_oneof![
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(c, x, y)| format!("({c} ? {x} : {y})")),
            (inner.clone(), inner.clone()).prop_map(|(x, i)| format!("{x}[{i}]")),
            (inner.clone(), inner.clone()).prop_map(|(x, y)| format!("({x} ?? {y})")),
            inner.clone().prop_map(|x| format!("*{x}")),
            inner.clone().prop_map(|x| format!("(&{x})")),
            inner.clone().prop_map(|x| format!("sizeof({x})")),
            inner.clone().prop_map(|x| format!("exists({x})")),
            (inner.clone(), op, inner.clone()).prop_map(|(x, op, y)| format!("({x} {op} {y})")),
            (inner.clone(), member).prop_map(|(x, name)| format!("{x}->{name}")),
            (cast, inner.clone()).prop_map(|(ty, x)| format!("(({ty}){x})")),
            inner.clone().prop_map(|x| format!("str({x}, 9)")),
            inner.clone().prop_map(|x| format!("!{x}")),
            inner.prop_map(|x| format!("-{x}")),
        ]
    })
}

proptest! {
    #[test]
    fn typing_never_panics(text in expressions()) {
        let kernel = Kernel::new();
        let scope = scope(&kernel, ARGS, true);
        let typer = Typer::new(&scope, &kernel);
        if let Ok(expr) = parse(&text, &|range| Span::new(range.start, range.end)) {
            let inside = |fault: &Diagnostic| {
                fault.span.is_some_and(|span| span.start <= span.end && span.end <= text.len())
            };
            for typed in [typer.field(&expr), typer.condition(&expr)] {
                match typed {
                    Ok(typed) => {
                        prop_assert!(!matches!(typed.ty, Type::Record(_) | Type::Void));
                        let mut steps = Vec::new();
                        typed.add_steps(&mut steps);
                        // A literal fails where the record has no room left, which no step says.
                        let literal = typed.any(|typed| matches!(typed.node, Node::Text(_)));
                        let fails = literal || !steps.is_empty();
                        prop_assert_eq!(typed.may_fail(), fails, "{}", text);
                    }
                    Err(fault) => prop_assert!(inside(&fault), "{text}: {fault:?}"),
                }
            }
        }
    }
}
