//! A review as data. Ids are given with names, because names change and are not unique.

mod key;
mod settings;

use jiff::civil::Date;
use portvakt_core::diag::{Finding, Text};
use portvakt_core::model::{
    ApplicationId, Evidence, FilePath, Identity, PersonId, Position, Proof, Quarter, RequestId, RoleId,
    Staff, TrustId, UnitId,
};
use portvakt_core::plan::LimitAsked;
use portvakt_core::review::ReviewState;
use serde::Serialize;

pub use key::ChangedKey;
pub use settings::{KeyChange, KeyTurn, OfficeChange, Protected, SettingChange, Term, Turn};

/// The explanation of a proposed change, as data.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeReview {
    /// The verdict on the whole change.
    pub verdict: ChangeVerdict,
    /// The trees that were compared.
    pub judged: JudgedTrees,
    /// The register's day of the check.
    pub on: Date,
    /// The evidence that approvals need; `None` if no valid register says so.
    #[serde(serialize_with = "serialize_evidence")]
    pub evidence: Option<Evidence>,
    /// Accesses that are given or changed.
    pub gains: Vec<ReviewGain>,
    /// Accesses that are taken away or end earlier.
    pub losses: Vec<ReviewLoss>,
    /// Changes that give or take nothing.
    pub also: Vec<Also>,
    /// The number of removals against each limit of the budget.
    pub budget: Vec<LimitAsked>,
    /// The change of the protected files, if there is one.
    pub protected: Option<Protected>,
    /// The lists of reviews that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<ListChange>,
    /// Findings that stop the change or hold a part of it. The most serious ones come first.
    #[serde(skip)]
    pub stops: Vec<Finding>,
    /// Existing accesses that the changed rules would deny.
    #[serde(skip)]
    pub denied: Vec<Finding>,
    /// Accesses that the rules in force deny and the changed rules would permit.
    #[serde(skip)]
    pub permitted: Vec<Finding>,
    /// Advice that somebody should look at.
    #[serde(skip)]
    pub advice: Vec<Finding>,
    /// The display names of trusts, for the limits.
    #[serde(skip)]
    pub trusts: std::collections::BTreeMap<TrustId, String>,
}

impl ChangeReview {
    /// Names what the changed policies decide differently. A program with a solver compares them. A review knows
    /// nothing of it by itself. If no protected file changes, there is nothing to name.
    #[must_use]
    pub fn naming(mut self, sentences: Vec<Text>) -> Self {
        if let Some(protected) = &mut self.protected {
            protected.decides = sentences;
        }
        self
    }
}

fn serialize_evidence<S: serde::Serializer>(
    evidence: &Option<Evidence>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    evidence.as_ref().map(Evidence::as_str).serialize(serializer)
}

/// The overall verdict of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum ChangeVerdict {
    /// Nothing stops the change, and nothing waits.
    InOrder,
    /// Findings stop the change.
    Stopped {
        /// The number of findings that stop it.
        things: usize,
    },
    /// Nothing is wrong, but something waits for people.
    Waits {
        /// The number of held sets of removals over the budget.
        removals: usize,
        /// The number of other holds, such as a change of the protected files without enough approvals.
        protected: usize,
    },
}

/// The trees that were compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JudgedTrees {
    /// The commit of the base; `None` for a folder.
    pub base: Option<String>,
    /// The commit of the head; `None` for a folder.
    pub head: Option<String>,
    /// Whether the head was merged into the base in memory.
    pub merged: Option<bool>,
}

/// A person with name and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Who {
    /// The name that a file or the register gives; the id if there is no name.
    pub name: String,
    /// The id of the person.
    pub id: PersonId,
}

/// What an access is for: application, role, trust and unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AccessPlace {
    /// The trust's name in the register.
    pub trust: String,
    /// The trust's folder, which is its id.
    pub folder: TrustId,
    /// The unit's name in the register.
    pub unit: String,
    /// The unit's RESH number.
    pub resh: UnitId,
    /// The id of the application.
    pub application: ApplicationId,
    /// The application's name in the register.
    pub application_name: String,
    /// The id of the role.
    pub role: RoleId,
    /// The role's name in the register.
    pub role_name: String,
}

/// An access that is given, or an accepted one that is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReviewGain {
    /// The person who is given something.
    pub who: Who,
    /// The application, the role and the unit.
    #[serde(flatten)]
    pub place: AccessPlace,
    /// The first day of the access.
    pub from: Date,
    /// The last day, inclusive.
    pub until: Option<Date>,
    /// The person who approved.
    pub approved_by: Who,
    /// The day of the approval.
    pub approved_on: Date,
    /// The request that the approval is for.
    pub request: RequestId,
    /// The kind of staff that the approver vouches for.
    pub staff: Staff,
    /// The position, where the file says one.
    pub position: Option<Position>,
    /// How the approver knows who the person is (R17).
    pub identity: Identity,
    /// The evidence for the approval. It is `None` while nobody has been asked for it.
    pub evidence: Option<Proof>,
    /// The policies that permit it.
    pub policies: Vec<String>,
    /// The differences from the accepted entry. The list is empty for a new access.
    pub differs: Vec<EntryDifference>,
    /// Whether the access is new or changed.
    pub standing: AccessStanding,
}

/// Whether an access existed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessStanding {
    /// The access is new.
    New,
    /// The access existed before and is changed.
    Changed,
}

/// One difference between the accepted entry and the changed entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryDifference {
    /// The key in the file.
    pub key: ChangedKey,
    /// The value before; `None` if there was none.
    pub before: Option<String>,
    /// The value in the changed entry; `None` if the line is gone.
    pub after: Option<String>,
}

/// An access that is taken away, or ends earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReviewLoss {
    /// The person who loses something.
    pub who: Who,
    /// The application, the role and the unit.
    #[serde(flatten)]
    pub place: AccessPlace,
    /// The reason for the loss.
    pub why: LossReason,
    /// The time of the loss.
    pub when: LossTime,
    /// The evidence that an administrator of the unit asked for the loss.
    pub evidence: Option<Proof>,
}

/// Why an access is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossReason {
    /// `revoked` was written in the entry.
    Revoked {
        /// The person who revoked, as it is written.
        by: Who,
        /// The day that is written with `revoked`.
        on: Date,
    },
    /// The end was moved earlier.
    EarlierEnd {
        /// The last day before the change; `None` if there was no end.
        before: Option<Date>,
    },
    /// The file is gone.
    FileGone,
    /// The entry is gone from the file.
    EntryGone,
}

/// The time at which an access is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossTime {
    /// It is removed by the first pass that sees the change.
    AtOnce,
    /// It is removed after this day, which is the last day.
    After(Date),
    /// It is over the removal budget. It is removed when somebody releases it.
    WhenReleased,
}

/// A change that gives or takes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Also {
    /// The display name changed.
    Name {
        /// The person whose name changed.
        who: Who,
        /// The name before the change.
        before: String,
    },
    /// The e-mail address changed. The address itself does not belong in a comment.
    Email {
        /// The person whose address changed.
        who: Who,
    },
    /// The e-mail address is cleared (`email: none`).
    NoEmail {
        /// The person whose address is cleared.
        who: Who,
    },
    /// The id of the person changed. Everything that was accepted stays with the person.
    Id {
        /// The person whose id changed, with the new id.
        who: Who,
        /// The id before the change.
        before: PersonId,
        /// The people who approved the change, one for each trust.
        approved_by: Vec<PersonId>,
    },
    /// An entry whose last day was already past when it first appeared.
    History {
        /// The person whose entry it is.
        who: Who,
        /// The request of the entry.
        request: RequestId,
        /// The last day of the entry; `None` if it has none.
        until: Option<Date>,
    },
    /// An application is rejected: its number serves nobody.
    Rejected {
        /// The number of the rejected application.
        request: RequestId,
        /// The name of the trust that rejects it.
        trust: String,
        /// The administrator who rejects it.
        by: Who,
        /// The reason that the list gives.
        reason: String,
    },
    /// A rejection is taken out: the number may serve again.
    NoLongerRejected {
        /// The number of the application.
        request: RequestId,
        /// The name of the trust that rejected it before.
        trust: String,
        /// The administrator who had rejected it.
        by: Who,
    },
}

/// A list of a review that differs, or its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ListChange {
    /// The path of the list's file.
    pub file: FilePath,
    /// The numbers of its rows. It is `None` if the list is not read: it is gone, has an error, or is older than one
    /// that counts.
    pub answers: Option<Answers>,
}

/// The content of a review's list, in numbers of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Answers {
    /// The name of the trust whose list it is.
    pub trust: String,
    /// The quarter that names the review.
    pub quarter: Quarter,
    /// Rows that are kept as long as they stood.
    pub kept: usize,
    /// Rows that are kept until an earlier day than they stood.
    pub shortened: usize,
    /// Rows that are to be changed.
    pub changed: usize,
    /// Rows that are to end.
    pub ended: usize,
    /// Rows without an answer.
    pub unanswered: usize,
    /// The people who claim to have reviewed.
    pub reviewed_by: Vec<Who>,
    /// The day from which the review would count; `None` if it would not.
    pub counts_from: Option<Date>,
    /// The state of the trust's review with this change.
    pub state: Option<ReviewState>,
    /// The day on which the next review is due with this change.
    pub due: Option<Date>,
}
