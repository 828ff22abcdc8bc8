//! The earlier state that a decision needs. The memory keeps these values, and a branch can show them too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::{BudgetLimits, Digest, FilePath, GrantKey, PersonId, RequestId, TrustId};

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
}

/// The missing files that count as moved, because a file in error names the same person.
pub type Moved = BTreeMap<(PersonId, TrustId), MovedTo>;

/// The items that two administrators have released by name. The key is the digest they named.
pub type ReleasedItems = BTreeMap<Digest, BTreeSet<String>>;

/// Earlier ids of people, each with the person's current id.
pub type RenamedIds = BTreeMap<PersonId, PersonId>;

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
pub struct Remembered {
    /// Paths of files in error that name somebody, with the time since when.
    pub astray: BTreeMap<FilePath, Timestamp>,
    /// Files that are missing, with the time since when.
    pub missing: BTreeMap<FilePath, Timestamp>,
    /// People whose missing file counts as moved.
    pub moved: Moved,
}

/// The other state that earlier passes left, besides the accepted entries.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Files that are missing or in error.
    pub strays: Remembered,
    /// The limits that first held the waiting removals. It is `None` if none wait.
    pub first_limits: Option<BudgetLimits>,
    /// The items that two administrators have released by name.
    pub released_items: ReleasedItems,
    /// Entries that were refused, with their files.
    pub refusals: BTreeMap<GrantKey, FilePath>,
    /// Files that are held.
    pub holds: BTreeSet<FilePath>,
}
