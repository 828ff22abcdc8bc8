//! This module records that the promises of a set of policies were proved on this host. Such a proof puts nothing in force:
//! it is what `proofs: required` waits for besides the approval of the change.

use jiff::Timestamp;
use portvakt_core::proof::SetProof;
use portvakt_stores::tables::Tables;
use serde_json::json;

use super::ApplyError;
use crate::ledger::EntryKind;
use crate::{ledger, memory};

/// Records a proof. The caller has had every question answered on this host, and each of them as it should be.
///
/// # Errors
/// When the proof cannot be written.
pub fn remember_proof(register: &mut Tables, proof: &SetProof, at: Timestamp) -> Result<(), ApplyError> {
    let tx = register.connection_mut().begin()?;
    memory::set_last_proved(&tx, &proof.set)?;
    ledger::append(&tx, at, EntryKind::Proved, &json!(proof))?;
    Ok(tx.commit()?)
}
