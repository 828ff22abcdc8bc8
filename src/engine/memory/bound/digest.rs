//! This module makes the digests that represent a remembered row in the ledger. They use the person's own salt, so
//! nobody can guess personal data from them. After the person's key has been deleted, nobody can read anything from
//! them.

use portvakt_core::change::Standing;
use portvakt_core::model::{
    ApplicationId, Digest, Email, Facts, GrantKey, Hasher, PersonId, RequestId, Revocation, Right, TrustId,
    UnitId,
};

use crate::memory::MemoryError;
use crate::memory::rows::to_json;

/// The part of a digest that is kept for each row while the program runs.
pub(super) type Short = [u8; 16];

/// Returns the digest of everything in an accepted row that no later entry changes: the person, the place, the role,
/// the start, the approver, the evidence, and the rules by which it was accepted.
///
/// # Errors
/// When the evidence cannot be written as text.
pub fn row_digest(salt: &str, standing: &Standing) -> Result<Digest, MemoryError> {
    let (grant, accepted) = (&standing.grant, &standing.accepted);
    let optional = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), |text| format!("+{text}"));
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
        .part(to_json(&grant.approval.identity)?.as_bytes())
        .part(grant.vouched.employer.as_str().as_bytes())
        .part(grant.vouched.staff.as_str().as_bytes())
        .part(optional(grant.vouched.position.as_ref().map(|position| position.as_str())).as_bytes())
        .part(optional(grant.vouched.login.as_ref().map(|login| login.as_str())).as_bytes())
        .part(accepted.on.to_string().as_bytes())
        .part(accepted.way.as_str().as_bytes())
        .part(accepted.policies.join(" ").as_bytes())
        .part(accepted.rules.as_bytes())
        .part(optional(accepted.proof.as_ref().map(to_json).transpose()?.as_deref()).as_bytes());
    Ok(hasher.finish())
}

/// Returns the digest of a revocation as it was written.
#[must_use]
pub fn revocation_digest(salt: &str, revocation: &Revocation) -> Digest {
    let mut hasher = Hasher::new("portvakt remembered revocation 1");
    hasher
        .part(salt.as_bytes())
        .part(revocation.on.to_string().as_bytes())
        .part(revocation.by.as_str().as_bytes())
        .part(revocation.reason.as_bytes());
    hasher.finish()
}

/// Returns the digest of an id that a person had before.
#[must_use]
pub fn id_digest(salt: &str, id: &PersonId) -> Digest {
    let mut hasher = Hasher::new("portvakt id from before 1");
    hasher.part(salt.as_bytes()).part(id.as_str().as_bytes());
    hasher.finish()
}

/// Returns the digest of the facts that a file states about its person, as they were accepted.
#[must_use]
pub fn file_digest(salt: &str, person: &PersonId, trust: &TrustId, facts: &Facts) -> Digest {
    let optional = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), |text| format!("+{text}"));
    let vouched = &facts.vouched;
    let mut hasher = Hasher::new("portvakt remembered file 1");
    hasher
        .part(salt.as_bytes())
        .part(person.as_str().as_bytes())
        .part(trust.as_str().as_bytes())
        .part(facts.name.as_bytes())
        .part(vouched.employer.as_str().as_bytes())
        .part(vouched.staff.as_str().as_bytes())
        .part(optional(vouched.position.as_ref().map(|position| position.as_str())).as_bytes())
        .part(optional(vouched.login.as_ref().map(|login| login.as_str())).as_bytes())
        .part(optional(facts.email.as_ref().map(Email::as_str)).as_bytes());
    hasher.finish()
}

/// Returns the digest of the bytes by which a file was judged.
#[must_use]
pub fn bytes_digest(salt: &str, trust: &TrustId, bytes: &Digest) -> Digest {
    let mut hasher = Hasher::new("portvakt remembered bytes 1");
    hasher.part(salt.as_bytes()).part(trust.as_str().as_bytes()).part(bytes.as_bytes());
    hasher.finish()
}

pub(super) fn short(digest: &Digest) -> Short {
    let mut short = Short::default();
    short.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
    short
}

fn short_of(kind: &str, parts: &[&[u8]]) -> Short {
    let mut hasher = Hasher::new(kind);
    for part in parts {
        hasher.part(part);
    }
    short(&hasher.finish())
}

/// Returns the short form that identifies one grant of a person.
pub(super) fn short_of_grant(application: &ApplicationId, unit: UnitId, request: &RequestId) -> Short {
    let unit = unit.0.to_be_bytes();
    short_of("grant", &[application.as_str().as_bytes(), &unit, request.as_str().as_bytes()])
}

/// Does the same for the key of a row.
pub(super) fn short_of_row(key: &GrantKey) -> Short {
    short_of_grant(&key.application, key.unit, &key.request)
}

pub(super) fn short_of_right(right: &Right) -> Short {
    let unit = right.unit.0.to_be_bytes();
    short_of("right", &[right.application.as_str().as_bytes(), &unit, right.role.as_str().as_bytes()])
}

pub(super) fn short_of_trust(trust: &TrustId) -> Short {
    short_of("trust", &[trust.as_str().as_bytes()])
}

pub(super) fn short_of_account(account: &str) -> Short {
    short_of("account", &[account.as_bytes()])
}

/// Returns the short form of a person's key. The key is normally a UUID, which already has this length.
pub(super) fn short_of_key(key: &str) -> Short {
    uuid::Uuid::parse_str(key).map_or_else(|_| short_of("key", &[key.as_bytes()]), uuid::Uuid::into_bytes)
}
