//! A review as a value. Ids stand beside names, since names change and are not unique.

use jiff::civil::Date;
use portvakt_core::diag::Finding;
use portvakt_core::model::{
    ApplicationId, Digest, Evidence, FilePath, OfficeId, PersonId, Proof, RequestId, RoleId, TrustId, UnitId,
};
use portvakt_core::plan::Scope;
use serde::Serialize;

/// A proposed change, explained.
#[derive(Debug, Clone, Serialize)]
pub struct Review {
    /// In a word.
    pub verdict: Verdict,
    /// Which trees were compared.
    pub judged: Judged,
    /// The register's day.
    pub on: Date,
    /// What approvals must be evidenced by; `None` where no valid register says so.
    #[serde(serialize_with = "word")]
    pub evidence: Option<Evidence>,
    /// Who gains or changes what.
    pub gains: Vec<Gain>,
    /// Who loses what.
    pub losses: Vec<Loss>,
    /// What is changed and gives or takes nothing.
    pub also: Vec<Also>,
    /// What the removals ask of each limit.
    pub budget: Vec<Scope>,
    /// What is changed of the protected files.
    pub protected: Option<Protected>,
    /// What stops the change or holds a part of it, gravest first.
    #[serde(skip)]
    pub stops: Vec<Finding>,
    /// Standing accesses that changed rules would deny.
    #[serde(skip)]
    pub denied: Vec<Finding>,
    /// What somebody should look at.
    #[serde(skip)]
    pub advice: Vec<Finding>,
    /// Display names of trusts, for the limits.
    #[serde(skip)]
    pub trusts: std::collections::BTreeMap<TrustId, String>,
}

fn word<S: serde::Serializer>(evidence: &Option<Evidence>, serializer: S) -> Result<S::Ok, S::Error> {
    evidence.as_ref().map(Evidence::as_str).serialize(serializer)
}

/// The verdict in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Verdict {
    /// Nothing stops it, and nothing waits.
    InOrder,
    /// So many findings stop it.
    Stopped {
        /// How many.
        things: usize,
    },
    /// Nothing is wrong, and something waits for people.
    Waits {
        /// Removals over the budget.
        removals: usize,
        /// A change of the protected files without enough approvals.
        protected: usize,
    },
}

/// Which trees were compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// The commit of the base; `None` for a folder.
    pub base: Option<String>,
    /// The commit of the head; `None` for a folder.
    pub head: Option<String>,
    /// Whether the head was merged into the base in memory.
    pub merged: Option<bool>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Who {
    /// The name a file or the register gives; the id where none does.
    pub name: String,
    /// The id.
    pub id: PersonId,
}

/// What an access is to, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The trust's name.
    pub trust: String,
    /// Its folder.
    pub folder: TrustId,
    /// The unit's name.
    pub unit: String,
    /// Its RESH number.
    pub resh: UnitId,
    /// The application.
    pub application: ApplicationId,
    /// Its name.
    pub application_name: String,
    /// The role.
    pub role: RoleId,
    /// Its name.
    pub role_name: String,
}

/// An access that is given, or an accepted one that is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gain {
    /// The person who is given something.
    pub who: Who,
    /// What and where.
    #[serde(flatten)]
    pub place: Place,
    /// First day.
    pub from: Date,
    /// Last day, inclusive.
    pub until: Option<Date>,
    /// Who approved.
    pub approved_by: Who,
    /// The day of the approval.
    pub approved_on: Date,
    /// On which application.
    pub request: RequestId,
    /// What showed that they did.
    pub evidence: Proof,
    /// The policies that permit it.
    pub policies: Vec<String>,
    /// What became another; empty for a new access.
    pub differs: Vec<Difference>,
    /// New, or changed.
    pub standing: Standing,
}

/// Whether an access stood before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It did not.
    New,
    /// It did, with other words.
    Changed,
}

/// One thing that became another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The key in the file.
    pub key: &'static str,
    /// Before; `None` where nothing stood.
    pub before: Option<String>,
    /// What the changed entry says; `None` where the line is gone.
    pub after: Option<String>,
}

/// An access that is taken away, or ends earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The person who loses something.
    pub who: Who,
    /// What and where.
    #[serde(flatten)]
    pub place: Place,
    /// What takes it away.
    pub why: Why,
    /// The day on which it goes.
    pub when: When,
    /// What showed that an administrator of the unit asked for it.
    pub evidence: Option<Proof>,
}

/// Why an access is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// `revoked` was written.
    Revoked {
        /// By whom, as it is written.
        by: Who,
        /// The day it was written.
        on: Date,
    },
    /// The end was moved earlier.
    EarlierEnd {
        /// The last day before.
        before: Option<Date>,
    },
    /// The file is gone.
    FileGone,
    /// The entry is gone from the file.
    EntryGone,
}

/// From when an access is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// With the first pass that sees it.
    AtOnce,
    /// This is the last day.
    After(Date),
    /// It is over the removal budget: when it is released.
    WhenReleased,
}

/// A change that gives or takes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Also {
    /// The display name is another.
    Name {
        /// The person whose name is another one.
        who: Who,
        /// The name before.
        before: String,
    },
    /// The e-mail address is another. Which it is does not belong in a comment.
    Email {
        /// The person whose address is another one.
        who: Who,
    },
    /// The e-mail address goes: `email: none`.
    NoEmail {
        /// The person whose address is cleared.
        who: Who,
    },
    /// The person is called by another id from here on, and everything that was accepted goes along.
    Id {
        /// The person whose id is another one.
        who: Who,
        /// The id before.
        before: PersonId,
        /// Who approved it, at each trust.
        approved_by: Vec<PersonId>,
    },
    /// An entry that was over when it first appeared.
    History {
        /// The person whose entry it is.
        who: Who,
        /// On which application.
        request: RequestId,
        /// The last day.
        until: Option<Date>,
    },
}

/// A change of the protected files.
#[derive(Debug, Clone, Serialize)]
pub struct Protected {
    /// How far it is.
    pub turn: Turn,
    /// The files that differ.
    pub files: Vec<FilePath>,
    /// Keys of `register.yaml` whose values differ, `administrators` apart.
    pub settings: Vec<String>,
    /// Appointments that differ.
    pub offices: Vec<OfficeChange>,
    /// Keys that differ.
    pub keys: Vec<KeyChange>,
    /// What it is named by for a release; `None` where it is not valid.
    pub digest: Option<Digest>,
    /// Who is shown to have approved.
    pub by: Vec<Who>,
    /// How many it takes.
    pub needed: usize,
}

/// How far a change of the protected files is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// It waits for approvals.
    Waits,
    /// It is approved: in force with the pass that accepts it, for what comes after.
    Approved,
    /// Nothing that could be in force.
    Invalid,
}

/// An appointment that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfficeChange {
    /// The person who holds the office.
    pub who: Who,
    /// The office.
    pub office: OfficeId,
    /// Its name.
    pub name: String,
    /// From and until before, suspended or not; `None` where there was none.
    pub before: Option<Term>,
    /// The same after.
    pub after: Option<Term>,
}

/// The days of an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    /// First day.
    pub from: Date,
    /// Last day, inclusive.
    pub until: Option<Date>,
    /// Without authority meanwhile.
    pub suspended: bool,
}

/// A key that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The person whose key it is.
    pub who: Who,
    /// Its fingerprint.
    pub key: String,
    /// In which way.
    pub turn: KeyTurn,
}

/// In which way a key differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyTurn {
    /// It counts from now on.
    Added,
    /// It stands there no more.
    Removed,
    /// It is revoked.
    Revoked,
}
