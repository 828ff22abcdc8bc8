//! The register's store: who has which account with which rights, as it stands now.
//!
//! Reading and writing are two types. What prints a plan holds a [`ReadStore`] and nothing else, so a dry run
//! that writes does not compile. The register in this program's own tables is written together with its
//! record, in one transaction; every other store is a [`WriteStore`], and its record is kept beside it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::{AccountId, ApplicationId, PersonId, RequestId, Right, RoleId, UnitId};

mod done;
mod port;

pub use done::{alike, falls_short};
pub use port::{Opening, OpeningId, Outcome, Performed, Task, Tried, WriteStore};

/// An account as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The store's own id for it.
    pub id: AccountId,
    /// Whose it is, where the store says so.
    pub person: Option<PersonId>,
    /// Display name.
    pub name: String,
    /// Login name.
    pub login: Option<String>,
    /// E-mail address; `None` when cleared.
    pub email: Option<String>,
    /// Whether the account can be used.
    pub active: bool,
    /// The rights it has now, each with the request it was given on where the store keeps that.
    pub rights: BTreeMap<Right, Option<RequestId>>,
    /// Report subscriptions it owns that have not ended.
    pub subscriptions: Vec<Subscription>,
}

/// A report subscription with role and unit frozen in; the job that sends reports never checks access
/// (domain.md section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The store's id for it.
    pub id: i64,
    /// The application the report comes from.
    pub application: ApplicationId,
    /// The role frozen in.
    pub role: RoleId,
    /// The unit frozen in.
    pub unit: UnitId,
    /// The address reports go to.
    pub address: String,
    /// Day it ends by itself.
    pub until: Date,
}

impl Subscription {
    /// The right it was made under.
    #[must_use]
    pub fn right(&self) -> Right {
        Right { application: self.application.clone(), unit: self.unit, role: self.role.clone() }
    }
}

/// A list of accounts, believed only when it is whole.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The accounts, in order of id.
    pub accounts: Vec<Account>,
    /// Why it is not the whole store; `None` when counts and pages agree.
    pub incomplete: Option<String>,
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such store, or it is no register.
    #[error("cannot open the register `{place}`: {why}")]
    Open {
        /// The file or address.
        place: String,
        /// The reason.
        why: String,
    },
    /// Somebody else is writing.
    #[error("the register is locked by another program; wait until that has finished and try again")]
    Locked,
    /// It can be read and not written.
    #[error(
        "the register cannot be written: it is read-only; give this user write access to the file and its folder"
    )]
    ReadOnly,
    /// No room left.
    #[error("the register's disk is full, nothing was written; make room and try again")]
    Full,
    /// Another program has taken over the writing.
    #[error("another portvakt writes to this register now; nothing more was written here")]
    LeaseLost,
    /// Anything else the database says.
    #[error("the register's database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An answer that says yes and changed nothing.
    #[error("read back after writing, {0}")]
    NotWritten(String),
    /// A register elsewhere gives no answer.
    #[error("the register at `{place}` cannot be reached: {why}")]
    Unreachable {
        /// Its address.
        place: String,
        /// The reason.
        why: String,
    },
    /// It answers, and lets nobody in who comes like this.
    #[error("the register at `{place}` does not let this program in: {why}")]
    NotLetIn {
        /// Its address.
        place: String,
        /// What it said, or what is missing here.
        why: String,
    },
    /// It answers, and not as a register does.
    #[error("the answer of the register at `{place}` makes no sense: {why}")]
    Answer {
        /// Its address.
        place: String,
        /// What is odd about it.
        why: String,
    },
    /// It understood and said no; nothing was written.
    #[error("the register refused it: {0}")]
    Refused(String),
    /// Somebody else has changed the account since it was read; nothing was written over that.
    #[error("{0}; nothing was overwritten, the next pass looks again")]
    Conflict(String),
    /// No answer came, and looking again gave none either.
    #[error("whether it was written is not known: {0}; the next pass looks before it writes")]
    Unknown(String),
}

/// Reads the store.
pub trait ReadStore {
    /// All accounts, open and closed, with proof that the list is whole.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list(&self) -> Result<Listing, StoreError>;

    /// The accounts with these ids, and those of these people as far as the store finds them without reading
    /// everybody, open and closed. An id that is not among the answers is not in the store.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError>;

    /// Told before it is read: the roles of the register, in its own words. For a store that spells them in another
    /// way, and gives the same back.
    fn told_roles(&self, _: &BTreeSet<(crate::model::ApplicationId, crate::model::RoleId)>) {}

    /// The requests that have served their grant in this store and been taken back (R33): person, application,
    /// unit, request. Empty where the store keeps no requests; then the program's own memory is what knows.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn spent(&self) -> Result<BTreeSet<crate::model::GrantKey>, StoreError>;
}
