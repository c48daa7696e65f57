//! Words for messages; "did you mean": the nearest of the names that exist.

use std::fmt::Display;

/// The candidate nearest to `name`, if any is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance costs the product of the lengths; nobody means a short name by a long one.
    const LONGEST: usize = 128;
    if name.len() > LONGEST {
        return None;
    }
    let limit = name.len().max(3) / 3;
    let letters = name.is_ascii().then(|| Letters::of(name));
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit)
        .filter(|candidate| {
            letters.as_ref().is_none_or(|own| own.differ(candidate, limit) <= limit)
        })
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

/// How often each byte occurs. Most candidates are told apart by that, at a hundredth of what the
/// distance costs; a kernel has some 60,000.
struct Letters {
    counts: [i16; 64],
    /// A bit for each that occurs at all.
    there: u64,
}

impl Letters {
    fn of(name: &str) -> Self {
        let mut counts = [0; 64];
        name.bytes().for_each(|byte| counts[usize::from(byte % 64)] += 1);
        Self { counts, there: Self::there(name) }
    }

    fn there(name: &str) -> u64 {
        name.bytes().fold(0, |all, byte| all | 1 << (byte % 64))
    }

    /// The least number of changes that make `candidate` of the name: each takes one byte away, adds
    /// one, or does both. 0 for what is not ASCII, whose characters have several bytes. Counting ends
    /// when there are more than `limit`.
    fn differ(&self, candidate: &str, limit: usize) -> usize {
        if !candidate.is_ascii() {
            return 0;
        }
        let there = Self::there(candidate);
        let only_here = (self.there & !there).count_ones() as usize;
        let only_there = (there & !self.there).count_ones() as usize;
        if only_here.max(only_there) > limit {
            return only_here.max(only_there);
        }
        let mut counts = self.counts;
        for byte in candidate.bytes() {
            let count = &mut counts[usize::from(byte % 64)];
            *count = count.saturating_sub(1);
        }
        let (mut missing, mut extra) = (0, 0);
        for count in counts {
            missing += usize::from(count.max(0).unsigned_abs());
            extra += usize::from(count.min(0).unsigned_abs());
        }
        missing.max(extra)
    }
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

/// As [`one_of`], of names with what is said of each, such as its type; that may be empty.
pub fn one_of_typed<'a>(
    name: &str,
    what: &str,
    candidates: impl IntoIterator<Item = (&'a str, String)>,
) -> String {
    let all: Vec<_> = candidates.into_iter().collect();
    match nearest(name, all.iter().map(|(name, _)| *name)) {
        Some(found) => match all.iter().find(|(name, said)| *name == found && !said.is_empty()) {
            Some((_, said)) => format!("did you mean `{found}` ({said})?"),
            None => format!("did you mean `{found}`?"),
        },
        None => format!("{what}: {}", typed_list(&all)),
    }
}

/// Names with what is said of each: `a (u32), b (char[16])`.
pub fn typed_list(candidates: &[(&str, String)]) -> String {
    const SHOWN: usize = 20;
    let more = candidates.len().saturating_sub(SHOWN);
    let shown = candidates.iter().take(SHOWN).map(|(name, said)| match said.as_str() {
        "" => (*name).to_owned(),
        said => format!("{name} ({said})"),
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{shown}{tail}")
}

/// A name with its article, for messages: a `long`, an `int`.
pub fn a(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o']) || name.starts_with("un");
    // `union` begins with the sound of a consonant.
    let article = if vowel && !name.starts_with("union") { "an" } else { "a" };
    format!("{article} `{name}`")
}

/// So many of something: `1 event`, `2 events`.
pub fn plural<N: Display + PartialEq + From<u8>>(count: N, what: &str) -> String {
    format!("{count} {what}{}", if count == N::from(1) { "" } else { "s" })
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

    proptest::proptest! {
        #[test]
        fn counting_letters_leaves_nothing_out(
            a in "[a-d_]{0,9}",
            b in "[a-dä_]{0,9}",
            limit in 0usize..4,
        ) {
            assert!(Letters::of(&a).differ(&b, limit) <= strsim::damerau_levenshtein(&a, &b));
        }
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
