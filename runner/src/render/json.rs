//! One JSON object a line: `ts` and `probe`, then the fields under their names.
//!
//! Where a decoder made a text of a number, that stands beside the number under `NAME_text`. A
//! string that is not UTF-8 shows U+FFFD for what is not, and its bytes in hexadecimal under
//! `NAME_bytes`; a string that was cut has `"NAME_truncated":true` beside it.

use super::list::strings as parts;
use super::shown::{Bare, shown};
use super::{Machine, View};
use crate::layout::Slot;
use crate::read::Record;

/// What is known before the first event.
pub struct Json {
    probes: Vec<Keys>,
}

struct Keys {
    /// `","probe":"unlink"`.
    probe: Vec<u8>,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    /// `,"pid":`.
    key: Vec<u8>,
}

impl Json {
    pub fn new(views: &[View]) -> Self {
        let keys = |view: &View| Keys {
            probe: format!("\",\"probe\":\"{}\"", view.name).into_bytes(),
            fields: view.layout.slots.iter().map(Field::new).collect(),
        };
        Self { probes: views.iter().map(keys).collect() }
    }

    pub fn event(&self, record: &Record, machine: &mut Machine, out: &mut Vec<u8>) {
        let keys = &self.probes[record.probe];
        out.extend_from_slice(b"{\"ts\":\"");
        machine.clock.rfc3339(record.time, out);
        out.extend_from_slice(&keys.probe);
        for (field, (slot, value)) in keys.fields.iter().zip(record.fields()) {
            out.extend_from_slice(&field.key);
            let shown = shown(slot, value, machine);
            match shown.value {
                Bare::Null => out.extend_from_slice(b"null"),
                Bare::Unsigned(number) => integer(number, out),
                Bare::Signed(number) => integer(number, out),
                Bare::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
                Bare::Address(address) => {
                    out.extend_from_slice(format!("\"{address:#x}\"").as_bytes());
                }
                Bare::Time(time) => {
                    out.push(b'"');
                    machine.clock.rfc3339(time, out);
                    out.push(b'"');
                }
                Bare::Text { bytes, truncated } => text(&field.name, &bytes, truncated, out),
                Bare::Words { bytes, truncated } => list(&field.name, bytes, truncated, out),
                Bare::List(texts) => strings(&texts, out),
            }
            if let Some(text) = shown.text {
                out.extend(key(&field.name, "_text"));
                string(&String::from_utf8_lossy(&text), out);
            }
        }
        out.extend_from_slice(b"}\n");
    }
}

impl Field {
    fn new(slot: &Slot) -> Self {
        Self { name: slot.name.clone(), key: key(&slot.name, "") }
    }
}

/// The line that tells of loss.
pub fn lost(probe: &str, count: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"lost\":{count},\"probe\":\"{probe}\"}}\n").as_bytes());
}

/// Names of fields and probes are identifiers, so they need no escapes.
fn key(name: &str, suffix: &str) -> Vec<u8> {
    format!(",\"{name}{suffix}\":").into_bytes()
}

fn integer(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn text(name: &str, bytes: &[u8], truncated: bool, out: &mut Vec<u8>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => string(text, out),
        // A cut may fall within a character: that alone makes no binary string.
        Err(fault) if truncated && fault.error_len().is_none() => {
            string(&String::from_utf8_lossy(&bytes[..fault.valid_up_to()]), out);
        }
        Err(_) => {
            string(&String::from_utf8_lossy(bytes), out);
            out.extend(key(name, "_bytes"));
            string(&hex(bytes), out);
        }
    }
    if truncated {
        out.extend(key(name, "_truncated"));
        out.extend_from_slice(b"true");
    }
}

/// An array of strings; where one is not UTF-8, one of all their bytes in hexadecimal beside it.
fn list(name: &str, bytes: &[u8], truncated: bool, out: &mut Vec<u8>) {
    let texts: Vec<String> =
        parts(bytes).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    strings(&texts, out);
    if std::str::from_utf8(bytes).is_err() {
        let all: Vec<String> = parts(bytes).map(hex).collect();
        out.extend(key(name, "_bytes"));
        strings(&all, out);
    }
    if truncated {
        out.extend(key(name, "_truncated"));
        out.extend_from_slice(b"true");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn strings(texts: &[String], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        string(text, out);
    }
    out.push(b']');
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\r' => out.extend_from_slice(b"\\r"),
            // JSON permits DEL, C1 and bidirectional controls raw; a terminal should not see them.
            c if c.is_control() || super::text::is_deceptive(c) => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes());
            }
            c if c.is_ascii() => out.push(c as u8),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(bytes: &[u8], truncated: bool) -> String {
        let mut out = b"{\"ts\":0".to_vec();
        out.extend(key("x", ""));
        text("x", bytes, truncated, &mut out);
        out.push(b'}');
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_not_utf8_keeps_its_bytes() {
        assert_eq!(shown(b"a\xff", false), "{\"ts\":0,\"x\":\"a\u{fffd}\",\"x_bytes\":\"61ff\"}");
        assert_eq!(shown(b"a\xc3", true), r#"{"ts":0,"x":"a","x_truncated":true}"#);
    }

    proptest! {
        #[test]
        fn any_string_is_valid_json_and_reads_back(text in "\\PC*|[\\x00-\\x7f\u{202e}]*") {
            let line = shown(text.as_bytes(), false);
            let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(parsed["x"].as_str(), Some(text.as_str()));
            prop_assert!(!line.chars().any(char::is_control));
        }

        #[test]
        fn any_bytes_are_valid_json(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let parsed: serde_json::Value = serde_json::from_str(&shown(&bytes, false)).unwrap();
            prop_assert!(parsed["x"].is_string());
        }
    }
}
