//! The case that a pass decides. It holds everything that was read, as values. Nothing is read later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::change::{Base, Head};
use crate::diag::Finding;
use crate::judge::{Forge, Pins, Rules, Used as UsedStatements};
use crate::model::{Digest, FilePath, PersonId, Register, Right};
use crate::plan::{BudgetUse, Observed, Reports, Sizes};
use crate::tree::Snapshot;

use super::distrust::Distrust;
use super::known::{Known, Trusted};
use super::patience::Patience;
use super::proposed::Proposed;
use super::returns::EndedWith;
use super::trusted_day::Today;
use super::withhold::Copy;

/// The part of the tree and the store that a pass looks at.
#[derive(Debug, Clone)]
pub enum Scope {
    /// The whole tree and the whole store.
    Whole,
    /// These files, the people with a date that is due, and their accounts.
    Files(BTreeSet<FilePath>),
}

/// The files at the newest commit. `None` means that there is no such file.
pub type AtNewest = BTreeMap<FilePath, Option<Arc<[u8]>>>;

/// The tree, and what is known about its origin.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The tree.
    pub snapshot: &'a Snapshot,
    /// Files that were written since the last pass, if the operating system reported them.
    pub written: &'a BTreeSet<FilePath>,
    /// The looked-at files at the newest commit. It is set only if more commits wait after this one.
    pub newest: Option<&'a AtNewest>,
    /// Tells whether the tree may be an older copy than the one that was accepted last.
    pub copy: Copy,
    /// The machine's clock.
    pub now: Timestamp,
    /// The moment by a clock that only runs forward. It is `None` if absence need not last.
    pub moment: Option<Instant>,
}

/// The policies and settings that the tree proposes, and the result.
#[derive(Debug)]
pub struct RuleChange {
    /// The rules that would be in force.
    pub proposed: Proposed,
    /// Statements that are signed beside the rules already in force.
    pub beside: Vec<Digest>,
    /// The lists of accounts to use, if some accounts that the register names are already taken.
    pub lists: Option<Register>,
    /// Findings for people to read.
    pub findings: Vec<Finding>,
}

/// The use of the budgets in the last seven days, and the number of people they are measured by.
#[derive(Debug, Clone, Default)]
pub struct Spent {
    /// The use of the removal budget.
    pub removals: BudgetUse,
    /// The use of the budget for additions.
    pub additions: BudgetUse,
    /// Removals of the same run along a branch, at earlier commits.
    pub together: BudgetUse,
    /// The number of people who have access. It is left out where the smallest limits are enough.
    pub sizes: Sizes,
}

/// What was observed outside the tree.
pub struct Observation<'a> {
    /// The accounts that the store was seen to hold.
    pub observed: Observed,
    /// The state of Rapporteket. It is `None` where the pass does not look at it.
    pub reports: Option<Reports>,
    /// The ledger's record of report subscriptions that ended when a right was lost.
    pub ended_with: &'a dyn Fn(&PersonId, &Right) -> Vec<EndedWith>,
}

/// All input of a decision: by a pass, which remembers and observes, and by a check, which knows the two trees and their
/// branch alone.
pub struct Case<'a> {
    /// The rules in force. They name each person by the current id.
    pub rules: Arc<Rules>,
    /// The policies and settings that the tree proposes.
    pub change: RuleChange,
    /// The trusted day.
    pub today: Today,
    /// The last trusted moment before this pass.
    pub last: Option<Trusted>,
    /// The tree.
    pub seen: Seen<'a>,
    /// The part of the tree that is looked at.
    pub scope: &'a Scope,
    /// The files of the tree that differ from what was accepted, or that are still open.
    pub head: Head,
    /// People with a date that is due.
    pub due: BTreeSet<PersonId>,
    /// The accepted state of these files and people.
    pub base: Base,
    /// The people whose remembered access is not trusted in this pass.
    pub distrust: Distrust,
    /// The valid releases that are not used up.
    pub releases: BTreeSet<Digest>,
    /// Statements that are used up.
    pub used: UsedStatements,
    /// The rules by which refused entries were judged first.
    pub pins: Pins,
    /// The state that earlier passes left.
    pub known: Known,
    /// The use of the budgets.
    pub spent: Spent,
    /// What was observed of the store and of Rapporteket. It is `None` for a check, which tells what the budgets would
    /// say by the changes alone.
    pub observation: Option<Observation<'a>>,
    /// Whether the forge was asked who has approved.
    pub forge: Forge,
    /// How long absence must last, and since when each entry has been missing.
    pub patience: Patience,
}

impl std::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("scope", self.scope).field("head", &self.head).finish_non_exhaustive()
    }
}
