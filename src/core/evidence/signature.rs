//! One signature: the contents of an SSHSIG block (PROTOCOL.sshsig), read strictly.

use std::sync::Arc;

use sha2::{Digest as _, Sha256, Sha512};

use super::claim::Claim;
use super::fingerprint::Fingerprint;
use super::key::{KeyFault, PublicKey};
use super::wire::{SshWire, put};
use crate::diag::{Text, text};

const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
const LONGEST_NAMESPACE: usize = 256;

/// Why a block is not a signature that could count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// The fields of a signature are missing or incomplete.
    Shape,
    /// This program does not know the version.
    Version(u32),
    /// The field that is reserved for later versions of the format is not empty.
    Reserved,
    /// The namespace is empty, too long, or has characters that people cannot read.
    Namespace,
    /// The digest is not one of the accepted ones.
    Hash(String),
    /// The key does not count here.
    Key(#[from] KeyFault),
}

impl Malformed {
    /// The description of the fault for people.
    pub(super) fn words(&self) -> Text {
        match self {
            Self::Shape => text!(
                en: "it does not hold a signature as `ssh-keygen -Y sign` writes them",
                nb: "den inneholder ingen signatur slik `ssh-keygen -Y sign` skriver dem"
            ),
            Self::Version(version) => text!(
                en: "it is a signature of version {version}, and this program knows version 1",
                nb: "den er en signatur av versjon {version}, og dette programmet kjenner versjon 1"
            ),
            Self::Reserved => text!(
                en: "its reserved field is not empty",
                nb: "det reserverte feltet i den er ikke tomt"
            ),
            Self::Namespace => text!(
                en: "its namespace is empty, too long or holds characters that cannot be seen",
                nb: "navnerommet er tomt, for langt eller har tegn som ikke synes"
            ),
            Self::Hash(name) => text!(
                en: "it is made with `{name}`; `sha512` and `sha256` are accepted",
                nb: "den er laget med `{name}`; `sha512` og `sha256` godtas"
            ),
            Self::Key(fault) => {
                let fault = fault.words();
                text!(with fault; en: "its key: {fault}", nb: "nøkkelen: {fault}")
            }
        }
    }
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha512,
}

/// A well-formed signature. Only [`Signature::covers`] says whether it is valid for a text, and only
/// [`super::Signers`] says whether its key counts.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The claimed signer and day, if these two lines are before the block.
    pub claim: Option<Claim>,
    /// The number of the line where its block begins, counted from 1.
    pub line: usize,
    /// The namespace the signature is made for.
    pub namespace: String,
    /// The key it is made with.
    pub key: Fingerprint,
    public: PublicKey,
    hash: Hash,
    mark: Arc<[u8]>,
    block: Arc<str>,
}

impl Signature {
    /// Reads the bytes inside a block.
    pub(super) fn read(
        bytes: &[u8],
        claim: Option<Claim>,
        line: usize,
        block: &str,
    ) -> Result<Self, Malformed> {
        let mut wire = SshWire(bytes);
        if wire.take(MAGIC.len()) != Some(MAGIC) {
            return Err(Malformed::Shape);
        }
        match wire.number() {
            Some(VERSION) => {}
            Some(other) => return Err(Malformed::Version(other)),
            None => return Err(Malformed::Shape),
        }
        let mut field = || wire.string().ok_or(Malformed::Shape);
        let [key, namespace, reserved, hash, mark] = [field()?, field()?, field()?, field()?, field()?];
        wire.end().ok_or(Malformed::Shape)?;
        if !reserved.is_empty() {
            return Err(Malformed::Reserved);
        }
        let readable = |text: &&str| {
            !text.is_empty()
                && text.len() <= LONGEST_NAMESPACE
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let namespace =
            std::str::from_utf8(namespace).ok().filter(readable).ok_or(Malformed::Namespace)?.to_owned();
        let hash = match hash {
            b"sha256" => Hash::Sha256,
            b"sha512" => Hash::Sha512,
            other => return Err(Malformed::Hash(other.escape_ascii().to_string())),
        };
        let public = PublicKey::from_blob(key)?;
        let key = public.fingerprint().clone();
        Ok(Self { claim, line, namespace, key, public, hash, mark: mark.into(), block: block.into() })
    }

    /// Whether it is this key's signature over these bytes, for the namespace it names. This says nothing about who
    /// owns the key or whether it counts.
    #[must_use]
    pub fn covers(&self, message: &[u8]) -> bool {
        let digest = match self.hash {
            Hash::Sha256 => Sha256::digest(message).to_vec(),
            Hash::Sha512 => Sha512::digest(message).to_vec(),
        };
        let hash: &[u8] = match self.hash {
            Hash::Sha256 => b"sha256",
            Hash::Sha512 => b"sha512",
        };
        let mut signed = MAGIC.to_vec();
        for field in [self.namespace.as_bytes(), b"", hash, &digest] {
            put(&mut signed, field);
        }
        self.public.signed(&self.mark, &signed) == Some(true)
    }

    /// The public key of the signature.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The block as it is written in the file, with its claim. Each line ends with a line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let claim = self.claim.as_ref().map_or_else(String::new, Claim::lines);
        format!("{claim}{}", self.block)
    }
}
