//! The values that the daemon and its [`Schedule`](super::schedule::Schedule) exchange: what started a pass, which
//! pass to make, and how it ended. They are plain values. None of them reads a clock.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::diag::Text;

use super::reach::PassReach;

/// The reason for a pass. It is shown to people only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The program has started.
    Start,
    /// The tree may have changed.
    Change,
    /// Something has been absent from the tree long enough.
    Absence,
    /// An accepted end has passed, or an accepted start is reached.
    Midnight,
    /// The regular whole pass.
    Timer,
    /// Somebody asked for a pass (SIGHUP).
    Asked,
    /// A release, a baseline or a date was confirmed.
    Confirmed,
    /// Another program wrote to the register.
    Store,
    /// The last pass, or one of its steps, did not succeed.
    Retry,
    /// The last pass accepted something that other entries depend on.
    Again,
    /// The branch has another commit.
    Commit,
    /// This program has got the right to write.
    Leading,
}

impl Trigger {
    /// Returns the fixed word for logs.
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

    /// Returns the reason for the pass in words for people.
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

/// A pass that has to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The reason for the pass.
    pub trigger: Trigger,
    /// How much the pass looks at.
    pub reach: PassReach,
    /// Since when it is known that there is something to do.
    pub since: Instant,
}

/// What the daemon has to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Make this pass.
    Pass(Order),
    /// Wait until this moment, unless something happens before.
    Wait(Instant),
}

/// How a pass ended, as far as the next pass depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassOutcome {
    /// The pass finished.
    Complete {
        /// The moment when the next absence has lasted long enough.
        absence: Option<Instant>,
        /// The start of the next day on which something accepted begins or is over.
        midnight: Option<Timestamp>,
        /// What has to be done at once.
        more: More,
    },
    /// There is no baseline to judge against. The daemon waits for one and does not retry.
    NoBaseline,
    /// The pass did not finish.
    Failed,
}

/// Whether another pass could do more at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// Nothing more has to be done now.
    Nothing,
    /// Another pass with this reach follows at once.
    Again(PassReach),
    /// The next commit of the branch waits. The pass for it has this reach.
    Onward(PassReach),
    /// A step failed, so another pass is made, but not at once.
    Retry,
}

/// The regular intervals.
#[derive(Debug, Clone, Copy)]
pub struct Intervals {
    /// The time from the first hint to the pass. Hints of one change are collected in this time.
    pub gather: Duration,
    /// The time between two whole passes.
    pub full: Duration,
}
