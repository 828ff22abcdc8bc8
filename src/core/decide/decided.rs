//! What a pass decided: a value, ordered and printable, that holds all that is to be written and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::known::{Freed, Remembered, Trusted};
use crate::change::{Removal, Standing};
use crate::diag::Finding;
use crate::judge::{Binding, Refusal, Rules};
use crate::model::{BudgetLimits, Digest, Facts, FilePath, GrantKey, Hasher, PersonId, TrustId};
use crate::plan::{HeldSet, ReportWork, Step};
use crate::reports::ReportsError;
use crate::tree::Snapshot;

use super::id_changes::Renamed;

/// A removal that has passed the guard.
pub type Cleared = Removal;

/// A file whose facts are accepted.
#[derive(Debug, Clone)]
pub struct SettledFile {
    /// The person of the file.
    pub person: PersonId,
    /// The trust whose folder the file stands in.
    pub trust: TrustId,
    /// What it says about the person.
    pub facts: Facts,
    /// The digest of its bytes; `None` where something of it is still open, so that the next pass looks again.
    pub digest: Option<Digest>,
}

/// A step along a branch of git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// The commit that was accepted before.
    pub from: String,
    /// The commit whose tree was judged; the same where a pass looked at it again.
    pub to: String,
}

/// What a pass decided.
#[derive(Debug)]
pub struct Decided {
    /// The moment everything is recorded with: it never falls, whatever the clock does.
    pub now: Timestamp,
    /// The trusted day.
    pub today: Date,
    /// The day by which accesses end; later than the trusted one where the clock runs ahead.
    pub ends: Date,
    /// Of what tree.
    pub snapshot: Digest,
    /// Of what commit, where a branch is followed.
    pub advance: Option<Advance>,
    /// The rules that were in force.
    pub rules: Arc<Rules>,
    /// Rules that are in force from now on, by a release, with the tree whose bytes they are.
    pub released_rules: Option<(Arc<Rules>, Snapshot)>,
    /// People whose id changes: everything that was accepted goes along, before anything else is recorded.
    pub renamed: Vec<Renamed>,
    /// Grants that are accepted, changed or recorded as history.
    pub grants: Vec<Standing>,
    /// Statements whose place these take: they have served.
    pub used: Vec<Digest>,
    /// Removals that have passed the guard.
    pub cleared: Vec<Cleared>,
    /// Files whose facts are accepted.
    pub files: Vec<SettledFile>,
    /// Files that are gone with all they gave.
    pub forgotten: BTreeSet<(PersonId, TrustId)>,
    /// Refused entries, with their files.
    pub refused: BTreeMap<GrantKey, (FilePath, Refusal)>,
    /// Refusals that no longer stand.
    pub lifted: BTreeSet<GrantKey>,
    /// Files that are held, with what is wrong.
    pub held_files: BTreeMap<FilePath, Vec<Finding>>,
    /// Files that were held and are in order.
    pub mended: BTreeSet<FilePath>,
    /// What waits for a release: over a budget, or withheld.
    pub held_removals: Vec<HeldSet>,
    /// Files and entries that a next pass must look at again.
    pub open: BTreeSet<FilePath>,
    /// Releases that are spent.
    pub spent: BTreeSet<Digest>,
    /// What the budget is charged: person or account, and trust.
    pub charged: BTreeSet<(String, Option<TrustId>)>,
    /// What the budget for additions is charged: person and trust.
    pub added: BTreeSet<(PersonId, TrustId)>,
    /// The limits by which removals wait; `None` where none do.
    pub limits: Option<BudgetLimits>,
    /// Requests that are asked for and are other people's, under what two would release.
    pub bound: BTreeMap<Digest, Binding>,
    /// Bindings of a request that two have undone.
    pub freed: BTreeSet<Freed>,
    /// What the next pass has to know of files that are missing or not in order.
    pub remembered: Remembered,
    /// Whose authority stays although their access was taken back.
    pub kept: BTreeSet<PersonId>,
    /// Whether the tree counts as the accepted one, for whoever takes over.
    pub accepted_tree: bool,
    /// What the store is told.
    pub steps: Vec<Step>,
    /// What is done in Rapporteket after them; `None` where it was not looked at.
    pub reports: Option<Vec<ReportWork>>,
    /// Whether the rows there are known.
    pub reports_known: Result<(), ReportsError>,
    /// The moment and day that this pass confirms, where they move.
    pub trusted: Option<Trusted>,
    /// Whether somebody has to confirm the date.
    pub suspect: bool,
    /// Whether the whole tree and the whole store were looked at.
    pub whole: bool,
    /// The files that were looked at, where it was not the whole tree.
    pub looked: BTreeSet<FilePath>,
    /// Everything people should know.
    pub findings: Vec<Finding>,
}

impl Decided {
    /// Names the steps: the same steps in the same order have the same digest.
    #[must_use]
    pub fn plan_digest(&self) -> Digest {
        let mut hasher = Hasher::new("portvakt plan");
        for step in &self.steps {
            hasher.part(serde_json::to_string(step).unwrap_or_else(|_| format!("{step:?}")).as_bytes());
        }
        for work in self.reports.iter().flatten() {
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

    /// The moment that the budgets are charged at. On a clock that is not believed it is a little after the last trusted
    /// moment, so that it is known from what was charged then.
    #[must_use]
    pub fn charged_at(&self) -> Timestamp {
        let later = self.suspect.then(|| self.now.checked_add(1.microsecond()).ok()).flatten();
        later.unwrap_or(self.now)
    }

    /// Whether anything but the clock's mark is to be written.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.steps.is_empty()
            && self.reports.iter().flatten().next().is_none()
            && self.renamed.is_empty()
            && self.grants.is_empty()
            && self.cleared.is_empty()
            && self.files.is_empty()
            && self.forgotten.is_empty()
            && self.lifted.is_empty()
            && self.mended.is_empty()
            && self.spent.is_empty()
            && self.freed.is_empty()
            && self.charged.is_empty()
            && self.added.is_empty()
            && self.released_rules.is_none()
    }

    /// Whether a next pass over the same tree could do more: something was refused that may rest on what this
    /// pass has only just done.
    #[must_use]
    pub fn wants_another(&self) -> bool {
        let did_something = !self.grants.is_empty() || !self.cleared.is_empty();
        (did_something && !self.refused.is_empty())
            || self.released_rules.is_some()
            || (!self.whole && !self.held_removals.is_empty())
    }
}
