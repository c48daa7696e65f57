//! The tables of the language's keys: one per kind of mapping.
//!
//! Mappings are decoded by these tables, and the JSON Schema is generated from them, so
//! that neither can know a key that the other does not.

use crate::expr::LENGTH_MAX;

/// What a key's value must be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any text.
    Text,
    /// One line of at most [`MAX_TITLE`] characters.
    Title,
    /// An identifier of at most [`super::MAX_NAME`] bytes.
    Name,
    /// An integer within these bounds.
    Integer {
        /// The least allowed.
        min: u64,
        /// The greatest allowed.
        max: u64,
    },
    /// An expression.
    Expr,
    /// A hook, or a list of alternatives.
    Hooks,
    /// A list of fields: names, `name: expression`, or `name:` with a mapping by [`FIELD`].
    Fields,
    /// One of [`super::DECODERS`].
    Decoder,
    /// A print format.
    Print,
    /// Declarations of C types.
    Types,
    /// A mapping of names to C types, in the order of the arguments.
    Args,
    /// A mapping of names to mappings by [`PARAM`].
    Params,
    /// The default of a parameter: text, a number, `true` or `false`.
    Value,
    /// An expression, or `null`.
    ExprOrNull,
    /// A mapping by a table.
    Mapping(&'static Table),
    /// A list of mappings by a table; at least one.
    List(&'static Table),
    /// A command: a list of words, or a text for `sh -c`.
    Run,
    /// Time with its unit, such as `10s`; bounds in milliseconds.
    Time {
        /// The least allowed.
        min: u64,
        /// The greatest allowed.
        max: u64,
    },
    /// `true` or `false`.
    Flag,
    /// A list of mappings: `probe` and the names of its fields, with what each must show: `any`,
    /// `null`, a number, `true` or `false`, text with `*` and `?`, a mapping by [`RANGE`], or a list
    /// of these.
    Events,
    /// An integer as expressions have it, signed, units allowed.
    Number,
}

/// Which mappings with keys of their own stand in a value.
#[derive(Debug, Clone, Copy)]
pub enum Nested {
    /// None.
    Nothing,
    /// The value itself.
    Itself(&'static Table),
    /// Each item of the list, or each value of the mapping.
    Items(&'static Table),
    /// Each value in an item of the list.
    ItemValues(&'static Table),
}

impl Shape {
    /// The mappings in a value of this shape.
    pub fn nested(&self) -> Nested {
        match *self {
            Self::Fields => Nested::ItemValues(&FIELD),
            Self::Events => Nested::ItemValues(&RANGE),
            Self::Params => Nested::Items(&PARAM),
            Self::Mapping(table) => Nested::Itself(table),
            Self::List(table) => Nested::Items(table),
            Self::Text | Self::Title | Self::Name | Self::Integer { .. } | Self::Expr => {
                Nested::Nothing
            }
            Self::Hooks | Self::Print | Self::Types | Self::Args | Self::Run => Nested::Nothing,
            Self::Time { .. } | Self::Flag | Self::Number => Nested::Nothing,
            Self::Value | Self::ExprOrNull | Self::Decoder => Nested::Nothing,
        }
    }
}

/// One key of a mapping.
#[derive(Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What its value must be.
    pub shape: Shape,
    /// What it is for, one line.
    pub doc: &'static str,
}

/// The keys of one kind of mapping.
#[derive(Debug)]
pub struct Table {
    /// What has these keys, with its article: `a probe`.
    pub what: &'static str,
    /// In the order of the documentation.
    pub keys: &'static [Key],
    /// Keys of which exactly one must stand.
    pub one_of: Option<OneOf>,
    /// Keys that the language plans and this version does not have.
    pub later: &'static [&'static str],
}

/// Keys that exclude each other, and one of which is wanted.
#[derive(Debug)]
pub struct OneOf {
    /// The usual one first.
    pub keys: &'static [&'static str],
    /// What to do where none of them stands.
    pub none: &'static str,
    /// What to do where several stand.
    pub several: &'static str,
}

/// The greatest `max:` of a field, in bytes.
pub const MAX_STRING: u64 = 65_536;

/// The largest event, in bytes: what a value of a per-processor map may have (`PCPU_MIN_UNIT_SIZE`),
/// for that is where a program puts it together.
pub const MAX_EVENT: u64 = 32 << 10;

/// The longest name of a test, in characters.
pub const MAX_TITLE: usize = 200;

/// The top level of a config file.
pub static CONFIG: Table = Table {
    what: "a config",
    keys: &[
        Key {
            name: "version",
            required: true,
            shape: Shape::Integer { min: 1, max: 1 },
            doc: "The version of the config language: 1.",
        },
        Key {
            name: "name",
            required: false,
            shape: Shape::Name,
            doc: "What this config is called; by default the file's name without its extension.",
        },
        Key {
            name: "description",
            required: false,
            shape: Shape::Text,
            doc: "What question this config answers.",
        },
        Key {
            name: "params",
            required: false,
            shape: Shape::Params,
            doc: "Constants that the command line may set, `$name` in expressions.",
        },
        Key {
            name: "types",
            required: false,
            shape: Shape::Types,
            doc: "C declarations of the structures, unions, enums and typedefs that expressions name.",
        },
        Key {
            name: "limits",
            required: false,
            shape: Shape::Mapping(&LIMITS),
            doc: "How long strings and events may be.",
        },
        Key {
            name: "probes",
            required: true,
            shape: Shape::List(&PROBE),
            doc: "What to watch; at least one probe.",
        },
        Key {
            name: "tests",
            required: false,
            shape: Shape::List(&TEST),
            doc: "What `runner test` runs, and which events that must make.",
        },
    ],
    one_of: None,
    later: &["maps", "report"],
};

/// The value of `limits:`.
pub static LIMITS: Table = Table {
    what: "a set of limits",
    keys: &[
        Key {
            name: "string",
            required: false,
            shape: Shape::Integer { min: 1, max: LENGTH_MAX },
            doc: "The longest string or buffer where nothing else says it, in bytes; by default 255.",
        },
        Key {
            name: "event",
            required: false,
            shape: Shape::Integer { min: 64, max: MAX_EVENT },
            doc: "The most bytes that an event of a probe may take; by default 32768.",
        },
    ],
    one_of: None,
    later: &[],
};

/// An entry of `probes:`.
pub static PROBE: Table = Table {
    what: "a probe",
    keys: &[
        Key {
            name: "name",
            required: false,
            shape: Shape::Name,
            doc: "What its events are called; by default derived from the hook.",
        },
        Key {
            name: "hook",
            required: false,
            shape: Shape::Hooks,
            doc: "Where to attach, as `kind:target`; of a list, the first that the kernel has.",
        },
        Key {
            name: "any",
            required: false,
            shape: Shape::List(&VARIANT),
            doc: "Instead of `hook`: alternatives that need different expressions.",
        },
        Key {
            name: "args",
            required: false,
            shape: Shape::Args,
            doc: "Names and C types of the arguments, in their order, where nothing else says them.",
        },
        Key {
            name: "where",
            required: false,
            shape: Shape::Expr,
            doc: "Only events for which this holds; tested in the kernel.",
        },
        Key { name: "fields", required: false, shape: Shape::Fields, doc: "What to read." },
        Key {
            name: "print",
            required: false,
            shape: Shape::Print,
            doc: "The line shown for an event, with fields as `{name}`.",
        },
    ],
    one_of: Some(OneOf {
        keys: &["hook", "any"],
        none: "say where to attach, such as `hook: kprobe:do_unlinkat`",
        several: "make the hook an entry of `any`, with the fields it needs",
    }),
    later: &["store", "take", "peek", "aggregate"],
};

/// An entry of `any:`.
pub static VARIANT: Table = Table {
    what: "an entry of `any`",
    keys: &[
        Key {
            name: "hook",
            required: true,
            shape: Shape::Hooks,
            doc: "Where to attach, as `kind:target`; of a list, the first that the kernel has.",
        },
        Key {
            name: "args",
            required: false,
            shape: Shape::Args,
            doc: "Names and C types of the arguments at these hooks, in place of the probe's.",
        },
        Key {
            name: "where",
            required: false,
            shape: Shape::Expr,
            doc: "A condition beside the probe's own.",
        },
        Key {
            name: "fields",
            required: false,
            shape: Shape::Fields,
            doc: "What to read after the probe's own fields.",
        },
    ],
    one_of: None,
    later: &["store", "take", "peek"],
};

/// The long form of a field.
pub static FIELD: Table = Table {
    what: "a field",
    keys: &[
        Key { name: "expr", required: true, shape: Shape::Expr, doc: "What the field shows." },
        Key {
            name: "max",
            required: false,
            shape: Shape::Integer { min: 1, max: MAX_STRING },
            doc: "The longest string or buffer to read, in bytes.",
        },
        Key {
            name: "as",
            required: false,
            shape: Shape::Decoder,
            doc: "How the value is shown, such as `hex`, `errno` or `flags(O_)`.",
        },
        Key {
            name: "default",
            required: false,
            shape: Shape::ExprOrNull,
            doc: "What the field shows on kernels that lack what `expr` names.",
        },
    ],
    one_of: None,
    later: &[],
};

/// An entry of `params:`.
pub static PARAM: Table = Table {
    what: "a parameter",
    keys: &[
        Key {
            name: "type",
            required: true,
            shape: Shape::Text,
            doc: "What it is: an integer type of C, such as `u64` or `bool`, or `string`.",
        },
        Key {
            name: "default",
            required: false,
            shape: Shape::Value,
            doc: "Its value where the command line says none; without it, it must.",
        },
        Key { name: "help", required: false, shape: Shape::Text, doc: "What it is for." },
    ],
    one_of: None,
    later: &[],
};

/// An entry of `tests:`.
pub static TEST: Table = Table {
    what: "a test",
    keys: &[
        Key {
            name: "name",
            required: true,
            shape: Shape::Title,
            doc: "What the test shows, in a few words.",
        },
        Key {
            name: "run",
            required: true,
            shape: Shape::Run,
            doc: "The command: a list of words, or a text for `sh -c`; it must end with 0.",
        },
        Key {
            name: "timeout",
            required: false,
            shape: Shape::Time { min: 1, max: 3_600_000 },
            doc: "How long the command may take; by default 10s.",
        },
        Key {
            name: "exact",
            required: false,
            shape: Shape::Flag,
            doc: "Whether events that `expect` does not list are a failure; by default they are not.",
        },
        Key {
            name: "expect",
            required: true,
            shape: Shape::Events,
            doc: "Events that must be seen, in any order, one event for each entry.",
        },
        Key {
            name: "expect_none",
            required: false,
            shape: Shape::Events,
            doc: "Events of which none may be seen.",
        },
    ],
    one_of: None,
    later: &[],
};

/// A matcher that is a range; at least one of its keys.
pub static RANGE: Table = Table {
    what: "a range",
    keys: &[
        Key { name: "min", required: false, shape: Shape::Number, doc: "The least that fits." },
        Key { name: "max", required: false, shape: Shape::Number, doc: "The greatest that fits." },
    ],
    one_of: None,
    later: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_both_there_and_to_come() {
        for table in [&CONFIG, &LIMITS, &PROBE, &VARIANT, &FIELD, &PARAM, &TEST, &RANGE] {
            assert!(!table.keys.is_empty());
            for key in table.keys {
                assert!(!table.later.contains(&key.name), "{} of {}", key.name, table.what);
                assert!(key.doc.ends_with('.'), "{} of {}", key.name, table.what);
                let count = table.keys.iter().filter(|other| other.name == key.name).count();
                assert_eq!(count, 1, "{} of {}", key.name, table.what);
            }
        }
    }
}
