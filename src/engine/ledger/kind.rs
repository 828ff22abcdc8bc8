//! This module has the kinds of ledger entries. Their words never change: they are hashed, and auditors search for
//! them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The error for a text that is not a kind of entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of ledger entry; the kinds are {words}", words = EntryKind::words())]
pub struct KindError(String);

macro_rules! kinds {
    ($($name:ident $word:literal $doc:literal;)*) => {
        /// The kind of an entry, which says what the entry is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EntryKind {
            $(#[doc = $doc] #[serde(rename = $word)] $name,)*
        }

        impl EntryKind {
            /// All kinds of entries.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the word of this kind, which never changes.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

kinds! {
    Baseline "baseline" "The first state was accepted by two national administrators.";
    BaselineAgain "baseline-again" "The state was accepted anew on the host, in place of what stood before: the way back when keys or history are lost.";
    Accepted "accepted" "A change was accepted.";
    Refused "refused" "A change was refused.";
    Held "held" "A file or a removal is held.";
    Mended "mended" "What was held is in order again.";
    Released "released" "Held removals were released by name.";
    RequestFreed "request-freed" "Two have undone that a request is one person's: it stands in nobody's way any more.";
    RequestRejected "request-rejected" "An application was rejected: its number serves nobody.";
    ProtectedAccepted "protected-accepted" "A change of the register file or the policies was accepted.";
    Proved "proved" "The promises of a set of policies were proved on this host.";
    Plan "plan" "A plan was made.";
    Step "step" "A step of a plan was done.";
    StepFailed "step-failed" "A step of a plan did not succeed.";
    Reports "reports" "Reports were ended in Rapporteket, or an address was taken out there.";
    ReportsFailed "reports-failed" "Reports could not be ended in Rapporteket; it is tried again.";
    Pass "pass" "A pass came to its end.";
    Interrupted "interrupted" "A pass did not come to its end.";
    ClockConfirmed "clock-confirmed" "Somebody confirmed the date after the clock had jumped.";
    Drift "drift" "The register was found changed by hand.";
    Account "account" "An account was found to be a person's.";
    IdChanged "id-changed" "A person is called by another id from here on; what was accepted went along.";
    AdoptedMemory "adopted-memory" "What was remembered before entries bound it was taken over as it stood.";
    ReleaseSpent "release-spent" "A release has served, or what it let go waits no longer.";
    Charged "charged" "What the budgets for removals and for additions were charged.";
    Remembered "remembered" "What is remembered of the register as a whole: a digest of each part of it.";
    Reviewed "reviewed" "The review of a trust's user list counts from here on.";
    ReviewShown "review-shown" "It is shown or was taken over that people have reviewed a list. The list need not count.";
    ReviewClosed "review-closed" "What a review says shall end or change was read back from the store, all of which was read.";
    Files "files" "What files say of their people was accepted, or a file is gone.";
    Asked "asked" "What a register elsewhere is being asked for, what is owed in Rapporteket, and what of it is over: a digest of each.";
}

impl EntryKind {
    /// Reads a kind from its word.
    ///
    /// # Errors
    /// When no kind has this word.
    pub fn parse(word: &str) -> Result<Self, KindError> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word).ok_or_else(|| KindError(word.to_owned()))
    }

    fn words() -> String {
        Self::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for EntryKind {
    type Err = KindError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::parse(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_is_the_word_in_json() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::parse(kind.as_str()), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        let told = EntryKind::parse("steps").unwrap_err().to_string();
        assert!(told.starts_with("`steps` is no kind of ledger entry; the kinds are baseline, "), "{told}");
    }
}
