//! This module computes the tree that a change would give its target. If the head contains the base, that is the
//! head's tree. If not, base and head are merged in memory. Nothing is written to the work tree or to the repository.

use gix::merge::blob::builtin_driver::text::Labels;
use gix::merge::tree::TreatAsUnresolved;
use portvakt_core::diag::{Text, text};
use portvakt_core::tree::{REGISTER, Snapshot, shown};

use super::error::{Cause, SourceError};
use super::git::{KnownFolders, OwnerFiles, owners_at, tree_at};
use super::objects::read_commit;
use super::repository::{Repository, not_merged};
use super::stranded::stranded;

/// A proposed change, with its two commits.
#[derive(Debug, Clone)]
pub struct MergeProposal {
    /// The id of the base commit.
    pub base: String,
    /// The id of the head commit.
    pub head: String,
    /// How the proposed tree was made: it is the head's tree, or a merge.
    pub made: Made,
    /// Whether the base is one of the head's first parents. If it is not, a fast-forward would take it off the line
    /// that is followed.
    pub keeps_the_line: bool,
    /// The tree of the base commit.
    pub base_tree: Snapshot,
    /// The tree that is proposed.
    pub tree: Snapshot,
    /// The code owners files of the proposed change. A forge uses them to know which people to ask.
    pub code_owners: OwnerFiles,
}

/// The way a proposed tree was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// The tree is the head's tree, because the head contains the base.
    AsIs,
    /// The head does not contain the base, so the two were merged in memory.
    Merged,
}

/// The reason why a change cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// One of the commits, or the merged tree, cannot be read.
    Source(#[from] SourceError),
    /// Both sides changed the same lines.
    Conflict {
        /// The id of the base commit.
        base: String,
        /// The id of the head commit.
        head: String,
        /// The paths in conflict, sorted. They begin at the top of the repository.
        paths: Vec<String>,
    },
    /// One side moved a folder, and the other put files under its old name. Git does not know where they belong.
    Stranded {
        /// The id of the base commit.
        base: String,
        /// The id of the head commit.
        head: String,
        /// The files under the old name, sorted. Their paths begin at the top of the repository.
        paths: Vec<String>,
    },
    /// The two commits have no commit in common.
    Unrelated {
        /// The id of the base commit.
        base: String,
        /// The id of the head commit.
        head: String,
    },
}

impl MergeError {
    /// Returns the error as text for people.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Source(error) => error.words(),
            Self::Conflict { base, head, .. } | Self::Stranded { base, head, .. } => text!(
                en: "the base {base} and the head {head} cannot be merged",
                nb: "endringen {head} kan ikke flettes inn i {base}"
            ),
            Self::Unrelated { base, head } => text!(
                en: "the base {base} and the head {head} have no commit in common",
                nb: "endringen {head} og {base} har ingen felles historikk"
            ),
        }
    }
}

impl std::fmt::Display for MergeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Computes the tree that the change from `base` to `head` would give.
///
/// # Errors
/// Fails when a commit is missing, when the two have no commit in common, when both sides changed the same lines, when
/// one side moved a folder that the other added a file to, or when a tree is not whole.
pub fn propose(repository: &Repository, base: &str, head: &str) -> Result<MergeProposal, MergeError> {
    let (base, head) = (repository.id_of(base)?, repository.id_of(head)?);
    let (base_name, head_name) = (base.to_string(), head.to_string());
    let mut known = KnownFolders::default();
    let shared = repository
        .git
        .merge_base(base, head)
        .map_err(|error| {
            broken(
                text!(en: "the history of the two commits", nb: "historikken til de to innsendingene"),
                error.into(),
            )
        })?
        .map(gix::Id::detach);
    let Some(shared) = shared else {
        return Err(if repository.is_shallow() {
            SourceError::Shallow { commit: base_name }.into()
        } else {
            MergeError::Unrelated { base: base_name, head: head_name }
        });
    };
    // The two trees are read separately, so that each one has the bytes of all its files.
    let base_tree = repository.commit(&base_name)?.snapshot;
    let (made, tree, code_owners) = if shared == base {
        (Made::AsIs, repository.commit(&head_name)?.snapshot, repository.code_owners(&head_name)?)
    } else {
        let memory = repository.to_merge()?.with_object_memory();
        let tree = merged_tree(&memory, base, head)?;
        let code_owners = owners_at(&memory, tree)?;
        (Made::Merged, tree_at(&memory, tree, repository.inside(), &mut known)?, code_owners)
    };
    let keeps_the_line = made == Made::Merged || is_first_parent(repository, base, head)?;
    Ok(MergeProposal { keeps_the_line, base: base_name, head: head_name, made, base_tree, tree, code_owners })
}

/// The target branch of the checked-out commit. It is found without being named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forked {
    /// The branch of the remote, as people write it.
    pub target: String,
    /// The commit that the target branch points to.
    pub tip: String,
    /// The newest commit that both have. It is the tip itself, unless the target has moved on.
    pub shared: String,
    /// Whether the checked-out commit has something that the target branch does not have.
    pub ahead: bool,
}

/// Finds the branch to compare a work tree with if nobody has named one: the branch of the remote that changes
/// are meant for. The result is `None` if that branch is not known, or if one of the two has no tree of the register. A local
/// branch is never guessed.
///
/// # Errors
/// Fails when the repository cannot be read.
pub fn forked(repository: &Repository) -> Result<Option<Forked>, SourceError> {
    let Some(name) = repository.default_target() else { return Ok(None) };
    let (head, tip) = (repository.id_of("HEAD")?, repository.id_of(&name)?);
    let Ok(Some(shared)) = repository.git.merge_base(head, tip) else { return Ok(None) };
    let shared = shared.detach();
    let has_tree = |rev: &str| Ok::<_, SourceError>(repository.file_at(rev, REGISTER)?.is_some());
    if !has_tree("HEAD")? || !has_tree(&shared.to_string())? || !has_tree(&name)? {
        return Ok(None);
    }
    let target = name.strip_prefix("refs/remotes/").unwrap_or(&name).to_owned();
    let ahead = shared != head;
    Ok(Some(Forked { target, tip: tip.to_string(), shared: shared.to_string(), ahead }))
}

/// Returns whether a commit is the other one, or is reached from it by first parents alone.
fn is_first_parent(
    repository: &Repository,
    sought: gix::ObjectId,
    from: gix::ObjectId,
) -> Result<bool, SourceError> {
    let mut at = Some(from);
    while let Some(id) = at {
        if id == sought {
            return Ok(true);
        }
        if repository.is_cut_at(id)? {
            // The rest of the line is not in this clone, so nothing is reported about it.
            return Ok(true);
        }
        at = repository.link(id)?.parents.first().copied();
    }
    Ok(false)
}

fn broken(what: Text, source: Cause) -> SourceError {
    SourceError::Part { what, source }
}

/// Merges the two commits and returns the id of the merged tree. New objects are kept in memory and never written to
/// disk.
fn merged_tree(
    memory: &gix::Repository,
    base: gix::ObjectId,
    head: gix::ObjectId,
) -> Result<gix::ObjectId, MergeError> {
    let failed = |error: gix::Error| not_merged(error.into());
    // Renames are found in the same way whatever the settings of the repository say.
    let options =
        memory.tree_merge_options().map_err(failed)?.with_rewrites(Some(gix::diff::Rewrites::default()));
    let labels = Labels { ancestor: None, current: Some("base".into()), other: Some("head".into()) };
    let outcome = memory.merge_commits(base, head, labels, options.into()).map_err(failed)?;
    let (ancestor, mut merge) = (outcome.merge_base_tree_id, outcome.tree_merge);
    // Lines that both sides changed are a conflict, even if an attribute says `merge=union`.
    let how = TreatAsUnresolved::forced_resolution();
    let (base_name, head_name) = (base.to_string(), head.to_string());
    if merge.has_unresolved_conflicts(how) {
        let mut paths: Vec<String> = merge
            .conflicts
            .iter()
            .filter(|conflict| conflict.is_unresolved(how))
            .map(|conflict| shown(conflict.ours.location()))
            .collect();
        paths.sort();
        paths.dedup();
        return Err(MergeError::Conflict { base: base_name, head: head_name, paths });
    }
    let mut sides = [base, head];
    for side in &mut sides {
        let commit = read_commit(memory, *side).map_err(not_merged)?;
        *side = commit.tree_id().map_err(failed)?.detach();
    }
    let stranded = stranded(memory, ancestor, sides).map_err(not_merged)?;
    if !stranded.is_empty() {
        let paths = stranded.into_iter().collect();
        return Err(MergeError::Stranded { base: base_name, head: head_name, paths });
    }
    Ok(merge.tree.write().map_err(failed)?.detach())
}

/// Returns whether the target branch has commits that the base lacks. In that case the judged tree is not the tree that
/// a merge would give.
///
/// # Errors
/// Fails when history cannot be read.
pub fn is_stale(repository: &Repository, base: &str, target: &str) -> Result<bool, SourceError> {
    let (base, target) = (repository.id_of(base)?, repository.id_of(target)?);
    if base == target {
        return Ok(false);
    }
    let shared = repository.git.merge_base(base, target).map_err(|error| {
        broken(
            text!(
                en: "the history of the base and its target",
                nb: "historikken til grunnlaget og målet"
            ),
            error.into(),
        )
    })?;
    match shared.map(gix::Id::detach) {
        Some(id) if id == target => Ok(false),
        Some(id) if id == base => Ok(true),
        // The shared commit may be in the part that the shallow clone lacks.
        _ if repository.is_shallow() => Err(SourceError::Shallow { commit: base.to_string() }),
        _ => Ok(true),
    }
}
