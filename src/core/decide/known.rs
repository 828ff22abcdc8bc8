//! The earlier state that a decision needs. The memory keeps these values, and a branch can show them too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::change::Base;
use crate::judge::{Pins, Used};
use crate::model::{BudgetLimits, Digest, FilePath, GrantKey, PersonId, Register, RequestId, TrustId};
use crate::plan::{BudgetUse, Sizes};
use crate::review::UsedFrom;

use super::distrust::Distrust;
use super::patience::Patience;

/// Statements that were put back, each with the digest by which this return is remembered if it counts. What is remembered
/// of a reviewer in a list that does not count yet is among them.
pub type PutBack = BTreeMap<Digest, Digest>;

/// The number of hours that the clock may run ahead of the last trusted moment and still be trusted.
pub const BELIEVED_AHEAD: i64 = 48;

/// The last moment at which the clock was trusted, and the register's day confirmed at that moment (law: *the trusted
/// day*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The moment by the machine's clock.
    pub instant: Timestamp,
    /// The register's day. It goes back only if two administrators confirm an earlier day.
    pub day: Date,
    /// The time zone of that day.
    pub zone: String,
}

/// The file that a person's missing file seems to have moved to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedTo {
    /// The file in error that names the person.
    pub path: FilePath,
    /// The moment since when the file counts as moved.
    pub since: Timestamp,
    /// Whether the settings were the reason for it in the last pass. Then no time counts, and when they no longer are the
    /// reason, it counts from that moment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_by_settings: bool,
    /// Whether released settings moved the unit away from the file, which stands where it was accepted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_left_behind: bool,
}

impl MovedTo {
    /// Makes a file that people moved. Its time counts from this moment.
    #[must_use]
    pub fn by_people(path: FilePath, since: Timestamp) -> Self {
        Self { path, since, is_by_settings: false, is_left_behind: false }
    }
}

/// The missing files that count as moved, because a file in error names the same person.
pub type Moved = BTreeMap<(PersonId, TrustId), MovedTo>;

/// The items that two administrators have released by name. The key is the digest they named.
pub type ReleasedItems = BTreeMap<Digest, BTreeSet<String>>;

/// Earlier ids of people, each with the person's current id.
pub type RenamedIds = BTreeMap<PersonId, PersonId>;

/// An extension that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenExtension {
    /// The day of the access on which it was first seen.
    pub first: Date,
    /// The file that it stands in.
    pub file: FilePath,
}

/// The extensions that wait, by the digests of their statements.
pub type SeenExtensions = BTreeMap<Digest, SeenExtension>;

/// A request that two administrators have freed. It was accepted for this person, but no longer blocks others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Freed {
    /// The number of the application.
    pub request: RequestId,
    /// The person the request was accepted for.
    pub person: PersonId,
}

/// The state of missing files and files in error that a pass remembers for the next passes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RememberedFiles {
    /// Paths of files in error that name somebody, each with the time when the error was first seen.
    pub astray: BTreeMap<FilePath, Timestamp>,
    /// Files that are missing, each with the time when it was first missed.
    pub missing: BTreeMap<FilePath, Timestamp>,
    /// People whose missing file counts as moved.
    pub moved: Moved,
}

/// What earlier passes did not finish.
#[derive(Debug, Clone, Default)]
pub struct Unfinished {
    /// Files that are missing or in error.
    pub strays: RememberedFiles,
    /// The limits that first held the waiting removals. It is `None` if none wait.
    pub first_limits: Option<BudgetLimits>,
    /// The items that two administrators have released by name.
    pub released_items: ReleasedItems,
    /// Entries that were refused, with their files.
    pub refusals: BTreeMap<GrantKey, FilePath>,
    /// The extensions that wait and were seen on a day of their access.
    pub extensions: SeenExtensions,
    /// Files that are held.
    pub holds: BTreeSet<FilePath>,
}

/// The use of the budgets in the last seven days, and the number of people they are measured by.
#[derive(Debug, Clone, Default)]
pub struct Spent {
    /// The use of the removal budget.
    pub removals: BudgetUse,
    /// The use of the budget for additions.
    pub additions: BudgetUse,
    /// Removals of the same run along a branch, at earlier commits.
    pub together: BudgetUse,
    /// The number of people who have access. It is left out if the smallest limits are enough.
    pub sizes: Sizes,
}

/// Everything that is known of the time before. A pass reads it from the memory and the ledger. A check knows what the branch
/// shows, and the rest of it is empty.
#[derive(Debug, Default)]
pub struct Known {
    /// The accepted state of the files and people that are looked at.
    pub base: Base,
    /// The people whose remembered access is not trusted in this pass.
    pub distrust: Distrust,
    /// The accepted state of everybody, if new rules come into force.
    pub everybody: Option<Base>,
    /// The register with the lists of accounts to use, if some accounts that the one in force names are already taken.
    pub account_lists: Option<Register>,
    /// Statements that are used up.
    pub used: Used,
    /// Statements of lists that were put back, each with what is remembered beside it when it is remembered again.
    pub put_back: PutBack,
    /// Statements of reviewers that a later one of the same reviewer about the same list has replaced.
    pub replaced: BTreeSet<Digest>,
    /// Where it is known from that statements of reviewers were used.
    pub used_from: UsedFrom,
    /// The rules by which refused entries were judged first.
    pub pins: Pins,
    /// The valid releases that are not used up.
    pub releases: BTreeSet<Digest>,
    /// The use of the budgets.
    pub spent: Spent,
    /// The first day of the oldest access that exists, for each trust where anybody has access. A pass over few files
    /// knows it only for the trusts of these files.
    pub first_access: BTreeMap<TrustId, Date>,
    /// The last trusted moment before this pass.
    pub last: Option<Trusted>,
    /// People with a date that is due.
    pub due: BTreeSet<PersonId>,
    /// How long absence must last, and since when each entry has been missing.
    pub patience: Patience,
    /// What earlier passes did not finish.
    pub unfinished: Unfinished,
}
