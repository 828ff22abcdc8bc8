//! Reads the persons' files of a commit, folder by folder. A folder or a file with the id that it had before is not read
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gix::objs::tree::EntryKind;
use portvakt_core::model::FilePath;
use portvakt_core::tree::{
    BESIDE, Folder, FolderFile, Gathered, NameInFolder, Odd, Oddity, SIGNATURES, attributes_in, is_litter,
    is_text, judge_name, passed_over, path_of, replaced_folder, shown,
};

use super::super::error::SourceError;
use super::{TreeItem, TreeReader};

/// The folders of the tree that was read last. A folder with the same id has the same files and is not read again.
#[derive(Debug, Default)]
pub(in super::super) struct KnownFolders {
    folders: BTreeMap<Box<str>, KnownFolder>,
}

#[derive(Debug)]
struct KnownFolder {
    id: gix::ObjectId,
    folder: Arc<Folder>,
    odd: Vec<Odd>,
    attributes: Arc<[u8]>,
}

/// Name, kind and content id. Two entries with the same three values are the same file.
type Identity = (Vec<u8>, EntryKind, gix::ObjectId);

impl TreeItem {
    fn identity(&self) -> Identity {
        (self.name.clone(), self.kind, self.id)
    }
}

/// Returns the name of the signature file beside a file, or of the file that a signature file belongs to.
fn paired_name(name: &[u8]) -> Vec<u8> {
    let signatures = SIGNATURES.as_bytes();
    name.strip_suffix(signatures).map_or_else(|| [name, signatures].concat(), <[u8]>::to_vec)
}

impl TreeReader<'_> {
    /// Reads the folders of the trusts. Folders and files in `known` are not read again. Afterwards `now` describes
    /// this tree.
    pub(super) fn people(
        &self,
        root: &gix::Tree<'_>,
        parts: &mut Gathered,
        known: &KnownFolders,
        now: &mut KnownFolders,
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
                EntryKind::Tree if is_text(&item.name) => {
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
            let odd = Odd::unread(path.clone(), replaced_folder(&name, &what), what);
            parts.odd.push(self.with_person(odd, &item, &path)?);
        }
        Ok(())
    }

    /// Adds the person that a misnamed or misplaced plain file is about, if the file names one, or whether `revoked` is in
    /// a file that is too large.
    fn with_person(&self, odd: Odd, item: &TreeItem, path: &str) -> Result<Odd, SourceError> {
        if matches!(odd.what, Oddity::TooLarge { .. }) {
            let read = self.blob(item, path, self.limits.large_bytes)?;
            return Ok(match read {
                Ok(bytes) => odd.looking_for_revoked(&bytes),
                Err(_) => odd,
            });
        }
        if !odd.what.is_of_the_name() {
            return Ok(odd);
        }
        Ok(match self.blob(item, path, self.limits.file_bytes)? {
            Ok(bytes) => odd.reading(&bytes),
            Err(found) if found.may_hide_files() => odd.hiding_files(),
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
        let path = format!("desired-state/{folder}");
        if let Some(KnownFolder { folder: files, odd, attributes, .. }) = known.filter(|known| known.id == id)
        {
            parts.odd.extend(odd.iter().cloned());
            parts.folders.insert(folder.into(), Arc::clone(files));
            parts.settings.put_attributes(&path, Arc::clone(attributes));
            let (folder, odd, attributes) = (Arc::clone(files), odd.clone(), Arc::clone(attributes));
            return Ok(Some(KnownFolder { id, folder, odd, attributes }));
        }
        let items = self.items(&self.tree(id, &path)?, &path)?;
        if items.len() > self.limits.folder_files {
            let what = Oddity::Crowded { most: self.limits.folder_files };
            parts.odd.push(Odd::unread(path, Some(folder), what));
            return Ok(None);
        }
        let before = known.and_then(|known| self.digests(known));
        let odd_before = parts.odd.len();
        self.attributes(&items, &path, parts)?;
        let attributes = FilePath::new(&attributes_in(&path));
        let attributes = parts.settings.attributes.get(&attributes).cloned().unwrap_or_default();
        let mut files = Vec::with_capacity(items.len());
        let mut left = self.limits.nested();
        let same = |item: &TreeItem| before.as_ref().and_then(|before| before.get(&item.identity())).copied();
        // A file is judged with its signatures, so the signatures beside a new file are read with it, and the file
        // beside new signatures.
        let beside: BTreeSet<Vec<u8>> =
            items.iter().filter(|item| same(item).is_none()).map(|item| paired_name(&item.name)).collect();
        for item in items {
            let path = format!("{path}/{}", shown(&item.name));
            let what = match judge_name(&item.name) {
                NameInFolder::PassedOver => continue,
                NameInFolder::Odd(what) => match item.kind {
                    EntryKind::Tree => Oddity::Nested,
                    EntryKind::Link => Oddity::Link,
                    EntryKind::Commit => Oddity::Submodule,
                    EntryKind::Blob | EntryKind::BlobExecutable if is_litter(&item.name) => continue,
                    EntryKind::Blob | EntryKind::BlobExecutable => what,
                },
                NameInFolder::Person(name) | NameInFolder::Signatures(name)
                    if let Some(digest) = same(&item).filter(|_| !beside.contains(&item.name)) =>
                {
                    files.push(FolderFile { name: name.into(), digest });
                    continue;
                }
                NameInFolder::Person(name) | NameInFolder::Signatures(name) => {
                    match self.blob(&item, &path, self.limits.file_bytes)? {
                        Err(what) => what,
                        Ok(bytes) => {
                            let (entry, bytes) = FolderFile::read(name, bytes.into());
                            files.push(entry);
                            parts.read.insert(path_of(folder, name), bytes);
                            continue;
                        }
                    }
                }
            };
            if what == Oddity::Nested {
                parts.odd.extend(self.nested(&item, path, folder, &mut left)?);
                continue;
            }
            let is_module = what == Oddity::Submodule;
            let odd = Odd::unread(path.clone(), Some(folder), what);
            let odd = self.with_person(odd, &item, &path)?;
            parts.odd.push(if is_module { odd.hiding_files() } else { odd });
        }
        let files = Arc::new(Folder::new(files));
        parts.folders.insert(folder.into(), Arc::clone(&files));
        let odd = parts.odd.get(odd_before..).unwrap_or_default().to_vec();
        Ok(Some(KnownFolder { id, folder: files, odd, attributes }))
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
