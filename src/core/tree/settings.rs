//! The files directly in `desired-state`: the register, the keys of the signers, and the signatures for both.
//! Everything else there is a trust's folder or odd.

use std::sync::Arc;

use crate::model::{Digest, FilePath, Hasher};

/// The organisation register. This file must exist.
pub const REGISTER: &str = "desired-state/register.yaml";
/// The keys of the signers, in OpenSSH's own format.
pub const ALLOWED_SIGNERS: &str = "desired-state/allowed_signers";
/// Public keys that no longer count, one per line.
pub const REVOKED_KEYS: &str = "desired-state/revoked_keys";
/// The signatures for a change of the settings and the policies.
pub const SETTINGS_SIGNATURES: &str = "desired-state/settings.sig";

/// The names of the files in `desired-state` that are read beside the register. A missing file counts as empty.
pub const BESIDE: [&str; 3] = ["allowed_signers", "revoked_keys", "settings.sig"];

/// The bytes of these files. A missing file is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsFiles {
    /// The bytes of `register.yaml`.
    pub register: Arc<[u8]>,
    /// The bytes of `allowed_signers`.
    pub allowed_signers: Arc<[u8]>,
    /// The bytes of `revoked_keys`.
    pub revoked_keys: Arc<[u8]>,
    /// The bytes of `settings.sig`. They are evidence and not a setting.
    pub signatures: Arc<[u8]>,
}

impl SettingsFiles {
    /// The digest of the settings, without the signatures.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new("portvakt settings 1");
        hasher.part(&self.register).part(&self.allowed_signers).part(&self.revoked_keys);
        hasher.finish()
    }

    /// The files with their paths, for comparison.
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

    /// Stores the bytes of a file that belongs beside the register.
    pub fn put(&mut self, name: &str, bytes: Arc<[u8]>) -> SettingsPlace {
        match name {
            "allowed_signers" => self.allowed_signers = bytes,
            "revoked_keys" => self.revoked_keys = bytes,
            "settings.sig" => self.signatures = bytes,
            _ => return SettingsPlace::Elsewhere,
        }
        SettingsPlace::Beside
    }
}

/// Whether a name belongs to a file beside the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPlace {
    /// It is one of the files that are read beside the register.
    Beside,
    /// It is another name.
    Elsewhere,
}
