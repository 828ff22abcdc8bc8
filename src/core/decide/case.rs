//! The case that a pass decides. It holds everything that was read, as values. Nothing is read later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::change::{Base, Head};
use crate::diag::Finding;
use crate::judge::{ApprovedRejections, ForgeInquiry, OfficeDay, Rules};
use crate::model::{Digest, FilePath};
use crate::plan::{Observed, Reports, Untrusted};
use crate::tree::Snapshot;

use super::consent::Consent;
use super::decided::Advance;
use super::known::Known;
use super::proposed::Proposed;
use super::returns::EndedRights;
use super::sought::FileReviews;
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

/// The branch of git that a pass follows, commit by commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedBranch {
    /// The step to the commit whose tree is judged. It is `None` if nothing was accepted from the branch yet, or if the
    /// branch does not go on from the accepted commit.
    pub advance: Option<Advance>,
}

/// The tree, and what is known about its origin.
#[derive(Debug, Clone, Copy)]
pub struct SeenTree<'a> {
    /// The files of the tree, as they were read.
    pub snapshot: &'a Snapshot,
    /// Files that were written since the last pass, if the operating system reported them.
    pub written: &'a BTreeSet<FilePath>,
    /// The looked-at files at the newest commit. It is set only if more commits wait after this one.
    pub newest: Option<&'a AtNewest>,
    /// The branch, if the pass follows one.
    pub branch: Option<&'a FollowedBranch>,
    /// Whether the tree may be an older copy than the one that was accepted last.
    pub copy: Copy,
    /// The time by the machine's clock, which may be wrong.
    pub now: Timestamp,
    /// The moment by a clock that only runs forward. It is `None` if absence need not last.
    pub moment: Option<Instant>,
}

/// The policies and settings that the tree proposes, and what settling them has shown.
#[derive(Debug)]
pub struct RuleChange {
    /// The rules that would be in force.
    pub proposed: Proposed,
    /// The people who approve the rules, if the rules differ from those in force and may come into force.
    pub consent: Option<Consent>,
    /// Statements that are signed beside the rules already in force.
    pub beside: Vec<Digest>,
    /// Findings for people to read.
    pub findings: Vec<Finding>,
}

/// What the forge knows of the lists beside the people's files. About the people's files the forge is asked while they
/// are read.
#[derive(Debug)]
pub struct ForgeAnswers {
    /// Whether the forge was asked who has approved.
    pub asked: ForgeInquiry,
    /// What it knows of the changes of the user lists that do not count yet.
    pub user_lists: FileReviews,
    /// What it knows of rejections that do not count yet.
    pub rejections: ApprovedRejections,
}

/// What was observed of Rapporteket.
#[derive(Default)]
pub struct ReportsObserved {
    /// The state of its reports. It is `None` if the pass does not look at it.
    pub seen: Option<Reports>,
    /// The numbers of the work that earlier passes planned or left owed there, as far as the ledger confirms it.
    pub debts: BTreeSet<i64>,
}

/// What was observed outside the tree.
pub struct Observation {
    /// The accounts that the store was seen to hold.
    pub observed: Observed,
    /// What was observed of Rapporteket.
    pub reports: ReportsObserved,
    /// The ledger's record of report subscriptions that ended when a right was lost.
    pub ended_with: EndedRights,
}

/// What is asked of each entry of a tree.
#[derive(Debug)]
pub enum EntryQuestion {
    /// Whether it may be accepted today, by what was accepted before.
    Today,
    /// Whether it could have been right on any day. The tree is by itself, and nothing was accepted before.
    Ever {
        /// The people as the tree itself names them.
        names: Box<Base>,
    },
}

impl EntryQuestion {
    /// Returns the day on which an approver must be in office.
    pub(super) fn when(&self) -> OfficeDay {
        match self {
            Self::Today => OfficeDay::Today,
            Self::Ever { .. } => OfficeDay::AnyDay,
        }
    }

    /// Returns the people as the tree itself names them, if it is by itself.
    pub(super) fn names(&self) -> Option<&Base> {
        match self {
            Self::Today => None,
            Self::Ever { names } => Some(names.as_ref()),
        }
    }
}

/// All input of a decision. A pass has a memory and observes the store. A check knows only the two trees and their
/// branch.
pub struct Case<'a> {
    /// The rules in force. They name each person by the current id.
    pub rules: Arc<Rules>,
    /// The policies and settings that the tree proposes, as they were settled.
    pub change: RuleChange,
    /// What is asked of each entry.
    pub question: EntryQuestion,
    /// The trusted day, and how far the clock is trusted.
    pub today: Today,
    /// The tree of this pass, and what is known about its origin.
    pub seen: SeenTree<'a>,
    /// The part of the tree that is looked at.
    pub scope: &'a Scope,
    /// The files of the tree that differ from what was accepted, or that are still open.
    pub head: Head,
    /// What is known of the time before.
    pub known: Known,
    /// What the forge knows of the lists.
    pub forge: ForgeAnswers,
    /// What was observed of the store and of Rapporteket. It is `None` for a check, which reckons the budgets from the
    /// changes alone.
    pub observation: Option<Observation>,
    /// What the reading itself found: of the source, of the forge, and of the store.
    pub findings: Vec<Finding>,
}

impl Case<'_> {
    /// Tells whether the whole tree is looked at.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.scope, Scope::Whole)
    }

    /// Tells whether the clock is trusted, and the memory of everybody.
    pub(super) fn is_certain(&self) -> bool {
        !self.today.is_suspect() && self.known.distrust.untrusted == Untrusted::These(BTreeSet::new())
    }

    /// Tells whether everybody is looked at, with nothing in doubt.
    pub(super) fn sees_everybody(&self) -> bool {
        self.is_whole() && self.is_certain()
    }
}

impl std::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("scope", self.scope).field("head", &self.head).finish_non_exhaustive()
    }
}
