//! Whose copy of the tree the register follows. Several machines may write to one register, each from a copy of its
//! own. An engine with a name remembers what it wrote under that name, and takes the name of another machine away before
//! it accepts anything, so that no machine takes an older copy for the newest.

use std::path::Path;

use portvakt_core::decide::{Copy, Decided};
use portvakt_core::planted::PlantedFault;
use portvakt_database as database;

use super::{Engine, EngineError};
use crate::ledger::{self, LedgerHead};
use crate::memory::{self, MemoryError};

impl Engine {
    /// Returns the same engine on a directory, for a register that other machines write to from their own copies of
    /// the tree. If another machine wrote last, a missing file counts only after this tree has been the accepted
    /// tree.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub fn among_others(mut self, name: &str) -> Result<Self, EngineError> {
        let last = memory::writer(self.register.connection())?;
        self.copy = if last.is_none_or(|last| last == name) { Copy::Own } else { Copy::Unproven };
        Ok(self.named(name))
    }

    /// Returns the name of a copy of the tree: the machine and the folder, however the folder is written.
    #[must_use]
    pub fn copy_name(root: &Path) -> String {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        format!("{}:{}", database::host(), root.display())
    }

    /// Returns the same engine under the name of its copy of the tree. What it writes is remembered under this name, so
    /// that other machines do not take their own copy for the newest.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Takes the name of another machine away before something of this copy is accepted. A pass that is killed in the middle
    /// has accepted it already.
    pub(super) fn leave_other_copies(&self, decided: &Decided) -> Result<(), EngineError> {
        let Some(name) = &self.name else { return Ok(()) };
        let conn = self.register.connection();
        if PlantedFault::KilledCopyTrusted.is_planted() {
            return Ok(());
        }
        if !decided.is_quiet() && memory::writer(conn)?.is_some_and(|writer| writer != *name) {
            memory::set_writer(conn, memory::NO_COPY)?;
        }
        Ok(())
    }

    /// Remembers whose copy of the tree was written from. What was accepted from a copy with holds is not the whole copy, so
    /// after it the register follows nobody's.
    pub(super) fn sign_copy(
        &self,
        is_accepted: bool,
        written_before: Option<LedgerHead>,
    ) -> Result<(), EngineError> {
        let Some(name) = &self.name else { return Ok(()) };
        let conn = self.register.connection();
        if is_accepted {
            memory::set_writer(conn, name)?;
        } else if ledger::head(conn).map_err(MemoryError::from)? != written_before
            && memory::writer(conn)?.as_ref() != Some(name)
        {
            memory::set_writer(conn, memory::NO_COPY)?;
        }
        Ok(())
    }
}
