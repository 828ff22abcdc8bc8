//! What a change would make of its target: the head itself where it contains the base, else the merge of the two,
//! made in memory. Neither the work tree nor the repository is written to.

use gix::merge::blob::builtin_driver::text::Labels;
use gix::merge::tree::TreatAsUnresolved;
use portvakt_core::diag::{Text, text};
use portvakt_core::tree::{REGISTER, Snapshot};

use super::error::SourceError;
use super::git::{Known, OwnerFiles, owners_at, tree_at};
use super::repository::{Cause, Repository};

/// A change, with the commits it was made of.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The base's commit.
    pub base: String,
    /// The head's commit.
    pub head: String,
    /// Whether the tree is the merge of the two; else it is the head's.
    pub made: Made,
    /// The base's tree.
    pub base_tree: Snapshot,
    /// The tree that is proposed.
    pub tree: Snapshot,
    /// What it has beside the tree by which a forge knows whom to ask.
    pub code_owners: OwnerFiles,
}

/// How a proposed tree came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is the head's: the head contains the base.
    AsIs,
    /// The head does not contain the base: it was merged into it here, in memory.
    Merged,
}

/// Why a change cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// One of the commits, or what came out, cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Both sides changed the same lines.
    #[error("the base {base} and the head {head} cannot be merged")]
    Conflict {
        /// The base's commit.
        base: String,
        /// The head's commit.
        head: String,
        /// Where, as paths of the repository, in order.
        paths: Vec<String>,
    },
    /// They have no commit in common.
    #[error("the base {base} and the head {head} have no commit in common")]
    Unrelated {
        /// The base's commit.
        base: String,
        /// The head's commit.
        head: String,
    },
}

impl MergeError {
    /// What is wrong, for people; English says what [`std::fmt::Display`] says.
    #[must_use]
    pub fn words(&self) -> Text {
        let nb = match self {
            Self::Source(error) => return error.words(),
            Self::Conflict { base, head, .. } => {
                format!("grunnlaget {base} og endringen {head} kan ikke flettes")
            }
            Self::Unrelated { base, head } => {
                format!("grunnlaget {base} og endringen {head} har ingen felles innsending")
            }
        };
        Text::new(self.to_string(), nb)
    }
}

/// Reads what the change from `base` to `head` would make of the base.
///
/// # Errors
/// When a commit is missing, they have nothing in common, both sides changed the same lines, or a tree is not
/// whole.
pub fn propose(repository: &Repository, base: &str, head: &str) -> Result<Proposal, MergeError> {
    let (base, head) = (repository.id_of(base)?, repository.id_of(head)?);
    let (base_name, head_name) = (base.to_string(), head.to_string());
    let mut known = Known::default();
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
    // Read apart, so that each tree comes with the bytes of all its files.
    let base_tree = repository.commit(&base_name)?.snapshot;
    let (made, tree, code_owners) = if shared == base {
        (Made::AsIs, repository.commit(&head_name)?.snapshot, repository.code_owners(&head_name)?)
    } else {
        let memory = repository.git.clone().with_object_memory();
        let tree = merged(&memory, base, head)?;
        let code_owners = owners_at(&memory, tree)?;
        (Made::Merged, tree_at(&memory, tree, repository.inside(), &mut known)?, code_owners)
    };
    Ok(Proposal { base: base_name, head: head_name, made, base_tree, tree, code_owners })
}

/// The target that the checked-out commit has gone on from, found without being named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forked {
    /// The branch of `origin`, as people write it.
    pub target: &'static str,
    /// Where it stands.
    pub tip: String,
    /// The newest commit that both have: the tip itself, unless the target has moved on.
    pub shared: String,
}

/// What a work tree is to be compared with, where nobody has said: the branch of `origin` that changes are meant for.
/// `None` where that is not known, where the checked-out commit is behind it or at it, or where one of the two does not
/// have the tree. A branch of this clone's own is never guessed.
///
/// # Errors
/// When the repository cannot be read.
pub fn forked(repository: &Repository) -> Result<Option<Forked>, SourceError> {
    let Some(name) = repository.default_target() else { return Ok(None) };
    let (head, tip) = (repository.id_of("HEAD")?, repository.id_of(name)?);
    let Ok(Some(shared)) = repository.git.merge_base(head, tip) else { return Ok(None) };
    let shared = shared.detach();
    let has_tree = |rev: &str| Ok::<_, SourceError>(repository.file_at(rev, REGISTER)?.is_some());
    if shared == head || !has_tree("HEAD")? || !has_tree(&shared.to_string())? || !has_tree(name)? {
        return Ok(None);
    }
    let target = name.strip_prefix("refs/remotes/").unwrap_or(name);
    Ok(Some(Forked { target, tip: tip.to_string(), shared: shared.to_string() }))
}

fn broken(what: Text, source: Cause) -> SourceError {
    SourceError::Part { what, source }
}

/// The tree of the merge; what it needs is written into the memory of this repository and nowhere else.
fn merged(
    memory: &gix::Repository,
    base: gix::ObjectId,
    head: gix::ObjectId,
) -> Result<gix::ObjectId, MergeError> {
    let failed = |error: gix::Error| {
        let what = text!(en: "the merge of the two commits", nb: "flettingen av de to innsendingene");
        broken(what, error.into())
    };
    let options = memory.tree_merge_options().map_err(failed)?;
    let labels = Labels { ancestor: None, current: Some("base".into()), other: Some("head".into()) };
    let mut merge = memory.merge_commits(base, head, labels, options.into()).map_err(failed)?.tree_merge;
    let how = TreatAsUnresolved::git();
    if merge.has_unresolved_conflicts(how) {
        let mut paths: Vec<String> = merge
            .conflicts
            .iter()
            .filter(|conflict| conflict.is_unresolved(how))
            .map(|conflict| conflict.ours.location().to_string())
            .collect();
        paths.sort();
        paths.dedup();
        return Err(MergeError::Conflict { base: base.to_string(), head: head.to_string(), paths });
    }
    Ok(merge.tree.write().map_err(failed)?.detach())
}

/// Whether a base lacks commits of its target branch: then what is judged is not what would be merged.
///
/// # Errors
/// When history cannot be read.
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
        // What they share may lie where the clone was cut off.
        _ if repository.is_shallow() => Err(SourceError::Shallow { commit: base.to_string() }),
        _ => Ok(true),
    }
}
