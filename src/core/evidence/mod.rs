//! The evidence of an approval: SSH signatures over statements, checked offline (law: *an approval is evidence, not a
//! word*).
//!
//! A signature file holds blocks as `ssh-keygen -Y sign` writes them. `allowed_signers` says who owns a key and when
//! it counts. `revoked_keys` lists the keys that never count again. This module is pure: bytes, days and ids go in,
//! and a [`Sealed`] or a [`Lack`] comes out. Everything accepted here is also accepted by `ssh-keygen -Y verify`.
//! OpenSSH is more lenient in some cases (a key type without proof of touch, a time instead of a day, patterns for
//! people). This module is stricter there, and the comments say so.
//!
//! ```text
//!  FILE.sig ──armour──▶ SignatureFile { signatures, faults }      allowed_signers, revoked_keys ──▶ Signers
//!                            │  Proofs: which signature covers which statement, each pair looked at once
//!                            └──seek, signed_by──▶ Sealed by a key, or the most telling Lack
//! ```
//!
//! The files, in reading order:
//!
//! ```text
//!  wire         reads the numbers and strings of SSH's wire format
//!  fingerprint  the name of a key for people and in records
//!  key          public keys, and the check that a signature was made with one of them
//!  claim        the two lines before a signature: who claims to have signed, and when
//!  signature    one signature, read strictly
//!  armour       the text of a signature file as signatures and faults
//!  options      the options of a line of `allowed_signers`
//!  signers      whose keys count, from `allowed_signers` and `revoked_keys`
//!  sealed       the proof that a statement is signed
//!  lack         the reasons why a proof is missing
//!  proofs       finds which signature covers which statement of a file
//!  pair         statements that several people sign, each for themselves
//! ```

mod armour;
mod claim;
mod fingerprint;
mod key;
mod lack;
mod options;
mod pair;
mod proofs;
mod sealed;
mod signature;
mod signers;
mod wire;

pub use armour::{ArmourFault, LARGEST, LARGEST_OF_A_LIST, MOST_BLOCKS, SIGNATURE_END, SignatureFile};
pub use claim::Claim;
pub use fingerprint::Fingerprint;
pub use key::{KeyFault, PublicKey};
pub(crate) use lack::not_come;
pub use lack::{Lack, Only, Validity};
pub use pair::{Missed, SignedBy, signed_by};
pub use proofs::{FileSignatures, sealed_by};
pub use sealed::Sealed;
pub use signature::Signature;
pub use signers::Signers;

/// The number of days after its date in which a statement can be used for the first time (law: *an approval is
/// evidence*).
pub const MOST_DAYS: i32 = 31;

/// The namespace of a register's signatures. A signature for one register does not count for another.
#[must_use]
pub fn namespace(register: &str) -> String {
    format!("portvakt@{register}")
}
