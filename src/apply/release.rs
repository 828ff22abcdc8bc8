//! Releases and confirmations given on the host: signed, or named on the command line and recorded as declared.

use jiff::Timestamp;
use serde_json::json;

use crate::ledger::person_key::Keys;
use crate::ledger::{self, Kind};
use crate::memory::{self, Release};
use crate::model::PersonId;
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

/// Records that the date is right: end dates act by themselves again.
///
/// # Errors
/// When it cannot be written.
pub fn confirm_date(register: &mut Tables, now: Timestamp, by: &PersonId) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    let before = memory::clock_mark(&tx)?;
    memory::set_clock_mark(&tx, now)?;
    let keys = Keys::new(&tx);
    let body = json!({ "by": keys.key(by)?, "before": before, "evidence": "declared" });
    ledger::append(&tx, now, Kind::ClockConfirmed, &keys.bound(body))?;
    Ok(tx.commit()?)
}
