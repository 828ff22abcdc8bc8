//! This module reads the tree of one commit from the object database. It never looks at the work tree, so it checks
//! only committed content.

use std::collections::BTreeMap;
use std::sync::Arc;

use gix::objs::tree::EntryKind;
use portvakt_core::model::FilePath;
use portvakt_core::tree::{
    ATTRIBUTES, BESIDE, BESIDE_THE_STATE, Gathered, Odd, Oddity, SettingsFiles, Snapshot, attributes_in,
    misspelt_at_root, passed_over, shown, visible_name,
};

use super::error::{Cause, FORGED_NAMES, SourceError, WantedKind};
use super::lanes::cores;
use super::limits::TreeLimits;
use super::objects::{read_blob, read_tree};

mod lists;
mod nested;
mod people;
mod policies;

pub(super) use people::KnownFolders;

/// A commit with its tree.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The commit's full id, in hexadecimal digits.
    pub id: String,
    /// The tree of the commit.
    pub snapshot: Snapshot,
}

/// Reads the tree in the folder `inside` of the tree `top`. Files and folders that are in `known` are not read again.
/// Afterwards `known` describes this tree.
pub(super) fn tree_at(
    repository: &gix::Repository,
    top: gix::ObjectId,
    inside: &str,
    known: &mut KnownFolders,
) -> Result<Snapshot, SourceError> {
    let limits = TreeLimits::default();
    let reader = TreeReader { repository, limits: &limits };
    let root = reader.root(top, inside)?;
    let mut parts = reader.protected(&root)?;
    parts.reviews = reader.reviews(&root)?;
    parts.requests = reader.requests(&root)?;
    let mut now = KnownFolders::default();
    reader.people(&root, &mut parts, known, &mut now)?;
    *known = now;
    Ok(Snapshot::seal(parts))
}

/// The files below `policies`, each with its bytes.
pub type PolicyFiles = BTreeMap<FilePath, Arc<[u8]>>;

/// Reads the settings and the policies of the tree `top`. The persons' files are not read. Nobody asks for policies of
/// which one may be hidden, so this is an error.
pub(super) fn settings_at(
    repository: &gix::Repository,
    top: gix::ObjectId,
    inside: &str,
) -> Result<(SettingsFiles, PolicyFiles), SourceError> {
    let limits = TreeLimits::default();
    let reader = TreeReader { repository, limits: &limits };
    let root = reader.root(top, inside)?;
    let mut parts = reader.protected(&root)?;
    let desired = reader.folder(&root, "desired-state", "desired-state")?;
    for item in reader.items(&desired, "desired-state")? {
        if item.kind == EntryKind::Tree && !passed_over(&item.name) && visible_name(&item.name).is_some() {
            let path = format!("desired-state/{}", shown(&item.name));
            let items = reader.items(&reader.tree(item.id, &path)?, &path)?;
            reader.attributes(&items, &path, &mut parts)?;
        }
    }
    if let Some(odd) = parts.odd.iter().find(|odd| odd.hides_a_policy()) {
        return Err(SourceError::Policy { path: odd.path.clone(), what: odd.what.clone() });
    }
    let sealed = Snapshot::seal(parts);
    Ok((sealed.settings().clone(), sealed.policies().clone()))
}

/// The places where a forge looks for its code owners file. That file names the people that the forge asks for a
/// review.
pub const OWNER_PLACES: [&str; 4] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// The code owners files that exist, with their bytes, in the order of [`OWNER_PLACES`].
pub type OwnerFiles = Vec<(&'static str, Vec<u8>)>;

/// Reads the code owners files in the tree `top`. An entry that is not a plain file is left out.
pub(super) fn owners_at(repository: &gix::Repository, top: gix::ObjectId) -> Result<OwnerFiles, SourceError> {
    let limits = TreeLimits::default();
    let reader = TreeReader { repository, limits: &limits };
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

struct TreeItem {
    name: Vec<u8>,
    kind: EntryKind,
    id: gix::ObjectId,
}

struct TreeReader<'a> {
    repository: &'a gix::Repository,
    limits: &'a TreeLimits,
}

impl<'a> TreeReader<'a> {
    fn items(&self, tree: &gix::Tree<'_>, path: &str) -> Result<Vec<TreeItem>, SourceError> {
        let mut items = Vec::new();
        for entry in tree.iter() {
            let entry = entry.map_err(|error| broken(path, error.into()))?;
            let name = entry.filename().to_vec();
            items.push(TreeItem { name, kind: entry.kind(), id: entry.object_id() });
        }
        // Git sorts folders as if their names ended in `/`, and a forged tree need not be sorted at all.
        items.sort_by(|one, two| one.name.cmp(&two.name));
        let twice = items.windows(2).any(|pair| matches!(pair, [one, two] if one.name == two.name));
        if twice || items.iter().any(|item| item.name.contains(&b'/')) {
            return Err(broken(path, FORGED_NAMES.into()));
        }
        Ok(items)
    }

    fn tree(&self, id: gix::ObjectId, path: &str) -> Result<gix::Tree<'a>, SourceError> {
        read_tree(self.repository, id).map_err(|source| broken(path, source))
    }

    fn folder(&self, tree: &gix::Tree<'_>, name: &str, path: &str) -> Result<gix::Tree<'a>, SourceError> {
        let item = self.items(tree, path)?.into_iter().find(|item| item.name == name.as_bytes());
        match item {
            None => Err(SourceError::Missing { path: path.to_owned() }),
            Some(item) if item.kind == EntryKind::Tree => self.tree(item.id, path),
            Some(_) => Err(SourceError::Kind { path: path.to_owned(), wanted: WantedKind::Folder }),
        }
    }

    /// Reads the bytes of a blob. A blob that is too large gives an oddity and is not even unpacked.
    fn blob(&self, item: &TreeItem, path: &str, most: u64) -> Result<Result<Vec<u8>, Oddity>, SourceError> {
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
        Ok(Ok(read_blob(self.repository, item.id).map_err(|source| broken(path, source))?))
    }

    /// Finds the folder `inside` below the top tree of a commit.
    fn root(&self, top: gix::ObjectId, inside: &str) -> Result<gix::Tree<'a>, SourceError> {
        let mut root = read_tree(self.repository, top).map_err(SourceError::of_top)?;
        for part in inside.split('/').filter(|part| !part.is_empty()) {
            root = self.folder(&root, part, inside)?;
        }
        Ok(root)
    }

    /// Reads the register, the files beside it, and the policies.
    fn protected(&self, root: &gix::Tree<'_>) -> Result<Gathered, SourceError> {
        let mut parts = Gathered { threads: cores(), ..Gathered::default() };
        parts.settings.register = self.register(root)?;
        let top = self.items(root, "the root")?;
        self.attributes(&top, "", &mut parts)?;
        let misspelt = |item: &TreeItem| {
            let right = misspelt_at_root(&item.name)?;
            Some(Odd::unread(shown(&item.name), None, Oddity::Case(right)))
        };
        parts.odd.extend(top.iter().filter_map(misspelt));
        let desired = self.folder(root, "desired-state", "desired-state")?;
        let items = self.items(&desired, "desired-state")?;
        self.attributes(&items, "desired-state", &mut parts)?;
        for item in items {
            let name = shown(&item.name);
            if !BESIDE.contains(&name.as_str()) {
                continue;
            }
            let path = format!("desired-state/{name}");
            match self.blob(&item, &path, self.limits.large_bytes)? {
                Ok(bytes) => drop(parts.settings.put(&name, bytes.into())),
                Err(what) => parts.odd.push(Odd::in_place_of_a_file(path, what)),
            }
        }
        for top in BESIDE_THE_STATE {
            self.attributes_beside(root, top, &mut parts)?;
        }
        self.policies(root, &mut parts)?;
        Ok(parts)
    }

    /// Keeps the `.gitattributes` of a folder. An odd one is reported, and the settings of the tree are then refused.
    fn attributes(&self, items: &[TreeItem], folder: &str, parts: &mut Gathered) -> Result<(), SourceError> {
        let Some(item) = items.iter().find(|item| item.name == ATTRIBUTES.as_bytes()) else {
            return Ok(());
        };
        let path = attributes_in(folder);
        match self.blob(item, &path, self.limits.large_bytes)? {
            Ok(bytes) => parts.settings.put_attributes(folder, bytes.into()),
            Err(what) => parts.odd.push(Odd::in_place_of_a_file(path, what)),
        }
        Ok(())
    }

    /// Keeps the `.gitattributes` of a folder of lists and of the folders in it. A tree without such a folder has none.
    /// Odd files there are reported by the reader of the lists.
    fn attributes_beside(
        &self,
        root: &gix::Tree<'_>,
        top: &str,
        parts: &mut Gathered,
    ) -> Result<(), SourceError> {
        let is_top = |item: &TreeItem| item.name == top.as_bytes() && item.kind == EntryKind::Tree;
        let Some(found) = self.items(root, top)?.into_iter().find(is_top) else { return Ok(()) };
        let items = self.items(&self.tree(found.id, top)?, top)?;
        self.attributes(&items, top, parts)?;
        for item in &items {
            if item.kind == EntryKind::Tree && !passed_over(&item.name) && visible_name(&item.name).is_some()
            {
                let path = format!("{top}/{}", shown(&item.name));
                self.attributes(&self.items(&self.tree(item.id, &path)?, &path)?, &path, parts)?;
            }
        }
        Ok(())
    }

    fn register(&self, root: &gix::Tree<'_>) -> Result<Arc<[u8]>, SourceError> {
        let path = "desired-state/register.yaml";
        let desired = self.folder(root, "desired-state", "desired-state")?;
        let items = self.items(&desired, "desired-state")?;
        let Some(item) = items.iter().find(|item| item.name == b"register.yaml") else {
            let names = items.iter().map(|item| item.name.as_slice());
            return Err(SourceError::without_register(path.to_owned(), names));
        };
        match self.blob(item, path, self.limits.large_bytes)? {
            Ok(bytes) if bytes.is_empty() => Err(SourceError::Empty { path: path.to_owned() }),
            Ok(bytes) => Ok(bytes.into()),
            Err(Oddity::TooLarge { most }) => Err(SourceError::Large { path: path.to_owned(), most }),
            Err(_) => Err(SourceError::Kind { path: path.to_owned(), wanted: WantedKind::File }),
        }
    }
}
