//! Why something is taken away. The list is closed: no code takes for a reason that is not here.

use serde::{Deserialize, Serialize};

use crate::text::{Text, text};

/// The reason why something is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The entry has `revoked`.
    Revoked,
    /// The end date was moved earlier.
    Shortened,
    /// The end date, accepted before, has passed.
    Expired,
    /// The entry or its file is gone.
    Absent,
    /// The entry was changed to another right.
    Changed,
    /// Two administrators have accepted a later start with a baseline.
    StartMoved,
    /// The store has it, but nothing accepted gives it. Somebody changed it by hand.
    Drift,
    /// The account belongs to nobody in the tree.
    UnknownAccount,
    /// An account without access still has an e-mail address or subscriptions (R40).
    Sweep,
    /// The file says `email: none`.
    Contact,
}

impl Cause {
    /// The default for a step that an earlier version left open. Such a step did not record the cause for the account
    /// itself.
    pub(crate) fn of_an_older_record() -> Self {
        Self::Sweep
    }

    /// Whether somebody wrote in a file that it ends.
    #[must_use]
    pub fn is_written(self) -> bool {
        matches!(self, Self::Revoked | Self::Shortened)
    }

    /// Whether it ends because a day that was accepted before is over. If two people later confirm a day before that
    /// end, it is in force again.
    #[must_use]
    pub fn comes_by_a_day(self) -> bool {
        matches!(self, Self::Expired)
    }

    /// Returns the words that people read.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Revoked => text!(en: "revoked in the file", nb: "trukket tilbake i filen"),
            Self::Shortened => text!(en: "end date moved earlier", nb: "sluttdatoen er flyttet fram"),
            Self::Expired => text!(en: "end date passed", nb: "sluttdatoen er passert"),
            Self::Absent => text!(en: "no longer in the tree", nb: "står ikke lenger i filene"),
            Self::Changed => text!(en: "changed to another right", nb: "endret til en annen rettighet"),
            Self::StartMoved => {
                text!(en: "its start is moved to a day to come", nb: "starten er flyttet til en dag som kommer")
            }
            Self::Drift => text!(en: "changed by hand in the store", nb: "endret for hånd i registeret"),
            Self::UnknownAccount => {
                text!(en: "account of nobody in the tree", nb: "kontoen tilhører ingen i filene")
            }
            Self::Sweep => {
                text!(en: "e-mail of an account without access", nb: "e-post på en konto uten tilgang")
            }
            Self::Contact => text!(en: "`email: none` in the file", nb: "`email: none` i filen"),
        }
    }
}
