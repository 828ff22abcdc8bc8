//! The reasons why a change that a client of the SCIM service asks for is not written.

use std::fmt;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::AccountId;
use portvakt_core::store::{AccountPart, Shortfall, StoreError};

/// The reason why a change was not written.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another account has the login.
    LoginTaken(String),
    /// A closed account is never opened again.
    Closed(AccountId),
    /// A closed account does not change, except that things can be taken away.
    StaysClosed {
        /// The store's id of the closed account.
        id: AccountId,
        /// The part that was to be changed.
        what: AccountPart,
    },
    /// There is no such account.
    Gone(AccountId),
    /// An error of the store.
    Store(#[from] StoreError),
}

impl ServeError {
    /// Says why, in both languages.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::LoginTaken(login) => text!(
                en: "the login `{login}` belongs to another account",
                nb: "innloggingen `{login}` tilhører en annen konto"
            ),
            Self::Closed(id) => text!(
                en: "the account `{id}` is closed and is never opened again (R34); make a new one",
                nb: "kontoen `{id}` er lukket og åpnes aldri igjen (R34); lag en ny"
            ),
            Self::StaysClosed { id, what } => {
                let what = what.words();
                text!(
                    with what;
                    en: "the account `{id}` is closed, and its {what} stays as it is (R34)",
                    nb: "kontoen `{id}` er lukket, og {what} blir som før (R34)"
                )
            }
            Self::Gone(id) => Shortfall::Gone.sentence(id),
            Self::Store(error) => error.words(),
        }
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl From<portvakt_database::Error> for ServeError {
    fn from(error: portvakt_database::Error) -> Self {
        Self::Store(error.into())
    }
}
