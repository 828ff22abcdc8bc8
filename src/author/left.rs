//! Finds the entries that stayed in their folder when their unit went to another trust. What was accepted of them stands
//! at the new trust. They cannot be used where they are, but `revoked` acts in them.

use portvakt_core::diag::{Code, Finding};
use portvakt_core::model::{ApplicationId, FilePath, GrantKey, Register, RequestId, TrustId};
use portvakt_core::parse::{self, Entry, ParsedFile};

use super::desk::{AuthorDesk, HeldAccess, Person};

/// An entry whose only error is that its unit belongs to another trust than its folder.
#[derive(Debug, Clone)]
pub struct LeftBehind {
    /// The access of the entry, at the trust of its unit.
    pub held: HeldAccess,
    /// The finding about the folder.
    pub finding: Finding,
}

impl AuthorDesk {
    /// Returns the entries of a person that are only in the wrong folder. An entry that shares its application and its
    /// request with another one of the person is left out, because `revoked` in it would not say clearly which access it
    /// means.
    #[must_use]
    pub fn left_behind(&self, person: &Person) -> Vec<LeftBehind> {
        let files = person.files.iter();
        let left = files.flat_map(|(folder, file)| self.left_in(folder, file));
        left.filter(|one| is_the_only_one(person, &one.held.grant.key)).collect()
    }

    fn left_in(&self, folder: &TrustId, file: &ParsedFile) -> Vec<LeftBehind> {
        if file.entries.iter().all(|entry| entry.findings().is_empty()) {
            return Vec::new();
        }
        let Some((_, as_filed)) = self.as_filed(folder, &file.path) else { return Vec::new() };
        let pairs = file.entries.iter().zip(as_filed.entries).enumerate();
        let left = pairs.filter_map(|(number, (entry, as_filed))| {
            let ([finding], Entry::Valid { grant, .. }) = (entry.findings(), as_filed) else { return None };
            if finding.code != Code::WrongFolder {
                return None;
            }
            let mut grant = *grant;
            grant.trust.clone_from(self.rules.register.trust_of(grant.key.unit)?);
            let held = HeldAccess { number, folder: folder.clone(), grant };
            Some(LeftBehind { held, finding: finding.clone() })
        });
        left.collect()
    }

    /// Returns a file as if every unit belonged to the trust of its folder, with the register that says so. It is `None`
    /// if the file cannot be read.
    pub(super) fn as_filed(&self, folder: &TrustId, path: &FilePath) -> Option<(Register, ParsedFile)> {
        let mut register = Register::clone(&self.rules.register);
        for unit in register.units.values_mut() {
            unit.trust.clone_from(folder);
        }
        let bytes = self.tree.read().get(path)?;
        let file = parse::person(path, bytes, &register).ok()?;
        Some((register, file))
    }
}

/// Returns whether one entry alone of a person's files could mean the application and the request of this access.
fn is_the_only_one(person: &Person, key: &GrantKey) -> bool {
    let could_mean = |entry: &&Entry| {
        let (application, request): (Option<&ApplicationId>, Option<&RequestId>) = match entry {
            Entry::Valid { grant, .. } => (Some(&grant.key.application), Some(&grant.key.request)),
            Entry::Invalid { application, request, .. } => (application.as_ref(), request.as_ref()),
        };
        application.is_none_or(|application| *application == key.application)
            && request.is_none_or(|request| request.is_same(&key.request))
    };
    person.files.values().flat_map(|file| &file.entries).filter(could_mean).count() == 1
}
