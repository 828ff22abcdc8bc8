//! Files in error that would be in order by settings that wait for approval. They were moved together with a unit or a
//! trust before two administrators decided about it.

use std::collections::BTreeSet;

use crate::change::Head;
use crate::model::{FilePath, Register};
use crate::parse::{Entry, person};

/// Returns those of these files that are in error now, and that this register would find no error in.
pub fn in_order_by<'p>(
    paths: impl Iterator<Item = &'p FilePath>,
    head: &Head,
    pending: &Register,
) -> BTreeSet<FilePath> {
    let is_valid = |entry: &Entry| matches!(entry, Entry::Valid { .. });
    let is_in_order = |path: &&FilePath| {
        let bytes = head.astray.get(*path).and_then(|astray| astray.bytes.as_ref());
        let read = bytes.and_then(|bytes| person(path, bytes, pending).ok());
        read.is_some_and(|file| file.entries.iter().all(is_valid))
    };
    paths.filter(is_in_order).cloned().collect()
}
