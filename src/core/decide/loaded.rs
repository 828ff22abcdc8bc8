//! Rules that have been loaded, by digest: loading takes milliseconds and a decision should not.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::Finding;
use crate::judge::Rules;
use crate::model::Digest;
use crate::tree::Snapshot;

use super::id_changes::knowing;
use super::known::RenamedIds;
use super::proposed::{rules_of, rules_with};

/// More sets than this are not kept; refusals rarely hang on more than one or two old ones.
const MOST: usize = 16;

/// Digests of policies and settings.
type Key = (Digest, Digest);

/// What a tree would have in force, or what is wrong with it.
pub type OfTree = Result<Arc<Rules>, Vec<Finding>>;

/// Loaded rules. Cheap to clone: the rules are shared.
#[derive(Debug, Default, Clone)]
pub struct LoadedRules {
    kept: BTreeMap<Key, Arc<Rules>>,
    /// By the digests of a tree, which counts other files below `policies` as well.
    trees: BTreeMap<Key, OfTree>,
    /// Ids that people had before, with the ids they have now.
    renamed: RenamedIds,
}

impl LoadedRules {
    /// The rules that were loaded under these digests of policies and settings.
    #[must_use]
    pub fn get(&self, policies: &Digest, settings: &Digest) -> Option<Arc<Rules>> {
        self.kept.get(&(*policies, *settings)).map(Arc::clone)
    }

    /// Has the rules name everybody by the id they have now.
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

    /// Keeps rules that were loaded elsewhere.
    pub fn keep(&mut self, rules: Arc<Rules>) -> Arc<Rules> {
        if self.kept.len() >= MOST {
            self.kept.clear();
        }
        let key = (rules.policies_digest, rules.settings_digest);
        let rules = knowing(&rules, &self.renamed);
        Arc::clone(self.kept.entry(key).or_insert(rules))
    }
}
