//! What is at hand between passes: rules that have been loaded, and the ledger as far as it has been followed.

use std::sync::Arc;

use portvakt_core::decide::{LoadedRules, OfTree};
use portvakt_core::judge::Rules;
use portvakt_core::model::Digest;
use portvakt_core::tree::Snapshot;
use portvakt_database::Connection;

use crate::memory;
use crate::memory::{Bound, MemoryError};

/// Loaded rules and the ledger. Cheap to clone: the rules are shared.
#[derive(Debug, Default, Clone)]
pub struct Shelf {
    loaded: LoadedRules,
    /// What the ledger says of what is remembered, as far as it has been followed.
    ledger: Bound,
}

impl Shelf {
    /// The rules kept in memory under these digests of policies and register.
    ///
    /// # Errors
    /// When they are not kept or cannot be read any more.
    pub fn remembered(
        &mut self,
        conn: &Connection,
        policies: &Digest,
        settings: &Digest,
    ) -> Result<Arc<Rules>, MemoryError> {
        self.look_at_ids(conn)?;
        if let Some(rules) = self.loaded.get(policies, settings) {
            return Ok(rules);
        }
        let rules = Arc::new(memory::rules_by_digests(conn, policies, settings)?);
        Ok(self.loaded.keep(rules))
    }

    /// Has the rules name everybody by the id they have now, as far as the ledger tells of it.
    fn look_at_ids(&mut self, conn: &Connection) -> Result<(), MemoryError> {
        let renamed = memory::renamed(conn)?;
        let proven = match renamed.is_empty() {
            true => renamed,
            false => self.ledger(conn)?.proven(renamed),
        };
        self.loaded.know(proven);
        Ok(())
    }

    /// The rules a snapshot would have in force.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of_tree(&mut self, snapshot: &Snapshot) -> OfTree {
        self.loaded.of_tree(snapshot)
    }

    /// The loaded rules, for who checks changes with them.
    pub fn loaded(&mut self) -> &mut LoadedRules {
        &mut self.loaded
    }

    /// Follows the ledger to its end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn ledger(&mut self, conn: &Connection) -> Result<&Bound, MemoryError> {
        self.ledger.follow(conn)?;
        Ok(&self.ledger)
    }

    /// Has the ledger followed from its beginning again, where somebody else has written to its file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn doubt(&mut self, conn: &Connection) -> Result<(), MemoryError> {
        self.ledger.doubt(conn)
    }

    /// What the ledger was last seen to say of what is remembered.
    #[must_use]
    pub fn followed(&self) -> &Bound {
        &self.ledger
    }
}
