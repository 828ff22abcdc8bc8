//! The tree of one commit, read from the object database. The work tree is never looked at, so what is checked is
//! what was committed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use gix::bstr::ByteSlice as _;
use gix::objs::tree::EntryKind;

use crate::model::{Digest, FilePath};

use super::error::SourceError;
use super::odd::{Odd, Oddity, passed_over, plain, shown};
use super::scan::Limits;
use super::settings::BESIDE;
use super::snapshot::{Entry, Folder, Gathered, Named, Snapshot, Stamp, judge_name, path_of};

/// A commit and its tree.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The commit's full id, in hexadecimal digits.
    pub id: String,
    /// Its tree.
    pub snapshot: Snapshot,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Reads the tree that stands at `root`, a directory in the work tree of a repository, as it was in the commit
/// `rev`.
///
/// # Errors
/// When `root` is in no repository, there is no such commit, an object is missing, or the commit has no register
/// or no policies.
pub fn from_git(root: &Path, rev: &str) -> Result<Commit, SourceError> {
    let none = |source: Cause| SourceError::NoRepository { path: root.display().to_string(), source };
    let repository = gix::discover(root).map_err(|error| none(error.into()))?;
    let work = repository.workdir().ok_or_else(|| none("it is a bare repository".into()))?;
    let place = |path: &Path| path.canonicalize().map_err(|error| none(error.into()));
    let (top, root) = (place(work)?, place(root)?);
    let inside = root.strip_prefix(&top).map_err(|error| none(error.into()))?;
    let inside = inside.to_str().ok_or_else(|| none("its path is not UTF-8".into()))?;
    commit(&repository, rev, inside)
}

/// Reads the tree that stands at `inside` (empty for the top) of the commit `rev`; the repository may be bare.
///
/// # Errors
/// As [`from_git`].
pub fn from_git_at(repository: &Path, rev: &str, inside: &str) -> Result<Commit, SourceError> {
    let opened = gix::open(repository).map_err(|error| SourceError::NoRepository {
        path: repository.display().to_string(),
        source: error.into(),
    })?;
    commit(&opened, rev, inside)
}

fn commit(repository: &gix::Repository, rev: &str, inside: &str) -> Result<Commit, SourceError> {
    let none = |source: Cause| SourceError::NoCommit { rev: rev.to_owned(), source };
    let object = repository.rev_parse_single(rev).map_err(|error| none(error.into()))?;
    let object = object.object().map_err(|error| none(error.into()))?;
    let commit = object.peel_to_commit().map_err(|error| none(error.into()))?;
    let id = commit.id.to_string();
    let top = commit.tree().map_err(|error| broken("the commit's tree", error.into()))?;
    let limits = Limits::default();
    let reader = Reader { repository, limits: &limits };
    let mut root = top;
    for part in inside.split('/').filter(|part| !part.is_empty()) {
        root = reader.folder(&root, part, inside)?;
    }
    let mut parts = Gathered::default();
    parts.settings.register = reader.register(&root)?;
    let policies = reader.folder(&root, "policies", "policies")?;
    reader.policies(&policies, "policies", &mut parts.policies)?;
    if parts.policies.is_empty() {
        return Err(SourceError::Empty { path: "policies".to_owned() });
    }
    reader.people(&root, &mut parts)?;
    Ok(Commit { id, snapshot: Snapshot::seal(parts) })
}

fn broken(path: &str, source: Cause) -> SourceError {
    SourceError::Object { path: path.to_owned(), source }
}

struct Item {
    name: Vec<u8>,
    kind: EntryKind,
    id: gix::ObjectId,
}

struct Reader<'a> {
    repository: &'a gix::Repository,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    fn items(&self, tree: &gix::Tree<'_>, path: &str) -> Result<Vec<Item>, SourceError> {
        let mut items = Vec::new();
        for entry in tree.iter() {
            let entry = entry.map_err(|error| broken(path, error.into()))?;
            let name = entry.filename().to_vec();
            items.push(Item { name, kind: entry.kind(), id: entry.object_id() });
        }
        // Git sorts folders as if their names ended in `/`, and a tree made by hand need not be sorted at all.
        items.sort_by(|one, two| one.name.cmp(&two.name));
        let twice = items.windows(2).any(|pair| matches!(pair, [one, two] if one.name == two.name));
        if twice || items.iter().any(|item| item.name.contains(&b'/')) {
            return Err(broken(path, "its list of names is forged".into()));
        }
        Ok(items)
    }

    fn tree(&self, id: gix::ObjectId, path: &str) -> Result<gix::Tree<'a>, SourceError> {
        self.repository.find_tree(id).map_err(|error| broken(path, error.into()))
    }

    fn folder(&self, tree: &gix::Tree<'_>, name: &str, path: &str) -> Result<gix::Tree<'a>, SourceError> {
        let item = self.items(tree, path)?.into_iter().find(|item| item.name == name.as_bytes());
        match item {
            None => Err(SourceError::Missing { path: path.to_owned() }),
            Some(item) if item.kind == EntryKind::Tree => self.tree(item.id, path),
            Some(_) => Err(SourceError::Kind { path: path.to_owned(), wanted: "folder" }),
        }
    }

    /// The bytes of a blob, or that they are too many; those are not even unpacked.
    fn blob(&self, item: &Item, path: &str, most: u64) -> Result<Result<Vec<u8>, Oddity>, SourceError> {
        match item.kind {
            EntryKind::Blob | EntryKind::BlobExecutable => {}
            EntryKind::Link => return Ok(Err(Oddity::Link)),
            EntryKind::Commit => return Ok(Err(Oddity::Submodule)),
            EntryKind::Tree => return Ok(Err(Oddity::Nested)),
        }
        let header = self.repository.find_header(item.id).map_err(|error| broken(path, error.into()))?;
        if header.size() > most {
            return Ok(Err(Oddity::TooLarge { most }));
        }
        let mut blob = self.repository.find_blob(item.id).map_err(|error| broken(path, error.into()))?;
        Ok(Ok(blob.take_data()))
    }

    fn register(&self, root: &gix::Tree<'_>) -> Result<Arc<[u8]>, SourceError> {
        let path = "desired-state/register.yaml";
        let desired = self.folder(root, "desired-state", "desired-state")?;
        let missing = || SourceError::Missing { path: path.to_owned() };
        let items = self.items(&desired, "desired-state")?;
        let item = items.into_iter().find(|item| item.name == b"register.yaml").ok_or_else(missing)?;
        match self.blob(&item, path, self.limits.large_bytes)? {
            Ok(bytes) if bytes.is_empty() => Err(SourceError::Empty { path: path.to_owned() }),
            Ok(bytes) => Ok(bytes.into()),
            Err(Oddity::TooLarge { most }) => Err(SourceError::Unreadable {
                path: path.to_owned(),
                source: std::io::Error::other(format!("it has more than {most} bytes")),
            }),
            Err(_) => Err(SourceError::Kind { path: path.to_owned(), wanted: "file" }),
        }
    }

    fn policies(
        &self,
        tree: &gix::Tree<'_>,
        path: &str,
        files: &mut BTreeMap<FilePath, Arc<[u8]>>,
    ) -> Result<(), SourceError> {
        for item in self.items(tree, path)?.iter().filter(|item| !passed_over(&item.name)) {
            let path = format!("{path}/{}", shown(&item.name));
            if plain(&item.name).is_none() {
                return Err(SourceError::Policy { path, what: Oddity::Name });
            }
            if item.kind == EntryKind::Tree {
                self.policies(&self.tree(item.id, &path)?, &path, files)?;
                continue;
            }
            match self.blob(item, &path, self.limits.large_bytes)? {
                Ok(bytes) => files.insert(FilePath::new(&path), bytes.into()),
                Err(what) => return Err(SourceError::Policy { path, what }),
            };
        }
        Ok(())
    }

    fn people(&self, root: &gix::Tree<'_>, parts: &mut Gathered) -> Result<(), SourceError> {
        let desired = self.folder(root, "desired-state", "desired-state")?;
        for item in self.items(&desired, "desired-state")? {
            if passed_over(&item.name) || item.name == b"register.yaml" {
                continue;
            }
            let (name, path) = (shown(&item.name), format!("desired-state/{}", shown(&item.name)));
            if BESIDE.contains(&name.as_str()) {
                match self.blob(&item, &path, self.limits.large_bytes)? {
                    Ok(bytes) => drop(parts.settings.put(&name, bytes.into())),
                    Err(what) => parts.odd.push(Odd { path, folder: None, what }),
                }
                continue;
            }
            let what = match item.kind {
                EntryKind::Tree if plain(&item.name).is_some() => {
                    self.person_files(&self.tree(item.id, &path)?, &name, parts)?;
                    continue;
                }
                EntryKind::Tree => Oddity::Name,
                EntryKind::Link => Oddity::Link,
                EntryKind::Commit => Oddity::Submodule,
                EntryKind::Blob | EntryKind::BlobExecutable => Oddity::Misplaced,
            };
            let folder = (what != Oddity::Misplaced).then(|| name.into());
            parts.odd.push(Odd { path, folder, what });
        }
        Ok(())
    }

    fn person_files(
        &self,
        tree: &gix::Tree<'_>,
        folder: &str,
        parts: &mut Gathered,
    ) -> Result<(), SourceError> {
        let path = format!("desired-state/{folder}");
        let items = self.items(tree, &path)?;
        if items.len() > self.limits.folder_files {
            let what = Oddity::Crowded { most: self.limits.folder_files };
            parts.odd.push(Odd { path, folder: Some(folder.into()), what });
            return Ok(());
        }
        let mut files = Vec::with_capacity(items.len());
        for item in items {
            let path = format!("{path}/{}", item.name.as_bstr());
            let what = match judge_name(&item.name) {
                Named::PassedOver => continue,
                Named::Odd(what) => match item.kind {
                    EntryKind::Tree => Oddity::Nested,
                    EntryKind::Link => Oddity::Link,
                    EntryKind::Commit => Oddity::Submodule,
                    EntryKind::Blob | EntryKind::BlobExecutable => what,
                },
                Named::Person(name) | Named::Signatures(name) => match self.blob(&item, &path, self.limits.file_bytes)? {
                    Err(what) => what,
                    Ok(bytes) => {
                        let (stamp, digest) = (Stamp::default(), *Digest::of(&bytes).as_bytes());
                        files.push(Entry { name: name.into(), stamp, digest, fresh: false });
                        parts.read.insert(path_of(folder, name), bytes.into());
                        continue;
                    }
                },
            };
            let path = format!("desired-state/{folder}/{}", shown(&item.name));
            parts.odd.push(Odd { path, folder: Some(folder.into()), what });
        }
        parts.folders.insert(folder.into(), Arc::new(Folder::new((0, 0), files)));
        Ok(())
    }
}
