//! The evidence that an approval needs, and the evidence that was found (law: *an approval is evidence, not a word*).

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ForgeSettings, PersonId};

/// The evidence that a register asks for. The default is a signature, when `register.yaml` says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// An SSH signature over the statement of each entry.
    Signature,
    /// The review of the change, read from the forge's API.
    Forge(ForgeSettings),
    /// No evidence. The approver that the file names is believed.
    Declared,
}

/// The kind of evidence, without the settings of the forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// See [`Evidence::Signature`].
    Signature,
    /// See [`Evidence::Forge`].
    Forge,
    /// See [`Evidence::Declared`].
    Declared,
}

impl EvidenceKind {
    /// The word for it in `register.yaml`.
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
    /// The kind of this evidence.
    #[must_use]
    pub const fn kind(&self) -> EvidenceKind {
        match self {
            Self::Signature => EvidenceKind::Signature,
            Self::Forge(_) => EvidenceKind::Forge,
            Self::Declared => EvidenceKind::Declared,
        }
    }

    /// The word for it in `register.yaml`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.kind().as_str()
    }
}

/// The proof that somebody approved. It is recorded with the acceptance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// There is no proof, only the text of the file.
    Declared,
    /// A signature with this key, identified by the fingerprint that OpenSSH prints.
    Signature {
        /// The fingerprint of the key, written `SHA256:…`.
        key: String,
    },
    /// An approval in this pull or merge request on the forge.
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

/// An approval of a change, as the forge reports it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForgeApproval {
    /// The person who approved, found by their account on the forge. An author of the change is never listed here.
    pub by: PersonId,
    /// The number of the pull or merge request.
    pub request: u64,
    /// The commit that was approved.
    pub head: String,
}

/// A reviewed change of one file. The reviewer approved exactly this step from old bytes to new bytes.
#[derive(Debug, Clone)]
pub struct ReviewedChange {
    /// The approver, and the place where the approval can be seen.
    pub review: ForgeApproval,
    /// The bytes before the change. It is `None` if there was no file.
    pub old: Option<Arc<[u8]>>,
    /// The bytes after the change. It is `None` if the file was deleted.
    pub new: Option<Arc<[u8]>>,
    /// What the forge and the branch say of the change besides.
    pub circumstances: ReviewCircumstances,
}

/// When a change was approved, and what became of it on the branch.
#[derive(Debug, Clone, Default)]
pub struct ReviewCircumstances {
    /// The moment of the approval, or an earlier one if the forge does not say it. `None` if it says neither.
    pub given: Option<Timestamp>,
    /// Whether all settings and policies of the request are as the request left them. It is said of settings and policies
    /// only.
    pub is_whole: bool,
    /// The bytes that the file got by later changes of the branch, reviewed or not, newest first. It is empty if this
    /// change brought the file as it is.
    pub later: Vec<Option<Arc<[u8]>>>,
}
