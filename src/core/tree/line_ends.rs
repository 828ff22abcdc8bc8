//! The ends of lines. A checkout may write other line ends than the commit has (`core.autocrlf`, an attribute `eol`),
//! although the content is the same. So everything that is read of the tree gets LF before it is digested or parsed.

use std::sync::Arc;

/// The bytes with LF at the end of each line.
///
/// Carriage returns directly before an LF belong to the end of the line. Any other carriage return stays, because
/// nothing that checks files out adds or removes one. Bytes with LF already are returned as they are, with the digest
/// they always had.
#[must_use]
pub fn with_lf(bytes: Arc<[u8]>) -> Arc<[u8]> {
    if !bytes.windows(2).any(|pair| pair == b"\r\n") {
        return bytes;
    }
    let mut text = Vec::with_capacity(bytes.len());
    for &byte in bytes.iter() {
        if byte == b'\n' {
            while text.last() == Some(&b'\r') {
                text.pop();
            }
        }
        text.push(byte);
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_in_lf_and_nothing_else_changes() {
        for (before, after) in [
            ("a\nb\n", "a\nb\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\r\nb\n", "a\nb\n"),
            ("a\r\r\nb", "a\nb"),
            ("a\rb\r", "a\rb\r"),
            ("\r\n\r\n", "\n\n"),
            ("a\n\rb\r\n", "a\n\rb\n"),
            ("", ""),
        ] {
            let once = with_lf(before.as_bytes().into());
            assert_eq!(&*once, after.as_bytes(), "{before:?}");
            assert_eq!(with_lf(Arc::clone(&once)), once, "{before:?}");
        }
        let as_it_is: Arc<[u8]> = b"a\nb".as_slice().into();
        assert!(Arc::ptr_eq(&with_lf(Arc::clone(&as_it_is)), &as_it_is));
    }
}
