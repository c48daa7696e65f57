//! A small kernel for tests of the later stages: a few types, functions and tracepoints.
//!
//! In: switches, such as "no kprobes". Out: a [`Facts`] that asks no machine.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::btf::testing::Builder;
use super::btf::{Btf, TypeId};
use super::elf;
use super::{Facts, FactsError, Feature, TracepointFormat, tracepoint};
use crate::hook::{HookKind, matches};

/// A kernel that exists only here.
pub(crate) struct Kernel {
    btf: Option<Btf>,
    kprobes: bool,
    counters: bool,
    fentry: bool,
    functions: Vec<String>,
    formats: BTreeMap<String, Arc<TracepointFormat>>,
}

impl Kernel {
    /// With types, kprobes and all functions.
    pub(crate) fn new() -> Self {
        Self::with_layout(false)
    }

    /// As [`Self::new`], with members of its structures in other places.
    pub(crate) fn moved() -> Self {
        Self::with_layout(true)
    }

    fn with_layout(moved: bool) -> Self {
        let btf = types(moved).btf();
        let mut functions: Vec<String> = btf.functions().map(str::to_owned).collect();
        functions.push("only_in_kallsyms".to_owned());
        functions.sort();
        functions.dedup();
        Self {
            btf: Some(btf),
            kprobes: true,
            counters: true,
            fentry: false,
            functions,
            formats: formats(),
        }
    }

    pub(crate) fn without_types(self) -> Self {
        Self { btf: None, ..self }
    }

    pub(crate) fn without_kprobes(self) -> Self {
        Self { kprobes: false, ..self }
    }

    pub(crate) fn without_counters(self) -> Self {
        Self { counters: false, ..self }
    }

    pub(crate) fn with_fentry(self) -> Self {
        Self { fentry: true, ..self }
    }

    /// With `count` functions more, which only have names.
    pub(crate) fn with_functions(mut self, count: usize) -> Self {
        self.functions.extend((0..count).map(|n| format!("many_{n:04}")));
        self
    }

    pub(crate) fn without_function(mut self, name: &str) -> Self {
        self.functions.retain(|function| function != name);
        self
    }
}

impl Facts for Kernel {
    fn release(&self) -> &str {
        "6.0.0-test"
    }

    fn btf(&self) -> Result<&Btf, FactsError> {
        self.btf.as_ref().ok_or(FactsError::NoBtf)
    }

    fn tracepoint(
        &self,
        category: &str,
        name: &str,
    ) -> Result<Option<Arc<TracepointFormat>>, FactsError> {
        Ok(self.formats.get(&format!("{category}:{name}")).cloned())
    }

    fn tracepoints(&self, category: &str) -> Result<Vec<String>, FactsError> {
        let fits = |full: &&String| {
            full.split_once(':').is_some_and(|(folder, _)| matches(category, folder))
        };
        Ok(self.formats.keys().filter(fits).cloned().collect())
    }

    fn has_function(&self, name: &str) -> Result<bool, FactsError> {
        Ok(self.functions.iter().any(|function| function == name))
    }

    fn functions(&self) -> Result<Vec<&str>, FactsError> {
        Ok(self.functions.iter().map(String::as_str).collect())
    }

    fn addresses(&self, names: &[&str]) -> Result<HashMap<String, Vec<u64>>, FactsError> {
        let place = |(index, name): (usize, &&str)| {
            let count = if *name == "overloaded" { 2 } else { 1 };
            ((*name).to_owned(), vec![0x1000 + index as u64; count])
        };
        Ok(names.iter().enumerate().map(place).collect())
    }

    fn lacks(&self, feature: Feature) -> Option<String> {
        let has = match feature {
            Feature::Kprobe => self.kprobes,
            Feature::Fentry => self.fentry,
            Feature::KprobeMulti | Feature::UprobeMulti => false,
            Feature::Uprobe => true,
            Feature::Counter(counter) => counter.kind == HookKind::Software || self.counters,
        };
        (!has).then(|| "the test kernel has none".into())
    }

    fn binary(&self, name: &str) -> Result<Arc<elf::Binary>, elf::ElfError> {
        elf::testing::binary(name)
    }

    fn max_sample_rate(&self) -> Option<u64> {
        Some(100_000)
    }
}

/// The types that other types are made of.
struct Basic {
    bool: TypeId,
    char: TypeId,
    short: TypeId,
    ushort: TypeId,
    int: TypeId,
    uint: TypeId,
    long: TypeId,
    ulong: TypeId,
    string: TypeId,
    void_ptr: TypeId,
}

fn basic(b: &mut Builder) -> Basic {
    // Encoding 4 is BTF_INT_BOOL.
    let bool = b.raw("_Bool", 1, 0, false, 1, &[4 << 24 | 8]);
    let char = b.int("char", 1, true);
    let constant = b.constant(char);
    Basic {
        bool,
        char,
        short: b.int("short int", 2, true),
        ushort: b.int("short unsigned int", 2, false),
        int: b.int("int", 4, true),
        uint: b.int("unsigned int", 4, false),
        long: b.int("long int", 8, true),
        ulong: b.int("long unsigned int", 8, false),
        string: b.ptr(constant),
        void_ptr: b.ptr(TypeId::VOID),
    }
}

/// All types. Offsets are in bits; `moved` shifts those that tests of relocation look at.
fn types(moved: bool) -> Builder {
    let mut b = Builder::new();
    let t = basic(&mut b);
    let u8_t = b.int("unsigned char", 1, false);
    b.typedef("u8", u8_t);
    let u32_t = b.typedef("u32", t.uint);
    b.typedef("u64", t.ulong);
    let pid_t = b.typedef("pid_t", t.int);
    b.enumeration("sk_state", &[("SK_OPEN", 1), ("SK_CLOSED", 7)]);
    let file_name = file_name(&mut b, &t, if moved { 192 } else { 0 });
    let socket = socket(&mut b, &t, if moved { 64 } else { 0 });
    let task = task(&mut b, &t, pid_t);
    odd_structures(&mut b, &t, u32_t);
    addresses(&mut b, &t, u8_t);
    let shapes = shapes(&mut b, &t, if moved { 64 } else { 0 });
    functions(&mut b, &t, [file_name, socket, task]);
    let proto = b.proto(t.int, &[("s", shapes), ("n", t.int)]);
    b.function("shape", proto);
    b
}

/// `struct shapes *`, with a member of every shape; those of `moved` come `at` bits later.
fn shapes(b: &mut Builder, t: &Basic, at: u32) -> TypeId {
    let point = b.structure("point", 8, &[("x", t.int, 0, 0), ("y", t.int, 32, 0)]);
    let points = b.array(point, 4);
    let flexible = b.array(point, 0);
    let pair = b.array(t.int, 2);
    let table = b.array(pair, 3);
    let text = b.array(t.char, 8);
    let names = b.array(text, 2);
    let state = b.btf().find("enum sk_state").unwrap();
    // 18 is BTF_KIND_TYPE_TAG, 9 `volatile`.
    let tag = b.raw("percpu", 18, 0, false, t.int.0, &[]);
    let counts = b.ptr(tag);
    let flags = b.constant(t.uint);
    let flags = b.raw("", 9, 0, false, flags.0, &[]);
    let proto = b.proto(t.int, &[("n", t.int)]);
    let callback = b.ptr(proto);
    let sock = b.forward("sock", false);
    let sock = b.ptr(sock);
    let nowhere = b.forward("undefined", false);
    let nowhere = b.ptr(nowhere);
    let to_points = b.ptr(points);
    let first = b.ptr(point);
    let firsts = b.ptr(first);
    let inner = b.structure("", 8, &[("low", t.int, 0, 0), ("high", t.uint, 32, 0)]);
    let either = b.union("", 8, &[("both", t.long, 0, 0), ("", inner, 0, 0)]);
    b.enumeration64("", &[("HUGE", 1 << 40), ("BIG", 1 << 31)]);
    b.enumeration("one", &[("DIFFERS", 1)]);
    b.enumeration("other", &[("DIFFERS", 2)]);
    b.enumeration("sign", &[("MINUS", -2), ("NOUGHT", 0)]);
    // A structure refers to itself by the number that it is about to get, past its pointer.
    let own = TypeId(b.ptr(TypeId::VOID).0 + 2);
    let next = b.ptr(own);
    let record = b.structure(
        "shapes",
        320,
        &[
            ("low", t.uint, at, 3),
            ("minus", t.int, 3 + at, 7),
            ("across", t.int, 28 + at, 9),
            ("wide", t.ulong, 64 + at, 40),
            ("points", points, 128 + at, 0),
            ("table", table, 384 + at, 0),
            ("names", names, 576 + at, 0),
            ("state", state, 704 + at, 0),
            ("flags", flags, 736 + at, 0),
            ("counts", counts, 768 + at, 0),
            ("callback", callback, 832 + at, 0),
            ("sock", sock, 896 + at, 0),
            ("nowhere", nowhere, 960 + at, 0),
            ("all", to_points, 1024 + at, 0),
            ("first", first, 1088 + at, 0),
            ("firsts", firsts, 1152 + at, 0),
            ("", either, 1216 + at, 0),
            ("next", next, 1280 + at, 0),
            ("tail", flexible, 1344 + at, 0),
        ],
    );
    assert_eq!(record, own);
    next
}

/// `struct filename *`.
fn file_name(b: &mut Builder, t: &Basic, at: u32) -> TypeId {
    let refcnt = b.structure("", 4, &[("counter", t.int, 0, 0)]);
    let atomic = b.typedef("atomic_t", refcnt);
    let inline = b.array(t.char, 0);
    let record = b.structure(
        "filename",
        40,
        &[
            ("name", t.string, at, 0),
            ("uptr", t.string, at + 64, 0),
            ("refcnt", atomic, 128, 0),
            ("iname", inline, 320, 0),
        ],
    );
    b.ptr(record)
}

/// `struct socket *`, which leads to a `struct sock` with a `struct sock_common` inside.
fn socket(b: &mut Builder, t: &Basic, at: u32) -> TypeId {
    let pair = b.structure("", 8, &[("skc_daddr", t.uint, 0, 0), ("skc_rcv_saddr", t.uint, 32, 0)]);
    let address = b.union("", 8, &[("skc_addrpair", t.ulong, 0, 0), ("", pair, 0, 0)]);
    let byte = b.int("unsigned char", 1, false);
    let common = b.structure(
        "sock_common",
        40,
        &[
            ("", address, at, 0),
            ("skc_family", t.ushort, at + 64, 0),
            ("skc_reuse", t.uint, at + 96, 1),
            ("skc_state", byte, at + 104, 0),
        ],
    );
    let sock =
        b.structure("sock", 96, &[("__sk_common", common, 64, 0), ("sk_mark", t.uint, 640, 0)]);
    let sock = b.ptr(sock);
    let file = b.forward("file", false);
    let file = b.ptr(file);
    let record = b.structure(
        "socket",
        40,
        &[
            ("state", t.int, 0, 0),
            ("type", t.short, 32, 0),
            ("file", file, 128, 0),
            ("sk", sock, 192, 0),
        ],
    );
    b.ptr(record)
}

/// `struct task_struct *`.
fn task(b: &mut Builder, t: &Basic, pid_t: TypeId) -> TypeId {
    let comm = b.array(t.char, 16);
    let words = b.array(t.ulong, 4);
    let live = b.btf().find("atomic_t").unwrap();
    let signal = b.structure("signal_struct", 16, &[("live", live, 64, 0)]);
    let signal = b.ptr(signal);
    let mm = b.structure("mm_struct", 16, &[("total_vm", t.ulong, 0, 0), ("brk", t.ulong, 64, 0)]);
    let mm = b.ptr(mm);
    let (nsproxy, cred) = namespaces(b, t);
    // A structure refers to itself by the number that it is about to get, past its pointer.
    let own = TypeId(cred.0 + 2);
    let parent = b.ptr(own);
    let record = b.structure(
        "task_struct",
        144,
        &[
            ("pid", pid_t, 0, 0),
            ("tgid", pid_t, 32, 0),
            ("real_parent", parent, 64, 0),
            ("mm", mm, 128, 0),
            ("comm", comm, 192, 0),
            ("words", words, 320, 0),
            ("in_execve", t.uint, 576, 1),
            ("exit_code", t.int, 608, 0),
            ("on_cpu", t.bool, 640, 0),
            ("private", t.void_ptr, 704, 0),
            ("signal", signal, 768, 0),
            ("nsproxy", nsproxy, 832, 0),
            ("cred", cred, 896, 0),
        ],
    );
    assert_eq!(record, own);
    parent
}

/// `struct nsproxy *` and `struct cred *`, the last type made.
fn namespaces(b: &mut Builder, t: &Basic) -> (TypeId, TypeId) {
    let common = b.structure("ns_common", 24, &[("inum", t.uint, 128, 0)]);
    let mut namespace = |name: &str| {
        let record = b.structure(name, 32, &[("ns", common, 64, 0)]);
        b.ptr(record)
    };
    let kinds = ["uts", "ipc", "mnt", "pid", "net", "cgroup", "user"];
    let [uts, ipc, mnt, pid, net, cgroup, user] =
        kinds.map(|kind| namespace(&format!("{kind}_namespace")));
    let nsproxy = b.structure(
        "nsproxy",
        56,
        &[
            ("uts_ns", uts, 64, 0),
            ("ipc_ns", ipc, 128, 0),
            ("mnt_ns", mnt, 192, 0),
            ("pid_ns_for_children", pid, 256, 0),
            ("net_ns", net, 320, 0),
            ("cgroup_ns", cgroup, 384, 0),
        ],
    );
    let nsproxy = b.ptr(nsproxy);
    let cred = b.structure("cred", 16, &[("user_ns", user, 64, 0)]);
    (nsproxy, b.ptr(cred))
}

/// What typing must refuse or tell apart.
fn odd_structures(b: &mut Builder, t: &Basic, u32_t: TypeId) {
    b.structure("twice", 4, &[("x", t.int, 0, 0)]);
    let second = b.structure("twice", 8, &[("x", t.long, 0, 0)]);
    let second = b.ptr(second);
    let nameless = b.structure("", 8, &[("inside", t.long, 0, 0)]);
    let nameless = b.ptr(nameless);
    let float = b.raw("double", 16, 0, false, 8, &[]);
    let pointers = b.ptr(t.string);
    let level = [("LEVEL_NONE", -1), ("LEVEL_LOW", 0), ("LEVEL_HIGH", 1), ("LEVEL_MAX", 1)];
    let level = b.enumeration("level", &level);
    let wide = b.enumeration64("wide", &[("WIDE_ONE", 1), ("WIDE_TOP", 1 << 63)]);
    let wide = b.typedef("wide_t", wide);
    let access = [("ACC_NONE", 0), ("ACC_READ", 1), ("ACC_WRITE", 2), ("ACC_ALL", 3), ("X", 64)];
    b.enumeration("access", &access);
    // The same constants twice are one enum; others that begin alike are another.
    b.enumeration("access", &access);
    b.enumeration(
        "step",
        &[("STEP_A", 0), ("STEP_B", 1), ("STEP_C", 2), ("STEP_D", 3), ("STEP_E", 4)],
    );
    b.enumeration("", &[("MIX_ONE", 1)]);
    b.enumeration("mix", &[("MIX_TWO", 2)]);
    b.structure(
        "holder",
        56,
        &[
            ("twice", second, 0, 0),
            ("nameless", nameless, 64, 0),
            ("ratio", float, 128, 0),
            ("count", u32_t, 192, 0),
            ("names", pointers, 256, 0),
            ("letter", t.char, 320, 0),
            ("level", level, 352, 0),
            ("wide", wide, 384, 0),
        ],
    );
    b.structure("pair", 16, &[("first", t.long, 0, 0), ("second", t.long, 64, 0)]);
}

/// Addresses of the network.
fn addresses(b: &mut Builder, t: &Basic, u8_t: TypeId) {
    let in_addr = b.structure("in_addr", 4, &[("s_addr", t.uint, 0, 0)]);
    let sixteen = b.array(u8_t, 16);
    let in6_addr = b.structure("in6_addr", 16, &[("u6_addr8", sixteen, 0, 0)]);
    let data = b.array(t.char, 14);
    b.structure("sockaddr", 16, &[("sa_family", t.ushort, 0, 0), ("sa_data", data, 16, 0)]);
    b.structure(
        "sockaddr_in",
        16,
        &[
            ("sin_family", t.ushort, 0, 0),
            ("sin_port", t.ushort, 16, 0),
            ("sin_addr", in_addr, 32, 0),
        ],
    );
    let mac = b.array(u8_t, 6);
    b.structure("neighbour", 32, &[("address", in6_addr, 0, 0), ("ha", mac, 128, 0)]);
}

fn functions(b: &mut Builder, t: &Basic, [file_name, socket, task]: [TypeId; 3]) {
    let inner = b.structure("in_value", 4, &[("d", t.short, 16, 0)]);
    let pair =
        [("a", t.long, 0, 0), ("b", t.int, 64, 0), ("bits", t.int, 96, 3), ("inner", inner, 96, 0)];
    let pair = b.structure("by_value", 16, &pair);
    let big = b.structure("by_stack", 32, &[("a", t.long, 0, 0)]);
    let holder = b.btf().find("struct holder").unwrap();
    let holder = b.ptr(holder);
    let file = b.forward("file", false);
    let file = b.ptr(file);
    let const_void = b.constant(TypeId::VOID);
    let const_void = b.ptr(const_void);
    let (strings, counts) = (b.ptr(t.string), b.ptr(t.int));
    let mut add = |name: &str, ret: TypeId, params: &[(&str, TypeId)]| {
        let proto = b.proto(ret, params);
        b.function(name, proto);
    };
    let unlink = [("dfd", t.int), ("name", file_name)];
    add("do_unlinkat", t.long, &unlink);
    add("filename_unlinkat", t.int, &unlink);
    add("sock_alloc_file", file, &[("sock", socket), ("flags", t.int), ("dname", t.string)]);
    add("wake_up_new_task", TypeId::VOID, &[("p", task)]);
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    add("eight", t.int, &names.map(|name| (name, t.long)));
    add("takes_pair", t.bool, &[("first", t.int), ("pair", pair), ("last", t.int)]);
    add("takes_big", pair, &[("first", t.int), ("big", big), ("last", t.int)]);
    let narrow = [
        ("u", t.uint),
        ("s", t.short),
        ("yes", t.bool),
        ("c", t.char),
        ("w", t.ushort),
        ("n", t.ulong),
    ];
    add("narrow", t.short, &narrow);
    add("holds", TypeId::VOID, &[("holder", holder), ("data", t.void_ptr), ("pid", t.int)]);
    add("nothing", TypeId::VOID, &[]);
    add(
        "points",
        strings,
        &[("data", const_void), ("names", strings), ("count", counts), ("n", t.int)],
    );
    let wakeup = [("__data", t.void_ptr), ("p", task), ("success", t.bool)];
    add("__traceiter_wakeup", t.int, &wakeup);
    // Two static functions of one name.
    add("overloaded", t.int, &[("x", t.int)]);
    add("overloaded", t.int, &[("x", t.string)]);
}

/// `common_` fields, as every format begins.
const COMMON: &str = "\
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;
";

/// Each tracepoint with its fields: declaration, offset, size, signed.
const TRACEPOINTS: &[(&str, &[&str])] = &[
    ("odd:odd_more", &["u64 small 8 8 0"]),
    (
        "syscalls:sys_enter_write",
        &[
            "int __syscall_nr 8 4 1",
            "unsigned int fd 16 8 0",
            "const char * buf 24 8 0",
            "size_t count 32 8 0",
        ],
    ),
    ("syscalls:sys_exit_write", &["int __syscall_nr 8 4 1", "long ret 16 8 1"]),
    (
        "syscalls:sys_enter_unlink",
        &[
            "int __syscall_nr 8 4 1",
            "const char * pathname 16 8 0",
            "__data_loc char[] __pathname_val 24 4 0",
        ],
    ),
    ("syscalls:sys_exit_unlink", &["int __syscall_nr 8 4 1", "long ret 16 8 1"]),
    (
        "syscalls:sys_enter_unlinkat",
        &[
            "int __syscall_nr 8 4 1",
            "int dfd 16 8 0",
            "const char * pathname 24 8 0",
            "int flag 32 8 0",
        ],
    ),
    ("syscalls:sys_exit_unlinkat", &["int __syscall_nr 8 4 1", "long ret 16 8 1"]),
    ("syscalls:sys_enter_kill", &["int __syscall_nr 8 4 1", "pid_t pid 16 8 0", "int sig 24 8 0"]),
    ("syscalls:sys_exit_kill", &["int __syscall_nr 8 4 1", "long ret 16 8 1"]),
    (
        "syscalls:sys_enter_ioctl",
        &[
            "int __syscall_nr 8 4 1",
            "unsigned int fd 16 8 0",
            "unsigned int cmd 24 8 0",
            "unsigned long arg 32 8 0",
        ],
    ),
    (
        "syscalls:sys_enter_connect",
        &[
            "int __syscall_nr 8 4 1",
            "int fd 16 8 0",
            "struct sockaddr * uservaddr 24 8 0",
            "int addrlen 32 8 0",
        ],
    ),
    ("syscalls:sys_exit_connect", &["int __syscall_nr 8 4 1", "long ret 16 8 1"]),
    (
        "sock:inet_sock_set_state",
        &[
            "__u16 family 8 2 0",
            "__u16 sport 10 2 0",
            "__u8 saddr[4] 12 4 0",
            "__u8 saddr_v6[16] 16 16 0",
        ],
    ),
    ("syscalls:sys_exit_ioctl", &["int __syscall_nr 8 4 1", "long ret 16 8 1"]),
    // Has no exit: not a call that can be followed.
    ("syscalls:sys_enter_half", &["int __syscall_nr 8 4 1"]),
    (
        "sched:sched_process_exec",
        &["__data_loc char[] filename 8 4 0", "pid_t pid 12 4 1", "pid_t old_pid 16 4 1"],
    ),
    (
        "sched:sched_switch",
        &[
            "char prev_comm[16] 8 16 0",
            "pid_t prev_pid 24 4 1",
            "int prev_prio 28 4 1",
            "long prev_state 32 8 1",
            "char next_comm[16] 40 16 0",
            "pid_t next_pid 56 4 1",
            "int next_prio 60 4 1",
        ],
    ),
    ("sched:sched_wakeup", &["char comm[16] 8 16 0", "pid_t pid 24 4 1", "int prio 28 4 1"]),
    ("sched:sched_waking", &["char comm[16] 8 16 0", "pid_t pid 24 4 1", "int prio 28 4 1"]),
    (
        "odd:odd_fields",
        &[
            "__data_loc u64[] stack 8 4 0",
            "unsigned long args[6] 16 48 0",
            "struct odd thing 64 12 0",
            "struct sock * sk 80 8 0",
            "u8 small 88 1 0",
            "s16 short_one 90 2 1",
            "bool yes 92 1 0",
            "unsigned char type 93 1 0",
        ],
    ),
];

fn formats() -> BTreeMap<String, Arc<TracepointFormat>> {
    let mut all = BTreeMap::new();
    for (index, (full, fields)) in TRACEPOINTS.iter().enumerate() {
        let (category, name) = full.split_once(':').unwrap();
        let mut text = format!("name: {name}\nID: {}\nformat:\n{COMMON}\n", 100 + index);
        for field in *fields {
            let [signed, size, offset, declaration] = field.rsplitn(4, ' ').collect::<Vec<_>>()[..]
            else {
                panic!("{field}")
            };
            text += &format!(
                "\tfield:{declaration};\toffset:{offset};\tsize:{size};\tsigned:{signed};\n"
            );
        }
        let format = tracepoint::parse(category, &text).unwrap();
        all.insert((*full).to_owned(), Arc::new(format));
    }
    all
}
