//! The log of the verifier, whole: a buffer that grows until the log fits.
//!
//! In: an attempt that fills a buffer. Out: its result and the text. Kernels up to 6.3 keep the
//! head of a log that does not fit and later ones its tail; both then answer ENOSPC.

use std::io;

const FIRST: usize = 256 << 10;
const LAST: usize = 64 << 20;

/// Runs `attempt` with a larger buffer each time that it ends in ENOSPC, up to 64 MiB.
pub(super) fn with_log<T>(
    mut attempt: impl FnMut(&mut [u8]) -> io::Result<T>,
) -> (io::Result<T>, String) {
    let mut size = FIRST;
    loop {
        // Zeroed memory of this size comes untouched from the kernel, so its size costs nothing.
        let mut buffer = vec![0; size];
        let result = attempt(&mut buffer);
        let full = matches!(&result, Err(e) if e.raw_os_error() == Some(libc::ENOSPC));
        if full && size < LAST {
            size = (size * 8).min(LAST);
            continue;
        }
        let mut text = text(&buffer);
        if full {
            text.push_str("\n(the log is longer than 64 MiB and was cut)\n");
        }
        return (result, text);
    }
}

/// The text up to the first zero byte.
fn text(buffer: &[u8]) -> String {
    let end = memchr::memchr(0, buffer).unwrap_or(buffer.len());
    String::from_utf8_lossy(&buffer[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel with a log of `len` bytes that refuses the program.
    fn refuse(len: usize, sizes: &mut Vec<usize>) -> (io::Result<()>, String) {
        with_log(|buffer| {
            sizes.push(buffer.len());
            let kept = len.min(buffer.len() - 1);
            buffer[..kept].fill(b'x');
            let errno = if kept < len { libc::ENOSPC } else { libc::EACCES };
            Err(io::Error::from_raw_os_error(errno))
        })
    }

    #[test]
    fn a_short_log_needs_one_attempt() {
        let mut sizes = Vec::new();
        let (result, log) = refuse(10, &mut sizes);
        assert_eq!(log, "xxxxxxxxxx");
        assert_eq!(sizes, [FIRST]);
        assert_eq!(result.unwrap_err().raw_os_error(), Some(libc::EACCES));
    }

    #[test]
    fn the_buffer_grows_until_the_log_fits() {
        let mut sizes = Vec::new();
        let (result, log) = refuse(3 << 20, &mut sizes);
        assert_eq!(log.len(), 3 << 20);
        assert_eq!(sizes, [FIRST, FIRST * 8, FIRST * 64]);
        assert_eq!(result.unwrap_err().raw_os_error(), Some(libc::EACCES));
    }

    #[test]
    fn growth_ends_and_says_so() {
        let mut sizes = Vec::new();
        let (result, log) = refuse(usize::MAX, &mut sizes);
        assert_eq!(sizes.last(), Some(&LAST));
        assert_eq!(sizes.len(), 4);
        assert!(log.ends_with("was cut)\n"));
        assert_eq!(result.unwrap_err().raw_os_error(), Some(libc::ENOSPC));
    }
}
