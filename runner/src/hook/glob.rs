//! Globs over kernel names: `*` is any run of characters, `?` is any one.

/// Whether `name` is a pattern rather than a plain name.
pub fn is_glob(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Whether `name` fits `pattern`.
pub fn matches(pattern: &str, name: &str) -> bool {
    let one = |pattern: &u8, c: &u8| *pattern == b'?' || pattern == c;
    fits(pattern.as_bytes(), name.as_bytes(), |pattern| *pattern == b'*', one)
}

/// Whether `text` fits `pattern`, in which `many` tells the steps that take any number of elements
/// and `one` whether a step takes that element. Takes at most `pattern.len() * text.len()` steps.
pub fn fits<P, C>(
    pattern: &[P],
    text: &[C],
    many: impl Fn(&P) -> bool,
    one: impl Fn(&P, &C) -> bool,
) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last `*` has taken one element more.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(step) if many(step) => {
                retry = Some((p, t));
                p += 1;
            }
            Some(step) if one(step, &text[t]) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, taken)) => {
                    retry = Some((star, taken + 1));
                    p = star + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, name, fits) in [
            ("unlink*", "unlink", true),
            ("unlink*", "unlinkat", true),
            ("*link*", "sys_enter_unlinkat", true),
            ("vfs_?ead", "vfs_read", true),
            ("vfs_?ead", "vfs_thread", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("", "", true),
            ("*", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_end() {
        assert!(!matches(&"*a".repeat(50), &"a".repeat(40)));
    }
}
