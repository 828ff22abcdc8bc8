//! An account of the register, and the report subscriptions that it owns.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{AccountId, ApplicationId, PersonId, RequestId, Right, RoleId, UnitId};

/// An account as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The store's own id of the account.
    pub id: AccountId,
    /// The person who owns the account, if the store says so.
    pub person: Option<PersonId>,
    /// The name that people see, as the store has it.
    pub name: String,
    /// The name that the person logs in with. It is `None` if the store has none.
    pub login: Option<String>,
    /// The e-mail address. `None` means that it was cleared.
    pub email: Option<String>,
    /// Whether the account can be used.
    pub active: bool,
    /// The rights the account has now. Each has the request it was given for, if the store keeps that.
    pub rights: BTreeMap<Right, Option<RequestId>>,
    /// The report subscriptions that the account owns and that have not ended.
    pub subscriptions: Vec<Subscription>,
}

impl Account {
    /// Returns the id of its person, or the id of the account if the store names nobody. Losses are counted by this id,
    /// and messages show it.
    #[must_use]
    pub fn whose(&self) -> String {
        self.person.as_ref().map_or_else(|| self.id.to_string(), ToString::to_string)
    }
}

/// A report subscription with a stored role and unit. The job that sends reports never checks access, so a subscription
/// has to be ended with the right it was made under (R40).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The store's own id of the subscription.
    pub id: i64,
    /// The application the report comes from.
    pub application: ApplicationId,
    /// The role stored in the subscription.
    pub role: RoleId,
    /// The unit stored in the subscription.
    pub unit: UnitId,
    /// The address that the reports go to.
    pub address: String,
    /// The last day of the subscription.
    pub until: Date,
}

impl Subscription {
    /// Returns the right that the subscription was made under.
    #[must_use]
    pub fn right(&self) -> Right {
        Right { application: self.application.clone(), unit: self.unit, role: self.role.clone() }
    }
}

/// Returns whether two logins or two e-mail addresses are the same. Case does not matter, because stores may return a
/// value in another case. For logins RFC 7643 section 4.1.1 says this, and for the domain of an address RFC 5321
/// section 2.4. Every server in use ignores the case of the rest of an address too.
#[must_use]
pub fn alike(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        (None, None) => true,
        _ => false,
    }
}
