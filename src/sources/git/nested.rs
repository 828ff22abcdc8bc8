//! Reads the folders inside a trust's folder of a commit. No file belongs there, but a folder or a file may have been moved
//! one level too deep by a slip. The files are read only to learn whom they name.

use gix::objs::tree::EntryKind;
use portvakt_core::tree::{Odd, Oddity, is_nested_file, passed_over, shown};

use super::super::error::SourceError;
use super::super::limits::NestedLimits;
use super::{TreeItem, TreeReader};

impl TreeReader<'_> {
    /// Reads one folder inside a trust's folder. The first odd path is the folder itself, and the others are in it.
    pub(super) fn nested(
        &self,
        item: &TreeItem,
        path: String,
        folder: &str,
        left: &mut NestedLimits,
    ) -> Result<Vec<Odd>, SourceError> {
        let mut odd = Vec::new();
        let is_whole =
            self.nested_files(item, (path.as_str(), folder), self.limits.nested_depth, left, &mut odd)?;
        let itself = Odd::unread(path, Some(folder), Oddity::Nested);
        odd.insert(0, if is_whole { itself } else { itself.hiding_files() });
        Ok(odd)
    }

    /// Reads the files in one of these folders. The result tells whether everything was read.
    fn nested_files(
        &self,
        item: &TreeItem,
        (path, folder): (&str, &str),
        depth: usize,
        left: &mut NestedLimits,
        odd: &mut Vec<Odd>,
    ) -> Result<bool, SourceError> {
        let read = self.tree(item.id, path).and_then(|tree| self.items(&tree, path));
        let Ok(items) = read else { return Ok(false) };
        if depth == 0 || !left.take_names(items.len()) {
            return Ok(false);
        }
        let mut is_whole = true;
        for item in items.iter().filter(|item| !passed_over(&item.name)) {
            let path = format!("{path}/{}", shown(&item.name));
            if item.kind == EntryKind::Tree {
                is_whole &= self.nested_files(item, (path.as_str(), folder), depth - 1, left, odd)?;
                continue;
            }
            let is_plain = matches!(item.kind, EntryKind::Blob | EntryKind::BlobExecutable);
            if is_plain && !is_nested_file(&item.name) {
                continue;
            }
            match self.blob(item, &path, self.limits.file_bytes)? {
                Ok(bytes) if left.take_bytes(bytes.len()) => {
                    odd.push(Odd::unread(path, Some(folder), Oddity::Within).reading(&bytes));
                }
                Ok(_) => is_whole = false,
                Err(what) => {
                    let may_hide = what.may_hide_files();
                    let unread = Odd::unread(path, Some(folder), what);
                    odd.push(if may_hide { unread.hiding_files() } else { unread });
                }
            }
        }
        Ok(is_whole)
    }
}
