//! Opens the register for reading. Nothing that is opened here can write.

use std::rc::Rc;

use portvakt_core::diag::{Finding, text};
use portvakt_core::model::Evidence;
use portvakt_core::store::ReadStore;
use portvakt_database::Site;
use portvakt_engine::memory;
use portvakt_engine::pass::PassError;
use portvakt_engine::reconcile::engine::belongs;
use portvakt_stores::tables::Reader;

use super::places::{register_elsewhere, site};
use super::{finding, output, tree};
use crate::config::Global;

/// Returns the kind of evidence that the accepted register asks for. It is `None` before the first baseline.
pub(super) fn accepted_evidence(reader: &Reader) -> Result<Option<Evidence>, Finding> {
    let register = memory::accepted_register(reader.connection()).map_err(finding::of)?;
    Ok(register.map(|register| register.evidence))
}

/// If approvals are only declared, says so on standard error.
pub(super) fn note_declared(global: &Global, evidence: &Evidence) {
    if *evidence == Evidence::Declared {
        output::tell(
            global,
            &text!(
                en: "NOTE: this register takes approvals as they are written; nothing shows that anybody approved (`evidence: declared`).",
                nb: "MERK: dette registeret tar godkjenninger slik de er skrevet; ingenting viser at noen har godkjent (`evidence: declared`)."
            ),
        );
    }
}

/// Opens the register for reading. If approvals are only declared, it prints a note about that.
pub(super) fn open_reader(global: &Global) -> Result<Reader, Finding> {
    let reader = open_quietly(global)?;
    if let Some(evidence) = accepted_evidence(&reader)? {
        note_declared(global, &evidence);
    }
    Ok(reader)
}

/// Opens the register for reading without the note. Commands that print findings use it, because their findings include
/// this fact.
pub(super) fn open_quietly(global: &Global) -> Result<Reader, Finding> {
    let none = || finding::located(global, finding::of(PassError::NoBaseline));
    let site = site(global)?;
    if matches!(&site, Site::File(path) if !path.exists()) {
        tree::there_is_a_root(global)?;
        return Err(none());
    }
    let reader = Reader::open(site).map_err(finding::of)?;
    if !memory::is_prepared(reader.connection()).map_err(finding::of)? {
        return Err(none());
    }
    belongs(reader.connection(), global.store.place().as_deref()).map_err(finding::of)?;
    Ok(reader)
}

/// Opens the store for reading. It is the register's own tables or the client for a register elsewhere. Neither can
/// write.
pub(super) fn with_store(
    global: &Global,
    reader: Reader,
) -> Result<(Rc<Reader>, Rc<dyn ReadStore>), Finding> {
    let reader = Rc::new(reader);
    match register_elsewhere(global)? {
        None => Ok((Rc::clone(&reader), reader)),
        Some(remote) => Ok((reader, Rc::from(remote.read().map_err(finding::of)?))),
    }
}
