//! The `format` file of a tracepoint.
//!
//! In: the file's text. Out: a [`TracepointFormat`]. Offsets and sizes are the file's own, so fields
//! that only some kernels have (`common_preempt_lazy_count`) shift the others rightly. Reads no file.

use super::{TracepointField, TracepointFormat};

/// The format in `text`, of a tracepoint in `category`; or the line that cannot be understood.
pub fn parse(category: &str, text: &str) -> Result<TracepointFormat, String> {
    let mut format = TracepointFormat {
        category: category.to_owned(),
        name: String::new(),
        id: 0,
        fields: Vec::new(),
    };
    for line in text.lines() {
        let bad = || line.trim().to_owned();
        if let Some(name) = line.strip_prefix("name:") {
            name.trim().clone_into(&mut format.name);
        } else if let Some(id) = line.strip_prefix("ID:") {
            format.id = id.trim().parse().map_err(|_| bad())?;
        } else if line.trim_start().starts_with("field") {
            format.fields.push(field(line).ok_or_else(bad)?);
        } else if line.starts_with("print fmt:") {
            break;
        }
    }
    if format.name.is_empty() { Err("no line `name:`".to_owned()) } else { Ok(format) }
}

/// One line: `field:char comm[16];`, then `offset:8;`, `size:16;` and `signed:0;` behind tabs.
fn field(line: &str) -> Option<TracepointField> {
    let mut declaration = None;
    let (mut offset, mut size, mut signed) = (None, None, false);
    for part in line.split(';') {
        let Some((key, value)) = part.split_once(':') else { continue };
        let value = value.trim();
        match key.trim() {
            // `field special:` was written by old kernels.
            "field" | "field special" => declaration = Some(value),
            "offset" => offset = value.parse::<u32>().ok(),
            "size" => size = value.parse::<u32>().ok(),
            "signed" => signed = value == "1",
            _ => {}
        }
    }
    let (c_type, name, array) = declare(declaration?, size?)?;
    Some(TracepointField { name, c_type, array, offset: offset?, size: size?, signed })
}

/// A declaration's type, name and number of elements; `size` is what the kernel says it takes.
fn declare(declaration: &str, size: u32) -> Option<(String, String, u32)> {
    let (left, dimensions) = match declaration.strip_suffix(']') {
        // `char[] name` has its brackets in the type; only those behind the name end the line.
        Some(_) => declaration.split_at(declaration.find('[')?),
        None => (declaration, ""),
    };
    let left = left.trim_end();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = left.rfind(|c| !word(c)).map_or(0, |at| at + 1);
    let (c_type, name) = (left[..start].trim_end(), &left[start..]);
    if name.is_empty() || c_type.is_empty() {
        return None;
    }
    if dimensions.is_empty() {
        return Some((c_type.to_owned(), name.to_owned(), 0));
    }
    let mut elements = 1u32;
    for dimension in dimensions.trim_end_matches(']').split(']') {
        let length = dimension.trim().strip_prefix('[')?.trim();
        if length.is_empty() {
            // As many as fit into the record: `char buf[]`.
            return Some((format!("{c_type}[]"), name.to_owned(), 0));
        }
        match length.parse::<u32>() {
            Ok(length) => elements = elements.checked_mul(length)?,
            // The kernel writes the C text, which may be the name of an enum constant.
            Err(_) => {
                elements = size / element_size(c_type)?;
                break;
            }
        }
    }
    Some((c_type.to_owned(), name.to_owned(), elements))
}

/// Bytes of the types that arrays are made of.
fn element_size(c_type: &str) -> Option<u32> {
    let c_type = c_type.trim_start_matches("const ");
    Some(match c_type {
        "char" | "unsigned char" | "signed char" | "u8" | "s8" | "__u8" | "__s8" | "uint8_t"
        | "bool" => 1,
        "u16" | "s16" | "__u16" | "__s16" | "__be16" | "__le16" | "uint16_t" | "short"
        | "unsigned short" => 2,
        "u32" | "s32" | "__u32" | "__s32" | "__be32" | "__le32" | "uint32_t" | "int"
        | "unsigned int" => 4,
        "u64" | "s64" | "__u64" | "__s64" | "__be64" | "__le64" | "uint64_t" | "long"
        | "unsigned long" | "long long" | "unsigned long long" => 8,
        _ if c_type.ends_with('*') => 8,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
name: sys_sample
ID: 443
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_preempt_lazy_count;\toffset:8;\tsize:1;\tsigned:0;

\tfield:__data_loc char[] filename;\toffset:12;\tsize:4;\tsigned:0;
\tfield:__rel_loc u64[] stack;\toffset:16;\tsize:4;\tsigned:0;
\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;
\tfield:unsigned long args[6];\toffset:40;\tsize:48;\tsigned:0;
\tfield:const char *const * argv;\toffset:88;\tsize:8;\tsigned:0;
\tfield:u16 named[MAX_ORDER];\toffset:96;\tsize:22;\tsigned:0;
\tfield:__u8 grid[4][6];\toffset:118;\tsize:24;\tsigned:0;
\tfield:pid_t pid;\toffset:144;\tsize:4;\tsigned:1;
\tfield:void *skaddr;\toffset:152;\tsize:8;\tsigned:0;
\tfield:char buf[];\toffset:160;\tsize:0;\tsigned:0;

print fmt: \"field:%d\", REC->pid
";

    #[test]
    fn every_form_of_field_is_understood() {
        let format = parse("raw", SAMPLE).unwrap();
        assert_eq!((format.category.as_str(), format.name.as_str()), ("raw", "sys_sample"));
        assert_eq!(format.id, 443);
        let fields: Vec<_> = format
            .fields
            .iter()
            .map(|f| (f.c_type.as_str(), f.name.as_str(), f.array, f.offset, f.size, f.signed))
            .collect();
        assert_eq!(
            fields,
            [
                ("unsigned short", "common_type", 0, 0, 2, false),
                ("unsigned char", "common_preempt_lazy_count", 0, 8, 1, false),
                ("__data_loc char[]", "filename", 0, 12, 4, false),
                ("__rel_loc u64[]", "stack", 0, 16, 4, false),
                ("char", "comm", 16, 20, 16, false),
                ("unsigned long", "args", 6, 40, 48, false),
                ("const char *const *", "argv", 0, 88, 8, false),
                ("u16", "named", 11, 96, 22, false),
                ("__u8", "grid", 24, 118, 24, false),
                ("pid_t", "pid", 0, 144, 4, true),
                ("void *", "skaddr", 0, 152, 8, false),
                ("char[]", "buf", 0, 160, 0, false),
            ]
        );
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for line in [
            "field:int;\toffset:0;\tsize:4;\tsigned:1;",
            "field:int x;\toffset:zero;\tsize:4;\tsigned:1;",
            "field:int x;\toffset:0;",
            "field:struct odd x[MANY];\toffset:0;\tsize:4;\tsigned:1;",
        ] {
            let text = format!("name: x\n\t{line}\n");
            assert_eq!(parse("c", &text), Err(line.to_owned()));
        }
        assert_eq!(parse("c", "name: x\nID: y\n"), Err("ID: y".to_owned()));
        assert_eq!(parse("c", ""), Err("no line `name:`".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "(name|ID|field|[:;\\[\\] a-z0-9\n\tä*])*") {
            let _ = parse("c", &text);
        }
    }
}
