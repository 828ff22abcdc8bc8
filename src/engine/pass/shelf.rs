//! What is kept between passes: the loaded rules, and the ledger as far as it has been read.

use std::collections::BTreeSet;
use std::sync::Arc;

use portvakt_core::decide::{ListStatements, LoadedRules, OfTree, PutBack, PutBackInLists, Rest, Reviews};
use portvakt_core::judge::Rules;
use portvakt_core::model::{Digest, Evidence};
use portvakt_core::tree::Snapshot;
use portvakt_database::Connection;

use crate::memory;
use crate::memory::{AskedSlots, Bound, MemoryError};

/// The loaded rules and the ledger. A clone is cheap, because the rules are shared.
#[derive(Debug, Default, Clone)]
pub struct Shelf {
    loaded: LoadedRules,
    /// The statements of the lists that the last pass has seen.
    lists: ListStatements,
    /// What the branch has had in its lists, up to the commit of the last pass.
    put_back: PutBackInLists,
    /// What the ledger says about memory, as far as the ledger has been read.
    ledger: Bound,
}

impl Shelf {
    /// Returns the rules that memory keeps under these digests of policies and register.
    ///
    /// # Errors
    /// When they are not kept or can no longer be read.
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

    /// Makes the rules name each person by the current id, as far as the ledger proves the change of id.
    fn look_at_ids(&mut self, conn: &Connection) -> Result<(), MemoryError> {
        let renamed = memory::renamed(conn)?;
        let proven = match renamed.is_empty() {
            true => renamed,
            false => self.ledger(conn)?.proven(renamed),
        };
        self.loaded.know(proven);
        Ok(())
    }

    /// Returns the statements that were put back in the lists of the followed branch. Nobody has to approve them anew where
    /// something else than the forge is the evidence.
    pub fn put_back(&mut self, tree: &Snapshot, reviews: &dyn Reviews, rules: &Rules) -> PutBack {
        let Evidence::Forge(_) = rules.register.evidence else { return PutBack::new() };
        self.put_back.of(tree, reviews, rules)
    }

    /// Returns the rules that a snapshot would put in force.
    ///
    /// # Errors
    /// The findings that make the rules invalid.
    pub fn of_tree(&mut self, snapshot: &Snapshot) -> OfTree {
        self.loaded.of_tree(snapshot)
    }

    /// Returns the statements of all lists of a tree, about which the memory is asked.
    pub fn list_statements(&mut self, tree: &Snapshot, rules: &Rules) -> BTreeSet<Digest> {
        self.lists.of(tree, rules)
    }

    /// Returns the loaded rules, for a caller that checks changes with them.
    pub fn loaded(&mut self) -> &mut LoadedRules {
        &mut self.loaded
    }

    /// Reads the ledger on to its end.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn ledger(&mut self, conn: &Connection) -> Result<&Bound, MemoryError> {
        self.ledger.follow(conn)?;
        Ok(&self.ledger)
    }

    /// Makes the next reading of the ledger start at its beginning, if another program has written to its file.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn doubt(&mut self, conn: &Connection) -> Result<(), MemoryError> {
        self.ledger.doubt(conn)
    }

    /// Keeps which parts differed when these slots of memory were compared. A pass that compares other slots gives no
    /// access either, until every slot was compared and the difference is gone.
    pub fn keep_differing(&mut self, differ: &BTreeSet<Rest>, slots: &AskedSlots) {
        self.ledger.keep_differing(differ, slots);
    }

    /// Returns those of these statements of lists that an earlier pass has found among what has served.
    #[must_use]
    pub fn known_to_have_served(&self, statements: &BTreeSet<Digest>) -> BTreeSet<Digest> {
        self.ledger.known_to_have_served(statements)
    }

    /// Keeps these statements of lists that have served. The memory that said so matches the ledger.
    pub fn keep_served(&mut self, served: BTreeSet<Digest>) {
        self.ledger.keep_served(served);
    }

    /// Returns what the ledger said about memory when it was last read.
    #[must_use]
    pub fn followed(&self) -> &Bound {
        &self.ledger
    }
}
