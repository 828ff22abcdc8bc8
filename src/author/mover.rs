//! Moves a person to another trust (R31). Without an overlap, one change removes the old file and adds the new one.
//! With an overlap both files stay for a while. They must then say the same of the person, so both trusts approve.

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::model::{Approval, EmployerId, Facts, FilePath, TrustId};

use super::desk::{AuthorDesk, Person};
use super::draft::ChangeDraft;
use super::edit::{EditError, WantedFile};
use super::give::{ApplyingPerson, AskedAccess};

/// The time for which the person keeps access at the old trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// The accesses at the old trust end with this change.
    None,
    /// The accesses at the old trust last until this day, inclusive.
    Until(Date),
}

/// Returns the change that moves a person from one trust to another, with a new access there. `employer` becomes the
/// employer in all of the person's files. A trust whose accesses continue must have an approval.
///
/// # Errors
/// A file of the person is in error or cannot be edited.
pub fn mover(
    desk: &AuthorDesk,
    person: &Person,
    facts: &Facts,
    [from, to]: [&TrustId; 2],
    (employer, overlap): (&EmployerId, Overlap),
    asked: &AskedAccess,
    approvals: &BTreeMap<TrustId, Approval>,
) -> Result<ChangeDraft, EditError> {
    let mut draft = ChangeDraft::default();
    let mut facts = facts.clone();
    facts.vouched.employer.clone_from(employer);
    for (trust, file) in person.files.iter().filter(|(trust, _)| *trust != to) {
        if trust == from && overlap == Overlap::None {
            draft.remove(desk, &FilePath::of_person(trust, &person.id));
            continue;
        }
        let mut wanted = WantedFile::of(file);
        wanted.facts = facts.clone();
        for grant in wanted.grants.values_mut() {
            let renewed = grant.vouched != facts.vouched;
            grant.vouched = facts.vouched.clone();
            if grant.is_over(desk.today) {
                continue;
            }
            if let Overlap::Until(last) = overlap
                && trust == from
                && grant.until.is_none_or(|until| until > last)
            {
                grant.until = Some(last);
            }
            if let Some(approval) = approvals.get(trust).filter(|_| renewed) {
                grant.approval = approval.clone();
                draft.approvers.insert(approval.by.clone());
            }
        }
        if wanted != WantedFile::of(file) {
            draft.write(desk, trust, &person.id, &wanted)?;
        }
    }
    let Some(approval) = approvals.get(to) else { return Ok(draft) };
    let applicant = ApplyingPerson { person: person.id.clone(), facts: facts.clone() };
    let added = asked.grants(to, &applicant, approval);
    let wanted = match person.files.get(to) {
        Some(file) => {
            let mut wanted = WantedFile { added, ..WantedFile::of(file) };
            wanted.facts = facts;
            let vouched = wanted.facts.vouched.clone();
            for grant in wanted.grants.values_mut() {
                let renewed = grant.vouched != vouched && !grant.is_over(desk.today);
                grant.vouched = vouched.clone();
                if renewed {
                    grant.approval = approval.clone();
                }
            }
            wanted
        }
        None => WantedFile { facts, grants: BTreeMap::new(), added },
    };
    draft.write(desk, to, &person.id, &wanted)?;
    draft.approvers.insert(approval.by.clone());
    Ok(draft)
}
