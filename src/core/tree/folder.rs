//! One folder of `desired-state` with the files of a trust's people: their names and the digests of their bytes. Each
//! folder has its own digest, so two equal folders are not searched for differences.

use std::sync::Arc;

use crate::model::{Digest, FilePath, Hasher};

use super::file_name::{is_attributes_elsewhere, passed_over, visible_name};
use super::line_ends::with_lf;
use super::names::ATTRIBUTES;
use super::odd::Oddity;

/// One file of a folder. It takes about 70 bytes of memory with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFile {
    /// The name of the file in its folder.
    pub name: Box<str>,
    /// The digest of the file's bytes, with LF at the end of each line.
    pub digest: [u8; 32],
}

// A register with 100,000 files keeps 100,000 of these in memory.
const _: () = assert!(size_of::<FolderFile>() <= 48);

impl FolderFile {
    /// Makes the entry of a file that was read. Its digest is that of the bytes with LF, which are returned too.
    #[must_use]
    pub fn read(name: &str, bytes: Arc<[u8]>) -> (Self, Arc<[u8]>) {
        let bytes = with_lf(bytes);
        let digest = *Digest::of(&bytes).as_bytes();
        (Self { name: name.into(), digest }, bytes)
    }

    /// Whether the file holds the signatures beside a person's file.
    pub fn is_signatures(&self) -> bool {
        self.name.ends_with(SIGNATURES)
    }
}

/// One folder of `desired-state`. Its files are sorted by name.
#[derive(Debug)]
pub struct Folder {
    /// The files of the folder, sorted by name.
    pub files: Vec<FolderFile>,
    /// The digest over the names and bytes of the files.
    pub digest: Digest,
}

impl Folder {
    /// Makes a folder. `files` must be sorted by name.
    pub fn new(files: Vec<FolderFile>) -> Self {
        let mut hasher = Hasher::new("portvakt folder 1");
        for file in &files {
            hasher.part(file.name.as_bytes()).part(&file.digest);
        }
        Self { files, digest: hasher.finish() }
    }

    /// Finds the file with this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&FolderFile> {
        self.files.get(self.position(name)?)
    }

    /// Finds where in `files` the file with this name is.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.files.binary_search_by(|entry| (*entry.name).cmp(name)).ok()
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
    if is_attributes_elsewhere(name) {
        return NameInFolder::Odd(Oddity::Case(ATTRIBUTES));
    }
    match visible_name(name) {
        None => NameInFolder::Odd(Oddity::Name),
        Some(text) if text.strip_suffix(SIGNATURES).is_some_and(|name| name.ends_with(".yaml")) => {
            NameInFolder::Signatures(text)
        }
        Some(text) if !text.ends_with(".yaml") => NameInFolder::Odd(Oddity::NotYaml),
        Some(text) => NameInFolder::Person(text),
    }
}
