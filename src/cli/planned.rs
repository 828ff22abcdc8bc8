//! Decides what `apply` would do, and finds who approved it. `plan`, `explain` and `release` all show this one
//! decision.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use portvakt_core::decide::{Decided, Nothing, Patience, Reviews, Scope};
use portvakt_core::diag::{Finding, text};
use portvakt_core::model::{FilePath, GrantKey};
use portvakt_core::reports::ReadReports;
use portvakt_engine::memory;
use portvakt_engine::memory::MemoryError;
use portvakt_engine::pass::{PassInput, PassTools, Shelf, prepare_pass};
use portvakt_engine::reconcile::engine::{AcceptedFrom, EngineError};
use portvakt_engine::reconcile::origin::branch_rewritten;
use portvakt_engine::reconcile::reviews::ForgeClient;
use portvakt_sources::{SourceError, commits_since_accepted};
use portvakt_stores::tables::Reader;

use super::places::reports;
use super::progress::Progress;
use super::steps::{self, ApprovalWords};
use super::tree::Tree;
use super::{finding, reading, tree};
use crate::config::Global;

/// A plan, with the facts that people want to see beside it.
pub(super) struct Planned {
    pub decided: Decided,
    pub approvals: ApprovalWords,
    /// The number of commits from the accepted one to the tip, if a branch is followed.
    pub commits: Option<usize>,
    /// The files that were read.
    pub files: Vec<FilePath>,
    /// The number of steps that an earlier pass began at a register elsewhere, without a known outcome.
    pub unsettled: usize,
}

/// Decides what would be done, and adds the approvals and the files that were read.
pub(super) fn decide(global: &Global) -> Result<Planned, Finding> {
    let progress = Progress::reading(global);
    let Tree { snapshot, commit } = tree::read_tree(global)?;
    progress.now(text!(en: "judging and comparing", nb: "vurderer og sammenligner"));
    let (reader, store) = reading::with_store(global, reading::open_quietly(global)?)?;
    let reports = reports(global)?;
    let commits = along(global, &reader, commit.as_deref())?;
    let mut asked = PassTools {
        memory: reader.connection(),
        store: store.as_ref(),
        reports: reports.as_ref().map(|reports| reports as &dyn ReadReports),
        shelf: &mut Shelf::default(),
        patience: &mut Patience::None,
    };
    let evidence = reading::accepted_evidence(&reader)?;
    let (branch, token) = (global.branch(), global.forge_token());
    let asking = match evidence {
        None => Ok(None),
        Some(evidence) => ForgeClient::ready(&evidence, branch.as_ref(), token.as_deref()),
    };
    let (asking, besides) = asking.map_or_else(|finding| (None, vec![finding]), |ready| (ready, Vec::new()));
    let forge = asking.as_ref().zip(commit.as_deref()).map(|(asking, commit)| asking.merged(commit));
    let seen = PassInput {
        reviews: forge.as_ref().map_or(&Nothing as &dyn Reviews, |forge| forge),
        findings: &besides,
        ..PassInput::alone(&snapshot, global.clock().now(), Instant::now())
    };
    let decided = prepare_pass(&mut asked, seen, &Scope::Whole)
        .map_err(|error| finding::located(global, finding::of(error)))?;
    let approvals = approvals(&decided, &reader).map_err(finding::of)?;
    let files = snapshot.files().map(|(path, _)| path).collect();
    // In the embedded register an effect and its record are one transaction. So no step is ever without an outcome
    // there.
    let unsettled = match global.store.place() {
        None => 0,
        Some(_) => memory::unsettled(reader.connection()).map_err(finding::of)?,
    };
    Ok(Planned { decided, approvals, commits, files, unsettled })
}

/// Checks that the tip of the branch descends from the accepted commit, and counts the commits between them.
fn along(global: &Global, reader: &Reader, tip: Option<&str>) -> Result<Option<usize>, Finding> {
    let accepted = memory::accepted_commit(reader.connection()).map_err(finding::of)?;
    let has_base = memory::accepted_rules(reader.connection()).map_err(finding::of)?.is_some();
    let failed = |error: SourceError| finding::of_source(global, &error);
    match (tip, accepted, global.branch()) {
        (None, Some(_), _) => Err(finding::of(EngineError::Switched { from: AcceptedFrom::Git })),
        (Some(_), None, _) if has_base => {
            Err(finding::of(EngineError::Switched { from: AcceptedFrom::Directory }))
        }
        (Some(tip), Some(accepted), Some(branch)) => {
            let repository = branch.open().map_err(failed)?;
            match commits_since_accepted(&repository, &accepted, tip).map_err(failed)? {
                Ok(commits) => Ok(Some(commits)),
                Err(why) => {
                    let tip = repository.find(tip).map_err(failed)?;
                    Err(branch_rewritten(&why, &accepted, &tip))
                }
            }
        }
        _ => Ok(None),
    }
}

/// Returns the approvals of the grants that the steps are about.
fn approvals(decided: &Decided, reader: &Reader) -> Result<ApprovalWords, MemoryError> {
    let keys: BTreeSet<&GrantKey> = decided.plan.steps.iter().flat_map(steps::grants).collect();
    let people = keys.iter().map(|key| key.person.clone()).collect();
    let wanted = memory::WantedOfBase { people, ..memory::WantedOfBase::default() };
    let base = memory::base(reader.connection(), &decided.rules.register, Some(&wanted))?;
    let accepted: BTreeMap<_, _> =
        decided.outcome.grants.iter().map(|standing| (&standing.grant.key, standing)).collect();
    let mut approvals = ApprovalWords::new();
    for key in keys {
        if let Some(standing) = accepted.get(key).copied().or_else(|| base.standing(key)) {
            let approval = &standing.grant.approval;
            let (by, on, request) = (&approval.by, approval.on, &key.request);
            let told = text!(
                en: "approved by {by} on {on}, {request}",
                nb: "godkjent av {by} {on}, {request}"
            );
            approvals.insert(key.clone(), told);
        }
    }
    Ok(approvals)
}
