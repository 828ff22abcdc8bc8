//! Judges a change of a branch and shows it as its reviewer sees it. It is a room of its own, because `plan --base`, the
//! branches that wait for a signature, and what is on the way for a person show the same change in the same words.

use portvakt_core::diag::{Exit, Finding, Looked};
use portvakt_engine::review;
use portvakt_engine::review::{ChangeReview, Compared, JudgedTrees};
use portvakt_sources::Made;
use serde_json::json;

use super::progress::Progress;
use super::proposal::{self, NamedProposal, Proposed};
use super::{compared, output, workspace};
use crate::config::{Format, Global};

/// Judges a commit as a change of a branch.
///
/// # Errors
/// The change cannot be judged. For example, it cannot be merged.
pub(super) fn judged_change(global: &Global, target: &str, commit: &str) -> Result<Proposed, Finding> {
    let progress = Progress::reading(global);
    proposal::judged(global, &of_branch(target, commit), &progress)
}

/// Shows a judged change in the words of its comment. They include the findings that stop the change.
pub(super) fn show_judged(global: &Global, proposed: &Proposed) {
    output::out(&review::human(&review::page(&reviewed(global, proposed), global.lang())));
}

/// Shows a commit as a change of a branch, in the words of its comment. They include the findings that stop the change.
///
/// # Errors
/// The change cannot be judged. For example, it cannot be merged.
pub(super) fn show_change(global: &Global, target: &str, commit: &str) -> Result<(), Finding> {
    explained(global, &of_branch(target, commit)).map(drop)
}

fn of_branch(target: &str, commit: &str) -> NamedProposal {
    let (base, head) = (Some(target.to_owned()), Some(commit.to_owned()));
    NamedProposal { base, head, target: Some(target.to_owned()), merge_request: None }
}

/// Returns the review of a change, with the decisions that changed policies make differently.
fn reviewed(global: &Global, proposed: &Proposed) -> ChangeReview {
    let Proposed { base, tree, commits, checked, on, .. } = proposed;
    let judged = JudgedTrees {
        base: commits.base.clone(),
        head: commits.head.clone(),
        merged: commits.made.map(|made| made == Made::Merged),
    };
    let base = base.as_ref().unwrap_or(tree);
    ChangeReview::of(checked, Compared { base, tree, judged, on: *on })
        .naming(compared::of_change(global, proposed))
}

/// Explains a proposed change to its reviewer.
pub(super) fn explained(global: &Global, named: &NamedProposal) -> Result<Exit, Finding> {
    let progress = Progress::reading(global);
    let proposed = proposal::judged(global, named, &progress)?;
    drop(progress);
    let review = reviewed(global, &proposed);
    let Proposed { tree, checked, .. } = proposed;
    let own = if review.does_something() { Exit::Differs } else { Exit::Ok };
    let exit = Finding::exit_of(&checked.findings).worst(own);
    let page = || review::page(&review, global.lang());
    match global.format {
        Format::Markdown => output::out(&review::markdown(&page())),
        Format::Human => output::out(&review::human(&page())),
        Format::Json | Format::Github | Format::Sarif | Format::Junit => {
            let (findings, files) = workspace::placed(global, &checked.findings, &tree);
            let more = json!({ "review": review });
            return Ok(output::findings_and(global, Looked::At(&files), &findings, more, own));
        }
    }
    Ok(exit)
}
