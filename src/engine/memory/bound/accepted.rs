//! The one place that says how a remembered standing is bound to the ledger: what an entry says about it when it is
//! accepted, which few bytes of it are kept for the comparison, what later entries change, and how it is put back
//! from the ledger.
//!
//! A field that is added to a standing gets a line in each of these: [`Accepted`], [`Accepted::of`] and
//! [`Accepted::standing`]; [`Row`], if later entries change the field, or [`row_digest`], if none does. An entry that was
//! written before does not have the field. It reads as `None`, and its digest stays as it is.

use std::borrow::Cow;

use jiff::civil::Date;
use portvakt_core::change::{Acceptance, AcceptanceWay, Cause, Standing};
use portvakt_core::model::{
    ApplicationId, Approval, Digest, EmployerId, Grant, GrantKey, Hasher, Identity, PersonId, Proof,
    RequestId, Revocation, Right, RoleId, Staff, TrustId, UnitId, Vouched,
};
use serde::{Deserialize, Serialize};

use super::digest::{Short, revocation_digest, short, short_of_right, short_of_row};
use crate::memory::MemoryError;
use crate::memory::rows::{damaged, to_json};

/// A grant that names its person by the person's key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Keyed<'b> {
    #[serde(borrow)]
    pub person: Cow<'b, str>,
    pub application: ApplicationId,
    pub unit: UnitId,
    pub request: RequestId,
}

impl Keyed<'_> {
    pub fn of(&self, person: &PersonId) -> GrantKey {
        GrantKey {
            person: person.clone(),
            application: self.application.clone(),
            unit: self.unit,
            request: self.request.clone(),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ApprovalRecord<'b> {
    #[serde(borrow)]
    pub by: Cow<'b, str>,
    pub on: Date,
}

/// The day of a revocation and a digest of its text. The text itself is only in the file and in the memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RevocationRecord {
    pub on: Date,
    pub as_written: Digest,
}

impl RevocationRecord {
    fn of(salt: &str, revocation: &Revocation) -> Self {
        Self { on: revocation.on, as_written: revocation_digest(salt, revocation) }
    }
}

/// An entry's record of a grant as it was accepted. The entry has the fields in this order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Accepted<'b> {
    #[serde(borrow)]
    pub grant: Keyed<'b>,
    pub trust: TrustId,
    pub role: RoleId,
    pub from: Date,
    pub until: Option<Date>,
    #[serde(borrow)]
    pub approved: ApprovalRecord<'b>,
    pub way: AcceptanceWay,
    #[serde(default)]
    pub policies: Vec<String>,
    pub rules: Digest,
    pub evidence: Option<Proof>,
    pub row: Option<Digest>,
    /// The tree that brought the grant. It is written for people, and nothing here is concluded from it.
    #[serde(skip_deserializing)]
    pub snapshot: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<RevocationRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Right>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleared: Option<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Date>,
}

/// Returns what an entry says about an accepted grant, with everything that binds the remembered row: a digest of
/// what never changes in it, made with the person's salt, and any values that later entries change. `person` and
/// `approver` are the keys that stand for these two.
///
/// # Errors
/// When a value cannot be written as text.
pub fn accepted_body(
    standing: &Standing,
    (person, salt): (&str, &str),
    approver: &str,
    snapshot: &Digest,
) -> Result<serde_json::Value, MemoryError> {
    let accepted = Accepted::of(standing, (person, salt), approver, snapshot)?;
    serde_json::to_value(accepted).map_err(|why| damaged("an accepted grant", why))
}

/// Returns what an entry says about a revocation: its day, and a digest of it as it was written.
///
/// # Errors
/// When a value cannot be written as text.
pub fn revocation_body(salt: &str, revocation: &Revocation) -> Result<serde_json::Value, MemoryError> {
    serde_json::to_value(RevocationRecord::of(salt, revocation)).map_err(|why| damaged("a revocation", why))
}

impl<'b> Accepted<'b> {
    fn of(
        standing: &Standing,
        (person, salt): (&'b str, &str),
        approver: &'b str,
        snapshot: &Digest,
    ) -> Result<Self, MemoryError> {
        let Standing { grant, accepted, given, replaced, cleared, ended } = standing;
        Ok(Self {
            grant: Keyed {
                person: Cow::Borrowed(person),
                application: grant.key.application.clone(),
                unit: grant.key.unit,
                request: grant.key.request.clone(),
            },
            trust: grant.trust.clone(),
            role: grant.role.clone(),
            from: grant.from,
            until: grant.until,
            approved: ApprovalRecord { by: Cow::Borrowed(approver), on: grant.approval.on },
            way: accepted.way,
            policies: accepted.policies.clone(),
            rules: accepted.rules,
            evidence: accepted.proof.clone(),
            row: Some(row_digest(salt, standing)?),
            snapshot: Some(*snapshot),
            revoked: grant.revoked.as_ref().map(|revocation| RevocationRecord::of(salt, revocation)),
            given: *given,
            replaced: replaced.clone(),
            cleared: *cleared,
            ended: *ended,
        })
    }

    /// Returns the standing, as far as the ledger says it. Personal data is not in the ledger. It is taken from
    /// `row`, the grant that is remembered. If there is none, `nobody` is used for the people and the employer.
    pub fn standing(&self, key: GrantKey, row: Option<&Grant>, nobody: &(PersonId, EmployerId)) -> Standing {
        let grant = Grant {
            key,
            trust: self.trust.clone(),
            role: self.role.clone(),
            from: self.from,
            until: self.until,
            approval: Approval {
                by: nobody.0.clone(),
                on: self.approved.on,
                identity: row.map_or(Identity::Known, |row| row.approval.identity.clone()),
            },
            revoked: self.revoked.as_ref().map(|revoked| revocation(revoked, nobody)),
            vouched: row
                .map_or_else(|| Vouched::of(nobody.1.clone(), Staff::Other), |row| row.vouched.clone()),
        };
        let accepted = Acceptance {
            on: self.approved.on,
            way: self.way,
            policies: self.policies.clone(),
            rules: self.rules,
            proof: self.evidence.clone(),
        };
        Standing {
            grant,
            accepted,
            given: self.given,
            replaced: self.replaced.clone(),
            cleared: self.cleared,
            ended: self.ended,
        }
    }
}

fn revocation(written: &RevocationRecord, nobody: &(PersonId, EmployerId)) -> Revocation {
    Revocation { on: written.on, by: nobody.0.clone(), reason: String::new() }
}

/// An entry's record of an accepted removal.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Removed<'b> {
    #[serde(borrow)]
    pub grant: Keyed<'b>,
    pub until: Option<Date>,
    pub cleared: Option<Cause>,
    pub revoked: Option<RevocationRecord>,
}

impl Removed<'_> {
    /// Changes a standing that is put back, in the way the removal changed it.
    pub fn change(&self, standing: &mut Standing, nobody: &(PersonId, EmployerId)) {
        standing.grant.until = self.until.or(standing.grant.until);
        standing.cleared = self.cleared.or(standing.cleared);
        if let Some(written) = &self.revoked {
            standing.grant.revoked = Some(revocation(written, nobody));
        }
    }
}

/// Ends a standing that is put back, in the way a step of the store ended it.
pub(super) fn end_access(standing: &mut Standing, cause: Cause) {
    standing.cleared = standing.cleared.or(Some(cause));
    standing.ended = standing.ended.or(Some(standing.accepted.on));
}

/// Marks a standing that is put back as given, in the way a step of the store gave it.
pub(super) fn give_access(standing: &mut Standing) {
    let day = standing.given.unwrap_or(standing.accepted.on);
    (standing.given, standing.replaced) = (Some(day), None);
}

/// The few bytes that are kept for each row while the program runs. They are made from an entry, and from a remembered
/// standing; both must be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The digest of everything that never changes. It is `None` if the entry did not bind it.
    row: Option<Short>,
    until: Option<Date>,
    revoked: Option<Short>,
    given: bool,
    replaced: Option<Short>,
    cleared: Option<Cause>,
    ended: bool,
}

impl Row {
    pub fn accepted(accepted: &Accepted<'_>) -> Self {
        Self {
            row: accepted.row.as_ref().map(short),
            until: accepted.until,
            revoked: accepted.revoked.as_ref().map(|revoked| short(&revoked.as_written)),
            given: accepted.given.is_some(),
            replaced: accepted.replaced.as_ref().map(short_of_right),
            cleared: accepted.cleared,
            ended: accepted.ended.is_some(),
        }
    }

    pub fn of(salt: &str, standing: &Standing) -> Result<Self, MemoryError> {
        let revoked = standing.grant.revoked.as_ref();
        Ok(Self {
            row: Some(short(&row_digest(salt, standing)?)),
            until: standing.grant.until,
            revoked: revoked.map(|revoked| short(&revocation_digest(salt, revoked))),
            given: standing.given.is_some(),
            replaced: standing.replaced.as_ref().map(short_of_right),
            cleared: standing.cleared,
            ended: standing.ended.is_some(),
        })
    }

    /// Returns whether the store has confirmed the end.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Changes the row as a removal changed it.
    pub fn remove(&mut self, removed: &Removed<'_>) {
        self.until = removed.until.or(self.until);
        self.cleared = removed.cleared.or(self.cleared);
        let revoked = removed.revoked.as_ref().map(|revoked| short(&revoked.as_written));
        self.revoked = revoked.or(self.revoked);
    }

    /// Ends the row, in the way a step of the store ended it.
    pub fn end(&mut self, cause: Cause) {
        self.cleared = self.cleared.or(Some(cause));
        self.ended = true;
    }

    /// Marks the row as given, in the way a step of the store gave it.
    pub fn give(&mut self) {
        (self.given, self.replaced) = (true, None);
    }
}

/// Returns the digest of everything in an accepted row that no later entry changes: the person, the place, the role,
/// the start, the approver, the evidence, and the rules by which it was accepted.
///
/// # Errors
/// When the evidence cannot be written as text.
pub fn row_digest(salt: &str, standing: &Standing) -> Result<Digest, MemoryError> {
    let (grant, accepted) = (&standing.grant, &standing.accepted);
    let proof = accepted.proof.as_ref().map(to_json).transpose()?;
    let mut hasher = Hasher::new("portvakt remembered row 1");
    hasher
        .part(salt.as_bytes())
        .part(&short_of_row(&grant.key))
        .part(grant.key.person.as_str().as_bytes())
        .part(grant.trust.as_str().as_bytes())
        .part(grant.role.as_str().as_bytes())
        .part(grant.from.to_string().as_bytes())
        .part(grant.approval.by.as_str().as_bytes())
        .part(grant.approval.on.to_string().as_bytes())
        .part(to_json(&grant.approval.identity)?.as_bytes());
    grant.vouched.bind(&mut hasher);
    hasher
        .part(accepted.on.to_string().as_bytes())
        .part(accepted.way.as_str().as_bytes())
        .part(accepted.policies.join(" ").as_bytes())
        .part(accepted.rules.as_bytes())
        .part(proof.map_or_else(|| "-".to_owned(), |proof| format!("+{proof}")).as_bytes());
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests;
