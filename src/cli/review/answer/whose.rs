//! The rows of a list that the options of `review answer` mean.

use portvakt_core::change::Base;
use portvakt_core::model::{PersonId, ReviewRow, Setting, SettingRow};

use crate::cli::review::AnswerArgs;

/// The rows that are answered: those of a person, or those about an account of the settings. A row of an older list may
/// name the person by an earlier id, which the base knows.
#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
    Person(&'a PersonId, &'a Base),
    Account(&'a str),
}

impl Whose<'_> {
    /// Returns whether the options mean this access.
    pub(super) fn has(self, row: &ReviewRow, args: &AnswerArgs) -> bool {
        let Self::Person(person, base) = self else { return false };
        base.is_same(&row.key.person, person)
            && args.office.is_none()
            && args.application.as_ref().is_none_or(|application| *application == row.key.application)
            && args.unit.is_none_or(|unit| unit == row.key.unit.0)
    }

    /// Returns whether the options mean this row about the settings.
    pub(super) fn has_setting(self, row: &SettingRow, args: &AnswerArgs) -> bool {
        match self {
            Self::Account(account) => row.setting.account().is_some_and(|known| known.as_str() == account),
            Self::Person(person, base) => {
                let office = match &row.setting {
                    Setting::Appointment { office, .. } => Some(office),
                    Setting::Ignored { .. } | Setting::Adopted { .. } => None,
                };
                row.setting.person().is_some_and(|about| base.is_same(about, person))
                    && args.application.is_none()
                    && args.unit.is_none()
                    && args.office.as_ref().is_none_or(|wanted| office == Some(wanted))
            }
        }
    }
}
