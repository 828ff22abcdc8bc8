//! What an approval must be evidenced by, and what was found (law: *an approval is evidence, not a word*).

use serde::{Deserialize, Serialize};

use super::{ForgeSettings, PersonId};

/// What a register asks for. Where `register.yaml` says nothing it is a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// An SSH signature over the statement of each entry.
    Signature,
    /// The review of the change, as the forge's API tells it.
    Forge(ForgeSettings),
    /// Nothing: what a file says of its approver is taken as it stands.
    Declared,
}

/// The same without the settings of the forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// [`Evidence::Signature`]
    Signature,
    /// [`Evidence::Forge`]
    Forge,
    /// [`Evidence::Declared`]
    Declared,
}

impl EvidenceKind {
    /// The word in `register.yaml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Forge => "forge",
            Self::Declared => "declared",
        }
    }
}

impl Evidence {
    /// What kind of evidence it is.
    #[must_use]
    pub const fn kind(&self) -> EvidenceKind {
        match self {
            Self::Signature => EvidenceKind::Signature,
            Self::Forge(_) => EvidenceKind::Forge,
            Self::Declared => EvidenceKind::Declared,
        }
    }

    /// The word in `register.yaml`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.kind().as_str()
    }
}

/// What showed that somebody approved, as it is recorded with the acceptance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// Nothing but the file's own word.
    Declared,
    /// A signature with this key, as OpenSSH prints its fingerprint.
    Signature {
        /// `SHA256:…`
        key: String,
    },
    /// An approval in this request on the forge.
    Review {
        /// The number of the pull or merge request.
        request: u64,
        /// The commit that was approved.
        head: String,
    },
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Declared => f.write_str("declared"),
            Self::Signature { key } => write!(f, "signed {key}"),
            Self::Review { request, head } => {
                write!(f, "reviewed #{request} at {}", head.get(..12).unwrap_or(head))
            }
        }
    }
}

/// Somebody's approval of a change, as the forge knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reviewed {
    /// Who approved, by the account they did it with. Never an author of the change.
    pub by: PersonId,
    /// The number of the pull or merge request.
    pub request: u64,
    /// The commit that was approved.
    pub head: String,
}
