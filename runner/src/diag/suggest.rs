//! "Did you mean": the nearest of the names that exist.

/// The candidate nearest to `name`, if any is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance costs the product of the lengths; nobody means a short name by a long one.
    const LONGEST: usize = 128;
    if name.len() > LONGEST {
        return None;
    }
    let limit = name.len().max(3) / 3;
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// At most `count` of `candidates` that are much like `pattern`, nearest first, each with its
/// distance. What is between the stars of a glob is compared with the whole of each name and with its
/// parts (`unlinkat` is one of `do_unlinkat`).
pub fn nearest_few<'a>(
    pattern: &str,
    candidates: &[&'a str],
    count: usize,
) -> Vec<(usize, &'a str)> {
    const LONGEST: usize = 128;
    let parts = pattern.split(['*', '?']).filter(|part| part.len() <= LONGEST);
    let Some(wanted) = parts.max_by_key(|part| part.len()).filter(|part| part.len() > 2) else {
        return Vec::new();
    };
    let limit = wanted.len() / 3;
    let distance = |text: &str| {
        let near = text.len().abs_diff(wanted.len()) <= limit;
        near.then(|| strsim::damerau_levenshtein(wanted, text)).filter(|far| *far <= limit)
    };
    let mut found: Vec<(usize, &str)> = candidates
        .iter()
        .filter_map(|name| {
            let words = name.split(|c: char| !c.is_ascii_alphanumeric());
            // A part is worth less than the whole.
            let best = words.filter_map(distance).min().map(|far| far + 1);
            Some((distance(name).into_iter().chain(best).min()?, *name))
        })
        .collect();
    found.sort_unstable_by_key(|(far, name)| (*far, name.len(), *name));
    found.dedup();
    found.truncate(count);
    found
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

/// `text` for a message: its first line, and not more than 60 characters of that.
pub fn clip(text: &str) -> String {
    const LONGEST: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < text.trim_end().len() => format!("{line}…"),
        None => line.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_listed() {
        assert_eq!(one_of("whre", "keys", &["where", "hook"]), "did you mean `where`?");
        assert_eq!(one_of("zzzzzz", "keys", &["where", "hook"]), "keys: where, hook");
        assert_eq!(nearest(&"x".repeat(1 << 20), ["x"]), None);
    }

    #[test]
    fn globs_are_near_to_names_with_much_the_same_within() {
        let names = ["do_unlinkat", "vfs_unlink", "vfs_link", "do_unlinkats", "x"];
        let near = |pattern| -> Vec<&str> {
            nearest_few(pattern, &names, 3).into_iter().map(|(_, name)| name).collect()
        };
        assert_eq!(near("*unlnkat*"), ["do_unlinkat", "do_unlinkats"]);
        assert_eq!(near("do_unlinkatt"), ["do_unlinkat", "do_unlinkats"]);
        assert_eq!(near("*"), [""; 0]);
        assert_eq!(near("zzzzzz*"), [""; 0]);
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..25).map(|n| format!("name{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(one_of("zzzzzzzzz", "names", &names).ends_with("name19, and 5 more"));
    }

    #[test]
    fn texts_are_clipped_between_characters() {
        assert_eq!(clip("short"), "short");
        assert_eq!(clip("a\nb"), "a…");
        assert_eq!(clip("a\n"), "a");
        assert_eq!(clip(&"ä".repeat(61)), format!("{}…", "ä".repeat(60)));
    }
}
