//! The case that a pass decides: everything that was read, as values, and nothing that could be read still.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::change::{Base, Head};
use crate::diag::Finding;
use crate::judge::{Pins, Rules, Used as UsedStatements};
use crate::model::{Digest, FilePath, PersonId, Register, Right};
use crate::plan::{Observed, Reports, Sizes, Used};
use crate::tree::Snapshot;

use super::distrust::Distrust;
use super::known::{Known, Trusted};
use super::proposed::Proposed;
use super::returns::EndedWith;
use super::trusted_day::Today;
use super::withhold::Copy;

/// How much a pass looks at.
#[derive(Debug, Clone)]
pub enum Scope {
    /// The whole tree and the whole store.
    Whole,
    /// These files, the people whose day has come, and their accounts.
    Files(BTreeSet<FilePath>),
}

/// Files as they stand at the newest commit; `None` where there is no such file.
pub type AtNewest = BTreeMap<FilePath, Option<Arc<[u8]>>>;

/// The tree, and what is known of how it came to be so.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The tree.
    pub snapshot: &'a Snapshot,
    /// Files that were written since the last pass, as far as the system told.
    pub written: &'a BTreeSet<FilePath>,
    /// What stands at the newest commit in the files that are looked at, where more commits wait after this one.
    pub newest: Option<&'a AtNewest>,
    /// Whether the tree may be an older copy than the one that was accepted last.
    pub copy: Copy,
    /// The machine's clock.
    pub now: Timestamp,
    /// A clock that only runs forward.
    pub moment: Instant,
}

/// What the tree proposes of policies and settings, and what came of it.
#[derive(Debug)]
pub struct RuleChange {
    /// What would be in force.
    pub proposed: Proposed,
    /// Statements signed beside what is in force already.
    pub beside: Vec<Digest>,
    /// The lists of accounts to go by, where some of those that the register names are taken by now.
    pub lists: Option<Register>,
    /// What people should know.
    pub findings: Vec<Finding>,
}

/// What the budgets have spent in the last seven days, and how many people they are reckoned with.
#[derive(Debug, Clone, Default)]
pub struct Spent {
    /// For removals.
    pub removals: Used,
    /// For additions.
    pub additions: Used,
    /// Removals of the same run along a branch, at earlier commits.
    pub together: Used,
    /// How many people have access. Left out where the least limits suffice.
    pub sizes: Sizes,
}

/// Everything a pass decides by.
pub struct Case<'a> {
    /// The rules in force, with everybody by the id they have now.
    pub rules: Arc<Rules>,
    /// What the tree proposes of them.
    pub change: RuleChange,
    /// The trusted day.
    pub today: Today,
    /// The last trusted moment before.
    pub last: Option<Trusted>,
    /// The tree.
    pub seen: Seen<'a>,
    /// How much of it is looked at.
    pub scope: &'a Scope,
    /// What it says, where it differs from what was accepted or something is still open.
    pub head: Head,
    /// People whose day has come.
    pub due: BTreeSet<PersonId>,
    /// What was accepted, as far as it concerns these files and people.
    pub base: Base,
    /// Whose remembered access is not relied on.
    pub distrust: Distrust,
    /// Releases that live and are not spent.
    pub releases: BTreeSet<Digest>,
    /// Statements that have served.
    pub used: UsedStatements,
    /// By what refused entries were judged first.
    pub pins: Pins,
    /// What earlier passes left.
    pub known: Known,
    /// What the budgets have spent.
    pub spent: Spent,
    /// What the store holds.
    pub observed: Observed,
    /// What Rapporteket holds; `None` where it is not looked at.
    pub reports: Option<Reports>,
    /// What the ledger says of report subscriptions that ended when a right was lost.
    pub ended_with: &'a dyn Fn(&PersonId, &Right) -> Vec<EndedWith>,
}

impl std::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("scope", self.scope).field("head", &self.head).finish_non_exhaustive()
    }
}
