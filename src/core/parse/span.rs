//! The place of a value, in eight bytes. A hundred thousand files keep a place for every value. The line, the column
//! and the text are computed only for the few places that somebody must look at.

use crate::diag::Place;
use crate::model::FilePath;

/// A range of bytes in one file, counted from the start of the file. A byte order mark is counted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The offset of the first byte in the text.
    pub start: u32,
    /// The offset of the byte after the last one.
    pub end: u32,
}

impl Span {
    /// Makes a span from `start` up to `end`. A number that is too large becomes the largest number that fits.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let count = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: count(start), end: count(end.max(start)) }
    }

    /// The place to show, computed from the text of the file that the span was read from.
    #[must_use]
    pub fn place(self, path: &FilePath, text: &str) -> Place {
        Place::span(path, text, self.start as usize, self.end as usize)
    }

    /// Returns the text of the span. It is empty if the span does not fit the text.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}
