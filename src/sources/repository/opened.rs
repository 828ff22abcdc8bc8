//! Opens a repository as it is on disk. Programs that its settings name are not started.

use std::path::Path;

use super::CACHE;
use crate::error::{Cause, SourceError};

/// Refuses a repository with references of a newer format. It would look as if it had no references at all.
pub(super) fn check_format(git: &gix::Repository, path: &Path) -> Result<(), SourceError> {
    let format = git.config_snapshot().string("extensions.refStorage");
    match format {
        Some(format) if format.as_slice() != b"files" => {
            let format = format.to_string();
            Err(SourceError::RefFormat { path: path.display().to_string(), format })
        }
        _ => Ok(()),
    }
}

/// No personal git settings are used. The same commits are read and merged in the same way for every user.
pub(super) fn plainly() -> gix::open::Options {
    gix::open::Options::isolated().config_overrides(["core.useReplaceRefs=false"])
}

pub(super) fn open_plainly(path: &Path) -> Result<gix::Repository, Cause> {
    let mut git: gix::Repository = gix::open_opts(path, plainly())?;
    git.object_cache_size_if_unset(CACHE);
    Ok(git)
}
