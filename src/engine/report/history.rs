//! Who had what on a past day, from the ledger alone: what the register was told and when, with the approval each
//! right rested on.

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

/// A right somebody had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Held {
    /// Folder of the trust; `None` for a right the ledger has no approval of.
    pub trust: Option<TrustId>,
    /// RESH id of the unit.
    pub unit: UnitId,
    /// Person id, or the ledger's key where it stands for nobody any more.
    pub person: String,
    /// The role of the right.
    pub role: RoleId,
    /// The application that the right is in.
    pub application: ApplicationId,
    /// The request it was given on.
    pub request: RequestId,
    /// Who approved.
    pub approved_by: Option<String>,
    /// When it was approved.
    pub approved_on: Option<Date>,
    /// The account.
    pub account: String,
    /// When the register was told.
    pub since: Timestamp,
}

/// What the ledger says of a grant: people by their keys.
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

/// When the record begins; `None` for an empty ledger.
///
/// # Errors
/// When the ledger cannot be read.
pub fn begins(conn: &Connection) -> Result<Option<Timestamp>, LedgerError> {
    let first = entries(conn, 1, Filter::default()).next().transpose()?;
    Ok(first.map(|entry| entry.at))
}

/// The rights the register held at the end of a moment.
///
/// # Errors
/// When the ledger cannot be read or an entry is not what the ledger writes.
pub fn held_on(conn: &Connection, until: Timestamp) -> Result<Vec<Held>, LedgerError> {
    let mut held: BTreeMap<(String, Right), (Keyed, Timestamp)> = BTreeMap::new();
    let mut approvals: BTreeMap<Keyed, Accepted> = BTreeMap::new();
    let kinds = [Kind::Accepted, Kind::Step].into();
    // The order is that of the numbers: an entry is no earlier than those before it, whatever an older version wrote.
    let mut latest = Timestamp::MIN;
    for entry in entries(conn, 1, Filter { kinds, ..Filter::default() }) {
        let entry = entry?;
        latest = latest.max(entry.at);
        if latest > until {
            break;
        }
        if entry.kind == Kind::Accepted {
            // A removal is accepted too; it names no approval.
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
