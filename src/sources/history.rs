//! This module finds how one path changed, commit by commit along first parents. It only reads, and it compares
//! object ids at the path. Ten thousand commits take well under a second.

use std::collections::{BTreeMap, BTreeSet};

use gix::objs::tree::EntryKind;
use jiff::Timestamp;

use super::error::{Cause, SourceError};
use super::objects::{read_blob, read_tree};
use super::repository::{PathEnd, PathWay, Repository};

/// A commit that changed a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChange {
    /// The id of the commit, in hexadecimal digits.
    pub commit: String,
    /// The object id at this path in the first parent. It is `None` if the path did not exist there, or if this is
    /// the first commit.
    pub old: Option<String>,
    /// The object id at this path in this commit. It is `None` if the commit removed the path.
    pub new: Option<String>,
}

/// A file as one commit left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The id of the commit that introduced this version.
    pub commit: String,
    /// The commit time, as the commit itself states it.
    pub time: Timestamp,
    /// The content of the file.
    pub bytes: Vec<u8>,
}

/// Finds the newest commit that changed `path` of the tree, from `commit` along first parents. The result is `None`
/// if the path never existed.
///
/// # Errors
/// Fails when the commit does not exist, when an object is missing, or when a shallow clone ends before the answer is
/// known.
pub fn last_change(
    repository: &Repository,
    commit: &str,
    path: &str,
) -> Result<Option<PathChange>, SourceError> {
    Ok(changes_of(repository, commit, path, 1)?.into_iter().next())
}

/// Finds the newest changes of `path` of the tree, from `commit` along first parents. At most `most` are returned.
///
/// # Errors
/// Fails as [`last_change`] does.
pub fn changes_of(
    repository: &Repository,
    commit: &str,
    path: &str,
    most: usize,
) -> Result<Vec<PathChange>, SourceError> {
    let mut found = Vec::new();
    if most > 0 {
        walk(repository, commit, path, |change| {
            found.push(change.path_change());
            if found.len() == most { WalkNext::Enough } else { WalkNext::More }
        })?;
    }
    Ok(found)
}

/// Finds the newest commit before a change of any of these paths of the tree that is wanted, from `commit` back along
/// first parents. A commit that changes none of them has the same as its parent, so it is not asked about. At most
/// `most` commits are. The result is `None` if none of them is wanted.
///
/// # Errors
/// Fails as [`last_change`] does.
pub fn newest_before_change(
    repository: &Repository,
    commit: &str,
    paths: &[&str],
    most: usize,
    wanted: impl Fn(&str) -> bool,
) -> Result<Option<String>, SourceError> {
    let mut ways: Vec<PathWay<'_>> = paths.iter().map(|path| PathWay::new(repository, path)).collect();
    let mut ends = |tree: gix::ObjectId| -> Result<Vec<Option<gix::ObjectId>>, SourceError> {
        ways.iter_mut().map(|way| way.end(tree)).collect()
    };
    let mut at = repository.id_of(commit)?;
    let mut link = repository.link(at)?;
    let mut here = ends(link.tree)?;
    let mut asked = 0_usize;
    while asked < most {
        let Some(parent) = repository.first_parent(at, &link)? else { break };
        let earlier = repository.link(parent)?;
        let before = ends(earlier.tree)?;
        if before != here {
            let name = parent.to_string();
            if wanted(&name) {
                return Ok(Some(name));
            }
            asked += 1;
        }
        (at, link, here) = (parent, earlier, before);
    }
    Ok(None)
}

/// Finds the versions of the file at `path` of the tree, from `commit` back along first parents. The newest comes
/// first, and each content appears once. At most `most` are returned.
///
/// # Errors
/// Fails as [`last_change`] does. It also fails where a shallow clone ends, unless `most` versions were found before.
pub fn earlier_versions(
    repository: &Repository,
    commit: &str,
    path: &str,
    most: usize,
) -> Result<Vec<Version>, SourceError> {
    let mut seen = BTreeSet::new();
    versions_where(repository, (commit, path), most, |blob| seen.insert(blob))
}

/// Does the same, but with each content as often as it came: a content that was put back is there once more.
///
/// # Errors
/// Fails as [`earlier_versions`] does.
pub fn all_states(
    repository: &Repository,
    commit: &str,
    path: &str,
    most: usize,
) -> Result<Vec<Version>, SourceError> {
    versions_where(repository, (commit, path), most, |_| true)
}

fn versions_where(
    repository: &Repository,
    (commit, path): (&str, &str),
    most: usize,
    mut is_wanted: impl FnMut(gix::ObjectId) -> bool,
) -> Result<Vec<Version>, SourceError> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    walk(repository, commit, path, |change| {
        // A folder with this name is not a version of the file.
        if let Some(blob) = change.new.and_then(PathEnd::blob).filter(|blob| is_wanted(*blob)) {
            found.push((change.commit, change.time, blob));
        }
        if found.len() == most { WalkNext::Enough } else { WalkNext::More }
    })?;
    let mut versions = Vec::with_capacity(found.len());
    for (commit, time, blob) in found {
        let broken = |source: Cause| SourceError::Object { path: path.to_owned(), source };
        let bytes = read_blob(&repository.git, blob).map_err(broken)?;
        versions.push(Version { commit: commit.to_string(), time, bytes });
    }
    Ok(versions)
}

/// Finds the files that ever existed one level below a folder of the tree, such as `FOLDER/a/b.yaml`, at `commit` or
/// earlier along first parents. Each path appears once with each content. Only files whose bytes satisfy `wanted` are
/// returned.
///
/// # Errors
/// Fails as [`last_change`] does, and where a shallow clone ends.
pub fn files_ever(
    repository: &Repository,
    commit: &str,
    folder: &str,
    wanted: impl Fn(&[u8]) -> bool,
) -> Result<Vec<(String, Vec<u8>)>, SourceError> {
    let mut tops = BTreeSet::new();
    walk(repository, commit, folder, |change| {
        tops.extend(change.new.and_then(PathEnd::folder));
        WalkNext::More
    })?;
    let mut folders = BTreeSet::new();
    for top in tops {
        folders.extend(
            items(repository, top, folder)?.into_iter().filter(|(_, kind, _)| *kind == EntryKind::Tree),
        );
    }
    let mut files = BTreeSet::new();
    for (name, _, id) in folders {
        let path = format!("{folder}/{name}");
        let plain = |kind: EntryKind| matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable);
        let found = items(repository, id, &path)?.into_iter().filter(|(_, kind, _)| plain(*kind));
        files.extend(found.map(|(name, _, id)| (format!("{path}/{name}"), id)));
    }
    let mut found = Vec::new();
    for (path, id) in files {
        let broken = |source: Cause| SourceError::Object { path: path.clone(), source };
        let bytes = read_blob(&repository.git, id).map_err(broken)?;
        if wanted(&bytes) {
            found.push((path, bytes));
        }
    }
    Ok(found)
}

/// The most folders between the folder that [`changes_below`] is asked about and a file.
const FOLDERS_BELOW: usize = 1;

/// The changes of all files below a folder of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesBelow {
    /// The changes of each path. The newest comes first.
    pub changes: BTreeMap<String, Vec<PathChange>>,
    /// Whether only the commits after the known one were read, because the branch has it.
    pub goes_on: bool,
}

/// Finds the changes of all files below a folder of the tree, `FOLDER/b.yaml` and `FOLDER/a/b.yaml`, from `commit` along
/// first parents. If the commit `known` is met, nothing behind it is read. Where a shallow clone ends, the rest is not
/// known.
///
/// # Errors
/// Fails when the commit does not exist, or when an object is missing.
pub fn changes_below(
    repository: &Repository,
    commit: &str,
    folder: &str,
    known: Option<&str>,
) -> Result<ChangesBelow, SourceError> {
    let known = known.and_then(|known| gix::ObjectId::from_hex(known.as_bytes()).ok());
    let mut steps = Vec::new();
    let walked = walk_to(repository, (commit, known), folder, |change| {
        steps.push(change);
        WalkNext::More
    });
    let goes_on = match walked {
        Ok(end) => end == WalkEnd::Known,
        Err(SourceError::Shallow { .. }) => false,
        Err(error) => return Err(error),
    };
    let mut changes: BTreeMap<String, Vec<PathChange>> = BTreeMap::new();
    for step in steps {
        let mut files = Vec::new();
        let sides = (step.old.and_then(PathEnd::folder), step.new.and_then(PathEnd::folder));
        files_between(repository, sides, folder, FOLDERS_BELOW, &mut files)?;
        for (path, old, new) in files {
            changes.entry(path).or_default().push(path_change(step.commit, old, new));
        }
    }
    Ok(ChangesBelow { changes, goes_on })
}

/// A path, and the file there before and after a change.
type ChangedFile = (String, Option<gix::ObjectId>, Option<gix::ObjectId>);

/// Collects the files that differ between two versions of a folder. A version is `None` only if there is no folder: one
/// that cannot be read is an error, so that its files are not taken for removed.
fn files_between(
    repository: &Repository,
    (old, new): (Option<gix::ObjectId>, Option<gix::ObjectId>),
    path: &str,
    folders: usize,
    found: &mut Vec<ChangedFile>,
) -> Result<(), SourceError> {
    let listed = |id: Option<gix::ObjectId>| -> Result<BTreeMap<String, ItemInTree>, SourceError> {
        let listed = id.map(|id| items(repository, id, path)).transpose()?.unwrap_or_default();
        Ok(listed.into_iter().map(|(name, kind, id)| (name, (kind, id))).collect())
    };
    let file = |item: Option<&ItemInTree>| {
        let is_file = |kind: EntryKind| matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable);
        item.filter(|(kind, _)| is_file(*kind)).map(|(_, id)| *id)
    };
    let below =
        |item: Option<&ItemInTree>| item.filter(|(kind, _)| *kind == EntryKind::Tree).map(|(_, id)| *id);
    let (before, after) = (listed(old)?, listed(new)?);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (one, other) = (before.get(name), after.get(name));
        let path = format!("{path}/{name}");
        if file(one) != file(other) {
            found.push((path.clone(), file(one), file(other)));
        }
        if folders > 0 && below(one) != below(other) {
            files_between(repository, (below(one), below(other)), &path, folders - 1, found)?;
        }
    }
    Ok(())
}

type ItemInTree = (EntryKind, gix::ObjectId);

type ListedItem = (String, EntryKind, gix::ObjectId);

/// Lists the entries of a folder.
fn items(repository: &Repository, id: gix::ObjectId, path: &str) -> Result<Vec<ListedItem>, SourceError> {
    let broken = |source: Cause| SourceError::Object { path: path.to_owned(), source };
    let tree = read_tree(&repository.git, id).map_err(broken)?;
    let mut items = Vec::new();
    for entry in tree.iter() {
        let entry = entry.map_err(|error| broken(error.into()))?;
        items.push((entry.filename().to_string(), entry.kind(), entry.object_id()));
    }
    Ok(items)
}

struct Change {
    commit: gix::ObjectId,
    time: Timestamp,
    old: Option<PathEnd>,
    new: Option<PathEnd>,
}

impl Change {
    fn path_change(&self) -> PathChange {
        path_change(self.commit, self.old.map(|end| end.id), self.new.map(|end| end.id))
    }
}

fn path_change(commit: gix::ObjectId, old: Option<gix::ObjectId>, new: Option<gix::ObjectId>) -> PathChange {
    let text = |id: Option<gix::ObjectId>| id.map(|id| id.to_string());
    PathChange { commit: commit.to_string(), old: text(old), new: text(new) }
}

enum WalkNext {
    More,
    Enough,
}

/// Where a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WalkEnd {
    /// It came to the commit that is known already.
    Known,
    /// It came to the first commit of the branch, or found enough.
    Done,
}

fn walk(
    repository: &Repository,
    from: &str,
    path: &str,
    each: impl FnMut(Change) -> WalkNext,
) -> Result<(), SourceError> {
    walk_to(repository, (from, None), path, each).map(|_| ())
}

/// Walks until the commit `known`, if there is one. The changes of that commit and of those before it are left out.
fn walk_to(
    repository: &Repository,
    (from, known): (&str, Option<gix::ObjectId>),
    path: &str,
    mut each: impl FnMut(Change) -> WalkNext,
) -> Result<WalkEnd, SourceError> {
    let mut way = PathWay::new(repository, path);
    let mut at = repository.id_of(from)?;
    let mut link = repository.link(at)?;
    let mut here = way.whole_end(link.tree)?;
    let id = |end: Option<PathEnd>| end.map(|end| end.id);
    while known != Some(at) {
        let parent = repository.first_parent(at, &link)?;
        let (before, earlier) = match parent {
            Some(parent) => {
                let earlier = repository.link(parent)?;
                (way.whole_end(earlier.tree)?, Some((parent, earlier)))
            }
            None => (None, None),
        };
        if id(before) != id(here) {
            let change = Change { commit: at, time: link.time, old: before, new: here };
            if matches!(each(change), WalkNext::Enough) {
                return Ok(WalkEnd::Done);
            }
        }
        let Some((parent, earlier)) = earlier else { return Ok(WalkEnd::Done) };
        (at, link, here) = (parent, earlier, before);
    }
    Ok(WalkEnd::Known)
}
