//! A person as one file tells of them.

use serde::{Deserialize, Serialize};

use super::{Approval, EmployerId, FilePath, Grant, Login, PersonId, Position, RenamedTrusts, TrustId};

/// What kind of staff a person is; it decides who may approve (R15, R16, R43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Staff {
    /// Health personnel.
    Health,
    /// ICT personnel of an ICT body.
    Ict,
    /// Anybody else; denied until a policy says otherwise (R43).
    Other,
}

impl Staff {
    /// The word in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Ict => "ict",
            Self::Other => "other",
        }
    }
}

/// What an approval vouches for about the person; a change of it is approved again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Vouched {
    /// Trust or ICT body.
    pub employer: EmployerId,
    /// Health, ICT or other.
    pub staff: Staff,
    /// What the person works as, where it matters (`lis`).
    pub position: Option<Position>,
    /// The name the person logs in with.
    pub login: Option<Login>,
}

impl Vouched {
    /// Names an employer that is a trust by the trust's new id.
    pub fn follow(&mut self, renamed: &RenamedTrusts) {
        let new = renamed.get(self.employer.as_str()).and_then(|new| EmployerId::new(new.as_str()).ok());
        if let Some(new) = new {
            self.employer = new;
        }
    }
}

/// What a file orders about the person's e-mail address. A file without the line orders nothing: the address that the
/// store has stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Email {
    /// `email: none`: there is to be none.
    Cleared,
    /// It is to be this one.
    Address(String),
}

impl Email {
    /// The word in the file that clears an address. No address can be so: it has no `@`.
    pub const NONE: &str = "none";

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cleared => Self::NONE,
            Self::Address(address) => address,
        }
    }

    /// The address, where there is to be one.
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

/// All a file says about the person, apart from access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The person's name, NFC, without control characters.
    pub name: String,
    /// What approvals vouch for.
    pub vouched: Vouched,
    /// Only where `register.yaml` says `contact_in_git: true`; `None` where the file says nothing of it.
    pub email: Option<Email>,
}

impl Facts {
    /// Whether two files can be about the same person at the same time. A file that says nothing of the address
    /// agrees with whatever another one says.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.name == other.name
            && self.vouched == other.vouched
            && (self.email.is_none() || other.email.is_none() || self.email == other.email)
    }
}

/// That a person had another id before, as one of the person's files says it (`previously:`): who looked at it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previously {
    /// The id before.
    pub person: PersonId,
    /// Who approved the change of the id at the file's trust, like a new access.
    pub approval: Approval,
}

impl Previously {
    /// The statement that the approver signs: who becomes who, at which trust.
    #[must_use]
    pub fn statement(&self, register: &str, person: &PersonId, trust: &TrustId) -> String {
        super::statement::id_change(register, self, person, trust)
    }
}

/// One person's access at one trust: one file, valid as far as it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFile {
    /// Where it stands.
    pub path: FilePath,
    /// The folder.
    pub trust: TrustId,
    /// The file name.
    pub person: PersonId,
    /// What it says about the person.
    pub facts: Facts,
    /// The valid access entries, in the order of the file.
    pub grants: Vec<Grant>,
}
