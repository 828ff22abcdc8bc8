//! Gives accesses a later end: a new last day, with a new approval (R37).

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::model::{Approval, TrustId};

use super::desk::{AuthorDesk, HeldAccess, Person};
use super::draft::ChangeDraft;
use super::edit::{EditError, WantedFile};

/// Returns the change that lets these accesses of one person end on another day, or never. Each trust has its own
/// approval. The approval of each access in `held` says how the person is known (R17).
///
/// # Errors
/// A file of the person is in error or cannot be edited.
pub fn extend(
    desk: &AuthorDesk,
    person: &Person,
    held: &[HeldAccess],
    until: Option<Date>,
    approvals: &BTreeMap<TrustId, Approval>,
) -> Result<ChangeDraft, EditError> {
    let mut draft = ChangeDraft::default();
    for (trust, file) in &person.files {
        let Some(approval) = approvals.get(trust) else { continue };
        let mut wanted = WantedFile::of(file);
        for held in held.iter().filter(|held| held.grant.trust == *trust) {
            if let Some(grant) = wanted.grants.get_mut(&held.number) {
                grant.until = until;
                let identity = held.grant.approval.identity.clone();
                grant.approval = Approval { identity, ..approval.clone() };
            }
        }
        if wanted != WantedFile::of(file) {
            draft.write(desk, trust, &person.id, &wanted)?;
            draft.approvers.insert(approval.by.clone());
        }
    }
    Ok(draft)
}
