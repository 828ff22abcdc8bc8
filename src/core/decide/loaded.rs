//! Keeps loaded rules by digest. Loading takes milliseconds, and a decision should be faster than that.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Finding;
use crate::judge::Rules;
use crate::model::{Digest, Register};
use crate::tree::Snapshot;

use super::id_changes::knowing;
use super::known::RenamedIds;
use super::proposed::{rules_beside, rules_of};

/// The largest number of rules that are kept. Refusals rarely depend on more than one or two old ones.
const MOST: usize = 16;

/// The digests of policies and settings.
type RulesKey = (Digest, Digest);

/// The rules that a tree would have in force, or the findings about them.
pub type OfTree = Result<Arc<Rules>, Vec<Finding>>;

/// The loaded rules. Cloning is cheap, because the rules are shared.
#[derive(Debug, Default, Clone)]
pub struct LoadedRules {
    kept: BTreeMap<RulesKey, Arc<Rules>>,
    /// The results by the digests of a tree. These digests also cover other files below `policies`.
    trees: BTreeMap<RulesKey, OfTree>,
    /// Earlier ids of people, with their current ids.
    renamed: RenamedIds,
}

impl LoadedRules {
    /// Returns the rules that were loaded under these digests of policies and settings.
    #[must_use]
    pub fn get(&self, policies: &Digest, settings: &Digest) -> Option<Arc<Rules>> {
        self.kept.get(&(*policies, *settings)).map(Arc::clone)
    }

    /// Makes the rules name each person by the current id. Kept rules are dropped if the ids have changed.
    pub fn know(&mut self, renamed: RenamedIds) {
        if self.renamed != renamed {
            self.kept.clear();
            self.trees.clear();
            self.renamed = renamed;
        }
    }

    /// Returns the rules that a snapshot would have in force.
    ///
    /// # Errors
    /// Returns the findings if the rules are not valid.
    pub fn of_tree(&mut self, snapshot: &Snapshot) -> OfTree {
        let key = (snapshot.policies_digest(), snapshot.settings().digest());
        if let Some(rules) = self.trees.get(&key) {
            return rules.clone();
        }
        self.record(key, rules_of(snapshot))
    }

    /// Returns the rules that a snapshot would have in force, and the result of `work` with their register. It is done while
    /// the policies are loaded.
    ///
    /// # Errors
    /// Returns the findings if the rules are not valid.
    pub fn of_tree_beside<R>(
        &mut self,
        snapshot: &Snapshot,
        work: impl FnOnce(&Register) -> R,
    ) -> Result<(Arc<Rules>, R), Vec<Finding>> {
        let key = (snapshot.policies_digest(), snapshot.settings().digest());
        // The register in the files does not know the current ids.
        if self.trees.contains_key(&key) || !self.renamed.is_empty() {
            let rules = self.of_tree(snapshot)?;
            let worked = work(&rules.register);
            return Ok((rules, worked));
        }
        match rules_beside(snapshot, work) {
            Ok((rules, worked)) => Ok((self.record(key, Ok(rules))?, worked)),
            Err(findings) => Err(self.record(key, Err(findings)).err().unwrap_or_default()),
        }
    }

    fn record(&mut self, key: RulesKey, loaded: Result<Rules, Vec<Finding>>) -> OfTree {
        let rules = loaded.map(|rules| {
            // Verdicts by the same policies are remembered by both.
            let alike = self.kept.values().find(|known| known.policies_digest == rules.policies_digest);
            let rules = match alike {
                Some(known) => rules.remembering(known),
                None => rules,
            };
            self.keep(Arc::new(rules))
        });
        if self.trees.len() >= MOST {
            self.trees.clear();
        }
        self.trees.insert(key, rules.clone());
        rules
    }

    /// Keeps rules that were loaded elsewhere, and returns them with the current ids.
    pub fn keep(&mut self, rules: Arc<Rules>) -> Arc<Rules> {
        if self.kept.len() >= MOST {
            self.kept.clear();
        }
        let key = (rules.policies_digest, rules.settings_digest);
        let rules = knowing(&rules, &self.renamed);
        Arc::clone(self.kept.entry(key).or_insert(rules))
    }
}
