//! The people and accounts of `register.yaml` as rows of the national list. They show who holds which office, and which
//! accounts are service accounts. A change of them is a change of the settings, and needs the same approvals.

use jiff::civil::Date;

use crate::change::Base;
use crate::model::{Register, Setting, SettingRow, TrustId, TrustKind};
use crate::text::{Text, text};

/// The trust whose list has the settings. It is the national one, or the host if there is no national one.
#[must_use]
pub fn settings_at(register: &Register) -> Option<&TrustId> {
    let national = register.trusts.iter().find(|(_, trust)| trust.kind == TrustKind::National);
    national.or_else(|| register.trusts.iter().find(|(_, trust)| trust.host)).map(|(id, _)| id)
}

/// Returns the people and accounts of the settings on a day, in order. An appointment that is over or suspended is left
/// out. One that begins later is listed.
#[must_use]
pub fn settings_of(register: &Register, today: Date) -> Vec<Setting> {
    let offices = register.appointments.iter().map(|appointment| {
        let is_over = appointment.until.is_some_and(|until| until < today);
        let setting = Setting::Appointment {
            person: appointment.person.clone(),
            office: appointment.office.clone(),
            from: appointment.from,
            until: appointment.until,
        };
        (!appointment.suspended && !is_over).then_some(setting)
    });
    let ignored =
        register.ignored_accounts.iter().map(|account| Setting::Ignored { account: account.clone() });
    let adopted = register
        .adopted_accounts
        .iter()
        .map(|(account, person)| Setting::Adopted { account: account.clone(), person: person.clone() });
    let mut settings: Vec<Setting> = offices.flatten().chain(ignored).chain(adopted).collect();
    settings.sort();
    settings.dedup();
    settings
}

/// The trust that is reviewed for its settings, and the first day of the oldest of them that has a day.
pub(super) fn first_setting(register: &Register, today: Date) -> Option<(TrustId, Date)> {
    let trust = settings_at(register)?.clone();
    let days = settings_of(register, today).into_iter().filter_map(|setting| match setting {
        Setting::Appointment { from, .. } => Some(from),
        Setting::Ignored { .. } | Setting::Adopted { .. } => None,
    });
    days.min().map(|first| (trust, first))
}

/// Returns whether two settings are the same one. The last day of an appointment may differ.
pub(super) fn is_same(one: &Setting, other: &Setting, base: &Base) -> bool {
    match (one, other) {
        (
            Setting::Appointment { person, office, from, .. },
            Setting::Appointment { person: other, office: others, from: begins, .. },
        ) => base.is_same(person, other) && office == others && from == begins,
        (Setting::Ignored { account }, Setting::Ignored { account: other }) => account == other,
        (Setting::Adopted { account, person }, Setting::Adopted { account: other, person: owner }) => {
            account == other && base.is_same(person, owner)
        }
        _ => false,
    }
}

/// Returns the current form of a row's setting. It is `None` if the setting does not exist any more.
pub(super) fn setting_now(
    row: &SettingRow,
    register: &Register,
    base: &Base,
    today: Date,
) -> Option<Setting> {
    settings_of(register, today).into_iter().find(|setting| is_same(setting, &row.setting, base))
}

/// The words for a setting, without the person that it is about.
#[must_use]
pub fn setting_words(setting: &Setting, register: &Register) -> Text {
    match setting {
        Setting::Appointment { office, .. } => {
            let office = register.offices.get(office).map_or(office.as_str(), String::as_str);
            text!(en: "office: {office}", nb: "verv: {office}")
        }
        Setting::Ignored { account } => {
            text!(en: "service account `{account}`, left alone", nb: "tjenestekontoen `{account}`, som ikke røres")
        }
        Setting::Adopted { account, .. } => {
            text!(en: "the account `{account}`, made by hand", nb: "kontoen `{account}`, som er laget for hånd")
        }
    }
}
