//! Where a value stands, in eight bytes. A hundred thousand files keep a place for every value; the line, the
//! column and the text are worked out only for the few that somebody must look at.

use crate::diag::Place;
use crate::model::FilePath;

/// A stretch of bytes of one file, counted from the start of the file, a byte order mark included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to `end`; what does not fit stands at the end of what can be counted.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let count = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: count(start), end: count(end.max(start)) }
    }

    /// The place to show, worked out from the text of the file the span was read from.
    #[must_use]
    pub fn place(self, path: &FilePath, text: &str) -> Place {
        Place::span(path, text, self.start as usize, self.end as usize)
    }

    /// The words at the span; empty where the text is another one.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}
