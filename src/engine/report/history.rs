//! Reports from the ledger alone who had which rights on a past day: what the register was told and when, and the
//! approval of each right.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::decide::Broken;
use portvakt_core::model::{ApplicationId, RequestId, Right, RoleId, TrustId, UnitId};
use portvakt_database::Connection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ledger::person_key::person_of;
use crate::ledger::{Entry, Filter, Kind, LedgerError, entries};

/// A right that somebody had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Held {
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
}

/// A grant in the ledger. It names the person by key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Keyed {
    person: String,
    application: ApplicationId,
    unit: UnitId,
    request: RequestId,
}

#[derive(Deserialize)]
struct Accepted {
    grant: Keyed,
    trust: TrustId,
    approved: Approved,
}

#[derive(Deserialize)]
struct Approved {
    by: String,
    on: Date,
}

#[derive(Deserialize)]
struct Told {
    account: Option<String>,
    #[serde(default)]
    given: Vec<Given>,
    #[serde(default)]
    revoked: Vec<Revoked>,
}

#[derive(Deserialize)]
struct Given {
    right: Right,
    grant: Keyed,
}

#[derive(Deserialize)]
struct Revoked {
    right: Right,
}

fn read<T: for<'de> Deserialize<'de>>(entry: &Entry) -> Result<T, LedgerError> {
    let what = "it does not say what an entry of its kind says";
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
pub fn held_on(conn: &Connection, until: Timestamp) -> Result<Vec<Held>, LedgerError> {
    let mut held: BTreeMap<(String, Right), (Keyed, Timestamp)> = BTreeMap::new();
    let mut approvals: BTreeMap<Keyed, Accepted> = BTreeMap::new();
    let kinds = [Kind::Accepted, Kind::Step].into();
    // The numbers give the order. An entry counts as no earlier than those before it, even if an older version
    // wrote another time.
    let mut latest = Timestamp::MIN;
    for entry in entries(conn, 1, Filter { kinds, ..Filter::default() }) {
        let entry = entry?;
        latest = latest.max(entry.at);
        if latest > until {
            break;
        }
        if entry.kind == Kind::Accepted {
            // A removal is also accepted, but it names no approval.
            if entry.body.get("approved").is_some_and(Value::is_object) {
                let accepted: Accepted = read(&entry)?;
                approvals.insert(accepted.grant.clone(), accepted);
            }
            continue;
        }
        let told: Told = read(&entry)?;
        let account = told.account.unwrap_or_default();
        for given in told.given {
            held.insert((account.clone(), given.right), (given.grant, entry.at));
        }
        for gone in told.revoked {
            held.remove(&(account.clone(), gone.right));
        }
    }
    let name = |key: &str| -> Result<String, LedgerError> {
        Ok(person_of(conn, key)?.map_or_else(|| key.to_owned(), |person| person.to_string()))
    };
    let mut rows = Vec::new();
    for ((account, right), (grant, since)) in held {
        let approval = approvals.get(&grant);
        rows.push(Held {
            trust: approval.map(|accepted| accepted.trust.clone()),
            unit: right.unit,
            person: name(&grant.person)?,
            role: right.role,
            application: right.application,
            request: grant.request,
            approved_by: approval.map(|accepted| name(&accepted.approved.by)).transpose()?,
            approved_on: approval.map(|accepted| accepted.approved.on),
            account,
            since,
        });
    }
    rows.sort();
    Ok(rows)
}
