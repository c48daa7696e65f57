//! Places in memory, choices, and what the kernel is asked.

use super::{Refusal, check_refusals, condition, field, tree, type_of};
use crate::diag::Code;

#[test]
fn places_are_those_of_c() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        // Elements by a known index are parts of the path.
        ("shapes->points[2].y", "shapes{shapes.points[2].y}"),
        ("shapes->points->y", "&shapes{shapes.points}{point.y}"),
        ("(*shapes).points[0].x", "shapes{shapes.points[0].x}"),
        ("shapes->table[1][0]", "shapes{shapes.table[1][0]}"),
        ("shapes->points[1 + 1].y", "shapes{shapes.points[2].y}"),
        ("shapes->names[1]", "shapes{shapes.names[1]}"),
        ("p->words[3]", "p{task_struct.words[3]}"),
        ("p->comm[2]", "p{task_struct.comm[2]}"),
        ("shapes->tail[5].x", "shapes{shapes.tail[5].x}"),
        // Others are tested when the program runs.
        (
            "p->words[i]",
            "*&p{task_struct.words}[(unsigned long)i; 8:unsigned long of \
             sizeof(task_struct.words)=32]",
        ),
        (
            "shapes->points[i].y",
            "&shapes{shapes.points}[(unsigned long)i; sizeof(point)=8 of \
             sizeof(shapes.points)=32]{point.y}",
        ),
        (
            "shapes->table[u][1]",
            "*Add:int *(&shapes{shapes.table}[(unsigned long)u; 8:unsigned long of \
             sizeof(shapes.table)=24], 4:unsigned long)",
        ),
        (
            "shapes->tail[i].x",
            "Add:struct point *(&shapes{shapes.tail}, Mul:unsigned long((unsigned long)i, sizeof(point)=8)){point.x}",
        ),
        // Pointers.
        ("(*shapes->firsts)->x", "*shapes{shapes.firsts}{point.x}"),
        ("(**shapes->firsts).x", "*shapes{shapes.firsts}{point.x}"),
        (
            "shapes->firsts[2]->x",
            "*Add:struct point **(shapes{shapes.firsts}, 16:unsigned long){point.x}",
        ),
        (
            "shapes->first[2].x",
            "Add:struct point *(shapes{shapes.first}, Mul:unsigned long(2:unsigned long, sizeof(point)=8)){point.x}",
        ),
        ("shapes->first[0].x", "shapes{shapes.first}{point.x}"),
        ("(*shapes->all)[1].y", "Add:struct point *(shapes{shapes.all}, sizeof(point)=8){point.y}"),
        ("*(u64 *)n", "*(unsigned long *)n"),
        ("*(u64 *)data", "*(unsigned long *)data"),
        ("((int *)data)[-1]", "*Add:int *((int *)data, -4:unsigned long)"),
        ("*p->words", "p{task_struct.words[0]}"),
        ("*(p->words + 0)", "p{task_struct.words[0]}"),
        ("**shapes->table", "shapes{shapes.table[0][0]}"),
        ("*text", "*text"),
        ("text[3]", "*Add:char *(text, 3:unsigned long)"),
        ("texts[1]", "StrKernel(*Add:char **(texts, 8:unsigned long))"),
        ("*texts", "StrKernel(*texts)"),
        ("**texts", "**texts"),
        // Arithmetic.
        ("text + 1", "StrKernel(Add:char *(text, 1:unsigned long))"),
        ("1 + text", "StrKernel(Add:char *(text, 1:unsigned long))"),
        (
            "(int *)data + i",
            "Add:int *((int *)data, Mul:unsigned long((unsigned long)i, 4:unsigned long))",
        ),
        ("data + 1", "Add:void *(data, 1:unsigned long)"),
        ("name - 1", "Sub:struct filename *(name, sizeof(filename)=40)"),
        ("(int *)data - (int *)n", "Div:long(Sub:long((long)(int *)data, (long)(int *)n), 4:long)"),
        ("p->words + 1", "Add:unsigned long *(&p{task_struct.words}, 8:unsigned long)"),
        ("p->words == 0", "Eq((unsigned long)&p{task_struct.words}, 0:unsigned long)"),
        ("p == p->real_parent", "Eq((unsigned long)p, (unsigned long)p{task_struct.real_parent})"),
        ("(u64)p->comm", "(unsigned long)&p{task_struct.comm}"),
        // Addresses.
        ("&p->pid", "&p{task_struct.pid}"),
        ("*&p->pid", "p{task_struct.pid}"),
        ("&*p", "p"),
        ("&shapes->first[1]", "Add:struct point *(shapes{shapes.first}, sizeof(point)=8)"),
        ("(&shapes->points[1])->y", "&shapes{shapes.points[1]}{point.y}"),
        ("str(&name->iname)", "StrKernel(&name{filename.iname})"),
        ("str(&p->comm[2])", "StrKernel(&p{task_struct.comm[2]})"),
        // Other shapes.
        ("shapes->high", "shapes{shapes.high}"),
        ("shapes->both", "shapes{shapes.both}"),
        ("shapes->minus", "shapes{shapes.minus}"),
        ("shapes->flags & 1", "And:unsigned int(shapes{shapes.flags}, 1:unsigned int)"),
        ("shapes->sock->sk_mark", "shapes{shapes.sock}{sock.sk_mark}"),
        ("shapes->callback", "shapes{shapes.callback}"),
        ("shapes->counts", "shapes{shapes.counts}"),
        (
            "shapes->state == SK_CLOSED",
            "Eq((unsigned int)shapes{shapes.state}, (unsigned int)sk_state::SK_CLOSED=7)",
        ),
    ] {
        let found = field(text).map(|typed| tree(&typed));
        if found.as_deref() != Ok(expected) {
            wrong.push(format!("{text}: {found:?}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_that_are_asked_of_the_kernel() {
    for (text, expected) in [
        ("SK_OPEN", "sk_state::SK_OPEN=1"),
        ("MINUS", "sign::MINUS=-2"),
        ("HUGE", "_::HUGE=1099511627776"),
        ("SK_OPEN + 1", "Add:int(sk_state::SK_OPEN=1, 1:int)"),
        ("sizeof(struct filename)", "sizeof(filename)=40"),
        ("sizeof(struct point[3])", "Mul:unsigned long(3:unsigned long, sizeof(point)=8)"),
        ("sizeof(atomic_t)", "sizeof(atomic_t)=4"),
        ("sizeof(atomic_t[2])", "Mul:unsigned long(2:unsigned long, sizeof(atomic_t)=4)"),
        ("sizeof(u64[2][3])", "48:unsigned long"),
        ("sizeof(char *[4])", "32:unsigned long"),
        ("sizeof(enum sk_state)", "4:unsigned long"),
        ("sizeof(double)", "8:unsigned long"),
        ("sizeof *name", "sizeof(filename)=40"),
        ("sizeof name", "8:unsigned long"),
        ("sizeof p->comm", "sizeof(task_struct.comm)=16"),
        ("sizeof(p->words)", "sizeof(task_struct.words)=32"),
        ("sizeof(p->words[0])", "sizeof(task_struct.words[0])=8"),
        (
            "sizeof(shapes->points) / sizeof(shapes->points[0])",
            "Div:unsigned long(sizeof(shapes.points)=32, sizeof(shapes.points[0])=8)",
        ),
        ("sizeof \"abc\"", "4:unsigned long"),
        ("sizeof 1", "4:unsigned long"),
    ] {
        let found = field(text).map(|typed| tree(&typed));
        assert_eq!(found.as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn choices_are_those_of_c() {
    for (text, expected) in [
        ("i ? 1 : 2", "(Truth(i) ? 1:int : 2:int)"),
        ("i > 1 ? s : u", "(Gt(i, 1:int) ? (unsigned int)s : u)"),
        ("i ? comm : \"none\"", "(Truth(i) ? Comm : \"none\")"),
        ("i ? \"a\" : \"b\"", "(Truth(i) ? \"a\" : \"b\")"),
        ("i ? text : name->name", "StrKernel((Truth(i) ? text : name{filename.name}))"),
        ("i ? p->comm : text", "(Truth(i) ? p{task_struct.comm} : StrKernel(text))"),
        (
            "(i ? name : 0)->name",
            "StrKernel((Truth(i) ? name : 0:struct filename *){filename.name})",
        ),
        ("i ? i == 1 : u == 2", "(Truth(i) ? Eq(i, 1:int) : Eq(u, 2:unsigned int))"),
        // What the kernel lacks is not looked at where it is not evaluated.
        ("p->state ?? p->pid", "p{task_struct.pid}"),
        ("p->pid ?? p->state", "p{task_struct.pid}"),
        ("p->a ?? p->b ?? 7", "7:int"),
        ("((struct absent *)p)->x ?? 7", "7:int"),
        ("NO_SUCH_CONSTANT ?? 3", "3:int"),
        ("(p->state ?? p->pid) + 1", "Add:int(p{task_struct.pid}, 1:int)"),
        ("exists(p->pid)", "Truth(exists(task_struct.pid)=1)"),
        ("exists(p->state)", "Truth(exists(task_struct.state)=0)"),
        ("exists(p->mm->nothing)", "Truth(exists(mm_struct.nothing)=0)"),
        (
            "exists(p->mm->brk)",
            "And(Truth(exists(mm_struct.brk)=1), Truth(exists(task_struct.mm)=1))",
        ),
        ("exists(p->comm[3])", "Truth(exists(task_struct.comm[3])=1)"),
        ("exists(struct sock)", "Truth(exists(struct sock)=1)"),
        ("exists(struct absent)", "Truth(exists(struct absent)=0)"),
        ("exists(SK_OPEN)", "Truth(exists(_::SK_OPEN)=1)"),
        ("exists(SK_NOTHING)", "Truth(exists(_::SK_NOTHING)=0)"),
        ("exists(atomic_t)", "Truth(exists(atomic_t)=1)"),
        ("exists(i)", "Ne(1:int, 0:int)"),
        ("exists(p->state) ? p->state : 9", "9:int"),
        ("exists(p->state) ? p->state : p->pid", "p{task_struct.pid}"),
        ("exists(p->pid) ? p->pid : p->state", "p{task_struct.pid}"),
        (
            "exists(p->pid) ? p->pid : 9",
            "(Truth(exists(task_struct.pid)=1) ? p{task_struct.pid} : 9:int)",
        ),
        ("!exists(p->state) ? 1 : p->state", "1:int"),
        ("exists(p->state) && p->state == 1", "Truth(exists(task_struct.state)=0)"),
        ("!exists(p->state) || p->state == 1", "Not(Truth(exists(task_struct.state)=0))"),
    ] {
        let found = field(text).map(|typed| tree(&typed));
        assert_eq!(found.as_deref(), Ok(expected), "{text}");
    }
    let same = condition("(i ? comm : \"none\") == \"sh\"").map(|typed| tree(&typed));
    assert_eq!(same.as_deref(), Ok("(Truth(i) ? Whole(Comm, \"sh\") : Ne(0:int, 0:int))"));
}

const REFUSED: &[Refusal] = &[
    ("shapes->points[4].x", Code::OutOfBounds, "4", "its elements are 0 to 3"),
    ("shapes->points[-1].x", Code::OutOfBounds, "-1", "its elements are 0 to 3"),
    ("shapes->table[1][2]", Code::OutOfBounds, "2", "0 to 1"),
    ("shapes->table[i][2]", Code::OutOfBounds, "2", "0 to 1"),
    ("i[1]", Code::NotAPointer, "i", ""),
    ("comm[1]", Code::NotAPointer, "comm", ""),
    ("p->words[comm]", Code::TypeMismatch, "comm", ""),
    ("p->words[p]", Code::TypeMismatch, "p", ""),
    ("*i", Code::NotAPointer, "i", "*(u64 *)x"),
    ("*data", Code::NotAPointer, "data", "*(u64 *)p"),
    ("data[1]", Code::NotAPointer, "data", "*(u64 *)p"),
    ("*comm", Code::NotAPointer, "comm", ""),
    ("*shapes->callback", Code::NotAPointer, "shapes->callback", ""),
    ("*p", Code::TypeMismatch, "*p", "name a member"),
    ("shapes->points", Code::Unsupported, "shapes->points", ""),
    ("shapes->points[1]", Code::TypeMismatch, "shapes->points[1]", "x, y"),
    ("*shapes->counts", Code::PerCpuPointer, "shapes->counts", "(u64)p"),
    ("shapes->counts[0]", Code::PerCpuPointer, "shapes->counts", "(u64)p"),
    ("shapes->nowhere->x", Code::UnknownType, "shapes->nowhere", ""),
    ("shapes->nowhere + 1", Code::UnknownType, "shapes->nowhere", ""),
    ("&i", Code::NotAddressable, "i", "&p->member"),
    ("&(i + 1)", Code::NotAddressable, "(i + 1)", "&p->member"),
    ("&shapes->minus", Code::NotAddressable, "shapes->minus", "&p->member"),
    ("sizeof shapes->minus", Code::NoSize, "shapes->minus", ""),
    ("sizeof(struct undefined)", Code::UnknownType, "struct undefined", ""),
    ("sizeof comm", Code::NoSize, "comm", ""),
    ("sizeof(nothing)", Code::UnknownName, "(nothing)", ""),
    ("i ? p : name", Code::TypeMismatch, "i ? p : name", "cast one of them"),
    ("i ? p : 1", Code::TypeMismatch, "i ? p : 1", "cast one of them"),
    ("i ? comm : 1", Code::StringMismatch, "i ? comm : 1", ""),
    ("i ? func : comm", Code::Unsupported, "func", ""),
    ("comm ? 1 : 2", Code::TypeMismatch, "comm", "comm == \"sh\""),
    ("p->a ?? p->b", Code::UnknownMember, "a", ""),
    ("p->a ?? comm + 1", Code::TypeMismatch, "comm", ""),
    ("1 ? p->a : p->b", Code::UnknownMember, "a", ""),
    ("i ? p->a : 1", Code::UnknownMember, "a", ""),
    ("exists()", Code::BadCall, "exists()", "exists(x)"),
    ("exists(comm + 1)", Code::TypeMismatch, "comm", ""),
    ("SK_OPN", Code::UnknownName, "SK_OPN", "the constant `SK_OPEN`"),
    ("O_CRAET", Code::UnknownName, "O_CRAET", "the constant `O_CREAT`"),
    ("(int (*)[3])data == comm", Code::StringMismatch, "(int (*)[3])data == comm", ""),
];

#[test]
fn misuse_has_its_code_place_and_help() {
    check_refusals(REFUSED);
}

#[test]
fn types_are_named_as_in_c() {
    for (text, name) in [
        ("(int (*)[4])data", "int (*)[4]"),
        ("(void (*)(int))data", "void (*)(\u{2026})"),
        ("shapes->callback", "int (*)(\u{2026})"),
        ("&p->comm", "char (*)[16]"),
        ("&shapes->points[1]", "struct point *"),
        ("(char **)data", "char **"),
        ("(u8)n", "unsigned char"),
        ("shapes->counts", "__percpu int *"),
        ("shapes->all", "struct point (*)[4]"),
    ] {
        assert_eq!(type_of(text), name, "{text}");
    }
}

#[test]
fn ambiguous_types_are_listed() {
    let fault = field("h->twice->x").unwrap_err();
    assert_eq!(
        fault.notes,
        ["`struct twice` of 4 bytes: x (int)", "`struct twice` of 8 bytes: x (long)"]
    );
}
