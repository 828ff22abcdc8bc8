//! The questions about a set of policies and its promises. They follow from the set, so any program that has the set
//! knows which answers must be there.

use serde::{Deserialize, Serialize};

use crate::policy::{Policies, PromiseKind};

/// The subject of a question about a policy or a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// Do the policies permit none of the requests that a promise of *never* describes?
    Never,
    /// Do the policies permit all of the requests that a promise of *always* describes?
    Always,
    /// Is there any request that the promise is about?
    Void,
    /// Can the policy or the promise be evaluated for every request?
    Errs,
    /// Does this `permit` allow any request, after all that forbids it?
    Dead,
    /// Is there a request that only this `forbid` denies?
    Idle,
    /// Is a promise about every request of an action? One of *never* is about what the policies deny, and one of *always*
    /// about what they permit.
    Promised,
}

/// One question about a set of policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProofQuestion {
    /// The subject of the question.
    pub matter: Matter,
    /// The id of the policy or promise that is asked about, or the name of the action.
    pub id: String,
}

/// All questions about a set, in order.
#[must_use]
pub fn questions(policies: &Policies) -> Vec<ProofQuestion> {
    let asked = |matter, id: &str| ProofQuestion { matter, id: id.to_owned() };
    let mut all = Vec::new();
    for promise in policies.promises() {
        match promise.kind {
            PromiseKind::Never => {
                all.extend([asked(Matter::Void, &promise.id), asked(Matter::Never, &promise.id)]);
            }
            PromiseKind::Always => {
                all.extend([asked(Matter::Void, &promise.id), asked(Matter::Always, &promise.id)]);
            }
            PromiseKind::Assumed { .. } => {}
        }
        all.push(asked(Matter::Errs, &promise.id));
    }
    for id in policies.ids() {
        let second = if policies.forbids(id) { Matter::Idle } else { Matter::Dead };
        all.extend([asked(Matter::Errs, id), asked(second, id)]);
    }
    // A set without promises is never called proved, so nothing is asked of its actions.
    if !policies.promises().is_empty() {
        all.extend(policies.decided_actions().iter().map(|action| asked(Matter::Promised, action)));
    }
    all.sort();
    all
}
