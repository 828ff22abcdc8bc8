//! Gives a new access: a new file, or new entries at the end of the person's file (R12–R17).

use jiff::civil::Date;
use portvakt_core::model::{
    ApplicationId, Approval, Facts, Grant, GrantKey, PersonId, RequestId, RoleId, TrustId, UnitId,
};

use super::desk::AuthorDesk;
use super::draft::ChangeDraft;
use super::edit::{EditError, WantedFile};

/// The person who applies, and the facts that the files will give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyingPerson {
    /// The id of the applicant, whose file may be new.
    pub person: PersonId,
    /// The facts about the applicant. If the person has a file already, they are the facts of that file.
    pub facts: Facts,
}

/// The access that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedAccess {
    /// The applications, one entry each.
    pub applications: Vec<ApplicationId>,
    /// The unit where the access applies.
    pub unit: UnitId,
    /// The role that is needed.
    pub role: RoleId,
    /// The first day of the access.
    pub from: Date,
    /// The last day of the access, inclusive. `None` means that it has no end.
    pub until: Option<Date>,
    /// The number of the application (R12).
    pub request: RequestId,
}

impl AskedAccess {
    /// Returns the entries of this access, as the approver would approve them.
    #[must_use]
    pub fn grants(&self, trust: &TrustId, applicant: &ApplyingPerson, approval: &Approval) -> Vec<Grant> {
        let grant = |application: &ApplicationId| {
            let key = GrantKey {
                person: applicant.person.clone(),
                application: application.clone(),
                unit: self.unit,
                request: self.request.clone(),
            };
            let (at, vouched) = ((trust.clone(), self.role.clone()), applicant.facts.vouched.clone());
            Grant { until: self.until, ..Grant::new(key, at, self.from, approval.clone(), vouched) }
        };
        self.applications.iter().map(grant).collect()
    }
}

/// Returns the change that gives this access. The unit must be in the register.
///
/// # Errors
/// The person's file is in error or cannot be edited, or a value is not allowed in a file.
pub fn give(
    desk: &AuthorDesk,
    trust: &TrustId,
    applicant: &ApplyingPerson,
    asked: &AskedAccess,
    approval: &Approval,
) -> Result<ChangeDraft, EditError> {
    let person = desk.person(&applicant.person);
    let added = asked.grants(trust, applicant, approval);
    let wanted = match person.files.get(trust) {
        Some(file) => WantedFile { added, ..WantedFile::of(file) },
        None => WantedFile { facts: applicant.facts.clone(), grants: Default::default(), added },
    };
    let mut draft = ChangeDraft::default();
    draft.write(desk, trust, &applicant.person, &wanted)?;
    draft.approvers.insert(approval.by.clone());
    Ok(draft)
}
