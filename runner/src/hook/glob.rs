//! Globs over kernel names: `*` is any run of characters, `?` is any one.

/// Whether `name` is a pattern rather than a plain name.
pub fn is_glob(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Whether `name` fits `pattern`. Takes at most `pattern.len() * name.len()` steps.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where to go on after the last `*` has taken one character more.
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, n));
                p += 1;
            }
            Some(&c) if c == b'?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((star, taken)) => {
                    retry = Some((star, taken + 1));
                    p = star + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
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
