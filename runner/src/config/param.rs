//! `params:`: what the command line may set, and what it did set.
//!
//! In: the raw entries, and `NAME=VALUE` of the command line. Out: [`Param`]s with their values.

use std::collections::HashMap;

use super::assemble::twice;
use super::raw::RawParam;
use super::{Config, MAX_FAULTS, name};
use crate::diag::{Code, Diagnostic, Faults, Span, Spanned, clip};
use crate::expr::{Expr, ExprKind, Param, ParamType, unknown_param};

/// Checks the entries of `params:`; those with a fault are left out.
pub fn params(raw: &[RawParam<'_>], faults: &mut Faults) -> Vec<Param> {
    let mut first: HashMap<&str, Span> = HashMap::new();
    let mut all = Vec::new();
    for raw in raw {
        let checked = name::check(&raw.name.text, "a parameter", raw.name.span);
        faults.list.extend(checked.err());
        if let Some(first) = first.get(raw.name.text.as_str()) {
            faults.push(twice("parameter", &raw.name.text, raw.name.span, *first, faults));
        }
        first.entry(&raw.name.text).or_insert(raw.name.span);
        all.extend(param(raw, faults));
    }
    all
}

fn param(raw: &RawParam<'_>, faults: &mut Faults) -> Option<Param> {
    let scalar = raw.ty?;
    let Some(ty) = ParamType::named(&scalar.text) else {
        let message = format!("a parameter cannot be of the type `{}`", clip(&scalar.text));
        faults.push(
            Diagnostic::error(Code::BadParam, scalar.span, message)
                .help("parameters are integers of C, such as `u64`, `int`, `bool`; or `string`"),
        );
        return None;
    };
    let name = Spanned { value: raw.name.text.clone(), span: raw.name.span };
    let help = raw.help.map(|scalar| scalar.text.clone());
    let mut param = Param { name, ty, value: None, help };
    if let Some(default) = raw.default {
        match param.ty.value(&default.text) {
            Ok(value) => param.value = Some(value),
            Err(why) => {
                faults.push(param.misfit(&default.text, "the default", default.span, why));
            }
        }
    }
    Some(param)
}

/// Reports every `$name` of `config` that is not declared; `declared` are all names of `params:`, those
/// of faulty entries included.
pub fn check_uses(config: &Config, declared: &[RawParam<'_>], faults: &mut Faults) {
    let params: Vec<&Param> = config.params.iter().collect();
    let mut reported: Vec<Span> = Vec::new();
    for expr in config.expressions() {
        expr.walk(&mut |expr| {
            let ExprKind::Param(name) = &expr.kind else { return };
            let known = declared.iter().any(|param| param.name.text == *name);
            // What variants share is met once for each.
            if known || reported.contains(&expr.span) || faults.list.len() >= MAX_FAULTS {
                return;
            }
            reported.push(expr.span);
            faults.push(unknown_param(name, &format!("${name}"), expr.span, &params));
        });
    }
}

impl Config {
    /// Every expression, those that variants share once for each.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let variants = self.probes.iter().flat_map(|probe| &probe.variants);
        variants.flat_map(|variant| {
            let fields = variant.fields.iter().flat_map(|field| field.expressions());
            variant.conditions.iter().chain(fields)
        })
    }

    /// Gives those of `settings` that it declares to its parameters. Reports values that do not fit.
    pub fn set(&mut self, settings: &[(String, String)], faults: &mut Faults) {
        for param in &mut self.params {
            // As of other options, the last one counts.
            let given = settings.iter().rev().find(|(name, _)| *name == param.name.value);
            let Some((_, text)) = given else { continue };
            match param.ty.value(text) {
                Ok(value) => param.value = Some(value),
                Err(why) => {
                    faults.push(param.misfit(text, "the value", param.name.span, why));
                }
            }
        }
    }

    /// Reports the parameters that have no value.
    pub fn check_set(&self, faults: &mut Faults) {
        for param in self.params.iter().filter(|param| param.value.is_none()) {
            let name = &param.name;
            let message = format!("the parameter `{}` has no value", name.value);
            faults.push(
                Diagnostic::error(Code::BadParam, name.span, message)
                    .label(param.about())
                    .help(format!("give it with `--param {}=VALUE`", name.value)),
            );
        }
    }
}

/// Reports the `settings` that are of none of `params`, which are those of all configs.
pub fn check_settings<'p>(
    params: impl IntoIterator<Item = &'p Param>,
    settings: &[(String, String)],
    faults: &mut Faults,
) {
    let params: Vec<&Param> = params.into_iter().collect();
    for (name, value) in settings {
        if params.iter().all(|param| param.name.value != *name) {
            let shown = format!("--param {name}={}", clip(value));
            faults.push(unknown_param(name, &shown, None, &params));
        }
    }
}
