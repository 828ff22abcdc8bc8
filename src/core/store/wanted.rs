//! What a step wants of an account, as a value. It is the one meaning of an effect: the tables, the SCIM client and the
//! SCIM service write by it, and [`falls_short`](super::falls_short) compares it with the account that was read back.
//! The code is pure: it reads and writes nothing.

use crate::model::Right;
use crate::plan::Effect;

/// Whether an account is in use after a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AccountState {
    /// The step says nothing about it.
    #[default]
    AsItIs,
    /// The account is in use. A closed one stays as it is and is given nothing (R34).
    Open,
    /// The account is closed, or it has no rights. Only then may its address go (R40).
    WithoutAccess,
    /// The account is closed and has no rights at all, and neither it nor any of its subscriptions has an address (R41).
    Closed,
}

/// What becomes of the e-mail address of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mail<'e> {
    /// It stays as it is.
    #[default]
    AsItIs,
    /// The account has this address.
    Is(&'e str),
    /// The account has no address. Its subscriptions keep the addresses that their reports go to.
    Cleared,
    /// Neither the account nor any of its subscriptions has an address (R40).
    Nowhere,
}

/// What an account is to be after a step. The step leaves everything else as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted<'e> {
    /// Whether it is in use.
    pub state: AccountState,
    /// The display name; `None` leaves it.
    pub name: Option<&'e str>,
    /// The login name; `None` leaves it.
    pub login: Option<&'e str>,
    /// The e-mail address.
    pub mail: Mail<'e>,
    /// Rights that the account no longer has.
    pub gone: Vec<&'e Right>,
    /// Rights that the account has.
    pub there: Vec<&'e Right>,
    /// Subscriptions that have ended, by the store's id.
    pub ended: Vec<i64>,
}

impl Wanted<'_> {
    /// Whether no address may be left, neither in the account nor in its subscriptions.
    #[must_use]
    pub fn leaves_no_address(&self) -> bool {
        self.state == AccountState::Closed || self.mail == Mail::Nowhere
    }
}

/// Returns what an effect wants of the account.
#[must_use]
pub fn wanted(effect: &Effect) -> Wanted<'_> {
    match effect {
        Effect::Lower { revoke, end_subscriptions, close, .. } => Wanted {
            state: if *close { AccountState::Closed } else { AccountState::AsItIs },
            gone: revoke.iter().map(|revoke| &revoke.right).collect(),
            ended: end_subscriptions.clone(),
            ..Wanted::default()
        },
        Effect::Sweep { end_subscriptions } => Wanted {
            state: AccountState::WithoutAccess,
            mail: Mail::Nowhere,
            ended: end_subscriptions.clone(),
            ..Wanted::default()
        },
        Effect::Amend { name, login, email, .. } => Wanted {
            state: AccountState::Open,
            name: Some(name),
            login: login.as_deref(),
            mail: match email {
                None => Mail::AsItIs,
                Some(None) => Mail::Cleared,
                Some(Some(address)) => Mail::Is(address),
            },
            ..Wanted::default()
        },
        Effect::Raise { grant } => Wanted {
            state: AccountState::Open,
            there: grant.iter().map(|raise| &raise.right).collect(),
            ..Wanted::default()
        },
        Effect::Settle { .. } => Wanted::default(),
    }
}
