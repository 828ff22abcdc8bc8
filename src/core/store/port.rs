//! The port of every store that is not the embedded register: what it is given, and what it owes.
//!
//! Such a store shares no transaction with the record. So each step is written down before it is given to the store
//! (the intent), told back as soon as it is done and read back, and what was cut off is settled by reading. An
//! account that is opened has a name of the program's own from the intent on, its [`OpeningId`]: an answer that was
//! lost is found again by it, and nobody gets two accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Account, ReadStore, StoreError};
use crate::model::AccountId;
use crate::plan::Step;

/// What a step left behind, as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performed {
    /// The account it was about; `None` for a settled step about nobody's account.
    pub account: Option<AccountId>,
    /// The account as it stands now; `None` where nothing was written.
    pub after: Option<Account>,
}

/// The program's own name for the opening of one account: random, and the same however often it is tried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpeningId(String);

impl OpeningId {
    /// A new one, never used before.
    #[must_use]
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// Takes one as it was written down.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OpeningId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the store may have been told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// The account was never asked for.
    Never,
    /// Perhaps, in a pass that was cut off or lost its answer: the store looks before it writes.
    Before,
}

/// The opening of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Its name.
    pub id: OpeningId,
    /// Whether it may be there already.
    pub tried: Tried,
}

/// One step for a store, its intent on the disk.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// The step.
    pub step: &'a Step,
    /// Set for a step that opens an account.
    pub opening: Option<Opening>,
}

/// What became of one task.
#[derive(Debug)]
pub struct Outcome {
    /// Which task, by its place among those given.
    pub at: usize,
    /// The account that was opened, also where the step then did not succeed.
    pub opened: Option<AccountId>,
    /// What the step left behind, or why it did not succeed.
    pub done: Result<Performed, StoreError>,
}

/// Reads and writes a store that is not the embedded register.
pub trait WriteStore: ReadStore + fmt::Debug + Send {
    /// Does the tasks and tells of each once, as it ends; tasks that end together may be told together.
    ///
    /// Promises: what takes away is over before anything is given; steps about one account are done one after the
    /// other in the order given, steps about different accounts may run beside each other; a step that fails does
    /// not stop the others; a step is told as done only when the account, read back, says so; doing one that is
    /// done already changes nothing; a closed account is never opened again. Where it is not known whether
    /// something was written, the error is [`StoreError::Unknown`] and no other.
    ///
    /// When `told` breaks off, nothing more is begun; what is under way is finished, and not told any more.
    fn perform(
        &mut self,
        tasks: &[Task<'_>],
        today: Date,
        told: &mut dyn FnMut(Vec<Outcome>) -> ControlFlow<()>,
    );

    /// The accounts that were opened under these names, as far as the store has them, open and closed.
    ///
    /// # Errors
    /// When the store cannot be read as a whole, or two accounts carry the same name: then nothing is known of any.
    fn opened(&self, openings: &BTreeSet<OpeningId>) -> Result<BTreeMap<OpeningId, Account>, StoreError>;
}
