//! Reads the history of the target branch for a check. A request that has served once is used up. An approval that
//! was replaced by another one is used up too. The newest commit shows neither.

use std::collections::BTreeSet;
use std::sync::Arc;

use portvakt_core::decide::{EarlierVersions, Past, served_statements};
use portvakt_core::diag::Finding;
use portvakt_core::model::{Digest, FilePath, PersonId, RequestId};
use portvakt_core::policy::Policies;
use portvakt_core::tree::{
    ALLOWED_SIGNERS, ATTRIBUTES, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES, with_lf,
};
use portvakt_sources::{Repository, SourceError, all_states, changes_of, earlier_versions, files_ever};

use super::error::source_finding;

/// The most versions of one file that are looked at. A person's file changes a few times a year.
const MOST: usize = 1_000;

/// The history of a branch up to a commit.
#[derive(Debug)]
pub struct BranchPast<'a> {
    repository: &'a Repository,
    tip: String,
}

impl<'a> BranchPast<'a> {
    /// Creates the history of the branch whose newest commit is this one.
    #[must_use]
    pub fn new(repository: &'a Repository, tip: &str) -> Self {
        Self { repository, tip: tip.to_owned() }
    }

    /// Returns the statements that were signed at each commit that changed the settings, the policies or their
    /// signatures. A commit without a whole tree has put nothing in force, so it is skipped.
    fn statements(&self, register: &str) -> Result<BTreeSet<Digest>, SourceError> {
        let mut commits = BTreeSet::new();
        let settings = [SETTINGS_SIGNATURES, REGISTER, ALLOWED_SIGNERS, REVOKED_KEYS, ATTRIBUTES, "policies"];
        for path in settings {
            let changes = changes_of(self.repository, &self.tip, path, MOST)?;
            commits.extend(changes.into_iter().map(|change| change.commit));
        }
        let mut statements = BTreeSet::new();
        for commit in commits {
            let (settings, policies) = match self.repository.settings(&commit) {
                Err(error) if error.is_of_the_tree() => continue,
                other => other?,
            };
            if !settings.signatures.is_empty() {
                statements.extend(served_statements(register, &settings, &Policies::digest_of(&policies)));
            }
        }
        Ok(statements)
    }
}

impl Past for BranchPast<'_> {
    fn versions(&self, path: &FilePath) -> Result<Vec<Arc<[u8]>>, Finding> {
        let versions = earlier_versions(self.repository, &self.tip, path.as_str(), MOST)
            .map_err(|error| source_finding(&error))?;
        Ok(versions.into_iter().map(|version| with_lf(version.bytes.into())).collect())
    }

    fn states(&self, path: &FilePath) -> Result<Vec<Arc<[u8]>>, Finding> {
        let states = all_states(self.repository, &self.tip, path.as_str(), MOST)
            .map_err(|error| source_finding(&error))?;
        Ok(states.into_iter().map(|state| with_lf(state.bytes.into())).collect())
    }

    fn naming(
        &self,
        requests: &BTreeSet<RequestId>,
        ids: &BTreeSet<PersonId>,
    ) -> Result<EarlierVersions, Finding> {
        let folded: BTreeSet<RequestId> = requests.iter().map(RequestId::folded).collect();
        let named = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let upper = text.to_ascii_uppercase();
            folded.iter().any(|request| upper.contains(request.as_str()))
                || (text.contains("previously") && ids.iter().any(|id| text.contains(id.as_str())))
        };
        let files = files_ever(self.repository, &self.tip, "desired-state", named)
            .map_err(|error| source_finding(&error))?;
        Ok(files.into_iter().map(|(path, bytes)| (FilePath::new(&path), with_lf(bytes.into()))).collect())
    }

    fn settings_statements(&self, register: &str) -> Result<BTreeSet<Digest>, Finding> {
        self.statements(register).map_err(|error| source_finding(&error))
    }
}
