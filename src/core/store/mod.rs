//! The register's store: the accounts that exist now, their owners and their rights.
//!
//! Reading and writing are two types. Code that prints a plan holds only a [`ReadStore`], so a dry run that writes
//! does not compile. The register in this program's own tables is written together with its record, in one
//! transaction. Every other store is a [`WriteStore`], and its record is kept separately.
//!
//! The files, in reading order:
//!
//! ```text
//!  wanted        what a step wants of an account, as a value
//!  account_part  the parts of an account, as sentences name them
//!  shortfall     compares an account that was read with what a step wants of it
//!  left_role     a role that a closed account still has
//!  error         the reasons why a store could not do what it was asked
//!  reserved      a store that keeps the login of a closed account
//!  misfit        an attribute of a store that does not fit what would be written
//!  port          the interface of every store that is not in this program's own tables
//! ```

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::diag::Text;
use crate::model::{Account, AccountId, PersonId};

mod account_part;
mod error;
mod left_role;
mod misfit;
mod port;
mod reserved;
mod shortfall;
mod wanted;

pub use account_part::AccountPart;
pub use error::StoreError;
pub use left_role::LeftRole;
pub use misfit::{MapKey, Misfit};
pub use port::{EarlierAttempt, Opening, OpeningId, Performed, StoreTask, TaskOutcome, WriteStore};
pub use reserved::Reserved;
pub use shortfall::{Beside, Shortfall, falls_short, falls_short_beside, forbids, opened_otherwise};
pub use wanted::{AccountState, Mail, Wanted, wanted};

/// A list of accounts. It is trusted only when it is complete.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The accounts, in order of id.
    pub accounts: Vec<Account>,
    /// The reason why the list is not the whole store. `None` means that counts and pages agree.
    pub incomplete: Option<Text>,
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

    /// Tells whether a list may show for some seconds what was before a write. Only of this program's own tables is it
    /// certain that it does not, because what was written is read there from the same database.
    fn lists_may_lag(&self) -> bool {
        true
    }

    /// Tells whether the store keeps the person, name, login and address of an account as they were written, so that
    /// another value comes from somebody else. A SCIM service may change or leave out any of them.
    fn keeps_as_written(&self) -> bool {
        false
    }

    /// Returns the parts of the register's description of itself that do not fit what this program would write there.
    /// The list is empty if the store describes nothing, or if it is this program's own.
    ///
    /// # Errors
    /// It fails when the store cannot be read.
    fn misfits(&self) -> Result<Vec<Misfit>, StoreError> {
        Ok(Vec::new())
    }

    /// Returns the roles that closed accounts still have and that are no rights of the register, as the accounts were last
    /// read. A store that keeps nothing but rights has none.
    fn left_roles(&self) -> Vec<LeftRole> {
        Vec::new()
    }

    /// Returns the last day on which each account has used the register, as far as the store keeps that. An account
    /// that is left out has never used it. The result is `None` if the store does not keep such days. A SCIM service
    /// does not.
    ///
    /// # Errors
    /// It fails when the store cannot be read.
    fn last_use(&self) -> Result<Option<BTreeMap<AccountId, Date>>, StoreError> {
        Ok(None)
    }

    /// Returns the requests that were served in this store and then taken back (R33). Each is a person, an
    /// application, a unit and a request. The set is empty if the store keeps no requests; the program then relies
    /// on its own memory.
    ///
    /// # Errors
    /// It fails when the store cannot be read.
    fn spent(&self) -> Result<BTreeSet<crate::model::GrantKey>, StoreError>;
}
