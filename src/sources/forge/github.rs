//! This module uses GitHub's REST API, version 2022-11-28. GitHub Enterprise Server has the same API. The paths are
//! `commits/{sha}/pulls`, `pulls/{n}`, its `reviews` and `commits`, `issues/{n}/events`, `compare`, `git/commits`,
//! `git/trees`.
//!
//! An approval names its head, but not the base that the head was compared with. If the base is a branch that already
//! contains the change, the request does not show the change. So an approval counts only if it is newer than the last
//! change of the base.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;

use super::folder::{Folder, FolderItem, kind};
use super::weigh::{Discount, Request};
use super::wire::{Pass, object_id};
use super::{ForgeError, Object};

#[derive(Deserialize)]
struct Associated {
    number: u64,
    base: Side,
}

#[derive(Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    branch: String,
}

#[derive(Deserialize)]
struct GitObject {
    sha: String,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    html_url: String,
    state: String,
    merged: bool,
    user: GitHubAccount,
    base: Side,
    head: GitObject,
    commits: u64,
}

#[derive(Deserialize)]
struct GitHubAccount {
    id: u64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct GivenReview {
    /// This is `null` when the account has been deleted.
    user: Option<GitHubAccount>,
    state: String,
    commit_id: Option<String>,
    /// A review that has not been submitted does not have this field.
    submitted_at: Option<Timestamp>,
}

/// Something that happened to a pull request, which GitHub lists as an issue.
#[derive(Deserialize)]
struct IssueEvent {
    event: String,
    created_at: Timestamp,
}

/// The events by which the request is compared with something else: its base was changed by hand, or because the base was
/// merged and deleted, or the base itself was rewritten.
const OTHER_BASE: [&str; 3] =
    ["base_ref_changed", "automatic_base_change_succeeded", "base_ref_force_pushed"];

#[derive(Deserialize)]
struct PullCommit {
    author: Option<Contributor>,
    committer: Option<Contributor>,
}

/// An account. It is an empty object if GitHub knows no account for the e-mail address.
#[derive(Deserialize)]
struct Contributor {
    id: Option<u64>,
}

#[derive(Deserialize)]
struct GitHubCommit {
    tree: GitObject,
    parents: Vec<GitObject>,
}

#[derive(Deserialize)]
struct Comparison {
    merge_base_commit: GitObject,
}

#[derive(Deserialize)]
struct Tree {
    tree: Vec<GitHubTreeEntry>,
    truncated: bool,
}

#[derive(Deserialize)]
struct GitHubTreeEntry {
    path: String,
    mode: String,
    sha: String,
}

/// Builds an API path in the project.
fn api_path<'a>(pass: &'a Pass<'_>, rest: &[&'a str]) -> Vec<&'a str> {
    let mut path = vec!["repos"];
    path.extend(pass.settings.project.split('/'));
    path.extend(rest);
    path
}

/// Reads the merged pull requests that brought a commit of the target branch.
pub(super) fn merged(pass: &Pass<'_>, commit: &str) -> Result<Vec<Request>, ForgeError> {
    let named: Vec<Associated> = pass.all(&api_path(pass, &["commits", commit, "pulls"]), &[])?;
    let numbers: BTreeSet<u64> = named
        .iter()
        .filter(|pull| pull.base.branch == pass.settings.branch)
        .map(|pull| pull.number)
        .collect();
    let mut requests = Vec::new();
    for number in numbers {
        let pull = pull(pass, number)?;
        if pull.merged && pull.base.branch == pass.settings.branch {
            let base = base_of_merged(pass, &pull, commit)?;
            requests.push(request(pass, pull, base)?);
        }
    }
    Ok(requests)
}

/// Reads a pull request that is still open.
pub(super) fn open(pass: &Pass<'_>, number: u64) -> Result<Request, ForgeError> {
    let pull = pull(pass, number)?;
    if pull.state != "open" || pull.merged || pull.base.branch != pass.settings.branch {
        return Err(ForgeError::NotOpen { request: number, branch: pass.settings.branch.clone() });
    }
    let base = merge_base(pass, &pass.settings.branch, &pull.head.sha)?;
    request(pass, pull, base)
}

fn pull(pass: &Pass<'_>, number: u64) -> Result<Pull, ForgeError> {
    let mut pull: Pull = pass.one(&api_path(pass, &["pulls", &number.to_string()]), &[])?;
    pull.head.sha = object_id(&pull.head.sha, Object::Head)?;
    if pull.number != number {
        let source = "it is another request".into();
        return Err(ForgeError::Strange { url: pull.html_url, source });
    }
    Ok(pull)
}

fn merge_base(pass: &Pass<'_>, base: &str, head: &str) -> Result<String, ForgeError> {
    let both = format!("{base}...{head}");
    let compared: Comparison = pass.one(&api_path(pass, &["compare", &both]), &[("per_page", "1")])?;
    object_id(&compared.merge_base_commit.sha, Object::MergeBase)
}

/// Finds the commit where the request's head left the target branch, as that branch was just before `commit`. The
/// `base.sha` of the request is not used. It may be older, and then changes that others merged in between would look
/// reviewed here. Merge, squash and rebase make new commits, so `commit` is normally not one of the request's own
/// commits. If it is, it was pushed to the branch directly.
fn base_of_merged(pass: &Pass<'_>, pull: &Pull, commit: &str) -> Result<String, ForgeError> {
    let pushed = || ForgeError::Pushed { request: pull.number, commit: commit.to_owned() };
    if merge_base(pass, commit, &pull.head.sha)? == commit {
        return Err(pushed());
    }
    let here: GitHubCommit = pass.one(&api_path(pass, &["git", "commits", commit]), &[])?;
    let before = here.parents.first().ok_or_else(pushed)?;
    merge_base(pass, &object_id(&before.sha, Object::Parent)?, &pull.head.sha)
}

fn request(pass: &Pass<'_>, pull: Pull, base: String) -> Result<Request, ForgeError> {
    let number = pull.number.to_string();
    let commits: Vec<PullCommit> = pass.all(&api_path(pass, &["pulls", &number, "commits"]), &[])?;
    let named = commits.len() as u64;
    if named != pull.commits {
        // GitHub lists at most 250 commits. The authors of the others would not be known.
        return Err(ForgeError::Commits { request: pull.number, named, all: pull.commits });
    }
    let contributors = commits
        .iter()
        .flat_map(|commit| [&commit.author, &commit.committer])
        .filter_map(|account| account.as_ref()?.id)
        .collect();
    let reviews: Vec<GivenReview> = pass.all(&api_path(pass, &["pulls", &number, "reviews"]), &[])?;
    // These are asked after the reviews. If the base is changed in between, the approvals no longer count.
    let events: Vec<IssueEvent> = pass.all(&api_path(pass, &["issues", &number, "events"]), &[])?;
    let moved =
        events.iter().filter(|one| OTHER_BASE.contains(&one.event.as_str())).map(|one| one.created_at);
    let given = approval_moments(&reviews);
    Ok(Request {
        number: pull.number,
        url: pull.html_url,
        author: pull.user.id,
        contributors,
        base,
        given,
        approvals: stand(reviews, &pull.head.sha, moved.max()),
        head: pull.head.sha,
    })
}

/// Returns when each account approved last.
fn approval_moments(reviews: &[GivenReview]) -> BTreeMap<u64, Timestamp> {
    let mut last: BTreeMap<u64, Timestamp> = BTreeMap::new();
    for review in reviews.iter().filter(|review| review.state == "APPROVED") {
        let (Some(user), Some(submitted)) = (&review.user, review.submitted_at) else { continue };
        let known = last.entry(user.id).or_insert(submitted);
        *known = submitted.max(*known);
    }
    last
}

/// For each account, the last review that is more than a comment decides. `moved` is when the base was last changed.
fn stand(
    mut reviews: Vec<GivenReview>,
    head: &str,
    moved: Option<Timestamp>,
) -> BTreeMap<u64, Option<Discount>> {
    // The list usually has this order already. A review that was begun early and submitted late must not come before
    // others.
    reviews.sort_by_key(|review| review.submitted_at);
    let mut approvals = BTreeMap::new();
    for review in reviews {
        let (Some(user), Some(submitted)) = (review.user, review.submitted_at) else { continue };
        match review.state.as_str() {
            "APPROVED" => {
                let discount = if user.kind != "User" {
                    Some(Discount::Bot)
                } else if review.commit_id.as_deref() != Some(head) {
                    Some(Discount::OtherHead)
                } else {
                    // If both happened in the same second, nobody knows which came first.
                    moved.filter(|moved| submitted <= *moved).map(|_| Discount::OtherTarget)
                };
                approvals.insert(user.id, discount);
            }
            "COMMENTED" | "PENDING" => {}
            // The state is CHANGES_REQUESTED, DISMISSED, or one that GitHub may add later.
            _ => {
                if let Some(approval) = approvals.get_mut(&user.id) {
                    *approval = Some(Discount::TakenBack);
                } else if review.state == "DISMISSED" {
                    approvals.insert(user.id, Some(Discount::TakenBack));
                }
            }
        }
    }
    approvals
}

/// Lists the entries of a folder.
pub(super) fn list(pass: &Pass<'_>, folder: &Folder<'_>) -> Result<Vec<(String, FolderItem)>, ForgeError> {
    let id = match &folder.tree {
        Some(id) => id.clone(),
        None => {
            let commit: GitHubCommit = pass.one(&api_path(pass, &["git", "commits", folder.commit]), &[])?;
            object_id(&commit.tree.sha, Object::Tree)?
        }
    };
    let tree: Tree = pass.one(&api_path(pass, &["git", "trees", &id]), &[])?;
    if tree.truncated {
        return Err(ForgeError::Truncated { path: folder.path.clone() });
    }
    let mut items = Vec::with_capacity(tree.tree.len());
    for entry in tree.tree {
        let id = object_id(&entry.sha, Object::Entry)?;
        items.push((entry.path, FolderItem { kind: kind(&entry.mode), id }));
    }
    Ok(items)
}
