//! Finds the closed accounts of those who come back, as the ledger has them. The list of an external store may leave out
//! accounts that are closed, and such an account may still have the person's login.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::model::{AccountId, PersonId};
use portvakt_core::plan::{Step, StepSubject};
use portvakt_database::Connection;
use serde_json::Value;

use super::ApplyError;
use crate::ledger::EntryKind;
use crate::ledger::person_key::known_key;
use crate::memory;

/// The entries of steps that closed an account, or found it closed.
const CLOSINGS: &str = "SELECT body FROM ledger WHERE kind = ?1
     AND (body LIKE '%\"closed\":true%' OR body LIKE '%\"left\":true%') ORDER BY seq";

/// Returns the closed accounts of the people who get a new account by these steps. The ledger is read only if one of them
/// had access before.
pub(super) fn closed_accounts(
    conn: &Connection,
    steps: &[Step],
) -> Result<BTreeMap<PersonId, Vec<AccountId>>, ApplyError> {
    let mut people: BTreeMap<String, &PersonId> = BTreeMap::new();
    for step in steps {
        if let StepSubject::New(new) = &step.subject
            && memory::had_access(conn, &new.person)?
            && let Some(key) = known_key(conn, &new.person)?
        {
            people.insert(key, &new.person);
        }
    }
    let mut accounts: BTreeMap<PersonId, Vec<AccountId>> = BTreeMap::new();
    if people.is_empty() {
        return Ok(accounts);
    }
    let mut statement = conn.prepare_cached(CLOSINGS)?;
    let bodies: Vec<String> = statement.query_all([EntryKind::Step.as_str()], |row| row.get(0))?;
    let mut seen = BTreeSet::new();
    for body in bodies {
        let Ok(body) = serde_json::from_str::<Value>(&body) else { continue };
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        if let (Some(key), Some(account)) = (text("person"), text("account"))
            && let Some(person) = people.get(key)
            && seen.insert(account.to_owned())
        {
            accounts.entry((*person).clone()).or_default().push(AccountId::new(account));
        }
    }
    Ok(accounts)
}
