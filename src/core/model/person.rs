//! A person, as one file describes them.

use serde::{Deserialize, Serialize};

use super::{Account, Approval, PersonId, Vouched, alike};

/// The e-mail address that a file orders for the person. A file without the line orders nothing, and the store keeps
/// the address it has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Email {
    /// `email: none` orders that the person has no address.
    Cleared,
    /// The person is to have this address.
    Address(String),
}

impl Email {
    /// The word in the file that clears an address. No address can be equal to it, because it has no `@`.
    pub const NONE: &str = "none";

    /// The value as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cleared => Self::NONE,
            Self::Address(address) => address,
        }
    }

    /// The address, if the file orders one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Cleared => None,
            Self::Address(address) => Some(address),
        }
    }
}

impl From<String> for Email {
    fn from(text: String) -> Self {
        if text == Self::NONE { Self::Cleared } else { Self::Address(text) }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.as_str().to_owned()
    }
}

/// Everything a file says about the person, except access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The person's name, in NFC and without characters that cannot be seen.
    pub name: String,
    /// The facts that approvals vouch for.
    pub vouched: Vouched,
    /// The ordered address, only if `register.yaml` says `contact_in_git: true`. `None` if the file does not
    /// mention it.
    pub email: Option<Email>,
}

impl Facts {
    /// Whether an account has the name, the login and the address of this file. What the file does not say is not compared.
    #[must_use]
    pub fn describes(&self, account: &Account) -> bool {
        let login = self.vouched.login.as_ref().map(ToString::to_string);
        self.name == account.name
            && login.is_none_or(|login| alike(account.login.as_deref(), Some(login.as_str())))
            && self.email.as_ref().is_none_or(|email| alike(account.email.as_deref(), email.address()))
    }

    /// Whether another version of the file says another name, login or address.
    #[must_use]
    pub fn restates(&self, before: &Self) -> bool {
        self.name != before.name || self.vouched.login != before.vouched.login || self.email != before.email
    }

    /// Whether two files can describe the same person at the same time. A file without an address agrees with a file
    /// that has any address.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.name == other.name
            && self.vouched == other.vouched
            && (self.email.is_none() || other.email.is_none() || self.email == other.email)
    }
}

/// The person's earlier id (`previously:`), as one of the person's files states it, with its approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previously {
    /// The id that the person had before.
    pub person: PersonId,
    /// The approval of the change of id at the file's trust. It needs an approval like a new access.
    pub approval: Approval,
}
