//! The register as it stands: what was accepted, the store, and the rules in force. Several commands read it.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::civil::Date;
use portvakt_core::diag::Finding;
use portvakt_core::judge::Rules;
use portvakt_core::model::PersonId;
use portvakt_core::store::ReadStore;
use portvakt_engine::memory;
use portvakt_engine::pass::{PassError, Shelf, day};
use portvakt_stores::tables::Reader;

use super::{finding, reading};
use crate::config::Global;

/// A register with an accepted base, opened for reading.
pub(super) struct Standing {
    pub(super) reader: Rc<Reader>,
    pub(super) store: Rc<dyn ReadStore>,
    pub(super) rules: std::sync::Arc<Rules>,
    pub(super) today: Date,
}

pub(super) fn open(global: &Global) -> Result<Standing, Finding> {
    let (reader, store) = reading::with_store(global, reading::open(global)?)?;
    let (policies, register) = memory::accepted_rules(reader.connection())
        .map_err(finding::of)?
        .ok_or_else(|| finding::located(global, finding::of(PassError::NoBaseline)))?;
    let rules =
        Shelf::default().remembered(reader.connection(), &policies, &register).map_err(finding::of)?;
    let today = day(&rules.register, global.clock().now()).map_err(finding::of)?;
    Ok(Standing { reader, store, rules, today })
}

/// The names of former users. The register keeps them with their accounts.
pub(super) fn former(store: &dyn ReadStore) -> Result<BTreeMap<PersonId, String>, Finding> {
    let listing = store.list().map_err(finding::of)?;
    Ok(listing.accounts.into_iter().filter_map(|account| Some((account.person?, account.name))).collect())
}
