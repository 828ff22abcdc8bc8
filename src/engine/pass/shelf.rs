//! Rules that have been loaded, by digest: loading takes milliseconds and a pass should not.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::memory;
use crate::memory::{Bound, MemoryError, RenamedIds};
use portvakt_core::diag::Finding;
use portvakt_core::judge::Rules;
use portvakt_core::model::Digest;
use portvakt_database::Connection;
use portvakt_sources::Snapshot;

use super::id_changes::knowing;
use super::protected::{rules_of, rules_with};

/// More sets than this are not kept; refusals rarely hang on more than one or two old ones.
const MOST: usize = 16;

/// Digests of policies and settings.
type Key = (Digest, Digest);

/// What a tree would have in force, or what is wrong with it.
type OfTree = Result<Arc<Rules>, Vec<Finding>>;

/// Loaded rules. Cheap to clone: the rules are shared.
#[derive(Debug, Default, Clone)]
pub struct Shelf {
    kept: BTreeMap<Key, Arc<Rules>>,
    /// By the digests of a tree, which counts other files below `policies` as well.
    trees: BTreeMap<Key, OfTree>,
    /// Ids that people had before, with the ids they have now.
    renamed: RenamedIds,
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
        if let Some(rules) = self.kept.get(&(*policies, *settings)) {
            return Ok(Arc::clone(rules));
        }
        let rules = Arc::new(memory::rules_by_digests(conn, policies, settings)?);
        Ok(self.keep(rules))
    }

    /// Has the rules name everybody by the id they have now, as far as the ledger tells of it.
    fn look_at_ids(&mut self, conn: &Connection) -> Result<(), MemoryError> {
        let renamed = memory::renamed(conn)?;
        let proven = match renamed.is_empty() {
            true => renamed,
            false => self.ledger(conn)?.proven(renamed),
        };
        self.know(proven);
        Ok(())
    }

    /// The same, by what somebody else has found out.
    pub fn know(&mut self, renamed: RenamedIds) {
        if self.renamed != renamed {
            self.kept.clear();
            self.trees.clear();
            self.renamed = renamed;
        }
    }

    /// The rules a snapshot would have in force.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of_tree(&mut self, snapshot: &Snapshot) -> OfTree {
        let key = (snapshot.policies_digest(), snapshot.settings().digest());
        if let Some(rules) = self.trees.get(&key) {
            return rules.clone();
        }
        // Policies change more seldom than what stands beside them, and take longest to load.
        let alike = self.trees.iter().filter(|((policies, _), _)| *policies == key.0);
        let rules = match alike.filter_map(|(_, rules)| rules.as_ref().ok()).next() {
            Some(known) => {
                rules_with(Ok(Arc::clone(&known.policies)), snapshot).map(|rules| rules.remembering(known))
            }
            None => rules_of(snapshot),
        };
        let rules = rules.map(|rules| self.keep(Arc::new(rules)));
        if self.trees.len() >= MOST {
            self.trees.clear();
        }
        self.trees.insert(key, rules.clone());
        rules
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

    fn keep(&mut self, rules: Arc<Rules>) -> Arc<Rules> {
        if self.kept.len() >= MOST {
            self.kept.clear();
        }
        let key = (rules.policies_digest, rules.settings_digest);
        let rules = knowing(&rules, &self.renamed);
        Arc::clone(self.kept.entry(key).or_insert(rules))
    }
}
