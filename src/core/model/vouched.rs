//! What an approver vouches for about a person, beside the access itself.

use serde::{Deserialize, Serialize};

use super::{EmployerId, Login, Position, RenamedTrusts};

/// The kind of staff a person is. It decides who may approve (R15, R16, R43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Staff {
    /// Health personnel.
    Health,
    /// ICT personnel of an ICT body.
    Ict,
    /// Any other person. Access is denied until a policy says otherwise (R43).
    Other,
}

impl Staff {
    /// The word for it in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Ict => "ict",
            Self::Other => "other",
        }
    }
}

/// The facts about the person that an approval vouches for. A change of any of them needs a new approval.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Vouched {
    /// The employer, a trust or an ICT body.
    pub employer: EmployerId,
    /// The kind of staff: health, ICT or other.
    pub staff: Staff,
    /// The person's position, where it matters (`lis`).
    pub position: Option<Position>,
    /// The name the person logs in with.
    pub login: Option<Login>,
}

impl Vouched {
    /// Replaces the employer's id by the new id, if the employer is a trust that was renamed.
    pub fn follow(&mut self, renamed: &RenamedTrusts) {
        let new = renamed.get(self.employer.as_str()).and_then(|new| EmployerId::new(new.as_str()).ok());
        if let Some(new) = new {
            self.employer = new;
        }
    }
}
