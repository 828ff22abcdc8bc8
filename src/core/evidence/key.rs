//! Public keys, and the check that a signature was made with one of them.
//!
//! The accepted types are Ed25519, ECDSA on the three NIST curves, RSA from 2048 bits with SHA-2 only, and the two
//! hardware-backed (FIDO) types, whose hardware must have been touched. Certificates, DSA and SHA-1 are refused. A
//! certificate would make the authority that signed it the approver.

use base64ct::{Base64, Encoding as _};
use rsa::BoxedUint;
use rsa::pkcs1v15;
use rsa::signature::Verifier as _;
use sha2::{Digest as _, Sha256, Sha512};
use ssh_key::public::{EcdsaPublicKey, KeyData};

use super::fingerprint::Fingerprint;
use super::wire::SshWire;
use crate::diag::{Text, text};

/// Why a key does not count here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The text is not a key.
    Malformed,
    /// The word before the key is not the type of the key.
    Misnamed(String),
    /// The type of the key is not accepted.
    Kind(String),
    /// The RSA key is too short to be safe, or too large to be checked.
    Bits(usize),
}

impl KeyFault {
    /// The description of the fault for people.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Malformed => text!(
                en: "it is no public key as OpenSSH writes them (`ssh-ed25519 AAAA…`)",
                nb: "det er ingen offentlig nøkkel slik OpenSSH skriver dem (`ssh-ed25519 AAAA…`)"
            ),
            Self::Misnamed(name) => text!(
                en: "it calls itself `{name}`, and the key is of another type",
                nb: "den kaller seg `{name}`, men nøkkelen er av en annen type"
            ),
            Self::Kind(name) => text!(
                en: "a key of type `{name}` is not accepted; Ed25519, ECDSA, RSA with 2048 bits or more, and their hardware-backed kinds are",
                nb: "en nøkkel av typen `{name}` godtas ikke; Ed25519, ECDSA, RSA med 2048 biter eller mer, og de samme i maskinvare godtas"
            ),
            Self::Bits(bits) => text!(
                en: "an RSA key of {bits} bits is not accepted; 2048 to 8192 are",
                nb: "en RSA-nøkkel på {bits} biter godtas ikke; 2048 til 8192 godtas"
            ),
        }
    }
}

impl std::fmt::Display for KeyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// A public key of an accepted type.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    material: Material,
    name: String,
    fingerprint: Fingerprint,
}

#[derive(Clone, PartialEq, Eq)]
enum Material {
    Ed25519([u8; 32]),
    Ecdsa(Curve, Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
    SkEd25519([u8; 32], String),
    SkEcdsa(Vec<u8>, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

const UNCOMPRESSED: u8 = 4;
const SMALLEST_RSA: usize = 2048;
const LARGEST_RSA: usize = 8192;
/// The bit that hardware sets when somebody touched it (WebAuthn level 2, section 6.1).
const USER_PRESENT: u8 = 1;

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.fingerprint)
    }
}

impl PublicKey {
    /// Reads a line of a `.pub` file: the type, the key in base64, and perhaps a comment.
    ///
    /// # Errors
    /// Returns an error if the line is not a key, or the key does not count here.
    pub fn from_line(line: &str) -> Result<Self, KeyFault> {
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let (Some(name), Some(base64)) = (words.next(), words.next()) else {
            return Err(KeyFault::Malformed);
        };
        let blob = Base64::decode_vec(base64).map_err(|_| KeyFault::Malformed)?;
        let key = Self::from_blob(&blob)?;
        if key.name == name { Ok(key) } else { Err(KeyFault::Misnamed(name.to_owned())) }
    }

    /// Reads a key in wire format. The bytes must be exactly those that writing the key again would give.
    pub(super) fn from_blob(blob: &[u8]) -> Result<Self, KeyFault> {
        let name = SshWire(blob).text().ok_or(KeyFault::Malformed)?.to_owned();
        let kind = || KeyFault::Kind(name.escape_debug().to_string());
        if name.contains("-cert-") {
            return Err(kind());
        }
        let read = ssh_key::PublicKey::from_bytes(blob).map_err(|_| KeyFault::Malformed)?;
        if read.to_bytes().ok().as_deref() != Some(blob) {
            return Err(KeyFault::Malformed);
        }
        let point = |bytes: &[u8]| {
            (bytes.first() == Some(&UNCOMPRESSED)).then(|| bytes.to_vec()).ok_or(KeyFault::Malformed)
        };
        let material = match read.key_data() {
            KeyData::Ed25519(key) => Material::Ed25519(key.0),
            KeyData::Ecdsa(key) => {
                let curve = match key {
                    EcdsaPublicKey::NistP256(_) => Curve::P256,
                    EcdsaPublicKey::NistP384(_) => Curve::P384,
                    EcdsaPublicKey::NistP521(_) => Curve::P521,
                };
                Material::Ecdsa(curve, point(key.as_sec1_bytes())?)
            }
            KeyData::Rsa(key) => {
                let [n, e] = [&key.n, &key.e].map(|number| number.as_positive_bytes().map(<[u8]>::to_vec));
                let (Some(n), Some(e)) = (n, e) else { return Err(KeyFault::Malformed) };
                let bits = bits(&n);
                if !(SMALLEST_RSA..=LARGEST_RSA).contains(&bits) {
                    return Err(KeyFault::Bits(bits));
                }
                Material::Rsa { n, e }
            }
            KeyData::SkEd25519(key) => Material::SkEd25519(key.public_key().0, key.application().to_owned()),
            KeyData::SkEcdsaSha2NistP256(key) => {
                Material::SkEcdsa(point(key.ec_point().as_bytes())?, key.application().to_owned())
            }
            _ => return Err(kind()),
        };
        Ok(Self { material, name, fingerprint: Fingerprint::of(blob) })
    }

    /// The fingerprint, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Whether these bytes, as they are in a signature (the algorithm and its data), are the signature of this key
    /// over `message`. For the caller `None` and `Some(false)` mean the same; `None` means that the bytes are not a
    /// signature at all.
    pub(super) fn signed(&self, signature: &[u8], message: &[u8]) -> Option<bool> {
        let mut wire = SshWire(signature);
        let algorithm = wire.text()?;
        let mark = wire.string()?;
        let hardware = match self.material {
            Material::SkEd25519(..) | Material::SkEcdsa(..) => Some((wire.byte()?, wire.number()?)),
            _ => None,
        };
        wire.end()?;
        if let Material::Rsa { n, e } = &self.material {
            return rsa_signed(n, e, algorithm, mark, message);
        }
        if algorithm != self.name {
            return Some(false);
        }
        match (&self.material, hardware) {
            (Material::Ed25519(key), None) => ed25519_signed(key, mark, message),
            (Material::Ecdsa(curve, point), None) => ecdsa_signed(*curve, point, mark, message),
            (Material::SkEd25519(key, application), Some(hardware)) => {
                let told = by_hardware(application, hardware, message)?;
                ed25519_signed(key, mark, &told)
            }
            (Material::SkEcdsa(point, application), Some(hardware)) => {
                let told = by_hardware(application, hardware, message)?;
                ecdsa_signed(Curve::P256, point, mark, &told)
            }
            _ => None,
        }
    }
}

/// The bytes the hardware signs instead of the message (PROTOCOL.u2f). It is `None` if nobody touched the hardware.
fn by_hardware(application: &str, (flags, counter): (u8, u32), message: &[u8]) -> Option<Vec<u8>> {
    if flags & USER_PRESENT == 0 {
        return None;
    }
    let mut told = Sha256::digest(application.as_bytes()).to_vec();
    told.push(flags);
    told.extend(counter.to_be_bytes());
    told.extend(Sha256::digest(message));
    Some(told)
}

fn ed25519_signed(key: &[u8; 32], mark: &[u8], message: &[u8]) -> Option<bool> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(key).ok()?;
    let mark = ed25519_dalek::Signature::from_slice(mark).ok()?;
    Some(key.verify_strict(message, &mark).is_ok())
}

fn ecdsa_signed(curve: Curve, point: &[u8], mark: &[u8], message: &[u8]) -> Option<bool> {
    match curve {
        Curve::P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let mark = p256::ecdsa::Signature::from_slice(&fixed::<64>(mark)?).ok()?;
            Some(key.verify(message, &mark).is_ok())
        }
        Curve::P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let mark = p384::ecdsa::Signature::from_slice(&fixed::<96>(mark)?).ok()?;
            Some(key.verify(message, &mark).is_ok())
        }
        Curve::P521 => {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let mark = p521::ecdsa::Signature::from_slice(&fixed::<132>(mark)?).ok()?;
            Some(key.verify(message, &mark).is_ok())
        }
    }
}

/// Reads the two numbers of an ECDSA signature (RFC 5656, section 3.1.2) and writes them side by side in equal
/// widths.
fn fixed<const BYTES: usize>(mark: &[u8]) -> Option<[u8; BYTES]> {
    let mut wire = SshWire(mark);
    let mut out = [0; BYTES];
    for half in out.chunks_exact_mut(BYTES / 2) {
        let number = ssh_key::Mpint::from_bytes(wire.string()?).ok()?;
        let bytes = number.as_positive_bytes()?;
        let start = half.len().checked_sub(bytes.len())?;
        half.get_mut(start..)?.copy_from_slice(bytes);
    }
    wire.end()?;
    Some(out)
}

fn rsa_signed(n: &[u8], e: &[u8], algorithm: &str, mark: &[u8], message: &[u8]) -> Option<bool> {
    let [modulus, exponent] = [n, e].map(BoxedUint::from_be_slice_vartime);
    let key = rsa::PublicKey::new(modulus, exponent).ok()?;
    let mark = pkcs1v15::Signature::try_from(mark).ok()?;
    match algorithm {
        "rsa-sha2-256" => Some(pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(message, &mark).is_ok()),
        "rsa-sha2-512" => Some(pkcs1v15::VerifyingKey::<Sha512>::new(key).verify(message, &mark).is_ok()),
        _ => Some(false),
    }
}

fn bits(number: &[u8]) -> usize {
    let Some(first) = number.first() else { return 0 };
    number.len() * 8 - first.leading_zeros() as usize
}
