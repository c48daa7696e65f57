//! The JSON Schema (2020-12) of config files, made from the tables that decode them.
//!
//! In: [`super::keys`], the hook kinds, the builtins. Out: the schema, for editors. It says all that
//! can be said of a config without parsing expressions; what they mean only `runner` knows.
//!
//! Beside the standard's keywords it has those of the YAML language server, which others pass over:
//! `markdownDescription`, `enumDescriptions`, `defaultSnippets`, `patternErrorMessage`.

use serde_json::{Map, Value, json};

use super::MAX_NAME;
use super::decoder::DECODERS;
use super::keys::{CONFIG, FIELD, Key, MAX_TITLE, PARAM, RANGE, Shape, Table};
use super::name::RESERVED;
use crate::expr::BUILTINS;
use crate::hook::KINDS;

#[cfg(test)]
mod tests;

/// The schema of a config file.
pub fn schema() -> Value {
    let mut schema = Schema { definitions: Map::new() };
    let Value::Object(mut root) = schema.mapping(&CONFIG) else { return Value::Null };
    root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    root.insert("title".into(), "runner config".into());
    root.insert("description".into(), "Hooks of the kernel to watch, and fields to read.".into());
    root.insert("defaultSnippets".into(), snippets());
    root.insert("$defs".into(), schema.definitions.into());
    root.into()
}

/// A schema under construction.
struct Schema {
    definitions: Map<String, Value>,
}

impl Schema {
    /// A mapping with the keys of `table`.
    fn mapping(&mut self, table: &'static Table) -> Value {
        let mut properties = Map::new();
        for key in table.keys {
            properties.insert(key.name.into(), self.key(key));
        }
        let required = table.keys.iter().filter(|key| key.required).map(|key| key.name);
        let mut mapping = json!({
            "title": name_of(table),
            "type": "object",
            "additionalProperties": false,
            "required": required.collect::<Vec<_>>(),
            "properties": properties,
        });
        if let Some(one_of) = &table.one_of {
            let alone = one_of.keys.iter().map(|key| json!({"required": [key]}));
            mapping["oneOf"] = alone.collect();
        }
        mapping
    }

    /// One key: what its value must be, and what an editor shows of it.
    fn key(&mut self, key: &Key) -> Value {
        let mut value = self.value(&key.shape);
        let general = value.get("markdownDescription").and_then(Value::as_str);
        let general = general.map(|text| format!("\n\n{text}")).unwrap_or_default();
        value["description"] = key.doc.into();
        value["markdownDescription"] = format!("{}{general}", key.doc).into();
        value
    }

    /// What a value of that shape must be.
    fn value(&mut self, shape: &Shape) -> Value {
        match *shape {
            Shape::Text | Shape::Types | Shape::Value => text(),
            // Text with fields in it; which exist is for `runner` to check.
            Shape::Print => {
                let mut print = text();
                print["markdownDescription"] =
                    "`{field}`, in a column `{field:>8}` or `{field:<8}`, in hexadecimal \
                     `{field:x}`, in decimal `{field:d}`; a brace is `{{` or `}}`."
                        .into();
                print
            }
            Shape::Title => {
                let mut title = text();
                let printable = "[^\\u0000-\\u001f\\u007f-\\u009f]*";
                title["pattern"] = format!("^{printable}\\S{printable}$").into();
                title["maxLength"] = MAX_TITLE.into();
                title
            }
            Shape::Name => name(),
            Shape::Integer { min, max } => integer(min, max),
            Shape::Expr => expression(),
            Shape::ExprOrNull => json!({"anyOf": [expression(), {"type": "null"}]}),
            Shape::Params => json!({
                "type": "object",
                "propertyNames": self.defined("name", name),
                "additionalProperties": self.table(&PARAM),
                "markdownDescription": "`$name` in expressions; `--param NAME=VALUE` sets it.",
            }),
            Shape::Hooks => self.hooks(),
            Shape::Fields => self.fields(),
            Shape::Args => json!({
                "type": "object",
                "propertyNames": self.defined("name", name),
                "additionalProperties": {
                    "type": "string",
                    "description": "The argument's C type.",
                    "examples": ["int", "size_t", "char *", "struct NAME *"],
                },
            }),
            Shape::Mapping(table) => self.table(table),
            Shape::List(table) => {
                let items = self.table(table);
                json!({"type": "array", "minItems": 1, "items": items})
            }
            Shape::Run => json!({
                "anyOf": [{"type": "array", "minItems": 1, "items": text()}, {"type": "string"}],
                "markdownDescription":
                    "`$TMP` is a folder of the test's own, `$$` a dollar. A list is taken as it \
                     is; a text is for `sh -c`.",
            }),
            Shape::Time { .. } => json!({
                "type": "string",
                "pattern": "^[0-9]+(ns|us|ms|s|m|h)$",
                "patternErrorMessage": "a whole number with its unit: us, ms, s, m or h",
            }),
            Shape::Flag => json!({"type": "boolean"}),
            Shape::Decoder => self.defined("decoder", decoder),
            Shape::Events => self.events(),
            Shape::Number => json!({"type": ["integer", "string"]}),
        }
    }

    /// Events that a test expects.
    fn events(&mut self) -> Value {
        if !self.definitions.contains_key("matcher") {
            let mut range = self.mapping(&RANGE);
            range["minProperties"] = 1.into();
            let one = json!([text(), {"type": "null"}, range]);
            let list = json!({"type": "array", "minItems": 1, "items": {"anyOf": one}});
            let matcher = json!({
                "anyOf": [{"anyOf": one}, list],
                "description": "What the field must show.",
                "markdownDescription":
                    "`any` value, `null`, a number, `true`, `false`, text with `*` and `?` (`\\*` \
                     for a star), a range `{min: 0, max: 9}`, or a list of which one fits. `$TMP` \
                     and `$PID` are those of the test.",
            });
            self.definitions.insert("matcher".into(), matcher);
        }
        json!({
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["probe"],
                "properties": {"probe": {"type": "string", "description": "Which probe's event."}},
                "additionalProperties": reference("matcher"),
            },
        })
    }

    /// One hook or several.
    fn hooks(&mut self) -> Value {
        let hook = self.defined("hook", hook);
        json!({"anyOf": [hook, {"type": "array", "minItems": 1, "items": hook}]})
    }

    fn fields(&mut self) -> Value {
        let option = self.table(&FIELD);
        let bare = json!({"anyOf": [builtin(), self.defined("field-name", field_name)]});
        let expression = self.defined("expression", expression);
        let named = json!({
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": self.defined("field-name", field_name),
            "additionalProperties": {"anyOf": [option, expression]},
            "defaultSnippets": [
                {
                    "label": "name: expression",
                    "description": "a field with a name of its own",
                    "body": {"${1:name}": "${2:expression}"},
                },
            ],
        });
        json!({
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [bare, named]},
            "markdownDescription":
                format!("`name`, `name: expression`, or `name: {{expr: …}}`.\n\n{}", builtins()),
        })
    }

    /// A reference to the definition of a mapping by `table`.
    fn table(&mut self, table: &'static Table) -> Value {
        let name = name_of(table).replace(' ', "-");
        if !self.definitions.contains_key(&name) {
            // Taken before it is made, for tables that hold themselves.
            self.definitions.insert(name.clone(), Value::Null);
            let mapping = self.mapping(table);
            self.definitions.insert(name.clone(), mapping);
        }
        reference(&name)
    }

    /// A reference to what `make` gives.
    fn defined(&mut self, name: &str, make: fn() -> Value) -> Value {
        self.definitions.entry(name).or_insert_with(make);
        reference(name)
    }
}

/// What has the keys of `table`, without its article.
fn name_of(table: &Table) -> String {
    let what = table.what.strip_prefix("an ").or(table.what.strip_prefix("a "));
    what.unwrap_or(table.what).replace('`', "")
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Any scalar: to `runner` numbers and booleans are text too.
fn text() -> Value {
    json!({"type": ["string", "number", "boolean"]})
}

fn name() -> Value {
    json!({
        "type": ["string", "boolean"],
        "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
        "maxLength": MAX_NAME,
        "patternErrorMessage": "names are letters, digits and `_`, and do not start with a digit",
    })
}

fn field_name() -> Value {
    let mut name = name();
    name["type"] = "string".into();
    name["not"] = json!({"enum": RESERVED});
    name["description"] = "An argument of the hook, or a new name.".into();
    name
}

fn builtin() -> Value {
    let docs: Vec<_> = BUILTINS.iter().map(|builtin| builtin.doc).collect();
    json!({
        "type": "string",
        "enum": BUILTINS.iter().map(|builtin| builtin.name).collect::<Vec<_>>(),
        "enumDescriptions": docs,
        "markdownEnumDescriptions": docs,
    })
}

fn expression() -> Value {
    let mut expression = text();
    expression["title"] = "expression".into();
    expression["defaultSnippets"] = BUILTINS
        .iter()
        .map(|builtin| json!({"label": builtin.name, "description": builtin.doc, "body": builtin.name}))
        .collect();
    expression["markdownDescription"] = format!(
        "C's operators, `->` and casts, over the hook's arguments by name and these:\n\n{}",
        builtins()
    )
    .into();
    expression
}

fn hook() -> Value {
    let kinds: Vec<_> = KINDS.iter().map(|row| row.name).collect();
    let snippet = |row: &crate::hook::Row| {
        let target = &row.example[row.name.len() + 1..];
        let body = format!("{}:${{1:{target}}}", row.name);
        json!({"label": format!("{}:", row.name), "description": row.meaning, "body": body})
    };
    json!({
        "title": "hook",
        "type": "string",
        "pattern": format!("^(?:{}):.", kinds.join("|")),
        "patternErrorMessage": format!("`kind:target`; the kinds are {}", kinds.join(", ")),
        "description": "`kind:target`, such as `kprobe:do_unlinkat`.",
        "markdownDescription": format!(
            "`kind:target`; of a list, the first that the kernel has.\n\n{}",
            table_of(KINDS.iter().map(|row| (row.example, row.meaning)))
        ),
        "defaultSnippets": KINDS.iter().map(snippet).collect::<Vec<_>>(),
    })
}

/// An integer as YAML knows it, or as only `runner` does: in binary, or with `_` between digits.
fn integer(min: u64, max: u64) -> Value {
    if min == max {
        return json!({"const": min});
    }
    let written = "^(0b[01_]*[01]|0o[0-7_]*[0-7]|0[xX][0-9A-Fa-f_]*[0-9A-Fa-f]|[0-9]+(_[0-9]+)+)$";
    json!({"anyOf": [
        {"type": "integer", "minimum": min, "maximum": max},
        {"type": "string", "pattern": written},
    ]})
}

/// A way to show a value. Every way to write one is completed; what else is right, the pattern says.
fn decoder() -> Value {
    let usages = || DECODERS.iter().flat_map(|row| row.usage.iter().map(move |usage| (usage, row)));
    let docs: Vec<_> = usages().map(|(_, row)| row.doc).collect();
    let names: Vec<_> = DECODERS.iter().map(|row| row.name).collect();
    json!({
        "title": "decoder",
        "anyOf": [
            {
                "enum": usages().map(|(usage, _)| usage).collect::<Vec<_>>(),
                "enumDescriptions": docs,
                "markdownEnumDescriptions": docs,
            },
            {
                "type": "string",
                "pattern": format!("^\\s*(?:{})(?:\\s*\\(.*\\))?\\s*$", names.join("|")),
                "patternErrorMessage": format!("the decoders are {}", names.join(", ")),
            },
        ],
        "markdownDescription":
            table_of(DECODERS.iter().map(|row| (row.usage[0], row.doc))),
    })
}

/// The builtins, for people.
fn builtins() -> String {
    table_of(BUILTINS.iter().map(|builtin| (builtin.name, builtin.doc)))
}

fn table_of<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    rows.map(|(word, meaning)| format!("- `{word}`: {meaning}\n")).collect()
}

/// Whole configs to begin with. Written as text, for the keys of a JSON object have no order.
fn snippets() -> Value {
    let body = "version: 1\nname: ${1:name}\ndescription: ${2:What question does this answer?}\n\n\
                probes:\n  - name: ${3:probe}\n    hook: ${4:func:do_unlinkat}\n    \
                fields: [pid, comm, ${5:retval}]\n";
    json!([{
        "label": "a config with one probe",
        "description": "a function of the kernel, one event a call",
        "body": body,
    }])
}
