//! Ends accesses on a day or at once. Nothing is deleted: the person's entries stay in the file, with their end (R30,
//! R45).

use jiff::civil::Date;
use portvakt_core::model::{FilePath, PersonId, Revocation};

use super::desk::{AuthorDesk, HeldAccess, Person};
use super::draft::ChangeDraft;
use super::edit::{EditError, WantedFile};

/// Returns the change that lets this day be the last one of these accesses of one person. An earlier end needs no
/// approval.
///
/// # Errors
/// A file of the person is in error or cannot be edited.
pub fn end(
    desk: &AuthorDesk,
    person: &Person,
    held: &[HeldAccess],
    last: Date,
) -> Result<ChangeDraft, EditError> {
    with_each(desk, person, held, |wanted, number| {
        if let Some(grant) = wanted.grants.get_mut(&number) {
            grant.until = Some(last);
        }
    })
}

/// The person who takes access back, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// The person who takes it back.
    pub by: PersonId,
    /// The day of the revocation.
    pub on: Date,
    /// The reason, in a few words that say nothing about health.
    pub reason: String,
}

/// Returns the change that takes these accesses of one person back at once (R45). An entry in the wrong folder is taken
/// back where it stands.
///
/// # Errors
/// A file of the person is in error or cannot be edited, or the reason is not allowed in a file.
pub fn revoke(
    desk: &AuthorDesk,
    person: &Person,
    held: &[HeldAccess],
    revoked: &Revoked,
) -> Result<ChangeDraft, EditError> {
    let mut draft = with_each(desk, person, held, |wanted, number| {
        if let Some(grant) = wanted.grants.get_mut(&number) {
            let Revoked { by, on, reason } = revoked.clone();
            grant.revoked = Some(Revocation { on, by, reason });
        }
    })?;
    let is_signable =
        |held: &HeldAccess| !draft.unsignable.contains(&FilePath::of_person(&held.folder, &person.id));
    if held.iter().any(is_signable) {
        draft.approvers.insert(revoked.by.clone());
    }
    Ok(draft)
}

fn with_each(
    desk: &AuthorDesk,
    person: &Person,
    held: &[HeldAccess],
    edit: impl Fn(&mut WantedFile, usize),
) -> Result<ChangeDraft, EditError> {
    let mut draft = ChangeDraft::default();
    for (folder, file) in &person.files {
        let there: Vec<&HeldAccess> = held.iter().filter(|held| held.folder == *folder).collect();
        let is_left = there.iter().any(|held| held.grant.trust != *folder);
        let as_filed = is_left.then(|| desk.as_filed(folder, &file.path)).flatten();
        let (register, file) = match &as_filed {
            Some((register, file)) => (register, file),
            None => (&*desk.rules.register, file),
        };
        let mut wanted = WantedFile::of(file);
        there.iter().for_each(|held| edit(&mut wanted, held.number));
        if wanted != WantedFile::of(file) {
            draft.write_by(desk, register, file.path.clone(), &wanted)?;
        }
        if is_left {
            draft.unsignable.insert(file.path.clone());
        }
    }
    Ok(draft)
}
