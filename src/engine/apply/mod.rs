//! This module carries out what a pass decided. It writes intent, effect and outcome to the ledger and to the register.
//!
//! This module makes no decisions. Decisions are recorded first, with the plan that follows from them. That is the
//! durable intent. Then the steps are done in their order, removals first, and each outcome is recorded. A step that
//! fails is recorded as failed and does not stop the others. If a crash leaves something undone, the next pass finds it:
//! it compares the store with the decisions.
//!
//! How a step and its record belong together depends on where the accounts are. In the program's own tables they are one
//! transaction: see `own_tables`. An external store shares no transaction with the record: see `elsewhere`.
//!
//! The files in reading order:
//!
//! ```text
//!  record       the decisions and the plan as they are recorded before the first step, and the end of the plan
//!  own_tables   steps in the program's own tables
//!  parts        what those tables do not let go as a whole
//!  recorded     steps in those tables together with their record
//!  elsewhere    steps in an external store
//!  earlier      the closed accounts of those who come back, as the ledger has them
//!  outcome      the outcome of a step, in memory and ledger
//!  settle       the changes of the memory after steps have been done
//!  interrupted  requests to an external store whose result is unknown
//!  reports      the end of reports in Rapporteket, after the register's step
//!  bodies       the content of ledger entries
//!  bind         the ledger entries that bind the register as a whole
//!  id_changes   changed ids of people
//!  trusts       changed ids of trusts, and units that move to another trust
//!  acceptable   a tree that can be accepted as the first base
//!  baseline     the first base, which two national administrators accept
//!  again        access that is in force again after a wrong day was taken back
//!  release      releases and confirmations that people give on the host
//!  proof        a proof of the promises of a set of policies
//!  adopt        the memory of an older version, which is taken into the ledger
//! ```

mod acceptable;
mod adopt;
mod again;
mod baseline;
mod bind;
mod bodies;
mod earlier;
mod elsewhere;
mod id_changes;
mod interrupted;
mod outcome;
mod own_tables;
mod parts;
mod proof;
mod record;
mod recorded;
mod release;
mod reports;
mod settle;
mod trusts;

use elsewhere::ExternalStore;
use own_tables::OwnTables;
use portvakt_core::decide::Decided;
use portvakt_core::diag::{Text, text};
use portvakt_core::plan::Step;
use portvakt_core::store::{StoreError, WriteStore};
use portvakt_stores::tables::Tables;

use crate::ledger::LedgerError;
use crate::memory::MemoryError;

pub use acceptable::Acceptable;
pub use adopt::{adopt_asked, adopt_memory, adopt_slots};
pub use baseline::{accept as accept_baseline, baseline_moment};
pub use interrupted::settle_intents;
pub use proof::remember_proof;
pub use release::{confirm_date, release, release_set};
pub use reports::{Reported, Unreported, carry_out_reports};

/// The reason why the decisions could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The register's database reported an error.
    Store(#[from] StoreError),
    /// The memory could not be read or written.
    Memory(#[from] MemoryError),
    /// The ledger could not be read or written.
    Ledger(#[from] LedgerError),
    /// Somebody accepted another commit while the pass was being made.
    Overtaken,
}

impl ApplyError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Store(error) => error.words(),
            Self::Memory(error) => error.words(),
            Self::Ledger(error) => error.words(),
            Self::Overtaken => text!(
                en: "another commit was accepted while this pass was being made",
                nb: "en annen innsending ble godtatt mens denne gjennomgangen pågikk"
            ),
        }
    }
}

impl std::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

impl From<portvakt_database::Error> for ApplyError {
    fn from(error: portvakt_database::Error) -> Self {
        Self::Store(StoreError::from(error))
    }
}

/// The result of carrying out a plan.
#[derive(Debug, Default)]
pub struct Carried {
    /// The number of steps that were done.
    pub done: usize,
    /// The steps that failed, each with its reason.
    pub failed: Vec<(Step, StoreError)>,
    /// The result of the reports in Rapporteket.
    pub reports: Reported,
}

/// How steps are carried out, which depends on where the accounts are.
trait Port {
    /// Returns the number of steps, counted from the first, that are carried out together. Removals of rights are
    /// never mixed with anything that gives.
    fn together(&self, steps: &[Step]) -> usize;

    /// Does these steps and records the outcome of each. `told` is called whenever outcomes have been recorded.
    ///
    /// # Errors
    /// When an outcome cannot be recorded. A step that fails is not an error here.
    fn perform(
        &mut self,
        register: &mut Tables,
        decided: &Decided,
        steps: &[Step],
        carried: &mut Carried,
        told: &mut dyn FnMut(&Carried),
    ) -> Result<(), ApplyError>;
}

/// Records the decisions in `register` and does the steps. `store` is the external store that has the accounts; without
/// one, `register` has them itself. `told` gets the number of steps that have an outcome, and the number of all steps.
///
/// # Errors
/// When the decisions or an outcome cannot be recorded. Then no further step is begun, and the next pass finds what is
/// left. A step that fails is not an error here.
pub fn carry_out(
    register: &mut Tables,
    store: Option<&mut dyn WriteStore>,
    decided: &Decided,
    told: impl FnMut(usize, usize),
) -> Result<Carried, ApplyError> {
    match store {
        None => carry_out_by(&mut OwnTables, register, decided, told),
        Some(store) => carry_out_by(&mut ExternalStore { store }, register, decided, told),
    }
}

fn carry_out_by(
    port: &mut impl Port,
    register: &mut Tables,
    decided: &Decided,
    mut told: impl FnMut(usize, usize),
) -> Result<Carried, ApplyError> {
    let mut carried = Carried::default();
    record::begin(register, decided)?;
    if decided.plan.steps.is_empty() {
        return Ok(carried);
    }
    let all = decided.plan.steps.len();
    let mut rest = decided.plan.steps.as_slice();
    while !rest.is_empty() {
        let (steps, later) = rest.split_at_checked(port.together(rest).max(1)).unwrap_or((rest, &[]));
        port.perform(register, decided, steps, &mut carried, &mut |carried| {
            told(carried.done + carried.failed.len(), all);
        })?;
        rest = later;
    }
    record::finish(register, decided, &carried)?;
    Ok(carried)
}
