//! Why something waits, instead of being taken or given.

use serde::{Deserialize, Serialize};

use crate::diag::Code;
use crate::model::FilePath;
use crate::text::{Text, text};

/// The reason why something waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// More people would lose something than the budget allows.
    Budget,
    /// More people would be given something than the budget allows.
    Additions,
    /// The file is in error or has a refused entry, so missing entries do not count as removed.
    InError {
        /// The path of the file.
        file: FilePath,
    },
    /// A file in error names the same person, so the missing entry may have been moved there.
    Moved {
        /// The path of the file in error.
        to: FilePath,
    },
    /// Released settings moved the unit to another trust, and the file still stands in the folder where it was accepted.
    UnitMoved {
        /// The path of the file.
        file: FilePath,
    },
    /// A folder or an archive cannot be read, so the missing file may have been moved there.
    Unread {
        /// The path of the folder.
        folder: FilePath,
    },
    /// Something odd is in the folder of the missing file, so nothing there counts as removed for some days.
    Beside {
        /// The path of the odd thing.
        odd: FilePath,
    },
    /// The file disappears and comes back repeatedly.
    Blinking,
    /// Another machine wrote last, and this machine's tree has not yet been the accepted one.
    OlderTree,
    /// Without these people, fewer than two national administrators would be left.
    LastAdministrators,
}

impl Why {
    /// Returns the part of the reason that goes into the digest. Sets of the budget are named by their items alone,
    /// as in earlier versions.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Budget => String::new(),
            Self::Additions => "additions".to_owned(),
            Self::InError { file } => format!("in error {file}"),
            Self::Moved { to } => format!("moved {to}"),
            Self::UnitMoved { file } => format!("unit moved {file}"),
            Self::Unread { folder } => format!("unread {folder}"),
            Self::Beside { odd } => format!("beside {odd}"),
            Self::Blinking => "blinking".to_owned(),
            Self::OlderTree => "older tree".to_owned(),
            Self::LastAdministrators => "last administrators".to_owned(),
        }
    }

    /// Tells whether the reason depends only on one person's file, and not on the losses or gains of others.
    #[must_use]
    pub fn is_of_a_file(&self) -> bool {
        matches!(
            self,
            Self::InError { .. }
                | Self::Moved { .. }
                | Self::UnitMoved { .. }
                | Self::Unread { .. }
                | Self::Beside { .. }
                | Self::Blinking
        )
    }

    /// Returns the code of the finding for this reason.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Budget => Code::RemovalsHeld,
            Self::Additions => Code::AdditionsHeld,
            Self::LastAdministrators => Code::LastAdministrators,
            Self::InError { .. }
            | Self::Moved { .. }
            | Self::UnitMoved { .. }
            | Self::Unread { .. }
            | Self::Beside { .. }
            | Self::Blinking
            | Self::OlderTree => Code::LossWithheld,
        }
    }

    /// Returns the kind of change that waits, in words for people.
    #[must_use]
    pub fn what(&self) -> Text {
        match self {
            Self::Additions => text!(en: "additions", nb: "nye tilganger"),
            _ => text!(en: "removals", nb: "fjerninger"),
        }
    }

    /// Returns the kind of change that waits, in the ledger's word.
    #[must_use]
    pub fn ledger_word(&self) -> &'static str {
        match self {
            Self::Additions => "additions",
            _ => "removals",
        }
    }
}
