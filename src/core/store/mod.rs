//! The register's store: the accounts that exist now, their owners and their rights.
//!
//! Reading and writing are two types. Code that prints a plan holds only a [`ReadStore`], so a dry run that writes
//! does not compile. The register in this program's own tables is written together with its record, in one
//! transaction. Every other store is a [`WriteStore`], and its record is kept separately.

use std::collections::BTreeSet;

use crate::model::{Account, AccountId, PersonId};

mod port;
mod shortfall;
mod wanted;

pub use port::{Opening, OpeningId, Outcome, Performed, Task, Tried, WriteStore};
pub use shortfall::{Beside, Shortfall, falls_short, falls_short_beside, forbids, opened_otherwise};
pub use wanted::{Mail, State, Wanted, wanted};

/// A list of accounts. It is trusted only when it is complete.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The accounts, in order of id.
    pub accounts: Vec<Account>,
    /// The reason why the list is not the whole store. `None` means that counts and pages agree.
    pub incomplete: Option<String>,
}

/// The reason why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store does not exist, or it is not a register.
    #[error("cannot open the register `{place}`: {why}")]
    Open {
        /// The file or address of the store.
        place: String,
        /// The reason for the failure.
        why: String,
    },
    /// Another program is writing to the register.
    #[error("the register is locked by another program; wait until that has finished and try again")]
    Locked,
    /// The register can be read but not written.
    #[error(
        "the register cannot be written: it is read-only; give this user write access to the file and its folder"
    )]
    ReadOnly,
    /// The disk has no room left.
    #[error("the register's disk is full, nothing was written; make room and try again")]
    Full,
    /// Another program has taken over the writing.
    #[error("another portvakt writes to this register now; nothing more was written here")]
    LeaseLost,
    /// The database reported any other failure.
    #[error("the register's database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store reported success, but the read-back shows another result.
    #[error("read back after writing, {0}")]
    NotWritten(String),
    /// A register elsewhere gives no answer.
    #[error("the register at `{place}` cannot be reached: {why}")]
    Unreachable {
        /// The address of the register.
        place: String,
        /// The reason for the failure.
        why: String,
    },
    /// The register answers, but it does not let this program in.
    #[error("the register at `{place}` does not let this program in: {why}")]
    NotLetIn {
        /// The address of the register.
        place: String,
        /// The message of the register, or the thing that is missing on this side.
        why: String,
    },
    /// The register answers, but not in the way a register must.
    #[error("the answer of the register at `{place}` makes no sense: {why}")]
    Answer {
        /// The address of the register.
        place: String,
        /// A description of what is wrong with the answer.
        why: String,
    },
    /// The register understood the request and refused it. Nothing was written.
    #[error("the register refused it: {0}")]
    Refused(String),
    /// Somebody else changed the account after it was read. Nothing was overwritten.
    #[error("{0}; nothing was overwritten, the next pass looks again")]
    Conflict(String),
    /// No answer came, and reading the store afterwards did not show the result either.
    #[error("whether it was written is not known: {0}; the next pass looks before it writes")]
    Unknown(String),
}

/// Reads the store.
pub trait ReadStore {
    /// Returns all accounts, open and closed, with proof that the list is complete.
    ///
    /// # Errors
    /// It fails when the store cannot be read.
    fn list(&self) -> Result<Listing, StoreError>;

    /// Returns the accounts with these ids, open and closed. It also returns the accounts of these people, if the
    /// store finds them without reading every account. An id that is missing in the answer is not in the store.
    ///
    /// # Errors
    /// It fails when the store cannot be read.
    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError>;

    /// Tells the store the roles of the register, in the register's own spelling, before the store is read. A store
    /// that spells roles differently uses them to return the register's spelling.
    fn told_roles(&self, _: &BTreeSet<(crate::model::ApplicationId, crate::model::RoleId)>) {}

    /// Returns the requests that were served in this store and then taken back (R33). Each is a person, an
    /// application, a unit and a request. The set is empty where the store keeps no requests; the program then relies
    /// on its own memory.
    ///
    /// # Errors
    /// It fails when the store cannot be read.
    fn spent(&self) -> Result<BTreeSet<crate::model::GrantKey>, StoreError>;
}
