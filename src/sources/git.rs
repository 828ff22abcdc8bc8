//! This module reads the tree of one commit from the object database. It never looks at the work tree, so it checks
//! only committed content.

use std::collections::BTreeMap;
use std::sync::Arc;

use gix::bstr::ByteSlice as _;
use gix::objs::tree::EntryKind;
use portvakt_core::diag::text;
use portvakt_core::model::{Digest, FilePath};
use portvakt_core::tree::{
    BESIDE, Entry, Folder, Gathered, Named, Odd, Oddity, SettingsFiles, Snapshot, Stamp, is_litter,
    judge_name, passed_over, path_of, plain, shown, whole,
};

use super::error::{Cause, SourceError};
use super::limits::Limits;

/// A commit with its tree.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The commit's full id, in hexadecimal digits.
    pub id: String,
    /// The tree of the commit.
    pub snapshot: Snapshot,
}

/// The folders of the tree that was read last. A folder with the same id has the same files and is not read again.
#[derive(Debug, Default)]
pub(super) struct Known {
    folders: BTreeMap<Box<str>, KnownFolder>,
}

#[derive(Debug)]
struct KnownFolder {
    id: gix::ObjectId,
    folder: Arc<Folder>,
    odd: Vec<Odd>,
}

/// Reads the tree in the folder `inside` of the tree `top`. Files and folders that are in `known` are not read again.
/// Afterwards `known` describes this tree.
pub(super) fn tree_at(
    repository: &gix::Repository,
    top: gix::ObjectId,
    inside: &str,
    known: &mut Known,
) -> Result<Snapshot, SourceError> {
    let limits = Limits::default();
    let reader = Reader { repository, limits: &limits };
    let root = reader.root(top, inside)?;
    let mut parts = reader.protected(&root)?;
    let mut now = Known::default();
    reader.people(&root, &mut parts, known, &mut now)?;
    *known = now;
    Ok(Snapshot::seal(parts))
}

/// The files below `policies`, each with its bytes.
pub type PolicyFiles = BTreeMap<FilePath, Arc<[u8]>>;

/// Reads the settings and the policies of the tree `top`. The persons' files are not read.
pub(super) fn settings_at(
    repository: &gix::Repository,
    top: gix::ObjectId,
    inside: &str,
) -> Result<(SettingsFiles, PolicyFiles), SourceError> {
    let limits = Limits::default();
    let reader = Reader { repository, limits: &limits };
    let root = reader.root(top, inside)?;
    let sealed = Snapshot::seal(reader.protected(&root)?);
    Ok((sealed.settings().clone(), sealed.policies().clone()))
}

/// The places where a forge looks for its code owners file. That file says whom the forge asks for a review.
pub const OWNER_PLACES: [&str; 4] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// The code owners files that exist, with their bytes, in the order of [`OWNER_PLACES`].
pub type OwnerFiles = Vec<(&'static str, Vec<u8>)>;

/// Reads the code owners files in the tree `top`. An entry that is not a plain file is left out.
pub(super) fn owners_at(repository: &gix::Repository, top: gix::ObjectId) -> Result<OwnerFiles, SourceError> {
    let limits = Limits::default();
    let reader = Reader { repository, limits: &limits };
    let mut found = Vec::new();
    for place in OWNER_PLACES {
        let (folder, name) = place.rsplit_once('/').unwrap_or(("", place));
        let folder = match reader.root(top, folder) {
            Err(SourceError::Missing { .. } | SourceError::Kind { .. }) => continue,
            other => other?,
        };
        let item = reader.items(&folder, place)?.into_iter().find(|item| item.name == name.as_bytes());
        if let Some(Ok(bytes)) = item.map(|item| reader.blob(&item, place, limits.large_bytes)).transpose()? {
            found.push((place, bytes));
        }
    }
    Ok(found)
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

/// Name, kind and content id. Two entries with the same three values are the same file.
type Identity = (Vec<u8>, EntryKind, gix::ObjectId);

impl Item {
    fn identity(&self) -> Identity {
        (self.name.clone(), self.kind, self.id)
    }
}

impl<'a> Reader<'a> {
    fn items(&self, tree: &gix::Tree<'_>, path: &str) -> Result<Vec<Item>, SourceError> {
        let mut items = Vec::new();
        for entry in tree.iter() {
            let entry = entry.map_err(|error| broken(path, error.into()))?;
            let name = entry.filename().to_vec();
            items.push(Item { name, kind: entry.kind(), id: entry.object_id() });
        }
        // Git sorts folders as if their names ended in `/`, and a forged tree need not be sorted at all.
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

    /// Reads the bytes of a blob. A blob that is too large gives an oddity and is not even unpacked.
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

    /// Finds the folder `inside` below the top tree of a commit.
    fn root(&self, top: gix::ObjectId, inside: &str) -> Result<gix::Tree<'a>, SourceError> {
        let mut root = self.repository.find_tree(top).map_err(|error| {
            let what = text!(en: "the commit's tree", nb: "innsendingens øverste mappe");
            SourceError::Part { what, source: error.into() }
        })?;
        for part in inside.split('/').filter(|part| !part.is_empty()) {
            root = self.folder(&root, part, inside)?;
        }
        Ok(root)
    }

    /// Reads the register, the files beside it, and the policies.
    fn protected(&self, root: &gix::Tree<'_>) -> Result<Gathered, SourceError> {
        let mut parts = Gathered::default();
        parts.settings.register = self.register(root)?;
        let desired = self.folder(root, "desired-state", "desired-state")?;
        for item in self.items(&desired, "desired-state")? {
            let name = shown(&item.name);
            if !BESIDE.contains(&name.as_str()) {
                continue;
            }
            let path = format!("desired-state/{name}");
            match self.blob(&item, &path, self.limits.large_bytes)? {
                Ok(bytes) => drop(parts.settings.put(&name, bytes.into())),
                Err(what) => parts.odd.push(Odd::unread(path, None, what)),
            }
        }
        let policies = self.folder(root, "policies", "policies")?;
        self.policies(&policies, "policies", &mut parts.policies)?;
        if parts.policies.is_empty() {
            return Err(SourceError::Empty { path: "policies".to_owned() });
        }
        Ok(parts)
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
            if matches!(item.kind, EntryKind::Blob | EntryKind::BlobExecutable) && is_litter(&item.name) {
                continue;
            }
            match self.blob(item, &path, self.limits.large_bytes)? {
                Ok(bytes) => files.insert(FilePath::new(&path), bytes.into()),
                Err(what) => return Err(SourceError::Policy { path, what }),
            };
        }
        Ok(())
    }

    fn people(
        &self,
        root: &gix::Tree<'_>,
        parts: &mut Gathered,
        known: &Known,
        now: &mut Known,
    ) -> Result<(), SourceError> {
        let desired = self.folder(root, "desired-state", "desired-state")?;
        for item in self.items(&desired, "desired-state")? {
            if passed_over(&item.name) || item.name == b"register.yaml" {
                continue;
            }
            let (name, path) = (shown(&item.name), format!("desired-state/{}", shown(&item.name)));
            if BESIDE.contains(&name.as_str()) {
                continue;
            }
            let what = match item.kind {
                EntryKind::Tree if plain(&item.name).is_some() => {
                    let known = known.folders.get(&*name);
                    if let Some(folder) = self.person_files(item.id, &name, parts, known)? {
                        now.folders.insert(name.into(), folder);
                    }
                    continue;
                }
                EntryKind::Tree => Oddity::Name,
                EntryKind::Link => Oddity::Link,
                EntryKind::Commit => Oddity::Submodule,
                EntryKind::Blob | EntryKind::BlobExecutable if is_litter(&item.name) => continue,
                EntryKind::Blob | EntryKind::BlobExecutable => Oddity::Misplaced,
            };
            let odd = Odd::unread(path.clone(), whole(&name, &what), what);
            parts.odd.push(self.with_person(odd, &item, &path)?);
        }
        Ok(())
    }

    /// Adds the person that a misnamed or misplaced plain file is about, if the file names one.
    fn with_person(&self, odd: Odd, item: &Item, path: &str) -> Result<Odd, SourceError> {
        if !odd.what.is_of_the_name() {
            return Ok(odd);
        }
        Ok(match self.blob(item, path, self.limits.file_bytes)? {
            Ok(bytes) => odd.reading(&bytes),
            Err(_) => odd,
        })
    }

    /// Reads the files of one trust's folder. The result is `None` if the folder has too many files; then it is not
    /// read.
    fn person_files(
        &self,
        id: gix::ObjectId,
        folder: &str,
        parts: &mut Gathered,
        known: Option<&KnownFolder>,
    ) -> Result<Option<KnownFolder>, SourceError> {
        if let Some(KnownFolder { folder: files, odd, .. }) = known.filter(|known| known.id == id) {
            parts.odd.extend(odd.iter().cloned());
            parts.folders.insert(folder.into(), Arc::clone(files));
            return Ok(Some(KnownFolder { id, folder: Arc::clone(files), odd: odd.clone() }));
        }
        let path = format!("desired-state/{folder}");
        let items = self.items(&self.tree(id, &path)?, &path)?;
        if items.len() > self.limits.folder_files {
            let what = Oddity::Crowded { most: self.limits.folder_files };
            parts.odd.push(Odd::unread(path, Some(folder), what));
            return Ok(None);
        }
        let before = known.and_then(|known| self.digests(known));
        let odd_before = parts.odd.len();
        let mut files = Vec::with_capacity(items.len());
        for item in items {
            let path = format!("{path}/{}", item.name.as_bstr());
            let what = match judge_name(&item.name) {
                Named::PassedOver => continue,
                Named::Odd(what) => match item.kind {
                    EntryKind::Tree => Oddity::Nested,
                    EntryKind::Link => Oddity::Link,
                    EntryKind::Commit => Oddity::Submodule,
                    EntryKind::Blob | EntryKind::BlobExecutable if is_litter(&item.name) => continue,
                    EntryKind::Blob | EntryKind::BlobExecutable => what,
                },
                Named::Person(name) | Named::Signatures(name)
                    if let Some(digest) = before.as_ref().and_then(|b| b.get(&item.identity())) =>
                {
                    let (stamp, digest) = (Stamp::default(), *digest);
                    files.push(Entry { name: name.into(), stamp, digest, fresh: false });
                    continue;
                }
                Named::Person(name) | Named::Signatures(name) => {
                    match self.blob(&item, &path, self.limits.file_bytes)? {
                        Err(what) => what,
                        Ok(bytes) => {
                            let (stamp, digest) = (Stamp::default(), *Digest::of(&bytes).as_bytes());
                            files.push(Entry { name: name.into(), stamp, digest, fresh: false });
                            parts.read.insert(path_of(folder, name), bytes.into());
                            continue;
                        }
                    }
                }
            };
            let path = format!("desired-state/{folder}/{}", shown(&item.name));
            let odd = Odd::unread(path.clone(), Some(folder), what);
            parts.odd.push(self.with_person(odd, &item, &path)?);
        }
        let files = Arc::new(Folder::new((0, 0), files));
        parts.folders.insert(folder.into(), Arc::clone(&files));
        let odd = parts.odd.get(odd_before..).unwrap_or_default().to_vec();
        Ok(Some(KnownFolder { id, folder: files, odd }))
    }

    /// Returns the digests of the files in a folder that was read before. The result is `None` if that folder is no
    /// longer in the repository. Then all its files are read again.
    fn digests(&self, known: &KnownFolder) -> Option<BTreeMap<Identity, [u8; 32]>> {
        let items = self.items(&self.tree(known.id, "a folder").ok()?, "a folder").ok()?;
        let digests = items.into_iter().filter_map(|item| {
            let file = known.folder.find(std::str::from_utf8(&item.name).ok()?)?;
            Some(((item.name, item.kind, item.id), file.digest))
        });
        Some(digests.collect())
    }
}
