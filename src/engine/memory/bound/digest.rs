//! This module makes the digests that represent a remembered row in the ledger. They use the person's own salt, so
//! nobody can guess personal data from them. After the person's key has been deleted, nobody can read anything from
//! them.

use portvakt_core::model::{
    ApplicationId, Digest, Email, Facts, GrantKey, Hasher, PersonId, RequestId, Revocation, Right, TrustId,
    UnitId,
};

/// The part of a digest that is kept for each row while the program runs.
pub(super) type Short = [u8; 16];

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
    let email = facts.email.as_ref().map(Email::as_str);
    let mut hasher = Hasher::new("portvakt remembered file 1");
    hasher
        .part(salt.as_bytes())
        .part(person.as_str().as_bytes())
        .part(trust.as_str().as_bytes())
        .part(facts.name.as_bytes());
    facts.vouched.bind(&mut hasher);
    hasher.part(email.map_or_else(|| "-".to_owned(), |email| format!("+{email}")).as_bytes());
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
