//! The decision of a pass. It is a value that can be ordered and printed. It holds everything that is written, and
//! nothing else.
//!
//! [`Decided`] gives its [`PassDecision`] for reading only, and nothing outside of this room can make one. So all code
//! that carries a decision out, prints it or describes it has exactly what was decided.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use super::known::{Freed, RememberedFiles, SeenExtensions};
use crate::change::{Removal, Standing};
use crate::diag::Finding;
use crate::judge::{Binding, Counted, Refusal, Rules};
use crate::model::{AccountId, BudgetLimits, Digest, Facts, FilePath, GrantKey, Hasher, PersonId, TrustId};
use crate::plan::{BudgetUse, HeldSet, ReportWork, Step};
use crate::reports::ReportsError;
use crate::review::ReviewOutcome;
use crate::tree::Snapshot;

use super::id_changes::Renamed;
use super::proposed::SettingsWait;
use super::trusted_day::Today;

/// A removal that has passed the guard.
pub type Cleared = Removal;

/// A file whose facts are accepted.
#[derive(Debug, Clone)]
pub struct SettledFile {
    /// The person of the file.
    pub person: PersonId,
    /// The trust whose folder holds the file.
    pub trust: TrustId,
    /// The facts in the file about the person.
    pub facts: Facts,
    /// The digest of the file's bytes. It is `None` if something in the file is still open, so that the next pass
    /// looks again.
    pub digest: Option<Digest>,
}

/// A step along a branch of git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// The commit that was accepted before.
    pub from: String,
    /// The commit whose tree was judged. It is the same as `from` if a pass looked at that commit again.
    pub to: String,
}

/// The tree that a pass judged, and how much of it.
#[derive(Debug)]
pub struct Examined {
    /// The digest of the tree.
    pub snapshot: Digest,
    /// The digest of the files `.gitattributes`. It is `None` if there are none.
    pub attributes: Option<Digest>,
    /// The commits of this pass, if the program follows a branch.
    pub advance: Option<Advance>,
    /// Tells whether the whole tree and the whole store were looked at.
    pub whole: bool,
    /// The files that were looked at, if it was not the whole tree.
    pub looked: BTreeSet<FilePath>,
    /// Tells whether the tree counts as the accepted one for another machine that takes over.
    pub accepted: bool,
}

/// Everything that is accepted from now on.
#[derive(Debug)]
pub struct AcceptedOutcome {
    /// People whose id changes. Their accepted state moves to the new id before anything else is recorded.
    pub renamed: Vec<Renamed>,
    /// Grants that are accepted, changed or recorded as history.
    pub grants: Vec<Standing>,
    /// Statements that are used up because these grants replace theirs.
    pub used: Vec<Digest>,
    /// Statements about what identifies people that are used up. They are kept outside of the ledger's chain.
    pub identified: BTreeSet<Digest>,
    /// Removals that have passed the guard.
    pub cleared: Vec<Cleared>,
    /// Files whose facts are accepted.
    pub files: Vec<SettledFile>,
    /// Files that are gone, with everything they gave.
    pub forgotten: BTreeSet<(PersonId, TrustId)>,
    /// Bindings of a request that two administrators have undone.
    pub freed: BTreeSet<Freed>,
    /// The people whose authority stays although their access was taken back.
    pub kept: BTreeSet<PersonId>,
    /// The rejections that count from now on, by their statements.
    pub rejections: BTreeMap<Digest, Counted>,
}

/// Everything that is not settled: refused, held, or waiting for a release.
#[derive(Debug)]
pub struct Unsettled {
    /// Refused entries, with their files.
    pub refused: BTreeMap<GrantKey, (FilePath, Refusal)>,
    /// Refusals that no longer apply.
    pub lifted: BTreeSet<GrantKey>,
    /// Files that are held, and folders whose changes wait because of something odd, with their findings.
    pub held_files: BTreeMap<FilePath, Vec<Finding>>,
    /// Files that were held and are now in order.
    pub mended: BTreeSet<FilePath>,
    /// Sets that wait for a release. They are over a budget or withheld.
    pub sets: Vec<HeldSet>,
    /// The limits that hold the waiting removals. It is `None` if none wait.
    pub limits: Option<BudgetLimits>,
    /// Requests that are asked for but belong to other people, by the digest that two administrators would release.
    pub bound: BTreeMap<Digest, Binding>,
    /// Files and entries that the next pass must look at again.
    pub open: BTreeSet<FilePath>,
    /// The state of missing files and files in error that the next pass needs.
    pub remembered: RememberedFiles,
    /// What the policies and the settings of the tree wait for.
    pub settings: SettingsWait,
    /// The open accounts without a known owner that may belong to somebody. Each has the login of a person, who gets no
    /// other account until somebody says who owns this one.
    pub unclaimed: BTreeSet<AccountId>,
    /// Earlier ends that lie ahead and have not stood in their file for long enough, each with the time since when it
    /// stands there.
    pub ends_ahead: BTreeMap<GrantKey, Timestamp>,
    /// The extensions that wait and were seen on a day of their access.
    pub extensions: SeenExtensions,
}

/// The parts of the budgets, and the releases, that a pass uses up.
#[derive(Debug)]
pub struct Charged {
    /// The use that is charged to the removal budget: person or account, and trust.
    pub removals: BTreeSet<(String, Option<TrustId>)>,
    /// The use that is charged to the budget for additions: person and trust.
    pub additions: BTreeSet<(PersonId, TrustId)>,
    /// Releases that are used up.
    pub releases: BTreeSet<Digest>,
    /// The removals of this run along a branch, which the next pass of the same run counts with its own. It is empty where
    /// the run ends with this pass.
    pub run: BudgetUse,
}

impl Charged {
    /// Adds the removals of this pass to those of the run so far.
    pub(super) fn after(&self, mut run: BudgetUse) -> BudgetUse {
        for (_, trust) in &self.removals {
            run.all += 1;
            if let Some(trust) = trust {
                *run.trusts.entry(trust.clone()).or_default() += 1;
            }
        }
        run
    }
}

/// What is done in the store and in Rapporteket.
#[derive(Debug)]
pub struct Plan {
    /// The steps for the store.
    pub steps: Vec<Step>,
    /// The work in Rapporteket after the steps. It is `None` if the pass did not look at Rapporteket.
    pub reports: Option<Vec<ReportWork>>,
    /// Tells whether the rows in Rapporteket are known.
    pub reports_known: Result<(), ReportsError>,
    /// The numbers of the work that earlier passes planned or left owed there, as far as the ledger confirms it.
    pub debts: BTreeSet<i64>,
}

/// The decision of a pass, to be read and never changed.
#[derive(Debug)]
pub struct Decided(PassDecision);

impl Decided {
    /// Closes a decision. From here on nobody can change it.
    pub(super) fn new(decision: PassDecision) -> Self {
        Self(decision)
    }

    /// Takes the steps at these places out of the plan, as if the program had been stopped before them. Only tests can do
    /// that: a release build has no such function.
    #[cfg(any(debug_assertions, feature = "planted"))]
    #[must_use]
    pub fn stopped_before(mut self, undone: impl Fn(usize) -> bool) -> Self {
        let steps = std::mem::take(&mut self.0.plan.steps).into_iter().enumerate();
        self.0.plan.steps = steps.filter(|(at, _)| !undone(*at)).map(|(_, step)| step).collect();
        self
    }
}

impl Deref for Decided {
    type Target = PassDecision;

    fn deref(&self) -> &PassDecision {
        &self.0
    }
}

/// Everything that a pass has decided.
#[derive(Debug)]
pub struct PassDecision {
    /// The trusted day, and the moment that everything is recorded with.
    pub clock: Today,
    /// The tree that was judged.
    pub tree: Examined,
    /// The rules that were in force.
    pub rules: Arc<Rules>,
    /// Rules that a release puts in force from now on, with the tree that has their bytes.
    pub released_rules: Option<(Arc<Rules>, Snapshot)>,
    /// The entries, changes and removals that are accepted.
    pub outcome: AcceptedOutcome,
    /// The entries, changes and removals that wait.
    pub unsettled: Unsettled,
    /// The results for the reviews of the user lists.
    pub reviews: ReviewOutcome,
    /// The parts of the budgets, and the releases, that this pass uses up.
    pub charged: Charged,
    /// The steps for the store.
    pub plan: Plan,
    /// All findings for people to read.
    pub findings: Vec<Finding>,
}

impl PassDecision {
    /// Returns the digest of the plan. The same steps in the same order have the same digest.
    #[must_use]
    pub fn plan_digest(&self) -> Digest {
        let mut hasher = Hasher::new("portvakt plan");
        for step in &self.plan.steps {
            hasher.part(serde_json::to_string(step).unwrap_or_else(|_| format!("{step:?}")).as_bytes());
        }
        for work in self.plan.reports.iter().flatten() {
            hasher.part(work.account.as_str().as_bytes());
            for (_, change) in &work.changes {
                hasher.part(change.before.name().as_bytes());
                hasher.part(match (change.ends(), change.takes_out()) {
                    (true, true) => b"both",
                    (true, false) => b"ends",
                    _ => b"takes out",
                });
            }
        }
        hasher.finish()
    }

    /// Returns the moment that the budgets are charged at. If the clock is not trusted, it is a little after the last
    /// trusted moment. So these charges differ from those made at that moment.
    #[must_use]
    pub fn charged_at(&self) -> Timestamp {
        let later =
            self.clock.is_suspect().then(|| self.clock.moment.checked_add(1.microsecond()).ok()).flatten();
        later.unwrap_or(self.clock.moment)
    }

    /// Tells whether there is nothing to write except the mark of the clock.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.plan.steps.is_empty()
            && self.plan.reports.iter().flatten().next().is_none()
            && self.outcome.renamed.is_empty()
            && self.outcome.grants.is_empty()
            && self.outcome.cleared.is_empty()
            && self.outcome.files.is_empty()
            && self.outcome.identified.is_empty()
            && self.outcome.forgotten.is_empty()
            && self.unsettled.lifted.is_empty()
            && self.unsettled.mended.is_empty()
            && self.charged.releases.is_empty()
            && self.outcome.freed.is_empty()
            && self.reviews.attested.is_empty()
            && self.reviews.closed.is_empty()
            && self.outcome.rejections.is_empty()
            && self.charged.removals.is_empty()
            && self.charged.additions.is_empty()
            && self.released_rules.is_none()
    }

    /// Tells whether another pass over the same tree could do more. An entry may have been refused for something that
    /// this pass has only now done.
    #[must_use]
    pub fn wants_another(&self) -> bool {
        let did_something = !self.outcome.grants.is_empty() || !self.outcome.cleared.is_empty();
        (did_something && !self.unsettled.refused.is_empty())
            || self.released_rules.is_some()
            || (!self.tree.whole && !self.unsettled.sets.is_empty())
    }
}
