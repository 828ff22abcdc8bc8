//! The losses and gains of people, in the units that the budgets count: person and trust.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use crate::change::{Cause, Removal};
use crate::model::{AccountId, GrantKey, PersonId, Right, TrustId};

/// The exact thing that would go or come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessItem {
    /// An accepted grant would go.
    Grant(GrantKey),
    /// A right would go that only the store knows.
    Right(AccountId, Right),
    /// The e-mail and subscriptions of an account would go, and also the account if nothing else of it is left.
    Contact(AccountId),
    /// The right of an accepted grant would come.
    Gain(GrantKey),
}

impl fmt::Display for AccessItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grant(key) => {
                write!(f, "grant {} {}/{} {}", key.person, key.application, key.unit, key.request)
            }
            Self::Right(account, right) => write!(f, "right {account} {right}"),
            Self::Contact(account) => write!(f, "contact {account}"),
            Self::Gain(key) => {
                write!(f, "gain {} {}/{} {}", key.person, key.application, key.unit, key.request)
            }
        }
    }
}

/// Tells how a removal counts against the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Somebody wrote it: `revoked`, or an earlier end. It is carried out at once within the budget, before all
    /// others.
    Explicit,
    /// Somebody wrote it, with evidence that it comes from an administrator of the unit; or two administrators have
    /// released it by name. It is carried out at once, no matter how large the budget is.
    Evidenced,
    /// Something is missing from the tree, or only the store has it. It is held as a whole when its scope is over the
    /// limit.
    Absence,
}

impl Class {
    /// Decides how a removal counts against the budget.
    #[must_use]
    pub fn of(removal: &Removal) -> Self {
        match (removal.cause.is_written(), &removal.proof) {
            _ if removal.released => Self::Evidenced,
            (true, Some(_)) => Self::Evidenced,
            (true, None) => Self::Explicit,
            (false, _) => Self::Absence,
        }
    }
}

/// A gain of one person, in the units that the budget for additions counts: person and trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gain {
    /// The person who would be given the right.
    pub who: PersonId,
    /// The trust whose budget counts it.
    pub trust: TrustId,
    /// The item that comes, as a release names it.
    pub item: AccessItem,
}

/// A loss of one person, in the units that the removal budget counts: person and trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The id of the person, or the id of the account if no person is known.
    pub who: String,
    /// The trust where the loss happens. It is `None` if the store does not say.
    pub trust: Option<TrustId>,
    /// The item that goes, as a release names it.
    pub item: AccessItem,
    /// The way in which the budget counts the loss.
    pub class: Class,
    /// The cause of the loss.
    pub cause: Cause,
    /// The day of the revocation. It gives the order among explicit removals.
    pub on: Option<Date>,
}
