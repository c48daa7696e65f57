//! A config file's bytes to a [`Source`]: read within a limit, and checked to be UTF-8.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, Faults, Source, Span};

/// The largest config file, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not there, or may not be read.
    #[error("failed to read `{path}`")]
    Read {
        /// As given on the command line.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be a config: too large, or not text.
    #[error("failed to read `{}` as a config", .0.source.path)]
    Unfit(Faults),
}

/// Reads the file at `path`, or standard input for `-`, but never more than [`MAX_BYTES`] of it.
pub fn read(path: &str) -> Result<Arc<Source>, ReadError> {
    let bytes =
        if path == "-" { limited(io::stdin().lock()) } else { File::open(path).and_then(limited) };
    let bytes = bytes.map_err(|source| ReadError::Read { path: path.to_string(), source })?;
    from_bytes(path, bytes).map_err(ReadError::Unfit)
}

/// Takes `bytes`, which were read from `path`, for a config's text.
pub fn from_bytes(path: &str, bytes: Vec<u8>) -> Result<Arc<Source>, Faults> {
    let source = |text: String| Arc::new(Source { path: path.to_string(), text });
    if bytes.len() > MAX_BYTES {
        let mut faults = Faults::new(source(String::new()));
        let message = format!("the file is larger than {} KiB", MAX_BYTES >> 10);
        faults.push(Diagnostic::error(Code::TooLarge, None, message));
        return Err(faults);
    }
    // A byte order mark is no part of the text; with it, the columns of line 1 would be off.
    let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => rest.to_vec(),
        None => bytes,
    };
    String::from_utf8(bytes).map(source).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        let message = format!("byte {:#04x} is not UTF-8 text", bytes.get(good).unwrap_or(&0));
        // Up to the first bad byte the replaced text is the file, so its place is right in both.
        let mut faults = Faults::new(source(String::from_utf8_lossy(bytes).into_owned()));
        let span = Span::new(good, good + char::REPLACEMENT_CHARACTER.len_utf8());
        let fault = Diagnostic::error(Code::NotUtf8, span, message);
        faults.push(match wide {
            true => fault.help("this looks like UTF-16; save the file as UTF-8"),
            false => fault.help("save the file as UTF-8"),
        });
        faults
    })
}

fn limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_have_a_place() {
        let faults = from_bytes("x", b"version: 1\nname: \xc3\xa4\xff\n".to_vec()).unwrap_err();
        let fault = &faults.list[0];
        assert_eq!(fault.code, Code::NotUtf8);
        assert_eq!(faults.source.position(fault.span.unwrap().start), (2, 8));
        assert!(fault.message.contains("0xff"));
    }

    #[test]
    fn a_byte_order_mark_is_dropped_and_utf16_is_named() {
        assert_eq!(from_bytes("x", b"\xef\xbb\xbfa: 1".to_vec()).unwrap().text, "a: 1");
        let faults = from_bytes("x", b"\xff\xfea\0:\0".to_vec()).unwrap_err();
        assert!(faults.list[0].help.as_ref().unwrap().contains("UTF-16"));
    }

    #[test]
    fn files_beyond_the_limit_are_refused_unread() {
        let endless = limited(io::repeat(b'a')).unwrap();
        assert_eq!(endless.len(), MAX_BYTES + 1);
        assert_eq!(from_bytes("x", endless).unwrap_err().list[0].code, Code::TooLarge);
        assert!(from_bytes("x", vec![b'a'; MAX_BYTES]).is_ok());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read("/no/such/file.yaml").unwrap_err();
        assert_eq!(error.to_string(), "failed to read `/no/such/file.yaml`");
        assert!(std::error::Error::source(&error).is_some());
    }
}
