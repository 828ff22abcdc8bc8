//! Remembers verdicts, so that a hundred thousand people need only a few thousand decisions.
//!
//! The key of a verdict holds everything the verdict depends on: the digest of schema and policies, and the canonical
//! bytes of everything Cedar was given, with the facts of the register. So a remembered verdict is never out of date,
//! because any change gives another key.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::decide::{Advice, Decision};
use super::facts::PolicyQuestion;
use super::given::{self, PolicyRequest};
use super::load::Policies;
use crate::model::Register;

/// The most verdicts that are kept (about 30 MB). When there are more, all are forgotten, which only costs time.
const MOST: usize = 32_768;

/// The usual number of bytes in a key.
const USUAL: usize = 640;

type Kept<T> = RwLock<HashMap<Box<[u8]>, Arc<T>>>;

/// Remembers decisions and advice of any policies. Several threads may use it at the same time.
#[derive(Debug, Default)]
pub struct DecisionCache {
    decisions: Kept<Decision>,
    advice: Kept<Advice>,
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
            recall(&self.decisions, policies, given, || policies.verdict(given))
        })
        .unwrap_or_else(|unknown| Arc::new(Decision::failed(unknown)))
    }

    /// Advises as [`Policies::advise`] does, and remembers the answer.
    #[must_use]
    pub fn advise(&self, policies: &Policies, register: &Register, question: &PolicyQuestion) -> Arc<Advice> {
        given::about_access(register, question, policies.others, |given| {
            recall(&self.advice, policies, given, || policies.opinion(given).into())
        })
        .unwrap_or_else(|unknown| Arc::new(Decision::failed(unknown).into()))
    }

    /// The number of remembered verdicts.
    #[must_use]
    pub fn len(&self) -> usize {
        let decisions = self.decisions.read().unwrap_or_else(PoisonError::into_inner).len();
        decisions + self.advice.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn recall<T>(
    kept: &Kept<T>,
    policies: &Policies,
    given: &PolicyRequest<'_>,
    work_out: impl FnOnce() -> T,
) -> Arc<T> {
    let mut key = Vec::with_capacity(USUAL);
    key.extend_from_slice(policies.digest().as_bytes());
    given.key(&mut key);
    // If a thread died while it held the lock, it inserted either a whole entry or none.
    if let Some(known) = kept.read().unwrap_or_else(PoisonError::into_inner).get(key.as_slice()) {
        return Arc::clone(known);
    }
    let fresh = Arc::new(work_out());
    let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= MOST {
        kept.clear();
    }
    kept.insert(key.into_boxed_slice(), Arc::clone(&fresh));
    fresh
}
