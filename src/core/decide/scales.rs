//! What a change of the protected files is weighed with, and which of these files it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::judge::{Authority, Used};
use crate::model::{Digest, FilePath};
use crate::tree::{SETTINGS_SIGNATURES, Snapshot};

use super::proofs::KnownPolicyProofs;
use super::sought::FileReviews;

/// The input for weighing a change of the protected files.
pub struct Scales<'a> {
    /// The people in office, by the accepted state.
    pub authority: &'a Authority,
    /// The valid releases on the host that are not used up.
    pub releases: &'a BTreeSet<Digest>,
    /// What the forge knows of the protected files that changed.
    pub reviews: &'a FileReviews,
    /// The protected files as they were accepted.
    pub before: &'a BTreeMap<FilePath, Arc<[u8]>>,
    /// The statements and the requests that are used up.
    pub used: &'a Used,
    /// The proofs that are known, if the register in force asks for them.
    pub proofs: KnownPolicyProofs<'a>,
    /// The current day in the register's time zone.
    pub today: Date,
}

/// Returns the protected files with changed bytes, and the bytes they have now.
pub fn changed_files(
    before: &BTreeMap<FilePath, Arc<[u8]>>,
    tree: &Snapshot,
) -> BTreeMap<FilePath, Option<Arc<[u8]>>> {
    let mut now = protected_files(tree);
    let gone: Vec<FilePath> = before.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
    now.retain(|path, bytes| before.get(path).map(|was| &**was).unwrap_or_default() != &**bytes);
    now.into_iter()
        .map(|(path, bytes)| (path, Some(bytes)))
        .chain(gone.into_iter().map(|path| (path, None)))
        .collect()
}

/// Returns the policies, the register, the keys and the files `.gitattributes` of a tree.
#[must_use]
pub fn protected_files(tree: &Snapshot) -> BTreeMap<FilePath, Arc<[u8]>> {
    let settings = tree.settings().files().filter(|(path, _)| path.as_str() != SETTINGS_SIGNATURES);
    let settings = settings.map(|(path, bytes)| (path, Arc::clone(bytes)));
    settings.chain(tree.policies().iter().map(|(path, bytes)| (path.clone(), Arc::clone(bytes)))).collect()
}
