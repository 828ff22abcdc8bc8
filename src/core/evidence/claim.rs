//! The two lines before a block of a signature file: who claims to have signed, and on which day.

use jiff::civil::Date;

use crate::model::PersonId;

/// The person who claims to have signed, and the day. By itself a claim proves nothing. The statement is made from
/// the claim, so a signature under a false claim covers nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The person who claims to have signed.
    pub by: PersonId,
    /// The day on which they claim to have signed.
    pub on: Date,
}

impl Claim {
    /// The two lines that are written before a block.
    #[must_use]
    pub fn lines(&self) -> String {
        format!("by: {}\non: {}\n", self.by, self.on)
    }
}
