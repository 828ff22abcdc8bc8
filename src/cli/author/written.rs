//! Writes the files of a draft below the root and nowhere else.

use std::path::Path;

use portvakt_author::ChangeDraft;
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::system::{said, way_out};

use crate::cli::clone::plain::is_plain;
use crate::cli::{replaced, unwritten, whose};

/// Writes the files of a draft below the root. If one of them would be written elsewhere, it writes nothing.
pub(super) fn write(root: &Path, draft: &ChangeDraft) -> Result<(), Finding> {
    draft.files.iter().try_for_each(|file| is_plain(root, file.path.as_str()))?;
    draft.files.iter().try_for_each(|file| whose::may_put(&root.join(file.path.as_str())))?;
    for file in &draft.files {
        let path = root.join(file.path.as_str());
        let done = match file.over(&std::fs::read(&path).unwrap_or_default()) {
            Some(bytes) => path
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| replaced::replace_file(&path, &bytes)),
            None => std::fs::remove_file(&path),
        };
        done.map_err(|why| {
            let message = unwritten::cannot_write(&path, &said(&why));
            let stays = text!(
                en: "What was written before this file stays.",
                nb: "Det som ble skrevet før denne filen, blir stående."
            );
            Finding::new(Code::SourceUnreadable, message, way_out(&why).and(stays))
        })?;
    }
    Ok(())
}
