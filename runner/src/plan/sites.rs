//! The places of a chosen hook: what each brings into scope and where its programs go.
//!
//! In: what the hook was resolved to. Out: one [`Site`] for each function, tracepoint or system call.

use crate::expr::{Arg, ArgPlace, Scope};
use crate::facts::Facts;
use crate::facts::btf::{Btf, Kind, TypeId};
use crate::hook::{AttachTo, Hook, HookKind, Sampling};

use super::resolve::{Function, Mechanism, Resolved};
use super::{Context, scopes};

/// One place of the chosen hook: what it brings into scope and where its programs go.
pub struct Site {
    /// What can be named there.
    pub scope: Scope,
    /// What `func` shows there.
    pub name: String,
    /// What the program's context is.
    pub context: Context,
    /// Where the event begins, or the only place.
    pub at: AttachTo,
    /// The argument that holds `retval`, where no register does.
    pub retval: Option<Arg>,
    /// Where the event of a call ends.
    pub end: Option<End>,
}

/// Where the event of a call ends.
pub struct End {
    /// What the program's context is.
    pub context: Context,
    /// The place.
    pub at: AttachTo,
    /// As [`Site::retval`].
    pub retval: Option<Arg>,
}

/// Every place that `hook` means, which was resolved to `resolved`.
pub fn sites(hook: &Hook, resolved: &Resolved, facts: &dyn Facts) -> Vec<Site> {
    let (kind, shown) = (hook.kind, hook.to_string());
    match resolved {
        Resolved::Unseen(resolved) => sites(hook, resolved, facts),
        Resolved::Functions(functions) => functions
            .list
            .iter()
            .map(|function| function_site(kind, function, functions.mechanism, facts))
            .collect(),
        Resolved::User(places) => super::user::sites(shown, kind, places, facts),
        Resolved::StaticProbe(binary, places) => super::user::static_sites(shown, binary, places),
        Resolved::Sampling(sampling) => vec![Site {
            scope: scopes::sampling(shown.clone()),
            context: match sampling {
                Sampling::Interval(_) => Context::Interval,
                _ => Context::PerfEvent,
            },
            at: AttachTo::PerfEvent(*sampling),
            name: shown,
            retval: None,
            end: None,
        }],
        Resolved::RawTracepoints(places) => places
            .iter()
            .map(|(name, proto)| Site {
                scope: scopes::raw_tracepoint(format!("raw_tracepoint:{name}"), proto, facts),
                context: Context::RawTracepoint,
                at: AttachTo::RawTracepoint { name: name.clone() },
                name: name.clone(),
                retval: None,
                end: None,
            })
            .collect(),
        Resolved::Tracepoints(formats) => formats
            .iter()
            .map(|format| Site {
                scope: scopes::tracepoint(
                    format!("tracepoint:{}:{}", format.category, format.name),
                    format,
                    facts,
                ),
                context: Context::Tracepoint,
                at: tracepoint(format),
                name: format.name.clone(),
                retval: None,
                end: None,
            })
            .collect(),
        Resolved::Syscalls(pairs) => pairs
            .iter()
            .map(|(enter, exit)| Site {
                scope: scopes::syscall(
                    format!("syscall:{}", enter.name.trim_start_matches("sys_enter_")),
                    enter,
                    facts,
                ),
                context: Context::Tracepoint,
                at: tracepoint(enter),
                name: enter.name.trim_start_matches("sys_enter_").to_owned(),
                retval: None,
                end: Some(End {
                    context: Context::Tracepoint,
                    at: tracepoint(exit),
                    retval: exit.fields.iter().find(|field| field.name == "ret").map(|field| {
                        let place = ArgPlace::Field { offset: field.offset, size: field.size };
                        Arg { name: field.name.clone(), place }
                    }),
                }),
            })
            .collect(),
    }
}

fn tracepoint(format: &crate::facts::TracepointFormat) -> AttachTo {
    AttachTo::Tracepoint {
        category: format.category.clone(),
        name: format.name.clone(),
        id: format.id,
    }
}

fn function_site(
    kind: HookKind,
    function: &Function,
    mechanism: Mechanism,
    facts: &dyn Facts,
) -> Site {
    let name = function.name.clone();
    let offset = function.offset;
    let proto = function.proto.as_ref().map(|(_, proto)| *proto).map_err(Clone::clone);
    let shown = match offset {
        0 => format!("{}:{name}", kind.row().name),
        _ => format!("{}:{name}+{offset:#x}", kind.row().name),
    };
    let mut scope = scopes::function(shown, kind, offset, &proto, facts);
    let (entry, exit) = places(function, mechanism);
    let trampoline = mechanism == Mechanism::Trampoline;
    let (entered, left) = match trampoline {
        true => (Context::Fentry, Context::Fexit),
        false => (Context::Kprobe, Context::Kretprobe),
    };
    let retval = match (&proto, facts.btf()) {
        (Ok(proto), Ok(btf)) if trampoline => Some(in_trampoline(&mut scope, btf, *proto)),
        _ => None,
    };
    match kind {
        HookKind::Kretprobe | HookKind::Fexit => {
            Site { scope, name, context: left, at: exit, retval, end: None }
        }
        HookKind::Func => {
            let end = End { context: left, at: exit, retval };
            Site { scope, name, context: entered, at: entry, retval: None, end: Some(end) }
        }
        _ => Site { scope, name, context: entered, at: entry, retval: None, end: None },
    }
}

/// Finds the arguments where a trampoline puts them; what the function returns is behind them.
fn in_trampoline(scope: &mut Scope, btf: &Btf, proto: TypeId) -> Arg {
    let place = |n: usize, ty: TypeId| match loadable(btf, ty) {
        true => ArgPlace::Register(n as u8),
        false => ArgPlace::Copied(n as u8),
    };
    for (n, (named, param)) in scope.args.iter_mut().flatten().zip(btf.params(proto)).enumerate() {
        named.place = place(n, param.ty);
    }
    let ret = match btf.kind(proto) {
        Some(Kind::Proto { ret, .. }) => ret,
        _ => TypeId::VOID,
    };
    Arg { name: "retval".into(), place: place(btf.params(proto).count(), ret) }
}

/// Whether every kernel from 5.10 on lets a program load an argument of that type from a trampoline's
/// context: numbers, and pointers to structures, to `void` and to `char` (`btf_ctx_access`). Pointers
/// to `const void` came with Linux 6.16, those to pointers later.
fn loadable(btf: &Btf, ty: TypeId) -> bool {
    let Some(Kind::Ptr { to }) = btf.underlying(ty) else { return true };
    let pointee = match btf.kind(to) {
        Some(Kind::Void) => return true,
        Some(Kind::Const { to }) => btf.kind(to),
        other => other,
    };
    let char = matches!(pointee, Some(Kind::Int { size: 1, .. }));
    char || matches!(btf.underlying(to), Some(Kind::Struct { .. } | Kind::Union { .. }))
}

/// A function's entry and its return.
fn places(function: &Function, mechanism: Mechanism) -> (AttachTo, AttachTo) {
    let name = function.name.clone();
    match mechanism {
        Mechanism::Kprobe => (
            AttachTo::Kprobe { function: name.clone(), offset: function.offset },
            AttachTo::Kretprobe { function: name },
        ),
        Mechanism::Multi => {
            let at = |at_return| AttachTo::KprobeMulti {
                functions: vec![(name.clone(), function.address)],
                at_return,
            };
            (at(false), at(true))
        }
        Mechanism::Trampoline => {
            let id = function.proto.as_ref().map_or(0, |(id, _)| id.0);
            (
                AttachTo::Fentry { function: name.clone(), id },
                AttachTo::Fexit { function: name, id },
            )
        }
    }
}
