//! `args:` for functions of programs, of which nothing tells the arguments.
//!
//! In: a [`Place`]. Out: the names and types that the config is to declare, and the place with these
//! in scope.

use crate::author::place::Place;
use crate::diag::Span;
use crate::expr::{Named, Type, Typer, parse_type};
use crate::facts::Facts;
use crate::hook::{HookKind, Target, UserPlace, is_glob};

/// One entry of `args:`: name and type.
pub type Declared = (String, &'static str);

/// What is declared where nothing is known of a function.
const PLACEHOLDERS: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];
/// Behind a function's first instruction, these hold whatever they hold.
const REGISTERS: [&str; 6] = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"];

/// What is to be said of the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// There are none, or the hook has them already.
    Own,
    /// Those of a function that everybody knows.
    Declaration,
    /// Six numbers, of which the function may take none.
    Nothing,
    /// The registers at an instruction.
    Registers,
}

/// Declares the arguments of `place`, if it is in a program.
pub fn declare(place: &mut Place, facts: &dyn Facts) -> (Known, Vec<Declared>) {
    let Target::User { place: at, .. } = &place.hook.target else {
        return (Known::Own, Vec::new());
    };
    if !matches!(place.hook.kind, HookKind::Uprobe | HookKind::Ufunc) {
        return (Known::Own, Vec::new());
    }
    let numbers = |names: [&str; 6]| names.map(|name| (name.to_owned(), "u64")).to_vec();
    let (known, declared) = match at {
        UserPlace::Symbol { name, offset: 0 } if !is_glob(name) => match signature(name) {
            Some(declared) => (Known::Declaration, declared),
            None => (Known::Nothing, numbers(PLACEHOLDERS)),
        },
        UserPlace::Symbol { offset: 0, .. } => (Known::Nothing, numbers(PLACEHOLDERS)),
        _ => (Known::Registers, numbers(REGISTERS)),
    };
    for site in &mut place.sites {
        let typed: Vec<Option<Type>> = {
            let typer = Typer::new(&site.scope, facts);
            let at = |_| Span::default();
            let parsed = declared.iter().map(|(_, ty)| parse_type(ty, &at).ok());
            parsed.map(|parsed| typer.declared(&parsed?).ok()).collect()
        };
        let Ok(args) = &mut site.scope.args else { continue };
        let named = args.iter().zip(&declared).zip(typed);
        let named = named.filter_map(|((own, (name, _)), ty)| {
            Some(Named { name: name.clone(), ty: Ok(ty?), place: own.place })
        });
        *args = named.collect();
    }
    (known, declared)
}

/// The arguments of functions of the C library and its like.
fn signature(name: &str) -> Option<Vec<Declared>> {
    // `malloc@@GLIBC_2.2.5`.
    let name = name.split('@').next().unwrap_or(name);
    let (_, args) = SIGNATURES.iter().find(|(names, _)| names.contains(&name))?;
    Some(args.iter().map(|(name, ty)| ((*name).to_owned(), *ty)).collect())
}

type Signature = (&'static [&'static str], &'static [(&'static str, &'static str)]);

const TEXT: &str = "const char *";
const AT: &str = "void *";

#[rustfmt::skip] // A table.
const SIGNATURES: &[Signature] = &[
    (&["malloc", "valloc", "alloca"], &[("size", "u64")]),
    (&["calloc"], &[("count", "u64"), ("size", "u64")]),
    (&["realloc"], &[("old", AT), ("size", "u64")]),
    (&["aligned_alloc", "memalign"], &[("alignment", "u64"), ("size", "u64")]),
    (&["free", "cfree"], &[("memory", AT)]),
    (&["open", "open64"], &[("path", TEXT), ("flags", "int")]),
    (&["openat", "openat64"], &[("dfd", "int"), ("path", TEXT), ("flags", "int")]),
    (&["fopen", "fopen64"], &[("path", TEXT), ("mode", TEXT)]),
    (&["fclose", "fflush"], &[("stream", AT)]),
    (&["close"], &[("fd", "int")]),
    (&["read", "write"], &[("fd", "int"), ("data", AT), ("count", "u64")]),
    (&["fread", "fwrite"], &[("data", AT), ("size", "u64"), ("count", "u64"), ("stream", AT)]),
    (&["unlink", "remove", "rmdir", "chdir"], &[("path", TEXT)]),
    (&["rename", "link", "symlink"], &[("from", TEXT), ("to", TEXT)]),
    (&["mkdir", "creat", "chmod"], &[("path", TEXT), ("mode", "u32")]),
    (&["execve"], &[("path", TEXT), ("argv", AT), ("envp", AT)]),
    (&["execv", "execvp"], &[("path", TEXT), ("argv", AT)]),
    (&["system", "getenv", "unsetenv", "puts", "gethostbyname"], &[("text", TEXT)]),
    (&["popen"], &[("command", TEXT), ("mode", TEXT)]),
    (&["setenv"], &[("name", TEXT), ("value", TEXT), ("overwrite", "int")]),
    (&["getaddrinfo"], &[("node", TEXT), ("service", TEXT), ("hints", AT), ("result", AT)]),
    (&["connect", "bind"], &[("fd", "int"), ("address", AT), ("len", "u32")]),
    (&["send", "recv"], &[("fd", "int"), ("data", AT), ("count", "u64"), ("flags", "int")]),
    (&["dlopen"], &[("path", TEXT), ("flags", "int")]),
    (&["dlsym"], &[("handle", AT), ("symbol", TEXT)]),
    (&["readline"], &[("prompt", TEXT)]),
    (&["strlen", "strdup"], &[("text", TEXT)]),
    (&["strcmp"], &[("one", TEXT), ("other", TEXT)]),
    (&["memcpy", "memmove"], &[("to", AT), ("from", AT), ("count", "u64")]),
    (&["memset"], &[("to", AT), ("byte", "int"), ("count", "u64")]),
    (&["pthread_mutex_lock", "pthread_mutex_unlock", "pthread_mutex_trylock"], &[("mutex", AT)]),
    (&["pthread_create"], &[("thread", AT), ("attributes", AT), ("start", AT), ("arg", AT)]),
    (&["SSL_read", "SSL_write"], &[("ssl", AT), ("data", AT), ("count", "int")]),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::name::is_identifier;
    use crate::expr::builtin;

    #[test]
    fn signatures_name_each_function_once_and_no_builtin() {
        let mut seen = HashSet::new();
        for (names, args) in SIGNATURES {
            assert!(names.iter().all(|name| seen.insert(*name)), "{names:?}");
            let mut own = HashSet::new();
            for (name, ty) in *args {
                assert!(own.insert(name) && is_identifier(name), "{names:?}: {name}");
                assert!(builtin(name).is_none(), "{name}");
                parse_type(ty, &|_| Span::default()).unwrap();
            }
        }
        assert_eq!(signature("malloc@@GLIBC_2.2.5"), signature("malloc"));
        assert_eq!(signature("mallocs"), None);
    }
}
