//! Typing, against the kernel of [`crate::facts::testing`].

mod hostile;
mod places;

use super::*;
use crate::diag::{Code, Diagnostic, Span};
use crate::facts::Facts;
use crate::facts::btf::TypeId;
use crate::facts::testing::Kernel;

/// A hook whose arguments are `names`, in registers, with types written as in C.
fn scope(facts: &Kernel, args: &[(&str, &str)], call: bool) -> Scope {
    let typed = |ty: &str| {
        let base = ty.trim_end_matches('*').trim();
        let id = facts.btf().unwrap().find(base).unwrap();
        let base = Type::from_btf(facts.btf().unwrap(), id, Space::Kernel);
        let stars = ty.matches('*').count();
        (0..stars).fold(base, |to, _| Type::Pointer(Box::new(to), Space::Kernel))
    };
    let args = args.iter().enumerate().map(|(index, (name, ty))| Named {
        name: (*name).to_owned(),
        ty: Ok(typed(ty)),
        place: ArgPlace::Register(index as u8),
    });
    Scope {
        hook: "func:f".into(),
        args: Ok(args.collect()),
        retval: Ok(Type::Int(Int::number(64, true))),
        call,
        space: Space::Kernel,
    }
}

const ARGS: &[(&str, &str)] = &[
    ("i", "int"),
    ("u", "unsigned int"),
    ("l", "long"),
    ("n", "u64"),
    ("s", "short"),
    ("c", "char"),
    ("yes", "_Bool"),
    ("pid", "int"),
    ("name", "struct filename *"),
    ("sock", "struct socket *"),
    ("p", "struct task_struct *"),
    ("h", "struct holder *"),
    ("shapes", "struct shapes *"),
    ("text", "char *"),
    ("data", "void *"),
    ("texts", "char **"),
];

fn parsed(text: &str) -> Expr {
    parse(text, &|range| Span::new(range.start, range.end)).expect(text)
}

/// The field `text` at a call of a function with [`ARGS`].
fn field(text: &str) -> Result<Typed, Diagnostic> {
    let kernel = Kernel::new();
    let scope = scope(&kernel, ARGS, true);
    Typer::new(&scope, &kernel).field(&parsed(text))
}

fn condition(text: &str) -> Result<Typed, Diagnostic> {
    let kernel = Kernel::new();
    let scope = scope(&kernel, ARGS, true);
    Typer::new(&scope, &kernel).condition(&parsed(text))
}

/// The type of `text`, as messages show it.
fn type_of(text: &str) -> String {
    field(text).expect(text).ty.c_name(Kernel::new().btf().ok())
}

#[test]
fn integers_are_converted_as_in_c() {
    for (text, ty) in [
        ("i + 1", "int"),
        ("s + c", "int"),
        ("yes + yes", "int"),
        ("i + u", "unsigned int"),
        ("i + l", "long"),
        ("u + l", "long"),
        ("l + n", "unsigned long"),
        ("u + 1l", "long"),
        ("i + 1u", "unsigned int"),
        ("i + 0x80000000", "unsigned int"),
        ("i + 2147483648", "long"),
        ("-s", "int"),
        ("-u", "unsigned int"),
        ("~yes", "int"),
        ("s << 4l", "int"),
        ("n >> i", "unsigned long"),
        ("1 << l", "int"),
        ("l < n", "int"),
        ("!n", "int"),
        ("i && p", "int"),
        ("(u64)i", "unsigned long"),
        ("(unsigned long)p", "unsigned long"),
        ("(short)l", "short"),
        ("'a' + c", "int"),
        ("10ms", "long"),
        ("nsecs + 2s", "unsigned long"),
        ("pid + i", "unsigned int"),
        ("args.pid + i", "int"),
        ("-1", "int"),
        ("-2147483648", "long"),
        ("latency / 1000", "unsigned long"),
        ("retval % 3", "long"),
        ("i ? s : u", "unsigned int"),
        ("i ? s : c", "int"),
        ("i ? l : 0u", "long"),
        ("i ? name : 0", "struct filename *"),
        ("i ? data : name", "void *"),
        ("+c", "int"),
        ("SK_OPEN", "int"),
        ("HUGE", "unsigned long"),
        ("BIG", "unsigned long"),
        ("MINUS", "int"),
        ("-ENOENT", "int"),
        ("exists(O_CREAT)", "int"),
        ("AT_FDCWD", "int"),
        ("CLONE_IO", "unsigned int"),
        ("CLONE_INTO_CGROUP", "long"),
        ("sizeof(int)", "unsigned long"),
        ("sizeof s", "unsigned long"),
        ("p - p", "long"),
        ("1'000", "int"),
    ] {
        assert_eq!(type_of(text), ty, "{text}");
    }
}

/// The tree with its types, short.
fn tree(typed: &Typed) -> String {
    let ty = typed.ty.c_name(None);
    match &typed.node {
        Node::Int(value) => format!("{}:{ty}", *value as i64),
        Node::Text(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        Node::Null => "null".into(),
        Node::Native(native) => format!("{native:?}"),
        Node::Arg(arg) => arg.name.clone(),
        Node::Saved { index, .. } => format!("saved{index}"),
        Node::Retval => "retval".into(),
        Node::Latency => "latency".into(),
        Node::Member(m) => {
            format!("{}{{{}.{}}}", tree(&m.base), m.record, m.path)
        }
        Node::Deref { address, .. } => format!("*{}", tree(address)),
        Node::Address(place) => format!("&{}", tree(place)),
        Node::Element(element) => {
            let Element { array, index, size, total } = &**element;
            format!("{}[{}; {} of {}]", tree(array), tree(index), tree(size), tree(total))
        }
        Node::Asked(asked) => match &asked.question {
            Question::TypeSize(ty) => format!("sizeof({ty})={}", asked.here),
            Question::FieldSize(record, path) => format!("sizeof({record}.{path})={}", asked.here),
            Question::EnumValue(ty, name) => format!("{ty}::{name}={}", asked.here as i64),
            Question::TypeExists(ty) => format!("exists({ty})={}", asked.here),
            Question::FieldExists(record, path) => {
                format!("exists({record}.{path})={}", asked.here)
            }
            Question::EnumExists(ty, name) => format!("exists({ty}::{name})={}", asked.here),
        },
        Node::Choose(c, x, y) => format!("({} ? {} : {})", tree(c), tree(x), tree(y)),
        Node::Unary(op, x) => format!("{op:?}({})", tree(x)),
        Node::Arith(op, x, y) => format!("{op:?}:{ty}({}, {})", tree(x), tree(y)),
        Node::Compare(op, x, y) => format!("{op:?}({}, {})", tree(x), tree(y)),
        Node::Truth(x) => format!("Truth({})", tree(x)),
        Node::Not(x) => format!("Not({})", tree(x)),
        Node::And(x, y) => format!("And({}, {})", tree(x), tree(y)),
        Node::Or(x, y) => format!("Or({}, {})", tree(x), tree(y)),
        Node::Convert(x) => format!("({ty}){}", tree(x)),
        Node::ReadBytes(Bytes { address, space, len, form: Form::Plain, .. }) => {
            format!("Bytes{space:?}({}, {})", tree(address), tree(len))
        }
        Node::ReadStrings { address, space } => format!("Strings{space:?}({})", tree(address)),
        Node::ReadText { address, space, max } => {
            let max = max.map_or(String::new(), |max| format!(", {max}"));
            format!("Str{space:?}({}{max})", tree(address))
        }
        Node::Ipv4(x) => format!("Ipv4({})", tree(x)),
        Node::ReadBytes(Bytes { address, len, form, .. }) => {
            format!("{form:?}({}, {})", tree(address), tree(len))
        }
        Node::Symbol(space, x) => format!("Symbol{space:?}({})", tree(x)),
        Node::TextFits(x, fit, text) => {
            format!("{fit:?}({}, {:?})", tree(x), String::from_utf8_lossy(text))
        }
    }
}

#[test]
fn trees_are_those_of_c() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        ("i + u", "Add:unsigned int((unsigned int)i, u)"),
        ("i + 1", "Add:int(i, 1:int)"),
        ("u - 1", "Sub:unsigned int(u, 1:unsigned int)"),
        ("s * 2 + c", "Add:int(Mul:int((int)s, 2:int), (int)c)"),
        ("u + -1", "Add:unsigned int(u, 4294967295:unsigned int)"),
        ("i & 1 == 1", "And:int(i, Eq(1:int, 1:int))"),
        ("(i & 1) == 1", "Eq(And:int(i, 1:int), 1:int)"),
        ("i < u", "Lt((unsigned int)i, u)"),
        ("p == 0", "Eq((unsigned long)p, 0:unsigned long)"),
        ("!p", "Not(Truth(p))"),
        ("i < 1 < 2", "Lt(Lt(i, 1:int), 2:int)"),
        ("n >> s", "Shr:unsigned long(n, (int)s)"),
        ("-i - -1", "Sub:int(Neg(i), -1:int)"),
        ("7 / 2 * 3u - 1", "8:unsigned int"),
        ("(u8)300 + 1", "45:int"),
        ("~0ul >> 60", "15:unsigned long"),
        ("(bool)l", "(bool)Truth(l)"),
        ("ppid", "Task{task_struct.real_parent}{task_struct.tgid}"),
        ("name->name", "StrKernel(name{filename.name})"),
        ("name.name", "StrKernel(name{filename.name})"),
        ("str(name->name, 16)", "StrKernel(name{filename.name}, 16)"),
        ("name->iname", "StrKernel(name{filename.iname})"),
        ("name->refcnt.counter", "name{filename.refcnt.counter}"),
        ("sock->sk->__sk_common.skc_family", "sock{socket.sk}{sock.__sk_common.skc_family}"),
        ("sock.sk.__sk_common->skc_daddr", "sock{socket.sk}{sock.__sk_common.skc_daddr}"),
        ("p->comm", "p{task_struct.comm}"),
        ("str(p->comm)", "p{task_struct.comm}"),
        ("str(p->comm, 4)", "StrKernel(&p{task_struct.comm}, 4)"),
        ("str(p->comm, 16)", "p{task_struct.comm}"),
        ("str(name->iname, 8)", "StrKernel(&name{filename.iname}, 8)"),
        ("str(data, sizeof(int) * 4)", "StrKernel(data, 16)"),
        ("comm", "Comm"),
        ("task", "Task"),
        ("task->comm", "Task{task_struct.comm}"),
        ("data", "data"),
        ("str(data)", "StrKernel(data)"),
        ("str(n)", "StrKernel(n)"),
        ("text", "StrKernel(text)"),
        ("(u64)text", "(unsigned long)text"),
        ("texts", "texts"),
        ("((struct filename *)data)->name", "StrKernel((struct filename *)data{filename.name})"),
        ("((struct filename *)n).name", "StrKernel((struct filename *)n{filename.name})"),
        ("pid", "Pid"),
        ("args.pid", "pid"),
        ("args->pid", "pid"),
        ("buf(data, i)", "BytesKernel(data, (long)i)"),
        ("buf(name->iname, 16)", "BytesKernel(&name{filename.iname}, 16:long)"),
        ("buf(user(n), pid)", "BytesUser((void *)n, (unsigned long)Pid)"),
        ("argv(texts)", "StringsKernel(texts)"),
        ("argv(user(n))", "StringsUser((void *)n)"),
        ("retval", "retval"),
    ] {
        let found = field(text).map(|typed| tree(&typed));
        if found.as_deref() != Ok(expected) {
            wrong.push(format!("{text}: {found:?}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn strings_are_compared_with_literals() {
    for (text, expected) in [
        ("comm == \"sh\"", "Whole(Comm, \"sh\")"),
        ("\"sh\" == comm", "Whole(Comm, \"sh\")"),
        ("comm != \"sh\"", "Not(Whole(Comm, \"sh\"))"),
        ("p->comm == \"sh\"", "Whole(p{task_struct.comm}, \"sh\")"),
        ("name->name == \"x\"", "Whole(StrKernel(name{filename.name}), \"x\")"),
        ("name->iname == \"x\"", "Whole(StrKernel(name{filename.iname}), \"x\")"),
        ("text == \"\"", "Whole(StrKernel(text), \"\")"),
        ("str(data) == \"x\"", "Whole(StrKernel(data), \"x\")"),
        ("i && comm == \"x\"", "And(Truth(i), Whole(Comm, \"x\"))"),
        ("!(comm == \"x\")", "Not(Whole(Comm, \"x\"))"),
        ("startswith(comm, \"x\")", "Start(Comm, \"x\")"),
        ("startswith(str(data), \"x\") == 0", "Eq(Start(StrKernel(data), \"x\"), 0:int)"),
        ("text ~ \"/etc/*.conf\"", "Pattern(StrKernel(text), \"/etc/*.conf\")"),
        ("str(text, 9) ~ \"?\"", "Pattern(StrKernel(text, 9), \"?\")"),
        (
            "!(name->iname ~ \"a?\" && i)",
            "Not(And(Pattern(StrKernel(name{filename.iname}), \"a?\"), Truth(i)))",
        ),
        // What needs no pattern goes without.
        ("text ~ \"/etc/*\"", "Start(StrKernel(text), \"/etc/\")"),
        ("text ~ \"a\\\\*\"", "Whole(StrKernel(text), \"a*\")"),
        ("text ~ \"*\"", "Start(StrKernel(text), \"\")"),
        ("comm ~ \"\"", "Whole(Comm, \"\")"),
    ] {
        assert_eq!(tree(&condition(text).expect(text)), expected, "{text}");
    }
}

/// The address spaces of all reads of the field `text`, outermost first, at a hook in `space`.
fn spaces(text: &str, space: Space) -> String {
    let kernel = Kernel::new();
    let scope = Scope { space, ..scope(&kernel, ARGS, true) };
    let mut spaces = String::new();
    Typer::new(&scope, &kernel).field(&parsed(text)).expect(text).walk(&mut |typed| {
        let space = match &typed.node {
            Node::Member(member) => member.space,
            Node::ReadText { space, .. } => *space,
            _ => return,
        };
        spaces.push(if space == Space::User { 'u' } else { 'k' });
    });
    spaces
}

#[test]
fn an_address_is_read_where_it_comes_from() {
    for (text, at_kernel, at_user) in [
        // Pointers know; what they lead to is in the same memory.
        ("name->name", "kk", "kk"),
        ("user(name)->name", "uu", "uu"),
        ("user(name->name)", "uk", "uk"),
        ("kernel(user(name)->name)", "ku", "ku"),
        ("str(user(data))", "u", "u"),
        ("((struct filename *)user(data))->name", "uu", "uu"),
        ("user((struct filename *)n)->name", "uu", "uu"),
        // Numbers point where the hook's do, or where they were read.
        ("str(n)", "k", "u"),
        ("str(n + 8)", "k", "u"),
        ("str(8 + n)", "k", "u"),
        ("str(retval)", "k", "u"),
        ("((struct filename *)n)->name", "kk", "uu"),
        ("((struct filename *)(n & ~7ul))->name", "kk", "uu"),
        ("kernel((struct filename *)n)->name", "kk", "kk"),
        ("str(kernel(n))", "k", "k"),
        ("str(user(n))", "u", "u"),
        ("((struct filename *)(u64)name)->name", "kk", "kk"),
        ("((struct filename *)(u64)p->real_parent)->name", "kkk", "kkk"),
        ("str((u64)user(p)->real_parent + 1)", "uu", "uu"),
        ("str(4096ul)", "k", "u"),
    ] {
        let found = (spaces(text, Space::Kernel), spaces(text, Space::User));
        assert_eq!(found, (at_kernel.to_owned(), at_user.to_owned()), "{text}");
    }
}

/// Code, guilty text, and a part of the help.
type Refusal<'a> = (&'a str, Code, &'a str, &'a str);

const REFUSED: &[Refusal] = &[
    ("nam", Code::UnknownName, "nam", "did you mean `name` (struct filename *)?"),
    (
        "zzzzzzzzz",
        Code::UnknownName,
        "zzzzzzzzz",
        "the names here are: i (int), u (unsigned int), l (long)",
    ),
    (
        "args.comm",
        Code::UnknownName,
        "comm",
        "the names here are: i (int), u (unsigned int), l (long)",
    ),
    ("name->nam", Code::UnknownMember, "nam", "did you mean `name` (const char *)?"),
    (
        "name->zzzzzzzz",
        Code::UnknownMember,
        "zzzzzzzz",
        "its members are: name (const char *), uptr (const char *), refcnt (atomic_t)",
    ),
    ("sock->sk->__sk_common.skc_famly", Code::UnknownMember, "skc_famly", "`skc_family`"),
    ("i->x", Code::NotAPointer, "i", "((struct … *)x)->x"),
    ("name->refcnt.counter.x", Code::NotAPointer, "name->refcnt.counter", "cast it first"),
    ("data->x", Code::NotAStructure, "data", "((struct sock *)p)->member"),
    ("text->x", Code::NotAStructure, "text", ""),
    ("texts->x", Code::NotAStructure, "texts", ""),
    ("p->comm.x", Code::NotAStructure, "p->comm", ""),
    ("comm.x", Code::NotAStructure, "comm", ""),
    ("h->twice->x", Code::AmbiguousType, "h->twice", "none is taken on a guess"),
    ("((struct twice *)n)->x", Code::AmbiguousType, "struct twice *", "none is taken on a guess"),
    ("(struct sok *)n", Code::UnknownType, "struct sok *", "did you mean `struct sock`?"),
    ("(sock *)n", Code::UnknownType, "sock *", "did you mean `struct sock`?"),
    ("(struct zzzzzzzzzz *)n", Code::UnknownType, "struct zzzzzzzzzz *", "as in C"),
    ("h->nameless->inside", Code::Unsupported, "h->nameless->inside", ""),
    ("h->ratio", Code::Unsupported, "h->ratio", ""),
    ("p->words", Code::Unsupported, "p->words", ""),
    ("name->refcnt", Code::TypeMismatch, "name->refcnt", "name a member: counter"),
    ("st(text)", Code::UnknownFunction, "st", "did you mean `str`?"),
    ("str()", Code::BadCall, "str()", "str(pointer"),
    ("str(i)", Code::BadCall, "i", "str(pointer"),
    ("str(text, 0)", Code::BadCall, "0", "str(pointer"),
    ("str(text, 5000)", Code::BadCall, "5000", "str(pointer"),
    ("str(text, i)", Code::BadCall, "i", "str(pointer"),
    ("str(comm, 4)", Code::BadCall, "4", "str(pointer"),
    ("user()", Code::BadCall, "user()", "user(pointer)"),
    ("user(p, 1)", Code::BadCall, "user(p, 1)", "user(pointer)"),
    ("kernel(i)", Code::BadCall, "i", "kernel(pointer)"),
    ("kernel(comm)", Code::BadCall, "comm", "kernel(pointer)"),
    ("str(text, 1, 2)", Code::BadCall, "str(text, 1, 2)", "str(pointer"),
    ("p * 1", Code::TypeMismatch, "p", "(u64)p"),
    ("p + name", Code::TypeMismatch, "p + name", "two pointers to one type"),
    ("p - name", Code::TypeMismatch, "p - name", "two pointers to one type"),
    ("1 - p", Code::TypeMismatch, "1 - p", "a pointer and an integer"),
    ("-p", Code::TypeMismatch, "p", "(u64)p"),
    ("comm + 1", Code::TypeMismatch, "comm", ""),
    ("comm == p", Code::StringMismatch, "comm == p", "strings compare with literals"),
    ("comm == 1", Code::StringMismatch, "comm == 1", "`\"1\"`"),
    ("comm == p->comm", Code::StringMismatch, "comm == p->comm", "strings compare with literals"),
    ("!comm", Code::TypeMismatch, "comm", "comm == \"sh\""),
    ("comm < \"x\"", Code::StringMismatch, "comm < \"x\"", ""),
    ("\"a\" == \"b\"", Code::StringMismatch, "\"a\" == \"b\"", ""),
    ("i == \"b\"", Code::StringMismatch, "i == \"b\"", "single quotes"),
    ("data == \"b\"", Code::StringMismatch, "data == \"b\"", "str(p)"),
    ("comm == \"a\\0\"", Code::StringMismatch, "comm == \"a\\0\"", ""),
    ("comm == \"0123456789abcdef\"", Code::StringTooLong, "comm == \"0123456789abcdef\"", ""),
    (
        "p->comm != \"0123456789abcdefg\"",
        Code::StringTooLong,
        "p->comm != \"0123456789abcdefg\"",
        "",
    ),
    ("i ~ \"b*\"", Code::StringMismatch, "i ~ \"b*\"", ""),
    ("i ~ \"*b*\"", Code::StringMismatch, "i ~ \"*b*\"", ""),
    ("text ~ text", Code::StringMismatch, "text", "write `name ~"),
    ("\"a\" ~ \"a\"", Code::StringMismatch, "\"a\" ~ \"a\"", ""),
    ("comm ~ \"*0123456789abcdef\"", Code::BadPattern, "\"*0123456789abcdef\"", ""),
    ("text ~ \"*a\\\\\"", Code::BadPattern, "\"*a\\\\\"", ""),
    ("text ~ \"*\\0\"", Code::BadPattern, "\"*\\0\"", ""),
    ("buf(data)", Code::BadCall, "buf(data)", "buf(pointer, length)"),
    ("buf(i, 1)", Code::BadCall, "i", "buf(pointer, length)"),
    ("buf(data, comm)", Code::BadCall, "comm", "buf(pointer, length)"),
    ("buf(data, 0)", Code::BadCall, "0", "buf(pointer, length)"),
    ("buf(data, 5000)", Code::BadCall, "5000", "buf(pointer, length)"),
    ("argv(text)", Code::BadCall, "text", "argv(pointer)"),
    ("argv()", Code::BadCall, "argv()", "argv(pointer)"),
    ("buf(data, 4) == \"abcd\"", Code::StringMismatch, "buf(data, 4) == \"abcd\"", ""),
    ("startswith(text)", Code::BadCall, "startswith(text)", "startswith(text, \"literal\")"),
    ("startswith(text, text)", Code::BadCall, "text", "startswith(text, \"literal\")"),
    ("startswith(\"a\", \"a\")", Code::BadCall, "\"a\"", "startswith(text, \"literal\")"),
    ("startswith(i, \"a\")", Code::StringMismatch, "startswith(i, \"a\")", ""),
    ("i / 0", Code::DivisionByZero, "0", ""),
    ("i << 32", Code::BadShift, "32", ""),
    ("i << -1", Code::BadShift, "-1", ""),
    ("n << 64", Code::BadShift, "64", "shifts by 0 to 63"),
    ("i % (2 - 2)", Code::DivisionByZero, "(2 - 2)", ""),
    ("(struct filename)n", Code::BadCast, "(struct filename)n", "(struct filename *)x"),
    ("(void)n", Code::BadCast, "(void)n", "casts go between"),
    ("(u64)name->refcnt", Code::BadCast, "(u64)name->refcnt", "casts go between"),
    ("(u64)comm", Code::BadCast, "(u64)comm", "casts go between"),
    ("\"text\"", Code::TypeMismatch, "\"text\"", "print:"),
    ("time + 1", Code::TypeMismatch, "time", ""),
];

/// Holds what is said of each expression against the list.
fn check_refusals(refused: &[Refusal]) {
    let mut wrong = Vec::new();
    for (text, code, guilty, help) in refused {
        let Err(fault) = field(text) else {
            wrong.push(format!("{text}: accepted"));
            continue;
        };
        let span = fault.span.unwrap();
        let said = fault.help.clone().unwrap_or_default();
        if (fault.code, &text[span.start..span.end]) != (*code, *guilty) || !said.contains(help) {
            wrong.push(format!("{text}: {fault:?}"));
        }
        assert!(!fault.message.is_empty() && !fault.message.ends_with('.'), "{text}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn faults_have_their_code_place_and_help() {
    check_refusals(REFUSED);
}

#[test]
fn builtins_that_a_hook_lacks_say_why() {
    let kernel = Kernel::new();
    let mut scope = scope(&kernel, &[], false);
    scope.retval = Err("the function has not returned yet".into());
    let typer = Typer::new(&scope, &kernel);
    for (text, label) in [
        ("retval", "the function has not returned yet"),
        ("latency", "entry and return do not make one event here"),
    ] {
        let fault = typer.field(&parsed(text)).expect_err(text);
        assert_eq!(fault.code, Code::NotAvailable);
        assert_eq!(fault.label.as_deref(), Some(label));
        assert!(fault.message.contains("func:f"), "{}", fault.message);
    }
    let fault = typer.field(&parsed("nam")).unwrap_err();
    assert_eq!(fault.notes, ["it has no arguments"]);
}

#[test]
fn every_builtin_has_a_type() {
    for builtin in BUILTINS {
        assert!(field(builtin.name).is_ok(), "{}", builtin.name);
    }
}

#[test]
fn without_types_only_members_are_out_of_reach() {
    let with = Kernel::new();
    let kernel = Kernel::new().without_types();
    let scope = scope(&with, ARGS, true);
    let typer = Typer::new(&scope, &kernel);
    for text in ["pid", "comm", "i + 1", "text", "(u16)n", "task", "str(n)", "time"] {
        assert!(typer.field(&parsed(text)).is_ok(), "{text}");
    }
    for (text, start, end) in [
        ("ppid", 0, 4),
        ("name->name", 0, 10),
        ("(struct sock *)n", 1, 14),
        ("i + task->tgid", 4, 14),
    ] {
        let fault = typer.field(&parsed(text)).expect_err(text);
        assert_eq!(
            (fault.code, fault.span),
            (Code::NoTypes, Some(Span::new(start, end))),
            "{text}"
        );
        assert!(fault.notes[0].contains("--btf FILE"), "{text}: {:?}", fault.notes);
    }
}

#[test]
fn what_may_fail_is_known() {
    for (text, fails) in [
        ("pid", false),
        ("i / 2", false),
        ("i / u", true),
        ("(u64)p", false),
        ("p->pid", true),
        ("text", true),
        ("p->comm", true),
        ("comm", false),
        ("name->refcnt.counter", true),
        ("comm == \"x\"", false),
        ("text == \"x\"", true),
    ] {
        assert_eq!(field(text).expect(text).may_fail(), fails, "{text}");
    }
}

#[test]
fn steps_are_numbered_as_they_are_taken_and_say_why_they_failed() {
    let steps = |text: &str| {
        let mut steps = Vec::new();
        field(text).expect(text).add_steps(&mut steps);
        steps
    };
    let kernel = 0xffff_8881_0000_1000u64;
    let user = 0x7fff_0000_1000u64;
    for (text, step, address, reason) in [
        ("name->name", 1, 0, "`name` is NULL"),
        ("name->name", 1, 0x10, "`name` is NULL"),
        ("name->name", 1, kernel, "`name->name`: bad address (EFAULT)"),
        ("name->name", 2, 0, "`name->name` is NULL"),
        ("name->name", 2, 8, "`name->name` is 0x8, which is no address"),
        (
            "name->name",
            2,
            user,
            "`name->name` points into the process's memory: `user(name->name)`",
        ),
        ("name->name", 2, kernel, "the string at `name->name`: bad address (EFAULT)"),
        ("name->name", 3, 0, "a read failed"),
        ("name->name", 255, 0, "a read failed"),
        ("str(user(data))", 1, user, "the string at `data`: page not in memory (EFAULT)"),
        ("str(user(data))", 1, kernel, "`data` points into the kernel's memory: `kernel(data)`"),
        ("p->comm", 1, kernel, "`p->comm`: bad address (EFAULT)"),
        ("p->pid / p->real_parent->pid", 1, 8, "`p` is NULL"),
        ("p->pid / p->real_parent->pid", 3, 8, "`p->real_parent` is NULL"),
        ("p->pid / p->real_parent->pid", 4, 0, "`p->pid / p->real_parent->pid` divides by zero"),
        ("i / (u + 1)", 1, 0, "`i / (u + 1)` divides by zero"),
        ("name->name == \"x\" || !i", 2, 0, "`name->name` is NULL"),
        ("ppid", 1, 0, "`task` is NULL"),
        ("((struct filename *)n)->name", 1, 0, "`n` is NULL"),
    ] {
        let missing = Missing { step, address };
        let said = missing.reason(&steps(text));
        assert!(said.starts_with(reason), "{text}: {said}");
    }
    assert_eq!(steps("name->name == \"x\" || name->name == \"y\"").len(), 2);
}

#[test]
fn user_memory_stays_user_memory() {
    let kernel = Kernel::new();
    let mut scope = scope(&kernel, &[("name", "struct filename *")], true);
    let args = scope.args.as_mut().unwrap();
    let Ok(Type::Pointer(_, space)) = &mut args[0].ty else { panic!() };
    *space = Space::User;
    let typer = Typer::new(&scope, &kernel);
    for (text, expected) in [
        ("name->name", "StrUser(name{filename.name})"),
        ("((struct socket *)name)->sk->sk_mark", "(struct socket *)name{socket.sk}{sock.sk_mark}"),
        ("str((char *)name)", "StrUser((char *)name)"),
    ] {
        let typed = typer.field(&parsed(text)).expect(text);
        assert_eq!(tree(&typed), expected, "{text}");
        assert!(
            !typed.any(|typed| matches!(&typed.node, Node::Member(m) if m.space != Space::User))
        );
    }
}

#[test]
fn ids_of_the_test_kernel_are_types() {
    assert_ne!(Kernel::new().btf().unwrap().find("struct filename"), Ok(TypeId::VOID));
}
