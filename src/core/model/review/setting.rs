//! The people and accounts of the settings, as rows of the national list. The persons' files do not have them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::{AccountId, Hasher, OfficeId, PersonId};
use super::{Answered, is_shortened};

/// A fact of `register.yaml` about a person or an account. It is reviewed with the national list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// A person holds an office.
    Appointment {
        /// The person who holds the office.
        person: PersonId,
        /// The id of the office.
        office: OfficeId,
        /// The first day in office.
        from: Date,
        /// The last day, inclusive, if the appointment has one.
        until: Option<Date>,
    },
    /// An account of the store that the program leaves alone.
    Ignored {
        /// The store's id of the account.
        account: AccountId,
    },
    /// An account that was made by hand and belongs to a person.
    Adopted {
        /// The store's id of the account.
        account: AccountId,
        /// The person who owns the account.
        person: PersonId,
    },
}

impl Setting {
    /// The person that it is about, if it is about one. They never review it.
    #[must_use]
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Appointment { person, .. } | Self::Adopted { person, .. } => Some(person),
            Self::Ignored { .. } => None,
        }
    }

    /// The account that it is about, if it is about one.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Ignored { account } | Self::Adopted { account, .. } => Some(account),
            Self::Appointment { .. } => None,
        }
    }

    /// Adds all values of the setting to a digest, in a fixed order.
    pub(super) fn part_of(&self, hasher: &mut Hasher) {
        let parts = match self {
            Self::Appointment { person, office, from, until } => {
                let until = until.map_or_else(|| "open".to_owned(), |day| day.to_string());
                ["appointment".to_owned(), person.to_string(), office.to_string(), from.to_string(), until]
            }
            Self::Ignored { account } => {
                ["ignored".to_owned(), account.to_string(), String::new(), String::new(), String::new()]
            }
            Self::Adopted { account, person } => {
                ["adopted".to_owned(), account.to_string(), person.to_string(), String::new(), String::new()]
            }
        };
        for part in parts {
            hasher.part(part.as_bytes());
        }
    }
}

/// One row about the settings, as they were when the list was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingRow {
    /// The setting when the list was made.
    pub setting: Setting,
    /// The answer, if there is one.
    pub answered: Option<Answered>,
}

impl SettingRow {
    /// Whether the answer keeps the setting until an earlier day than its last day was.
    #[must_use]
    pub fn ends_earlier(&self) -> bool {
        is_shortened(self.answered.as_ref(), self.before())
    }

    /// The last day that the setting had when the list was made, if it had one.
    pub(super) fn before(&self) -> Option<Date> {
        match &self.setting {
            Setting::Appointment { until, .. } => *until,
            Setting::Ignored { .. } | Setting::Adopted { .. } => None,
        }
    }
}
