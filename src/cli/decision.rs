//! Opens the register for a decision of national administrators on this host: a release, or a date that is confirmed. Who
//! may decide is known here from what was accepted, and the people are found whom the command line names.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use portvakt_core::decide::Today;
use portvakt_core::diag::Finding;
use portvakt_core::judge::{Authority, Rules};
use portvakt_core::model::PersonId;
use portvakt_engine::memory;
use portvakt_engine::pass::{Office, Shelf, day_at};
use portvakt_engine::reconcile::engine::{EngineError, open_register};
use portvakt_stores::tables::{Create, Tables};

use super::{places, reading, who, whose};
use crate::config::Global;

/// The register, opened for a decision, with those who may make it.
pub(super) struct Opened {
    pub(super) register: Tables,
    pub(super) rules: Arc<Rules>,
    pub(super) authority: Authority,
    /// Today's date by the clock of this machine.
    pub(super) today: Date,
    /// The last trusted day, and whether the clock can be trusted now.
    pub(super) clock: Today,
}

/// Opens the register for a decision.
pub(super) fn open_for_release(global: &Global) -> Result<Opened, Finding> {
    drop(reading::open_reader(global)?);
    whose::may_write(global)?;
    let failed = |error: EngineError| error.finding();
    let register = open_register(places::site(global)?, Create::MustExist).map_err(failed)?;
    let conn = register.connection();
    let mut shelf = Shelf::default();
    let now = global.clock().now();
    let office = Office::of(conn, &mut shelf, now).map_err(|error| failed(error.into()))?;
    let authority = office.authority(conn, &mut shelf).map_err(|error| failed(error.into()))?;
    let Office { rules, clock, .. } = office;
    let today = day_at(&rules.register, now).map_err(|error| failed(error.into()))?;
    Ok(Opened { register, rules, authority, today, clock })
}

/// Returns the people who are named on the command line. Unreadable rows of one person do not keep another person from
/// being named.
pub(super) fn releasing_people(
    opened: &Opened,
    global: &Global,
    typed: &[String],
) -> Result<Vec<PersonId>, Finding> {
    let register = &opened.rules.register;
    let exact: Option<Vec<PersonId>> = typed.iter().map(|typed| who::appointed(register, typed)).collect();
    if let Some(exact) = exact {
        return Ok(exact);
    }
    let base = memory::base_as_it_stands(opened.register.connection(), register, None)
        .map_err(|error| EngineError::from(error).finding())?;
    who::People::of_base(&base, register, &BTreeMap::new()).each(global, typed)
}
