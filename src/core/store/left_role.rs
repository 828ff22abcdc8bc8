//! A role that an account still has although it is closed. The role is no right of the register, so no plan takes it
//! away again: the store kept it when the account was closed, or somebody gave it there. It is told as long as it stands.

use super::Shortfall;
use crate::diag::{Code, Finding, text};
use crate::model::{Account, AccountId, PersonId};

/// A role of a closed account that is no right of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRole {
    /// The account.
    pub account: AccountId,
    /// The person it belongs to, if the store says it.
    pub person: Option<PersonId>,
    /// The role, in the word of the store.
    pub role: String,
}

impl LeftRole {
    /// Makes it of an account as it was read, and of its role that is no right. The result is `None` if the account is
    /// open or has no such role.
    #[must_use]
    pub fn of(account: &Account, other_role: Option<&str>) -> Option<Self> {
        let role = other_role.filter(|_| !account.active)?;
        Some(Self { account: account.id.clone(), person: account.person.clone(), role: role.to_owned() })
    }

    /// Makes a finding of it.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let still = Shortfall::StillHasRole(self.role.clone()).sentence(&self.account);
        let message = match &self.person {
            Some(person) => text!(
                with still;
                en: "{still}, although it is closed; it was that of `{person}`",
                nb: "{still}, selv om den er lukket; den tilhørte `{person}`"
            ),
            None => text!(
                with still;
                en: "{still}, although it is closed",
                nb: "{still}, selv om den er lukket"
            ),
        };
        Finding::new(Code::RoleLeft, message, Code::RoleLeft.next())
    }
}
