//! What a program asks of the kernel's types, each under a readable name.

use crate::expr::Question;

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
        let function = format!("{record}__{}", plain(path));
        self.symbol(
            "byte_off",
            record,
            path,
            function,
            format!("Offset of `{path}` in `{record}`."),
        )
    }

    /// The functions that give the bytes to load for a bitfield, and the shifts up and then down that
    /// leave only its bits.
    pub fn bits(&mut self, record: &str, path: &str) -> [String; 3] {
        let mut one = |kind, name: &str, about: &str| {
            let function = format!("{name}__{record}_{}", plain(path));
            let about = format!("{about} the bitfield `{path}` in `{record}`.");
            self.symbol(kind, record, path, function, about)
        };
        [
            one("byte_size", "size", "Bytes that cover"),
            one("lshift", "left", "Bits above"),
            one("rshift", "right", "Bits of a word beside"),
        ]
    }

    /// The function that answers `question`.
    pub fn answer(&mut self, question: &Question) -> String {
        match question {
            Question::TypeSize(ty) => {
                let function = format!("sizeof__{}", plain(ty));
                self.symbol("type_size", ty, "", function, format!("Bytes of a `{ty}`."))
            }
            Question::FieldSize(record, path) => {
                let function = format!("sizeof__{record}_{}", plain(path));
                let about = format!("Bytes of `{path}` in `{record}`.");
                self.symbol("byte_size", record, path, function, about)
            }
            Question::EnumValue(ty, name) => {
                let function = format!("enum__{name}");
                self.symbol("enum_value", ty, name, function, format!("The constant `{name}`."))
            }
            Question::TypeExists(ty) => {
                let function = format!("exists__{}", plain(ty));
                self.symbol("type_exists", ty, "", function, format!("Whether there is `{ty}`."))
            }
            Question::FieldExists(record, path) => {
                let function = format!("exists__{record}_{}", plain(path));
                let about = format!("Whether there is `{path}` in `{record}`.");
                self.symbol("field_exists", record, path, function, about)
            }
            Question::EnumExists(ty, name) => {
                let function = format!("exists__{name}");
                let about = format!("Whether there is a constant `{name}`.");
                self.symbol("enum_exists", ty, name, function, about)
            }
        }
    }

    fn symbol(
        &mut self,
        kind: &str,
        ty: &str,
        path: &str,
        function: String,
        about: String,
    ) -> String {
        let end = if path.is_empty() { String::new() } else { format!(":{path}") };
        let symbol = format!("core:{kind}:{ty}{end}");
        if let Some(known) = self.list.iter().find(|known| known.symbol == symbol) {
            return known.function.clone();
        }
        let function = self.names.unique(&function);
        self.list.push(Symbol { function: function.clone(), symbol, about });
        function
    }

    /// All of them, in the order of their names.
    pub fn finish(mut self) -> Vec<Symbol> {
        self.list.sort_by(|a, b| a.function.cmp(&b.function));
        self.list
    }
}

/// A path or type as a part of an identifier: `__sk_common.skc_family` of `sock` becomes
/// `sk_common_skc_family`.
fn plain(text: &str) -> String {
    let parts = text.split(['.', '[', ']', ' ']).map(|part| part.trim_matches('_'));
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("_")
}
