//! The policies and the promises in Cedar's own form. Only a prover needs them, because it reasons about all requests
//! at once. All other code asks one question at a time.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use serde_json::Value;

use super::cedar::schema_in_json;
use super::load::{ADMINISTRATION, ADVICE, CAPABILITIES, Policies};
use super::promises::{OWN_ASSUMPTIONS, PromiseKind};
use crate::diag::Place;

/// The policies of each file, and the words they may use.
#[derive(Debug, Clone)]
pub struct Sets {
    /// The words that policies and promises may use.
    pub schema: Schema,
    /// The policies about who may approve what.
    pub administration: PolicySet,
    /// The policies that give advice. They refuse nothing.
    pub advice: PolicySet,
    /// The policies about what a role lets its holder do.
    pub capabilities: PolicySet,
}

impl Policies {
    /// The policies in Cedar's own form, with the ids of their annotations.
    #[must_use]
    pub fn sets(&self) -> Sets {
        let of = |path: &str| {
            let found = self.texts.iter().find(|(text, _)| text.path.as_str() == path);
            found.map(|(_, set)| set.clone()).unwrap_or_default()
        };
        Sets {
            schema: self.checked.schema().clone(),
            administration: of(ADMINISTRATION),
            advice: of(ADVICE),
            capabilities: of(CAPABILITIES),
        }
    }

    /// Returns the names of the actions that policies decide about. No advice decides.
    #[must_use]
    pub fn decided_actions(&self) -> BTreeSet<String> {
        let is_decided = |env: &RequestEnv| {
            let principal = env.principal().to_string();
            principal == "Administrator" || principal == "Holder"
        };
        let decided = self.checked.schema().request_envs().filter(is_decided);
        decided.map(|env| env.action().id().unescaped().to_owned()).collect()
    }

    /// Returns the number of the program's own assumptions that these files lack or word differently. No proof uses
    /// them.
    #[must_use]
    pub fn assumptions_left_out(&self) -> usize {
        let used = PromiseKind::Assumed { guaranteed: true };
        let is_used =
            |id: &str| self.promises().iter().any(|promise| promise.id == id && promise.kind == used);
        OWN_ASSUMPTIONS.keys().filter(|id| !is_used(id)).count()
    }

    /// Returns whether schema and policies are equal to those of `other`, except for comments and layout. If so, they
    /// decide and advise the same for every request, and no prover is needed. Promises decide nothing and are not
    /// compared.
    #[must_use]
    pub fn read_as(&self, other: &Self) -> bool {
        let own = policies_by_id(&self.sets());
        self.schema_text.words == other.schema_text.words
            && own.is_some()
            && own == policies_by_id(&other.sets())
    }

    /// Returns whether both schemas mean the same, in spite of comments and layout. A schema that cannot be written in
    /// Cedar's own form only equals itself.
    #[must_use]
    pub fn same_schema(&self, other: &Self) -> bool {
        let [own, others] = [&self.schema_text.words, &other.schema_text.words];
        let said = schema_in_json(own);
        own == others || (said.is_some() && said == schema_in_json(others))
    }

    /// A policy or a promise in Cedar's own form, by its id.
    #[must_use]
    pub fn written(&self, id: &str) -> Option<&Policy> {
        let id = PolicyId::new(id);
        let policy = self.texts.iter().find_map(|(_, set)| set.policy(&id));
        policy.or_else(|| self.promised.iter().find_map(|file| file.set().policy(&id)))
    }

    /// Returns whether this is a policy or a promise that is written as a `forbid`.
    #[must_use]
    pub fn forbids(&self, id: &str) -> bool {
        self.written(id).is_some_and(|policy| policy.effect() == Effect::Forbid)
    }

    /// Returns the place of a policy's or a promise's name in its file.
    #[must_use]
    pub fn place_of(&self, id: &str) -> Option<Place> {
        let named = format!("@id(\"{id}\")");
        let texts = self.texts.iter().map(|(text, _)| text);
        texts.chain(self.promised.iter().map(|file| &file.text)).find_map(|text| {
            let start = text.words.find(&named)?;
            Some(Place::span(&text.path, &text.words, start, start + named.len()))
        })
    }
}

/// The policies by their files and ids, without comments and layout. It is `None` if one of them cannot be written so.
fn policies_by_id(sets: &Sets) -> Option<BTreeMap<(usize, String), Value>> {
    let files = [&sets.administration, &sets.advice, &sets.capabilities];
    let policies = files
        .into_iter()
        .enumerate()
        .flat_map(|(file, set)| set.policies().map(move |policy| (file, policy)));
    let raw = |policy: &Policy| AsRef::<str>::as_ref(policy.id()).to_owned();
    policies.map(|(file, policy)| Some(((file, raw(policy)), policy.to_json().ok()?))).collect()
}
