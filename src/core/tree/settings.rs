//! What stands directly in `desired-state`: the register, the keys of those who sign, and the signatures under
//! both. Everything else there is a trust's folder, or odd.

use std::sync::Arc;

use crate::model::{Digest, FilePath, Hasher};

/// The organisation register. It must be there.
pub const REGISTER: &str = "desired-state/register.yaml";
/// Whose key is whose, in OpenSSH's own format.
pub const ALLOWED_SIGNERS: &str = "desired-state/allowed_signers";
/// Public keys that count no more, one a line.
pub const REVOKED_KEYS: &str = "desired-state/revoked_keys";
/// The signatures under a change of the settings and the policies.
pub const SETTINGS_SIGNATURES: &str = "desired-state/settings.sig";

/// The names in `desired-state` that are read beside the register, each empty where it is missing.
pub const BESIDE: [&str; 3] = ["allowed_signers", "revoked_keys", "settings.sig"];

/// The bytes of these files. A file that is missing is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `register.yaml`.
    pub register: Arc<[u8]>,
    /// `allowed_signers`.
    pub allowed_signers: Arc<[u8]>,
    /// `revoked_keys`.
    pub revoked_keys: Arc<[u8]>,
    /// `settings.sig`: evidence, no setting.
    pub signatures: Arc<[u8]>,
}

impl Settings {
    /// What is in force by these files, the signatures under them apart.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new("portvakt settings 1");
        hasher.part(&self.register).part(&self.allowed_signers).part(&self.revoked_keys);
        hasher.finish()
    }

    /// The files with their paths, for those who compare.
    pub fn files(&self) -> impl Iterator<Item = (FilePath, &Arc<[u8]>)> {
        [
            (REGISTER, &self.register),
            (ALLOWED_SIGNERS, &self.allowed_signers),
            (REVOKED_KEYS, &self.revoked_keys),
            (SETTINGS_SIGNATURES, &self.signatures),
        ]
        .into_iter()
        .map(|(path, bytes)| (FilePath::new(path), bytes))
    }

    /// Puts the bytes of one of the files that stand beside the register in their place.
    pub fn put(&mut self, name: &str, bytes: Arc<[u8]>) -> Place {
        match name {
            "allowed_signers" => self.allowed_signers = bytes,
            "revoked_keys" => self.revoked_keys = bytes,
            "settings.sig" => self.signatures = bytes,
            _ => return Place::Elsewhere,
        }
        Place::Beside
    }
}

/// Whether a name belongs beside the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is one of the files that are read beside the register.
    Beside,
    /// It is not.
    Elsewhere,
}
