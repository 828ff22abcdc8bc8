//! Finds accesses and settings of a trust without a row in its list. If they came after the list was made, they keep
//! nothing open. If they existed then, they keep the review open.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::change::{Base, Standing};
use crate::judge::STATEMENT_DAYS;
use crate::model::{GrantKey, Register, Setting};
use crate::parse::ParsedReview;

use super::settings::{is_same, settings_at, settings_of};

/// An access that exists and has no row.
#[derive(Debug, Clone, Copy)]
pub struct UnlistedAccess<'a> {
    /// The access, by the id that its person has now.
    pub key: &'a GrantKey,
    /// The access in the accepted state.
    pub standing: &'a Standing,
    /// Tells whether it may have been accepted after the list was made.
    pub came_after: bool,
}

/// A setting that exists and has no row in the national list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlistedSetting {
    /// The office or the account.
    pub setting: Setting,
    /// Tells whether the office begins after the list was made. For an account, it is not known since when the settings
    /// name it.
    pub came_after: bool,
}

/// The accesses at the trust of a list that exist on a day and have no row in it.
#[must_use]
pub fn unlisted<'a>(list: &'a ParsedReview, base: &'a Base, today: Date) -> Vec<UnlistedAccess<'a>> {
    let listed: BTreeSet<GrantKey> = list
        .review
        .rows
        .iter()
        .map(|row| GrantKey { person: base.meant(&row.key.person).clone(), ..row.key.clone() })
        .collect();
    let here = base.people.values().flat_map(|known| known.at(&list.trust));
    here.filter(|(key, standing)| standing.lives(today) && !listed.contains(*key))
        .map(|(key, standing)| {
            let came_after = !was_there(standing, list.review.made);
            UnlistedAccess { key, standing, came_after }
        })
        .collect()
}

/// Returns the settings without a row, if the list is the national one. A setting that names an account needs a new
/// list.
#[must_use]
pub fn unlisted_settings(
    list: &ParsedReview,
    register: &Register,
    base: &Base,
    today: Date,
) -> Vec<UnlistedSetting> {
    if settings_at(register) != Some(&list.trust) {
        return Vec::new();
    }
    let review = &list.review;
    let has_a_row =
        |setting: &Setting| review.settings.iter().any(|row| is_same(&row.setting, setting, base));
    settings_of(register, today)
        .into_iter()
        .filter(|setting| !has_a_row(setting))
        .map(|setting| {
            let came_after = matches!(&setting, Setting::Appointment { from, .. } if *from >= review.made);
            UnlistedSetting { setting, came_after }
        })
        .collect()
}

/// Tells whether an access was accepted before a list was made. An approval serves for the first time within 31 days, so an
/// older one was accepted by then.
fn was_there(standing: &Standing, made: Date) -> bool {
    let served = standing.grant.approval.on.checked_add(STATEMENT_DAYS.days()).unwrap_or(Date::MAX);
    served < made
}
