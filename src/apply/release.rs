//! Releases and confirmations given on the host: signed, or named on the command line and recorded as declared.

use std::collections::BTreeSet;

use serde_json::json;

use crate::ledger::person_key::Keys;
use crate::ledger::{self, Kind};
use crate::memory::{self, Release, Trusted};
use crate::model::PersonId;
use crate::plan::{HeldSet, Why};
use crate::store::tables::Tables;

use super::ApplyError;

/// Records a release. Who may give it has been asked of the policies before.
///
/// # Errors
/// When it cannot be written.
pub fn release(register: &mut Tables, release: &Release, what: &str) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    memory::record_release(&tx, release)?;
    let keys = Keys::new(&tx);
    let by = release.by.iter().map(|person| keys.key(person)).collect::<Result<Vec<_>, _>>()?;
    let evidence =
        if release.keys.is_empty() { json!("declared") } else { json!({ "signature": release.keys }) };
    let body = json!({ "digest": release.digest, "what": what, "by": by, "evidence": evidence });
    ledger::append(&tx, release.at, Kind::Released, &keys.bound(body))?;
    Ok(tx.commit()?)
}

/// The same of what a guard holds, with what exactly it names: additions go by that, whoever joins the queue later.
///
/// # Errors
/// When it cannot be written.
pub fn release_set(register: &mut Tables, given: &Release, set: &HeldSet) -> Result<(), ApplyError> {
    if set.why == Why::Additions {
        let items = set.items.iter().map(ToString::to_string).collect();
        memory::release_items(register.connection(), &given.digest, items)?;
    }
    release(register, given, set.why.ledger_word())
}

/// Records that the date is right: accesses begin and end by it again. An earlier date than the one that was trusted
/// takes two.
///
/// # Errors
/// When it cannot be written.
pub fn confirm_date(
    register: &mut Tables,
    trusted: &Trusted,
    by: &BTreeSet<PersonId>,
) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    let before = memory::clock_mark(&tx)?;
    memory::set_trusted(&tx, trusted)?;
    let keys = Keys::new(&tx);
    let by = by.iter().map(|person| keys.key(person)).collect::<Result<Vec<_>, _>>()?;
    let body = json!({ "by": by, "before": before, "day": trusted.day, "evidence": "declared" });
    ledger::append(&tx, trusted.instant, Kind::ClockConfirmed, &keys.bound(body))?;
    Ok(tx.commit()?)
}
