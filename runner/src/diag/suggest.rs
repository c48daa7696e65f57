//! "Did you mean": the nearest of the names that exist.

/// The candidate nearest to `name`, if any is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.len().max(3) / 3;
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Help text: the nearest name if there is one, else the list of what there is (`what` in plural).
pub fn one_of(name: &str, what: &str, candidates: &[&str]) -> String {
    const SHOWN: usize = 20;
    if let Some(candidate) = nearest(name, candidates.iter().copied()) {
        return format!("did you mean `{candidate}`?");
    }
    let more = candidates.len().saturating_sub(SHOWN);
    let shown = candidates.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{what}: {shown}{tail}")
}
