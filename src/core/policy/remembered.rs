//! Remembers verdicts, so that a hundred thousand people need only a few thousand decisions.
//!
//! The key of a verdict holds everything the verdict depends on: the digest of schema and policies, and the canonical
//! bytes of everything Cedar was given, with the facts of the register. So a remembered verdict is never out of date,
//! because any change gives another key.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::decide::{Advice, Decision};
use super::facts::PolicyQuestion;
use super::given::{self, PolicyRequest};
use super::load::Policies;
use crate::model::Register;

/// The most verdicts that are kept (about 30 MB). When there are more, all are forgotten, which only costs time.
const MOST: usize = 32_768;

/// The usual number of bytes in a key.
const USUAL: usize = 640;

/// What the policies say of one question.
#[derive(Debug)]
struct RememberedVerdict {
    decision: Arc<Decision>,
    /// The advice is worked out with a decision that allows, and otherwise when somebody asks for it.
    advice: OnceLock<Arc<Advice>>,
}

/// Remembers decisions and advice of any policies. Several threads may use it at the same time.
#[derive(Debug, Default)]
pub struct DecisionCache {
    kept: RwLock<HashMap<Box<[u8]>, Arc<RememberedVerdict>>>,
}

impl DecisionCache {
    /// Makes an empty memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides as [`Policies::decide`] does, and remembers the answer.
    #[must_use]
    pub fn decide(
        &self,
        policies: &Policies,
        register: &Register,
        question: &PolicyQuestion,
    ) -> Arc<Decision> {
        given::about_access(register, question, policies.others, |given| {
            Arc::clone(&self.recall(policies, given).decision)
        })
        .unwrap_or_else(|unknown| Arc::new(Decision::failed(unknown)))
    }

    /// Advises as [`Policies::advise`] does, and remembers the answer.
    #[must_use]
    pub fn advise(&self, policies: &Policies, register: &Register, question: &PolicyQuestion) -> Arc<Advice> {
        given::about_access(register, question, policies.others, |given| {
            let known = self.recall(policies, given);
            Arc::clone(known.advice.get_or_init(|| Arc::new(policies.opinion(given).into())))
        })
        .unwrap_or_else(|unknown| Arc::new(Decision::failed(unknown).into()))
    }

    /// The number of remembered verdicts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn recall(&self, policies: &Policies, given: &PolicyRequest<'_>) -> Arc<RememberedVerdict> {
        let mut key = Vec::with_capacity(USUAL);
        key.extend_from_slice(policies.digest().as_bytes());
        given.key(&mut key);
        // If a thread died while it held the lock, it inserted either a whole entry or none.
        if let Some(known) = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(key.as_slice()) {
            return Arc::clone(known);
        }
        let (decision, advice) = policies.verdict_with_advice(given);
        let advice = advice.map_or_else(OnceLock::new, |advice| OnceLock::from(Arc::new(advice)));
        let fresh = Arc::new(RememberedVerdict { decision: Arc::new(decision), advice });
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key.into_boxed_slice(), Arc::clone(&fresh));
        fresh
    }
}
