//! One step of a plan: the changes that are made to one account at one time.
//!
//! A step is done completely or not at all. Doing it twice has the same result as doing it once, because a step that
//! is done already counts as done.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::change::Cause;
use crate::diag::{Noun, Text, text};
use crate::model::{AccountId, GrantKey, PersonId, Right};

/// A right that is taken away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Revoke {
    /// The right that goes.
    pub right: Right,
    /// The cause. The text of the step is made from it.
    pub cause: Cause,
    /// The accepted grants that end with it.
    pub grants: Vec<GrantKey>,
}

/// A right that is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Raise {
    /// The right that comes.
    pub right: Right,
    /// The accepted grant that gives it.
    pub grant: GrantKey,
    /// Whether somebody had removed the right in the store by hand.
    pub drift: bool,
    /// The subscriptions that ended when the right was lost before. They do not come back with the right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays_ended: Vec<StaysEnded>,
}

/// Report subscriptions that ended when a right was lost. They are not begun again when it comes back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StaysEnded {
    /// The day on which they ended.
    pub on: Date,
    /// The number of subscriptions in the register.
    pub subscriptions: u32,
    /// The number of report subscriptions in Rapporteket.
    pub reports: u32,
}

impl StaysEnded {
    /// Returns the words that people read.
    #[must_use]
    pub fn words(&self) -> Text {
        const ENDED: Noun = Noun::new(
            ["report subscription that ended", "report subscriptions that ended"],
            ["rapportabonnement som ble avsluttet", "rapportabonnementer som ble avsluttet"],
        );
        let (on, reports) = (self.on, self.reports);
        let all = usize::try_from(self.subscriptions.saturating_add(reports)).unwrap_or(usize::MAX);
        let ended = ENDED.count(all);
        let there = if reports == 0 {
            Text::default()
        } else {
            text!(en: " ({reports} of them in Rapporteket)", nb: " ({reports} av dem i Rapporteket)")
        };
        text!(
            with ended, there;
            en: "{ended} on {on}{there} are not begun again; the user must order them anew",
            nb: "{ended} {on}{there}, begynner ikke igjen; brukeren må bestille dem på nytt"
        )
    }
}

/// The data that a new account is opened with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NewAccount {
    /// The person who gets the account.
    pub person: PersonId,
    /// The name that people see.
    pub name: String,
    /// The name that the person logs in with, if the file gives one.
    pub login: Option<String>,
    /// The e-mail address, if the register's owner keeps addresses in the tree.
    pub email: Option<String>,
}

/// A detail of an account that is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// The name that people see.
    Name,
    /// The name that the person logs in with.
    Login,
    /// The e-mail address is replaced by another one.
    Email,
    /// The e-mail address is removed.
    EmailCleared,
}

impl Detail {
    /// Returns the words for people about this change.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Name => text!(en: "name changed", nb: "navnet endres"),
            Self::Login => text!(en: "login changed", nb: "innloggingen endres"),
            Self::Email => text!(en: "e-mail changed", nb: "e-postadressen endres"),
            Self::EmailCleared => text!(en: "e-mail cleared", nb: "e-postadressen fjernes"),
        }
    }
}

/// The account that a step is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepSubject {
    /// An account that the store has.
    Account(AccountId),
    /// An account that this step opens, under a new random id (R34).
    New(NewAccount),
    /// No account: the person has none, and nothing is sent to the store.
    Nobody,
}

impl StepSubject {
    /// The account, if the store has it already.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Account(id) => Some(id),
            Self::New(_) | Self::Nobody => None,
        }
    }
}

/// The change that a step makes. The variants are in the order of work: taking away comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Rights are taken away, and the subscriptions made under them are ended. If nothing is left, the account is
    /// closed and its e-mail is cleared. This happens in this order (R30, R40, R41).
    Lower {
        /// The cause of the first right, or the cause for the account if no right goes. Nothing is taken without a
        /// cause.
        #[serde(default = "Cause::of_an_older_record")]
        cause: Cause,
        /// The rights that are taken away.
        revoke: Vec<Revoke>,
        /// The subscriptions that end, by the store's id.
        end_subscriptions: Vec<i64>,
        /// Whether nothing is left. The account is then closed and its e-mail is cleared.
        close: bool,
    },
    /// The e-mail of an account that is closed or has no access is cleared and its subscriptions are ended (R40).
    Sweep {
        /// The subscriptions that end, by the store's id.
        end_subscriptions: Vec<i64>,
    },
    /// The name, login or e-mail is updated.
    Amend {
        /// The new name that people see.
        name: String,
        /// The login name. `None` leaves it as the store has it.
        login: Option<String>,
        /// The e-mail: `Some` sets it to the value inside, and `None` leaves it as the store has it.
        email: Option<Option<String>>,
        /// The details that are different in the store.
        #[serde(default)]
        changed: BTreeSet<Detail>,
    },
    /// Rights are given, in an account that is open or that this step opens.
    Raise {
        /// The rights that are given.
        grant: Vec<Raise>,
    },
    /// The store already agrees, so nothing is sent to it. The step is recorded, so that the request is used up.
    Settle {
        /// The accepted grants that have ended, with the cause.
        grants: Vec<(GrantKey, Cause)>,
    },
}

/// The kind of effect that a step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectKind {
    /// The kind of [`Effect::Lower`].
    Lower,
    /// The kind of [`Effect::Sweep`].
    Sweep,
    /// The kind of [`Effect::Amend`].
    Amend,
    /// The kind of [`Effect::Raise`].
    Raise,
    /// The kind of [`Effect::Settle`].
    Settle,
}

impl EffectKind {
    /// Returns the fixed word for logs and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Sweep => "sweep",
            Self::Amend => "amend",
            Self::Raise => "raise",
            Self::Settle => "settle",
        }
    }

    /// Returns the words for people about what was done.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Lower => text!(en: "taken away", nb: "fjernet"),
            Self::Sweep => text!(en: "e-mail swept", nb: "e-post ryddet"),
            Self::Amend => text!(en: "amended", nb: "rettet"),
            Self::Raise => text!(en: "given", nb: "gitt"),
            Self::Settle => text!(en: "recorded", nb: "registrert"),
        }
    }
}

/// The turn in which a step is done. All steps that take something away are over before any step gives something.
///
/// The tables of this program look only at [`Effect::Lower`] when they fill a transaction. A sweep takes no right, so
/// it may share a transaction with steps that give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepTurn {
    /// The step takes something away: a right, an account, an address or a subscription.
    Takes,
    /// The step tells the store nothing.
    Settles,
    /// The step gives or amends something.
    Gives,
}

impl Effect {
    /// Returns the turn of a step with this effect.
    #[must_use]
    pub fn turn(&self) -> StepTurn {
        match self {
            Self::Lower { .. } | Self::Sweep { .. } => StepTurn::Takes,
            Self::Settle { .. } => StepTurn::Settles,
            Self::Amend { .. } | Self::Raise { .. } => StepTurn::Gives,
        }
    }

    /// Returns the kind of this effect.
    #[must_use]
    pub fn kind(&self) -> EffectKind {
        match self {
            Self::Lower { .. } => EffectKind::Lower,
            Self::Sweep { .. } => EffectKind::Sweep,
            Self::Amend { .. } => EffectKind::Amend,
            Self::Raise { .. } => EffectKind::Raise,
            Self::Settle { .. } => EffectKind::Settle,
        }
    }
}

/// One step of a plan, for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The account that the step is about.
    pub subject: StepSubject,
    /// The person, if known. It is used for display and for the budget.
    pub person: Option<PersonId>,
    /// The change that the step makes.
    pub effect: Effect,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_away_has_another_turn_than_what_gives() {
        let lower = Effect::Lower {
            cause: Cause::of_an_older_record(),
            revoke: Vec::new(),
            end_subscriptions: Vec::new(),
            close: true,
        };
        let amend =
            Effect::Amend { name: "Kari".to_owned(), login: None, email: None, changed: BTreeSet::new() };
        let turns = [
            lower,
            Effect::Sweep { end_subscriptions: Vec::new() },
            amend,
            Effect::Raise { grant: Vec::new() },
            Effect::Settle { grants: Vec::new() },
        ]
        .map(|effect| (effect.kind(), effect.turn()));
        assert_eq!(
            turns,
            [
                (EffectKind::Lower, StepTurn::Takes),
                (EffectKind::Sweep, StepTurn::Takes),
                (EffectKind::Amend, StepTurn::Gives),
                (EffectKind::Raise, StepTurn::Gives),
                (EffectKind::Settle, StepTurn::Settles),
            ]
        );
    }
}
