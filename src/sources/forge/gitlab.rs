//! This module uses GitLab's REST API, v4: `repository/commits/:sha/merge_requests`, `merge_requests/:iid` and its
//! `approvals` and `versions`, `projects/:id/approvals`, `users/:id`, `repository/tree`.
//!
//! A GitLab approval does not name the head it was given for, and GitLab's commits name no accounts. So the project
//! must remove approvals at every push, and must not let a user approve who added commits. Otherwise everything is
//! refused. GitLab's own rebase button keeps approvals in spite of this setting. So if GitLab gives the time of an
//! approval (`approved_at`), it must be newer than the last version of the request. A change of the target branch
//! makes a version too, with the same head. An approval from before that version was given for another change. If
//! GitLab does not give the time, no approval of such a request counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use portvakt_core::diag::text;
use serde::Deserialize;

use super::folder::{Folder, FolderItem, kind};
use super::weigh::{Discount, Request};
use super::wire::{Pass, object_id};
use super::{ForgeError, Object};

#[derive(Deserialize)]
struct ListedRequest {
    iid: u64,
    target_branch: String,
}

#[derive(Deserialize)]
struct MergeRequest {
    iid: u64,
    web_url: String,
    state: String,
    target_branch: String,
    author: GitLabAccount,
    /// The head. It is `null` for a request without commits.
    sha: Option<String>,
    /// This is `null` until GitLab has processed the request.
    diff_refs: Option<DiffRefs>,
}

#[derive(Deserialize)]
struct DiffRefs {
    base_sha: String,
    head_sha: String,
}

#[derive(Deserialize)]
struct GitLabAccount {
    id: u64,
}

#[derive(Deserialize)]
struct Approvals {
    approved_by: Vec<ApprovedBy>,
}

/// The account of an approval. GitLab lists it also when it is blocked or deactivated since.
#[derive(Deserialize)]
struct ApprovingAccount {
    id: u64,
    state: Option<String>,
}

#[derive(Deserialize)]
struct ApprovedBy {
    user: ApprovingAccount,
    /// Older versions of GitLab do not send this.
    approved_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ProjectApprovals {
    reset_approvals_on_push: Option<bool>,
    merge_requests_disable_committers_approval: Option<bool>,
}

#[derive(Deserialize)]
struct RequestVersion {
    head_commit_sha: Option<String>,
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct User {
    bot: Option<bool>,
    state: Option<String>,
}

/// The states of an account that may not log in.
const STOPPED: [&str; 5] = ["blocked", "ldap_blocked", "blocked_pending_approval", "deactivated", "banned"];

#[derive(Deserialize)]
struct GitLabTreeEntry {
    id: String,
    name: String,
    mode: String,
}

/// Builds an API path in the project. The project's own path is one part of it, with its slashes escaped.
fn api_path<'a>(pass: &'a Pass<'_>, rest: &[&'a str]) -> Vec<&'a str> {
    let mut path = vec!["projects", pass.settings.project.as_str()];
    path.extend(rest);
    path
}

/// Reads the merged requests that brought a commit of the target branch.
pub(super) fn merged(pass: &Pass<'_>, commit: &str) -> Result<Vec<Request>, ForgeError> {
    let path = api_path(pass, &["repository", "commits", commit, "merge_requests"]);
    let named: Vec<ListedRequest> = pass.all(&path, &[])?;
    let numbers: BTreeSet<u64> =
        named.iter().filter(|one| one.target_branch == pass.settings.branch).map(|one| one.iid).collect();
    let mut requests = Vec::new();
    for number in numbers {
        let one = merge_request(pass, number)?;
        if one.state == "merged" && one.target_branch == pass.settings.branch {
            requests.push(request(pass, one)?);
        }
    }
    Ok(requests)
}

/// Reads a merge request that is still open.
pub(super) fn open(pass: &Pass<'_>, number: u64) -> Result<Request, ForgeError> {
    let one = merge_request(pass, number)?;
    if one.state != "opened" || one.target_branch != pass.settings.branch {
        return Err(ForgeError::NotOpen { request: number, branch: pass.settings.branch.clone() });
    }
    request(pass, one)
}

fn merge_request(pass: &Pass<'_>, number: u64) -> Result<MergeRequest, ForgeError> {
    let one: MergeRequest = pass.one(&api_path(pass, &["merge_requests", &number.to_string()]), &[])?;
    if one.iid != number {
        let source = "it is another request".into();
        return Err(ForgeError::Strange { url: one.web_url, source });
    }
    Ok(one)
}

/// Refuses a project whose approvals stay valid after a push.
fn protected(pass: &Pass<'_>) -> Result<(), ForgeError> {
    let unprotected = |what| Err(ForgeError::Unprotected { what });
    let Some(project) = pass.perhaps::<ProjectApprovals>(&api_path(pass, &["approvals"]))? else {
        return unprotected(text!(
            en: "the project has no approval settings (GitLab Premium), or hides them from this token",
            nb: "prosjektet har ingen innstillinger for godkjenning (GitLab Premium), eller skjuler dem for dette tokenet"
        ));
    };
    if project.reset_approvals_on_push != Some(true) {
        return unprotected(text!(
            en: "`Remove all approvals` when a commit is added is off (`reset_approvals_on_push`)",
            nb: "`Remove all approvals` når en innsending kommer til, er slått av (`reset_approvals_on_push`)"
        ));
    }
    if project.merge_requests_disable_committers_approval != Some(true) {
        return unprotected(text!(
            en: "`Prevent approvals by users who add commits` is off (`merge_requests_disable_committers_approval`)",
            nb: "`Prevent approvals by users who add commits` er slått av (`merge_requests_disable_committers_approval`)"
        ));
    }
    Ok(())
}

fn request(pass: &Pass<'_>, one: MergeRequest) -> Result<Request, ForgeError> {
    protected(pass)?;
    let moved = || ForgeError::Moved { request: one.iid };
    let (Some(head), Some(refs)) = (&one.sha, &one.diff_refs) else { return Err(moved()) };
    if refs.head_sha != *head {
        return Err(moved());
    }
    let (head, base) = (object_id(head, Object::Head)?, object_id(&refs.base_sha, Object::MergeBase)?);
    let (approvals, given) = approvals_of_request(pass, &one, &head)?;
    // The approvals do not name the head, so it must not have moved while they were read.
    if merge_request(pass, one.iid)?.sha.as_deref() != Some(head.as_str()) {
        return Err(moved());
    }
    Ok(Request {
        number: one.iid,
        url: one.web_url,
        author: one.author.id,
        contributors: BTreeSet::new(),
        base,
        head,
        approvals,
        given,
    })
}

/// The accounts that approved, each with the reason if the approval is not valid, and when they approved.
type GivenApprovals = (BTreeMap<u64, Option<Discount>>, BTreeMap<u64, Timestamp>);

fn approvals_of_request(
    pass: &Pass<'_>,
    one: &MergeRequest,
    head: &str,
) -> Result<GivenApprovals, ForgeError> {
    let number = one.iid.to_string();
    let versions: Vec<RequestVersion> =
        pass.all(&api_path(pass, &["merge_requests", &number, "versions"]), &[])?;
    let last = versions.iter().max_by_key(|version| version.created_at);
    let last = last.filter(|last| last.head_commit_sha.as_deref() == Some(head));
    let last = last.ok_or(ForgeError::Moved { request: one.iid })?.created_at;
    let of_head = versions.iter().filter(|version| version.head_commit_sha.as_deref() == Some(head)).count();
    let (retargeted, older) =
        if of_head > 1 { (true, Discount::OtherTarget) } else { (false, Discount::OtherHead) };
    let given: Approvals = pass.one(&api_path(pass, &["merge_requests", &number, "approvals"]), &[])?;
    let (mut approvals, mut moments) = (BTreeMap::new(), BTreeMap::new());
    for approval in given.approved_by {
        let account = approval.user.id;
        // A push takes approvals back, so this one is newer than the last version.
        moments.insert(account, approval.approved_at.unwrap_or(last));
        let discount =
            if approval.approved_at.map_or(retargeted, |at| at < last || (retargeted && at == last)) {
                Some(older)
            } else if pass.settings.accounts.contains_key(&account) {
                match pass.perhaps::<User>(&["users", &account.to_string()])? {
                    None => Some(Discount::Gone),
                    Some(User { bot: Some(true), .. }) => Some(Discount::Bot),
                    Some(user) => by_state([approval.user.state.as_deref(), user.state.as_deref()]),
                }
            } else {
                // The account belongs to no person in the settings, so its approval counts for nobody.
                None
            };
        approvals.insert(account, discount);
    }
    Ok((approvals, moments))
}

/// Returns why an account does not approve, by its state. GitLab says it in two answers, and may leave it out of one.
/// Only `active` counts: a state that this program does not know may be one of an account that is stopped.
fn by_state(said: [Option<&str>; 2]) -> Option<Discount> {
    let states: Vec<&str> = said.into_iter().flatten().collect();
    if states.iter().any(|state| STOPPED.contains(state)) {
        Some(Discount::Stopped)
    } else if states.is_empty() || states.iter().any(|state| *state != "active") {
        Some(Discount::UnknownState)
    } else {
        None
    }
}

/// Lists the entries of a folder.
pub(super) fn list(pass: &Pass<'_>, folder: &Folder<'_>) -> Result<Vec<(String, FolderItem)>, ForgeError> {
    let mut query = vec![("ref", folder.commit), ("pagination", "keyset")];
    if !folder.path.is_empty() {
        query.push(("path", &folder.path));
    }
    let entries: Vec<GitLabTreeEntry> = pass.all(&api_path(pass, &["repository", "tree"]), &query)?;
    let mut items = Vec::with_capacity(entries.len());
    for entry in entries {
        let id = object_id(&entry.id, Object::Entry)?;
        items.push((entry.name, FolderItem { kind: kind(&entry.mode), id }));
    }
    Ok(items)
}
