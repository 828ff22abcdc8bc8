//! This module opens a git repository and knows which folder of it holds the tree. All reading of git goes through
//! here. It never uses a work tree, an index or the replacement objects in `refs/replace`. It reads only committed
//! content.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use gix::config::source::Kind as SettingsKind;
use gix::refs::Category;
use jiff::Timestamp;
use portvakt_core::diag::text;
use portvakt_core::tree::SettingsFiles;

use self::opened::{check_format, open_plainly, plainly};
pub(super) use self::way::{PathEnd, PathWay};
use super::error::{AlteredObject, Cause, SourceError};
use super::git::{Commit, KnownFolders, OwnerFiles, PolicyFiles, owners_at, settings_at, tree_at};
use super::objects::{read_blob, read_commit, read_peeled};

mod opened;
mod remote;
mod way;

/// A repository, and the folder in it that holds `desired-state` and `policies`.
///
/// It is opened again for every look, because packs, references and the repository itself may have been replaced.
pub struct Repository {
    pub(super) git: gix::Repository,
    inside: String,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").field("git", &self.git.path()).field("inside", &self.inside).finish()
    }
}

/// A commit with its id and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitMark {
    /// The commit's full id, in hexadecimal digits.
    pub id: String,
    /// The commit time, as the commit itself states it.
    pub time: Timestamp,
}

/// The parts of a commit that are read while walking through history.
pub(super) struct Link {
    pub tree: ObjectId,
    pub parents: Vec<ObjectId>,
    pub time: Timestamp,
}

/// What a name may mean that is not a full one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameMeans {
    /// A branch, or the id of a commit.
    Branch,
    /// Whatever git knows by this name.
    Anything,
}

/// The fewest digits of an id that git takes for one.
const SHORTEST_ID: usize = 4;

/// The size in bytes of the cache for unpacked trees and commits while history is read.
const CACHE: usize = 16 * 1024 * 1024;

impl Repository {
    /// Opens the repository that contains `root`. In a work tree, `root` is the folder of the tree. In a bare
    /// repository, the tree is at the top. In both cases `inside` names a folder further down.
    ///
    /// # Errors
    /// Fails when `root` is in no repository, or when its path inside the repository is not UTF-8.
    pub fn open(root: &Path, inside: &str) -> Result<Self, SourceError> {
        let none = |source: Cause| SourceError::NoRepository { path: root.display().to_string(), source };
        let (found, _) = gix::discover::upwards(root).map_err(|error| none(error.into()))?;
        let (git_dir, _) = found.into_repository_and_work_tree_directories();
        let git = open_plainly(&git_dir)
            .map_err(|source| SourceError::Closed { path: root.display().to_string(), source })?;
        check_format(&git, root)?;
        let mut parts = Vec::new();
        if let Some(work) = git.workdir() {
            let place = |path: &Path| path.canonicalize().map_err(|error| none(error.into()));
            let (top, root) = (place(work)?, place(root)?);
            let below = root.strip_prefix(&top).map_err(|error| none(error.into()))?;
            parts.push(below.to_str().ok_or_else(|| none("its path is not UTF-8".into()))?.to_owned());
        }
        parts.push(inside.to_owned());
        let inside = parts.iter().flat_map(|part| part.split('/')).filter(|part| !part.is_empty());
        Ok(Self { git, inside: inside.collect::<Vec<_>>().join("/") })
    }

    /// Opens the repository at exactly this path. Folders above it are not searched.
    ///
    /// # Errors
    /// Fails when there is no repository at the path.
    pub fn open_at(path: &Path, inside: &str) -> Result<Self, SourceError> {
        let git = open_plainly(path)
            .map_err(|source| SourceError::NoRepository { path: path.display().to_string(), source })?;
        check_format(&git, path)?;
        Ok(Self { git, inside: inside.to_owned() })
    }

    /// Returns the folder of the tree inside the repository. It is empty for the top. All paths of the tree are below
    /// it.
    #[must_use]
    pub fn inside(&self) -> &str {
        &self.inside
    }

    /// Returns the directories that hold `HEAD` and the references. There is one, or two in a linked work tree.
    #[must_use]
    pub fn directories(&self) -> Vec<PathBuf> {
        let (own, common) = (self.git.git_dir().to_owned(), self.git.common_dir().to_owned());
        if own == common { vec![own] } else { vec![own, common] }
    }

    /// Returns the branch that `HEAD` names, without `refs/heads/`. The result is `None` when a single commit is
    /// checked out.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        let name = self.git.head_name().ok().flatten()?;
        name.as_bstr().to_string().strip_prefix("refs/heads/").map(str::to_owned)
    }

    /// Finds the commit of a branch, of a full name or of an id. A tag is never taken for a branch, also where the branch
    /// is gone: tags come with every fetch and nobody protects them.
    ///
    /// # Errors
    /// Fails when there is no such commit.
    pub fn find(&self, rev: &str) -> Result<CommitMark, SourceError> {
        let id = self.id_of(rev)?;
        Ok(CommitMark { id: id.to_string(), time: self.link(id)?.time })
    }

    /// Finds the commit that somebody names who may mean a tag, or anything else that git knows. A branch comes first.
    ///
    /// # Errors
    /// Fails when there is no such commit.
    pub fn find_named(&self, rev: &str) -> Result<CommitMark, SourceError> {
        let id = self.id_by(rev, NameMeans::Anything)?;
        Ok(CommitMark { id: id.to_string(), time: self.link(id)?.time })
    }

    pub(super) fn id_of(&self, rev: &str) -> Result<ObjectId, SourceError> {
        self.id_by(rev, NameMeans::Branch)
    }

    fn id_by(&self, rev: &str, means: NameMeans) -> Result<ObjectId, SourceError> {
        let none = |source: Cause| SourceError::NoCommit { rev: rev.to_owned(), source };
        let rev = &*spelled_out(rev);
        let (name, rest) = rev.split_at(rev.find(['~', '^']).unwrap_or(rev.len()));
        if is_full(name) && self.exactly(name).is_none() {
            return Err(none("nothing has this full name".into()));
        }
        let id = match (ObjectId::from_hex(rev.as_bytes()), self.branch_tip(name)) {
            (Ok(id), _) => id,
            (Err(_), Some(tip)) if rest.is_empty() => tip,
            (Err(_), None) if means == NameMeans::Branch && !self.is_an_id(name) => {
                return Err(none("no branch has this name".into()));
            }
            (Err(_), tip) => {
                let spec = tip.map_or_else(|| rev.to_owned(), |tip| format!("{tip}{rest}"));
                self.git.rev_parse_single(spec.as_str()).map_err(|error| none(error.into()))?.detach()
            }
        };
        let refused = |source: Cause| {
            if source.is::<AlteredObject>() { unread_commit(id, source) } else { none(source) }
        };
        Ok(read_peeled(&self.git, id).map_err(refused)?.id)
    }

    /// Returns the commit that the branch of this name points to. Unlike in git, a branch comes before a tag of the
    /// same name, because tags come with every fetch and nobody protects them. A full name means nothing else:
    /// anybody who may push can name a branch `refs/heads/main`, and it must not be mistaken for `main`.
    fn branch_tip(&self, name: &str) -> Option<ObjectId> {
        if is_full(name) {
            return self.exactly(name)?.peel_to_id().ok().map(gix::Id::detach);
        }
        self.branch_named(name)?.peel_to_id().ok().map(gix::Id::detach)
    }

    /// Returns the branch of this name: a local one, one of a remote, or the main branch of the remote of this name.
    fn branch_named(&self, name: &str) -> Option<gix::Reference<'_>> {
        let places = [
            format!("refs/heads/{name}"),
            format!("refs/remotes/{name}"),
            format!("refs/remotes/{name}/HEAD"),
        ];
        places.iter().find_map(|place| self.exactly(place))
    }

    /// Returns whether a name is the id of an object, or the beginning of one, and no reference has it.
    fn is_an_id(&self, name: &str) -> bool {
        let is_hex = name.len() >= SHORTEST_ID && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex && !matches!(self.git.try_find_reference(name), Ok(Some(_)))
    }

    /// Returns the reference that has exactly this name. The lookup of gix, like that of git, also tries the name below
    /// `refs/tags/`, `refs/heads/` and other folders, so the name of the result is compared.
    fn exactly(&self, name: &str) -> Option<gix::Reference<'_>> {
        let found = self.git.try_find_reference(name).ok().flatten()?;
        (found.name().as_bstr() == name).then_some(found)
    }

    /// Returns whether a name is a branch of this repository, local or of a remote.
    #[must_use]
    pub fn names_branch(&self, rev: &str) -> bool {
        let rev = &*spelled_out(rev);
        let found = if is_full(rev) { self.exactly(rev) } else { self.branch_named(rev) };
        let Some(found) = found else { return false };
        match found.name().category() {
            Some(Category::LocalBranch | Category::RemoteBranch) => true,
            // `HEAD` names a branch unless a single commit is checked out. `origin/HEAD` always names one.
            _ => matches!(found.target().kind(), gix::refs::Kind::Symbolic),
        }
    }

    /// Returns the main branch of a repository that is its own origin, if it has one of the usual name.
    #[must_use]
    pub fn main_branch(&self) -> Option<&'static str> {
        ["refs/heads/main", "refs/heads/master"].into_iter().find(|name| self.id_of(name).is_ok())
    }

    /// Reads the tree of a commit.
    ///
    /// # Errors
    /// Fails when the commit does not exist, when an object is missing, or when the commit has no register or no
    /// policies.
    pub fn commit(&self, rev: &str) -> Result<Commit, SourceError> {
        self.commit_knowing(self.id_of(rev)?, &mut KnownFolders::default())
    }

    /// Reads the settings and the policies of a commit. The persons' files are not read.
    ///
    /// # Errors
    /// Fails as [`Self::commit`] does.
    pub fn settings(&self, rev: &str) -> Result<(SettingsFiles, PolicyFiles), SourceError> {
        settings_at(&self.git, self.link(self.id_of(rev)?)?.tree, &self.inside)
    }

    /// Reads the tree of a commit like [`Self::commit`], but only the parts that differ from `known`. Afterwards
    /// `known` describes this tree.
    pub(super) fn commit_knowing(
        &self,
        id: ObjectId,
        known: &mut KnownFolders,
    ) -> Result<Commit, SourceError> {
        let tree = self.link(id)?.tree;
        Ok(Commit { id: id.to_string(), snapshot: tree_at(&self.git, tree, &self.inside, known)? })
    }

    /// Reads the bytes of a file by its object id.
    ///
    /// # Errors
    /// Fails when the object does not exist, or when it is not a file.
    pub fn blob(&self, id: &str) -> Result<Arc<[u8]>, SourceError> {
        let broken = |source: Cause| {
            let what = text!(en: "object {id}", nb: "objektet {id}");
            SourceError::Part { what, source }
        };
        let id = ObjectId::from_hex(id.as_bytes()).map_err(|error| broken(error.into()))?;
        Ok(read_blob(&self.git, id).map_err(broken)?.into())
    }

    /// Reads the bytes of one file of the tree in a commit. The result is `None` when the file does not exist.
    ///
    /// # Errors
    /// Fails when there is no such commit, or an object is missing.
    pub fn file_at(&self, rev: &str, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let tree = self.link(self.id_of(rev)?)?.tree;
        let end = PathWay::new(self, path).whole_end(tree)?;
        let Some(id) = end.and_then(PathEnd::blob) else { return Ok(None) };
        let broken = |source: Cause| SourceError::Object { path: path.to_owned(), source };
        Ok(Some(read_blob(&self.git, id).map_err(broken)?))
    }

    /// Computes the object id that a file with these bytes has or would have.
    ///
    /// # Errors
    /// Fails when the bytes cannot be hashed.
    pub fn blob_id(&self, bytes: &[u8]) -> Result<String, SourceError> {
        let kind = gix::objs::Kind::Blob;
        let id = gix::objs::compute_hash(self.git.object_hash(), kind, bytes).map_err(|error| {
            let what = text!(en: "the id of a file", nb: "id-en til en fil");
            SourceError::Part { what, source: error.into() }
        })?;
        Ok(id.to_string())
    }

    /// Reads the code owners files of a commit, by which a forge knows which people to ask. They are found wherever
    /// in the repository the tree is.
    ///
    /// # Errors
    /// Fails when there is no such commit, or an object is missing.
    pub fn code_owners(&self, rev: &str) -> Result<OwnerFiles, SourceError> {
        owners_at(&self.git, self.link(self.id_of(rev)?)?.tree)
    }

    /// Opens the repository once more for a merge. Its own settings can name programs that merge or convert files
    /// (`merge.*.driver`, `filter.*`, `diff.*`); none of them is run.
    pub(super) fn to_merge(&self) -> Result<gix::Repository, SourceError> {
        let options =
            plainly().filter_config_section(|section| section.source.kind() != SettingsKind::Repository);
        let opened = gix::open_opts(self.git.path(), options);
        let mut git: gix::Repository = opened.map_err(|error| not_merged(error.into()))?;
        git.object_cache_size_if_unset(CACHE);
        Ok(git)
    }

    /// Reads the tree, the parents and the time of a commit.
    pub(super) fn link(&self, id: ObjectId) -> Result<Link, SourceError> {
        let broken = |source: Cause| unread_commit(id, source);
        let object = read_commit(&self.git, id).map_err(broken)?;
        let mut commit = object.iter();
        let tree = commit.tree_id().map_err(|error| broken(error.into()))?;
        let committer = commit.committer().map_err(|error| broken(error.into()))?;
        let time = Timestamp::from_second(committer.seconds()).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Link { tree, parents: commit.parent_ids().collect(), time })
    }

    /// Returns the first parent of a commit. The result is `None` at the beginning of history.
    ///
    /// # Errors
    /// Fails with [`SourceError::Shallow`] where this clone has been cut off.
    pub(super) fn first_parent(&self, id: ObjectId, link: &Link) -> Result<Option<ObjectId>, SourceError> {
        match link.parents.first() {
            Some(_) if self.is_cut_at(id)? => Err(SourceError::Shallow { commit: id.to_string() }),
            parent => Ok(parent.copied()),
        }
    }

    pub(super) fn is_cut_at(&self, id: ObjectId) -> Result<bool, SourceError> {
        let cut = self.git.shallow_commits().map_err(|error| SourceError::Part {
            what: text!(
                en: "the list of commits that a shallow clone ends at",
                nb: "listen over innsendinger som en grunn klone slutter ved"
            ),
            source: error.into(),
        })?;
        Ok(cut.is_some_and(|commits| commits.iter().any(|commit| *commit == id)))
    }

    /// Returns whether the clone is shallow.
    pub(super) fn is_shallow(&self) -> bool {
        self.git.shallow_commits().is_ok_and(|commits| commits.is_some())
    }
}

/// Returns the full name where a name only lacks `refs/`. To git `heads/main` is the branch `main`, and it must not
/// be mistaken for a branch that somebody named `heads/main`.
pub(super) fn spelled_out(name: &str) -> Cow<'_, str> {
    let lacks = ["heads/", "remotes/", "tags/"].iter().any(|folder| name.starts_with(folder));
    if lacks { Cow::Owned(format!("refs/{name}")) } else { Cow::Borrowed(name) }
}

/// Returns whether a name is the full name of a reference, so that no other reference is meant by it.
fn is_full(name: &str) -> bool {
    name == "HEAD" || name.starts_with("refs/")
}

/// Returns the error of a commit that cannot be read.
fn unread_commit(id: ObjectId, source: Cause) -> SourceError {
    SourceError::Part { what: text!(en: "commit {id}", nb: "innsendingen {id}"), source }
}

/// Returns the error of a merge that could not be made, in any of its steps.
pub(super) fn not_merged(source: Cause) -> SourceError {
    SourceError::Part {
        what: text!(en: "the merge of the two commits", nb: "flettingen av de to innsendingene"),
        source,
    }
}

/// Reads the tree at `root` as it was in the commit `rev`. `root` is a directory in the work tree of a repository.
///
/// # Errors
/// Fails when `root` is in no repository, when the commit does not exist, when an object is missing, or when the
/// commit has no register or no policies.
pub fn from_git(root: &Path, rev: &str) -> Result<Commit, SourceError> {
    Repository::open(root, "")?.commit(rev)
}

/// Reads the tree in the folder `inside` of the commit `rev`. `inside` is empty for the top. The repository may be
/// bare.
///
/// # Errors
/// Fails as [`from_git`] does.
pub fn from_git_at(repository: &Path, rev: &str, inside: &str) -> Result<Commit, SourceError> {
    Repository::open_at(repository, inside)?.commit(rev)
}
