//! What a decision knows of what was before: values that the memory keeps, and a branch can tell of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::{BudgetLimits, Digest, FilePath, GrantKey, PersonId, RequestId, TrustId};

/// Hours that the clock may run ahead of the last moment at which it was trusted, and still be believed.
pub const BELIEVED_AHEAD: i64 = 48;

/// The last moment at which the clock was trusted, with the register's day that was confirmed by it (law: *the trusted
/// day*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The moment.
    pub instant: Timestamp,
    /// The register's day. It never falls but by two who confirm an earlier one.
    pub day: Date,
    /// The time zone in which that day was told.
    pub zone: String,
}

/// Where somebody's missing file seems to have gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedTo {
    /// The file that is not in order and names them.
    pub path: FilePath,
    /// Since when.
    pub since: Timestamp,
}

/// Whose files are missing, and a file that is not in order keeps them from being taken for leavers.
pub type Moved = BTreeMap<(PersonId, TrustId), MovedTo>;

/// What two have released by name, as items, by the digest they named.
pub type ReleasedItems = BTreeMap<Digest, BTreeSet<String>>;

/// Each id that somebody had before, with the id the person has now.
pub type RenamedIds = BTreeMap<PersonId, PersonId>;

/// A request that no longer stands in others' way for having been accepted for this person: two have said so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Freed {
    /// The request.
    pub request: RequestId,
    /// Whom it was accepted for.
    pub person: PersonId,
}

/// What a pass remembers of files that are missing or not in order, for the next ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Paths that are not in order and name somebody, since when.
    pub astray: BTreeMap<FilePath, Timestamp>,
    /// Files that are missing, since when.
    pub missing: BTreeMap<FilePath, Timestamp>,
    /// People whose missing file counts as moved.
    pub moved: Moved,
}

/// What earlier passes left besides what they accepted.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Files that are missing, or not in order.
    pub strays: Remembered,
    /// The limits by which removals that wait were first held; `None` where none wait.
    pub first_limits: Option<BudgetLimits>,
    /// What two have released item by item.
    pub released_items: ReleasedItems,
    /// Entries that were refused, with their files.
    pub refusals: BTreeMap<GrantKey, FilePath>,
    /// Files that are held.
    pub holds: BTreeSet<FilePath>,
}
