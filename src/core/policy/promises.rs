//! The promises: what must never and what must always be permitted, and what the program guarantees about the facts.
//!
//! They are written in Cedar, in files of their own beside the policies, so that they can be proved of the policies.
//! They decide nothing: no promise is ever among the policies that are asked for a verdict. Where nobody could approve an
//! access, they only say why. An assumption counts only if it is the
//! program's own, because anything could be proved from a wrong one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cedar_policy::{Effect, Policy, PolicySet};
use serde_json::Value;

use super::place::PolicyText;
use crate::diag::{Finding, Text, text};
use crate::model::FilePath;

/// The file with the promises of what is never permitted.
pub(super) const NEVER: &str = "policies/never.cedar";
const ALWAYS: &str = "policies/always.cedar";
const ASSUMED: &str = "policies/assumed.cedar";

/// The files with the promises. A tree may have all of them, some or none.
pub const PROMISE_FILES: [&str; 3] = [NEVER, ALWAYS, ASSUMED];

/// The program's own assumptions.
const OWN: &str = include_str!("../../../policies/assumed.cedar");

/// The kind of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PromiseKind {
    /// The policies permit none of them. It is written as a `permit` of these requests.
    Never,
    /// The policies permit all of them. It is written as a `permit` of these requests.
    Always,
    /// The program makes none of them. It is written as a `forbid` of these requests.
    Assumed {
        /// Tells whether the program guarantees this. Without that it may not be used in a proof.
        guaranteed: bool,
    },
}

/// One promise of a file, with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The name (`@id`). No policy and no other promise has it.
    pub id: String,
    /// The kind: never, always, or assumed.
    pub kind: PromiseKind,
    /// The rules of the procedure that it is about (`@rule`).
    pub rules: Vec<String>,
    /// The sentence for people (`@says`, `@says_nb`).
    pub says: Text,
    /// The words of the file, as Cedar.
    pub words: String,
}

/// The effect that each promise of a file is written with. It is `None` if the file has no promises.
pub(super) fn effect(path: &FilePath) -> Option<Effect> {
    match path.as_str() {
        NEVER | ALWAYS => Some(Effect::Permit),
        ASSUMED => Some(Effect::Forbid),
        _ => None,
    }
}

/// Turns the files of promises into promises, in the order of the files. `about` gives the rules and the sentence that
/// a promise has. A promise that it does not know is a finding, because a promise that is left out is never proved.
pub(super) fn promises(
    files: &[(PolicyText, PolicySet)],
    mut about: impl FnMut(&str) -> Option<(Vec<String>, Text)>,
    findings: &mut Vec<Finding>,
) -> Vec<Promise> {
    let mut promises = Vec::new();
    for (text, policies) in files {
        let mut here: Vec<(usize, Promise)> = Vec::new();
        for policy in policies.policies() {
            let id: &str = policy.id().as_ref();
            let Some((rules, says)) = about(id) else {
                // If two promises have the same id, there is a finding already, with its place.
                if findings.is_empty() {
                    findings.push(text.about(text!(
                        en: "nothing was read about the promise `{id}`, so it would not be proved",
                        nb: "ingenting er lest om løftet `{id}`, så det ville ikke blitt bevist"
                    )));
                }
                continue;
            };
            let words = policy.to_cedar().unwrap_or_else(|| policy.to_string());
            let kind = match text.path.as_str() {
                NEVER => PromiseKind::Never,
                ALWAYS => PromiseKind::Always,
                _ => {
                    let is_own =
                        || OWN_ASSUMPTIONS.get(id).is_some_and(|own| essence(policy).as_ref() == Some(own));
                    // Where the file is the program's own, nothing needs to be compared.
                    let guaranteed = text.words == OWN || is_own();
                    PromiseKind::Assumed { guaranteed }
                }
            };
            let at = text.words.find(&words).unwrap_or_default();
            here.push((at, Promise { id: id.to_owned(), kind, rules, says, words }));
        }
        here.sort_by_key(|(at, _)| *at);
        promises.extend(here.into_iter().map(|(_, promise)| promise));
    }
    promises
}

/// The meaning of the program's own assumptions, by their ids.
pub(super) static OWN_ASSUMPTIONS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let parsed = OWN.parse::<PolicySet>().unwrap_or_default();
    let own = parsed.policies();
    own.filter_map(|policy| Some((policy.annotation("id")?.to_owned(), essence(policy)?))).collect()
});

/// Returns the meaning of a policy, without its annotations and its layout.
fn essence(policy: &Policy) -> Option<Value> {
    let mut whole = policy.to_json().ok()?;
    whole.as_object_mut()?.remove("annotations");
    Some(whole)
}
