//! Opens the register for reading: the accepted state, the store, and the rules in force. Several commands use it.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::civil::Date;
use portvakt_core::diag::inert::plain;
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::judge::Rules;
use portvakt_core::model::PersonId;
use portvakt_core::store::ReadStore;
use portvakt_engine::memory;
use portvakt_engine::pass::{PassError, Shelf, day_at};
use portvakt_stores::tables::Reader;

use super::clone::is_in_a_clone;
use super::folder::{has_no_tree, way_there, without_files};
use super::{finding, reading};
use crate::config::{Global, StoreUrl};

/// A register with an accepted base, opened for reading.
pub(super) struct OpenedRegister {
    pub(super) reader: Rc<Reader>,
    pub(super) store: Rc<dyn ReadStore>,
    pub(super) rules: std::sync::Arc<Rules>,
    pub(super) today: Date,
}

/// Opens the register. If nothing is remembered, the finding tells where to ask. In a clone of the files it first says
/// that a clone does not know, because a user of a clone does not accept a baseline.
pub(super) fn open_register(global: &Global) -> Result<OpenedRegister, Finding> {
    opened(global).map_err(|finding| match finding.code {
        // The user is beside the folder with the files, and did not mean the register of this folder.
        Code::NoBaseline if is_elsewhere(global) => without_files(&global.root),
        Code::NoBaseline => {
            let elsewhere = text!(
                en: "In a clone of the files nothing is remembered: ask where the daemon runs.",
                nb: "I en klone av filene huskes ingenting: spør der tjenesten kjører."
            );
            let way_out = if is_in_a_clone(global) {
                let there = text!(en: "Is this that machine:", nb: "Er dette den maskinen:");
                elsewhere.and(there).and(finding.way_out)
            } else {
                finding.way_out.and(elsewhere)
            };
            Finding { way_out, ..finding }
        }
        _ => finding,
    })
}

/// Returns whether the user is in the wrong folder: neither the files nor the register are here. A register whose place
/// is named in full does not depend on the folder. Then only files nearby tell that another folder is meant.
fn is_elsewhere(global: &Global) -> bool {
    let is_sought_here = match &global.store {
        StoreUrl::File(path) => path.is_relative(),
        StoreUrl::Scim(_) => global.memory.is_relative(),
        StoreUrl::Postgres(_) | StoreUrl::WithPassword => false,
    };
    has_no_tree(global) && !is_in_a_clone(global) && (is_sought_here || way_there(&global.root).is_some())
}

fn opened(global: &Global) -> Result<OpenedRegister, Finding> {
    let (reader, store) = reading::with_store(global, reading::open_reader(global)?)?;
    let (policies, register) = memory::accepted_rules(reader.connection())
        .map_err(finding::of)?
        .ok_or_else(|| finding::located(global, finding::of(PassError::NoBaseline)))?;
    let rules =
        Shelf::default().remembered(reader.connection(), &policies, &register).map_err(finding::of)?;
    let today = day_at(&rules.register, global.clock().now()).map_err(finding::of)?;
    Ok(OpenedRegister { reader, store, rules, today })
}

/// Returns the names of former users. The register keeps them with their accounts. Other programs may have written
/// there, so invisible characters are replaced.
pub(super) fn former(store: &dyn ReadStore) -> Result<BTreeMap<PersonId, String>, Finding> {
    let listing = store.list().map_err(finding::of)?;
    Ok(listing
        .accounts
        .into_iter()
        .filter_map(|account| Some((account.person?, plain(&account.name))))
        .collect())
}
