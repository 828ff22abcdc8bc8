//! The snapshot: one immutable value that a whole pass works on.
//!
//! A snapshot has the path and the digest of every person's file. It has the bytes of `register.yaml`, of all
//! policies, and of the person files that are new or changed. Digests have two levels: files in a folder, and folders
//! in a tree. Snapshots share their folders, so one changed file among 100,000 costs one new folder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Digest, FilePath, Hasher};

use super::odd::{Odd, Oddity, is_litter, passed_over, plain, shown, whole};
use super::settings::{REGISTER, SettingsFiles, SettingsPlace};

/// The stamp of a file when it was read. An equal stamp does not prove equal bytes. A different stamp is a reason to
/// read the file again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// The size in bytes, or the largest number that fits.
    pub size: u32,
    /// The time the bytes were last written, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// The time the file or its metadata last changed, in nanoseconds since 1970.
    pub changed_ns: i64,
    /// The number of the file in the file system (inode).
    pub inode: u64,
}

/// One file of a folder. It takes about 110 bytes of memory with its name.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name of the file in its folder.
    pub name: Box<str>,
    /// The stamp of the file when it was read.
    pub stamp: Stamp,
    /// The digest of the file's bytes.
    pub digest: [u8; 32],
    /// Set when the file was read within two seconds of its stamp. It is then read again next time, whatever its stamp
    /// is.
    pub fresh: bool,
}

// A register with 100,000 files keeps 100,000 of these in memory.
const _: () = assert!(size_of::<Entry>() <= 88);

impl Entry {
    /// Whether the file holds the signatures beside a person's file.
    pub fn is_signatures(&self) -> bool {
        self.name.ends_with(SIGNATURES)
    }

    /// Whether another reading found the same file.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        self.name == other.name && self.stamp == other.stamp && self.digest == other.digest
    }
}

/// One folder of `desired-state`. Its files are sorted by name.
#[derive(Debug)]
pub struct Folder {
    /// The device and inode of the folder.
    pub ident: (u64, u64),
    /// The files of the folder, sorted by name.
    pub files: Vec<Entry>,
    /// The digest over the names and bytes of the files.
    pub digest: Digest,
}

impl Folder {
    /// Makes a folder. `files` must be sorted by name.
    pub fn new(ident: (u64, u64), files: Vec<Entry>) -> Self {
        let mut hasher = Hasher::new("portvakt folder 1");
        for file in &files {
            hasher.part(file.name.as_bytes()).part(&file.digest);
        }
        Self { ident, files, digest: hasher.finish() }
    }

    /// Finds the file with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let at = self.files.binary_search_by(|entry| (*entry.name).cmp(name)).ok()?;
        self.files.get(at)
    }

    /// Finds a file when names are asked for in order. It tries `near` first, and then sets `near` to the place after
    /// the file it found.
    pub fn find_near(&self, name: &str, near: &mut usize) -> Option<&Entry> {
        let there = self.files.get(*near).is_some_and(|entry| *entry.name == *name);
        let at =
            if there { *near } else { self.files.binary_search_by(|entry| (*entry.name).cmp(name)).ok()? };
        *near = at + 1;
        self.files.get(at)
    }
}

/// The ending that is added to the name of a person's file for its signatures.
pub const SIGNATURES: &str = ".sig";

/// The folder of `desired-state` that a path is in, and the name of the file there.
pub fn parts_of(path: &FilePath) -> Option<(&str, &str)> {
    path.as_str().strip_prefix("desired-state/")?.split_once('/')
}

/// The path of a file in a folder of `desired-state`.
#[must_use]
pub fn path_of(folder: &str, name: &str) -> FilePath {
    FilePath::new(&format!("desired-state/{folder}/{name}"))
}

/// The parts that a reader gathers before the snapshot is sealed.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The register, and the keys and signatures beside it.
    pub settings: SettingsFiles,
    /// The policies.
    pub policies: BTreeMap<FilePath, Arc<[u8]>>,
    /// The folders of the trusts.
    pub folders: BTreeMap<Box<str>, Arc<Folder>>,
    /// The odd paths: everything that is not a plain file in its place.
    pub odd: Vec<Odd>,
    /// The bytes of the files that are new or changed.
    pub read: BTreeMap<FilePath, Arc<[u8]>>,
    /// The person files that an earlier take had and this one has not.
    pub gone: BTreeSet<FilePath>,
    /// The files that were seen at any look while the snapshot was taken.
    pub glimpsed: BTreeSet<FilePath>,
}

/// The tree at one moment. A clone is cheap.
#[derive(Debug, Clone)]
pub struct Snapshot(Arc<Sealed>);

#[derive(Debug)]
struct Sealed {
    digest: Digest,
    policies_digest: Digest,
    parts: Gathered,
}

impl Snapshot {
    /// Makes a snapshot from the gathered parts.
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

    /// Makes a snapshot of files in memory, as if they were the tree. Files that do not belong there are odd, as on
    /// disk. A missing register or missing policies are empty here.
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

    /// The digest over all paths and bytes, with odd paths included. The same files give the same digest, whether they
    /// were read from a directory, a commit or memory.
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

    /// The bytes of the person files and signature files that are new or changed since the previous take. A snapshot
    /// from a commit or from memory has the bytes of all of them.
    #[must_use]
    pub fn read(&self) -> &BTreeMap<FilePath, Arc<[u8]>> {
        &self.0.parts.read
    }

    /// The person files that an earlier take had and this one has not, although it could see their place. A snapshot
    /// from a commit or from memory has none.
    #[must_use]
    pub fn gone(&self) -> &BTreeSet<FilePath> {
        &self.0.parts.gone
    }

    /// The person files that are not in this snapshot but were seen while it was taken: files that come and go. A
    /// snapshot from a commit or from memory has none.
    #[must_use]
    pub fn glimpsed(&self) -> &BTreeSet<FilePath> {
        &self.0.parts.glimpsed
    }

    /// The odd paths, sorted by path.
    #[must_use]
    pub fn odd(&self) -> &[Odd] {
        &self.0.parts.odd
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
    /// in a folder that could not be read.
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

/// Whether an odd path is in the place where the file would be.
pub fn hides(odd: &[Odd], path: &FilePath) -> bool {
    odd.iter().any(|odd| {
        odd.path == path.as_str()
            || (odd.is_whole_folder()
                && path.as_str().strip_prefix(odd.path.as_str()).is_some_and(|rest| rest.starts_with('/')))
    })
}

/// Calls `each` for every file that only one of the two folders has, or whose bytes differ.
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

/// The meaning of a name in a trust's folder. Only the name is looked at.
pub enum Named<'a> {
    /// A hidden file or an editor's backup copy, which is ignored.
    PassedOver,
    /// A name that does not belong in a trust's folder.
    Odd(Oddity),
    /// The name of a person's file.
    Person(&'a str),
    /// The name of the signature file beside a person's file.
    Signatures(&'a str),
}

/// Decides the meaning of a name in a trust's folder.
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
