//! The words between the daemon and its [`Schedule`](super::schedule::Schedule): what woke a pass, which pass is to be
//! made, and how it ended. Plain values; none of them reads a clock.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::diag::Text;

use super::engine::Reach;

/// What woke a pass; for people only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The program has started.
    Start,
    /// The tree may have changed.
    Change,
    /// Something has been gone from the tree long enough.
    Absence,
    /// An accepted end has passed, or a start is reached.
    Midnight,
    /// The regular whole pass.
    Timer,
    /// Somebody asked for one (SIGHUP).
    Asked,
    /// A release, a baseline or a date was confirmed.
    Confirmed,
    /// Somebody else wrote to the register.
    Store,
    /// The last pass, or a step of it, did not succeed.
    Retry,
    /// The last pass let in what others rest on.
    Again,
    /// The branch has another commit.
    Commit,
    /// This program has the right to write, which it had not before.
    Leading,
}

impl Trigger {
    /// The fixed word, in logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Change => "change",
            Self::Absence => "absence",
            Self::Midnight => "midnight",
            Self::Timer => "timer",
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::Store => "store",
            Self::Retry => "retry",
            Self::Again => "again",
            Self::Commit => "commit",
            Self::Leading => "leading",
        }
    }

    /// What woke the pass, for people.
    #[must_use]
    pub fn words(self) -> Text {
        let nb = match self {
            Self::Start => "oppstart",
            Self::Change => "endring",
            Self::Absence => "fravær",
            Self::Midnight => "midnatt",
            Self::Timer => "klokken",
            Self::Asked => "forespørsel",
            Self::Confirmed => "bekreftelse",
            Self::Store => "registeret",
            Self::Retry => "nytt forsøk",
            Self::Again => "på nytt",
            Self::Commit => "innsending",
            Self::Leading => "overtakelse",
        };
        Text::new(self.word(), nb)
    }
}

/// A pass to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What woke it.
    pub trigger: Trigger,
    /// How much it looks at.
    pub reach: Reach,
    /// Since when it was known that there is something to do.
    pub since: Instant,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Make a pass.
    Pass(Order),
    /// Nothing until then, unless something happens.
    Wait(Instant),
}

/// How a pass ended, as far as the next one hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It went through.
    Complete {
        /// When the next absence will have lasted.
        absence: Option<Instant>,
        /// When the next day begins on which something accepted begins or is over.
        midnight: Option<Timestamp>,
        /// What is to be done at once.
        more: More,
    },
    /// There is nothing to judge against: a baseline is waited for, not tried for.
    NoBaseline,
    /// It did not go through.
    Failed,
}

/// Whether another pass could do more at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// Nothing more is to be done now.
    Nothing,
    /// Another pass with this reach is to follow at once.
    Again(Reach),
    /// The next commit of the branch waits.
    Onward(Reach),
    /// Yes, for a step of it did not succeed; but not at once.
    Retry,
}

/// The regular lengths of time.
#[derive(Debug, Clone, Copy)]
pub struct Intervals {
    /// From the first hint to the pass, so that hints of one change are one.
    pub gather: Duration,
    /// Between two whole passes.
    pub full: Duration,
}
