//! Programs to their places, those of globs with what the kernel refuses left out.
//!
//! In: loaded programs and their plan. Out: links, and for each probe how many places were skipped.

use std::collections::HashSet;

use crate::attach::{self, AttachError, Link, Reason};
use crate::bpf::{self, Loaded, Variant};
use crate::diag::Span;
use crate::expr::{Native, Node};
use crate::hook::{AttachTo, is_glob};
use crate::plan::{Probe, Program};

/// How `program` is loaded: once, or once for each of its places.
pub fn variants(program: &Program) -> Vec<Variant> {
    let own = |at: &AttachTo| matches!(at, AttachTo::Fentry { .. } | AttachTo::Fexit { .. });
    let count = match asks_for_place(program) || program.attach.iter().any(own) {
        true => program.attach.len(),
        false => 1,
    };
    let places = program.attach.iter().zip(&program.places).take(count);
    places
        .map(|(at, place)| match at {
            AttachTo::Fentry { id, .. } | AttachTo::Fexit { id, .. } => {
                Variant { btf_id: *id, multi: false, place: *place }
            }
            AttachTo::KprobeMulti { .. } | AttachTo::UprobeMulti { .. } => {
                Variant { multi: true, ..Variant::default() }
            }
            _ => Variant { place: *place, ..Variant::default() },
        })
        .collect()
}

fn asks_for_place(program: &Program) -> bool {
    program.uses(|node| matches!(node, Node::Native(Native::Func)))
}

/// Why a probe could not be attached.
pub enum Failure {
    /// The object lacks that program.
    Missing(String),
    /// The kernel refused what is asked for there in the config.
    Attach(Box<AttachError>, Span),
}

/// Attaches all programs of `probe`, adds their links to `links`, and gives the number of places that
/// were left out.
/// `process`: the only one that is wanted, if there is one.
pub fn attach(
    probe: &Probe,
    loaded: &Loaded,
    process: Option<u32>,
    links: &mut Vec<Link>,
) -> Result<usize, Failure> {
    let glob = is_glob(&probe.hook);
    let mut skipped: HashSet<u64> = HashSet::new();
    let mut refused = None;
    let mut own: Vec<(u64, Link)> = Vec::new();
    for program in &probe.programs {
        let several = variants(program).len() > 1;
        for (index, to) in program.attach.iter().enumerate() {
            let place = program.places.get(index).copied().unwrap_or_default();
            if skipped.contains(&place) {
                continue;
            }
            let variant = loaded.variant(&program.name, if several { index } else { 0 });
            let variant = variant.ok_or_else(|| Failure::Missing(program.name.clone()))?;
            if to.halves().is_some() {
                let many = Many { program: variant, process };
                let result = many.attach(to, &program.places, &mut own, &mut skipped);
                refused = result
                    .map_err(|fault| Failure::Attach(fault.into(), program.span))?
                    .map(|fault| (fault, program.span))
                    .or(refused);
                continue;
            }
            match attach::attach(variant, to, &program.places, process) {
                Ok(link) => own.push((place, link)),
                Err(fault) if glob && is_of_the_place(&fault.reason) => {
                    // Neither of the two ends of a call is of use without the other.
                    own.retain(|(other, _)| *other != place);
                    skipped.insert(place);
                    refused = Some((fault, program.span));
                }
                Err(fault) => return Err(Failure::Attach(fault.into(), program.span)),
            }
        }
    }
    if let (true, Some((fault, span))) = (own.is_empty(), refused) {
        return Err(Failure::Attach(fault.into(), span));
    }
    links.extend(own.into_iter().map(|(_, link)| link));
    Ok(skipped.len())
}

/// A program that goes to many places with one link.
struct Many<'a> {
    program: &'a bpf::Program,
    process: Option<u32>,
}

impl Many<'_> {
    /// One link, or, where the kernel refuses some place, as many as leave out only that. Gives the
    /// last refusal.
    fn attach(
        &self,
        to: &AttachTo,
        places: &[u64],
        links: &mut Vec<(u64, Link)>,
        skipped: &mut HashSet<u64>,
    ) -> Result<Option<AttachError>, AttachError> {
        // Links to many are never taken back for one of their places.
        const SEVERAL: u64 = u64::MAX;
        match attach::attach(self.program, to, places, self.process) {
            Ok(link) => {
                links.push((SEVERAL, link));
                Ok(None)
            }
            Err(fault) if !is_of_the_place(&fault.reason) => Err(fault),
            Err(fault) => match to.halves() {
                None => {
                    skipped.extend(places);
                    Ok(Some(fault))
                }
                Some((first, second, count)) => {
                    let (left, right) = places.split_at(count.min(places.len()));
                    let one = self.attach(&first, left, links, skipped)?;
                    let two = self.attach(&second, right, links, skipped)?;
                    Ok(two.or(one))
                }
            },
        }
    }
}

/// Whether another place of the same glob may do.
fn is_of_the_place(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::NotProbeable
            | Reason::NoFunction { .. }
            | Reason::Ambiguous { .. }
            | Reason::NoTracepoint
            | Reason::NoUserInstruction { .. }
    )
}
