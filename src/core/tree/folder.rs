//! One folder of `desired-state` with the files of a trust's people: their names, their stamps and the digests of their bytes. A
//! folder has a digest of its own, so two that are the same are not searched for what differs.

use std::sync::Arc;

use crate::model::{Digest, FilePath, Hasher};

use super::line_ends::with_lf;
use super::odd::{Oddity, passed_over, plain};

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
pub struct FolderFile {
    /// The name of the file in its folder.
    pub name: Box<str>,
    /// The stamp of the file when it was read.
    pub stamp: Stamp,
    /// The digest of the file's bytes, with LF at the end of each line.
    pub digest: [u8; 32],
    /// Set when the file was read within two seconds of its stamp. It is then read again next time, whatever its stamp
    /// is.
    pub fresh: bool,
}

// A register with 100,000 files keeps 100,000 of these in memory.
const _: () = assert!(size_of::<FolderFile>() <= 88);

impl FolderFile {
    /// Makes the entry of a file that was read. Its digest is that of the bytes with LF, which are returned too.
    #[must_use]
    pub fn read(name: &str, stamp: Stamp, bytes: Arc<[u8]>, fresh: bool) -> (Self, Arc<[u8]>) {
        let bytes = with_lf(bytes);
        let digest = *Digest::of(&bytes).as_bytes();
        (Self { name: name.into(), stamp, digest, fresh }, bytes)
    }

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
    pub files: Vec<FolderFile>,
    /// The digest over the names and bytes of the files.
    pub digest: Digest,
}

impl Folder {
    /// Makes a folder. `files` must be sorted by name.
    pub fn new(ident: (u64, u64), files: Vec<FolderFile>) -> Self {
        let mut hasher = Hasher::new("portvakt folder 1");
        for file in &files {
            hasher.part(file.name.as_bytes()).part(&file.digest);
        }
        Self { ident, files, digest: hasher.finish() }
    }

    /// Finds the file with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&FolderFile> {
        let at = self.files.binary_search_by(|entry| (*entry.name).cmp(name)).ok()?;
        self.files.get(at)
    }

    /// Finds a file when names are asked for in order. It tries `near` first, and then sets `near` to the place after
    /// the file it found.
    pub fn find_near(&self, name: &str, near: &mut usize) -> Option<&FolderFile> {
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

/// Calls `each` for every file that only one of the two folders has, or whose bytes differ.
pub fn changes(then: Option<&Arc<Folder>>, now: Option<&Arc<Folder>>, mut each: impl FnMut(&FolderFile)) {
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

/// The meaning of a name in a trust's folder. Only the name is looked at.
pub enum NameInFolder<'a> {
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
pub fn judge_name(name: &[u8]) -> NameInFolder<'_> {
    if passed_over(name) {
        return NameInFolder::PassedOver;
    }
    match plain(name) {
        None => NameInFolder::Odd(Oddity::Name),
        Some(text) if text.strip_suffix(SIGNATURES).is_some_and(|name| name.ends_with(".yaml")) => {
            NameInFolder::Signatures(text)
        }
        Some(text) if !text.ends_with(".yaml") => NameInFolder::Odd(Oddity::NotYaml),
        Some(text) => NameInFolder::Person(text),
    }
}
