//! The user list for an administrator: the accesses of each person, their first and last day, and who approved them
//! (R35, R36).

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::change::{Base, Cause, Standing};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{GrantKey, PersonId, Register, TrustId};
use serde::Serialize;

/// The accesses that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Accesses in force today. Former users are not listed (R35).
    InForce,
    /// Everything on record, including former users, for auditors.
    All,
}

/// One access of one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AccessLine {
    /// The folder of the trust.
    pub trust: TrustId,
    /// The name and RESH id of the unit.
    pub unit: String,
    /// The id of the person.
    pub person: String,
    /// The display name of the person.
    pub name: String,
    /// The role of the access.
    pub role: String,
    /// The application that the access is for.
    pub application: String,
    /// The first day of the access.
    pub from: Date,
    /// The last day, inclusive.
    pub until: Option<Date>,
    /// The state in words: in force, begins later, or why it is over.
    #[serde(serialize_with = "in_english")]
    pub state: Text,
    /// The person who approved.
    pub approved_by: String,
    /// The day of the approval.
    pub approved_on: Date,
    /// The request that the approval is for.
    pub request: String,
    /// The account in the store, while the access is in force.
    pub account: Option<String>,
    /// The key of the grant.
    #[serde(skip)]
    pub key: GrantKey,
}

/// Lists the accesses of a base, sorted by trust, unit and person. `former` gives the names of people that no file
/// names any more.
#[must_use]
pub fn access_lines(
    base: &Base,
    register: &Register,
    former: &BTreeMap<PersonId, String>,
    trust: Option<&TrustId>,
    which: Lines,
    today: Date,
) -> Vec<AccessLine> {
    let mut lines: Vec<AccessLine> = base
        .people
        .iter()
        .flat_map(|(person, known)| known.grants.values().map(move |standing| (person, known, standing)))
        .filter(|(_, _, standing)| trust.is_none_or(|trust| standing.grant.trust == *trust))
        .filter(|(_, _, standing)| which == Lines::All || standing.in_force(today) || has_it(standing, today))
        .filter(|(_, _, standing)| register.units.contains_key(&standing.grant.key.unit))
        .map(|(person, known, standing)| {
            let grant = &standing.grant;
            AccessLine {
                trust: grant.trust.clone(),
                unit: register.unit_name(grant.key.unit),
                person: person.to_string(),
                name: if known.files.is_empty() { former.get(person).cloned() } else { None }
                    .unwrap_or_else(|| base.name_of(person).to_owned()),
                role: grant.role.to_string(),
                application: grant.key.application.to_string(),
                from: grant.from,
                until: grant.until,
                state: state(standing, today),
                approved_by: grant.approval.by.to_string(),
                approved_on: grant.approval.on,
                request: grant.key.request.to_string(),
                account: known.account.as_ref().filter(|_| standing.in_force(today)).map(ToString::to_string),
                key: grant.key.clone(),
            }
        })
        .collect();
    lines.sort();
    lines
}

/// Writes the English words. Programs compare them, so they are the same in every language.
fn in_english<S: serde::Serializer>(words: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(words.en())
}

/// Returns whether the register was already given an access that begins later. This happens if the date was taken
/// back.
fn has_it(standing: &Standing, today: Date) -> bool {
    standing.lives(today) && standing.given.is_some()
}

fn state(standing: &Standing, today: Date) -> Text {
    let over = |why: Text| match standing.ended {
        Some(day) => text!(with why; en: "over since {day}: {why}", nb: "avsluttet {day}: {why}"),
        None => text!(with why; en: "over: {why}", nb: "avsluttet: {why}"),
    };
    if let Some(revocation) = &standing.grant.revoked {
        let by = &revocation.by;
        return over(text!(en: "revoked by {by}", nb: "trukket tilbake av {by}"));
    }
    match standing.cleared {
        Some(cause) => over(cause.words()),
        None if standing.grant.is_over(today) || standing.ended.is_some() => over(Cause::Expired.words()),
        None if standing.grant.from > today && standing.given.is_some() => text!(
            en: "given, and begins later: the date was taken back",
            nb: "gitt, og begynner senere: datoen ble tatt tilbake"
        ),
        None if standing.grant.from > today => text!(en: "begins later", nb: "begynner senere"),
        None if !standing.was_told() => {
            text!(en: "accepted, and not given yet", nb: "godtatt, og ikke gitt ennå")
        }
        None => match standing.grant.until {
            Some(until) if until <= portvakt_core::decide::near(today) => {
                text!(en: "ends soon, on {until}", nb: "slutter snart, {until}")
            }
            _ => text!(en: "in force", nb: "gjelder"),
        },
    }
}
