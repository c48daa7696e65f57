//! The hooks that fit a pattern.
//!
//! In: a [`Pattern`] and a kernel's [`Facts`]. Out: a [`Catalog`]. What is known not to be probeable
//! is left out; names that mean several functions are marked.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::pattern::Pattern;
use crate::diag::{nearest_few, plural};
use crate::facts::btf::TypeId;
use crate::facts::elf::ElfError;
use crate::facts::{Facts, FactsError, Feature};
use crate::hook::{self, COUNTERS, Form, HookKind, Row, matches};
use crate::plan::resolve::{self, Candidates};

/// Near names that are shown where nothing fits.
const NEAR: usize = 5;

/// What fits a pattern.
#[derive(Debug)]
pub struct Catalog {
    /// Sorted by their text.
    pub hooks: Vec<Listed>,
    /// Kinds that this kernel does not have, or that could not be searched.
    pub left_out: Vec<LeftOut>,
    /// Hooks with names much like the one looked for; only where nothing fits.
    pub near: Vec<String>,
}

/// One hook.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Listed {
    /// As a config has it.
    pub hook: String,
    /// Its kind.
    pub kind: &'static str,
    /// What to know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Kinds that were not searched.
#[derive(Debug)]
pub struct LeftOut {
    /// Which.
    pub kinds: Vec<&'static str>,
    /// Why.
    pub why: CatalogError,
}

/// Why a kind was not searched.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The kernel has no hooks of that kind.
    #[error("{0}")]
    Absent(String),
    /// What there is could not be read.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The program or library cannot be probed.
    #[error(transparent)]
    Binary(#[from] ElfError),
}

/// Names of one kind with their notes, targets without the kind.
type Names = Vec<(String, Option<String>)>;

/// The hooks of `facts` that fit `pattern`.
pub fn search(pattern: &Pattern, facts: &dyn Facts) -> Catalog {
    let search = Search { target: &pattern.target, facts, table: OnceCell::new() };
    let mut catalog = Catalog { hooks: Vec::new(), left_out: Vec::new(), near: Vec::new() };
    let mut functions: Option<Candidates> = None;
    for row in &pattern.kinds {
        match search.kind(row, &mut functions) {
            Ok(names) => catalog.hooks.extend(names.into_iter().map(|(target, note)| Listed {
                hook: format!("{}:{target}", row.name),
                kind: row.name,
                note,
            })),
            Err(why) => leave_out(&mut catalog.left_out, row.name, why),
        }
    }
    catalog.hooks.sort();
    if catalog.hooks.is_empty() {
        catalog.near = search.near(&pattern.kinds);
    }
    catalog
}

/// One hook a line; what is to be said of it follows a tab.
pub fn text(catalog: &Catalog) -> String {
    let line = |listed: &Listed| match &listed.note {
        Some(note) => format!("{}\t# {note}\n", listed.hook),
        None => format!("{}\n", listed.hook),
    };
    catalog.hooks.iter().map(line).collect()
}

/// One JSON object a line.
pub fn json(catalog: &Catalog) -> serde_json::Result<String> {
    let mut text = String::new();
    for listed in &catalog.hooks {
        text.push_str(&serde_json::to_string(listed)?);
        text.push('\n');
    }
    Ok(text)
}

/// Adds `kind`, to the others that were left out for the same reason if there are any.
fn leave_out(list: &mut Vec<LeftOut>, kind: &'static str, why: CatalogError) {
    match list.iter_mut().find(|other| other.why.to_string() == why.to_string()) {
        Some(other) => other.kinds.push(kind),
        None => list.push(LeftOut { kinds: vec![kind], why }),
    }
}

struct Search<'a> {
    target: &'a str,
    facts: &'a dyn Facts,
    /// Types of functions by name.
    table: OnceCell<HashMap<&'a str, Option<(TypeId, TypeId)>>>,
}

impl<'a> Search<'a> {
    /// What fits of one kind. `functions` is what was found of functions, once some kind asked.
    fn kind(
        &self,
        row: &'static Row,
        functions: &mut Option<Candidates>,
    ) -> Result<Names, CatalogError> {
        let plain = |names: Vec<String>| names.into_iter().map(|name| (name, None)).collect();
        let fitting = |mut names: Vec<String>| {
            names.retain(|name| matches(self.target, name));
            names
        };
        Ok(match row.form {
            Form::Function | Form::FunctionOffset => {
                resolve::possible(row.kind, self.facts)
                    .map_err(|absence| CatalogError::Absent(absence.why))?;
                let found = match functions {
                    Some(found) => found,
                    None => functions.insert(resolve::candidates(self.target, self.facts)?),
                };
                self.functions(row.kind, found)
            }
            Form::Tracepoint => {
                let mut names = self.facts.tracepoints("*")?;
                // `exec` alone is the name, in whatever category.
                let bare =
                    |full: &str| full.split_once(':').map_or("", |(_, name)| name).to_owned();
                names
                    .retain(|full| matches(self.target, full) || matches(self.target, &bare(full)));
                plain(names)
            }
            Form::RawTracepoint => plain(fitting(resolve::raw_tracepoints(self.facts)?)),
            Form::Syscall => plain(fitting(resolve::syscalls(self.facts)?)),
            Form::Symbol | Form::SymbolOffset => self.symbols(self.target)?,
            Form::StaticProbe => self.static_probes()?,
            Form::Pace => paces(self.target),
            Form::Counter => self.counters(row.kind)?,
        })
    }

    fn functions(&self, kind: HookKind, found: &Candidates) -> Names {
        let trampoline = match kind {
            HookKind::Fentry | HookKind::Fexit => true,
            HookKind::Func => !self.facts.has(Feature::Kprobe),
            _ => false,
        };
        let probeable = found.list.iter().filter(|one| !trampoline || self.fits(&one.name));
        let note = |count: usize| {
            (count > 1).then(|| format!("{count} functions have this name; none can be chosen"))
        };
        probeable.map(|one| (one.name.clone(), note(one.addresses.len()))).collect()
    }

    /// Whether fentry and fexit can be attached to a function.
    fn fits(&self, name: &str) -> bool {
        let table = self
            .table
            .get_or_init(|| self.facts.btf().map(|btf| btf.function_table()).unwrap_or_default());
        let Some(Some(ids)) = table.get(name) else { return false };
        resolve::unfit(&Ok(*ids), self.facts).is_none()
    }

    /// The functions of a program or library: `BINARY:GLOB`, or `BINARY` for all.
    fn symbols(&self, target: &str) -> Result<Names, CatalogError> {
        let (name, glob) = target.split_once(':').unwrap_or((target, "*"));
        let binary = self.binary(name)?;
        let names = binary.names(glob)?.into_iter().map(|function| {
            let several = (function.count > 1).then(|| {
                format!("{} functions have this name; none can be chosen", function.count)
            });
            (format!("{name}:{}", function.name), several.or(function.source))
        });
        Ok(names.collect())
    }

    /// The static probes of a program or library: `BINARY:PROVIDER:GLOB`, or less of it.
    fn static_probes(&self) -> Result<Names, CatalogError> {
        let (name, glob) = self.target.split_once(':').unwrap_or((self.target, "*:*"));
        let glob = if glob.contains(':') { glob.to_owned() } else { format!("{glob}:*") };
        let binary = self.binary(name)?;
        let probes = binary.static_probes();
        if probes.is_empty() {
            let path = binary.path().display();
            return Err(CatalogError::Absent(format!("`{path}` has no static probes")));
        }
        let names =
            probes.into_iter().filter(|(probe, _)| matches(&glob, probe)).map(|(probe, counts)| {
                let (places, arguments) = counts;
                let note =
                    format!("{}, {}", plural(arguments, "argument"), plural(places, "place"));
                (format!("{name}:{probe}"), Some(note))
            });
        Ok(names.collect())
    }

    fn binary(
        &self,
        name: &str,
    ) -> Result<std::sync::Arc<crate::facts::elf::Binary>, CatalogError> {
        match self.facts.lacks(Feature::Uprobe) {
            None => Ok(self.facts.binary(name)?),
            Some(why) => Err(CatalogError::Absent(why)),
        }
    }

    fn counters(&self, kind: HookKind) -> Result<Names, CatalogError> {
        let own = COUNTERS.iter().filter(|counter| counter.kind == kind);
        let own: Vec<_> = own.filter(|counter| self.facts.has(Feature::Counter(counter))).collect();
        if own.is_empty() {
            let why = format!("this machine has no {} counters", kind.row().name);
            return Err(CatalogError::Absent(why));
        }
        let fits = |name: &&str| matches(self.target, name);
        let names = own
            .into_iter()
            .filter(|counter| counter.aliases.iter().chain([&counter.name]).any(fits))
            .map(|counter| {
                let aliases = match counter.aliases {
                    [] => String::new(),
                    aliases => format!("; also {}", aliases.join(", ")),
                };
                let note = format!("any count from {}{aliases}", counter.least);
                (format!("{}:{}", counter.name, counter.every), Some(note))
            });
        Ok(names.collect())
    }

    /// Hooks whose names are much like the target.
    fn near(&self, kinds: &[&'static Row]) -> Vec<String> {
        let everything = match self.target.split_once(':') {
            Some((binary, _)) if kinds.iter().any(|row| super::pattern::in_program(row.form)) => {
                format!("{binary}:*")
            }
            _ => "*".into(),
        };
        let wide = Search { target: &everything, facts: self.facts, table: OnceCell::new() };
        let wanted = self.target.strip_prefix(everything.trim_end_matches('*'));
        let mut functions = None;
        let mut near = Vec::new();
        for row in kinds {
            let Ok(names) = wide.kind(row, &mut functions) else { continue };
            let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
            let found = nearest_few(wanted.unwrap_or(self.target), &names, NEAR);
            near.extend(found.into_iter().map(|(far, name)| (far, format!("{}:{name}", row.name))));
        }
        near.sort();
        near.truncate(NEAR);
        near.into_iter().map(|(_, hook)| hook).collect()
    }
}

/// The units of clocks, each with a usual number.
fn paces(target: &str) -> Names {
    let usual = |unit: &str| match unit {
        "hz" => 99,
        "s" => 1,
        _ => 10,
    };
    let shown = |(unit, most, what): (&str, u64, &str)| {
        (format!("{unit}:{}", usual(unit)), Some(format!("from 1 to {most} {what}")))
    };
    let fits = |(name, _): &(String, Option<String>)| {
        matches(target, name) || name.split_once(':').is_some_and(|(unit, _)| matches(target, unit))
    };
    hook::units().map(shown).filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::testing::Kernel;

    fn listed(pattern: &str, kernel: &Kernel) -> Catalog {
        search(&Pattern::parse(pattern).expect(pattern), kernel)
    }

    fn hooks(pattern: &str, kernel: &Kernel) -> Vec<String> {
        listed(pattern, kernel).hooks.into_iter().map(|hook| hook.hook).collect()
    }

    #[test]
    fn a_pattern_alone_goes_through_all_kinds_of_the_kernel() {
        assert_eq!(
            hooks("*unlink*", &Kernel::new().with_fentry()),
            [
                "fentry:do_unlinkat",
                "fentry:filename_unlinkat",
                "fexit:do_unlinkat",
                "fexit:filename_unlinkat",
                "func:do_unlinkat",
                "func:filename_unlinkat",
                "kprobe:do_unlinkat",
                "kprobe:filename_unlinkat",
                "kretprobe:do_unlinkat",
                "kretprobe:filename_unlinkat",
                "syscall:unlink",
                "syscall:unlinkat",
                "tracepoint:syscalls:sys_enter_unlink",
                "tracepoint:syscalls:sys_enter_unlinkat",
                "tracepoint:syscalls:sys_exit_unlink",
                "tracepoint:syscalls:sys_exit_unlinkat",
            ]
        );
    }

    #[test]
    fn what_cannot_be_had_is_left_out_with_the_reason() {
        let catalog = listed("*unlink*", &Kernel::new().without_kprobes());
        let left_out: Vec<_> =
            catalog.left_out.iter().map(|one| (one.kinds.join(" "), one.why.to_string())).collect();
        assert_eq!(left_out.len(), 2, "{left_out:?}");
        assert_eq!(left_out[0].0, "kprobe kretprobe func");
        assert!(left_out[0].1.contains("CONFIG_KPROBES"), "{left_out:?}");
        assert_eq!(left_out[1].0, "fentry fexit");
        assert!(catalog.hooks.iter().all(|hook| !hook.hook.contains("do_unlinkat")));
        let catalog = listed("hardware", &Kernel::new().without_counters());
        assert_eq!(catalog.left_out[0].why.to_string(), "this machine has no hardware counters");
        let catalog = listed("uprobe:/absent:x", &Kernel::new());
        assert!(matches!(catalog.left_out[0].why, CatalogError::Binary(_)));
    }

    #[test]
    fn trampolines_take_only_what_fits() {
        let kernel = Kernel::new().with_fentry();
        let fentry = hooks("fentry:*", &kernel);
        for absent in ["fentry:eight", "fentry:takes_pair", "fentry:only_in_kallsyms"] {
            assert!(!fentry.iter().any(|hook| hook == absent), "{absent}");
        }
        assert_eq!(hooks("func:eight", &kernel), ["func:eight"]);
        assert_eq!(hooks("func:eight", &kernel.without_kprobes()), [""; 0]);
    }

    #[test]
    fn names_of_several_functions_are_marked() {
        let catalog = listed("kprobe:over*", &Kernel::new());
        let note = Some("2 functions have this name; none can be chosen".to_owned());
        assert_eq!(
            catalog.hooks,
            [Listed { hook: "kprobe:overloaded".into(), kind: "kprobe", note }]
        );
    }

    #[test]
    fn tracepoints_are_found_with_and_without_their_category() {
        let kernel = Kernel::new();
        let both = ["tracepoint:sched:sched_wakeup", "tracepoint:sched:sched_waking"];
        assert_eq!(hooks("tracepoint:sched:*_wak*", &kernel), both);
        assert_eq!(hooks("tracepoint:sched_wak*", &kernel), both);
        assert_eq!(hooks("raw_tracepoint:wake?p", &kernel), ["raw_tracepoint:wakeup"]);
        // `half` has no return.
        assert_eq!(
            hooks("syscall:*l*", &kernel),
            ["syscall:ioctl", "syscall:kill", "syscall:unlink", "syscall:unlinkat"]
        );
    }

    #[test]
    fn programs_and_clocks() {
        let kernel = Kernel::new();
        assert_eq!(
            hooks("u*probe:/x:re*", &kernel),
            [
                "uprobe:/x:readline",
                "uprobe:/x:report",
                "uretprobe:/x:readline",
                "uretprobe:/x:report"
            ]
        );
        for pattern in ["usdt:/x", "usdt:/x:libc", "usdt:/x:*:setj*"] {
            assert_eq!(hooks(pattern, &kernel), ["usdt:/x:libc:setjmp"], "{pattern}");
        }
        assert_eq!(hooks("interval:s", &kernel), ["interval:s:1"]);
        assert_eq!(hooks("software:faults", &kernel), ["software:page-faults:100"]);
        assert!(hooks("hardware", &kernel).contains(&"hardware:cpu-cycles:1000000".to_owned()));
    }

    #[test]
    fn where_nothing_fits_the_nearest_are_named() {
        let near = |pattern: &str| listed(pattern, &Kernel::new()).near;
        assert_eq!(near("kprobe:do_unlnkat"), ["kprobe:do_unlinkat"]);
        assert_eq!(near("kprobe:*unlnkat*").len(), 2);
        assert_eq!(near("uprobe:/x:readlin"), ["uprobe:/x:readline"]);
        assert_eq!(near("usdt:/x:libc:setjmpp"), ["usdt:/x:libc:setjmp"]);
        assert_eq!(near("kprobe:zzzzzzzz"), [""; 0]);
    }

    #[test]
    fn whatever_is_listed_can_be_resolved() {
        let kernel = Kernel::new().with_fentry();
        for pattern in ["*", "uprobe:/x", "ufunc:/x", "usdt:/x", "profile", "interval"] {
            for hook in listed(pattern, &kernel).hooks {
                let parsed = hook::parse(&hook.hook, &|_| crate::diag::Span::default()).unwrap();
                let resolved = resolve::resolve(&parsed, &kernel).unwrap();
                assert!(resolved.is_ok(), "{}: {:?}", hook.hook, resolved.err());
            }
        }
    }
}
