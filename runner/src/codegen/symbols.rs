//! The kernel's offsets that a program uses, each under a readable name.

use super::names::Names;

/// One symbol that is resolved when the program is loaded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Symbol {
    /// The function that gives it.
    pub function: String,
    /// What `link` resolves: `core:<kind>:<type>:<path>`.
    pub symbol: String,
    /// What it is, for the reader.
    pub about: String,
}

/// The symbols of one program text.
#[derive(Debug)]
pub struct Symbols {
    list: Vec<Symbol>,
    names: Names,
}

impl Symbols {
    /// None yet; their functions will not be called like one of `taken`.
    pub fn beside<'a>(taken: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = Names::default();
        for name in taken {
            names.unique(name);
        }
        Self { list: Vec::new(), names }
    }

    /// The function that gives the offset of `path` in `record`.
    pub fn offset(&mut self, record: &str, path: &str) -> String {
        let symbol = format!("core:byte_off:{record}:{path}");
        if let Some(known) = self.list.iter().find(|known| known.symbol == symbol) {
            return known.function.clone();
        }
        // `__sk_common.skc_family` of `sock` is `sock__sk_common_skc_family`.
        let parts = path.split(['.', '[', ']']).map(|part| part.trim_matches('_'));
        let plain: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let function = self.names.unique(&format!("{record}__{}", plain.join("_")));
        let about = format!("Offset of `{path}` in `{record}`.");
        self.list.push(Symbol { function: function.clone(), symbol, about });
        function
    }

    /// All of them, in the order of their names.
    pub fn finish(mut self) -> Vec<Symbol> {
        self.list.sort_by(|a, b| a.function.cmp(&b.function));
        self.list
    }
}
