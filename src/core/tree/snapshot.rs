//! The snapshot: one immutable value that a whole pass works on.
//!
//! Of every person's file it knows the path and the digest; it holds the bytes of `register.yaml`, of all
//! policies, and of the person files that are new or changed. Digests stand in two levels, files in a folder and
//! folders in a tree, and folders are shared between snapshots: one changed file among 100,000 costs one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Digest, FilePath, Hasher};

use super::odd::{Odd, Oddity, is_litter, passed_over, plain, shown, whole};
use super::settings::{Place, REGISTER, Settings};

/// How a file looked when it was read. Same stamp is not proof of same bytes; different is a reason to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Bytes, as far as they fit.
    pub size: u32,
    /// When the bytes were written, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// When anything about the file was changed, in nanoseconds since 1970.
    pub changed_ns: i64,
    /// Its number in the file system.
    pub inode: u64,
}

/// One file of a folder: about 110 bytes with its name.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name in the folder.
    pub name: Box<str>,
    /// How it looked.
    pub stamp: Stamp,
    /// The digest of its bytes.
    pub digest: [u8; 32],
    /// Set when it was read within two seconds of its stamp: it is read again next time, whatever the stamp.
    pub fresh: bool,
}

// 100,000 of these are always in memory.
const _: () = assert!(size_of::<Entry>() <= 88);

impl Entry {
    /// Whether it holds the signatures beside a person's file.
    pub fn is_signatures(&self) -> bool {
        self.name.ends_with(SIGNATURES)
    }

    /// Whether another reading found the same file.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.name == other.name && self.stamp == other.stamp && self.digest == other.digest
    }
}

/// One folder of `desired-state`, files in order of their names.
#[derive(Debug)]
pub struct Folder {
    /// Device and inode.
    pub ident: (u64, u64),
    /// Its files, in order of their names.
    pub files: Vec<Entry>,
    /// The digest over names and bytes.
    pub digest: Digest,
}

impl Folder {
    /// `files` must be in order.
    pub fn new(ident: (u64, u64), files: Vec<Entry>) -> Self {
        let mut hasher = Hasher::new("portvakt folder 1");
        for file in &files {
            hasher.part(file.name.as_bytes()).part(&file.digest);
        }
        Self { ident, files, digest: hasher.finish() }
    }

    /// The file of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let at = self.files.binary_search_by(|entry| (*entry.name).cmp(name)).ok()?;
        self.files.get(at)
    }

    /// The same for names asked in order: tries `near` first and leaves it behind what it found.
    pub fn find_near(&self, name: &str, near: &mut usize) -> Option<&Entry> {
        let there = self.files.get(*near).is_some_and(|entry| *entry.name == *name);
        let at =
            if there { *near } else { self.files.binary_search_by(|entry| (*entry.name).cmp(name)).ok()? };
        *near = at + 1;
        self.files.get(at)
    }
}

/// What the name of a person's file gets for the signatures beside it.
pub const SIGNATURES: &str = ".sig";

/// The folder of `desired-state` a path stands in, and its name there.
pub fn parts_of(path: &FilePath) -> Option<(&str, &str)> {
    path.as_str().strip_prefix("desired-state/")?.split_once('/')
}

/// The path of a file in a folder of `desired-state`.
#[must_use]
pub fn path_of(folder: &str, name: &str) -> FilePath {
    FilePath::new(&format!("desired-state/{folder}/{name}"))
}

/// What a reader gathered, before it is sealed.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The register, the keys and the signatures beside it.
    pub settings: Settings,
    /// The policies.
    pub policies: BTreeMap<FilePath, Arc<[u8]>>,
    /// The folders of the trusts.
    pub folders: BTreeMap<Box<str>, Arc<Folder>>,
    /// What is no plain file in its place.
    pub odd: Vec<Odd>,
    /// The bytes of files that are new or changed.
    pub read: BTreeMap<FilePath, Arc<[u8]>>,
    /// Files that were there in the take before.
    pub gone: BTreeSet<FilePath>,
    /// Files that were seen at any look while the snapshot was taken.
    pub glimpsed: BTreeSet<FilePath>,
}

/// The tree at one moment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Snapshot(Arc<Sealed>);

#[derive(Debug)]
struct Sealed {
    digest: Digest,
    policies_digest: Digest,
    parts: Gathered,
}

impl Snapshot {
    /// Makes a snapshot of what was gathered.
    #[must_use]
    pub fn seal(mut parts: Gathered) -> Self {
        parts.odd.sort();
        parts.folders.retain(|_, folder| !folder.files.is_empty());
        let policies_digest = digest_of_policies(&parts.policies);
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
        Self(Arc::new(Sealed { digest: hasher.finish(), policies_digest, parts }))
    }

    /// A snapshot of files in memory, as if they were the tree. Files that do not belong are odd, as on disk; a
    /// missing register or missing policies are simply empty here.
    #[must_use]
    pub fn of(files: BTreeMap<FilePath, Vec<u8>>) -> Self {
        let mut parts = Gathered::default();
        let mut folders: BTreeMap<Box<str>, Vec<Entry>> = BTreeMap::new();
        for (path, bytes) in files {
            let bytes: Arc<[u8]> = bytes.into();
            let text = path.as_str();
            let odd = |folder: Option<&str>, what: Oddity| {
                let odd = Odd::unread(shown(text.as_bytes()), folder, what);
                if odd.what.is_of_the_name() { odd.reading(&bytes) } else { odd }
            };
            if text == REGISTER {
                parts.settings.register = bytes;
            } else if let Some(rest) = text.strip_prefix("policies/") {
                let name = rest.rsplit('/').next().unwrap_or(rest);
                if !rest.split('/').any(|part| passed_over(part.as_bytes())) && !is_litter(name.as_bytes()) {
                    parts.policies.insert(path, bytes);
                }
            } else if let Some(rest) = text.strip_prefix("desired-state/") {
                let Some((folder, name)) = rest.split_once('/') else {
                    let misplaced = odd(whole(rest, &Oddity::Misplaced), Oddity::Misplaced);
                    if parts.settings.put(rest, bytes) == Place::Elsewhere && !is_litter(rest.as_bytes()) {
                        parts.odd.push(misplaced);
                    }
                    continue;
                };
                if passed_over(folder.as_bytes()) {
                    continue;
                }
                match judge_name(name.as_bytes()) {
                    _ if name.contains('/') => parts.odd.push(odd(Some(folder), Oddity::Nested)),
                    Named::PassedOver => {}
                    Named::Odd(_) if is_litter(name.as_bytes()) => {}
                    Named::Odd(what) => parts.odd.push(odd(Some(folder), what)),
                    Named::Person(name) | Named::Signatures(name) => {
                        let digest = *Digest::of(&bytes).as_bytes();
                        let stamp = Stamp::default();
                        let entry = Entry { name: name.into(), stamp, digest, fresh: false };
                        folders.entry(folder.into()).or_default().push(entry);
                        parts.read.insert(path, bytes);
                    }
                }
            }
        }
        for (name, files) in folders {
            parts.folders.insert(name, Arc::new(Folder::new((0, 0), files)));
        }
        Self::seal(parts)
    }

    /// The digest over all paths and bytes, odd paths included. The same files give the same digest, whether
    /// they were read from a directory, a commit or memory.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The digest over all paths and bytes of `policies`.
    #[must_use]
    pub fn policies_digest(&self) -> Digest {
        self.0.policies_digest
    }

    /// The bytes of `desired-state/register.yaml`.
    #[must_use]
    pub fn register(&self) -> &Arc<[u8]> {
        &self.0.parts.settings.register
    }

    /// The register with the keys and the signatures that stand beside it.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    /// All files of `policies`, with their bytes.
    #[must_use]
    pub fn policies(&self) -> &BTreeMap<FilePath, Arc<[u8]>> {
        &self.0.parts.policies
    }

    /// The bytes of the person files, and of the signatures beside them, that are new or have other bytes than in
    /// the take before. From a commit or from memory: of all.
    #[must_use]
    pub fn read(&self) -> &BTreeMap<FilePath, Arc<[u8]>> {
        &self.0.parts.read
    }

    /// Person files that an earlier take had and this one has not, although it could see their place. Empty from
    /// a commit or from memory.
    #[must_use]
    pub fn gone(&self) -> &BTreeSet<FilePath> {
        &self.0.parts.gone
    }

    /// Person files that this snapshot has not, and that were seen while it was being taken: they come and go. Empty from
    /// a commit or from memory.
    #[must_use]
    pub fn glimpsed(&self) -> &BTreeSet<FilePath> {
        &self.0.parts.glimpsed
    }

    /// What is no plain file in its place, in order of the paths.
    #[must_use]
    pub fn odd(&self) -> &[Odd] {
        &self.0.parts.odd
    }

    /// How many person files there are.
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

    /// The digest of one person's file, or of the signatures beside one; `None` when the snapshot does not have it.
    #[must_use]
    pub fn file(&self, path: &FilePath) -> Option<Digest> {
        let (folder, name) = parts_of(path)?;
        self.0.parts.folders.get(folder)?.find(name).map(|entry| Digest::from_bytes(entry.digest))
    }

    /// Whether this snapshot shows that there is no such person file. False when the file is there, is odd, or
    /// stands in a folder that could not be looked into.
    #[must_use]
    pub fn shows_absent(&self, path: &FilePath) -> bool {
        self.file(path).is_none() && !hides(&self.0.parts.odd, path)
    }

    /// The person files whose presence or bytes differ from `earlier`, or whose signatures do. Folders that are alike
    /// are not looked into.
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

/// Whether something odd stands where the file would be seen.
pub fn hides(odd: &[Odd], path: &FilePath) -> bool {
    odd.iter().any(|odd| {
        odd.path == path.as_str()
            || (odd.is_whole_folder()
                && path.as_str().strip_prefix(odd.path.as_str()).is_some_and(|rest| rest.starts_with('/')))
    })
}

/// Calls `each` for every file that one of the two has and the other has not, or that has other bytes.
pub fn changes(then: Option<&Arc<Folder>>, now: Option<&Arc<Folder>>, mut each: impl FnMut(&Entry)) {
    if let (Some(then), Some(now)) = (then, now)
        && (Arc::ptr_eq(then, now) || then.digest == now.digest)
    {
        return;
    }
    for entry in now.into_iter().flat_map(|folder| &folder.files) {
        if then.and_then(|folder| folder.find(&entry.name)).is_none_or(|was| was.digest != entry.digest) {
            each(entry);
        }
    }
    for entry in then.into_iter().flat_map(|folder| &folder.files) {
        if now.and_then(|folder| folder.find(&entry.name)).is_none() {
            each(entry);
        }
    }
}

fn digest_of_policies(policies: &BTreeMap<FilePath, Arc<[u8]>>) -> Digest {
    let mut hasher = Hasher::new("portvakt policies 1");
    for (path, bytes) in policies {
        hasher.part(path.as_str().as_bytes()).part(bytes);
    }
    hasher.finish()
}

/// What a name in a trust's folder says, before the file is looked at.
pub enum Named<'a> {
    /// Hidden files and the copies that editors keep.
    PassedOver,
    /// Not a name of anything that belongs there.
    Odd(Oddity),
    /// A person's file.
    Person(&'a str),
    /// The signatures beside a person's file.
    Signatures(&'a str),
}

/// Judges a name in a trust's folder.
#[must_use]
pub fn judge_name(name: &[u8]) -> Named<'_> {
    if passed_over(name) {
        return Named::PassedOver;
    }
    match plain(name) {
        None => Named::Odd(Oddity::Name),
        Some(text) if text.strip_suffix(SIGNATURES).is_some_and(|name| name.ends_with(".yaml")) => {
            Named::Signatures(text)
        }
        Some(text) if !text.ends_with(".yaml") => Named::Odd(Oddity::NotYaml),
        Some(text) => Named::Person(text),
    }
}
