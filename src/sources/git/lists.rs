//! Reads the lists of a commit: the reviews of the user lists, and the applications that were rejected.

use gix::objs::tree::EntryKind;
use portvakt_core::model::FilePath;
use portvakt_core::tree::{
    InListFolder, ListFiles, ListFolder, Odd, Oddity, REQUESTS, REVIEWS, list_file, passed_over,
    review_folder, shown,
};

use super::super::error::SourceError;
use super::{TreeItem, TreeReader};

impl TreeReader<'_> {
    /// Reads the reviews of the user lists. Something odd among them is noted and never counts as a list.
    pub(super) fn reviews(&self, root: &gix::Tree<'_>) -> Result<ListFiles, SourceError> {
        let mut reviews = ListFiles::of(ListFolder::Reviews);
        let Some(top) = self.items(root, REVIEWS)?.into_iter().find(|item| item.name == REVIEWS.as_bytes())
        else {
            return Ok(reviews);
        };
        if let Some(what) = not_a_folder(top.kind) {
            reviews.odd.push(self.in_place_of_lists(&top, REVIEWS, what)?);
            return Ok(reviews);
        }
        for trust in self.items(&self.tree(top.id, REVIEWS)?, REVIEWS)? {
            let path = format!("{REVIEWS}/{}", shown(&trust.name));
            let what = match (review_folder(&trust.name), not_a_folder(trust.kind)) {
                (InListFolder::PassedOver, _) => continue,
                (InListFolder::Odd(what), _) => what,
                (InListFolder::Belongs(_), Some(Oddity::Misplaced))
                    if list_file(&trust.name) == InListFolder::PassedOver =>
                {
                    continue;
                }
                (InListFolder::Belongs(_), Some(what)) => what,
                (InListFolder::Belongs(_), None) => {
                    self.review_lists(trust.id, &path, &mut reviews)?;
                    continue;
                }
            };
            reviews.odd.push(self.odd_item(&trust, path, what)?);
        }
        Ok(reviews)
    }

    /// Reads the files of one trust's folder of `reviews`.
    fn review_lists(
        &self,
        id: gix::ObjectId,
        path: &str,
        reviews: &mut ListFiles,
    ) -> Result<(), SourceError> {
        for item in self.items(&self.tree(id, path)?, path)? {
            let path = format!("{path}/{}", shown(&item.name));
            let read = match list_file(&item.name) {
                InListFolder::PassedOver => continue,
                InListFolder::Odd(what) => Err(what),
                InListFolder::Belongs(_) => self.blob(&item, &path, self.limits.large_bytes)?,
            };
            match read {
                Ok(bytes) => drop(reviews.files.insert(FilePath::new(&path), bytes.into())),
                Err(what) => reviews.odd.push(self.odd_item(&item, path, what)?),
            }
        }
        Ok(())
    }

    /// Reads the applications that were rejected. Something odd among them is noted and never counts as a list.
    pub(super) fn requests(&self, root: &gix::Tree<'_>) -> Result<ListFiles, SourceError> {
        let mut requests = ListFiles::of(ListFolder::Requests);
        let top = self.items(root, REQUESTS)?.into_iter().find(|item| item.name == REQUESTS.as_bytes());
        let Some(top) = top else { return Ok(requests) };
        if let Some(what) = not_a_folder(top.kind) {
            requests.odd.push(self.in_place_of_lists(&top, REQUESTS, what)?);
            return Ok(requests);
        }
        for item in self.items(&self.tree(top.id, REQUESTS)?, REQUESTS)? {
            let path = format!("{REQUESTS}/{}", shown(&item.name));
            let read = match (list_file(&item.name), item.kind) {
                (_, EntryKind::Tree) if passed_over(&item.name) => continue,
                (_, EntryKind::Tree) => Err(Oddity::Nested),
                (InListFolder::PassedOver, _) => continue,
                (_, EntryKind::Link) => Err(Oddity::Link),
                (_, EntryKind::Commit) => Err(Oddity::Submodule),
                (InListFolder::Odd(what), _) => Err(what),
                (InListFolder::Belongs(_), _) => self.blob(&item, &path, self.limits.large_bytes)?,
            };
            match read {
                Ok(bytes) => drop(requests.files.insert(FilePath::new(&path), bytes.into())),
                Err(what) => requests.odd.push(self.odd_item(&item, path, what)?),
            }
        }
        Ok(requests)
    }

    /// Makes the odd path of an entry in the place of a folder of lists. What is no plain file there may hide people's
    /// files, as it does in the place of a trust's folder.
    fn in_place_of_lists(&self, item: &TreeItem, path: &str, what: Oddity) -> Result<Odd, SourceError> {
        let is_plain = what == Oddity::Misplaced;
        let odd = self.odd_item(item, path.to_owned(), what)?;
        Ok(if is_plain { odd } else { odd.hiding_files() })
    }

    /// Makes the odd path of an entry among the lists. A plain file is read, because it may be a person's file that was
    /// moved there by a slip. A folder or a large file may hold such files.
    fn odd_item(&self, item: &TreeItem, path: String, what: Oddity) -> Result<Odd, SourceError> {
        let read = self.blob(item, &path, self.limits.file_bytes)?;
        let odd = Odd::unread(path, None, what);
        Ok(match read {
            Ok(bytes) => odd.reading(&bytes),
            Err(found) if found.may_hide_files() => odd.hiding_files(),
            Err(_) => odd,
        })
    }
}

/// Returns the oddity of an entry that should be a folder, if it is not one.
fn not_a_folder(kind: EntryKind) -> Option<Oddity> {
    match kind {
        EntryKind::Tree => None,
        EntryKind::Link => Some(Oddity::Link),
        EntryKind::Commit => Some(Oddity::Submodule),
        EntryKind::Blob | EntryKind::BlobExecutable => Some(Oddity::Misplaced),
    }
}
