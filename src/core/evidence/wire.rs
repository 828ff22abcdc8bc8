//! Reads the numbers and strings of SSH's wire format (RFC 4251, section 5). Reading is strict: no byte may be
//! missing, and none may be left over.

/// The bytes that are left to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct SshWire<'a>(pub(super) &'a [u8]);

impl<'a> SshWire<'a> {
    /// Reads the next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// Reads a string: its length, then as many bytes.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    /// Reads a string of UTF-8 text.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.string()?).ok()
    }

    /// Returns `Some` if everything has been read.
    pub(super) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Writes a string: its length, then its bytes.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    // Only names and digests are written here. A longer string would get a wrong length, and no signature would match
    // it.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend(length.to_be_bytes());
    out.extend(bytes);
}
