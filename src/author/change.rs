//! Changes what was approved of a person: the role of an access, or a fact about the person. All files of a person say
//! the same, so a fact changes in all of them. An administrator of each trust then approves the accesses at that trust
//! anew (R14).

use std::collections::BTreeMap;

use portvakt_core::model::{Approval, EmployerId, Facts, Login, Position, RoleId, Staff, TrustId};

use super::desk::{AuthorDesk, HeldAccess, Person};
use super::draft::ChangeDraft;
use super::edit::{EditError, WantedFile};

/// The new values. `None` leaves a value as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewValues {
    /// The new role of the accesses that the caller names.
    pub role: Option<RoleId>,
    /// The new name. All files of the person then give it.
    pub name: Option<String>,
    /// The new employer, which must be in the register.
    pub employer: Option<EmployerId>,
    /// The new kind of staff.
    pub staff: Option<Staff>,
    /// The new position. `Some(None)` takes the position out of the files.
    pub position: Option<Option<Position>>,
    /// The new login. `Some(None)` takes the login out of the files.
    pub login: Option<Option<Login>>,
}

impl NewValues {
    /// Returns whether a fact changes that approvals vouch for. A role does not count here.
    #[must_use]
    pub fn asks_of_everybody(&self) -> bool {
        self.employer.is_some() || self.staff.is_some() || self.position.is_some() || self.login.is_some()
    }

    /// Returns the facts after the change.
    #[must_use]
    pub fn facts(&self, was: &Facts) -> Facts {
        let mut facts = was.clone();
        let vouched = &mut facts.vouched;
        if let Some(employer) = &self.employer {
            vouched.employer.clone_from(employer);
        }
        if let Some(staff) = self.staff {
            vouched.staff = staff;
        }
        if let Some(position) = &self.position {
            vouched.position.clone_from(position);
        }
        if let Some(login) = &self.login {
            vouched.login.clone_from(login);
        }
        if let Some(name) = &self.name {
            facts.name.clone_from(name);
        }
        facts
    }
}

/// Returns the change in all files of the person. `held` are the accesses whose role changes. A trust whose accesses
/// must be approved anew must have an approval. The approval of each access in `renewed` says how the person is known
/// (R17). The other accesses keep what their own approval says of it.
///
/// # Errors
/// A file of the person is in error or cannot be edited.
pub fn change(
    desk: &AuthorDesk,
    person: &Person,
    [held, renewed]: [&[HeldAccess]; 2],
    changed: &NewValues,
    approvals: &BTreeMap<TrustId, Approval>,
) -> Result<ChangeDraft, EditError> {
    let mut draft = ChangeDraft::default();
    for (trust, file) in &person.files {
        let mut wanted = WantedFile::of(file);
        wanted.facts = changed.facts(&file.facts);
        for (number, grant) in &mut wanted.grants {
            grant.vouched = wanted.facts.vouched.clone();
            let is_it = |held: &&HeldAccess| held.grant.trust == *trust && held.number == *number;
            let chosen = held.iter().any(|held| is_it(&held));
            let role = changed.role.as_ref().filter(|role| chosen && **role != grant.role);
            let is_other = role.is_some() || grant.vouched != file.facts.vouched;
            if let Some(role) = role {
                grant.role.clone_from(role);
            }
            if let Some(approval) = approvals.get(trust).filter(|_| is_other && !grant.is_over(desk.today)) {
                let known = renewed.iter().find(is_it).map(|held| &held.grant.approval.identity);
                let identity = known.unwrap_or(&grant.approval.identity).clone();
                grant.approval = Approval { identity, ..approval.clone() };
                draft.approvers.insert(approval.by.clone());
            }
        }
        if wanted != WantedFile::of(file) {
            draft.write(desk, trust, &person.id, &wanted)?;
        }
    }
    Ok(draft)
}
