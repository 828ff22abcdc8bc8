//! A checkpoint is a small signed text that leaves the host. It says what the ledger contained at one moment.
//!
//! The chain alone does not show that its end was cut off or that all of it was written again. A checkpoint kept
//! elsewhere shows it: the entry with that number must still have that hash. A fixed plain text is signed, and the file
//! around it is JSON. The key is made on first use, only its owner can read it, and it never leaves the host.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jiff::Timestamp;
use portvakt_core::diag::{Text, text};
use portvakt_core::hex::{hex, unhex_exactly};
use portvakt_core::model::Digest;
use portvakt_core::system::{said, way_out};
use portvakt_database::Connection;
use serde::{Deserialize, Serialize};

use super::chain::entry_hash;
use super::{LedgerError, LedgerHead};

const KEY_HEAD: &str = "portvakt ledger key 1";

/// The reason why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file cannot be read or made.
    File {
        /// The path of the key file.
        place: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// Other users can read the key file.
    Exposed(PathBuf),
    /// The file does not contain a ledger key.
    NotAKey(PathBuf),
    /// The operating system gives no random bytes.
    Random(#[source] getrandom::Error),
}

impl KeyError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::File { place, source } => {
                let (place, why) = (place.display(), said(source));
                text!(
                    with why;
                    en: "cannot use the ledger's key `{place}`: {why}",
                    nb: "nøkkelen til protokollen `{place}` kan ikke brukes: {why}"
                )
            }
            Self::Exposed(place) => text!(
                en: "the ledger's key `{place}` can be read by others than its owner; run `chmod 600` on it",
                nb: "nøkkelen til protokollen `{place}` kan leses av andre enn eieren; kjør `chmod 600` på den";
                place = place.display()
            ),
            Self::NotAKey(place) => text!(
                en: "`{place}` is no ledger key; restore it from a backup, or name another file",
                nb: "`{place}` er ingen nøkkel til en protokoll; hent den tilbake fra en sikkerhetskopi, eller oppgi en annen fil";
                place = place.display()
            ),
            Self::Random(_) => text!(
                en: "the system gives no random bytes for a key",
                nb: "systemet gir ingen tilfeldige tall til en nøkkel"
            ),
        }
    }

    /// Returns the next step, if the system said why the key cannot be used. Otherwise the words have it.
    #[must_use]
    pub fn way_out(&self) -> Option<Text> {
        match self {
            Self::File { source, .. } => Some(way_out(source)),
            Self::Exposed(_) | Self::NotAKey(_) | Self::Random(_) => None,
        }
    }
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The key that signs checkpoints.
pub struct CheckpointKey(SigningKey);

impl std::fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl CheckpointKey {
    /// Opens the key file, or makes a new random key that only its owner can read.
    ///
    /// # Errors
    /// Fails with a [`KeyError`]. An existing file is never overwritten.
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
            // A half-written key file would prevent a new try, so it is removed.
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
            .and_then(unhex_exactly::<32>)
            .map(|secret| Self(SigningKey::from_bytes(&secret)))
            .ok_or_else(|| KeyError::NotAKey(path.to_owned()))
    }

    /// Returns the public key as 64 hexadecimal digits. Give it to everybody who keeps checkpoints.
    #[must_use]
    pub fn public(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    /// Signs the current head of the ledger.
    ///
    /// # Errors
    /// Fails with [`CheckpointError::Register`] if the register's id has control characters.
    pub fn sign(
        &self,
        register: &str,
        head: LedgerHead,
        at: Timestamp,
    ) -> Result<Checkpoint, CheckpointError> {
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

/// A signed statement of what the ledger contained at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The id of the register.
    pub register: String,
    /// The number of the last entry at that moment.
    pub seq: u64,
    /// The hash of that entry.
    pub hash: Digest,
    /// The moment when it was signed.
    pub at: Timestamp,
    /// The public key of the signer, as 64 hexadecimal digits.
    pub public_key: String,
    /// The signature of the statement, as 128 hexadecimal digits.
    pub signature: String,
}

/// The reason why a checkpoint proves nothing, or why it proves that the ledger has changed.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    File {
        /// The path of the checkpoint file.
        place: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The text is not a checkpoint.
    NotACheckpoint {
        /// The path of the checkpoint file.
        place: PathBuf,
        /// The error that says where the text cannot be read.
        #[source]
        source: serde_json::Error,
    },
    /// The register's id has control characters, which could add lines to the signed text.
    Register(String),
    /// The checkpoint is signed with another key than the expected one.
    OtherKey {
        /// The key in the checkpoint.
        found: String,
        /// The key that was expected.
        expected: String,
    },
    /// The signature does not match the statement.
    Signature,
    /// The ledger ends before the entry of the checkpoint.
    Truncated {
        /// The number of the missing entry.
        seq: u64,
        /// The moment when the checkpoint was signed.
        at: Timestamp,
    },
    /// The entry exists, but it is a different one.
    Replaced {
        /// The number of the entry.
        seq: u64,
        /// The moment when the checkpoint was signed.
        at: Timestamp,
    },
    /// The ledger cannot be read.
    Ledger(#[from] LedgerError),
}

impl CheckpointError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::File { place, source } => {
                let (place, why) = (place.display(), said(source));
                text!(
                    with why;
                    en: "cannot use the checkpoint `{place}`: {why}",
                    nb: "kontrollpunktet `{place}` kan ikke brukes: {why}"
                )
            }
            Self::NotACheckpoint { place, source } => {
                let (place, line, column) = (place.display(), source.line(), source.column());
                text!(
                    en: "`{place}` is no checkpoint: {source}",
                    nb: "`{place}` er ikke noe kontrollpunkt (linje {line}, kolonne {column})"
                )
            }
            Self::Register(id) => text!(
                en: "the register id `{id}` cannot stand in a checkpoint: it has control characters",
                nb: "register-id-en `{id}` kan ikke stå i et kontrollpunkt: den har kontrolltegn"
            ),
            Self::OtherKey { found, expected } => text!(
                en: "the checkpoint is signed with the key `{found}`, and `{expected}` is expected; ask who made it",
                nb: "kontrollpunktet er signert med nøkkelen `{found}`, og `{expected}` er ventet; spør dem som laget det"
            ),
            Self::Signature => text!(
                en: "the checkpoint's signature does not fit; it has been changed, get the original",
                nb: "signaturen til kontrollpunktet passer ikke; det er endret, så hent originalen"
            ),
            Self::Truncated { seq, at } => text!(
                en: "the ledger has lost its end: it ends before entry {seq}, which the checkpoint of {at} has; keep the \
                     file as it is and restore the ledger from a backup; a backup that was put back is compared with a \
                     checkpoint from before it",
                nb: "protokollen har mistet slutten: den slutter før innslag {seq}, som kontrollpunktet fra {at} har; la \
                     filen være som den er, og hent protokollen tilbake fra en sikkerhetskopi; er dette en sikkerhetskopi \
                     som er lagt tilbake, sammenlignes den med et kontrollpunkt fra før den"
            ),
            Self::Replaced { seq, at } => text!(
                en: "the ledger has been replaced: entry {seq} is not the one the checkpoint of {at} has; keep the file as \
                     it is and restore the ledger from a backup",
                nb: "protokollen er byttet ut: innslag {seq} er ikke det som kontrollpunktet fra {at} har; la filen være \
                     som den er, og hent protokollen tilbake fra en sikkerhetskopi"
            ),
            Self::Ledger(error) => error.words(),
        }
    }

    /// Returns the next step, if the system said why the file cannot be used. Otherwise the words have it.
    #[must_use]
    pub fn way_out(&self) -> Option<Text> {
        match self {
            Self::File { source, .. } => Some(way_out(source)),
            _ => None,
        }
    }
}

impl std::fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

impl Checkpoint {
    /// Returns the fixed plain text that is signed.
    ///
    /// # Errors
    /// Fails with [`CheckpointError::Register`] if the register's id has control characters.
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

    /// Checks that the signature matches and, if a key is expected, that it was made with that key. Without an expected
    /// key it only shows that nothing was changed after signing. It does not show who signed.
    ///
    /// # Errors
    /// Fails with [`CheckpointError::OtherKey`], [`CheckpointError::Signature`] or [`CheckpointError::Register`].
    pub fn verify_signature(&self, expected: Option<&str>) -> Result<(), CheckpointError> {
        if let Some(expected) = expected.filter(|expected| !expected.eq_ignore_ascii_case(&self.public_key)) {
            let (found, expected) = (self.public_key.clone(), expected.to_owned());
            return Err(CheckpointError::OtherKey { found, expected });
        }
        let statement = self.statement()?;
        unhex_exactly::<32>(&self.public_key)
            .and_then(|key| VerifyingKey::from_bytes(&key).ok())
            .zip(unhex_exactly::<64>(&self.signature).map(|bytes| Signature::from_bytes(&bytes)))
            .and_then(|(key, signature)| key.verify_strict(statement.as_bytes(), &signature).ok())
            .ok_or(CheckpointError::Signature)
    }

    /// Checks that the ledger still has that entry with that hash. Together with [`super::verify`] this shows that
    /// everything up to the checkpoint is unchanged.
    ///
    /// # Errors
    /// Fails with [`CheckpointError::Truncated`] or [`CheckpointError::Replaced`] if it does not.
    pub fn agrees(&self, connection: &Connection) -> Result<(), CheckpointError> {
        let (seq, at) = (self.seq, self.at);
        match entry_hash(connection, seq)? {
            Some(hash) if hash == self.hash => Ok(()),
            Some(_) => Err(CheckpointError::Replaced { seq, at }),
            None => Err(CheckpointError::Truncated { seq, at }),
        }
    }

    /// Writes the checkpoint as JSON. The file has the old text or the new text, never a half of it.
    ///
    /// # Errors
    /// Fails with [`CheckpointError::File`].
    pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let fault = |source| CheckpointError::File { place: path.to_owned(), source };
        let mut text = serde_json::to_string_pretty(self).map_err(|error| fault(error.into()))?;
        text.push('\n');
        replace(path, text.as_bytes()).map_err(fault)
    }

    /// Reads a file that [`Checkpoint::write`] wrote. It does not check whether the checkpoint is true.
    ///
    /// # Errors
    /// Fails with [`CheckpointError::File`] or [`CheckpointError::NotACheckpoint`].
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
