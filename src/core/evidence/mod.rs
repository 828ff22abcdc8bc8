//! Who really approved: SSH signatures over statements, checked offline (law: *an approval is evidence, not a word*).
//!
//! A signature file holds blocks as `ssh-keygen -Y sign` writes them; `allowed_signers` says whose a key is and when
//! it counts, `revoked_keys` which keys never count again. Pure: bytes, days and ids in, a [`Sealed`] or a [`Lack`]
//! out. What is accepted here `ssh-keygen -Y verify` accepts as well; where OpenSSH is more lenient (a key type
//! without proof of touch, a time rather than a day, patterns for people), this is stricter and says so where it is.
//!
//! ```text
//!  FILE.sig ──armour──▶ SignatureFile { signatures, faults }      allowed_signers, revoked_keys ──▶ Signers
//!                            │  Proofs: which signature covers which statement, each pair looked at once
//!                            └──seek, signed_by──▶ Sealed by a key, or the most telling Lack
//! ```

mod armour;
mod fingerprint;
mod key;
mod lack;
mod options;
mod pair;
mod proofs;
mod signature;
mod signers;
mod wire;

pub use armour::{Claim, Fault, LARGEST, MOST_BLOCKS, SignatureFile};
pub use fingerprint::Fingerprint;
pub use key::{KeyFault, PublicKey};
pub use lack::{Lack, Only, Validity};
pub use pair::{Missed, SignedBy, signed_by};
pub use proofs::{Proofs, Sealed, sealed_by};
pub use signature::Signature;
pub use signers::Signers;

/// How many days after its date a statement can be used for the first time (law: *an approval is evidence*).
pub const MOST_DAYS: i32 = 31;

/// The namespace of a register's signatures: a signature for one register is none for another.
#[must_use]
pub fn namespace(register: &str) -> String {
    format!("portvakt@{register}")
}
