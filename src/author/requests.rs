//! Finds the applications that wait. No file names their number, and their trust has not rejected them (R12–R17). For
//! each it tells since when it waits, who may decide, and what they should see first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, Weekday};
use portvakt_core::judge::{Counted, holders_with, who_may_reject};
use portvakt_core::model::{
    ApplicationId, Approval, EmployerId, FilePath, Grant, GrantKey, Identity, PersonId, Register, Rejection,
    RoleId, Staff, TrustId, UnitId, Vouched,
};
use portvakt_core::parse;
use portvakt_core::tree::rejections_of;

use super::asked::{AskedSubject, UnclearWord, all_meant, one_meant};
use super::desk::AuthorDesk;
use super::draft::{ChangeDraft, Writing};
use super::edit::EditError;
use super::export::{Application, Export};
use super::find::{folded, may_mean};
use super::id::proposed_id;

mod unrejected;

pub use unrejected::{WithdrawnRejection, unreject};

/// The number of working days in which users expect an answer.
pub const USUAL_DAYS: u32 = 3;

/// An application that waits.
#[derive(Debug, Clone)]
pub struct WaitingRequest {
    /// The application, as the export gives it.
    pub application: Application,
    /// The unit that is asked for, if it is one of the register's.
    pub unit: Option<UnitId>,
    /// The trust of the unit. It is `None` if the unit is not in the register.
    pub trust: Option<TrustId>,
    /// The role that is asked for, if it is one of the register's. The role that is needed may be another.
    pub role: Option<RoleId>,
    /// The applications that are asked for. If the export names none, these are all of the register. If one of its words
    /// is unclear, the list is empty.
    pub applications: Vec<ApplicationId>,
    /// The words that do not mean one unit, role or application of the register. A person has to say what they mean.
    pub unclear: Vec<UnclearWord>,
    /// The number of working days that it has waited. Public holidays count as working days.
    pub working_days: Option<u32>,
    /// The people who may decide. It is empty if the unit is unknown.
    pub may_decide: Vec<PersonId>,
    /// The notices that a decider should see first.
    pub notices: Vec<RequestNotice>,
}

/// A notice that a decider should see first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestNotice {
    /// A word of the application does not mean one thing of the register.
    Unclear(UnclearWord),
    /// A person of this name had access before and has none now (R33, R34).
    Former(PersonId, String),
    /// A person of this name has access.
    HasAccess(PersonId, String),
    /// Another person has a similar name or id.
    Alike(PersonId, String),
    /// This access would give the trust this many people in the role. The last number is the limit (R21).
    TooMany(RoleId, u32, u32),
    /// Another application in the export has the same number and another name.
    SharedNumber,
    /// A trust that the application was not sent to has rejected the number. The person is the one who rejected it.
    RejectedAt(TrustId, PersonId),
    /// New access at the trust waits for the review of its user list (R36).
    ReviewOverdue(TrustId),
}

/// Finds the applications that wait. `former` are former users, as the history of the files tells.
#[must_use]
pub fn waiting_requests(
    desk: &AuthorDesk,
    export: &Export,
    former: &BTreeMap<PersonId, String>,
) -> Vec<WaitingRequest> {
    let named = desk.requests();
    let waits = |application: &&Application| {
        !named.contains(&application.number.folded())
            && (desk.rejected.bar(&application.number).is_none() || rejected_at(desk, application).is_some())
    };
    let seen = |application: &Application| {
        let mut one = waiting_request(desk, application);
        one.notices = notices(desk, &one, former);
        let number = |other: &&Application| other.number.is_same(&application.number);
        if export.applications.iter().filter(number).count() > 1 {
            one.notices.push(RequestNotice::SharedNumber);
        }
        one.notices.extend(rejected_at(desk, application));
        one
    };
    let mut found: Vec<WaitingRequest> = export.applications.iter().filter(waits).map(seen).collect();
    found.sort_by(|one, other| {
        let key = |waiting: &WaitingRequest| {
            (waiting.application.since.unwrap_or(Date::MIN), waiting.application.number.clone())
        };
        key(one).cmp(&key(other))
    });
    found
}

/// Finds a rejection of the application by another trust than its own. It is `None` if its own trust has rejected it
/// too.
fn rejected_at(desk: &AuthorDesk, application: &Application) -> Option<RequestNotice> {
    let is_this = |counted: &&Counted| counted.rejection.request.is_same(&application.number);
    let all: Vec<&Counted> = desk.rejected.accepted.values().filter(is_this).collect();
    let first = all.first()?;
    let own = waiting_request(desk, application).trust;
    if all.iter().any(|counted| own.as_ref() == Some(&counted.trust)) {
        return None;
    }
    Some(RequestNotice::RejectedAt(first.trust.clone(), first.rejection.by.clone()))
}

/// Returns what an application asks for in the register's terms, and who may decide it.
#[must_use]
pub fn waiting_request(desk: &AuthorDesk, application: &Application) -> WaitingRequest {
    let register = &desk.rules.register;
    let mut unclear = Vec::new();
    let unit =
        one_meant(AskedSubject::Unit, &application.units, &mut unclear, |typed| units_called(desk, typed));
    let trust = unit.and_then(|unit| register.trust_of(unit)).cloned();
    let role = one_meant(AskedSubject::Role, &application.roles, &mut unclear, |typed| {
        let called = register.roles.keys().filter(|role| role.as_str().eq_ignore_ascii_case(typed));
        called.map(|role| (role.clone(), role.to_string())).collect()
    });
    let applications: Vec<ApplicationId> = if application.applications.is_empty() {
        register.applications.keys().cloned().collect()
    } else {
        all_meant(register, &application.applications, &mut unclear)
    };
    let mut waiting = WaitingRequest {
        application: application.clone(),
        unit,
        trust,
        role,
        applications,
        unclear,
        working_days: application.since.map(|since| working_days(since, desk.today)),
        may_decide: Vec::new(),
        notices: Vec::new(),
    };
    waiting.may_decide = may_decide(desk, &waiting);
    waiting
}

/// Returns the open units that a word may mean, each with its name.
fn units_called(desk: &AuthorDesk, typed: &str) -> Vec<(UnitId, String)> {
    let register = &desk.rules.register;
    let units: Vec<(String, UnitId, String)> = register
        .units
        .iter()
        .filter(|(_, unit)| unit.until.is_none_or(|until| until >= desk.today))
        .map(|(id, unit)| (id.to_string(), *id, unit.name.clone()))
        .collect();
    may_mean(typed, &units, |(number, _, name)| vec![number.as_str(), name.as_str()])
        .into_iter()
        .map(|(_, unit, _)| (*unit, register.unit_name(*unit)))
        .collect()
}

/// Returns the number of working days (Monday to Friday) from the day after `since` up to `today`.
fn working_days(since: Date, today: Date) -> u32 {
    let weekend = |day: Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let mut day = since;
    let mut count = 0;
    while day < today {
        let Ok(next) = day.tomorrow() else { break };
        day = next;
        if !weekend(day) {
            count += 1;
        }
    }
    count
}

/// Returns the entry that would give the access that is asked for, in this role.
fn entry_for_request(desk: &AuthorDesk, waiting: &WaitingRequest, role: &RoleId) -> Option<Grant> {
    let register = &desk.rules.register;
    let (unit, trust) = (waiting.unit?, waiting.trust.clone()?);
    let employer = EmployerId::new(trust.as_str()).ok().filter(|employer| register.is_employer(employer));
    let staff = if employer.is_some() { Staff::Health } else { Staff::Ict };
    let employer = employer.or_else(|| register.ict_bodies.keys().next().cloned())?;
    let name = &waiting.application.name;
    let person = proposed_id(name, |id| desk.is_taken(id)).or_else(|| PersonId::new("applicant").ok())?;
    let by = person.clone();
    let key = GrantKey {
        person,
        application: waiting.applications.first().or_else(|| register.applications.keys().next())?.clone(),
        unit,
        request: waiting.application.number.clone(),
    };
    let approval = Approval { by, on: desk.today, identity: Identity::Known };
    Some(Grant::new(key, (trust, role.clone()), desk.today, approval, Vouched::of(employer, staff)))
}

/// Returns the people who may approve the role that is asked for. If the export gives no role, they may approve any
/// role.
fn may_decide(desk: &AuthorDesk, waiting: &WaitingRequest) -> Vec<PersonId> {
    let roles = desk
        .rules
        .register
        .roles
        .keys()
        .filter(|role| waiting.role.as_ref().is_none_or(|asked| asked == *role));
    let people: BTreeSet<PersonId> = roles
        .filter_map(|role| entry_for_request(desk, waiting, role))
        .flat_map(|entry| desk.may_approve(&entry))
        .collect();
    people.into_iter().collect()
}

fn notices(
    desk: &AuthorDesk,
    waiting: &WaitingRequest,
    former: &BTreeMap<PersonId, String>,
) -> Vec<RequestNotice> {
    let register = &desk.rules.register;
    let mut notices: BTreeSet<RequestNotice> =
        waiting.unclear.iter().cloned().map(RequestNotice::Unclear).collect();
    let mut people = former.clone();
    people.extend(desk.names());
    let name = &waiting.application.name;
    let stem = proposed_id(name, |_| false);
    for (person, other) in people.iter().filter(|_| !name.is_empty()) {
        let (person, other) = (person.clone(), other.clone());
        if folded(name) == folded(&other) {
            let known = desk.base.people.get(&person);
            let has = known.is_some_and(|known| known.grants.values().any(|one| one.lives(desk.today)));
            let had = former.contains_key(&person) || known.is_some_and(|known| !known.grants.is_empty());
            notices.insert(match (has, had) {
                (true, _) => RequestNotice::HasAccess(person, other),
                (false, true) => RequestNotice::Former(person, other),
                (false, false) => RequestNotice::Alike(person, other),
            });
        } else if is_like(name, &other) || stem.as_ref() == Some(&person) {
            notices.insert(RequestNotice::Alike(person, other));
        }
    }
    if let Some(role) = &waiting.role
        && let Some(entry) = entry_for_request(desk, waiting, role)
    {
        let holders = holders_with(&desk.rules, &desk.base, &entry, desk.today);
        let most = register.trusts.get(&entry.trust).map_or(u32::MAX, |trust| trust.most_coordinators);
        if holders > most {
            notices.insert(RequestNotice::TooMany(role.clone(), holders, most));
        }
    }
    let overdue = waiting.trust.iter().filter(|trust| desk.overdue.contains(*trust));
    notices.extend(overdue.cloned().map(RequestNotice::ReviewOverdue));
    notices.into_iter().collect()
}

/// Returns whether two names are alike. Either they differ in one or two letters, or one has all the words of the
/// other.
fn is_like(one: &str, other: &str) -> bool {
    let (one, other) = (folded(one), folded(other));
    let words = |text: &str| -> BTreeSet<String> { text.split([' ', '-', '.']).map(str::to_owned).collect() };
    let (first, second) = (words(&one), words(&other));
    let within = first.len().min(second.len()) > 1 && (first.is_subset(&second) || second.is_subset(&first));
    within || (one.chars().count() > 6 && strsim::damerau_levenshtein(&one, &other) <= 2)
}

/// Reads a former user from an earlier version of a file.
#[must_use]
pub fn former_of(path: &FilePath, bytes: &[u8]) -> Option<(PersonId, String)> {
    let (_, person) = path.person_parts()?;
    let text = String::from_utf8_lossy(bytes);
    let name = text.lines().find_map(|line| line.strip_prefix("name:"))?;
    let name = name.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    Some((PersonId::new(person).ok()?, name.to_owned()))
}

/// Returns the people who may reject an application at a trust today.
#[must_use]
pub fn may_reject(desk: &AuthorDesk, trust: &TrustId) -> BTreeSet<PersonId> {
    who_may_reject(&desk.known, &desk.base, trust, &[desk.today])
}

/// Returns the change that records a rejection in the trust's list.
///
/// # Errors
/// The list is in error, or it would be. For example, the reason contains a number of a person.
pub fn reject(desk: &AuthorDesk, trust: &TrustId, rejection: &Rejection) -> Result<ChangeDraft, EditError> {
    let register = &desk.rules.register;
    let path = rejections_of(trust);
    let before = desk.tree.requests().files.get(&path).cloned();
    let (text, earlier) = match &before {
        None => (NEW_LIST.to_owned(), 0),
        Some(bytes) => {
            let parsed = parse::rejections(&path, bytes, register).map_err(EditError::InError)?;
            (String::from_utf8_lossy(bytes).into_owned(), parsed.entries.len())
        }
    };
    let after = with_rejection(&path, &text, rejection, register, earlier)?;
    let by = &rejection.by;
    let mut draft = ChangeDraft::default();
    draft.files.push(Writing { path, before, after: Some(Arc::from(after.into_bytes())) });
    draft.approvers.insert(by.clone());
    Ok(draft)
}

/// The first lines of a new list.
pub(super) const NEW_LIST: &str = "# yaml-language-server: $schema=../schemas/rejections.json\nrejected:\n";

/// Returns the text of a list with one more rejection at its end. `earlier` is the number of rejections that it has.
///
/// # Errors
/// The list would be in error, or it would say anything other than what is meant.
pub(super) fn with_rejection(
    path: &FilePath,
    text: &str,
    rejection: &Rejection,
    register: &Register,
    earlier: usize,
) -> Result<String, EditError> {
    let scalar = |value: &str| -> Result<String, EditError> {
        let text = yaml_serde::to_string(&value).map_err(|_| EditError::Unusual(None))?;
        let text = text.trim_end_matches('\n').to_owned();
        if text.contains('\n') { Err(EditError::Unusual(None)) } else { Ok(text) }
    };
    let Rejection { request, on, by, reason } = rejection;
    let first = if text.ends_with('\n') { "" } else { "\n" };
    let entry = format!(
        "  - request: {request}\n    on: {on}\n    by: {by}\n    reason: {reason}\n",
        request = scalar(request.as_str())?,
        reason = scalar(reason)?,
    );
    let after = [text, first, entry.as_str()].concat();
    // The result is read back. It must say exactly what was meant.
    let now = parse::rejections(path, after.as_bytes(), register).map_err(EditError::Otherwise)?;
    if now.entries.len() != earlier + 1 || now.entries.last().is_none_or(|last| last.rejection != *rejection)
    {
        return Err(EditError::Unusual(None));
    }
    Ok(after)
}

#[cfg(test)]
mod tests;
