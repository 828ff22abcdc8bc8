//! Fills a register with fictional history. `register seed` and the demo do so, and both say what they have made up.

use portvakt_core::diag::{Finding, Noun};
use portvakt_engine::apply::ApplyError;
use portvakt_engine::reconcile::engine::{EngineError, open_register};
use portvakt_stores::tables::{Create, Seeded, seed};

use super::{places, standing, whose};
use crate::config::Global;

/// The nouns for the work that is made up.
pub(super) const COURSES: Noun = Noun::new(["course", "courses"], ["forløp", "forløp"]);
pub(super) const SUBSCRIPTIONS: Noun =
    Noun::new(["report subscription", "report subscriptions"], ["rapportabonnement", "rapportabonnementer"]);

/// Fills the register with fictional history.
pub(super) fn fill_register(global: &Global, number: u64) -> Result<Seeded, Finding> {
    let standing = standing::open_register(global)?;
    whose::may_write(global)?;
    let failed = |error: ApplyError| EngineError::from(error).finding();
    let mut register =
        open_register(places::site(global)?, Create::MustExist).map_err(|error| error.finding())?;
    let tx = register.connection_mut().begin().map_err(|error| failed(error.into()))?;
    let seeded = seed(&tx, number, standing.today).map_err(|error| failed(error.into()))?;
    tx.commit().map_err(|error| failed(error.into()))?;
    Ok(seeded)
}
