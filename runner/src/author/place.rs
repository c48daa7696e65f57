//! The place that somebody asks about: the first of the hooks given that this kernel has.
//!
//! In: hooks as written on the command line. Out: a [`Place`] with what it brings into scope, or the
//! fault.

use std::sync::Arc;

use crate::diag::{Diagnostic, Faults, Source, Span, Spanned};
use crate::facts::btf::{Btf, TypeId};
use crate::facts::{Able, Facts, FactsError, TracepointFormat};
use crate::hook::{self, Hook, Target, UserPlace, is_glob};
use crate::plan::none_exists;
use crate::plan::resolve::{Resolved, resolve};
use crate::plan::sites::{Site, sites};

/// A hook on a kernel.
pub struct Place {
    /// The hook that was chosen, as it is written.
    pub hook: Hook,
    /// What it means.
    pub resolved: Resolved,
    /// Every place that it means; at least one.
    pub sites: Vec<Site>,
    /// Which hooks before it this kernel does not have.
    pub passed_over: Vec<String>,
    /// Why this kernel cannot attach it, though it knows what is there.
    pub unavailable: Option<String>,
}

/// The hooks in `texts`, which are alternatives, and the first of them that `facts` have. Its kind may
/// be one that this kernel lacks: then it is said so.
pub fn choose(texts: &[String], facts: &dyn Facts) -> Result<Result<Place, Faults>, FactsError> {
    let source = Arc::new(Source { path: "HOOK".into(), text: texts.join("\n") });
    let mut faults = Faults::new(source);
    let hooks = parse(texts, &mut faults);
    if faults.any_error() {
        return Ok(Err(faults));
    }
    let mut absences = Vec::new();
    for hook in &hooks {
        match resolve(&hook.value, facts)? {
            Ok(resolved) => {
                let passed_over = absences.iter().map(passed_over).collect();
                return Ok(Ok(place(&hook.value, resolved, passed_over, None, facts)));
            }
            Err(absence) => absences.push((hook.span, &hook.value, absence)),
        }
    }
    // Another kernel may have what this one describes.
    let able = Able(facts);
    for (_, hook, why) in &absences {
        if let Ok(resolved) = resolve(hook, &able)? {
            return Ok(Ok(place(hook, resolved, Vec::new(), Some(why.to_string()), &able)));
        }
    }
    let list: Vec<_> = absences.iter().map(|(span, hook, why)| (*span, *hook, why)).collect();
    faults.push(none_exists(&list, facts));
    Ok(Err(faults))
}

fn passed_over((_, hook, why): &(Span, &Hook, crate::plan::resolve::Absence)) -> String {
    format!("{hook}: {why}")
}

/// Parses each text; their places are in the lines of the source.
fn parse(texts: &[String], faults: &mut Faults) -> Vec<Spanned<Hook>> {
    let mut start = 0;
    let mut hooks = Vec::new();
    for text in texts {
        let at = |range: std::ops::Range<usize>| Span::new(start + range.start, start + range.end);
        match hook::parse(text, &at) {
            Ok(value) => hooks.push(Spanned { value, span: at(0..text.len()) }),
            Err(fault) => faults.push(fault),
        }
        start += text.len() + 1;
    }
    if texts.is_empty() {
        let fault = Diagnostic::error(crate::diag::Code::BadHook, None, "no hook was given");
        faults.push(fault);
    }
    hooks
}

fn place(
    hook: &Hook,
    resolved: Resolved,
    passed_over: Vec<String>,
    unavailable: Option<String>,
    facts: &dyn Facts,
) -> Place {
    let sites = sites(hook, &resolved, facts);
    Place { hook: hook.clone(), resolved, sites, passed_over, unavailable }
}

impl Place {
    /// Whether the hook stands for all places that fit a glob.
    pub fn is_glob(&self) -> bool {
        match &self.hook.target {
            Target::Function { name, .. } | Target::RawTracepoint(name) | Target::Syscall(name) => {
                is_glob(name)
            }
            Target::Tracepoint { category, name } => is_glob(category) || is_glob(name),
            Target::User { place: UserPlace::Symbol { name, .. }, .. } => is_glob(name),
            Target::User { .. } | Target::StaticProbe { .. } | Target::Sampling(_) => false,
        }
    }

    /// The types of the first place's arguments as they were declared, in their order; none where
    /// nothing but the scope knows of them.
    pub fn declared(&self, btf: Option<&Btf>) -> Vec<Option<String>> {
        let names = self.sites.first().map(|site| site.scope.args()).unwrap_or_default();
        let of_format = |format: &TracepointFormat| {
            let field = |name: &str| format.fields.iter().find(|field| field.name == name);
            let shown = |name: &str| {
                let field = field(name)?;
                let array =
                    if field.array > 0 { format!("[{}]", field.array) } else { String::new() };
                Some(format!("{}{array}", field.c_type))
            };
            names.iter().map(|named| shown(&named.name)).collect()
        };
        let of_proto = |proto: TypeId, skip: usize| {
            let types = btf.into_iter().flat_map(|btf| {
                btf.params(proto).skip(skip).map(|param| Some(btf.type_name(param.ty)))
            });
            let mut types: Vec<_> = types.collect();
            types.resize(names.len(), None);
            types
        };
        match self.resolved.known() {
            Resolved::Tracepoints(all) => all.first().map(|format| of_format(format)),
            Resolved::Syscalls(all) => all.first().map(|(enter, _)| of_format(enter)),
            Resolved::Functions(functions) => {
                let proto = functions.list.first().and_then(|one| one.proto.as_ref().ok());
                proto.map(|(_, proto)| of_proto(*proto, 0))
            }
            Resolved::RawTracepoints(all) => {
                let proto = all.first().and_then(|(_, proto)| proto.as_ref().ok());
                proto.map(|proto| of_proto(*proto, 1))
            }
            _ => None,
        }
        .unwrap_or_else(|| vec![None; names.len()])
    }

    /// The type that the first place returns, as it was declared.
    pub fn returned(&self, btf: Option<&Btf>) -> Option<String> {
        let Resolved::Functions(functions) = &self.resolved else { return None };
        let (_, proto) = functions.list.first()?.proto.as_ref().ok()?;
        let btf = btf?;
        match btf.kind(*proto)? {
            crate::facts::btf::Kind::Proto { ret, .. } => Some(btf.type_name(ret)),
            _ => None,
        }
    }
}
