//! The bytes of a tree in plain words: its settings, the files of people, the lists, and the signatures beside them.

use std::collections::BTreeMap;

use portvakt_core::model::{Digest, FilePath, PersonId};
use portvakt_core::policy::Policies as Rules;
use portvakt_core::tree::Snapshot;

use super::{ADMINISTRATION, Policies};
use crate::same_engine::keys::{Bench, NAMESPACE};
use crate::same_engine::words::*;

type Bytes = BTreeMap<FilePath, Vec<u8>>;

/// The protected files of settings.
pub(super) fn settings_bytes(settings: &Settings, policies: &Policies, bench: &Bench) -> Bytes {
    let mut files = policies.files.clone();
    files.insert(FilePath::new(ADMINISTRATION), settings.policies(&policies.administration).into_bytes());
    files.insert(FilePath::new("desired-state/register.yaml"), settings.register.text().into_bytes());
    let signers = settings.allowed_signers(bench).into_bytes();
    files.insert(FilePath::new("desired-state/allowed_signers"), signers);
    files.insert(FilePath::new("desired-state/revoked_keys"), settings.revoked_keys(bench).into_bytes());
    files
}

/// Returns the digest by which a statement names policies.
pub(super) fn policy_digest(tree: &Snapshot) -> Digest {
    Rules::digest_of(tree.policies())
}

/// The signatures beside settings.
fn consent_bytes(consents: &[Consent], policies: &Policies, bench: &mut Bench) -> Vec<u8> {
    let mut text = String::new();
    for c in consents {
        let over = Snapshot::of(settings_bytes(&c.over, policies, bench));
        let digests = portvakt_core::decide::settings_digests(over.settings(), &policy_digest(&over));
        let statement = digests.statement("smerteregisteret", &PersonId::new(c.by).unwrap(), c.on);
        let namespace = if c.here { NAMESPACE } else { "portvakt@annet" };
        let block = bench.sign(c.key, namespace, &statement);
        text.push_str(&format!("by: {}\non: {}\n{block}", c.by, c.on));
    }
    text.into_bytes()
}

/// One person's file and the signatures beside it.
fn put_file(files: &mut Bytes, place: (Id, Id), file: &File, bench: &mut Bench) {
    let path = FilePath::new(&path(place.0, place.1));
    let beside = path.signatures();
    if file.signatures.is_empty() && file.identified.is_empty() {
        files.remove(&beside);
    } else {
        files.insert(beside, file.signature_file(place.1, bench).into_bytes());
    }
    files.insert(path, file.text(place.1).into_bytes());
}

/// The list of rejected applications and the signatures beside it.
fn put_list(files: &mut Bytes, rejected: &[Rejected], bench: &mut Bench) {
    let path = list_path();
    let beside = path.signatures();
    files.remove(&path);
    files.remove(&beside);
    if rejected.is_empty() {
        return;
    }
    let signatures = list_signatures(rejected, bench);
    if !signatures.is_empty() {
        files.insert(beside, signatures.into_bytes());
    }
    files.insert(path, list_text(rejected).into_bytes());
}

pub(super) fn list_path() -> FilePath {
    FilePath::new(&format!("requests/{REJECTED_AT}.yaml"))
}

pub fn tree_bytes(tree: &Tree, policies: &Policies, bench: &mut Bench) -> Bytes {
    let mut files = settings_bytes(&tree.settings, policies, bench);
    files.insert(FilePath::new("desired-state/settings.sig"), consent_bytes(&tree.consents, policies, bench));
    put_list(&mut files, &tree.rejected, bench);
    for (place, file) in &tree.files {
        put_file(&mut files, *place, file, bench);
    }
    files
}

/// A tree as bytes, given one it differs from little.
pub fn changed_bytes(base: &Bytes, was: &Tree, is: &Tree, policies: &Policies, bench: &mut Bench) -> Bytes {
    let mut files = base.clone();
    if was.settings != is.settings {
        files.extend(settings_bytes(&is.settings, policies, bench));
    }
    if was.consents != is.consents {
        let beside = consent_bytes(&is.consents, policies, bench);
        files.insert(FilePath::new("desired-state/settings.sig"), beside);
    }
    if was.rejected != is.rejected {
        put_list(&mut files, &is.rejected, bench);
    }
    for place in was.files.keys().filter(|place| !is.files.contains_key(*place)) {
        let path = FilePath::new(&path(place.0, place.1));
        files.remove(&path.signatures());
        files.remove(&path);
    }
    for (place, file) in is.files.iter().filter(|(place, file)| was.files.get(*place) != Some(*file)) {
        put_file(&mut files, *place, file, bench);
    }
    files
}
