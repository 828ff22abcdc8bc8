//! Reports from the ledger alone who had which rights, on a past day or between two days: what the register was told
//! and when, and the approval of each right.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::{AcceptanceWay, Cause};
use portvakt_core::decide::{Broken, Flaw};
use portvakt_core::model::{ApplicationId, RequestId, Right, RoleId, TrustId, UnitId};
use portvakt_database::Connection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ledger::person_key::person_of;
use crate::ledger::{EntryKind, Filter, LedgerEntry, LedgerError, entries};

/// A right that somebody had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HeldRight {
    /// The folder of the trust; `None` for a right without an approval in the ledger.
    pub trust: Option<TrustId>,
    /// The RESH id of the unit.
    pub unit: UnitId,
    /// The id of the person, or the ledger's key if the key no longer belongs to a known person.
    pub person: String,
    /// The role of the right.
    pub role: RoleId,
    /// The application that the right is for.
    pub application: ApplicationId,
    /// The request that the right was given for.
    pub request: RequestId,
    /// The person who approved, or the ledger's key of that person.
    pub approved_by: Option<String>,
    /// The day of the approval.
    pub approved_on: Option<Date>,
    /// The id of the account.
    pub account: String,
    /// The moment when the register was told of the right.
    pub since: Timestamp,
    /// The first day that was approved; `None` for a right without an approval in the ledger.
    pub from: Option<Date>,
    /// The last day that was approved, inclusive; `None` also for a right without end.
    pub until: Option<Date>,
    /// The way in which the grant was accepted, where the ledger says it.
    pub way: Option<AcceptanceWay>,
    /// The policies that permitted the grant.
    pub policies: Vec<String>,
}

/// A right that somebody had for a time, which may still go on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Had {
    /// The right, with its approval as it was at the end of that time. `since` is the beginning of that time.
    #[serde(flatten)]
    pub held: HeldRight,
    /// The moment when the register was told that the right is over; `None` if it was not.
    pub gone: Option<Timestamp>,
    /// The cause, where the ledger says one.
    pub cause: Option<Cause>,
}

/// A grant in the ledger. It names the person by key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct GrantOfKey {
    person: String,
    application: ApplicationId,
    unit: UnitId,
    request: RequestId,
}

#[derive(Debug, Clone, Deserialize)]
struct AcceptedEntry {
    grant: GrantOfKey,
    trust: TrustId,
    approved: EntryApproval,
    from: Option<Date>,
    until: Option<Date>,
    way: Option<AcceptanceWay>,
    #[serde(default)]
    policies: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct EntryApproval {
    by: String,
    on: Date,
}

/// An earlier end of a grant. An entry of another end names no day.
#[derive(Deserialize)]
struct Shortened {
    grant: GrantOfKey,
    until: Option<Date>,
}

#[derive(Deserialize)]
struct StepEntry {
    account: Option<String>,
    #[serde(default)]
    given: Vec<Given>,
    #[serde(default)]
    revoked: Vec<RevokedRight>,
}

#[derive(Deserialize)]
struct Given {
    right: Right,
    grant: GrantOfKey,
}

#[derive(Deserialize)]
struct RevokedRight {
    right: Right,
    cause: Option<Cause>,
}

/// A right from the moment when the register was told of it.
struct Stay {
    account: String,
    right: Right,
    grant: GrantOfKey,
    approval: Option<AcceptedEntry>,
    /// The moment when the register was first told of it.
    first: Timestamp,
    /// The moment when the register was last told of it. It is later than the first if somebody had changed it by hand.
    since: Timestamp,
    gone: Option<(Timestamp, Option<Cause>)>,
}

fn entry_body<T: for<'de> Deserialize<'de>>(entry: &LedgerEntry) -> Result<T, LedgerError> {
    let what = Flaw::OtherKind;
    T::deserialize(&entry.body).map_err(|_| Broken { seq: entry.seq, what }.into())
}

/// Returns when the ledger begins; `None` if it is empty.
///
/// # Errors
/// When the ledger cannot be read.
pub fn begins(conn: &Connection) -> Result<Option<Timestamp>, LedgerError> {
    let first = entries(conn, 1, Filter::default()).next().transpose()?;
    Ok(first.map(|entry| entry.at))
}

/// Returns the rights that the register held at a moment, after all entries of that moment.
///
/// # Errors
/// When the ledger cannot be read, or an entry does not have the content that the ledger writes.
pub fn held_on(conn: &Connection, until: Timestamp) -> Result<Vec<HeldRight>, LedgerError> {
    let stays = stays(conn, until, |_over| ())?;
    let mut rows = stays.into_iter().map(|stay| held_right(conn, stay)).collect::<Result<Vec<_>, _>>()?;
    rows.sort();
    Ok(rows)
}

/// Returns the rights at a unit that the register held at some moment between these two, in one application or in all.
///
/// # Errors
/// When the ledger cannot be read, or an entry does not have the content that the ledger writes.
pub fn had_between(
    conn: &Connection,
    first: Timestamp,
    last: Timestamp,
    (unit, application): (UnitId, Option<&ApplicationId>),
) -> Result<Vec<Had>, LedgerError> {
    let mut found = Vec::new();
    let asked = |stay: &Stay| {
        stay.right.unit == unit
            && application.is_none_or(|application| stay.right.application == *application)
            && stay.first <= last
            && stay.gone.as_ref().is_none_or(|(gone, _)| *gone > first)
    };
    // A right that ends after the last moment went on until then, so the whole ledger is read.
    let open = stays(conn, Timestamp::MAX, |over| {
        if asked(&over) {
            found.push(over);
        }
    })?;
    found.extend(open.into_iter().filter(asked));
    let mut rows = Vec::with_capacity(found.len());
    for stay in found {
        let (first, gone) = (stay.first, stay.gone);
        let held = HeldRight { since: first, ..held_right(conn, stay)? };
        rows.push(Had { held, gone: gone.map(|(at, _)| at), cause: gone.and_then(|(_, cause)| cause) });
    }
    rows.sort();
    Ok(rows)
}

/// Walks through what the register was told until a moment. It returns the rights that the register held then, and
/// calls `over` with those that were over before.
fn stays(conn: &Connection, until: Timestamp, mut over: impl FnMut(Stay)) -> Result<Vec<Stay>, LedgerError> {
    let mut open: BTreeMap<(String, Right), Stay> = BTreeMap::new();
    let mut approvals: BTreeMap<GrantOfKey, AcceptedEntry> = BTreeMap::new();
    let kinds = [EntryKind::Accepted, EntryKind::Step].into();
    // The numbers give the order. An entry counts as no earlier than those before it, even if an older version
    // wrote another time.
    let mut latest = Timestamp::MIN;
    for entry in entries(conn, 1, Filter { kinds, ..Filter::default() }) {
        let entry = entry?;
        latest = latest.max(entry.at);
        if latest > until {
            break;
        }
        if entry.kind == EntryKind::Accepted {
            // A removal is also accepted, but it names no approval.
            if entry.body.get("approved").is_some_and(Value::is_object) {
                let accepted: AcceptedEntry = entry_body(&entry)?;
                approvals.insert(accepted.grant.clone(), accepted);
            } else if entry.body.get("until").is_some_and(Value::is_string) {
                let shortened: Shortened = entry_body(&entry)?;
                if let Some(accepted) = approvals.get_mut(&shortened.grant) {
                    accepted.until = shortened.until;
                }
            }
            continue;
        }
        let told: StepEntry = entry_body(&entry)?;
        let account = told.account.unwrap_or_default();
        let mut close = |stay: Stay, cause: Option<Cause>| {
            let approval = approvals.get(&stay.grant).cloned();
            over(Stay { approval, gone: Some((entry.at, cause)), ..stay });
        };
        for Given { right, grant } in told.given {
            let key = (account.clone(), right.clone());
            let mut first = entry.at;
            match open.remove(&key) {
                Some(before) if before.grant == grant => first = before.first,
                // Another request gives the same right from here on.
                Some(before) => close(before, None),
                None => {}
            }
            let stay = Stay {
                account: account.clone(),
                right,
                grant,
                approval: None,
                first,
                since: entry.at,
                gone: None,
            };
            open.insert(key, stay);
        }
        for gone in told.revoked {
            if let Some(stay) = open.remove(&(account.clone(), gone.right)) {
                close(stay, gone.cause);
            }
        }
    }
    let with_approval = |stay: Stay| Stay { approval: approvals.get(&stay.grant).cloned(), ..stay };
    Ok(open.into_values().map(with_approval).collect())
}

/// Returns the right in words for people. Keys are people's ids if this register knows them.
fn held_right(conn: &Connection, stay: Stay) -> Result<HeldRight, LedgerError> {
    let name = |key: &str| -> Result<String, LedgerError> {
        Ok(person_of(conn, key)?.map_or_else(|| key.to_owned(), |person| person.to_string()))
    };
    let approval = stay.approval;
    Ok(HeldRight {
        trust: approval.as_ref().map(|accepted| accepted.trust.clone()),
        unit: stay.right.unit,
        person: name(&stay.grant.person)?,
        role: stay.right.role,
        application: stay.right.application,
        request: stay.grant.request,
        approved_by: approval.as_ref().map(|accepted| name(&accepted.approved.by)).transpose()?,
        approved_on: approval.as_ref().map(|accepted| accepted.approved.on),
        account: stay.account,
        since: stay.since,
        from: approval.as_ref().and_then(|accepted| accepted.from),
        until: approval.as_ref().and_then(|accepted| accepted.until),
        way: approval.as_ref().and_then(|accepted| accepted.way),
        policies: approval.map(|accepted| accepted.policies).unwrap_or_default(),
    })
}
