//! What a plan knows of Rapporteket, and the work that it draws for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Account, AccountId, PersonId};
use crate::reports::{Meaning, ReportRow, ReportRowChange, ReportsError};

/// The state of Rapporteket, and the work that is still owed to it.
#[derive(Debug, Clone)]
pub struct Reports {
    /// The rows that run, or the reason why they are not known.
    pub rows: Result<Vec<ReportRow>, ReportsError>,
    /// The configured meaning of the rows.
    pub meaning: Meaning,
    /// The work that earlier operations have left.
    pub owed: Vec<Owed>,
    /// Accounts that were read for the owed work, besides the accounts of this pass.
    pub beside: BTreeMap<AccountId, Account>,
    /// Active accounts by their folded address. It is `None` if not everybody is known.
    pub users: Option<BTreeMap<String, BTreeSet<AccountId>>>,
}

/// The work in Rapporteket that an operation has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The number of the operation in the memory.
    pub seq: i64,
    /// The account the operation is about.
    pub account: AccountId,
    /// The person behind the account, if known.
    pub person: Option<PersonId>,
    /// The address to remove from the recipients. The register no longer has it.
    pub address: Option<String>,
    /// The number of the ledger's entry of the step that caused it.
    pub entry: Option<u64>,
}

/// The origin of the report work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Follows {
    /// The work follows from a step of this plan. It is done only if that step succeeds.
    Step,
    /// The work follows from no step. It was found independently.
    Alone,
    /// The work follows from an operation of an earlier pass.
    Earlier,
}

/// The work in Rapporteket for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportWork {
    /// The account the work is about.
    pub account: AccountId,
    /// The person behind the account, if known.
    pub person: Option<PersonId>,
    /// The origin of the work.
    pub follows: Follows,
    /// The address that is removed from the recipients: that of an account that closes, or one that another address
    /// replaces.
    pub address: Option<String>,
    /// The addresses that earlier operations have left to be removed.
    pub earlier: BTreeSet<String>,
    /// The changes of rows. Each has its place in the order over all accounts, because one row may be changed for two
    /// accounts.
    pub changes: Vec<(usize, ReportRowChange)>,
    /// Whether it is unknown if somebody else uses the address. The address then stays, and its removal stays owed.
    pub waits: bool,
}
