//! The files of `reviews` and of `requests`: lists, with their signatures beside them (R3, R36).
//!
//! They are beside `desired-state` and not in it. An older program does not know them, and would hold a trust's folder
//! because of any unknown file in it. The lists give no access and take none away. So an odd file among them holds no
//! folder. It is reported, and it does not count as a list. A list that keeps changing while it is read counts as it
//! did before.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{FilePath, Hasher};

use super::file_name::{is_attributes_elsewhere, is_litter, passed_over, visible_name};
use super::line_ends::with_lf;
use super::names::{ATTRIBUTES, REQUESTS, REVIEWS};
use super::odd::{Odd, Oddity};

/// The ending of a signature file beside a list.
const SIGNATURES: &str = ".yaml.sig";

/// One of the two folders that hold lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListFolder {
    /// The reviews of the user lists: one list for each trust and quarter.
    Reviews,
    /// The applications that were rejected: one list for each trust.
    Requests,
}

impl ListFolder {
    /// The name of the folder at the root of the tree.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reviews => REVIEWS,
            Self::Requests => REQUESTS,
        }
    }

    /// The words before the odd paths in the digest of a tree.
    fn odd_mark(self) -> &'static str {
        match self {
            Self::Reviews => "odd reviews",
            Self::Requests => "odd requests",
        }
    }
}

/// The files of one of these folders, with their bytes, and the odd paths there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFiles {
    folder: ListFolder,
    /// The lists and the signature files.
    pub files: BTreeMap<FilePath, Arc<[u8]>>,
    /// The odd paths. They never count as lists. A plain file is only read to learn whether it is a person's file.
    pub odd: Vec<Odd>,
    /// The lists that kept changing while the tree was read, each with all lines that were seen in it. Such a list is
    /// odd. In `files` it has the bytes from before that, or it is missing.
    pub restless: BTreeMap<FilePath, Arc<[u8]>>,
}

impl ListFiles {
    /// Makes a value for this folder, without any files.
    #[must_use]
    pub fn of(folder: ListFolder) -> Self {
        Self { folder, files: BTreeMap::new(), odd: Vec::new(), restless: BTreeMap::new() }
    }

    /// Whether there is nothing in the folder, or no such folder.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.odd.is_empty()
    }

    /// The lists, without the signature files, in the order of their paths.
    pub fn lists(&self) -> impl Iterator<Item = (&FilePath, &Arc<[u8]>)> {
        self.files.iter().filter(|(path, _)| !path.as_str().ends_with(SIGNATURES))
    }

    /// The bytes of the signature file beside a list. A missing file has no bytes.
    #[must_use]
    pub fn signatures(&self, list: &FilePath) -> &[u8] {
        self.files.get(&list.signatures()).map(|bytes| &**bytes).unwrap_or_default()
    }

    /// The same files with LF at the end of each line, and the odd paths in order.
    pub(super) fn settled(mut self) -> Self {
        self.files = self.files.into_iter().map(|(path, bytes)| (path, with_lf(bytes))).collect();
        self.odd.sort();
        self
    }

    /// Adds the paths and bytes to the digest of a tree. A tree without such files has the digest that it had before the
    /// program knew the folder.
    pub(super) fn digest_into(&self, hasher: &mut Hasher) {
        if self.is_empty() {
            return;
        }
        hasher.part(self.folder.name().as_bytes());
        for (path, bytes) in &self.files {
            hasher.part(path.as_str().as_bytes()).part(bytes);
        }
        hasher.part(self.folder.odd_mark().as_bytes());
        for odd in &self.odd {
            hasher.part(odd.path.as_bytes()).part(odd.what.to_string().as_bytes());
        }
        for (path, lines) in &self.restless {
            hasher.part(path.as_str().as_bytes()).part(lines);
        }
    }
}

/// The meaning of a name in one of these folders, or in a trust's folder of `reviews`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InListFolder<'a> {
    /// A hidden file, or one that a program has left behind. It is ignored.
    PassedOver,
    /// A name that does not belong there.
    Odd(Oddity),
    /// A list, the signatures beside one, or the folder of a trust in `reviews`.
    Belongs(&'a str),
}

/// Decides the meaning of the name of a plain file in a folder of lists.
#[must_use]
pub fn list_file(name: &[u8]) -> InListFolder<'_> {
    if passed_over(name) || is_litter(name) {
        return InListFolder::PassedOver;
    }
    if is_attributes_elsewhere(name) {
        return InListFolder::Odd(Oddity::Case(ATTRIBUTES));
    }
    match visible_name(name) {
        None => InListFolder::Odd(Oddity::Name),
        Some(text) if text.ends_with(".yaml") || text.ends_with(SIGNATURES) => InListFolder::Belongs(text),
        Some(_) => InListFolder::Odd(Oddity::NotYaml),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    #[test]
    fn what_programs_leave_is_passed_over_and_what_people_put_aside_is_odd() {
        for name in
            [".git", "2026-Q4.yaml~", "ahus.yaml~", "Thumbs.db", "2026-Q4.yaml.orig", "ahus.yaml.orig"]
        {
            assert_eq!(list_file(name.as_bytes()), InListFolder::PassedOver, "{name}");
        }
        assert_eq!(list_file(b"2026-Q4.yaml.bak"), InListFolder::Odd(Oddity::NotYaml));
        assert_eq!(list_file(b"ahus.yaml.bak"), InListFolder::Odd(Oddity::NotYaml));
        assert_eq!(list_file(b"2026-Q4.yaml.sig"), InListFolder::Belongs("2026-Q4.yaml.sig"));
        assert_eq!(list_file(b"2026\n.yaml"), InListFolder::Odd(Oddity::Name));
        assert_eq!(list_file(b"ah\nus.yaml"), InListFolder::Odd(Oddity::Name));
    }

    fn digest(add: impl FnOnce(&mut Hasher)) -> Digest {
        let mut hasher = Hasher::new("portvakt snapshot 1");
        add(&mut hasher);
        hasher.finish()
    }

    /// Ledgers that are years old have digests that were made of these parts.
    #[test]
    fn the_digest_is_made_of_the_same_parts_as_ever() {
        for (folder, name, mark) in [
            (ListFolder::Reviews, &b"reviews"[..], &b"odd reviews"[..]),
            (ListFolder::Requests, &b"requests"[..], &b"odd requests"[..]),
        ] {
            let mut lists = ListFiles::of(folder);
            assert_eq!(digest(|hasher| lists.digest_into(hasher)), digest(|_| {}), "an empty folder is none");
            let path = FilePath::new(&format!("{}/ahus.yaml", folder.name()));
            lists.files.insert(path.clone(), Arc::from(*b"list"));
            lists.odd.push(Odd::unread(format!("{}/x.txt", folder.name()), None, Oddity::NotYaml));
            let by_hand = |hasher: &mut Hasher| {
                hasher.part(name).part(path.as_str().as_bytes()).part(b"list").part(mark);
                let odd = &lists.odd[0];
                hasher.part(odd.path.as_bytes()).part(odd.what.to_string().as_bytes());
            };
            assert_eq!(digest(|hasher| lists.digest_into(hasher)), digest(by_hand));
        }
    }
}
