//! Compares an account that was read with what a step wants of it. Every store checks its writes by this, and a pass
//! settles interrupted steps by it. The sentences about what is missing are written here and nowhere else. The code is
//! pure: it reads and writes nothing.

use super::account_part::AccountPart;
use super::wanted::{AccountState, Mail, Wanted};
use crate::diag::{Text, text};
use crate::model::{Account, AccountId, Right, alike};
use crate::plan::NewAccount;

/// One way in which an account differs from what a step wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortfall {
    /// The store has no such account.
    Gone,
    /// The account is closed, so nothing is written to it (R34).
    Closed,
    /// The account is in use, or does not say since when it is closed.
    StillOpen,
    /// A right that was to go is still there.
    StillHas(Right),
    /// The account is to be closed and has a right that the step does not take away.
    HasUnknown(Right),
    /// The account has access, so its address may not go.
    HasAccess,
    /// The account is to be closed and has a role that is not a right of the register.
    StillHasRole(String),
    /// A right that was to come is not there.
    Lacks(Right),
    /// A subscription that was to end still runs.
    StillRuns(i64),
    /// The account, or a subscription of it, still has an address.
    StillAddressed,
    /// A part of the account is not the new one.
    NotNew(AccountPart),
    /// A new account differs from what it was to be opened with.
    NotOpenedAsAsked,
}

impl Shortfall {
    /// Returns the sentence about the account with this id.
    #[must_use]
    pub fn sentence(&self, id: &AccountId) -> Text {
        match self {
            Self::Gone => {
                text!(en: "the account `{id}` is not in the register", nb: "kontoen `{id}` er ikke i registeret")
            }
            Self::Closed => text!(
                en: "the account `{id}` is closed, and stays as it is (R34)",
                nb: "kontoen `{id}` er lukket, og blir som den er (R34)"
            ),
            Self::StillOpen => {
                text!(en: "the account `{id}` is still open", nb: "kontoen `{id}` er fortsatt åpen")
            }
            Self::StillHas(right) => text!(
                en: "the account `{id}` still has the right `{right}`",
                nb: "kontoen `{id}` har fortsatt rettigheten `{right}`"
            ),
            Self::HasUnknown(right) => text!(
                en: "the account `{id}` has the right `{right}`, which the plan to close it did not know",
                nb: "kontoen `{id}` har rettigheten `{right}`, som planen om å lukke den ikke kjente"
            ),
            Self::HasAccess => text!(
                en: "the account `{id}` has access, so its e-mail address stays",
                nb: "kontoen `{id}` har tilgang, så e-postadressen blir stående"
            ),
            Self::StillHasRole(role) => text!(
                en: "the account `{id}` still has the role `{role}`",
                nb: "kontoen `{id}` har fortsatt rollen `{role}`"
            ),
            Self::Lacks(right) => text!(
                en: "the account `{id}` does not have the right `{right}`",
                nb: "kontoen `{id}` har ikke rettigheten `{right}`"
            ),
            Self::StillRuns(subscription) => text!(
                en: "the subscription {subscription} of `{id}` still runs",
                nb: "abonnementet {subscription} til `{id}` løper fortsatt"
            ),
            Self::StillAddressed => text!(
                en: "the e-mail address of the account `{id}` is still there",
                nb: "e-postadressen til kontoen `{id}` er der fortsatt"
            ),
            Self::NotNew(part) => {
                let part = part.words();
                text!(
                    with part;
                    en: "the {part} of the account `{id}` is not the new one",
                    nb: "kontoen `{id}` har ikke fått {part} den skulle ha"
                )
            }
            Self::NotOpenedAsAsked => text!(
                en: "the account `{id}` was not opened as asked",
                nb: "kontoen `{id}` ble ikke åpnet slik det var bedt om"
            ),
        }
    }
}

/// Further facts of a read-back, from a store that knows more than the account says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// Whether the store keeps a login and an address letter for letter, so that another case is another value.
    pub exact: bool,
    /// Whether the account does not say since when it is closed.
    pub undated: bool,
    /// A role of the account that is not a right of the register.
    pub other_role: Option<String>,
    /// Whether a subscription of the account has an address.
    pub addressed: bool,
    /// The subscriptions that should end and still run, no matter who owns them.
    pub running: Vec<i64>,
}

/// Returns the first thing that is still missing. It is `None` if the account is as the step wants it.
///
/// `account` is the account in the store, or `None` when the store has no such account. An account that is gone has
/// nothing left to take away (R30), and nothing can be given to it.
#[must_use]
pub fn falls_short(wanted: &Wanted<'_>, account: Option<&Account>) -> Option<Shortfall> {
    falls_short_beside(wanted, account, &Beside::default())
}

/// Does the same as [`falls_short`], for a store that knows more than the account says.
#[must_use]
pub fn falls_short_beside(
    wanted: &Wanted<'_>,
    account: Option<&Account>,
    beside: &Beside,
) -> Option<Shortfall> {
    let Some(account) = account else {
        return (wanted.state == AccountState::Open).then_some(Shortfall::Gone);
    };
    let has = |right: &Right| account.rights.contains_key(right);
    let still =
        || wanted.gone.iter().find(|right| has(right)).map(|right| Shortfall::StillHas((*right).clone()));
    let lacks =
        || wanted.there.iter().find(|right| !has(right)).map(|right| Shortfall::Lacks((*right).clone()));
    let open = wanted.state == AccountState::Closed && (account.active || beside.undated);
    let role = || beside.other_role.clone().filter(|_| wanted.state == AccountState::Closed);
    let addressed = wanted.leaves_no_address() && (account.email.is_some() || beside.addressed);
    still()
        .or_else(|| forbids(wanted, account))
        .or_else(|| runs_on(wanted, account, beside).map(Shortfall::StillRuns))
        .or_else(|| open.then_some(Shortfall::StillOpen))
        .or_else(|| role().map(Shortfall::StillHasRole))
        .or_else(|| addressed.then_some(Shortfall::StillAddressed))
        .or_else(|| {
            (!is_as_named(wanted, account, beside))
                .then_some(Shortfall::NotNew(AccountPart::NameLoginOrEmail))
        })
        .or_else(lacks)
}

/// Returns the reason not to write to the account: it has changed in a way that the plan did not know. It is `None` if
/// the step may be written.
#[must_use]
pub fn forbids(wanted: &Wanted<'_>, account: &Account) -> Option<Shortfall> {
    match wanted.state {
        AccountState::AsItIs => None,
        AccountState::Open => (!account.active).then_some(Shortfall::Closed),
        AccountState::WithoutAccess => {
            (account.active && !account.rights.is_empty()).then_some(Shortfall::HasAccess)
        }
        AccountState::Closed => {
            let unknown = account.rights.keys().find(|right| !wanted.gone.contains(right));
            unknown.map(|right| Shortfall::HasUnknown(right.clone()))
        }
    }
}

/// Compares an account that was just opened with what was asked for. Only the tables use this. A SCIM service may change
/// a name or a login, and the next pass amends it.
#[must_use]
pub fn opened_otherwise(new: &NewAccount, account: &Account) -> Option<Shortfall> {
    let as_asked = account.active
        && account.person.as_ref() == Some(&new.person)
        && account.name == new.name
        && account.login == new.login
        && account.email == new.email;
    (!as_asked).then_some(Shortfall::NotOpenedAsAsked)
}

fn is_as_named(wanted: &Wanted<'_>, account: &Account, beside: &Beside) -> bool {
    let email = account.email.as_deref();
    let same =
        |one: Option<&str>, other: Option<&str>| if beside.exact { one == other } else { alike(one, other) };
    wanted.name.is_none_or(|name| account.name == name)
        && wanted.login.is_none_or(|login| same(account.login.as_deref(), Some(login)))
        && match wanted.mail {
            Mail::Is(address) => same(email, Some(address)),
            Mail::Cleared => email.is_none(),
            Mail::AsItIs | Mail::Nowhere => true,
        }
}

fn runs_on(wanted: &Wanted<'_>, account: &Account, beside: &Beside) -> Option<i64> {
    let own = account.subscriptions.iter().map(|subscription| subscription.id);
    own.filter(|id| wanted.ended.contains(id)).chain(beside.running.iter().copied()).next()
}

#[cfg(test)]
mod tests;
