//! Reads the policies of a commit. Something odd among them is noted and never read.

use std::sync::Arc;

use gix::objs::tree::EntryKind;
use portvakt_core::tree::{
    ATTRIBUTES, Gathered, Oddity, is_attributes_elsewhere, is_litter, is_text, passed_over, shown,
};

use super::super::error::SourceError;
use super::super::policy_tree::{DEPTH, POLICIES, PolicyTree};
use super::{TreeItem, TreeReader};

impl TreeReader<'_> {
    /// Reads all files of `policies`.
    pub(super) fn policies(&self, root: &gix::Tree<'_>, parts: &mut Gathered) -> Result<(), SourceError> {
        let top = self.folder(root, POLICIES, POLICIES)?;
        let mut found = PolicyTree::default();
        self.policy_folder(&top, POLICIES, DEPTH, &mut found)?;
        let (files, odd) = found.finish(self.limits)?;
        parts.policies = files;
        parts.odd.extend(odd);
        Ok(())
    }

    fn policy_folder(
        &self,
        tree: &gix::Tree<'_>,
        path: &str,
        depth: usize,
        found: &mut PolicyTree,
    ) -> Result<(), SourceError> {
        let is_attributes =
            |item: &&TreeItem| item.name == ATTRIBUTES.as_bytes() && item.kind != EntryKind::Tree;
        let items = self.items(tree, path)?;
        if items.len() > self.limits.folders {
            found.crowd(path);
            return Ok(());
        }
        for item in items.iter().filter(|item| !passed_over(&item.name) || is_attributes(item)) {
            if found.needs_no_more_of(path) {
                return Ok(());
            }
            let path = format!("{path}/{}", shown(&item.name));
            if is_attributes_elsewhere(&item.name) {
                // The snapshot reports its name. Nothing in it is read.
                found.put(&path, Arc::default(), self.limits);
                continue;
            }
            if !is_text(&item.name) {
                found.note(path, Oddity::Name);
                continue;
            }
            if item.kind == EntryKind::Tree {
                if depth == 0 {
                    found.note(path, Oddity::Deep { most: DEPTH });
                } else {
                    self.policy_folder(&self.tree(item.id, &path)?, &path, depth - 1, found)?;
                }
                continue;
            }
            let is_plain = matches!(item.kind, EntryKind::Blob | EntryKind::BlobExecutable);
            if is_plain && is_litter(&item.name) && !is_attributes(&item) {
                continue;
            }
            match self.blob(item, &path, self.limits.large_bytes)? {
                Ok(bytes) => found.put(&path, bytes.into(), self.limits),
                Err(what) => found.note(path, what),
            }
        }
        Ok(())
    }
}
