//! The interface of every store that is not in this program's own tables: what it receives, and what it must promise.
//!
//! Such a store shares no transaction with the record. So each step is written down before it is given to the store;
//! this is the intent. The store reports the step as soon as it is done and read back. A step that was interrupted is
//! settled by reading. An account that is opened has the program's own name, its [`OpeningId`], from the intent on.
//! If an answer is lost, the account is found again by that name, so nobody gets two accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ReadStore, StoreError};
use crate::model::{Account, AccountId};
use crate::plan::Step;

/// The result of a step, as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performed {
    /// The account of the step. It is `None` for a settled step that concerns no account.
    pub account: Option<AccountId>,
    /// The account as it is now. It is `None` if nothing was written.
    pub after: Option<Account>,
}

/// The program's own name for the opening of one account. It was never used before, and every attempt uses the same
/// one. The code that writes down the intent makes it, since the core makes nothing random.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpeningId(String);

impl OpeningId {
    /// Takes an id as it was made, or written down.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the id as text.
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

/// Tells whether the store may have received the request before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlierAttempt {
    /// The store was never asked to open the account.
    Never,
    /// The store may have been asked, in a pass that was interrupted or lost its answer. The store looks before it
    /// writes.
    Before,
}

/// The opening of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The program's own name for the opening.
    pub id: OpeningId,
    /// Tells whether the account may exist already.
    pub tried: EarlierAttempt,
    /// The account that the store said it has opened under this name, if nobody has seen it in use yet. While it is
    /// not seen, the store is asked for no second one.
    pub made: Option<AccountId>,
    /// The accounts of the same person that are closed according to the ledger. The list of the store may leave them out,
    /// and one of them may still have the login.
    pub earlier: Vec<AccountId>,
}

/// One step for a store. Its intent is already on the disk.
#[derive(Debug, Clone)]
pub struct StoreTask<'a> {
    /// The step to do.
    pub step: &'a Step,
    /// The opening, if the step opens an account.
    pub opening: Option<Opening>,
}

/// The result of one task.
#[derive(Debug)]
pub struct TaskOutcome {
    /// The position of the task in the list that was given.
    pub at: usize,
    /// The account that was opened, even if the step failed afterwards.
    pub opened: Option<AccountId>,
    /// The result of the step, or the reason why it failed.
    pub done: Result<Performed, StoreError>,
}

/// Reads and writes a store that is not in this program's own tables.
pub trait WriteStore: ReadStore + fmt::Debug + Send {
    /// Does the tasks and reports each of them once, when it ends. Tasks that end together may be reported together.
    ///
    /// The store promises the following. Everything is taken away before anything is given. Steps about one account
    /// are done one after the other, in the given order. Steps about different accounts may run in parallel. A step
    /// that fails does not stop the others. A step is reported as done only when the account, read back, confirms it.
    /// A step that is done already changes nothing. A closed account is never opened again. If it is not known
    /// whether something was written, the error is always [`StoreError::Unknown`], or [`StoreError::Unfinished`] for an
    /// account that the store says it has opened.
    ///
    /// When `told` returns a break, no new step is begun. Steps that are running are finished, but they are not
    /// reported.
    fn perform(
        &mut self,
        tasks: &[StoreTask<'_>],
        today: Date,
        told: &mut dyn FnMut(Vec<TaskOutcome>) -> ControlFlow<()>,
    );

    /// Returns the accounts that were opened under these names, open and closed, if the store has them.
    ///
    /// # Errors
    /// It fails when the store cannot be read as a whole. It also fails when two accounts carry the same name,
    /// because then nothing is certain about any of them.
    fn opened(&self, openings: &BTreeSet<OpeningId>) -> Result<BTreeMap<OpeningId, Account>, StoreError>;
}
