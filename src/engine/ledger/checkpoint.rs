//! Signed checkpoints: what the ledger held at one moment, in a small text that leaves the host.
//!
//! The chain alone does not show that its tail was cut off, or that all of it was written anew. A checkpoint kept
//! elsewhere does: the entry with that number must still carry that hash. What is signed is a fixed plain text;
//! the file around it is JSON. The key is made on first use, is readable by its owner only, and never leaves.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jiff::Timestamp;
use portvakt_core::model::Digest;
use portvakt_database::Connection;
use serde::{Deserialize, Serialize};

use super::chain::entry_hash;
use super::{Head, LedgerError};

const KEY_HEAD: &str = "portvakt ledger key 1";

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("cannot use the ledger's key `{place}`; check the path and its permissions")]
    File {
        /// The file.
        place: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others can read it.
    #[error("the ledger's key `{0}` can be read by others than its owner; run `chmod 600` on it")]
    Exposed(PathBuf),
    /// It holds something else.
    #[error("`{0}` is no ledger key; restore it from a backup, or name another file")]
    NotAKey(PathBuf),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for a key")]
    Random(#[source] getrandom::Error),
}

/// The key that signs checkpoints.
pub struct Key(SigningKey);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl Key {
    /// Opens the key file, or makes one with a new random key, readable by its owner only.
    ///
    /// # Errors
    /// See [`KeyError`]. A file that is there is never overwritten.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let fault = |source| KeyError::File { place: path.to_owned(), source };
        let mut options = fs::OpenOptions::new();
        let mut file = match options.write(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Self::read(path),
            Err(error) => return Err(fault(error)),
        };
        let mut secret = [0; 32];
        let written = getrandom::fill(&mut secret).map_err(KeyError::Random).and_then(|()| {
            let text = format!("{KEY_HEAD}\n{}\n", hex(&secret));
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fault)
        });
        if let Err(error) = written {
            // Half a key would stand in the way of a whole one.
            fs::remove_file(path).map_err(fault)?;
            return Err(error);
        }
        Ok(Self(SigningKey::from_bytes(&secret)))
    }

    fn read(path: &Path) -> Result<Self, KeyError> {
        let fault = |source| KeyError::File { place: path.to_owned(), source };
        let mode = fs::metadata(path).map_err(fault)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed(path.to_owned()));
        }
        let text = fs::read(path).map_err(fault)?;
        std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.strip_prefix(KEY_HEAD)?.strip_prefix('\n')?.strip_suffix('\n'))
            .and_then(unhex::<32>)
            .map(|secret| Self(SigningKey::from_bytes(&secret)))
            .ok_or_else(|| KeyError::NotAKey(path.to_owned()))
    }

    /// The public half, 64 hexadecimal digits; give it to whoever keeps the checkpoints.
    #[must_use]
    pub fn public(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    /// Signs what the ledger holds now.
    ///
    /// # Errors
    /// [`CheckpointError::Register`] when the register's id would not stay on its line of the statement.
    pub fn sign(&self, register: &str, head: Head, at: Timestamp) -> Result<Checkpoint, CheckpointError> {
        let mut checkpoint = Checkpoint {
            register: register.to_owned(),
            seq: head.seq,
            hash: head.hash,
            at,
            public_key: self.public(),
            signature: String::new(),
        };
        let statement = checkpoint.statement()?;
        checkpoint.signature = hex(&self.0.sign(statement.as_bytes()).to_bytes());
        Ok(checkpoint)
    }
}

/// What the ledger held at one moment, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The register's id.
    pub register: String,
    /// The number of the last entry then.
    pub seq: u64,
    /// The digest of that entry.
    pub hash: Digest,
    /// When it was signed.
    pub at: Timestamp,
    /// The key that signed, 64 hexadecimal digits.
    pub public_key: String,
    /// The signature of the statement, 128 hexadecimal digits.
    pub signature: String,
}

/// Why a checkpoint proves nothing, or proves that the ledger is not what it was.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("cannot use the checkpoint `{place}`; check the path and its permissions")]
    File {
        /// The file.
        place: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The text is not a checkpoint.
    #[error("`{place}` is no checkpoint")]
    NotACheckpoint {
        /// The file.
        place: PathBuf,
        /// Where it stops making sense.
        #[source]
        source: serde_json::Error,
    },
    /// The register's id has characters that could add lines to what is signed.
    #[error("the register id `{0}` cannot stand in a checkpoint: it has control characters")]
    Register(String),
    /// Another key than the one expected.
    #[error("the checkpoint is signed with the key `{found}`, and `{expected}` is expected; ask who made it")]
    OtherKey {
        /// The key in the checkpoint.
        found: String,
        /// The key it should be.
        expected: String,
    },
    /// The signature does not fit.
    #[error("the checkpoint's signature does not fit; it has been changed, get the original")]
    Signature,
    /// The ledger ends before it.
    #[error(
        "the ledger has lost its end: it ends before entry {seq}, which the checkpoint of {at} has; keep the \
         file as it is and restore the ledger from a backup"
    )]
    Truncated {
        /// The entry that should be there.
        seq: u64,
        /// When the checkpoint was signed.
        at: Timestamp,
    },
    /// The entry is there and is another one.
    #[error(
        "the ledger has been replaced: entry {seq} is not the one the checkpoint of {at} has; keep the file as \
         it is and restore the ledger from a backup"
    )]
    Replaced {
        /// The entry.
        seq: u64,
        /// When the checkpoint was signed.
        at: Timestamp,
    },
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Checkpoint {
    /// The fixed plain text that is signed.
    ///
    /// # Errors
    /// [`CheckpointError::Register`] when the register's id would not stay on its line.
    pub fn statement(&self) -> Result<String, CheckpointError> {
        if self.register.chars().any(char::is_control) {
            return Err(CheckpointError::Register(self.register.escape_default().to_string()));
        }
        let Self { register, seq, hash, at, public_key, .. } = self;
        Ok(format!(
            "portvakt ledger checkpoint 1\nregister: {register}\nentry: {seq}\nhash: {hash}\nsigned at: {at}\n\
             public key: {public_key}\n"
        ))
    }

    /// Whether the signature fits, and was made with the expected key where one is given. Without one it only
    /// shows that nothing was changed after signing, by whomever.
    ///
    /// # Errors
    /// [`CheckpointError::OtherKey`], [`CheckpointError::Signature`] or [`CheckpointError::Register`].
    pub fn verify_signature(&self, expected: Option<&str>) -> Result<(), CheckpointError> {
        if let Some(expected) = expected.filter(|expected| !expected.eq_ignore_ascii_case(&self.public_key)) {
            let (found, expected) = (self.public_key.clone(), expected.to_owned());
            return Err(CheckpointError::OtherKey { found, expected });
        }
        let statement = self.statement()?;
        unhex::<32>(&self.public_key)
            .and_then(|key| VerifyingKey::from_bytes(&key).ok())
            .zip(unhex::<64>(&self.signature).map(|bytes| Signature::from_bytes(&bytes)))
            .and_then(|(key, signature)| key.verify_strict(statement.as_bytes(), &signature).ok())
            .ok_or(CheckpointError::Signature)
    }

    /// Whether the ledger still holds that entry with that hash. Together with [`super::verify`] this shows that
    /// everything up to the checkpoint is as it was.
    ///
    /// # Errors
    /// [`CheckpointError::Truncated`] or [`CheckpointError::Replaced`] when it does not.
    pub fn agrees(&self, connection: &Connection) -> Result<(), CheckpointError> {
        let (seq, at) = (self.seq, self.at);
        match entry_hash(connection, seq)? {
            Some(hash) if hash == self.hash => Ok(()),
            Some(_) => Err(CheckpointError::Replaced { seq, at }),
            None => Err(CheckpointError::Truncated { seq, at }),
        }
    }

    /// Writes it as JSON: the file holds the old text or the new one, never half of it.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let fault = |source| CheckpointError::File { place: path.to_owned(), source };
        let mut text = serde_json::to_string_pretty(self).map_err(|error| fault(error.into()))?;
        text.push('\n');
        replace(path, text.as_bytes()).map_err(fault)
    }

    /// Reads what [`Checkpoint::write`] wrote. Whether it is true is another question.
    ///
    /// # Errors
    /// [`CheckpointError::File`] or [`CheckpointError::NotACheckpoint`].
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let text =
            fs::read(path).map_err(|source| CheckpointError::File { place: path.to_owned(), source })?;
        serde_json::from_slice(&text)
            .map_err(|source| CheckpointError::NotACheckpoint { place: path.to_owned(), source })
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let new = folder.join(format!(".checkpoint-{}.new", uuid::Uuid::new_v4()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&new)?;
    let moved = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, path));
    if let Err(error) = moved {
        fs::remove_file(&new)?;
        return Err(error);
    }
    fs::File::open(folder)?.sync_all()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
