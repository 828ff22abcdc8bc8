//! The outcome of a case: what was judged and weighed, before it is written down by a pass (`close`) or shown by a check.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::{Base, ChangeSet, Head};
use crate::diag::Finding;
use crate::judge::{Binding, Counted, Judgement, Rules};
use crate::model::{BudgetLimits, Digest, PersonId, TrustId};
use crate::plan::{BudgetUse, HeldSet, Untrusted};
use crate::review;

use super::accept::Accepted;
use super::case::{ReportsObserved, RuleChange, Scope, SeenTree};
use super::id_changes::Renamed;
use super::known::{Freed, SeenExtensions, Trusted, Unfinished};
use super::patience::Patience;
use super::trusted_day::Today;
use super::weigh::BudgetResult;
use super::withhold::Strays;

/// The outcome of a case.
pub struct Deliberated<'a> {
    pub circumstances: RestOfCase<'a>,
    pub judged: JudgedChanges,
    pub weighed: BudgetResult,
    pub waiting: WaitingChanges,
    /// What absences have waited for so far, for the next pass.
    pub patience: Patience,
    pub findings: Vec<Finding>,
}

/// The parts of the case that later functions need again.
pub struct RestOfCase<'a> {
    /// The rules in force. They name each person by the id that the person has after this change.
    pub rules: Arc<Rules>,
    /// The policies and settings that the tree proposes. The findings about them are among the other findings.
    pub change: RuleChange,
    pub today: Today,
    pub last: Option<Trusted>,
    pub seen: SeenTree<'a>,
    pub scope: &'a Scope,
    pub untrusted: Untrusted,
    /// What earlier passes did not finish.
    pub unfinished: Unfinished,
    /// What was observed of Rapporteket.
    pub reports: ReportsObserved,
    /// The removals of the same run along a branch, at earlier commits.
    pub together: BudgetUse,
}

/// The changes with their verdicts, and the accepted state before and after.
pub struct JudgedChanges {
    pub head: Head,
    /// Files that disagree with another file about their person.
    pub held_files: BTreeSet<(PersonId, TrustId)>,
    /// People whose id changes.
    pub renamed: Vec<Renamed>,
    pub changes: ChangeSet,
    pub judgement: Judgement,
    pub accepted: Accepted,
    /// The extensions that were seen on a day of their access.
    pub extensions: SeenExtensions,
    /// The accepted state before. It is kept for a check, and if a removal makes room for somebody else.
    pub before: Option<Base>,
    /// The accepted state after.
    pub base: Base,
    pub strays: Strays,
    /// The people whose authority stays although their access was taken back.
    pub kept: BTreeSet<PersonId>,
    /// The reviews of the user lists, as they were judged. A reviewer is shown these.
    pub reviewed: review::JudgedReviews,
    /// The results for the reviews.
    pub reviews: review::ReviewOutcome,
    /// The rejections that count from now on, by their statements.
    pub rejections: BTreeMap<Digest, Counted>,
}

/// Everything that waits for a release, and the releases.
pub struct WaitingChanges {
    /// The sets that wait for a release.
    pub sets: Vec<HeldSet>,
    /// Releases that are used up.
    pub spent: BTreeSet<Digest>,
    /// Releases of sets that no longer wait. They are used up when no other pass over the tree is needed.
    pub stale: BTreeSet<Digest>,
    /// The limits that hold the waiting removals, if any wait.
    pub limits: Option<BudgetLimits>,
    /// Requests that belong to other people, by the digest that two administrators would release.
    pub bound: BTreeMap<Digest, Binding>,
    /// The bindings that two administrators have released.
    pub freed: BTreeSet<Freed>,
}
