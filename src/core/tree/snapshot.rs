//! The snapshot: one immutable value that a whole pass works on.
//!
//! A snapshot has the path and the digest of every person's file. It has the bytes of `register.yaml`, of all
//! policies, and of the person files that are new or changed. Digests have two levels: files in a folder, and folders
//! in a tree. Snapshots share their folders, so one changed file among 100,000 costs one new folder.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;

use crate::model::{Digest, FilePath, Hasher};

use super::file_name::{
    is_attributes_elsewhere, is_litter, misspelt_at_root, passed_over, shown, visible_name,
};
use super::folder::{Folder, FolderFile, NameInFolder, SIGNATURES, changes, judge_name, parts_of, path_of};
use super::line_ends::with_lf;
use super::lists::{ListFiles, ListFolder};
use super::names::{ATTRIBUTES, BESIDE_THE_STATE, REQUESTS, REVIEWS};
use super::odd::{Odd, Oddity, is_nested_file, replaced_folder};
use super::requests::put_request;
use super::reviews::put_review;
use super::settings::{BESIDE, REGISTER, SettingsFiles, SettingsPlace};

mod strays;
mod with;

/// The parts that a reader gathers before the snapshot is sealed.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// The register, and the keys and signatures beside it.
    pub settings: SettingsFiles,
    /// The files of `policies/`, by path.
    pub policies: BTreeMap<FilePath, Arc<[u8]>>,
    /// The folders of the trusts.
    pub folders: BTreeMap<Box<str>, Arc<Folder>>,
    /// The odd paths: everything that is not a plain file in its place.
    pub odd: Vec<Odd>,
    /// The reviews of the user lists.
    pub reviews: ListFiles,
    /// The applications that were rejected.
    pub requests: ListFiles,
    /// The bytes of the files that are new or changed, each with its signatures.
    pub read: BTreeMap<FilePath, Arc<[u8]>>,
    /// The files that were seen at any look while the snapshot was taken.
    pub glimpsed: BTreeSet<FilePath>,
    /// The largest number of threads that may parse the files. The reader of the tree knows the machine.
    pub threads: NonZero<usize>,
}

impl Default for Gathered {
    /// The parts of a tree of which nothing has been read.
    fn default() -> Self {
        Self {
            settings: SettingsFiles::default(),
            policies: BTreeMap::new(),
            folders: BTreeMap::new(),
            odd: Vec::new(),
            reviews: ListFiles::of(ListFolder::Reviews),
            requests: ListFiles::of(ListFolder::Requests),
            read: BTreeMap::new(),
            glimpsed: BTreeSet::new(),
            threads: NonZero::<usize>::MIN,
        }
    }
}

/// The tree at one moment. A clone is cheap.
#[derive(Debug, Clone)]
pub struct Snapshot(Arc<SealedParts>);

#[derive(Debug)]
struct SealedParts {
    digest: Digest,
    policies_digest: Digest,
    parts: Gathered,
}

impl Snapshot {
    /// Makes a snapshot from the gathered parts. The settings, the policies, the reviews and the rejected applications
    /// get LF at the end of each line. Person files have it from [`FolderFile::read`]. A `.gitattributes` in `policies`
    /// belongs to the settings, and a name there that another system reads as one is odd.
    #[must_use]
    pub fn seal(mut parts: Gathered) -> Self {
        let (attributes, policies): (BTreeMap<_, _>, BTreeMap<_, _>) =
            parts.policies.into_iter().partition(|(path, _)| is_attributes(path));
        let (misspelt, policies): (BTreeMap<_, _>, BTreeMap<_, _>) =
            policies.into_iter().partition(|(path, _)| is_attributes_elsewhere(name_of(path).as_bytes()));
        parts.odd.extend(misspelt.keys().map(|path| misspelt_odd(path.as_str(), ATTRIBUTES)));
        parts.policies = policies;
        parts.settings.attributes.extend(attributes.into_iter().filter(|(_, bytes)| !bytes.is_empty()));
        parts.settings = parts.settings.with_lf();
        parts.policies = parts.policies.into_iter().map(|(path, bytes)| (path, with_lf(bytes))).collect();
        parts.odd.sort();
        parts.reviews = parts.reviews.settled();
        parts.requests = parts.requests.settled();
        parts.folders.retain(|_, folder| !folder.files.is_empty());
        let policies_digest = digest_of_policies(&parts.policies, &parts.odd);
        let mut hasher = Hasher::new("portvakt snapshot 1");
        hasher.part(parts.settings.digest().as_bytes()).part(&parts.settings.signatures);
        hasher.part(policies_digest.as_bytes());
        hasher.part(b"folders");
        for (name, folder) in &parts.folders {
            hasher.part(name.as_bytes()).part(folder.digest.as_bytes());
        }
        hasher.part(b"odd");
        for odd in &parts.odd {
            hasher.part(odd.path.as_bytes()).part(odd.what.to_string().as_bytes());
        }
        parts.reviews.digest_into(&mut hasher);
        parts.requests.digest_into(&mut hasher);
        Self(Arc::new(SealedParts { digest: hasher.finish(), policies_digest, parts }))
    }

    /// Makes a snapshot of files in memory, as if they were the tree. Files that do not belong there are odd, as on
    /// disk. A missing register or missing policies are empty here.
    #[must_use]
    pub fn of(files: BTreeMap<FilePath, Vec<u8>>) -> Self {
        let mut parts = Gathered::default();
        let mut folders: BTreeMap<Box<str>, Vec<FolderFile>> = BTreeMap::new();
        for (path, bytes) in files {
            let bytes: Arc<[u8]> = bytes.into();
            let text = path.as_str();
            let top = text.split('/').next().unwrap_or_default();
            if let Some(right) = misspelt_at_root(top.as_bytes()) {
                let odd = misspelt_odd(&shown(top.as_bytes()), right);
                if !parts.odd.contains(&odd) {
                    parts.odd.push(odd);
                }
                continue;
            }
            let odd = |folder: Option<&str>, what: Oddity| {
                let odd = Odd::unread(shown(text.as_bytes()), folder, what);
                if odd.what.is_of_the_name() { odd.reading(&bytes) } else { odd }
            };
            if let Some(folder) = folder_of_attributes(text) {
                parts.settings.put_attributes(folder, bytes);
            } else if text == REGISTER {
                parts.settings.register = bytes;
            } else if text == REVIEWS {
                parts.reviews.odd.push(odd(None, Oddity::Misplaced));
            } else if text == REQUESTS {
                parts.requests.odd.push(odd(None, Oddity::Misplaced));
            } else if let Some(rest) = text.strip_prefix("policies/") {
                let name = rest.rsplit('/').next().unwrap_or(rest);
                if !rest.split('/').any(|part| passed_over(part.as_bytes())) && !is_litter(name.as_bytes()) {
                    parts.policies.insert(FilePath::new(&shown(text.as_bytes())), bytes);
                }
            } else if let Some(rest) = text.strip_prefix("requests/") {
                put_request(&mut parts.requests, rest, bytes);
            } else if let Some(rest) = text.strip_prefix("desired-state/") {
                let Some((folder, name)) = rest.split_once('/') else {
                    let misplaced = odd(replaced_folder(rest, &Oddity::Misplaced), Oddity::Misplaced);
                    if parts.settings.put(rest, bytes) == SettingsPlace::Elsewhere
                        && !is_litter(rest.as_bytes())
                    {
                        parts.odd.push(misplaced);
                    }
                    continue;
                };
                if passed_over(folder.as_bytes()) {
                    continue;
                }
                if BESIDE.contains(&folder) {
                    let path = format!("desired-state/{folder}");
                    let replaced = Odd::in_place_of_a_file(path, Oddity::Nested);
                    if !parts.odd.contains(&replaced) {
                        parts.odd.push(replaced);
                    }
                    continue;
                }
                let shown_name = shown(folder.as_bytes());
                let folder = shown_name.as_str();
                if let Some((inner, below)) = name.split_once('/') {
                    if below.split('/').chain([inner]).any(|part| passed_over(part.as_bytes())) {
                        continue;
                    }
                    let path = format!("desired-state/{folder}/{}", shown(inner.as_bytes()));
                    let nested = Odd::unread(path, Some(folder), Oddity::Nested);
                    if !parts.odd.contains(&nested) {
                        parts.odd.push(nested);
                    }
                    if is_nested_file(below.rsplit('/').next().unwrap_or(below).as_bytes()) {
                        parts.odd.push(odd(Some(folder), Oddity::Within));
                    }
                    continue;
                }
                match judge_name(name.as_bytes()) {
                    NameInFolder::PassedOver => {}
                    NameInFolder::Odd(_) if is_litter(name.as_bytes()) => {}
                    NameInFolder::Odd(what) => parts.odd.push(odd(Some(folder), what)),
                    NameInFolder::Person(name) | NameInFolder::Signatures(name) => {
                        let (entry, bytes) = FolderFile::read(name, bytes);
                        folders.entry(folder.into()).or_default().push(entry);
                        parts.read.insert(path_of(folder, name), bytes);
                    }
                }
            } else if let Some(rest) = text.strip_prefix("reviews/") {
                put_review(&mut parts.reviews, rest, &path, bytes);
            }
        }
        for (name, files) in folders {
            parts.folders.insert(name, Arc::new(Folder::new(files)));
        }
        Self::seal(parts)
    }

    /// The digest over all paths and bytes, with odd paths included. The same files give the same digest, whether they
    /// were read from a directory, a commit or memory, and whether their lines end in LF or CRLF.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The digest over all paths and bytes of `policies`, and over the odd paths that hide a policy.
    #[must_use]
    pub fn policies_digest(&self) -> Digest {
        self.0.policies_digest
    }

    /// The bytes of `desired-state/register.yaml`.
    #[must_use]
    pub fn register(&self) -> &Arc<[u8]> {
        &self.0.parts.settings.register
    }

    /// The register, with the keys and the signatures beside it.
    #[must_use]
    pub fn settings(&self) -> &SettingsFiles {
        &self.0.parts.settings
    }

    /// All files of `policies`, with their bytes.
    #[must_use]
    pub fn policies(&self) -> &BTreeMap<FilePath, Arc<[u8]>> {
        &self.0.parts.policies
    }

    /// The bytes of the person files and signature files that are new or changed since the previous take. If a file
    /// or its signatures changed, both are there. A snapshot from a commit by itself or from memory has the bytes of all
    /// of them.
    #[must_use]
    pub fn read(&self) -> &BTreeMap<FilePath, Arc<[u8]>> {
        &self.0.parts.read
    }

    /// The person files that are not in this snapshot but were seen while it was taken: files that come and go. A
    /// snapshot from a commit or from memory has none.
    #[must_use]
    pub fn glimpsed(&self) -> &BTreeSet<FilePath> {
        &self.0.parts.glimpsed
    }

    /// The largest number of threads that may parse the files. It is the number of cores that the reader of the tree
    /// found. A snapshot from memory is parsed on one thread.
    #[must_use]
    pub fn threads(&self) -> NonZero<usize> {
        self.0.parts.threads
    }

    /// The odd paths, sorted by path.
    #[must_use]
    pub fn odd(&self) -> &[Odd] {
        &self.0.parts.odd
    }

    /// The reviews of the user lists, with all bytes, and the odd paths among them.
    #[must_use]
    pub fn reviews(&self) -> &ListFiles {
        &self.0.parts.reviews
    }

    /// The applications that were rejected, with all bytes, and the odd paths among them.
    #[must_use]
    pub fn requests(&self) -> &ListFiles {
        &self.0.parts.requests
    }

    /// The number of person files.
    #[must_use]
    pub fn count(&self) -> usize {
        let people =
            |folder: &Arc<Folder>| folder.files.iter().filter(|entry| !entry.is_signatures()).count();
        self.0.parts.folders.values().map(people).sum()
    }

    /// Every person file with the digest of its bytes, folder by folder.
    pub fn files(&self) -> impl Iterator<Item = (FilePath, Digest)> + '_ {
        self.0.parts.folders.iter().flat_map(|(folder, in_it)| {
            in_it
                .files
                .iter()
                .filter(|entry| !entry.is_signatures())
                .map(|entry| (path_of(folder, &entry.name), Digest::from_bytes(entry.digest)))
        })
    }

    /// The digest of one person's file or signature file. `None` if the snapshot does not have it.
    #[must_use]
    pub fn file(&self, path: &FilePath) -> Option<Digest> {
        let (folder, name) = parts_of(path)?;
        self.0.parts.folders.get(folder)?.find(name).map(|entry| Digest::from_bytes(entry.digest))
    }

    /// Whether this snapshot shows that the person file does not exist. It is false if the file exists, is odd, or is
    /// in a folder that could not be read, and for every file while a folder keeps changing.
    #[must_use]
    pub fn shows_absent(&self, path: &FilePath) -> bool {
        self.file(path).is_none() && !hides(&self.0.parts.odd, path)
    }

    /// The person files that differ from `earlier` in presence, bytes or signatures. Equal folders are not searched.
    #[must_use]
    pub fn differs_from(&self, earlier: &Self) -> BTreeSet<FilePath> {
        let (now, then) = (&self.0.parts.folders, &earlier.0.parts.folders);
        let mut paths = BTreeSet::new();
        for name in now.keys().chain(then.keys().filter(|name| !now.contains_key(*name))) {
            changes(then.get(name), now.get(name), |entry| {
                paths.insert(path_of(name, entry.name.strip_suffix(SIGNATURES).unwrap_or(&entry.name)));
            });
        }
        paths
    }
}

/// Whether an odd path is in the place where the file would be. While a folder keeps changing, the whole tree may be
/// half copied, so the file may still be on its way from anywhere.
fn hides(odd: &[Odd], path: &FilePath) -> bool {
    odd.iter().any(|odd| {
        (matches!(odd.what, Oddity::Restless { .. }) && odd.folder.is_some())
            || odd.path == path.as_str()
            || (odd.is_whole_folder()
                && path.as_str().strip_prefix(odd.path.as_str()).is_some_and(|rest| rest.starts_with('/')))
    })
}

fn name_of(path: &FilePath) -> &str {
    path.as_str().rsplit('/').next().unwrap_or_default()
}

fn is_attributes(path: &FilePath) -> bool {
    name_of(path) == ATTRIBUTES
}

/// The odd path of a name that another system reads as `right`, outside of the folders of the trusts.
fn misspelt_odd(path: &str, right: &'static str) -> Odd {
    Odd::unread(path.to_owned(), None, Oddity::Case(right))
}

/// The folder whose `.gitattributes` this is, if it is a folder in which such a file is about files of the tree.
fn folder_of_attributes(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parts = folder.split('/').count();
    let has_files = match folder.split('/').next() {
        Some("" | "policies") => true,
        Some("desired-state") => parts <= 2,
        Some(top) if BESIDE_THE_STATE.contains(&top) => {
            parts <= 2 && folder.split('/').all(|part| visible_name(part.as_bytes()).is_some())
        }
        _ => false,
    };
    let is_seen = !folder.split('/').any(|part| passed_over(part.as_bytes()));
    (name == ATTRIBUTES && has_files && is_seen).then_some(folder)
}

fn digest_of_policies(policies: &BTreeMap<FilePath, Arc<[u8]>>, odd: &[Odd]) -> Digest {
    let mut hasher = Hasher::new("portvakt policies 1");
    for (path, bytes) in policies {
        hasher.part(path.as_str().as_bytes()).part(bytes);
    }
    // A tree without such a path has the digest that it always had.
    for odd in odd.iter().filter(|odd| odd.hides_a_policy()) {
        hasher.part(b"odd").part(odd.path.as_bytes()).part(odd.what.to_string().as_bytes());
    }
    hasher.finish()
}
