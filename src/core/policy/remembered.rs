//! Verdicts remembered, so that a hundred thousand people cost a few thousand decisions.
//!
//! A verdict is found under everything that made it and nothing less: the digest of schema and policies, and the
//! canonical bytes of all that Cedar was given, register facts included. So nothing ever goes stale: whatever
//! changes, changes the key.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::decide::{Advice, Decision};
use super::facts::Question;
use super::given::{self, Given};
use super::load::Policies;
use crate::model::Register;

/// Verdicts kept at most (some 30 MB); beyond that they are all forgotten, which costs time and nothing else.
const MOST: usize = 32_768;

/// Bytes of a usual key.
const USUAL: usize = 640;

type Kept<T> = RwLock<HashMap<Box<[u8]>, Arc<T>>>;

/// Remembers decisions and advice of any policies; may be asked from several threads.
#[derive(Debug, Default)]
pub struct Remembered {
    decisions: Kept<Decision>,
    advice: Kept<Advice>,
}

impl Remembered {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same as [`Policies::decide`].
    #[must_use]
    pub fn decide(&self, policies: &Policies, register: &Register, question: &Question) -> Arc<Decision> {
        given::about_access(register, question, |given| {
            recall(&self.decisions, policies, given, || policies.verdict(given))
        })
        .unwrap_or_else(|unknown| Arc::new(Decision::failed(unknown)))
    }

    /// The same as [`Policies::advise`].
    #[must_use]
    pub fn advise(&self, policies: &Policies, register: &Register, question: &Question) -> Arc<Advice> {
        given::about_access(register, question, |given| {
            recall(&self.advice, policies, given, || policies.opinion(given).into())
        })
        .unwrap_or_else(|unknown| Arc::new(Decision::failed(unknown).into()))
    }

    /// How many verdicts are remembered.
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

fn recall<T>(kept: &Kept<T>, policies: &Policies, given: &Given<'_>, work_out: impl FnOnce() -> T) -> Arc<T> {
    let mut key = Vec::with_capacity(USUAL);
    key.extend_from_slice(policies.digest().as_bytes());
    given.key(&mut key);
    // A thread that died while it held the lock has inserted whole entries or none.
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
