//! Ends accesses on a day or at once. Nothing is deleted: the person's entries stay in the file, with their end (R30,
//! R45).

use jiff::civil::Date;
use portvakt_core::model::{PersonId, Revocation};

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

/// Returns the change that takes these accesses of one person back at once (R45).
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
    draft.approvers.insert(revoked.by.clone());
    Ok(draft)
}

fn with_each(
    desk: &AuthorDesk,
    person: &Person,
    held: &[HeldAccess],
    edit: impl Fn(&mut WantedFile, usize),
) -> Result<ChangeDraft, EditError> {
    let mut draft = ChangeDraft::default();
    for (trust, file) in &person.files {
        let mut wanted = WantedFile::of(file);
        held.iter().filter(|held| held.grant.trust == *trust).for_each(|held| edit(&mut wanted, held.number));
        if wanted != WantedFile::of(file) {
            draft.write(desk, trust, &person.id, &wanted)?;
        }
    }
    Ok(draft)
}
