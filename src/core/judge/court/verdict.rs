//! What the court gives back: a verdict on each change, and the advice on those that are permitted. A refusal is tied to
//! the statement, the rules and the day of its first judgement, and the court takes it as a pin the next time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::diag::Finding;
use crate::model::{Digest, GrantKey, Proof};

use super::super::Rules;

/// The rules and the day that a refused entry was first judged by. It is judged by the same until its bytes or its
/// evidence change, so waiting for the next pass does not help.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The digest of the refused statement with its signing key or its review, if it has one.
    pub statement: Digest,
    /// The rules of the first judgement.
    pub rules: Arc<Rules>,
    /// The day of the first judgement.
    pub day: Date,
}

/// The pins by entry.
pub type Pins = BTreeMap<GrantKey, Pin>;

/// The verdict on a change.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// An approver had the authority.
    Permitted {
        /// The policies that permit it.
        policies: Vec<String>,
        /// The proof that the approver approved.
        proof: Proof,
    },
    /// No approver had the authority, or something forbids the change.
    Refused(Refusal),
}

/// A refusal, with the statement, rules and day it is tied to.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The digest of the statement with its signing key or its review, if it has one.
    pub statement: Digest,
    /// The rules of the first judgement.
    pub rules: Arc<Rules>,
    /// The day of the first judgement.
    pub day: Date,
    /// The finding that people see.
    pub finding: Finding,
}

/// All verdicts on a change of the tree.
#[derive(Debug, Default)]
pub struct Judgement {
    /// The verdicts by entry.
    pub verdicts: BTreeMap<GrantKey, Verdict>,
    /// The advice on permitted changes.
    pub advice: Vec<Finding>,
    /// The number of entries whose evidence could not be seen. They are judged without it: in a tree without a base,
    /// or before the forge has been asked.
    pub unproven: usize,
}
