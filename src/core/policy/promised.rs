//! The files of promises, as they are kept. Promises decide nothing, and a pass asks for them only to tell people why nobody
//! could approve an access. In Cedar's own form they take much more memory than their words, so they are read again when
//! somebody asks for them the first time.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet};

use super::place::PolicyText;

/// A file of promises in which nothing is wrong.
#[derive(Debug, Clone)]
pub(super) struct PromiseFile {
    pub(super) text: PolicyText,
    /// Everything that the promises name.
    pub(super) literals: BTreeSet<EntityUid>,
    set: OnceLock<PolicySet>,
}

impl PromiseFile {
    /// Keeps a file that was read and checked. The promises themselves are let go.
    pub(super) fn of((text, set): (PolicyText, PolicySet)) -> Self {
        Self { text, literals: literals_of(&set), set: OnceLock::new() }
    }

    /// Returns the promises in Cedar's own form, with the ids of their annotations.
    pub(super) fn set(&self) -> &PolicySet {
        self.set.get_or_init(|| read_again(&self.text.words).unwrap_or_default())
    }
}

/// Returns everything that the policies name.
pub(super) fn literals_of(policies: &PolicySet) -> BTreeSet<EntityUid> {
    policies.policies().flat_map(Policy::entity_literals).collect()
}

/// Reads words that were in order when they were read first. Every policy in them has an `@id` of its own.
fn read_again(words: &str) -> Option<PolicySet> {
    let parsed = words.parse::<PolicySet>().ok()?;
    let named = parsed.policies().map(|policy| {
        let id = policy.annotation("id").map_or_else(|| policy.id().clone(), PolicyId::new);
        policy.new_id(id)
    });
    PolicySet::from_policies(named).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FilePath;

    #[test]
    fn promises_are_kept_as_words_and_read_when_somebody_asks() {
        let words = "@id(\"one\")\npermit (principal, action, resource);\n\n@id(\"two\")\nforbid (principal, action, resource == Unit::\"7\");\n";
        let text = PolicyText { path: FilePath::new("policies/never.cedar"), words: words.to_owned() };
        let file = PromiseFile::of((text, words.parse().unwrap()));
        assert!(file.set.get().is_none());
        assert_eq!(file.literals.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Unit::\"7\""]);
        let ids: BTreeSet<String> = file.set().policies().map(|policy| policy.id().to_string()).collect();
        assert_eq!(ids, ["one", "two"].map(str::to_owned).into());
    }
}
