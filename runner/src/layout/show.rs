//! How a slot's value is shown to people. What lies in the record is [`super::SlotKind`]'s.

/// How a slot's value is shown to people, where its bare form is not what they want to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Show {
    /// As it is.
    #[default]
    Plain,
    /// In decimal.
    Dec,
    /// In hexadecimal.
    Hex,
    /// In octal.
    Oct,
    /// By its name, if it has one.
    Names(Names),
}

/// Numbers that have names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names(Vec<(u64, String)>);

impl Names {
    /// Names of words as slots hold them: signed ones extended. Of a word with several names, the
    /// first counts.
    pub fn new(names: impl IntoIterator<Item = (u64, String)>) -> Self {
        let mut list: Vec<_> = names.into_iter().collect();
        list.sort_by_key(|(word, _)| *word);
        list.dedup_by_key(|(word, _)| *word);
        Self(list)
    }

    /// The name of `word`.
    pub fn get(&self, word: u64) -> Option<&str> {
        let index = self.0.binary_search_by_key(&word, |(word, _)| *word).ok()?;
        Some(&self.0[index].1)
    }

    /// Characters of the longest name.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, name)| name.chars().count()).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_names_counts() {
        let names = [(7, "B"), (u64::MAX, "LAST"), (3, "A"), (7, "ALIAS")];
        let names = Names::new(names.map(|(word, name)| (word, name.to_owned())));
        assert_eq!(names.get(7), Some("B"));
        assert_eq!((names.get(3), names.get(u64::MAX)), (Some("A"), Some("LAST")));
        assert_eq!((names.get(4), names.width()), (None, 4));
    }
}
