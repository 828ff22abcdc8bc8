//! The files directly in `desired-state`: the register, the keys of the signers, and the signatures for both.
//! Everything else there is a trust's folder or odd. The files that tell git how to check the tree out belong to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Digest, FilePath, Hasher};

use super::line_ends::with_lf;
use super::names::ATTRIBUTES;

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
    /// The files `.gitattributes` that are not empty.
    pub attributes: BTreeMap<FilePath, Arc<[u8]>>,
}

impl SettingsFiles {
    /// The digest of the settings, without the signatures.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new("portvakt settings 1");
        hasher.part(&self.register).part(&self.allowed_signers).part(&self.revoked_keys);
        if let Some(attributes) = self.attributes_digest() {
            hasher.part(attributes.as_bytes());
        }
        hasher.finish()
    }

    /// The digest of the files `.gitattributes`. It is `None` if there are none.
    #[must_use]
    pub fn attributes_digest(&self) -> Option<Digest> {
        let mut hasher = Hasher::new("portvakt gitattributes 1");
        for (path, bytes) in &self.attributes {
            hasher.part(path.as_str().as_bytes()).part(bytes);
        }
        (!self.attributes.is_empty()).then(|| hasher.finish())
    }

    /// The same settings without the files `.gitattributes`.
    #[must_use]
    pub fn without_attributes(&self) -> Self {
        Self { attributes: BTreeMap::new(), ..self.clone() }
    }

    /// The same files with LF at the end of each line.
    #[must_use]
    pub fn with_lf(self) -> Self {
        Self {
            register: with_lf(self.register),
            allowed_signers: with_lf(self.allowed_signers),
            revoked_keys: with_lf(self.revoked_keys),
            signatures: with_lf(self.signatures),
            attributes: self.attributes.into_iter().map(|(path, bytes)| (path, with_lf(bytes))).collect(),
        }
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
        .chain(self.attributes.iter().map(|(path, bytes)| (path.clone(), bytes)))
    }

    /// Stores the bytes of the `.gitattributes` of a folder. The root is the folder without a name. An empty file has
    /// no effect and counts as missing.
    pub fn put_attributes(&mut self, folder: &str, bytes: Arc<[u8]>) {
        if !bytes.is_empty() {
            self.attributes.insert(FilePath::new(&attributes_in(folder)), bytes);
        }
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

/// The path of the `.gitattributes` of a folder. The root is the folder without a name.
#[must_use]
pub fn attributes_in(folder: &str) -> String {
    if folder.is_empty() { ATTRIBUTES.to_owned() } else { format!("{folder}/{ATTRIBUTES}") }
}

/// Whether a name belongs to a file beside the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPlace {
    /// It is one of the files that are read beside the register.
    Beside,
    /// It is another name.
    Elsewhere,
}
