//! What somebody would lose, in the units the removal budget counts: person and trust.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use crate::change::Removal;
use crate::model::{AccountId, GrantKey, PersonId, Right, TrustId};

use super::Cause;

/// What exactly would go, or come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// An accepted grant.
    Grant(GrantKey),
    /// A right that only the store knows of.
    Right(AccountId, Right),
    /// The e-mail and subscriptions of an account, and the account itself where nothing else is left of it.
    Contact(AccountId),
    /// What an accepted grant would give.
    Gain(GrantKey),
}

impl fmt::Display for Item {
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

/// How a removal stands to the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Somebody wrote it: `revoked`, or an earlier end. Acts at once within the budget, before all others.
    Explicit,
    /// The same, and shown to come from an administrator of the unit; or two have released it by name. Acts at once,
    /// whatever the budget.
    Evidenced,
    /// Something is no longer there, or only the store has it. Held as a whole when the scope is over.
    Absence,
}

impl Class {
    /// How a change that takes something away stands to the budget.
    #[must_use]
    pub fn of(removal: &Removal) -> Self {
        match (removal.cause, &removal.proof) {
            _ if removal.released => Self::Evidenced,
            (Cause::Revoked | Cause::Shortened, Some(_)) => Self::Evidenced,
            (Cause::Revoked | Cause::Shortened, None) => Self::Explicit,
            _ => Self::Absence,
        }
    }
}

/// What somebody would be given, in the units the budget for additions counts: person and trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gain {
    /// The person.
    pub who: PersonId,
    /// The trust whose budget counts it.
    pub trust: TrustId,
    /// What comes, as a release names it.
    pub item: Item,
}

/// One loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The person's id, or the account's where no person is known.
    pub who: String,
    /// Where; `None` where the store does not say.
    pub trust: Option<TrustId>,
    /// What goes, as a release names it.
    pub item: Item,
    /// Written or absent.
    pub class: Class,
    /// The cause, which decides how the budget counts it.
    pub cause: Cause,
    /// The day it was written, for the order among explicit ones.
    pub on: Option<Date>,
}
