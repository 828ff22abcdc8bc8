//! Keeps the policies that were loaded last, so that a process reads equal files once.
//!
//! A command needs the policies in force, those of the tree and those of a branch, and they are nearly always the same.
//! Loading depends on the bytes of the files and on nothing else, so nobody can see from the answer whether the policies
//! were kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Policies, REQUIRED_FILES, is_expected};
use crate::diag::Finding;
use crate::model::FilePath;

/// The largest number of policies that are kept: those in force, those of a tree, and a change of each.
const MOST: usize = 4;

static LAST_LOADED: Mutex<Vec<Arc<Policies>>> = Mutex::new(Vec::new());

impl Policies {
    /// Does the same as [`Policies::load`], and shares the result with later calls that have the same files.
    ///
    /// # Errors
    /// The same as those of [`Policies::load`].
    pub fn shared(files: &BTreeMap<FilePath, Arc<[u8]>>) -> Result<Arc<Self>, Vec<Finding>> {
        // The digest takes a missing file for an empty one, and says nothing of a file that nothing reads.
        let is_whole = REQUIRED_FILES.iter().all(|path| files.contains_key(&FilePath::new(path)))
            && files.keys().all(is_expected);
        if !is_whole {
            return Self::load(files).map(Arc::new);
        }
        let digest = Self::digest_of(files);
        let kept = || LAST_LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().iter().find(|known| known.digest == digest) {
            return Ok(Arc::clone(known));
        }
        let loaded = Arc::new(Self::load(files)?);
        let mut kept = kept();
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Forgets the policies that are kept, as if the process had just begun. It is used for measuring.
    pub fn forget_shared() {
        LAST_LOADED.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
